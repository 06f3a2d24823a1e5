"""Query rewriting: decides, from a question and the turns before it, what to search for and in which articles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from assistant.answering.archive_questions import OfArchive
from assistant.conversation.follow_up import EarlierTurns, Resolved
from assistant.conversation.publication_days import archive_question_in
from assistant.conversation.question_parts import parts
from assistant.conversation.spelling import corrected
from assistant.conversation.time_expressions import time_said
from assistant.text.wording import listed
from assistant.types.turns import LONGEST_TURN, PriorTurn
from indexes.types.errors import OnRecordError
from indexes.types.filters import Filter, ImpossibleFilter, read_filter


@dataclass(frozen=True)
class Understood:
    """``words`` are searched in the articles that match ``where``; ``without_time`` is that filter without their days.

    ``parts`` are the questions asked, if they are several.
    ``beside``: what is searched beside ``words``, where they may lean on an earlier turn or be understood wrongly.
    ``remarks`` explain the rewriting to people; ``failed`` says why the language model could not help, if it could not.
    ``archive``: the same as a question about the archive itself, if it can be one.
    """

    words: str
    where: Filter
    without_time: Filter
    remarks: tuple[str, ...] = ()
    failed: str = ""
    beside: str = ""
    parts: tuple[str, ...] = ()
    archive: OfArchive | None = None


class Rewriter(Protocol):
    """A language model that rewrites a follow-up so that it stands alone, within a time limit."""

    def __call__(self, question: str, turns: Sequence[tuple[str, str]]) -> str: ...


_REMEMBERED = 3


Speller = Callable[[str], Mapping[str, str]]
"""Finds the misspelt words of a question, and what each is taken for."""


def understand(
    question: str,
    where: Filter,
    turns: Sequence[PriorTurn],
    today: date,
    rewriter: Rewriter | None = None,
    speller: Speller | None = None,
) -> Understood:
    """The question with its context from the conversation, and the days that its time expressions mean.

    Raises:
        ImpossibleFilter: the filter words in the question contradict each other or ``where``.
    """
    asked, said = read_filter(question)
    where = where.and_also(said)
    slips = speller(asked) if speller else {}
    asked = corrected(asked, slips)
    only = (f"Only articles {where.described}.",) if where else ()
    showing = (f"Showing results for {listed([f'“{word}”' for word in slips.values()], 'and')}.",) if slips else ()
    remarks = (*showing, *only)
    asks = parts(asked)
    resolved = EarlierTurns(turns).resolve(asked) if len(asks) == 1 else Resolved(asked)
    words, beside, failed = resolved.words, resolved.context, ""
    if turns and rewriter is not None:
        try:
            words = rewriter(asked, [_told(turn) for turn in turns[-_REMEMBERED:]])
            beside = asked if words != asked else ""
        except OnRecordError as error:  # the rules do without it
            failed = str(error)
    several = tuple(asks) if len(asks) > 1 and words == asked else ()
    archive = _of_archive(words, where, today, remarks)
    time = time_said(asked, today)
    if time is not None:
        try:
            return Understood(
                words, where.and_also(time.filter), where, (*remarks, f"{time}."), failed, beside, several, archive
            )
        except ImpossibleFilter:  # the filter, which was set on purpose, contradicts the days in the words
            pass
    return Understood(words, where, where, remarks, failed, beside, several, archive)


def _of_archive(words: str, where: Filter, today: date, remarks: tuple[str, ...]) -> OfArchive | None:
    """A count of the days asked for and not in ``where`` would be none of those asked for: such a filter is refused."""
    asked, published = archive_question_in(words, today)
    if asked is None:
        return None
    return OfArchive(asked, where.and_also(published.where) if published else where, published is not None, remarks)


def _told(turn: PriorTurn) -> tuple[str, str]:
    """What the rewriter is given of a turn."""
    return turn.searched[-LONGEST_TURN:], turn.gist[:LONGEST_TURN]
