"""A window of the chat: what it sends, and what it does when its server goes and comes back."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serving import started
from test_browser import ask

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

GONE = "Who is the editor of the Harbour Post?"


def values(sent: Any) -> list[Any]:
    """All values in what was sent, however deep."""
    if isinstance(sent, dict):
        return [one for value in sent.values() for one in values(value)]
    if isinstance(sent, list):
        return [one for value in sent for one in values(value)]
    return [sent]


def test_the_page_sends_text_and_ids_and_nothing_of_what_was_said(page: Page) -> None:
    sent: list[Any] = []

    def note(request: Request) -> None:
        if request.method == "POST" and "/queue/join" in request.url:
            sent.append(json.loads(request.post_data or ""))

    page.on("request", note)
    said = ask(page, "who denied the call?").inner_text()
    ask(page, "What did he say about the telephone log?")
    page.get_by_role("button", name="New conversation").click()
    page.locator(".answer").first.wait_for(state="detached", timeout=60_000)
    page.locator("#conversations label").first.click()
    page.locator(".answer").nth(1).wait_for(timeout=60_000)
    assert said.splitlines()[0] in page.locator(".answer").first.inner_text()
    assert len(sent) >= 5
    for one in sent:
        assert not any(isinstance(value, dict) for value in one["data"])
        assert not any("answer" in str(value) or "denied that" in str(value) for value in values(one))


def test_what_is_said_before_is_known_to_the_server_whatever_the_window_shows(page: Page) -> None:
    ask(page, "who denied the call?")
    page.evaluate("document.querySelectorAll('#chat .answer').forEach((one) => one.textContent = 'Nobody Atall')")
    answer = ask(page, "What did he say about the telephone log?")
    assert "Tomas Verrin" in page.locator(".understood").last.inner_text()
    assert "State Secrets Act" in answer.inner_text()


def test_a_window_whose_server_was_started_anew_comes_back_and_its_conversation_is_kept(
    browser: Browser, home: Path, tmp_path: Path
) -> None:
    shutil.copytree(home, tmp_path / "home")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    context = browser.new_context()
    page = context.new_page()
    with started(tmp_path / "home", port=port) as url:
        page.goto(url)
        page.get_by_label("Question").wait_for(timeout=60_000)
        ask(page, "who denied the call?")
    page.get_by_label("Question").fill(GONE)
    page.get_by_label("Question").press("Enter")
    page.get_by_text("Connection to the server was lost").wait_for(timeout=60_000)
    with started(tmp_path / "home", port=port):
        page.locator(".answer").wait_for(state="detached", timeout=60_000)  # the page has loaded itself anew
        page.locator("#conversations label").first.click(timeout=60_000)
        page.locator(".answer").wait_for(timeout=60_000)
        answer = ask(page, "What did he say about the telephone log?")
        assert "State Secrets Act" in answer.inner_text()
        context.close()
