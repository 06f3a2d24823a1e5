"""Turns answers and articles into HTML. Everything an article supplied is escaped, here and nowhere else."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.answers import Answer, Answered, NotFound
from assistant.citations import cite
from assistant.conversation.turns import Turn
from assistant.rendering import NOT_FOUND, capitalised, shortened
from indexes import Article
from indexes.sentences import paragraphs

if TYPE_CHECKING:
    from jinja2 import Environment

    from assistant.web.api.problems import Kind


def turn_html(turn: Turn, finished: bool = True) -> str:
    """What the assistant says in a turn: how the question was understood, where that is not plain, and the answer."""
    searched = turn.searched if turn.searched != turn.question else ""
    understood = _render("understood.html", searched=searched, remarks=turn.remarks)
    writing = "" if finished else _render("waiting.html", text="Writing and checking …")
    return understood + answer_html(turn.answer) + writing


def waiting_html(text: str) -> str:
    return _render("waiting.html", text=text)


def answer_html(answer: Answer) -> str:
    """An answer as it stands in the chat, its citations linked to the article pane."""
    if isinstance(answer, Answered):
        return _render("answered.html", answer=answer, numbers=answer.numbers)
    if isinstance(answer, NotFound):
        nearest = [
            (shortened(hit.text), [cite(one.article, one.passage.start, one.passage.end) for one in (hit, *hit.copies)])
            for hit in answer.nearest
        ]
        return _render("not_found.html", heading=NOT_FOUND, nearest=nearest, notice=answer.notice)
    return _render("notice.html", text=answer.text)


def question_html(question: str) -> str:
    return _render("question.html", question=question)


def article_html(article: Article, versions: list[int], start: int, end: int) -> str:
    """An article's page with ``text[start:end]`` marked; nothing is marked where that is no span of its text."""
    fits = 0 <= start < end <= len(article.text)
    marked = (start, end) if fits else (0, 0)
    body = [list(_segments(article.text, span, marked)) for span in paragraphs(article.text)]
    if body and not any(is_marked for _, is_marked, _ in body[0]):
        headline = "".join(piece for piece, _, _ in body[0])
        body = body[1:] if headline.strip() == article.title else body
    return _render("article.html", article=article, versions=versions, body=body, misfit=not fits and end > 0)


def articles_html(articles: list[Article], count: int) -> str:
    return _render("articles.html", articles=articles, count=count)


def api_html(document: dict[str, Any], problems: Sequence[Kind]) -> str:
    """The API for people to read: its OpenAPI document, and the kinds of problems."""
    from assistant.web.api.reference import operations, shapes

    info = document["info"]
    return _render(
        "api.html",
        title=f"{info['title']} {info['version']}",
        about=info["description"],
        operations=operations(document),
        problems=problems,
        shapes=shapes(document),
    )


def missing_html(text: str) -> str:
    return _render("missing.html", text=text)


def _segments(text: str, span: tuple[int, int], marked: tuple[int, int]) -> Iterator[tuple[str, bool, bool]]:
    """A paragraph in pieces: (text, is it marked, does the marked span begin here)."""
    cuts = sorted({span[0], span[1], *(at for at in marked if span[0] < at < span[1])})
    for start, end in itertools.pairwise(cuts):
        inside = marked[0] <= start and end <= marked[1]
        yield text[start:end], inside, inside and start == marked[0]


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


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
    environment.filters["capitalised"] = capitalised
    environment.tests["web_link"] = lambda url: url.startswith(("https://", "http://"))
    return environment
