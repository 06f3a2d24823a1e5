"""Turns answers and articles into HTML. Everything an article supplied is escaped, here and nowhere else."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.answers import Answer, Answered, NotFound
from assistant.citations import Citation, cite
from assistant.conversation.turns import Turn
from assistant.copying import moment
from assistant.receipt import Receipt
from assistant.rendering import NOT_FOUND, capitalised, shortened
from indexes import Article, Hit
from indexes.reading import MEGABYTE
from indexes.sentences import paragraphs

if TYPE_CHECKING:
    from jinja2 import Environment

    from assistant.web.api.problems import Kind


@dataclass(frozen=True)
class Pages:
    """Everything shown in a browser. ``base`` is the path under which the app is served, without a slash at its end."""

    base: str = ""

    def turn(self, turn: Turn, finished: bool = True, id: str = "", thumb: str = "") -> str:
        """What is said in a turn: how the question was understood, where that is not plain, and the answer.

        With the ``id`` it is kept by come the tools under it; ``thumb`` is what was given for it, "up" or "down".
        """
        searched = turn.searched if turn.searched != turn.question else ""
        understood = self._render("understood.html", searched=searched, remarks=turn.remarks)
        writing = "" if finished else self._render("waiting.html", text="Writing and checking …")
        return understood + self.answer(turn.answer, id, thumb) + writing

    def waiting(self, text: str) -> str:
        return self._render("waiting.html", text=text)

    def answer(self, answer: Answer, id: str = "", thumb: str = "") -> str:
        """An answer as it stands in the chat, its citations linked to the article pane."""
        kept = {"turn_id": id, "thumb": thumb}
        if isinstance(answer, Answered):
            return self._render("answered.html", answer=answer, numbers=answer.numbers, **kept)
        if isinstance(answer, NotFound):
            nearest = [(shortened(hit.text), _places(hit)) for hit in answer.nearest]
            return self._render("not_found.html", heading=NOT_FOUND, nearest=nearest, notice=answer.notice, **kept)
        return self._render("notice.html", text=answer.text)

    def question(self, question: str) -> str:
        return self._render("question.html", question=question)

    def article(self, article: Article, versions: list[int], start: int, end: int) -> str:
        """An article's page with ``text[start:end]`` marked; nothing is marked where that is no span of its text."""
        fits = 0 <= start < end <= len(article.text)
        marked = (start, end) if fits else (0, 0)
        body = [list(_segments(article.text, span, marked)) for span in paragraphs(article.text)]
        if body and not any(is_marked for _, is_marked, _ in body[0]):
            headline = "".join(piece for piece, _, _ in body[0])
            body = body[1:] if headline.strip() == article.title else body
        return self._render("article.html", article=article, versions=versions, body=body, misfit=not fits and end > 0)

    def articles(self, articles: list[Article], count: int) -> str:
        return self._render("articles.html", articles=articles, count=count)

    def api(self, document: dict[str, Any], problems: Sequence[Kind]) -> str:
        """The API for people to read: its OpenAPI document, and the kinds of problems."""
        from assistant.web.api.reference import operations, shapes

        info = document["info"]
        return self._render(
            "api.html",
            title=f"{info['title']} {info['version']}",
            about=info["description"],
            operations=operations(document),
            problems=problems,
            shapes=shapes(document),
        )

    def receipt(self, receipt: Receipt) -> str:
        """A turn with all one needs to check it, to be printed."""
        turn, answer = receipt.turn, receipt.turn.answer
        numbers = answer.numbers if isinstance(answer, Answered) else {}
        disagreement = answer.disagreement if isinstance(answer, Answered) else None
        shown = {"turn": turn, "answer": answer, "numbers": numbers, "disagreement": disagreement}
        return self._render("receipt.html", receipt=receipt, not_found=NOT_FOUND, **shown)

    def editing(self, may: Mapping[str, bool], kinds: Sequence[str], max_bytes: int, minutes: float) -> str:
        """The page on which editors add articles and remove them, and follow feeds, as far as they may."""
        return self._render(
            "editing.html", may=may, kinds=kinds, max_bytes=max_bytes, most=f"{max_bytes / MEGABYTE:g}", minutes=minutes
        )

    def no_editor(self) -> str:
        return self._render("no_editor.html")

    def widget(self, title: str, **shown: str) -> str:
        """The page in the widget's frame; ``shown`` is what its script goes by."""
        return self._render("widget.html", title=title, **shown)

    def demo(self, address: str) -> str:
        """A page with the widget on it; ``address`` is that of the widget's script."""
        return self._render("demo.html", address=address)

    def missing(self, text: str) -> str:
        return self._render("missing.html", text=text)

    def login(self, auth: str, following: str, told: str) -> str:
        """The page to log in at; then it goes on to ``following``."""
        return self._render("login.html", auth=auth, following=following, told=told)

    def logout(self, name: str, can_leave: bool) -> str:
        return self._render("logout.html", name=name, can_leave=can_leave)

    def refused(self, title: str, text: str) -> str:
        return self._render("refused.html", title=title, text=text)

    def _render(self, template: str, **values: Any) -> str:
        return _environment().get_template(template).render(base=self.base, **values)


def _places(hit: Hit) -> list[Citation]:
    """Where the hit stands, and its copies."""
    return [cite(one.article, one.passage.start, one.passage.end) for one in (hit, *hit.copies)]


def _segments(text: str, span: tuple[int, int], marked: tuple[int, int]) -> Iterator[tuple[str, bool, bool]]:
    """A paragraph in pieces: (text, is it marked, does the marked span begin here)."""
    cuts = sorted({span[0], span[1], *(at for at in marked if span[0] < at < span[1])})
    for start, end in itertools.pairwise(cuts):
        inside = marked[0] <= start and end <= marked[1]
        yield text[start:end], inside, inside and start == marked[0]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["day"] = lambda published: f"{published:%-d %B %Y}"
    environment.filters["moment"] = moment
    environment.filters["capitalised"] = capitalised
    environment.tests["web_link"] = lambda url: url.startswith(("https://", "http://"))
    return environment
