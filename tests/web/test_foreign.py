"""Nothing leaves the house: no page asks another host for anything, and the server calls no one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount
from watching import NAMES_BLOCKED, watched

from assistant.assistant import Assistant
from assistant.factory import open_desk
from assistant.settings import Settings
from assistant.web.create_app import create_app
from indexes import Index

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HERE = Path(__file__).parent
FILLED = {"article_id": "{article}", "model": "onrecord"}
"""What stands for a parameter of a route; any other is "x"."""

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def shut_in(browser: Browser) -> Iterator[Browser]:
    """A Chromium that can look up no name."""
    from tests.support.browser import CHROMIUM

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", NAMES_BLOCKED]
    shut = browser.browser_type.launch(executable_path=CHROMIUM, args=flags)
    yield shut
    shut.close()


@pytest.fixture(scope="module")
def addresses(samples: Index, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Every address that can be opened in a browser, from the app's own table of routes."""
    settings = Settings(home=tmp_path_factory.mktemp("routes"))
    with open_desk(settings) as desk:
        found = sorted(set(paths_of(create_app(Assistant(samples), desk, settings))))
    article = quote(samples.store.article_ids()[0], safe="")
    return [filled(path).replace("{article}", article) for path in found]


def paths_of(app: Any, before: str = "") -> Iterator[str]:
    """The routes of an app, and of what is mounted in it, that answer GET."""
    while not hasattr(app, "routes"):
        app = app.app
    for route in iter_route_contexts(app.routes):
        path = before + (route.path or "")
        if isinstance(route.original_route, Mount):
            yield from paths_of(route.original_route, path)
        elif "GET" in (route.methods or ()):
            yield path or "/"


def filled(path: str) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda hole: FILLED.get(hole[1], "x"), path)


def test_the_table_of_routes_is_read(addresses: list[str]) -> None:
    assert {"/", "/articles", "/api/v1/docs", "/api/v1/openapi.json", "/config", "/metrics"} <= set(addresses)
    assert len(addresses) > 30


def failure_of(page: Page, url: str) -> str:
    """Opens ``url``, and gives in words why it could not be; empty where it could."""
    from playwright.sync_api import Error

    try:
        page.goto(url, wait_until="load", timeout=3000)
    except Error as error:
        return str(error)
    return ""


def test_no_page_asks_another_host(shut_in: Browser, server: str, addresses: list[str]) -> None:
    with watched(shut_in, server) as seen:
        page = seen.new_page()
        for path in addresses:
            failure = failure_of(page, server + path)
            # A download is no page, and a stream never ends.
            assert re.search("^$|Download is starting|ERR_ABORTED|Timeout|ERR_EMPTY_RESPONSE", failure), path
        assert len({url for url in seen.asked if url.startswith(server)}) >= len(addresses)
        assert (seen.foreign, seen.ran, seen.blocked) == ([], [], [])


def test_no_conversation_asks_another_host(shut_in: Browser, server: str) -> None:
    with watched(shut_in, server) as seen:
        page = seen.new_page()
        page.goto(server)
        for question in ("who denied the call?", "How much did Zorblax prices rise?", "Who won the World Cup?"):
            page.get_by_label("Question").fill(question)
            page.get_by_label("Question").press("Enter")
            page.locator(".question").get_by_text(question, exact=True).wait_for(timeout=60_000)
            page.get_by_role("button", name="Ask", exact=True).wait_for(timeout=60_000)
        for n in range(page.locator(".answer a.cite").count()):
            page.locator(".answer a.cite").nth(n).click()
            page.frame_locator("#article-pane").locator("mark#cited").wait_for(timeout=60_000)
        for link in page.locator(".answer a.original").all():
            link.hover()
        page.wait_for_timeout(1000)
        assert any("/gradio_api/" in url for url in seen.asked)
        seen.assert_quiet()


def test_a_foreign_request_would_be_seen(shut_in: Browser, server: str) -> None:
    with watched(shut_in, server) as seen:
        page = seen.new_page()
        page.set_content("<img src='http://evil.example/x.png'>")
        page.goto(server + "/articles")
        page.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://evil.example/y.png'}))")
        page.wait_for_timeout(300)
        assert "http://evil.example/x.png" in seen.foreign
        assert "img-src http://evil.example/y.png" in seen.blocked


HOOK = """
import os, sys

def told(event, args):
    if event in ("socket.connect", "socket.sendto"):
        where = str(args[1][0]) if isinstance(args[1], tuple) else ""
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        where = str(args[0] or "")
    else:
        return
    if where not in ("", "127.0.0.1", "::1", "localhost"):
        with open(os.environ["TOLD"], "a") as file:
            file.write(f"{event} {where}\\n")

sys.addaudithook(told)
"""
"""Knows of every socket of Python's; not of those of uvloop and of compiled libraries, which the namespace counts."""


@pytest.mark.parametrize("calls_out", [False, True], ids=["as it is", "calling out on purpose"])
def test_the_server_calls_no_one(calls_out: bool, home: Path, tmp_path: Path) -> None:
    """Alone in a network namespace, where the kernel counts what finds no way out; elsewhere by the hook alone."""
    (tmp_path / "sitecustomize.py").write_text(HOOK, encoding="utf-8")
    paths = [str(tmp_path), str(HERE), str(HERE.parent.parent), os.environ.get("PYTHONPATH", "")]
    told = tmp_path / "told.txt"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "TOLD": str(told)}
    command = [sys.executable, str(HERE / "alone.py"), str(home), str(int(calls_out))]
    shut = ["unshare", "--map-root-user", "--net"]
    alone = bool(shutil.which("unshare")) and subprocess.run([*shut, "true"], capture_output=True).returncode == 0
    done = subprocess.run(
        [*shut, *command] if alone else command, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["kinds"] == ([] if calls_out else ["answered", "not_found"])
    hooked = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    assert bool(hooked) is calls_out, hooked
    if alone:
        assert (result["sent"] > 0) is calls_out, result
