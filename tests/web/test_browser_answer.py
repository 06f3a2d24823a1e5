"""What one can do with an answer, in a real Chromium: copy it, print its receipt, say what one thinks of it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pypdf import PdfReader
from serving import onrecord

from indexes import Index

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

DENIAL = (
    "Presidential spokesman Tomas Verrin on Monday denied the Harbour Post's report of a phone call between "
    "President Marten Oskeld and Tesmaran Prime Minister Adela Corvane, calling it false."
)
NO_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"


def ask(page: Page, question: str) -> Locator:
    """Asks, and gives the answer when its tools are there."""
    count = page.locator(".answer").count()
    page.get_by_label("Question").fill(question)
    page.get_by_label("Question").press("Enter")
    answer = page.locator(".answer").nth(count)
    answer.get_by_role("link", name="Receipt").wait_for(timeout=60_000)
    return answer


def receipt_of(page: Page, answer: Locator, form: str) -> str:
    link = answer.get_by_role("link", name="Receipt").get_attribute("href")
    return str(page.evaluate("address => fetch(address).then(found => found.text())", f"{link}?as={form}"))


def exported(home: Path, folder: Path) -> list[dict[str, Any]]:
    """What ``onrecord feedback export`` writes."""
    file = folder / "questions.jsonl"
    onrecord(home, "feedback", "export", file).check_returncode()
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_an_answer_is_copied_as_text_and_as_markdown_with_its_citations(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    answer = ask(page, "who denied the call?")
    for name, form in (("Copy", "text"), ("Copy as Markdown", "markdown")):
        answer.get_by_role("button", name=name, exact=True).press("Enter")
        answer.get_by_role("status").get_by_text("Copied").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == receipt_of(page, answer, form)
        assert DENIAL in copied
        assert "https://northline.example/2026/06/15/veldmark-presidency-denies-call" in copied
        page.evaluate("navigator.clipboard.writeText('')")


def test_where_no_clipboard_is_the_text_is_shown_to_be_copied_by_hand(page: Page) -> None:
    answer = ask(page, "who denied the call?")
    page.evaluate(NO_CLIPBOARD)
    button = answer.get_by_role("button", name="Copy", exact=True)
    button.click()
    box = answer.get_by_label("press Ctrl+C")
    box.wait_for()
    assert box.input_value() == receipt_of(page, answer, "text")
    assert page.evaluate("document.getSelection().toString()") == box.input_value()
    page.keyboard.press("Escape")
    assert box.count() == 0
    assert button.evaluate("button => button === document.activeElement")


def test_the_receipt_names_the_index_as_it_was_and_checks_out(page: Page, home: Path, tmp_path: Path) -> None:
    answer = ask(page, "who denied the call?")
    file = tmp_path / "receipt.json"
    file.write_text(receipt_of(page, answer, "json"), encoding="utf-8")
    turn = json.loads(file.read_text(encoding="utf-8"))["turn"]
    with Index(home) as index:
        counts = index.store.counts()
        assert turn["basis"]["revision"] == index.store.revision()
        assert (turn["basis"]["articles"], turn["basis"]["passages"]) == (counts.articles, counts.passages)
    done = onrecord(home, "check-receipt", file)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) >= len(turn["citations"]) > 0


def test_the_receipt_opens_and_prints_black_on_white_without_its_links(page: Page) -> None:
    answer = ask(page, "Did Oskeld and Corvane talk on the phone?")
    with page.context.expect_page() as opened:
        answer.get_by_role("link", name="Receipt").click()
    receipt = opened.value
    receipt.get_by_role("heading", name="Did Oskeld and Corvane talk on the phone?").wait_for()
    assert receipt.locator("script").count() == 0
    assert receipt.get_by_role("link").count() == 3
    receipt.emulate_media(media="print", color_scheme="dark")
    assert receipt.get_by_role("link").filter(visible=True).count() == 0
    assert receipt.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert receipt.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    for paper in ("A4", "Letter"):
        printed = PdfReader(io.BytesIO(receipt.pdf(format=paper)))
        words = "".join("".join(sheet.extract_text() for sheet in printed.pages).split())
        assert "Thearticlesdisagree" in words
        assert "SHA-256" in words
        assert "Markdown" not in words


def test_a_bad_answer_becomes_a_question_for_evaluation(page: Page, home: Path, tmp_path: Path) -> None:
    answer = ask(page, "Who won the World Cup?")
    good, bad = (answer.get_by_role("button", name=name) for name in ("Good answer", "Bad answer"))
    good.press("Enter")
    answer.get_by_role("status").get_by_text("Thank you").wait_for()
    assert (good.get_attribute("aria-pressed"), bad.get_attribute("aria-pressed")) == ("true", "false")
    bad.click()
    answer.get_by_label("The articles do say").check()
    answer.get_by_label("In your own words").fill("See 11 April.")
    answer.get_by_role("button", name="Send").click()
    answer.locator("form").wait_for(state="detached")
    assert (good.get_attribute("aria-pressed"), bad.get_attribute("aria-pressed")) == ("false", "true")
    assert answer.get_by_role("status").inner_text() == "Thank you"
    assert bad.evaluate("button => button === document.activeElement")
    notes = [found["note"] for found in exported(home, tmp_path) if found["question"] == "Who won the World Cup?"]
    assert notes == ["thumb down: the articles do say; See 11 April.; not found"]


def test_what_is_refused_is_said_and_nothing_typed_is_lost(browser: Browser, server: str) -> None:
    context = browser.new_context(reduced_motion="reduce")  # the browser itself reports a refusal as an error
    page = context.new_page()
    page.goto(server)
    answer = ask(page, "who denied the call?")
    answer.get_by_role("button", name="Bad answer").click()
    answer.get_by_label("Something else").check()
    answer.get_by_role("button", name="Send").click()
    answer.get_by_role("status").get_by_text("Not sent: The reason “other” needs a comment that says more.").wait_for()
    assert answer.get_by_label("Something else").is_checked()
    context.close()


def test_another_question_changes_nothing_about_the_first_answer(page: Page) -> None:
    answer = ask(page, "who denied the call?")
    answer.get_by_role("button", name="Bad answer").click()
    answer.get_by_label("In your own words").fill("half a thought")
    ask(page, "Who won the World Cup?")
    assert answer.get_by_role("button", name="Bad answer").get_attribute("aria-pressed") == "true"
    assert answer.get_by_label("In your own words").input_value() == "half a thought"
    answer.get_by_role("button", name="Bad answer").click()
    assert answer.locator("form").count() == 0


def test_the_tools_of_an_answer_can_be_found_by_their_names(page: Page) -> None:
    group = ask(page, "who denied the call?").get_by_role("group", name="Answer actions")
    assert group.get_by_role("button").count() == 4
    for button in group.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24


@pytest.mark.parametrize("path", ["/receipts/nowhere", "/receipts/nowhere?as=json"])
def test_a_receipt_that_is_not_there_says_so(server: str, path: str) -> None:
    answer = httpx.get(server + path)
    assert answer.status_code == 404
    assert "There is no such receipt." in answer.text
