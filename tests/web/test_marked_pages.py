"""No page made of text that others wrote holds a control character but in an element that makes it seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from assistant.accounts.permissions import Role
from assistant.accounts.users import User
from assistant.output.receipts import receipt_of
from assistant.text.control_characters import NAMES
from assistant.types.answers import Answered, CitedSentence, NotFound, Notice
from assistant.types.citations import cite, near
from assistant.types.claims import Claim, Differing, Disagreement, Quantity, Stance, Voice
from assistant.types.turns import Turn
from assistant.web.pages.templates import Pages, ShownArticle
from indexes import Hit, Passage, Sentence
from indexes.types.article import new_article
from indexes.types.filters import Filter

CONTROLS = "".join(NAMES)
TEXT = f"9 {CONTROLS} 5"
VERBATIM = {"href", "data-quote", "data-filter", "data-said"}
"""Attributes that are data for scripts and browsers, and not shown."""

ARTICLE = new_article(
    f"{TEXT}.\n\n{TEXT}", id="a", title=TEXT, source=TEXT, authors=(TEXT, TEXT), url=f"https://a.example/{TEXT}"
)
PLACE = cite(ARTICLE, 2, len(TEXT))
VOICE = Voice(Claim(TEXT, Stance.DENIED, TEXT, PLACE), (replace(PLACE, version=2),))
NUMBERS = Differing((Quantity(9, "9", "a", PLACE), Quantity(5, TEXT, "a", PLACE)), superseded=True)
PASSAGE = Passage("a:1:0", "a", 1, 0, (Sentence(0, len(TEXT)),))
HIT = Hit(PASSAGE, ARTICLE, 0.5, 1, ("dense",))
FOUND = Answered(
    TEXT,
    (CitedSentence(TEXT, (PLACE,), doubt=TEXT),),
    short=TEXT,
    writer=TEXT,
    notice=TEXT,
    disagreement=Disagreement((VOICE,), (VOICE,), (NUMBERS,)),
)
NOT_FOUND = NotFound(TEXT, (near(replace(HIT, copies=(HIT,))),), notice=TEXT)
PAGES = Pages()
USER = User("u", TEXT, Role.READER, "users", datetime(2026, 11, 23, tzinfo=UTC))


def receipt(turn: Turn) -> str:
    return PAGES.receipt(receipt_of("id", turn, datetime(2026, 11, 23, tzinfo=UTC)))


TURN = Turn(TEXT, TEXT + "?", FOUND, Filter(sources=(TEXT,)), (TEXT,))
MADE = {
    "a turn": PAGES.turn(TURN, id="t"),
    "an answer that quotes": PAGES.answer(replace(FOUND, writer="")),
    "no answer": PAGES.answer(NOT_FOUND),
    "a notice": PAGES.answer(Notice(TEXT, TEXT)),
    "a question": PAGES.question(TEXT),
    "waiting": PAGES.waiting(TEXT),
    "the masthead": PAGES.masthead(TEXT, USER, False),
    "a note on conversations": PAGES.shelf_note(0, 50, TEXT, ""),
    "an article": PAGES.article(ShownArticle(ARTICLE, [1], ((4, 9), (12, 15)), copies=(ARTICLE,))),
    "the list of articles": PAGES.articles([ARTICLE], 1),
    "a receipt": receipt(TURN),
    "a receipt of no answer": receipt(replace(TURN, answer=NOT_FOUND)),
    "the widget": PAGES.widget(TEXT, page="", token="", accent="", filter=TEXT, said=TEXT, problem=TEXT),
    "a page that is missing": PAGES.missing(TEXT),
    "logging in": PAGES.login("users", "/", TEXT),
    "logging out": PAGES.logout(TEXT, True),
    "a refusal": PAGES.refused(TEXT, TEXT),
}


class _Read(HTMLParser):
    """Which control characters stand where: in an element of their own, or elsewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.within: list[str] = []
        self.seen: set[str] = set()
        self.unseen: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.within.append("control" if ("class", "control") in attributes else tag)
        self.unseen += [
            f"{tag} {name}" for name, value in attributes if name not in VERBATIM and set(value or "") & set(NAMES)
        ]

    def handle_data(self, data: str) -> None:
        held = set(data) & set(NAMES)
        if self.within[-1:] == ["control"]:
            self.seen |= held
        elif held:
            self.unseen.append(f"{self.within[-1:]}: {data!r}")

    def handle_endtag(self, tag: str) -> None:
        while self.within and self.within.pop() not in (tag, "control" if tag == "bdi" else tag):
            pass


@pytest.mark.parametrize("name", MADE)
def test_every_control_character_is_seen(name: str) -> None:
    read = _Read(MADE[name])
    assert read.unseen == []
    assert read.seen == set(NAMES)
