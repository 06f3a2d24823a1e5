"""The widget on pages of other sites, in a real Chromium that keeps third parties from storing anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from hosting import CROSS_SITE, FOREIGN, LISTED, NONCE, SECOND, STRICT, Hosting, ask, panel
from serving import onrecord, serving
from watching import watched

from tests.support.browser import CHROMIUM
from tests.support.loopback import serving as hosting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

DENIAL = "Presidential spokesman Tomas Verrin on Monday denied the Harbour Post's report of a phone call"


@pytest.fixture(scope="module")
def hosts(home: Path, browser: Browser) -> Iterator[Hosting]:
    """Host pages with tokens that their server got with an API key."""
    key = _api_key(home)
    with hosting() as site:
        pages = [site.url("", name) for name in (LISTED, SECOND)]
        with serving(home, "--demo", widget_pages=json.dumps(pages)) as server:
            other_sites = browser.browser_type.launch(executable_path=CHROMIUM, args=CROSS_SITE)
            found = Hosting(site, server, other_sites)
            found.tokens = {name: _token(server, key, page) for name, page in zip((LISTED, SECOND), pages, strict=True)}
            found.tokens["asks only"] = _token(server, _api_key(home, "asks only", "ask"), pages[0])
            yield found
            other_sites.close()


def _api_key(home: Path, name: str = "intranet", *scopes: str) -> str:
    named = [word for scope in scopes or ("ask", "read", "claims") for word in ("--scope", scope)]
    done = onrecord(home, "keys", "add", name, *named)
    done.check_returncode()
    return done.stdout.strip()


def _token(server: str, key: str, page: str) -> str:
    headers = {"Authorization": f"Bearer {key}"}
    token: str = httpx.post(f"{server}/api/v1/widget/tokens", json={"page": page}, headers=headers).json()["token"]
    return token


def open_panel(page: Page, name: str = "Ask On Record") -> None:
    page.get_by_role("button", name=name).click()


def text(of: str) -> str:
    return " ".join(of.split())


def test_a_page_of_another_site_under_a_strict_policy_asks_and_the_sentence_opens_in_place(hosts: Hosting) -> None:
    hosts.put(hosts.tag())
    with hosts.opened() as page:
        assert len(page.frames) == 1  # nothing is loaded before it is wanted
        open_panel(page)
        frame = panel(page)
        ask(frame, "who denied the call?")
        assert DENIAL in text(frame.locator(".answer").inner_text())
        assert "Northline News Agency · 15 June 2026 · Veldmark presidency denies" in text(
            frame.locator("ol").inner_text()
        )
        quotes = frame.locator("blockquote")
        for n in range(quotes.count()):
            quotes.nth(n).get_by_role("button").click()
            quote = text(re.sub(r"\[\d+]$", "", quotes.nth(n).inner_text().strip()))
            frame.locator("mark").nth(n).wait_for()
            assert text(frame.locator("mark").nth(n).inner_text()) == quote
        link = frame.get_by_role("link", name="Open in On Record").first
        assert str(link.get_attribute("href")).startswith("/articles/")
        assert (link.get_attribute("target"), link.get_attribute("rel")) == ("_blank", "noopener noreferrer")
        with page.context.expect_page() as opened:
            link.click()
        opened.value.locator("mark#cited").wait_for()
        opened.value.close()


def test_a_follow_up_is_understood_and_a_new_conversation_forgets(hosts: Hosting) -> None:
    hosts.put(hosts.tag())
    with hosts.opened() as page:
        open_panel(page)
        frame = panel(page)
        ask(frame, "who denied the call?")
        ask(frame, "What did he say about the telephone log?")
        assert "Tomas Verrin" in frame.locator(".turn").last.locator(".quiet").first.inner_text()
        assert "State Secrets Act" in frame.locator(".turn").last.inner_text()
        frame.get_by_role("button", name="New conversation").click()
        assert frame.locator(".turn").count() == 0
        with page.expect_request("**/api/v1/ask") as sent:
            ask(frame, "Who won the World Cup?")
        assert sent.value.post_data_json["turns"] == []
        assert frame.get_by_text("No article mentions World Cup.").is_visible()
        assert frame.get_by_text("Nearest extracts, not an answer").is_visible()


def test_where_the_articles_disagree_both_sides_are_shown(hosts: Hosting) -> None:
    hosts.put(hosts.tag(open="true"))
    with hosts.opened() as page:
        ask(panel(page), "Did Oskeld and Corvane talk on the phone?")
        sides = text(panel(page).get_by_label("Where the articles disagree").inner_text())
        assert "Said Two people familiar with the matter" in sides
        assert "Tomas Verrin" in sides.split("Denied")[1]


@pytest.mark.parametrize("policy", [NONCE, STRICT, ""])
def test_it_works_under_the_policies_that_are_documented(hosts: Hosting, policy: str) -> None:
    hosts.put(hosts.tag(open="true"), policy=policy)
    with hosts.opened() as page:
        panel(page).locator("#question").wait_for()
        assert page.locator("onrecord-widget .trouble").is_hidden()


def test_a_page_that_is_not_listed_is_refused_in_words(hosts: Hosting) -> None:
    hosts.put(hosts.tag(FOREIGN, token=hosts.tokens[LISTED]))
    with hosts.opened(FOREIGN, quiet=False) as page:
        open_panel(page)
        trouble = page.get_by_role("alert")
        trouble.wait_for(timeout=60_000)
        assert f"does not allow this page ({hosts.origin(FOREIGN)})" in trouble.inner_text()
        link = trouble.get_by_role("link", name="Open On Record")
        assert (link.get_attribute("href"), link.get_attribute("rel")) == (hosts.server + "/", "noopener")
        assert page.locator("onrecord-widget iframe").is_hidden()


def test_a_page_that_names_a_listed_one_as_its_own_is_refused_by_the_browser(hosts: Hosting) -> None:
    frame = f'<iframe src="{hosts.server}/widget?page={hosts.origin(LISTED)}"></iframe>'
    hosts.put(frame, policy="")
    with hosts.opened(FOREIGN, quiet=False) as page:
        page.wait_for_function("document.readyState === 'complete'")
        assert page.frame_locator("iframe").locator("#question").count() == 0
    with hosts.opened(LISTED) as page:
        page.frame_locator("iframe").locator("#question").wait_for()


def test_a_server_that_cannot_be_reached_is_told_and_can_be_tried_again(hosts: Hosting) -> None:
    hosts.put(hosts.tag())
    with hosts.opened(quiet=False) as page:
        page.route("**/widget?*", lambda route: route.abort())
        open_panel(page)
        page.get_by_text("On Record cannot be shown here.").wait_for(timeout=60_000)
        page.unroute("**/widget?*")
        page.get_by_role("button", name="Try again").click()
        panel(page).locator("#question").wait_for()
        assert page.get_by_role("alert").count() == 0


def test_a_token_for_another_page_is_refused_and_the_panel_says_so(hosts: Hosting) -> None:
    for token in (hosts.tokens[SECOND], "orw_none", ""):
        hosts.put(hosts.tag(token=token, open="true"))
        with hosts.opened(quiet=False) as page:
            ask(panel(page), "who denied the call?")
            assert "This page cannot ask On Record right now." in panel(page).locator(".notice").inner_text()
            assert panel(page).locator(".answer").count() == 0


def test_a_token_that_may_only_ask_shows_quotations_and_says_that_it_opens_no_articles(hosts: Hosting) -> None:
    hosts.put(hosts.tag(open="true", token=hosts.tokens["asks only"]))
    with hosts.opened(quiet=False) as page:
        frame = panel(page)
        ask(frame, "who denied the call?")
        quote = text(frame.locator("blockquote").first.inner_text()).removesuffix(" [1]")
        frame.locator("blockquote .cite").first.click()
        opened = frame.locator(".excerpt").first
        opened.locator(".notice").wait_for()
        assert opened.locator(".notice").inner_text() == "The widget on this page may not open articles."
        assert text(opened.locator("q").inner_text()) == quote


def test_on_a_page_of_ours_the_login_of_its_reader_renews_the_token(hosts: Hosting) -> None:
    page = hosts.browser.new_page()
    page.goto(hosts.server + "/widget")
    page.route("**/api/v1/ask", lambda route: route.fulfill(status=401, json={"detail": "past its time"}), times=1)
    with page.expect_response("**/api/v1/widget/tokens") as renewed:
        page.locator("#question").fill("who denied the call?")
        page.locator("#question").press("Enter")
    assert renewed.value.status == 200
    page.locator("blockquote").first.wait_for(timeout=60_000)
    page.close()


def test_a_token_that_has_run_out_is_replaced_without_a_word(hosts: Hosting) -> None:
    hosts.put(hosts.tag(open="true"))
    with hosts.opened(quiet=False) as page:
        ask(panel(page), "who denied the call?")
        refused: list[str] = []

        def refuse_once(route: Route) -> None:
            refused.append(route.request.url)
            route.fulfill(status=401, json={"detail": "past its time"})

        page.route("**/api/v1/ask", refuse_once, times=1)
        ask(panel(page), "Who won the World Cup?")
        assert len(refused) == 1
        assert panel(page).get_by_text("No article mentions World Cup.").is_visible()


def test_several_widgets_on_a_page_are_independent(hosts: Hosting) -> None:
    inline = hosts.tag(title="Harbour", position="inline", into="here", filter="source=Harbour Post")
    left = hosts.tag(title="Left", position="bottom-left", accent="#ffd000")
    hosts.put(f'<div id="here"></div>{inline}{left}{hosts.tag(title="One")}{hosts.tag(title="Two")}')
    with hosts.opened() as page:
        ask(panel(page, "inline"), "who denied the call?")
        open_panel(page, "Left")
        assert panel(page, "bottom-left").locator(".turn").count() == 0
        one, two = (page.get_by_role("button", name=name).bounding_box() for name in ("One", "Two"))
        assert one is not None
        assert two is not None
        assert abs(one["y"] - two["y"]) >= max(one["height"], two["height"])
        opener = page.get_by_role("button", name="Left")
        assert opener.evaluate("one => getComputedStyle(one).color") == "rgb(0, 0, 0)"
        assert (
            page.get_by_role("button", name="One").evaluate("one => getComputedStyle(one).color")
            == "rgb(255, 255, 255)"
        )


def test_the_pages_filter_holds_for_the_conversation(hosts: Hosting) -> None:
    hosts.put(hosts.tag(open="true", filter="source=Harbour Post; since=2026"))
    with hosts.opened() as page:
        frame = panel(page)
        assert "Limited to: Harbour Post, since 2026." in frame.locator("#empty").inner_text()
        with page.expect_request("**/api/v1/ask") as sent:
            ask(frame, "who denied the call?")
        assert sent.value.post_data_json["filter"] == {"since": "2026", "sources": ["Harbour Post"]}
        assert "Northline" not in frame.locator(".answer").inner_text()
        ask(frame, 'who denied the call? source:"Northline News Agency"')
        assert "This page searches only these articles: Harbour Post" in frame.locator(".turn").last.inner_text()


def test_a_filter_that_is_none_is_said_and_nothing_can_be_asked(hosts: Hosting) -> None:
    hosts.put(hosts.tag(open="true", filter="since=May"))
    with hosts.opened() as page:
        assert "data-filter is not valid: 'May' is not a day" in panel(page).get_by_role("alert").inner_text()
        assert panel(page).locator("#question").is_disabled()


HOSTILE_CSS = """<style>
* { display: none !important; all: unset !important; color: red !important; font-size: 2px !important; }
html, head, body { display: block !important; }
button, iframe, div, dialog { display: none !important; visibility: hidden !important; width: 0 !important; }
onrecord-widget { display: none !important; opacity: 0 !important; position: static !important; }
</style>"""
HOSTILE_JS = """<script nonce="r4nd0m">
Array.prototype.each = function () {}; Object.prototype.clone = function () {}; Object.prototype.mode = "open";
Object.prototype.delegatesFocus = true; Object.prototype.signal = "no"; Object.prototype.once = true;
Array.prototype.toJSON = function () { return "broken"; }; Array.from = function () { return ["broken"]; };
HTMLElement.prototype.show = HTMLElement.prototype.hide = HTMLElement.prototype.toggle = function () { throw 1; };
Element.prototype.append = Element.prototype.remove = function () { throw 1; };
window.widget = window.host = window.panel = window.frame = window.app = "mine"; var $ = () => null;
window.before = Object.getOwnPropertyNames(window).sort().join();
</script>"""


def test_a_pages_own_styles_and_scripts_do_not_reach_it_and_it_leaves_nothing_on_the_page(hosts: Hosting) -> None:
    hosts.put(hosts.tag(), policy="", head=HOSTILE_CSS + HOSTILE_JS)
    with hosts.opened() as page:
        opener = page.get_by_role("button", name="Ask On Record")
        box = opener.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert 1280 - 40 < box["x"] + box["width"] < 1280
        assert opener.evaluate("one => getComputedStyle(one).fontSize") == "15px"
        opener.click()
        ask(panel(page), "who denied the call?")
        assert DENIAL in text(panel(page).locator(".answer").inner_text())
        after = page.evaluate("Object.getOwnPropertyNames(window).sort().join()")
        assert set(after.split(",")) - set(page.evaluate("before").split(",")) <= {"before", "0"}
        assert page.evaluate("[widget, host, panel, frame, app].join()") == "mine,mine,mine,mine,mine"


def test_the_page_around_it_cannot_look_into_it(hosts: Hosting) -> None:
    hosts.put(hosts.tag(open="true"), policy="")
    context = hosts.browser.new_context()
    page = context.new_page()
    page.goto(hosts.site.url("/", LISTED))
    page.locator("onrecord-widget").wait_for(state="attached")
    assert page.evaluate("document.querySelector('onrecord-widget').shadowRoot") is None
    assert page.evaluate("frames.length") == 0
    context.close()


def test_it_can_be_used_with_the_keyboard_alone(hosts: Hosting) -> None:
    hosts.put(f'<a href="#x">A link of the page</a>{hosts.tag()}')
    with hosts.opened() as page:
        opener = page.get_by_role("button", name="Ask On Record")
        opener.wait_for()
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        assert opener.evaluate("one => one.matches(':focus-visible')")
        assert opener.get_attribute("aria-expanded") == "false"
        page.keyboard.press("Enter")
        panel(page).locator("#question:focus").wait_for()
        assert opener.get_attribute("aria-expanded") == "true"
        assert page.get_by_role("dialog", name="Ask On Record").count() == 1
        page.keyboard.type("who denied the call?")
        page.keyboard.press("Enter")
        panel(page).locator("blockquote").first.wait_for(timeout=60_000)
        panel(page).locator("#go:not([hidden])").wait_for()
        page.keyboard.press("Shift+Tab")
        for _ in range(12):
            if panel(page).locator("blockquote .cite:focus").count():
                break
            page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        panel(page).locator("mark").wait_for()
        page.keyboard.press("Escape")
        assert page.get_by_role("dialog").count() == 0
        assert opener.evaluate("one => one === one.getRootNode().activeElement")
        page.keyboard.press("Enter")
        panel(page).locator("#question:focus").wait_for()
        assert panel(page).locator("mark").count() == 1  # the conversation is still there


def test_what_a_screen_reader_goes_by_is_there(hosts: Hosting) -> None:
    hosts.put(hosts.tag(open="true", title="Ask the archive"))
    with hosts.opened() as page:
        frame = panel(page)
        assert page.locator("onrecord-widget iframe").get_attribute("title") == "Ask the archive"
        ask(frame, "who denied the call?")
        log = frame.get_by_role("log")
        assert log.get_attribute("aria-busy") == "false"
        assert frame.get_by_role("textbox", name="Question").count() == 1
        cite = frame.locator("blockquote .cite").first
        assert str(cite.get_attribute("aria-label")).startswith("Citation [1]: ")
        cite.click()
        assert cite.get_attribute("aria-expanded") == "true"
        assert frame.locator(f"#{cite.get_attribute('aria-controls')}").count() == 1


def test_stop_stops_and_an_error_is_told_in_words_and_can_be_tried_again(hosts: Hosting) -> None:
    hosts.put(hosts.tag(open="true"))
    with hosts.opened(quiet=False) as page:
        frame = panel(page)
        page.route("**/api/v1/ask", lambda route: None)
        frame.locator("#question").fill("who denied the call?")
        frame.locator("#question").press("Enter")
        frame.get_by_text("Reading the articles …").first.wait_for()
        frame.get_by_role("button", name="Stop").click()
        assert frame.get_by_text("Stopped.").is_visible()
        page.unroute("**/api/v1/ask")
        busy = {"type": "urn:onrecord:problem:unavailable", "detail": "The models are still loading."}
        page.route("**/api/v1/ask", lambda route: route.fulfill(status=503, json=busy))
        ask(frame, "who denied the call?")
        assert frame.get_by_text("The models are still loading.").is_visible()
        page.unroute("**/api/v1/ask")
        page.route("**/api/v1/ask", lambda route: route.abort())
        frame.get_by_role("button", name="Try again").click()
        frame.get_by_text("On Record cannot be reached.").wait_for()
        page.unroute("**/api/v1/ask")
        frame.get_by_role("button", name="Try again").click()
        frame.locator("blockquote").first.wait_for(timeout=60_000)


def test_only_the_frame_and_the_page_around_it_are_listened_to(hosts: Hosting) -> None:
    hosts.put(f'<iframe name="other" srcdoc="x"></iframe>{hosts.tag(open="true")}', policy="")
    with hosts.opened() as page:
        panel(page).locator("#question").wait_for()
        page.evaluate("postMessage({ onrecord: 'close' }, '*')")
        page.evaluate("frames.other.eval(`parent.postMessage({ onrecord: 'close' }, '*')`)")
        page.wait_for_timeout(200)
        assert panel(page).locator("#question").is_visible()
        page.evaluate("document.querySelector('onrecord-widget').shadowRoot.querySelector('iframe').focus()")
        inside = next(frame for frame in page.frames if "/widget?" in frame.url)
        inside.evaluate("postMessage({ onrecord: 'focus' }, '*')")  # as one of its own would, not the page around it
        page.wait_for_timeout(200)
        assert inside.evaluate("document.activeElement.id") != "question"


def test_nothing_an_article_supplies_runs_or_loads(hosts: Hosting) -> None:
    hosts.put(hosts.tag(open="true"))
    with hosts.opened() as page:
        frame = panel(page)
        ask(frame, "What did the Zorblax minister deny?")
        ask(frame, '<img src=x onerror="alert(1)"><script>alert(2)</script> Zorblax?')
        assert "Zorblax" in frame.locator(".answer").first.inner_text()
        frame.locator(".cite").first.click()
        frame.locator("mark").first.wait_for()
        assert frame.locator("#log img, #log script, #log strong, #log em").count() == 0
        links = [str(link.get_attribute("href")) for link in frame.locator("#log a").all()]
        assert links
        assert [href for href in links if not href.startswith("/articles/")] == []


def test_on_a_phone_it_fills_the_screen_and_closes_again(hosts: Hosting) -> None:
    hosts.put(f"<p>{'words ' * 500}</p>{hosts.tag()}")
    phone = {"width": 390, "height": 844}
    with hosts.opened(viewport=phone, has_touch=True, is_mobile=True) as page:
        open_panel(page)
        panel(page).locator("#question:focus").wait_for()
        dialog = page.get_by_role("dialog", name="Ask On Record")
        box = dialog.bounding_box()
        assert box is not None
        assert (box["x"], box["y"], box["width"]) == (0, 0, 390)
        assert dialog.evaluate("one => one.matches(':modal')")
        page.get_by_role("button", name="Close").click()
        assert page.get_by_role("dialog").count() == 0


def test_the_demo_shows_two_widgets_under_a_strict_policy_and_asks(hosts: Hosting) -> None:
    context = hosts.browser.new_context()
    page = context.new_page()
    context.add_init_script(
        "const a = Element.prototype.attachShadow;"
        "Element.prototype.attachShadow = function (how) { return a.call(this, { ...how, mode: 'open' }); };"
    )
    errors: list[str] = []
    page.on("console", lambda one: errors.append(one.text) if one.type == "error" else None)
    page.goto(hosts.server + "/demo")
    open_panel(page, "Ask the archive")
    ask(panel(page), "who denied the call?")
    assert DENIAL in text(panel(page).locator(".answer").inner_text())
    assert "source=Harbour Post" in page.locator("main").inner_text()
    assert "Limited to: Harbour Post." in panel(page, "inline").locator("#empty").inner_text()
    assert errors == []
    context.close()


@pytest.mark.parametrize("path", ["/widget", "/demo"])
def test_the_pages_own_policy_allows_all_that_the_page_shows_its_icon_too(hosts: Hosting, path: str) -> None:
    with watched(hosts.browser, hosts.server) as seen:
        page = seen.new_page()
        page.goto(hosts.server + path)
        icon = page.locator("link[rel=icon]").get_attribute("href", timeout=5000)
        # As a browser with tabs would load it; this one has none.
        assert page.evaluate(
            "async (src) => { const one = Object.assign(new Image(), { src }); await one.decode(); return one.src; }",
            icon,
        ).startswith(hosts.server + "/site/")
        seen.assert_quiet()
