"""The chat with a language model behind it, in a real Chromium: it says so, it streams, and it can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from serving import opened, serving

from benchmarks.model_server import model_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest.importorskip("llama_index.llms.openai_like", reason="the extra onrecord[openai] is not installed")

DENIAL = "Presidential spokesman Tomas Verrin on Monday denied"


class Model:
    """Writes one sentence that stands, and the rest when ``goes_on`` is set."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()

    def __call__(self, prompt: str) -> Iterator[str]:
        line = next(line for line in prompt.splitlines() if DENIAL in line)
        number = line.partition("]")[0] + "]"
        yield f"Tomas Verrin denied the Harbour Post's report of a phone call {number}. He "
        self.goes_on.wait(20)
        yield f"called it false {number}."


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


@pytest.fixture(scope="module")
def url(home: Path, model: Model) -> Iterator[str]:
    settings = {"llm": "openai", "llm_model": "tiny", "llm_silence": "25", "llm_seconds": "25"}
    with model_server(model) as behind, serving(home, **settings, llm_url=behind.url) as url:
        yield url


def test_the_page_says_which_model_answers_and_where_it_runs(browser: Browser, url: str) -> None:
    with opened(browser, url) as page:
        masthead = page.locator("#masthead").inner_text()
    assert "tiny on this machine writes the answers and is sent article text." in masthead


def test_an_answer_is_shown_as_it_grows(browser: Browser, url: str, model: Model) -> None:
    model.goes_on.clear()
    with opened(browser, url) as page:
        page.get_by_label("Question").fill("Who denied the call?")
        page.get_by_label("Question").press("Enter")
        answer = page.locator(".answer").first
        answer.get_by_text("denied the Harbour Post's report of a phone call.").wait_for(timeout=60_000)
        assert "called it false." not in answer.inner_text()
        page.get_by_label("Question").fill("my next question")
        page.get_by_label("Question").press("Enter")  # not yet
        page.get_by_label("Question").press("End")
        page.get_by_label("Question").press_sequentially(" is longer")
        model.goes_on.set()
        answer.get_by_text("called it false.").wait_for(timeout=60_000)
        page.get_by_role("button", name="Ask", exact=True).wait_for(timeout=60_000)
        assert page.get_by_label("Question").input_value() == "my next question is longer"
        page.wait_for_timeout(500)
        assert page.locator(".question").count() == 1
        assert page.get_by_label("Question").input_value() == "my next question is longer"
        page.get_by_label("Question").press("Enter")
        page.locator(".question").get_by_text("my next question is longer").wait_for(timeout=60_000)


def test_a_turn_can_be_stopped_and_the_next_question_is_answered(browser: Browser, url: str, model: Model) -> None:
    model.goes_on.clear()
    with opened(browser, url) as page:
        page.get_by_label("Question").fill("Who denied the call?")
        page.get_by_label("Question").press("Enter")
        page.locator(".answer").first.wait_for(timeout=60_000)
        with page.expect_response("**/gradio_api/cancel", timeout=60_000):
            page.get_by_role("button", name="Stop").click()
        page.get_by_text("Stopped.").wait_for(timeout=60_000)
        assert page.get_by_text("Error", exact=True).filter(visible=True).count() == 0
        model.goes_on.set()
        page.get_by_label("Question").fill("Who denied the report?")
        page.get_by_role("button", name="Ask", exact=True).click()
        page.locator(".answer").get_by_text("called it false.").first.wait_for(timeout=60_000)
