"""The editors' page, in a real Chromium, as an editor would use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from serving import is_foreign, serving

from indexes.storage.writer_lock import writing
from tests.support.loopback import SENTENCES, Reply, Site, page, rss
from tests.support.loopback import serving as site_serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

RSS = "application/rss+xml"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with site_serving() as running:
        running.replies["/a"] = Reply(page("The east pier is shut"))
        running.replies["/b"] = Reply(page("Tides run high", sentences=SENTENCES[::-1]))
        running.replies["/feed"] = Reply(rss("/a", "/b", "/gone"), RSS)
        yield running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("editing") / "home"


@pytest.fixture(scope="module")
def newsroom(home: Path) -> Iterator[str]:
    """A server over an empty index, below a path, that may fetch from loopback and takes files of 20 kilobytes."""
    with serving(home, fetch_allow='["127.0.0.1"]', watch_minutes="0", max_file_mb="0.02", base_path="/desk") as url:
        yield url


@contextmanager
def opened(browser: Browser, newsroom: str, **how: Any) -> Iterator[Page]:
    """The page; fails on a script error or a request to another host. Problems (4xx, 5xx) are no errors of it."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce", **how})
    page, wrong = context.new_page(), list[str]()
    page.on("request", lambda request: wrong.append(request.url) if is_foreign(request.url, newsroom) else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console",
        lambda said: wrong.append(said.text) if said.type == "error" and "Failed to load" not in said.text else None,
    )
    page.goto(newsroom + "/editing")
    page.locator("#found").get_by_text("article").wait_for()
    yield page
    context.close()
    assert wrong == []


def file(name: str, words: str) -> dict[str, Any]:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": words.encode()}


def article(title: str, sentence: str) -> str:
    return f"---\ntitle: {title}\nsource: Harbour Post\n---\n{sentence}\n"


def add(page: Page, *files: dict[str, Any]) -> None:
    page.get_by_label("Files, or drop them here").set_input_files(list(files))
    page.locator("#total").get_by_text("Finished:").wait_for(timeout=60_000)


def lines(page: Page, where: str) -> list[str]:
    return [" ".join(one.split()) for one in page.locator(where).all_inner_texts()]


def test_an_empty_index_and_no_feeds_are_said_in_words(browser: Browser, newsroom: str) -> None:
    with opened(browser, newsroom) as page:
        assert page.locator("#found").inner_text() == "There are no articles yet. Add some on this page."
        assert page.locator("#feeds").inner_text() == "No feeds are followed yet."
        assert not page.locator("#progress").is_visible()
        assert not page.locator("#turning").is_visible()


def test_files_are_added_one_by_one_found_by_name_and_removed(browser: Browser, newsroom: str) -> None:
    with opened(browser, newsroom) as page:
        add(
            page,
            file("quay.md", article("Quay <b>sold</b>", "The quay was sold on Monday.")),
            file("junk.pdf", "%PDF junk"),
            file("tram.md", article("Tram is back", "The tram is back, the mayor said.")),
        )
        assert lines(page, "#queue > li") == [
            "quay.md Added: Quay <b>sold</b>",
            "junk.pdf Refused: it is damaged or not a PDF: Stream has ended unexpectedly",
            "tram.md Added: Tram is back",
        ]
        assert page.locator("#total").inner_text() == "Finished: 3 files and addresses; 2 added, 1 refused."
        page.get_by_label("Title, outlet or author").fill("TRAM")
        page.locator("#found").get_by_text("1 article matching “TRAM”.").wait_for()
        page.get_by_role("button", name="Remove Tram is back").click()
        sure = page.get_by_role("dialog", name="Remove this article?")
        assert "“Tram is back” (Harbour Post) will be removed" in sure.inner_text()
        page.keyboard.press("Enter")  # on what keeps it
        assert not sure.is_visible()
        page.get_by_role("button", name="Remove Tram is back").click()
        sure.get_by_role("button", name="Remove it").click()
        page.locator("#removed").get_by_text("Removed “Tram is back”.").wait_for()
        page.locator("#found").get_by_text("No article matches “TRAM”.").wait_for()
        page.get_by_label("Title, outlet or author").fill("")
        page.locator("#found").get_by_text("1 article.").wait_for()


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(browser: Browser, newsroom: str) -> None:
    with opened(browser, newsroom) as page:
        sent = list[str]()
        page.on("request", lambda request: sent.append(request.method))
        add(page, file("long.txt", "a" * 30_000))
        assert lines(page, "#queue > li") == [
            "long.txt Refused: it is larger than the limit of 0.02 MB (setting max_file_mb)"
        ]
        assert "POST" not in sent


def test_addresses_are_fetched_and_each_has_its_outcome(browser: Browser, newsroom: str, site: Site) -> None:
    with opened(browser, newsroom) as page:
        urls = [site.url("/a"), "http://10.0.0.1/secret", site.url("/feed")]
        page.get_by_label("Web addresses of articles or feeds").fill("\n".join(urls))
        page.get_by_role("button", name="Fetch and add").click()
        page.locator("#total").get_by_text("Finished: 3").wait_for(timeout=60_000)
        one, secret, feed = lines(page, "#queue > li")
        assert one == f"{urls[0]} Added: The east pier is shut"
        refused = "Refused: 10.0.0.1 is not a public address. To allow it: setting fetch_allow"
        assert secret == f"{urls[1]} {refused}"
        assert "1 added, 1 unchanged, 1 refused." in feed
        assert f"Refused: {site.url('/gone')}: the server answered 404 Not Found." in feed


def test_what_is_not_sent_yet_can_be_cancelled_and_added_after_all(browser: Browser, newsroom: str) -> None:
    with opened(browser, newsroom) as page:
        page.route("**/api/v1/articles", lambda route: None)  # the first file never arrives
        files = [file(f"{n}.txt", f"Number {n} was called.") for n in range(3)]
        page.get_by_label("Files, or drop them here").set_input_files(files)
        page.get_by_role("button", name="Cancel 2.txt").click()
        assert lines(page, "#queue > li")[2] == "2.txt Cancelled. Nothing was sent. Add it anyway"
        page.get_by_role("button", name="Cancel everything not yet sent").click()
        page.locator("#total").get_by_text("3 cancelled").wait_for()
        page.unroute("**/api/v1/articles")
        page.get_by_role("button", name="Add it anyway: 2.txt").click()
        page.locator("#total").get_by_text("1 added; 2 cancelled").wait_for(timeout=60_000)


def test_a_busy_index_is_said_and_it_is_tried_again_when_asked_to(browser: Browser, newsroom: str, home: Path) -> None:
    with opened(browser, newsroom) as page:
        with writing(home):
            add(page, file("late.txt", "The late ferry was early."))
            (line,) = lines(page, "#queue > li")
            assert "Another process is adding, removing or rebuilding. Try again when it is done." in line
            page.get_by_role("button", name="Remove Quay").click()
            page.get_by_role("button", name="Remove it").click()
            page.locator("#removed").get_by_text("was not removed. Another process").wait_for()
        page.get_by_role("button", name="Try again: late.txt").click()
        page.locator("#queue").get_by_text("Added: ").wait_for(timeout=60_000)


def test_a_feed_is_followed_looked_at_and_followed_no_more(browser: Browser, newsroom: str, site: Site) -> None:
    with opened(browser, newsroom) as page:
        said, feed = page.locator("#feeds-said"), page.locator("#feeds > li")
        page.get_by_label("Address of an RSS or Atom feed").fill(site.url("/a"))
        page.get_by_role("button", name="Follow", exact=True).click()
        said.get_by_text("it is not an RSS or Atom feed").wait_for(timeout=60_000)
        page.get_by_label("Address of an RSS or Atom feed").fill(site.url("/feed"))
        page.get_by_role("button", name="Follow", exact=True).click()
        said.get_by_text("Harbour Post: 2 unchanged, 1 refused.").wait_for(timeout=60_000)
        assert "2 articles added. Last read " in feed.inner_text()
        site.replies["/feed"] = Reply(status=500)
        page.get_by_role("button", name="Check now at Harbour Post").click()
        said.get_by_text("It could not be read: the server answered 500").wait_for(timeout=60_000)
        page.reload()
        feed.get_by_text("Last failure ").wait_for()
        assert "the server answered 500 Internal Server Error. Try again later." in feed.inner_text()
        assert "Last read " in feed.inner_text()
        page.get_by_role("button", name="Unfollow Harbour Post").click()
        said.get_by_text("“Harbour Post” is no longer followed. The articles added from it stay.").wait_for()
        feed.get_by_text("No feeds are followed yet.").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 2560])
def test_it_fits_every_width_every_control_is_labelled_and_words_stand_out(
    browser: Browser, newsroom: str, width: int, scheme: str
) -> None:
    with opened(browser, newsroom, viewport={"width": width, "height": 800}, color_scheme=scheme) as page:
        add(page, file("junk.pdf", "%PDF junk"), file("a-name-without-an-end-" * 9 + ".txt", "It rained."))
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert page.evaluate(UNNAMED) == []
        assert page.evaluate(FAINT) == []


UNNAMED = """[...document.querySelectorAll('button, input, textarea, progress, nav, dialog')].filter((one) =>
  !one.labels?.length && !one.ariaLabel && !one.getAttribute('aria-labelledby') && !one.textContent.trim()
).map((one) => one.outerHTML)"""
# The ratio of contrast as WCAG 2.2 has it, of every text that is shown, against the page or what it stands on.
FAINT = """(() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => numbers(color).slice(0, 3).map((n) => n / 255)
    .map((n) => n <= 0.04045 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4)
    .reduce((sum, n, i) => sum + n * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (one) => {
    const color = getComputedStyle(one).backgroundColor;
    return numbers(color)[3] === 0 ? behind(one.parentElement) : color;
  };
  const says = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const shown = [...document.body.querySelectorAll('*')].filter((one) =>
    says(one) && one.checkVisibility() && !one.disabled);
  return shown.filter((one) => {
    const [a, b] = [light(getComputedStyle(one).color), light(behind(one))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05) < 4.5;
  }).map((one) => one.textContent);
})()"""
