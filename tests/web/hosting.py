"""Pages of other sites that show the widget, and a browser in which they are other sites."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.support.loopback import Reply, Site

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page

LISTED, SECOND, FOREIGN = "intranet.test", "wiki.test", "evil.test"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]
CROSS_SITE = [*FLAGS, "--host-resolver-rules=MAP *.test 127.0.0.1", "--test-third-party-cookie-phaseout"]
STRICT = (
    "default-src 'none'; script-src {server}; frame-src {server}; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
NONCE = (
    "default-src 'none'; script-src 'nonce-r4nd0m' 'strict-dynamic'; frame-src {server}; object-src 'none'; "
    "require-trusted-types-for 'script'"
)
# Tests look into the widget's closed shadow root; one of them asserts that it is closed.
_OPENED = """const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (how) { return attach.call(this, { ...how, mode: "open" }); };"""


@dataclass
class Hosting:
    """A site of host pages at ``*.test``, and the On Record server whose widget they show."""

    site: Site
    server: str
    browser: Browser
    tokens: dict[str, str] = field(default_factory=dict)

    def origin(self, name: str) -> str:
        return self.site.url("", name)

    def tag(self, name: str = LISTED, **attributes: str) -> str:
        """The script element, with the token of the page it is for."""
        given = {"token": self.tokens.get(name, "")} | attributes
        told = " ".join(f'data-{key}="{value}"' for key, value in given.items() if value)
        return f'<script src="{self.server}/widget.js" nonce="r4nd0m" {told} async></script>'

    def put(self, body: str, path: str = "/", policy: str = STRICT, head: str = "") -> None:
        """A host page with these elements."""
        head = f'<title>Intranet</title><meta name="viewport" content="width=device-width, initial-scale=1">{head}'
        markup = f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'
        headers = {"Content-Security-Policy": policy.format(server=self.server)} if policy else {}
        self.site.replies[path] = Reply(markup, headers=headers)
        self.site.replies["/favicon.ico"] = Reply()  # browsers ask for one

    @contextmanager
    def opened(self, name: str = LISTED, path: str = "/", quiet: bool = True, **more: object) -> Iterator[Page]:
        """The host page in the browser. Fails on a request to a third host, a cookie and, if ``quiet``, an error."""
        errors: list[str] = []
        asked: list[str] = []
        context = self.browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **more})  # type: ignore[arg-type]
        context.add_init_script(_OPENED)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: (errors.append(f"alert: {dialog.message}"), dialog.dismiss()))
        page.on("console", lambda one: errors.append(one.text) if one.type == "error" else None)
        page.goto(self.site.url(path, name))
        yield page
        assert_nothing_kept(context)
        context.close()
        ours = (self.server + "/", self.origin(name) + "/", "data:", "about:", "chrome-error:")
        assert [url for url in asked if not url.startswith(ours)] == []
        assert not quiet or errors == []


def assert_nothing_kept(context: BrowserContext) -> None:
    assert context.cookies() == []
    assert [origin["localStorage"] for origin in context.storage_state()["origins"]] == []


def panel(page: Page, place: str = "bottom-right") -> FrameLocator:
    return page.frame_locator(f'onrecord-widget[data-place="{place}"] iframe')


def ask(frame: FrameLocator, question: str) -> None:
    """Asks, and waits until the answer is whole."""
    frame.locator("#question").fill(question)
    frame.locator("#question").press("Enter")
    frame.locator("#stop:not([hidden])").or_(frame.locator(".turn")).first.wait_for()
    frame.locator("#go:not([hidden])").wait_for(timeout=60_000)
