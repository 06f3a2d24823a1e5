"""WCAG 2.2, level AA, as far as axe-core can tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pytest
from kept import BASIS, TIMELINE
from serving import new_page
from test_browser import ask

from assistant.output.receipts import receipt_of
from assistant.types.answers import Form
from assistant.web.pages.templates import Pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOKS: dict[str, tuple[int, int, Literal["light", "dark"]]] = {
    "light": (1280, 800, "light"),
    "dark": (1280, 800, "dark"),
    "phone": (390, 844, "light"),
}


def faults(page: Page) -> list[str]:
    """What axe-core finds wrong: the rule, and where."""
    from axe_playwright_python.sync_playwright import Axe

    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [f"{rule['id']}: {node['html'][:200]}" for rule in found for node in rule["nodes"]]


@pytest.fixture(params=list(LOOKS))
def looked_at(request: pytest.FixtureRequest, browser: Browser, server: str) -> Iterator[Page]:
    width, height, scheme = LOOKS[request.param]
    with new_page(browser, server, width=width, height=height) as page:
        page.emulate_media(color_scheme=scheme)
        page.goto(server)
        page.get_by_label("Question").wait_for(timeout=60_000)
        yield page


def test_the_chat_page_has_no_faults_in_any_of_its_states(looked_at: Page) -> None:
    page = looked_at
    page.locator("#suggested button:visible").first.wait_for(timeout=60_000)
    assert faults(page) == []
    ask(page, "Did Oskeld and Corvane talk on the phone?")
    page.locator(".disagreement").wait_for()
    ask(page, "Who won the World Cup?")
    ask(page, "who denied the call? since:2031")
    page.locator(".answer.notice").wait_for()
    page.get_by_text("Change the search").click()
    page.get_by_role("button", name="Search again").wait_for()
    page.locator("a.cite").first.focus()
    page.get_by_role("tooltip").wait_for()
    assert faults(page) == []
    fold = page.get_by_role("button", name="Conversations and filters")
    if fold.is_visible():
        fold.click()
    page.get_by_role("button", name="Rename").click(timeout=60_000)
    page.get_by_label("New title").wait_for(timeout=60_000)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete it").wait_for(timeout=60_000)
    assert faults(page) == []


@pytest.mark.parametrize("form", ["briefing", "timeline", "statements", "comparison", "list"])
def test_an_answer_in_sections_has_no_faults_in_the_chat_and_on_its_receipt(
    looked_at: Page, server: str, form: Form
) -> None:
    page = looked_at
    answer = replace(TIMELINE.answer, form=form)
    ask(page, "who denied the call?").evaluate("(one, html) => { one.outerHTML = html; }", Pages().answer(answer, "ID"))
    heading = page.get_by_role("heading", name="14 October 2026", level=3)
    heading.wait_for()
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    receipt = Pages().receipt(receipt_of("ID", replace(TIMELINE, answer=answer), BASIS.asked))
    page.route("**/receipts/ID", lambda route: route.fulfill(body=receipt, content_type="text/html; charset=utf-8"))
    page.goto(f"{server}/receipts/ID")
    heading.wait_for()
    assert faults(page) == []


def test_the_other_pages_have_no_faults(looked_at: Page, server: str) -> None:
    page = looked_at
    cited = str(ask(page, "What caused the outage?").locator("a.cite").first.get_attribute("href"))
    for path in (cited, "/articles", "/articles/nowhere", "/editing", "/widget", "/api/v1/docs"):
        page.goto(server + path)
        assert faults(page) == []


def test_a_fault_is_found_where_there_is_one(looked_at: Page) -> None:
    looked_at.evaluate("document.querySelector('#masthead').append(document.createElement('button'))")
    assert any(fault.startswith("button-name:") for fault in faults(looked_at))


def test_motion_is_still_for_those_who_asked_for_that(looked_at: Page) -> None:
    ask(looked_at, "who denied the call?")
    running = "document.getAnimations().filter(it => it.playState === 'running' && it.effect.getTiming().duration > 1)"
    assert looked_at.evaluate(f"{running}.length") == 0
