"""Turns as they are kept, over three small articles; one of them does its worst to get out of a receipt."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as Connection

from assistant.types.answers import Answered, CitedSentence, NotFound, Scope, Section
from assistant.types.citations import Citation, cite, near
from assistant.types.claims import Claim, Disagreement, Stance, Voice
from assistant.types.index_state import Basis
from assistant.types.turns import Turn
from assistant.web.http.request import Visitor, recognised
from indexes import Article, Hit, Index, Passage, Sentence
from indexes.types.article import new_article
from indexes.types.filters import Filter

FERRY = new_article(
    "The *Aldmoor* ferry\nwill stop on 14 October.\n\nIts hull needs new steel, harbour master Ines Torvald said.",
    id="ferry",
    title="Ferry to stop",
    source="Quay Chronicle",
    authors=("Jo Roe", "Bo Li"),
    published=date(2026, 10, 2),
    url="https://quaychronicle.example/ferry",
)
DENIAL = new_article("The port denied that the ferry will stop.", id="denial", title="Port denies")
HOSTILE = new_article(
    "The tide was 3.1 metres. ![x](http://evil.example/q.png) <img src=x onerror=alert(1)> www.evil.example",
    id="a`b](http://evil.example)",
    title="](http://evil.example) ![t](http://evil.example/t.png) <script>alert(1)</script> <http://evil.example>",
    source="<img src=x onerror=alert('source')> **Quay** http://evil.example",
    authors=("[Jo](http://evil.example)",),
    url="javascript:alert(`url`) http://evil.example/` <img src=x>",
)
ARTICLES = (FERRY, DENIAL, HOSTILE)
BASIS = Basis(datetime(2026, 11, 23, 9, 30, tzinfo=UTC), 7, 1300, 4200, "all-MiniLM-L6-v2", "ab" * 32, "0.1.0")


def quoted(article: Article, words: str) -> Citation:
    start = article.text.index(words)
    return cite(article, start, start + len(words))


STOP = quoted(FERRY, "The *Aldmoor* ferry\nwill stop on 14 October.")
HULL = quoted(FERRY, "Its hull needs new steel, harbour master Ines Torvald said.")
DENIED = quoted(DENIAL, DENIAL.text)
TIDE = cite(HOSTILE, 0, len(HOSTILE.text))

ANSWERED = Turn(
    "And when?",
    "When does the ferry stop?",
    Answered("And when?", (CitedSentence(STOP.quote, (STOP,)),), "14 October"),
    Filter(sources=("Quay Chronicle",)),
    ("“when” is about the ferry.",),
    BASIS,
)
DISAGREEING = Turn(
    "Will the ferry stop?",
    "Will the ferry stop?",
    Answered(
        "Will the ferry stop?",
        (CitedSentence(STOP.quote, (STOP,)),),
        disagreement=Disagreement(
            (Voice(Claim("harbour master Ines Torvald", Stance.ASSERTED, "it will stop", HULL)),),
            (Voice(Claim("the port", Stance.DENIED, "it will stop", DENIED), (HULL,)),),
        ),
    ),
    basis=BASIS,
)
PASSAGE = Passage("ferry:1:0", "ferry", 1, 0, (Sentence(STOP.start, STOP.end), Sentence(HULL.start, HULL.end)))
NOT_FOUND = Turn(
    "Who steers the ferry?",
    "Who steers the ferry?",
    NotFound("Who steers the ferry?", (near(Hit(PASSAGE, FERRY, 0.5, 1, ("dense",))),)),
    basis=BASIS,
)
WRITTEN = Turn(
    "When does the ferry stop?",
    "When does the ferry stop?",
    Answered(
        "When does the ferry stop?",
        (
            CitedSentence("It stops in mid-October for repairs.", (STOP, HULL)),
            CitedSentence("Its hull needs 2 plates.", (HULL,), "the number 2 is not in what it cites"),
        ),
        writer="tiny on this machine",
        notice="The model was slow.",
    ),
    basis=BASIS,
)
TIMELINE = Turn(
    "What happened to the ferry?",
    "What happened to the ferry?",
    Answered(
        "What happened to the ferry?",
        (CitedSentence(HULL.quote, (HULL,)), CitedSentence(STOP.quote, (STOP,))),
        form="timeline",
        sections=(
            Section("1 October 2026", 1, (date(2026, 10, 1), date(2026, 10, 1)), resolved=True),
            Section("14 October 2026", 1, (date(2026, 10, 14), date(2026, 10, 14))),
        ),
        scope=Scope(9, 4, date(2026, 10, 2)),
    ),
    basis=BASIS,
)
HOSTILE_TURN = Turn(
    "<script>alert('q')</script> ![q](http://evil.example/q.png)?",
    "<script>alert('q')</script> ![q](http://evil.example/q.png)?",
    Answered(
        "<script>alert('q')</script> ![q](http://evil.example/q.png)?",
        (CitedSentence(TIDE.quote, (TIDE,)),),
        "![s](http://evil.example/s.png)",
    ),
    basis=BASIS,
)


def put(index: Index) -> None:
    """Stores the articles. Nobody searches them, so there are no passages."""
    with index.store.transaction():
        for article in ARTICLES:
            index.store.add(article, 1, (), np.empty((0, 1), np.float32))


class ComesAs:
    """Stands for the gate: every request is this visitor's."""

    def __init__(self, app: ASGIApp, visitor: Visitor) -> None:
        self._app, self.visitor = app, visitor

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        await self._app(recognised(scope, self.visitor), receive, send)
