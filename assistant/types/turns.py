"""The turn: one question in a conversation, how it was understood, and what was answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from assistant.types.answers import NOT_FOUND, Answer
from assistant.types.index_state import Basis
from indexes.types.filters import EVERYTHING, Filter

MOST_TURNS = 20
"""How many of the turns before a question it is understood after."""

LONGEST_TURN = 2000
"""Characters of a question that was asked before, and of its answer, that are used to understand the next."""


class PriorTurn(Protocol):
    """What a follow-up may refer to of a turn before it."""

    @property
    def searched(self) -> str:
        """The question as it was searched."""

    @property
    def short(self) -> str | None:
        """The answer in a few words, where there was one."""

    @property
    def told(self) -> tuple[str, ...]:
        """The sentences of the answer."""

    @property
    def gist(self) -> str:
        """The answer in a few words, for the memory of a conversation."""


@dataclass(frozen=True)
class Remembered:
    """A turn as whoever asked kept it, in plain words. Follow-ups refer to it; nothing of it is cited or shown."""

    searched: str
    short: str | None = None
    told: tuple[str, ...] = ()

    @property
    def gist(self) -> str:
        return self.short or " ".join(self.told) or NOT_FOUND


def shortened(turn: PriorTurn) -> Remembered:
    """What is used of a turn: the end of its question, where the newest words stand, and how its answer begins."""
    short = turn.short and turn.short[:LONGEST_TURN]
    return Remembered(turn.searched[-LONGEST_TURN:], short, _beginning(turn.told, LONGEST_TURN - len(short or "")))


def _beginning(sentences: Iterable[str], characters: int) -> tuple[str, ...]:
    kept = list[str]()
    for sentence in sentences:
        if characters <= 0:
            break
        kept.append(sentence[:characters])
        characters -= len(sentence)
    return tuple(kept)


@dataclass(frozen=True)
class Turn:
    """``question`` as it was typed; ``searched`` as it was searched, in which articles (``where``), and the answer.

    ``remarks`` say how it was understood, for people: which days time words mean, or that they were left out.
    ``basis``: from which articles it was answered; None of a notice, which rests on none. A turn is what a follow-up
    refers to: hand those so far to :meth:`assistant.Assistant.converse`.

    >>> Turn("Who won?", "Who won?", NotFound("Who won?", ())).gist
    "The articles don't say."
    """

    question: str
    searched: str
    answer: Answer
    where: Filter = EVERYTHING
    remarks: tuple[str, ...] = ()
    basis: Basis | None = None

    def __post_init__(self) -> None:
        if self.answer.question != self.question:
            raise ValueError(f"an answer to {self.answer.question!r} is none to {self.question!r}")

    @property
    def short(self) -> str | None:
        return self.answer.short

    @property
    def told(self) -> tuple[str, ...]:
        return self.answer.told

    @property
    def gist(self) -> str:
        return self.answer.gist
