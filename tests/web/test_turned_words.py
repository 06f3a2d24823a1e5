"""Control characters in an article and in a question turn no words round, wherever they are shown, in a real Chromium;
Arabic and Hebrew are shown as they are read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from serving import opened, serving

from assistant.text.control_characters import NAMES, isolated, plain
from indexes import Index
from indexes.types.article import new_article

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

SENTENCE = "Zorblax minister Ada \u202eneila\u202c Quist denied\u2069\u202e buying 3\u200f-\u200f5 snacks at the kiosk."
TRAP = new_article(
    f"The kiosk was open.\n\n{SENTENCE}\n\nIt closed later.",
    id="trap\u202e",
    title="Minister \u202etiuq\u202c denies \u2067snacks",
    source="Quay\u2069\u202e Chronicle",
    authors=("Jo\u202e Roe", "Bo\u2069 Li"),
    url="https://quaychronicle.example/\u202esnacks",
)
HEBREW, ARABIC = "דנה לוי", "صحيفة الميناء"
REAL = new_article(
    f"Quillmere harbour master {HEBREW} 40 said the green lighthouse reopens on 5 May.\n\n"
    f"{HEBREW}: המגדלור ייפתח ב 5 במאי.",
    id="real",
    title=f"{HEBREW} 7",
    source=ARABIC,
    authors=(HEBREW, "Bo Li"),
)
QUESTION = "Who denied \u202egniyub\u202c snacks?"

_TURNED = """
root => {
  const faults = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let last = null;
  for (let node; (node = walker.nextNode()); ) {
    for (let at = 0; at < node.data.length; at += 1) {
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      const { left, top, width, height } = range.getBoundingClientRect();
      if (!width || !/[\\p{L}\\p{N}]/u.test(node.data[at])) continue;
      if (last && Math.abs(top - last.top) < 4 && left < last.left) faults.push(last.letter + node.data[at]);
      last = { left, top, letter: node.data[at] };
    }
  }
  return faults;
}
"""
"""Pairs of letters of which the second stands to the left of the first."""


@pytest.fixture(scope="module")
def url(samples: Index, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("turned") / "home"
    shutil.copytree(samples.home, home)
    with Index(home) as index:
        assert [outcome.kind for outcome in index.add([TRAP, REAL])] == ["added", "added"]
    with serving(home) as url:
        yield url


@pytest.fixture
def chat(browser: Browser, url: str) -> Iterator[Page]:
    with opened(browser, url) as page:
        yield page


@pytest.fixture
def reading(browser: Browser) -> Iterator[Page]:
    """A page without the chat."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def ask(page: Page, question: str) -> Locator:
    page.get_by_label("Question").fill(question)
    page.get_by_label("Question").press("Enter")
    answer = page.locator(".answer").last
    answer.get_by_role("link", name="Receipt").wait_for(timeout=60_000)
    return answer


def assert_not_turned(*several: Locator) -> None:
    """Each shows its control characters as marks, beside letters in the order they are written."""
    for shown in several:
        shown.wait_for()
        assert shown.evaluate(_TURNED) == [], shown
        assert shown.locator(".control").count() > 0, shown
        mark = "one => getComputedStyle(one, '::before').content"
        assert "⇄" in shown.locator(".control").first.evaluate(mark)


def selected(shown: Locator) -> str:
    """What is copied when all of it is selected."""
    return str(shown.evaluate("one => (getSelection().selectAllChildren(one), getSelection().toString())"))


def box(shown: Locator, words: str) -> dict[str, float]:
    """Where these words stand."""
    found: dict[str, float] = shown.evaluate(
        """(root, words) => {
          const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
          for (let node; (node = walker.nextNode()); ) {
            const at = node.data.indexOf(words);
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(node, at);
            range.setEnd(node, at + words.length);
            const { left, right, top } = range.getBoundingClientRect();
            return { left, right, top };
          }
        }""",
        words,
    )
    return found


def test_the_chat_turns_no_words_round_and_copies_them_as_they_are(chat: Page) -> None:
    answer = ask(chat, QUESTION)
    quoting = answer.locator("blockquote").filter(has_text="Zorblax").first
    source = answer.locator(".sources li").first
    assert_not_turned(quoting, source, chat.locator(".question").last)
    assert SENTENCE in str(quoting.text_content())
    assert SENTENCE in selected(quoting)
    assert TRAP.title in str(source.text_content())
    assert QUESTION in str(chat.locator(".question").last.text_content())
    quoting.locator("a.cite").first.focus()
    assert_not_turned(chat.locator("#quoted"))
    assert SENTENCE in str(chat.locator("#quoted .says").text_content())
    assert not set(str(chat.locator("#quoted .from").text_content())) & set(NAMES)


def test_lists_of_gradios_have_marks_for_control_characters(chat: Page) -> None:
    ask(chat, QUESTION)
    kept = chat.locator("#conversations label").filter(has_text="Who denied").first
    kept.wait_for()
    for shown, words in ((kept, "⇄gniyub⇄"), (chat.locator("#outlets label").filter(has_text="Quay⇄").first, "⇄⇄")):
        assert words in str(shown.text_content())
        assert shown.evaluate(_TURNED) == []
    kept.click()
    chat.locator(".answer").last.wait_for()


def test_an_article_turns_no_words_round(reading: Page, url: str) -> None:
    start = TRAP.text.index(SENTENCE)
    reading.goto(f"{url}/articles/{quote(TRAP.id)}?start={start + 10}&end={start + len(SENTENCE)}")
    assert not set(reading.title()) & set(NAMES)
    assert_not_turned(*map(reading.locator, ("h1", ".outlet", ".byline span", "article > p:has(mark)", "mark#cited")))
    assert reading.locator("mark#cited").text_content() == SENTENCE[10:]
    assert selected(reading.locator("article > p:has(mark)")).strip() == SENTENCE
    reading.goto(f"{url}/articles")
    assert_not_turned(reading.locator(".listing li").filter(has_text="Minister"))


def test_the_widget_turns_no_words_round(reading: Page, url: str) -> None:
    reading.goto(f"{url}/widget")
    reading.locator("#question").fill(QUESTION)
    reading.locator("#go").click()
    quoting = reading.locator("blockquote").filter(has_text="Zorblax").first
    quoting.wait_for(timeout=60_000)
    reading.locator("#go").wait_for(timeout=60_000)
    assert_not_turned(quoting, reading.locator(".question"), reading.locator("ol li").first)
    assert SENTENCE in selected(quoting)
    quoting.get_by_role("button").click()
    assert_not_turned(reading.locator(".excerpt mark"), reading.locator(".excerpt p").first)
    assert reading.locator(".excerpt mark").text_content() == SENTENCE


def test_the_editors_page_turns_no_words_round(reading: Page, url: str) -> None:
    reading.goto(f"{url}/editing")
    reading.locator("#named").fill("snacks")
    row = reading.locator("#articles li").filter(has_text="Minister")
    assert_not_turned(row.locator("a"))
    assert not set(str(row.get_by_role("button").get_attribute("aria-label"))) & set(NAMES)
    reading.locator("#files").set_input_files([{"name": "a\u202etxt.b.txt", "mimeType": "text/plain", "buffer": b""}])
    assert_not_turned(reading.locator("#queue .name"))
    row.get_by_role("button").click()
    about = reading.locator("#sure-about")
    assert "Minister ⇄tiuq⇄ denies ⇄snacks” (Quay⇄⇄ Chronicle) will be removed" in str(about.text_content())


def test_a_receipt_turns_no_words_round(chat: Page, reading: Page, url: str) -> None:
    address = ask(chat, QUESTION).locator("a.receipt").get_attribute("href")
    reading.goto(f"{url}{address}")
    assert not set(reading.title()) & set(NAMES)
    assert_not_turned(reading.locator("h1"), *reading.locator("blockquote").filter(has_text="Zorblax").all())
    assert_not_turned(*reading.locator("dd").filter(has_text="Minister").all())


def test_real_arabic_and_hebrew_are_read_from_right_to_left_and_turn_nothing_beside_them(
    chat: Page, reading: Page, url: str
) -> None:
    answer = ask(chat, "When does the green lighthouse reopen?")
    source = answer.locator(".sources li").filter(has_text=ARABIC).first
    first, last = (box(source, word) for word in ARABIC.split())
    assert last["right"] <= first["left"] + 1
    assert first["right"] <= box(source, HEBREW)["left"]
    assert source.locator(".control").count() == 0
    quoting = answer.locator("blockquote").filter(has_text="harbour master").first
    assert box(quoting, "master")["right"] <= box(quoting, "דנה")["left"]
    assert quoting.locator("a.cite").first.bounding_box()["x"] > box(quoting, "on 5 May")["left"]  # type: ignore[index]
    outlet = chat.locator("#outlets label").filter(has_text=ARABIC)
    assert box(outlet, ARABIC)["right"] <= box(outlet, "(1)")["left"] + 1
    reading.goto(f"{url}/articles/real")
    paragraph = reading.locator("article > p").last
    assert paragraph.evaluate("one => getComputedStyle(one).direction") == "rtl"
    assert reading.locator(".control").count() == 0


def test_scripts_show_text_as_the_pages_do(reading: Page, url: str) -> None:
    texts = [
        SENTENCE,
        TRAP.title,
        ARABIC,
        HEBREW,
        "א!\u200f 3\u200f-\u200f5 <b>&",
        "C++\u200e ו",
        "9\u200e",
        "",
        "\u2029\u200fא",
    ]
    texts += [f"a {control} 5" for control in NAMES] + [f"א,{control}\n{control}5" for control in NAMES]
    reading.goto(f"{url}/articles")
    made: list[Any] = reading.evaluate(
        """async texts => {
          const { isolated, plain } = await import("/site/showing.js");
          return texts.map((text) => [isolated(text).outerHTML, plain(text)]);
        }""",
        texts,
    )
    assert made == [[str(isolated(text)), plain(text)] for text in texts]
