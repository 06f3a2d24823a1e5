"""Answers that the samples do not make, in the widget in a real Chromium: sections, and questions to begin with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from kept import FERRY, HULL, TIMELINE
from serving import new_page, watched
from test_accessibility import faults

from assistant.output.answer_models import turn_fields
from assistant.output.serialization import article_json, text_json
from assistant.types.answers import Answered, Form, Section, Talk
from assistant.types.turns import Turn

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

GREETED = Turn("Hello", "Hello", Talk("Hello", "Ask about the ferry.", ("Who steers the <b>ferry</b>?", "When?")))


@contextmanager
def answered(browser: Browser, server: str, turn: Turn, scheme: str = "light") -> Iterator[Page]:
    """The widget's own page after this turn, which was answered by hand."""
    data = json.dumps(turn_fields(turn).json_dict())
    body = f"event: turn\ndata: {data}\n\nevent: done\ndata: {{}}\n\n"
    with new_page(browser, server, width=390, height=844) as page, watched(page, server):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.route("**/api/v1/ask", lambda route: route.fulfill(body=body, content_type="text/event-stream"))
        page.goto(f"{server}/widget")
        page.locator("#question").fill(turn.question)
        page.locator("#question").press("Enter")
        page.locator(".answer").wait_for()
        page.locator("#go:not([hidden])").wait_for()
        yield page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("form", ["briefing", "timeline", "statements", "comparison", "list"])
def test_each_heading_stands_above_its_own_sentences_in_every_form(
    browser: Browser, server: str, form: Form, scheme: str
) -> None:
    assert isinstance(TIMELINE.answer, Answered)
    with answered(browser, server, replace(TIMELINE, answer=replace(TIMELINE.answer, form=form)), scheme) as page:
        told = " ".join(page.locator(".answer").inner_text().split())
        assert told.startswith(
            "From 9 articles by 4 outlets, the newest from 2 October 2026. 1 October 2026 date worked out Its hull"
        )
        assert told.index("Its hull") < told.index("14 October 2026") < told.index("Aldmoor")
        assert page.get_by_role("heading", level=3).count() == 2
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_timeline_has_its_times_as_machines_read_them_and_its_sources_open(browser: Browser, server: str) -> None:
    assert isinstance(TIMELINE.answer, Answered)
    first, second = TIMELINE.answer.sections
    assert first.days is not None
    assert second.days is not None
    october = replace(TIMELINE.answer, sections=(replace(first, days=(first.days[0], second.days[1])), second))
    with answered(browser, server, replace(TIMELINE, answer=october)) as page:
        times = page.locator("ol.timeline > li > h3 > time")
        assert [one.get_attribute("datetime") for one in times.all()] == ["2026-10", "2026-10-14"]
        article = {**article_json(FERRY, [1]), **text_json(FERRY, HULL)}
        page.route("**/api/v1/articles/ferry?*", lambda route: route.fulfill(json=article))
        page.locator(".timeline .cite").first.click()
        assert page.locator(".timeline li").first.locator(".excerpt mark").inner_text() == HULL.quote


def test_a_heading_that_an_article_supplied_is_words_and_nothing_else(browser: Browser, server: str) -> None:
    assert isinstance(TIMELINE.answer, Answered)
    sections = (Section("<img src=x onerror=alert(1)>", 2),)
    with answered(browser, server, replace(TIMELINE, answer=replace(TIMELINE.answer, sections=sections))) as page:
        assert page.get_by_role("heading", name="<img src=x onerror=alert(1)>").is_visible()
        assert page.locator("#log img").count() == 0


def test_a_question_to_begin_with_is_asked_at_a_press_of_a_key(browser: Browser, server: str) -> None:
    asked: list[str] = []

    def heard(route: Route) -> None:
        asked.append(route.request.post_data_json["question"])
        route.fallback()

    with answered(browser, server, GREETED) as page:
        assert faults(page) == []
        page.route("**/api/v1/ask", heard)
        starter = page.get_by_role("list", name="Questions to begin with").get_by_role("button").first
        assert starter.inner_text() == "Who steers the <b>ferry</b>?"
        starter.press("Enter")
        page.locator(".turn").nth(1).locator(".answer").wait_for()
        assert asked == ["Who steers the <b>ferry</b>?"]
        assert page.locator(".turn .question").nth(1).inner_text() == asked[0]
