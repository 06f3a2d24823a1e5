"""A real server on loopback over the sample articles, and a real Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hosting import FLAGS
from serving import onrecord, opened, serving

from indexes import Index
from tests.support.browser import CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WHY_SKIPPED = "no Chromium on this machine: sudo apt install chromium"


@pytest.fixture(scope="session")
def home(samples: Index, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the sample articles and one hostile one."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copytree(samples.home, folder / "home")
    hostile = folder / "hostile.md"
    hostile.write_text(HOSTILE, encoding="utf-8")
    onrecord(folder / "home", "add", hostile).check_returncode()
    return folder / "home"


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[str]:
    """Address of ``onrecord serve`` over ``home``."""
    with serving(home) as url:
        yield url


HOSTILE = """---
title: "Zorblax <script>alert('title')</script> ![t](http://evil.example/t.png)"
source: "<img src=x onerror=alert('source')>"
url: "javascript:alert('url')"
published: 2026-05-05
---
The Zorblax minister <b onclick="alert('body')">denied</b> buying \\`snacks\\` at
[a kiosk](http://evil.example/?q=1).

Zorblax prices rose by 5 percent, ![x](http://evil.example/x.png) the **ministry** said
<script>alert('script')</script>.
"""


@pytest.fixture(scope="module")  # while it is open an event loop runs, in which no other test could start its own
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium. ``contexts[0]`` is its profile, which lasts as long as it does."""
    if CHROMIUM is None:
        if "CI" in os.environ:
            pytest.fail(f"CI accepts no skipped browser tests; {WHY_SKIPPED}")
        pytest.skip(WHY_SKIPPED)
    from playwright.sync_api import sync_playwright

    profile = tmp_path_factory.mktemp("profile")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(profile, executable_path=CHROMIUM, args=FLAGS)
        assert context.browser is not None
        yield context.browser
        context.close()


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    """The chat page, opened on a desktop; fails the test on a script error or a request to another host."""
    with opened(browser, server) as page:
        yield page
