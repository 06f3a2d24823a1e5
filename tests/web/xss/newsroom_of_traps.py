"""A newsroom all of whose articles are hostile, and its app: real index, real pages, real chat, on loopback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import uvicorn
from payloads import Payload, payloads, sample
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from assistant.assistant import Assistant
from assistant.claims.extraction import ClaimReader
from assistant.factory import open_desk, open_judge, open_writer
from assistant.settings import Settings
from assistant.types.answers import Answer, Answered, CitedSentence, NotFound, Notice
from assistant.types.citations import Citation, cite, near
from assistant.types.claims import Claim, Differing, Disagreement, Quantity, Stance, Voice
from assistant.types.turns import Turn
from assistant.web.create_app import create_app
from assistant.web.middleware.security_headers import SecurityHeaders
from assistant.web.pages.templates import Pages, ShownArticle
from benchmarks.model_server import model_server
from indexes import Article, Index
from indexes.types.article import new_article

INDEXED, TOGETHER = 200, 5
"""Payloads in the index, and in one article of it: adding takes time."""

SITE = Path(__file__).parents[3] / "assistant" / "web" / "site"
EVERYTHING, NOTHING, NOTICE = "Everything", "Nothing", "Notice"


@dataclass(frozen=True)
class Traps:
    """The running app. ``articles`` hold INDEXED payloads; ``tried`` are those that are asked and written."""

    url: str
    all: list[Payload]
    tried: list[Payload]
    articles: list[Article]


def articles_of(several: Sequence[Payload]) -> Iterator[Article]:
    """Hostile in every field, file name included; the last of a group also in the id and the address."""
    for at in range(0, len(several), TOGETHER):
        group = several[at : at + TOGETHER]
        texts = [one.text for one in group]
        yield new_article(
            "\n\n".join(f"{one.sentence}." for one in group),
            id=texts[-1],
            title=texts[(at // TOGETHER) % len(texts)],
            url=texts[(at // TOGETHER + 1) % len(texts)],
            source=" ".join(texts),
            authors=tuple(texts),
            published=date(2026, 11, 1),
            language='en"><svg onload=__owned(-1)>',
            origin=f"/srv/{texts[0]}.md",
        )


class Trapped(Assistant):
    """Answers as ever, but for three questions, whose answers are made of all payloads at once."""

    def __init__(self, index: Index, several: list[Payload], articles: list[Article], *more: Any) -> None:
        super().__init__(index, *more)
        self._several, self._articles = several, articles

    def converse(self, question: str, *args: Any, **more: Any) -> Iterator[Turn]:
        made = {EVERYTHING: self._answered, NOTHING: self._not_found, NOTICE: self._notice}.get(question)
        if made is None:
            yield from super().converse(question, *args, **more)
        else:
            everything = " ".join(one.sentence for one in self._several)
            remarks = tuple(one.sentence for one in self._several[:100])
            yield Turn(question, everything, made(question), remarks=remarks)

    def suggested(self, turns: Sequence[Turn]) -> list[str]:
        return [one.sentence for one in self._several[:3]]

    def _answered(self, question: str) -> Answer:
        said = [(one, self._citation(n)) for n, one in enumerate(self._several)]
        sentences = tuple(CitedSentence(one.sentence, (place,), doubt=one.text) for one, place in said)
        voices = tuple(Voice(Claim(one.text, Stance.DENIED, one.text, place), (place,)) for one, place in said[::4])
        everything = " ".join(one.text for one in self._several)
        numbers = tuple(Quantity(n, one.text, one.text, place) for n, (one, place) in enumerate(said[::4]))
        disagreement = Disagreement(voices, voices, (Differing(numbers, superseded=False),))
        return Answered(
            question, sentences, everything, writer=everything, notice=everything, disagreement=disagreement
        )

    def _not_found(self, question: str) -> Answer:
        words = " ".join(one.label for one in sample(self._several, 100))
        return NotFound(question, tuple(map(near, self.index.search(words, 50))), notice=self._several[0].text)

    def _notice(self, question: str) -> Answer:
        return Notice(question, " ".join(one.sentence for one in self._several))

    def _citation(self, n: int) -> Citation:
        """Of an article that is there, with the payload in every field that a page may show."""
        one, article = self._several[n], self._articles[n % len(self._articles)]
        made = cite(article, 0, len(article.text))
        text = one.text
        return replace(made, quote=one.sentence, article_id=text, title=text, source=text, url=text)


def gallery(several: Sequence[Payload]) -> Starlette:
    """Our article pages, made for every payload in every field and sent under our content policy, a hundred
    on a page."""
    pages, made = Pages(), [trap(one) for one in several]

    def hundred(request: Request) -> HTMLResponse:
        some = made[request.path_params["n"] * 100 :][:100]
        shown = [pages.article(ShownArticle(one, [1, 2], ((2, len(one.text) - 2),), copies=(one,))) for one in some]
        return HTMLResponse("".join([*shown, pages.articles(some, len(some)), pages.missing(some[0].text)]))

    routes = [Route("/{n:int}", hundred), Mount("/site", StaticFiles(directory=SITE))]
    return Starlette(routes=routes, middleware=[Middleware(SecurityHeaders)])


def trap(one: Payload) -> Article:
    """An article that is this payload in every field."""
    text = one.text
    fields = {"id": text, "title": text, "url": text, "source": text, "authors": (text,), "language": text}
    return new_article(one.sentence, **fields, origin=f"/srv/{text}.md")  # type: ignore[arg-type]


@contextmanager
def newsroom(home: Path, canary: str, tried: int) -> Iterator[Traps]:
    """Its language model writes whatever payloads the question names, in pieces of a few letters."""
    several = payloads(canary)
    chosen = sample(several, tried)
    with model_server(_echo(chosen)) as model, Index(home) as index:
        kept = [outcome.article for outcome in index.add(articles_of(sample(several, INDEXED)))]
        articles = [index.store.article(article.id) for article in kept if article is not None]
        settings = Settings(
            home=home, llm="openai", llm_model="tiny", llm_url=model.url, llm_doubtful="flag", llm_seconds=60
        )
        judge = open_judge(settings, index)
        claims = ClaimReader(judge.model)
        assistant = Trapped(index, several, articles, judge, open_writer(settings, index, claims), claims)
        with open_desk(settings) as desk, running(create_app(assistant, desk, settings)) as url:
            yield Traps(url, several, chosen, articles)


def _echo(chosen: list[Payload]) -> Callable[[str], str]:
    """What the model writes: every payload whose label stands in the question, each in a sentence that cites."""

    def says(prompt: str) -> str:
        question = prompt.rpartition("Question:")[2]
        told = [one for one in chosen if f"{one.label} " in question]
        return "\n".join(f"{' '.join(one.sentence.split())} [1]." for one in told)

    return says


@contextmanager
def running(app: Any) -> Iterator[str]:
    """The address of ``app``, served on loopback in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
        thread = threading.Thread(target=lambda: server.run(sockets=[listening]), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=20)
