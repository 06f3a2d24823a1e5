"""Over 500 hostile texts through every field, on every page, in Chromium: none runs, and nothing is asked elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from newsroom_of_traps import INDEXED, TOGETHER, Traps, gallery, newsroom, running
from payloads import KINDS, Payload, payloads, sample
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from surfaces import SURFACES
from watching import NAMES_BLOCKED, watched

from assistant.web.middleware.security_headers import SecurityHeaders
from indexes.types.article import normalise
from tests.support import loopback

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest.importorskip("llama_index.llms.openai_like", reason="the extra onrecord[openai] is not installed")

TRIED = 40
"""How many are typed as questions and written by the language model; one of each kind, and so on."""

_STIR = """
root => {
  const events = ["mouseover", "pointerenter", "focus", "focusin", "blur", "toggle", "beforetoggle", "animationstart",
                  "wheel", "scroll", "load", "error", "begin", "start", "formdata"];
  const all = [root, ...root.querySelectorAll("*")];
  for (const element of all) for (const event of events) element.dispatchEvent(new Event(event));
}
"""
_FAULTS = """
root => [...root.querySelectorAll("*")].flatMap(element => {
  const faults = [];
  const leading = ["href", "src", "action", "formaction", "xlink:href", "data", "srcset", "ping", "poster"];
  for (const one of element.attributes) {
    if (one.name.startsWith("on")) faults.push(`${element.tagName} has ${one.name}`);
    if (one.name === "style" && /url|expression/i.test(one.value)) faults.push(`${element.tagName} ${one.value}`);
    if (!leading.includes(one.name)) continue;
    const address = new URL(one.value, document.baseURI);
    const told = (element.getAttribute("rel") || "").split(" ");
    const ours = address.origin === location.origin;
    const careful = element.tagName === "A" && told.includes("noopener") && told.includes("noreferrer");
    const web = ["http:", "https:"].includes(address.protocol);
    if (!web || !(ours || careful)) faults.push(`${element.tagName} to ${one.value}`);
  }
  if (element.tagName === "SCRIPT" && /owned|zorb/.test(element.outerHTML)) faults.push(element.outerHTML);
  if (/^(object|embed|base|frame|frameset|applet|math)$/i.test(element.tagName)) faults.push(element.tagName);
  return faults;
})
"""

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def canary() -> Iterator[loopback.Site]:
    """A server of no one's, which must never be asked."""
    with loopback.serving() as site:
        yield site


@pytest.fixture(scope="module")
def traps(canary: loopback.Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traps]:
    home = tmp_path_factory.mktemp("traps")
    with newsroom(home, canary.url("").rstrip("/"), TRIED) as running_newsroom:
        yield running_newsroom


@pytest.fixture(scope="module")
def shut_in(browser: Browser) -> Iterator[Browser]:
    """A Chromium that can look up no name."""
    from tests.support.browser import CHROMIUM

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", NAMES_BLOCKED]
    shut = browser.browser_type.launch(executable_path=CHROMIUM, args=flags)
    yield shut
    shut.close()


def test_there_are_hundreds_of_payloads_each_once_and_of_every_kind() -> None:
    several = payloads("http://127.0.0.1:9")
    assert len({one.text for one in several}) == len(several) >= 500
    assert {one.kind for one in several} == set(KINDS)
    assert {one.kind for one in sample(several, TRIED)} == set(KINDS)


def test_every_article_was_taken_in(traps: Traps) -> None:
    assert len(traps.articles) == INDEXED // TOGETHER


@pytest.mark.parametrize("name", SURFACES)
def test_no_payload_runs_and_none_is_asked_for(
    name: str, shut_in: Browser, traps: Traps, canary: loopback.Site
) -> None:
    with watched(shut_in, traps.url) as seen:
        page = seen.new_page()
        shows = 0
        for shown in SURFACES[name](page, traps):
            assert shown.evaluate(_FAULTS) == []
            shown.evaluate(_STIR)
            shows += shown.inner_text().count("__owned(") + shown.inner_text().count("zorb")
        page.wait_for_timeout(500)
        assert shows or name == "lost addresses"
        seen.assert_quiet()
    assert canary.asked == []


def test_every_payload_in_every_field_of_an_article_is_shown_as_it_was_written(
    shut_in: Browser, canary: loopback.Site
) -> None:
    several = payloads(canary.url("").rstrip("/"))
    with running(gallery(several)) as url, watched(shut_in, url) as seen:
        page, shown = seen.new_page(), list[str]()
        for n in range(-(-len(several) // 100)):
            page.goto(f"{url}/{n}")
            assert page.locator("body").evaluate(_FAULTS) == []
            page.locator("body").evaluate(_STIR)
            shown += page.locator("article").all_text_contents()
        for one, article in zip(several, shown, strict=True):
            assert letters(article).count(letters(one.text)) >= 4  # heading, outlet, author and text
        seen.assert_quiet()
    assert canary.asked == []


def test_file_names_come_back_as_plain_data(traps: Traps) -> None:
    for one in traps.tried:
        name = one.text.replace("/", "∕").replace("\x00", "")
        files = {"files": (name + ".txt", b"")}
        told = httpx.post(traps.url + "/api/v1/articles", files=files)
        assert told.headers["content-type"].split(";")[0] in ("application/json", "application/problem+json")
        assert told.headers["x-content-type-options"] == "nosniff"


def test_the_same_detectors_see_payloads_run_on_a_page_that_does_not_escape(shut_in: Browser) -> None:
    from playwright.sync_api import Error

    with loopback.serving() as caught, running(unsafe(caught.url("").rstrip("/"))) as url:
        with watched(shut_in, url) as seen:
            page = seen.new_page()
            page.goto(url + "/")
            page.wait_for_timeout(2000)
            for frame in page.frames[1:]:
                with contextlib.suppress(Error):  # it went elsewhere meanwhile
                    frame.evaluate("document.querySelectorAll('a').forEach(a => a.click?.())")
            page.wait_for_timeout(1000)
        assert len({one for one in seen.ran if one.startswith("payload")}) > 10
        assert [one for one in seen.ran if one.startswith("dialog")]
        assert len(set(seen.foreign)) > 10
        assert len(set(caught.asked)) > 10
        with watched(shut_in, url) as seen:
            page = seen.new_page()
            page.goto(url + "/shielded")
            page.wait_for_timeout(2000)
        assert [one for one in seen.blocked if one.startswith("img-src")]
        assert page_faults(shut_in, url)


def page_faults(browser: Browser, url: str) -> list[str]:
    page = browser.new_page()
    page.goto(url + "/one/0")
    found: list[str] = page.locator("body").evaluate(_FAULTS)
    page.close()
    return found


def unsafe_ones(several: list[Payload]) -> list[Payload]:
    """Those let loose: a sample of all kinds, some more of those that load something, and some that open a dialog."""
    loading = [one for one in several if one.kind == "loading"]
    dialogs = [one for one in several if one.text.startswith(("<script>alert", "<img src=x onerror=alert"))]
    return [*sample(several, TRIED), *loading[:20], *dialogs[:5]]


def unsafe(canary: str) -> Any:
    """What must not be: every payload as markup, in a frame of its own; once more under our content policy."""
    several = payloads(canary)
    by_number = {payload.number: payload for payload in unsafe_ones(several)}

    def one(request: Request) -> HTMLResponse:
        payload = by_number[request.path_params["n"]]
        return HTMLResponse(f'<!doctype html><body><p>{payload.text}</p><a href="{payload.text}">x</a>')

    def everything(request: Request) -> HTMLResponse:
        frames = "".join(f"<iframe src=/one/{payload}></iframe>" for payload in by_number)
        return HTMLResponse(f"<!doctype html><title>unsafe</title>{frames}")

    images = "".join(one.text for one in several if one.text.startswith("<img src=http"))
    shielded = SecurityHeaders(HTMLResponse(f"<!doctype html>{images}"))
    return Starlette(routes=[Route("/", everything), Route("/one/{n:int}", one), Route("/shielded", shielded)])


def letters(text: str) -> str:
    """Without spaces, which pages fold, and controls, of which NUL is replaced when an article is read."""
    return "".join(letter for letter in normalise(text) if letter.isprintable() and letter not in " \ufffd")
