"""The turn: one question in a conversation, how it was understood, and what was answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from assistant.types.answers import NOT_FOUND, Answer
from assistant.types.index_state import Basis
from indexes.types.filters import EVERYTHING, Filter

MOST_TURNS = 20
"""How many earlier turns are used to understand a question."""

LONGEST_TURN = 2000
"""How many characters of an earlier question, and of its answer, are used to understand the next question."""


class PriorTurn(Protocol):
    """What a follow-up can refer to in an earlier turn."""

    @property
    def searched(self) -> str:
        """The question as it was searched."""

    @property
    def short(self) -> str | None:
        """The answer in a few words, if there was one."""

    @property
    def told(self) -> tuple[str, ...]:
        """The answer's sentences."""

    @property
    def gist(self) -> str:
        """The answer in a few words, for the context of a conversation."""


@dataclass(frozen=True)
class Remembered:
    """A turn as plain text, supplied by the client. Follow-ups can refer to it; nothing in it is cited or shown."""

    searched: str
    short: str | None = None
    told: tuple[str, ...] = ()

    @property
    def gist(self) -> str:
        return self.short or " ".join(self.told) or NOT_FOUND


def shortened(turn: PriorTurn) -> Remembered:
    """The part of a turn that is used: the end of its question, where the latest words are, and its answer's start."""
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
    """A question as typed (``question``) and as searched (``searched``), the filter (``where``), and the answer.

    ``remarks`` tell people how the question was understood, such as which days "last week" means. ``basis`` is the
    state of the index it was answered from; None for a notice. Follow-ups refer to earlier turns: pass those to
    :meth:`assistant.Assistant.converse`.

    >>> Turn("Who won?", "Who won?", NotFound("Who won?", ())).gist
    'I found no sentence that answers this.'
    """

    question: str
    searched: str
    answer: Answer
    where: Filter = EVERYTHING
    remarks: tuple[str, ...] = ()
    basis: Basis | None = None

    def __post_init__(self) -> None:
        if self.answer.question != self.question:
            raise ValueError(f"an answer to {self.answer.question!r} is not an answer to {self.question!r}")

    @property
    def short(self) -> str | None:
        return self.answer.short

    @property
    def told(self) -> tuple[str, ...]:
        return self.answer.told

    @property
    def gist(self) -> str:
        return self.answer.gist
