"""A real server on loopback over the sample articles, and a real Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from indexes import Index

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WHY_SKIPPED = "no Chromium on this machine: sudo apt install chromium"


@pytest.fixture(scope="session")
def server(samples: Index, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of ``onrecord serve`` over the sample articles and one hostile one."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copytree(samples.home, folder / "home")
    hostile = folder / "hostile.md"
    hostile.write_text(HOSTILE, encoding="utf-8")
    environment = {**os.environ, "ONRECORD_HOME": str(folder / "home"), "ONRECORD_PORT": "0"}
    command = [str(Path(sys.executable).with_name("onrecord"))]
    subprocess.run([*command, "add", str(hostile)], env=environment, cwd=folder, check=True, capture_output=True)
    process = subprocess.Popen(
        [*command, "serve", "--json"], env=environment, cwd=folder, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    url = json.loads(process.stdout.readline())["url"]
    try:
        assert httpx.get(url, timeout=60).status_code == 200
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if "CI" in os.environ:
            pytest.fail(f"CI accepts no skipped browser tests; {WHY_SKIPPED}")
        pytest.skip(WHY_SKIPPED)
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    """The chat page, opened on a desktop; fails the test on a script error or a request to another host."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    foreign: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: foreign.append(request.url) if is_foreign(request.url, server) else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("dialog", lambda dialog: (errors.append(f"alert: {dialog.message}"), dialog.dismiss()))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(server)
    page.get_by_label("Question").wait_for(timeout=60_000)
    yield page
    context.close()
    assert foreign == []
    assert errors == []


def is_foreign(url: str, server: str) -> bool:
    return not url.startswith((server + "/", "data:", "blob:", "about:"))
