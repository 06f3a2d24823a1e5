"""How a question is understood after the turns before it: what is searched, and in which articles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from assistant.conversation.follow_up import follow_up
from assistant.conversation.time_expressions import time_said
from assistant.types.turns import LONGEST_TURN, Spoken
from indexes.types.errors import OnRecordError
from indexes.types.filters import Filter, ImpossibleFilter, read_filter


@dataclass(frozen=True)
class Understood:
    """``words`` are searched in the articles that pass ``where``; ``without_time`` leaves out the days they name.

    ``remarks`` say for people how it came to that; ``failed``, if not empty, why no language model could help.
    """

    words: str
    where: Filter
    without_time: Filter
    remarks: tuple[str, ...] = ()
    failed: str = ""


class Rewriter(Protocol):
    """A language model that makes a follow-up into a question that can be understood alone, in time."""

    def __call__(self, question: str, turns: Sequence[tuple[str, str]]) -> str: ...


_REMEMBERED = 3


def understand(
    question: str, where: Filter, turns: Sequence[Spoken], today: date, rewriter: Rewriter | None = None
) -> Understood:
    """The question with what the conversation adds to it, and the days its time words mean.

    Raises:
        ImpossibleFilter: the filter words in the question contradict each other or ``where``.
    """
    asked, said = read_filter(question)
    where = where.and_also(said)
    words, failed = follow_up(asked, turns), ""
    if turns and rewriter is not None:
        try:
            words = rewriter(asked, [_told(turn) for turn in turns[-_REMEMBERED:]])
        except OnRecordError as error:  # the rules do without it
            failed = str(error)
    time = time_said(asked, today)
    if time is not None:
        try:
            return Understood(words, where.and_also(time.filter), where, (f"{time}.",), failed)
        except ImpossibleFilter:  # the filter asks for other days than the words do; it was set on purpose
            pass
    return Understood(words, where, where, (), failed)


def _told(turn: Spoken) -> tuple[str, str]:
    """A turn for the rewriter, as far as it is used."""
    return turn.searched[-LONGEST_TURN:], turn.gist[:LONGEST_TURN]
