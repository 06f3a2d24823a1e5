"""``onrecord ask`` and ``onrecord search``: one question, or a file of them."""

from __future__ import annotations

import json as _json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.output import FAILED, SOME_REFUSED, USAGE, Json, complain, opened_index, say, say_json

if TYPE_CHECKING:
    from indexes import Index
    from indexes.types.filters import Filter


def check_receipt(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A receipt as JSON.", show_default=False),
    ],
    json: Json = False,
) -> None:
    """Verify the quotations of an answer's receipt against the stored articles.

    Each quotation is compared with the version it names: text, offsets, SHA-256, title, outlet, date, authors, URL.
    Sentences not written by a language model must be identical to what they cite. Exit code 3 if something differs.
    """
    with opened_index() as (index, _):
        from assistant.output.receipts import check_receipt as check

        checked = check(_read(file), index.store)
        for one in checked:
            if json:
                say_json({"where": one.where, "ok": not one.wrong, "wrong": one.wrong or None})
            else:
                say(f"{'WRONG' if one.wrong else 'ok':<8} {one.where}{': ' + one.wrong if one.wrong else ''}")
        if not checked and not json:
            say("The receipt quotes nothing, so there is nothing to check.")
    if any(one.wrong for one in checked):
        raise typer.Exit(SOME_REFUSED)


def _read(file: Path) -> Any:
    from assistant.output.receipts import NoReceipt

    try:
        return _json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        raise NoReceipt(
            f"{file} is not a receipt: it holds no JSON. Download it as JSON from the receipt's page."
        ) from None


class _Stance(StrEnum):
    reported = "reported"
    asserted = "asserted"
    denied = "denied"
    confirmed = "confirmed"
    declined = "declined to comment"


def claims(
    article: Annotated[
        str | None, typer.Argument(metavar="[ARTICLE]", help="An article: its id, URL or file.", show_default=False)
    ] = None,
    about: Annotated[
        str | None, typer.Option(metavar="QUESTION", help="Claims about this question, from all articles.")
    ] = None,
    speaker: Annotated[str, typer.Option(help="Only speakers whose name contains this.", show_default=False)] = "",
    stance: Annotated[_Stance | None, typer.Option(help="Only claims with this stance.")] = None,
    json: Json = False,
) -> None:
    """List who said what: speaker, stance and the sentence."""
    if (article is None) == (about is None):
        complain("onrecord: give either an article or --about")
        raise typer.Exit(USAGE)
    with opened_index() as (index, settings):
        from assistant.answering.disagreement import by
        from assistant.factory import open_assistant
        from assistant.output.lines import voice_lines
        from assistant.output.quotation_models import ClaimFields
        from assistant.types.claims import Stance

        assistant = open_assistant(settings, index)
        found = assistant.claims_in(article) if article is not None else assistant.claims_about(about or "")
        chosen = by(found, speaker, Stance(stance.value) if stance else None)
        for voice in chosen:
            if json:
                say_json(ClaimFields.of(voice).json_dict())
            else:
                for line in [*voice_lines(voice), ""]:
                    say(line)
        if not chosen and not json:
            say("No such claims." if found else "No claims found.")


_Question = Annotated[
    str | None, typer.Argument(metavar="[QUESTION]", help="The question, in your own words.", show_default=False)
]
_File = Annotated[
    Path | None,
    typer.Option(
        "--file",
        exists=True,
        dir_okay=False,
        help='Read questions from a file, one per line: plain text or {"id": …, "question": …}. Prints one JSON answer '
        "per line.",
    ),
]


_Since = Annotated[
    str | None, typer.Option(metavar="DAY", help="Only articles from this day (or month, year) or later.")
]
_Until = Annotated[
    str | None, typer.Option(metavar="DAY", help="Only articles from this day (or month, year) or earlier.")
]
_Source = Annotated[
    list[str] | None, typer.Option(help="Only this outlet, by name or domain; may be repeated.", show_default=False)
]
_Author = Annotated[list[str] | None, typer.Option(help="Only this author; may be repeated.", show_default=False)]
_Language = Annotated[str, typer.Option(metavar="CODE", help="Only articles in this language.", show_default=False)]


@dataclass(frozen=True)
class _Asked:
    question: str
    id: str | int | None = None


def ask(
    question: _Question = None,
    file: _File = None,
    since: _Since = None,
    until: _Until = None,
    source: _Source = None,
    author: _Author = None,
    language: _Language = "",
    json: Json = False,
) -> None:
    """Answer a question with the sentences that say so, or say that the articles don't.

    Filters may also stand in the question: since:2024-05 until:2024 source:bbc.co.uk author:"Jo Roe" language:en
    """
    from assistant.output.answer_models import turn_fields
    from assistant.output.lines import answer_lines, understood_lines
    from assistant.types.answers import Notice

    questions = _questions(question, file)
    failed = False
    with opened_index() as (index, settings):
        from assistant.factory import open_assistant

        where = _filter(since, until, source, author, language)
        assistant = open_assistant(settings, index)
        for asked in questions:
            *_, turn = assistant.converse(asked.question, where)
            answer = turn.answer
            failed |= isinstance(answer, Notice)
            if json or file:
                say_json(turn_fields(turn, asked.id).json_dict())
            elif isinstance(answer, Notice):
                complain(f"onrecord: {answer.text}")
            else:
                for line in [*understood_lines(turn), *answer_lines(answer)]:
                    say(line)
    if failed:
        raise typer.Exit(FAILED)


def search(
    question: _Question = None,
    top: Annotated[int, typer.Option(min=1, max=1000, help="Number of passages.")] = 10,
    file: _File = None,
    since: _Since = None,
    until: _Until = None,
    source: _Source = None,
    author: _Author = None,
    language: _Language = "",
    json: Json = False,
) -> None:
    """Find the passages closest to a question, best first. As for ask, filters may be part of the question."""
    from assistant.assistant import NO_ARTICLES
    from assistant.output.lines import near_lines
    from assistant.output.quotation_models import FoundFields
    from assistant.types.citations import near
    from indexes.types.filters import read_filter

    questions = _questions(question, file)
    with opened_index() as (index, _):
        where = _filter(since, until, source, author, language)
        channels = _channels(index)
        for asked in questions:
            words, said = read_filter(asked.question)
            hits = index.search(words, top, where=where.and_also(said), today=date.today(), channels=channels)
            if json or file:
                say_json(FoundFields.of(asked.question, hits, asked.id).json_dict())
            else:
                for line in near_lines(map(near, hits)):
                    say(line)
        if index.is_empty():
            complain(f"onrecord: {NO_ARTICLES}")
            raise typer.Exit(FAILED)


def _channels(index: Index) -> Collection[str]:
    """The searches there are. Without the embedding model, that by words remains, and that is said."""
    from indexes.search.hybrid import CHANNELS
    from indexes.types.errors import ModelNotFound

    try:
        index.builder()
    except ModelNotFound as error:
        complain(f"onrecord: {error}")
        return ("keyword",)
    return CHANNELS


def _filter(
    since: str | None, until: str | None, source: list[str] | None, author: list[str] | None, language: str
) -> Filter:
    from indexes.types.filters import filter_from

    return filter_from(since or "", until or "", source or (), author or (), language)


def _questions(question: str | None, file: Path | None) -> Iterator[_Asked]:
    """What is asked. Wrong usage ends the command here, before anything is loaded."""
    if (question is None) == (file is None):
        complain("onrecord: give either a question or --file")
        raise typer.Exit(USAGE)
    if file is not None:
        return _lines(file)
    if not _cleaned(question or ""):
        complain("onrecord: the question is empty")
        raise typer.Exit(USAGE)
    return iter([_Asked(_cleaned(question or ""))])


def _lines(file: Path) -> Iterator[_Asked]:
    with file.open(encoding="utf-8-sig", errors="replace") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                yield _asked(_cleaned(line), number)


def _cleaned(question: str) -> str:
    from indexes.types.article import normalise

    return normalise(question).strip()


def _asked(line: str, number: int) -> _Asked:
    """A line of a question file. One that is no JSON object with a question is the question itself."""
    if line.startswith("{"):
        try:
            record = _json.loads(line)
        except ValueError:
            record = None
        if isinstance(record, dict) and isinstance(record.get("question"), str):
            id = record.get("id")
            return _Asked(record["question"], id if isinstance(id, str | int) else str(number))
        complain(f'onrecord: line {number} is neither plain text nor {{"id": …, "question": …}}; it is asked as it is')
    return _Asked(line, str(number))
