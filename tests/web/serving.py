"""The installed server in a process of its own, and its page as a browser opens it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import httpx

from tests.support import forked

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page


@contextmanager
def serving(home: Path, *options: str, **settings: str) -> Iterator[str]:
    """Address of ``onrecord serve`` over ``home``, with these options and settings, where nobody has to log in."""
    with started(home, *options, **settings) as url:
        assert httpx.get(url, timeout=60, follow_redirects=True).status_code == 200
        yield url


@contextmanager
def started(home: Path, *options: str, **settings: str) -> Iterator[str]:
    """As ``serving``, whoever may come in."""
    process = forked.Command(["serve", "--json", *options], home.parent, environment(home, **settings))
    with ended(process):
        yield _address(process)


@contextmanager
def serving_anew(home: Path) -> Iterator[str]:
    """As ``serving``, but starts the installed program, whose imports are its own."""
    command, there = [ONRECORD, "serve", "--json"], environment(home)
    process = subprocess.Popen(command, env=there, cwd=home.parent, stdout=subprocess.PIPE, text=True)
    with ended(process):
        yield _address(process)


Process = forked.Command | subprocess.Popen[str]


@contextmanager
def ended(process: Process) -> Iterator[None]:
    """Stops the process at the end."""
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=120)


def _address(process: Process) -> str:
    assert process.stdout is not None
    url: str = json.loads(process.stdout.readline())["url"]
    return url


def onrecord(home: Path, *arguments: str | Path, typed: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """Runs a command over ``home``."""
    return forked.run(arguments, home.parent, environment(home, **settings), typed)


ONRECORD = str(Path(sys.executable).with_name("onrecord"))


def environment(home: Path, **settings: str) -> dict[str, str]:
    given = {f"ONRECORD_{name.upper()}": value for name, value in settings.items()}
    return {**os.environ, "ONRECORD_HOME": str(home), "ONRECORD_PORT": "0", **given}


@contextmanager
def opened(browser: Browser, server: str) -> Iterator[Page]:
    """As ``page``, on any server."""
    with new_page(browser, server) as page, watched(page, server):
        page.goto(server)
        page.get_by_label("Question").wait_for(timeout=60_000)
        yield page


@contextmanager
def new_page(browser: Browser, server: str, **size: int) -> Iterator[Page]:
    """A page of the browser's own profile, in which ``server`` left nothing.

    It opens in half the time that one in a context of its own takes: a profile keeps scripts as it compiled them.
    """
    profile = browser.contexts[0]
    before = profile.pages
    page = profile.new_page()
    page.set_viewport_size({"width": 1280, "height": 800, **size})  # type: ignore[typeddict-item]
    page.emulate_media(reduced_motion="reduce")
    address = urlsplit(server)
    origin = {"origin": f"{address.scheme}://{address.netloc}", "storageTypes": "all"}
    profile.new_cdp_session(page).send("Storage.clearDataForOrigin", origin)
    try:
        yield page
    finally:
        profile.clear_permissions()
        for one in profile.pages:
            if one not in before:
                one.close()


@contextmanager
def watched(page: Page, server: str) -> Iterator[None]:
    """Fails on a script error in the page or a request to another host."""
    foreign: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: foreign.append(request.url) if is_foreign(request.url, server) else None)
    page.on("pageerror", lambda error: None if was_left(str(error)) else errors.append(str(error)))
    page.on("dialog", lambda dialog: (errors.append(f"alert: {dialog.message}"), dialog.dismiss()))
    page.on("console", lambda said: errors.append(f"{said.text} {said.location}") if is_error(said) else None)
    yield
    assert foreign == [], foreign
    assert errors == [], errors


def is_error(said: ConsoleMessage) -> bool:
    """Not that the root of the host, above the path the app is served below, lacks an icon or Gradio's manifest."""
    if said.type != "error" or said.location["url"].endswith(("/favicon.ico", "/manifest.json")):
        return False
    return not was_left(said.text) and not said.text.startswith("Manifest fetch from")


def was_left(text: str) -> bool:
    """Whether it is what Gradio's script says of its own calls when a test leaves the page before they are answered.

    A call that truly fails is reported by the browser as well ("Failed to load resource").
    """
    return any(said in text for said in _LEFT_WHILE_CALLING)


_LEFT_WHILE_CALLING = (
    "signal is aborted",
    "BodyStreamBuffer was aborted",
    "Unexpected error Connection errored out",
)


def is_foreign(url: str, server: str) -> bool:
    """Not ``/manifest.json``, which Gradio's page names at the root of the host wherever it is served."""
    if url == urljoin(server, "/manifest.json"):
        return False
    return url != server and not url.startswith((server + "/", "data:", "blob:", "about:"))
