"""Kept conversations, filters and the article beside them, in a real Chromium, below a path."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from serving import opened, serving
from test_browser import DENIAL, ask, wait_until

from indexes import Index

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

WIDTHS = [(360, 700), (390, 844), (768, 1024), (1280, 800), (1920, 1080), (2560, 1440)]


@pytest.fixture(scope="module")
def url(samples: Index, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("kept") / "home"
    shutil.copytree(samples.home, home)
    with serving(home, base_path="/news/record", keep_conversations_days="30") as url:
        yield url


@pytest.fixture
def chat(browser: Browser, url: str) -> Iterator[Page]:
    with opened(browser, url) as page:
        yield page


@pytest.fixture
def reading(browser: Browser) -> Iterator[Page]:
    """A page without the chat, for the article pages alone."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def conversation(page: Page, title: str) -> Locator:
    return page.locator("#conversations").get_by_text(title, exact=True).first


@contextmanager
def opened_again(browser: Browser, url: str, title: str) -> Iterator[Page]:
    """The page loaded anew, and this conversation opened in it."""
    with opened(browser, url) as page:
        conversation(page, title).click(timeout=60_000)
        page.locator(".answer").first.wait_for(timeout=60_000)
        yield page


def test_a_conversation_outlives_its_page_and_is_gone_on_with(browser: Browser, url: str) -> None:
    first, second = "Who denied the telephone call?", "What did he say about the telephone log?"
    with opened(browser, url) as page:
        ask(page, first)
    with opened_again(browser, url, first) as page:
        assert page.locator(".question").all_inner_texts() == [first]
        assert DENIAL in " ".join(page.locator(".answer").inner_text().split())
        ask(page, second)
        assert "Tomas Verrin" in page.locator(".understood").last.inner_text()
    with opened_again(browser, url, first) as page:
        assert page.locator(".question").all_inner_texts() == [first, second]


def test_a_new_conversation_is_empty_and_knows_nothing_of_the_one_before(chat: Page) -> None:
    ask(chat, "who denied the call?")
    chat.get_by_role("button", name="New conversation").click()
    chat.get_by_text("What do the articles say?").wait_for(timeout=60_000)
    ask(chat, "What did he say about the telephone log?")
    assert chat.locator(".understood").count() == 0


def test_a_conversation_is_found_by_its_words_renamed_and_deleted(chat: Page) -> None:
    ask(chat, "How many votes was the margin in Pell?")
    title = "How many votes was the margin in Pell?"
    conversation(chat, title).wait_for()
    chat.get_by_role("button", name="Rename").click()
    field = chat.get_by_label("New title")
    wait_until(lambda: field.input_value() == title)
    wait_until(lambda: bool(field.evaluate("it => it === document.activeElement")))
    field.fill("The recount")
    chat.get_by_role("button", name="Save").click()
    conversation(chat, "The recount").wait_for(timeout=60_000)

    chat.get_by_label("Search conversations").press_sequentially("no such words")
    chat.get_by_text("No conversation matches “no such words”.").wait_for(timeout=60_000)
    chat.get_by_label("Search conversations").fill("votes margin")
    conversation(chat, "The recount").wait_for(timeout=60_000)
    assert chat.locator("#conversations label").count() == 1

    chat.get_by_role("button", name="Delete").click()
    chat.get_by_text("Delete this conversation? This cannot be undone.").wait_for(timeout=60_000)
    chat.get_by_role("button", name="Keep it").click()
    chat.get_by_role("button", name="Keep it").wait_for(state="hidden", timeout=60_000)
    assert conversation(chat, "The recount").is_visible()
    chat.get_by_role("button", name="Delete").click()
    chat.get_by_role("button", name="Delete it").click()
    conversation(chat, "The recount").wait_for(state="hidden", timeout=60_000)
    assert chat.locator(".question").count() == 0
    chat.get_by_text("No conversation matches “votes margin”.").wait_for(timeout=60_000)
    chat.get_by_label("Search conversations").fill("recount")
    chat.get_by_text("No conversation matches “recount”. Kept for 30 days after the last question.").wait_for()


def test_a_notice_is_shown_but_not_kept(chat: Page) -> None:
    chat.get_by_label("Since").fill("2031-01-01")
    assert "No article here is since:2031-01-01" in ask(chat, "Who is Zorblax?").inner_text()
    chat.get_by_label("Search conversations").fill("zorblax")
    chat.get_by_text("No conversation matches “zorblax”.").wait_for()


def test_the_page_says_who_is_there_what_the_index_holds_and_where_to_go(chat: Page, url: str, samples: Index) -> None:
    chat.get_by_text("anonymous, admin").wait_for(timeout=60_000)
    held = " ".join(chat.locator("#holdings").inner_text().split())
    counts = samples.store.counts()
    assert f"{counts.articles} articles in {counts.passages} passages, from {counts.sources} outlets." in held
    assert counts.last_added is not None
    assert f"Last addition: {counts.last_added:%-d %B %Y, %H:%M} UTC." in held
    assert chat.get_by_role("link", name="Editing").get_attribute("href") == "/news/record/editing"
    assert chat.get_by_role("button", name="Log out").count() == 0
    chat.locator("#suggested button:visible").first.wait_for(timeout=60_000)  # nothing is under way any more
    chat.get_by_role("link", name="Articles").click()
    assert chat.get_by_role("heading", level=1).inner_text() == f"{counts.articles} articles"


def test_an_empty_conversation_offers_questions_that_the_articles_answer(chat: Page) -> None:
    chat.get_by_text("What do the articles say?").wait_for()
    first = chat.locator("#suggested button:visible").first
    first.wait_for(timeout=60_000)
    question = first.inner_text()
    first.click()
    answer = chat.locator(".answer").first
    answer.wait_for(timeout=60_000)
    assert chat.locator(".question").inner_text() == question
    assert answer.locator("blockquote").count() > 0


def test_all_that_an_answer_cites_of_an_article_is_marked_and_the_clicked_sentence_most(chat: Page) -> None:
    answer = ask(chat, "What did Nadia Rell say?")
    cites = answer.locator("a.cite")
    several = next(cite for cite in cites.all() if "also=" in str(cite.get_attribute("href")))
    several.click()
    article = chat.frame_locator("#article-pane")
    clicked, beside = article.locator("mark#cited"), article.locator("mark.beside").first
    clicked.wait_for()
    assert several.get_attribute("aria-current") == "true"
    shades = [mark.evaluate("it => getComputedStyle(it).backgroundColor") for mark in (clicked, beside)]
    assert shades[0] != shades[1]
    quotes = [str(cite.get_attribute("data-quote")).split() for cite in cites.all()]
    assert clicked.inner_text().split() in quotes
    assert beside.inner_text().split() in quotes


def test_an_article_names_the_other_outlets_that_carry_its_text(reading: Page, url: str, samples: Index) -> None:
    articles = [samples.store.article(id) for id in samples.store.article_ids()]
    wire = next(article.id for article in articles if "Lock keepers and pilots" in article.label)
    reading.goto(f"{url}/articles/{wire}")
    copies = reading.get_by_role("complementary", name="Other outlets carrying this text")
    assert "Inland Gazette" in copies.inner_text()
    copies.get_by_role("link").first.click()
    back = reading.get_by_role("complementary", name="Other outlets carrying this text")
    assert "Northline News Agency" in back.inner_text()


def test_an_earlier_version_leads_to_the_newest(reading: Page, url: str, samples: Index) -> None:
    twice = next(id for id in samples.store.article_ids() if len(samples.store.versions(id)) == 2)
    reading.goto(f"{url}/articles/{twice}?version=1")
    reading.get_by_role("link", name="read version 2").click()
    reading.get_by_text("Version 2, the latest.").wait_for()


def test_a_citation_shows_its_sentence_to_keyboard_and_pointer_until_escape(chat: Page) -> None:
    answer = ask(chat, "who denied the call?")
    cite = answer.locator(f'a.cite[data-quote="{DENIAL}"]').first
    shown = chat.get_by_role("tooltip")
    cite.focus()
    assert DENIAL in shown.inner_text()
    assert "Northline News Agency, 15 June 2026" in shown.inner_text()
    assert cite.get_attribute("aria-describedby") == shown.get_attribute("id")
    chat.keyboard.press("Escape")
    shown.wait_for(state="hidden")
    assert cite.evaluate("it => it === document.activeElement")

    cite.hover()
    shown.wait_for()
    shown.hover()  # the pointer may go onto it, to read on or to copy
    chat.wait_for_timeout(400)
    assert shown.is_visible()
    cite.blur()
    chat.get_by_label("Question").hover()
    shown.wait_for(state="hidden")


def test_no_width_needs_scrolling_sideways(chat: Page) -> None:
    ask(chat, "Did Oskeld and Corvane talk on the phone?")
    for width, height in WIDTHS:
        chat.set_viewport_size({"width": width, "height": height})
        assert chat.evaluate("document.documentElement.scrollWidth") <= width
        for part in ("#question", "#chat .answer", "#article-pane"):
            box = chat.locator(part).first.bounding_box()
            assert box is not None
            assert 0 <= box["x"] < box["x"] + box["width"] <= width


def test_on_a_phone_the_left_column_opens_and_folds_away(chat: Page) -> None:
    chat.set_viewport_size({"width": 390, "height": 844})
    fold = chat.get_by_role("button", name="Conversations and filters")
    assert not chat.get_by_label("Since").is_visible()
    fold.press("Enter")
    assert fold.get_attribute("aria-expanded") == "true"
    assert chat.get_by_label("Since").is_visible()
    fold.press("Enter")
    assert not chat.get_by_label("Since").is_visible()
