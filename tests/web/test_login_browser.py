"""Logging in, asking and logging out in Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from serving import is_foreign, onrecord, started

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def guarded(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server at which ada may log in."""
    folder = tmp_path_factory.mktemp("guarded")
    shutil.copytree(home, folder / "home")
    onrecord(folder / "home", "users", "add", "ada", typed=f"{PASSWORD}\n").check_returncode()
    with started(folder / "home", auth="users") as url:
        yield url


def test_one_logs_in_asks_and_logs_out(browser: Browser, guarded: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    foreign: list[str] = []
    page.on("request", lambda request: foreign.append(request.url) if is_foreign(request.url, guarded) else None)
    page.goto(f"{guarded}/articles")
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("wrong wrong wrong")
    page.keyboard.press("Enter")
    assert "Wrong name or password" in page.get_by_role("alert").inner_text()
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{guarded}/articles")
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(guarded)
    page.get_by_label("Question").fill("who denied the call?")
    page.get_by_label("Question").press("Enter")
    page.locator(".answer .short", has_text="Tomas Verrin").wait_for(timeout=60_000)
    assert errors == []
    page.goto(f"{guarded}/logout")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(f"{guarded}/login")
    page.goto(guarded)
    assert page.get_by_label("Password").is_visible()
    assert foreign == []
    context.close()


def test_nobody_is_served_beyond_this_machine_without_login(home: Path) -> None:
    refused = onrecord(home, "serve", "--host", "0.0.0.0")
    assert refused.returncode == 1
    assert "onrecord users add" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_strangers_forwarding_headers_change_nothing_at_a_real_server(guarded: str) -> None:
    told = {"X-Forwarded-For": "10.9.8.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    answer = httpx.get(f"{guarded}/articles", headers={**told, "Accept": "text/html"})
    assert answer.headers["location"] == "/login?next=/articles"
    assert "evil.example" not in answer.text
