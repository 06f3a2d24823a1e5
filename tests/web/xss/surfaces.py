"""The pages on which hostile text is shown. A new one is one entry of SURFACES: a function that opens all that it
shows, given a page of the browser and the running newsroom, and yields what was shown each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from newsroom_of_traps import EVERYTHING, NOTHING, NOTICE, Traps
from payloads import Payload

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Shown = Iterator["Locator"]
_AT_ONCE = 10
_LOST = ("/articles/", "/api/v1/", "/v1/models/", "/site/", "/gradio_api/", "/assets/", "/nowhere/")


def listing(page: Page, traps: Traps) -> Shown:
    page.goto(traps.url + "/articles")
    yield page.locator("body")


def articles(page: Page, traps: Traps) -> Shown:
    """Articles, opened at their second paragraph."""
    for article in traps.articles[::2]:
        start = article.text.find("\n\n") + 2
        page.goto(f"{traps.url}/articles/{quote(article.id, safe='')}?start={start}&end={start + 5}#cited")
        yield page.locator("body")


def chat(page: Page, traps: Traps) -> Shown:
    """All payloads in answers of every kind, in the notes around them and in what is suggested."""
    page.goto(traps.url)
    for question in (EVERYTHING, NOTHING, NOTICE):
        yield asked(page, question)
    yield page.locator("body")


def asking(page: Page, traps: Traps) -> Shown:
    """Payloads typed as questions, and written by the language model, piece by piece, while the page shows them."""
    for several in _batched(traps.tried):
        page.goto(traps.url)  # a conversation of its own: the model is not asked to rewrite a follow-up
        yield asked(page, "What was said? " + " ".join(" ".join(one.sentence.split()) for one in several))
        written = page.locator(".answer").last.inner_text()
        assert sum(one.label in written for one in several) > len(several) / 2  # the rest is cut up or cites nothing


def lost(page: Page, traps: Traps) -> Shown:
    """Payloads in addresses, and the errors that tell of them."""
    for n, one in enumerate(traps.tried[:21]):
        page.goto(f"{traps.url}{_LOST[n % len(_LOST)]}{quote(one.text, safe='')}?version={quote(one.text)}")
        yield page.locator("body")


def answers_for_programs(page: Page, traps: Traps) -> Shown:
    """JSON and plain text, opened as pages."""
    for path in ("/api/v1/articles?limit=200", "/api/v1/search?top=100&q=zorb1", "/api/v1/openapi.json", "/metrics"):
        page.goto(traps.url + path)
        yield page.locator("body")


def widget(page: Page, traps: Traps) -> Shown:
    """All payloads in the widget's answers, its title and its filter; and where a citation opens."""
    told = quote(traps.tried[0].text)
    page.goto(f"{traps.url}/widget?title={told}&filter={told}&accent={told}")
    yield page.locator("body")
    page.goto(traps.url + "/widget")
    for question in (EVERYTHING, NOTHING, NOTICE):
        page.locator("#question").fill(question)
        page.locator("#go").click()
        page.locator("#go").wait_for(timeout=60_000)
    page.locator("button.cite").first.click()
    yield page.locator("body")


def receipts(page: Page, traps: Traps) -> Shown:
    """Turns made of all payloads, as they are kept and told again."""
    for question in (EVERYTHING, NOTHING):
        page.goto(traps.url)
        asked(page, question)
        address = page.locator("a.receipt").last.get_attribute("href")
        for form in ("", "?as=text", "?as=markdown"):
            page.goto(f"{traps.url}{address}{form}")
            yield page.locator("body")


def editing(page: Page, traps: Traps) -> Shown:
    """Files whose names are payloads, the articles that there are, and an address."""
    page.goto(traps.url + "/editing")
    page.locator("#articles li").first.wait_for(timeout=60_000)
    names = [one.text.replace("/", "∕").replace("\x00", "") + ".txt" for one in traps.tried]
    page.locator("#files").set_input_files([{"name": name, "mimeType": "text/plain", "buffer": b""} for name in names])
    page.locator("#total").get_by_text("Finished:").wait_for(timeout=90_000)
    yield page.locator("body")


def asked(page: Page, question: str) -> Locator:
    """Asks in the chat, and gives the question and its answer when it is whole."""
    box = page.locator("#question textarea")
    box.wait_for(timeout=60_000)
    count = page.locator(".question").count()
    box.fill(question)
    box.press("Enter")
    page.locator(".question").nth(count).wait_for(timeout=60_000)
    page.get_by_role("button", name="Ask", exact=True).wait_for(timeout=90_000)
    return page.locator("#chat")


def _batched(several: list[Payload]) -> Iterator[list[Payload]]:
    yield from (several[at : at + _AT_ONCE] for at in range(0, len(several), _AT_ONCE))


SURFACES: dict[str, Callable[[Page, Traps], Shown]] = {
    "the list of articles": listing,
    "the pages of articles": articles,
    "the chat": chat,
    "asking and streaming": asking,
    "the widget": widget,
    "receipts": receipts,
    "the editors' page": editing,
    "lost addresses": lost,
    "answers for programs": answers_for_programs,
}
