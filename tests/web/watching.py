"""Watches pages for what must never happen in them: foreign script running, and anything asked of another host."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

NAMES_BLOCKED = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
"""A flag of Chromium's: no name can be looked up, so that a foreign request fails and is seen to have been tried."""

_EARS = """
document.addEventListener("securitypolicyviolation", (event) => {
  __blocked(`${event.violatedDirective} ${event.blockedURI}`);
});
"""
_UNSEEN = ("data:", "blob:", "about:", "chrome-error:")


@dataclass
class Watched:
    """What happened in the pages of one browser context. ``ours`` is the address below which everything must lie.

    ``ran``: numbers of payloads that ran as script, and dialogs. ``foreign``: addresses asked for elsewhere, and
    windows opened there. ``blocked``: what only the content policy held back.
    """

    ours: str
    context: BrowserContext
    asked: list[str] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def is_foreign(self, url: str) -> bool:
        return not (url + "/").startswith(self.ours + "/") and not url.startswith((*_UNSEEN, self.ours + "?"))

    def new_page(self) -> Page:
        return self.context.new_page()

    def assert_quiet(self) -> None:
        for page in self.context.pages:
            assert not page.title().startswith("owned")
        assert (self.ran, self.foreign, self.blocked, self.errors) == ([], [], [], [])


@contextmanager
def watched(browser: Browser, ours: str, **options: Any) -> Iterator[Watched]:
    """A context in which no name resolves, watched in every frame. Nothing is asserted until it is asked for."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce", **options)
    seen = Watched(ours, context)
    context.expose_binding("__owned", lambda _, n=None: seen.ran.append(f"payload {n}"))
    context.expose_binding("__blocked", lambda _, what: seen.blocked.append(what))
    context.add_init_script(_EARS)
    context.on("dialog", lambda dialog: (seen.ran.append(f"dialog {dialog.message}"), dialog.dismiss()))
    context.on("request", lambda request: _note(seen, request.url))
    context.on("page", lambda page: _note(seen, page.url))
    context.on("weberror", lambda error: seen.errors.append(str(error.error)))
    yield seen
    context.close()


def _note(seen: Watched, url: str) -> None:
    seen.asked.append(url)
    if seen.is_foreign(url):
        seen.foreign.append(url)
