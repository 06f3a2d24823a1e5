"""The chat, in a real Chromium, as a journalist would use it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from serving import new_page

from indexes import Index

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

DENIAL = (
    "Presidential spokesman Tomas Verrin on Monday denied the Harbour Post's report of a phone call between "
    "President Marten Oskeld and Tesmaran Prime Minister Adela Corvane, calling it false."
)


def ask(page: Page, question: str) -> Locator:
    """Asks, and gives the answer when it is there."""
    count = page.locator(".answer").count()
    page.get_by_label("Question").fill(question)
    page.get_by_label("Question").press("Enter")
    answer = page.locator(".answer").nth(count)
    answer.wait_for(timeout=60_000)
    page.get_by_role("button", name="Ask", exact=True).wait_for(timeout=60_000)  # before, the answer may still grow
    return answer


def top(what: Locator) -> float:
    """Pixels below the top of the window."""
    box = what.bounding_box()
    assert box is not None
    return box["y"]


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(100):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("it never came to hold")


def test_an_answer_shows_the_sentence_its_number_and_where_it_stands(page: Page) -> None:
    answer = ask(page, "who denied the call?")
    text = " ".join(answer.inner_text().split())
    assert DENIAL in text
    assert "[1]" in text
    assert "Northline News Agency · 15 June 2026 · Veldmark presidency denies report of call" in text
    link = answer.locator("a.original").first
    assert link.get_attribute("href", timeout=1000).startswith("https://northline.example/")  # type: ignore[union-attr]


def test_clicking_a_citation_shows_the_article_with_exactly_that_sentence_marked_and_in_view(page: Page) -> None:
    from playwright.sync_api import expect

    answer = ask(page, "What did Nadia Rell say?")
    sentences = answer.locator("blockquote")
    assert sentences.count() > 1
    for n in range(sentences.count()):
        quote = " ".join(sentences.nth(n).inner_text().split("[")[0].split())
        sentences.nth(n).locator("a.cite").first.click()
        marked = page.frame_locator("#article-pane").locator("mark#cited")
        expect(marked).to_have_text(quote)
        box, pane = marked.bounding_box(), page.locator("#article-pane").bounding_box()
        assert box is not None
        assert pane is not None
        assert pane["y"] <= box["y"]
        assert box["y"] + box["height"] <= pane["y"] + pane["height"]


def test_a_citation_far_down_an_article_is_scrolled_to(page: Page, server: str, samples: Index) -> None:
    article = max((samples.store.article(id) for id in samples.store.article_ids()), key=lambda a: len(a.text))
    end = len(article.text.rstrip())
    page.set_viewport_size({"width": 400, "height": 300})
    page.goto(f"{server}/articles/{article.id}?start={end - 40}&end={end}#cited")
    box = page.locator("mark#cited").bounding_box()
    assert box is not None
    assert 0 <= box["y"] <= 300


def test_a_citation_opens_from_the_keyboard(page: Page) -> None:
    link = ask(page, "who denied the call?").locator("a.cite").first
    link.focus()
    page.keyboard.press("Enter")
    marked = page.frame_locator("#article-pane").locator("mark#cited")
    marked.wait_for()
    assert "denied that any such call took place" in marked.inner_text() or marked.inner_text() == DENIAL


def test_what_no_article_says_is_said_so_and_the_nearest_are_labelled(page: Page) -> None:
    answer = ask(page, "Who won the World Cup?")
    assert answer.inner_text().startswith("No article mentions World Cup.")
    assert "Nearest extracts, not an answer" in answer.inner_text()
    assert answer.locator("blockquote").count() == 0


def test_a_second_question_keeps_the_first_answer(page: Page) -> None:
    ask(page, "who denied the call?")
    ask(page, "Who won the World Cup?")
    assert page.locator(".answer").count() == 2
    assert page.locator(".question").all_inner_texts() == ["who denied the call?", "Who won the World Cup?"]


def test_what_is_asked_the_moment_the_button_is_back_is_asked(page: Page) -> None:
    page.evaluate("""() => {
        const shown = () => [...document.querySelectorAll('#ask button')].find(it => it.innerText.trim() === 'Ask');
        let wasGone = false;
        new MutationObserver((_, observer) => {
            if (!shown()) wasGone = true;
            else if (wasGone) {
                observer.disconnect();
                const box = document.querySelector('#question textarea');
                box.value = 'Who won the World Cup?';
                box.dispatchEvent(new Event('input', {bubbles: true}));
                shown().click();
            }
        }).observe(document.querySelector('#ask'), {childList: true, subtree: true, attributes: true});
    }""")
    ask(page, "who denied the call?")
    page.locator(".question").get_by_text("Who won the World Cup?").wait_for(timeout=60_000)


def test_a_question_of_blanks_is_none(page: Page) -> None:
    page.get_by_label("Question").fill("   ")
    page.get_by_label("Question").press("Enter")
    page.locator("#suggested button:visible").first.click(timeout=60_000)
    page.locator(".answer").wait_for(timeout=60_000)
    assert page.locator(".question").count() == 1


@pytest.mark.parametrize("question", ["What did the Zorblax minister deny?", "How much did Zorblax prices rise?"])
def test_nothing_an_article_supplies_runs_or_loads(page: Page, question: str) -> None:
    answer = ask(page, question)
    assert "Zorblax" in answer.inner_text()
    assert answer.locator("img, script, b, strong, em").count() == 0
    assert [a for a in answer.locator("a").all() if "javascript" in str(a.get_attribute("href"))] == []
    answer.locator("a.cite").first.click()
    page.frame_locator("#article-pane").locator("mark#cited").wait_for()


def test_markup_in_a_question_is_shown_as_it_was_typed(page: Page) -> None:
    typed = "**who** <img src=x onerror=alert(1)> ![x](http://evil.example/x.png) $x$ `denied` the call?"
    ask(page, typed)
    assert page.locator(".question").inner_text() == typed
    assert page.locator("#chat img").count() == 0


def test_the_question_field_has_a_name_and_the_pane_a_title(page: Page) -> None:
    assert page.get_by_label("Question").count() == 1
    assert page.locator("iframe[title='Cited article']").count() == 1


def test_on_a_phone_a_citation_brings_the_article_into_view(browser: Browser, server: str) -> None:
    with new_page(browser, server, width=390, height=844) as page:
        page.goto(server)
        page.get_by_label("Question").wait_for(timeout=60_000)
        ask(page, "who denied the call?").locator("a.cite").first.click()
        marked = page.frame_locator("#article-pane").locator("mark#cited")
        marked.wait_for()
        page.wait_for_function("document.getElementById('article-pane').getBoundingClientRect().top < 400")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_follow_up_shows_what_was_searched_and_it_can_be_corrected(page: Page) -> None:
    ask(page, "who denied the call?")
    page.locator("#suggested button:visible").first.wait_for(timeout=60_000)
    answer = ask(page, "What did he say about the telephone log?")
    assert "Tomas Verrin" in page.locator(".understood").last.inner_text()
    assert "State Secrets Act" in answer.inner_text()
    page.get_by_text("Change the search").click()
    page.get_by_label("Searched for").fill("Who is the editor of the Harbour Post?")
    count = page.locator(".answer").count()
    page.get_by_role("button", name="Search again").click()
    page.locator(".answer").nth(count).wait_for(timeout=60_000)
    assert "Judith Maarden" in page.locator(".answer").nth(count).inner_text()


def test_a_suggested_question_comes_from_the_cited_article_and_can_be_asked(page: Page) -> None:
    suggested = page.locator("#suggested button:visible").first
    suggested.wait_for(timeout=60_000)
    opening = suggested.inner_text()
    ask(page, "who denied the call?")
    wait_until(lambda: suggested.inner_text() != opening)
    question = suggested.inner_text()
    count = page.locator(".answer").count()
    suggested.click()
    page.locator(".answer").nth(count).wait_for(timeout=60_000)
    assert page.locator(".question").last.inner_text() == question


def test_where_the_articles_disagree_both_sides_stand_side_by_side(page: Page) -> None:
    ask(page, "Did Oskeld and Corvane talk on the phone?")
    sides = page.locator(".disagreement")
    sides.wait_for(timeout=60_000)
    text = " ".join(sides.inner_text().split())
    assert "two people familiar with the matter" in text
    assert "Tomas Verrin" in text


def test_a_long_answer_is_read_from_its_beginning_and_scrolling_is_the_readers(page: Page) -> None:
    ask(page, "who denied the call?")
    ask(page, "Did Oskeld and Corvane talk on the phone?")
    page.locator(".disagreement").wait_for(timeout=60_000)
    question = page.locator(".question").last
    wait_until(lambda: top(question) < 130)
    assert top(page.locator(".disagreement")) > top(question)
    page.mouse.move(600, 400)
    page.mouse.wheel(0, -2000)
    wait_until(lambda: top(page.locator(".question").first) > 0)


def test_an_outlet_in_the_page_narrows_the_answer(page: Page) -> None:
    page.get_by_label("Meridian Courier (6)").check()
    answer = ask(page, "who denied the call?")
    assert "Northline News Agency" not in answer.inner_text()


def test_a_day_in_the_page_narrows_the_answer(page: Page) -> None:
    since = page.get_by_label("Since")
    assert since.get_attribute("type") == "date"
    since.fill("2031-01-01")
    answer = ask(page, "who denied the call?")
    assert "no article here is since:2031-01-01" in answer.inner_text().lower()
