"""Turns answers and articles into HTML. Everything an article supplied is escaped, here and nowhere else;
``assistant/text/control_characters.py`` says how it is shown."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.output.lines import RESOLVED, shortened
from assistant.output.receipts import Receipt
from assistant.output.text_export import moment
from assistant.output.timeline_export import events
from assistant.text.control_characters import add_filters
from assistant.text.wording import capitalised
from assistant.types.answers import NOT_FOUND, Answer, Answered, Notice, Talk
from assistant.types.citations import Citation
from assistant.types.claims import DISAGREE, NUMBERS_DIFFER
from assistant.types.turns import Turn
from indexes import Article
from indexes.ingest.files import MEGABYTE
from indexes.ingest.sentence_splitter import paragraphs
from indexes.storage.store import Counts

if TYPE_CHECKING:
    from jinja2 import Environment

    from assistant.accounts.users import User
    from assistant.web.http.problems import Kind


Span = tuple[int, int]


@dataclass(frozen=True)
class ShownArticle:
    """An article as it is opened: ``marked`` are the spans to highlight, that to scroll to first; ``misfit``: the
    link named another place, which this text does not have. ``copies`` are other articles that carry the text."""

    article: Article
    versions: list[int]
    marked: tuple[Span, ...] = ()
    misfit: bool = False
    copies: tuple[Article, ...] = ()


@dataclass(frozen=True)
class Piece:
    """A stretch of a paragraph; ``is_cited`` if it is of what was asked for, ``begins`` if that begins here."""

    text: str
    is_marked: bool
    is_cited: bool
    begins: bool


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
            return self._render("answered.html", answer=answer, numbers=answer.numbers, not_found=NOT_FOUND, **kept)
        if isinstance(answer, Notice):
            return self._render("notice.html", text=answer.text)
        if isinstance(answer, Talk):
            return self._render("talk.html", text=answer.text)
        nearest = [(shortened(near.citation.quote), near.places) for near in answer.nearest]
        return self._render("not_found.html", heading=answer.text, nearest=nearest, notice=answer.notice, **kept)

    def question(self, question: str) -> str:
        return self._render("question.html", question=question)

    def masthead(self, writer: str, user: User | None, may_edit: bool) -> str:
        """The head of the chat page: ``writer`` says which language model writes and where, if one does."""
        return self._render("masthead.html", writer=writer, user=user, may_edit=may_edit)

    def holdings(self, counts: Counts) -> str:
        return self._render("holdings.html", counts=counts)

    def invitation(self, is_empty: bool, may_edit: bool) -> str:
        """What stands where no question was asked yet."""
        return self._render("invitation.html", is_empty=is_empty, may_edit=may_edit)

    def shelf_note(self, found: int, most: int, words: str, retention: str) -> str:
        """What is to be said of a list of conversations: that there are none, or not all, and how long they stay."""
        return self._render("shelf_note.html", found=found, most=most, words=words, retention=retention)

    def article(self, shown: ShownArticle, stands_alone: bool = True) -> str:
        """An article's page; its headline is not repeated where the text begins with it.

        Not ``stands_alone``: it is shown in the pane beside the conversation. So with the listing.
        """
        article = shown.article
        body = [list(_segments(article.text, span, shown.marked)) for span in paragraphs(article.text)]
        if body and not any(piece.is_marked for piece in body[0]):
            headline = "".join(piece.text for piece in body[0])
            body = body[1:] if headline.strip() == article.title else body
        return self._render("article.html", article=article, shown=shown, body=body, stands_alone=stands_alone)

    def articles(self, articles: list[Article], count: int, stands_alone: bool = True) -> str:
        return self._render("articles.html", articles=articles, count=count, stands_alone=stands_alone)

    def api(self, document: dict[str, Any], problems: Sequence[Kind]) -> str:
        """The API for people to read: its OpenAPI document, and the kinds of problems."""
        from assistant.web.pages.openapi_html import operations, shapes

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
        shown = {
            "turn": turn,
            "answer": answer,
            "numbers": answer.numbers,
            "not_found": NOT_FOUND,
            "is_timeline": bool(events(answer)),
        }
        return self._render("receipt.html", receipt=receipt, **shown)

    def editing(self, may: Mapping[str, bool], kinds: Sequence[str], max_bytes: int, minutes: float) -> str:
        """The page on which editors add articles and remove them, and follow feeds, as far as they may."""
        return self._render(
            "editing.html", may=may, kinds=kinds, max_bytes=max_bytes, most=f"{max_bytes / MEGABYTE:g}", minutes=minutes
        )

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


def opened(citation: Citation, answer: Iterable[Citation] = ()) -> str:
    """Path of the article page at ``citation``, with what else the answer cites of that version marked too."""
    same = (other for other in answer if (other.article_id, other.version) == (citation.article_id, citation.version))
    others = sorted({(other.start, other.end) for other in same} - {(citation.start, citation.end)})
    path, _, anchor = citation.page.partition("#")
    return path + "".join(f"&also={start}-{end}" for start, end in others) + f"#{anchor}"


def stamp(days: tuple[date, date]) -> str:
    """The day, else the month or the year, that both are in, as HTML writes it (2026-05); empty if there is none."""
    first, last = (day.isoformat() for day in days)
    return next((first[:end] for end in (10, 7, 4) if first[:end] == last[:end]), "")


def _segments(text: str, span: Span, marked: Sequence[Span]) -> Iterator[Piece]:
    """A paragraph in pieces. Of ``marked`` the first is what was asked for, the others stand beside it."""
    cuts = sorted({*span, *(at for mark in marked for at in mark if span[0] < at < span[1])})
    for start, end in itertools.pairwise(cuts):
        over = [n for n, mark in enumerate(marked) if mark[0] <= start and end <= mark[1]]
        yield Piece(text[start:end], bool(over), 0 in over, 0 in over and start == marked[0][0])


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["day"] = lambda published: f"{published:%-d %B %Y}"
    environment.filters["moment"] = moment
    environment.filters["stamp"] = stamp
    environment.globals["resolved"] = RESOLVED
    environment.globals["disagree"] = DISAGREE
    environment.globals["numbers_differ"] = NUMBERS_DIFFER
    environment.filters["capitalised"] = capitalised
    environment.filters["opened"] = opened
    add_filters(environment)
    environment.tests["web_link"] = lambda url: url.startswith(("https://", "http://"))
    return environment
