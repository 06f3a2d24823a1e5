"""The turn: one question in a conversation, how it was understood, and what was answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from assistant.types.answers import Answer, Answered, NotFound
from assistant.types.index_state import Basis
from indexes.types.filters import EVERYTHING, Filter

MOST_TURNS = 20
"""How many earlier turns are used to understand a question."""

LONGEST_TURN = 2000
"""Characters of an earlier question, and of its answer, that are used to understand the next."""

_SAID_NOTHING = "The articles don't say."


class Spoken(Protocol):
    """Interface: the parts of an earlier turn that a follow-up may refer to."""

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
    """A turn as the client sent it back, in plain text. Follow-ups refer to it; none of it is cited or shown."""

    searched: str
    short: str | None = None
    told: tuple[str, ...] = ()

    @property
    def gist(self) -> str:
        return self.short or " ".join(self.told) or _SAID_NOTHING


def shortened(turn: Spoken) -> Remembered:
    """The part of a turn that is used: the end of its question and the beginning of its answer."""
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

    ``remarks`` tell people how it was understood: which days a time expression meant, or that it was ignored.
    ``basis``: the state of the index it was answered from; None for a notice.
    """

    question: str
    searched: str
    answer: Answer
    where: Filter = EVERYTHING
    remarks: tuple[str, ...] = ()
    basis: Basis | None = None

    @property
    def short(self) -> str | None:
        return self.answer.short if isinstance(self.answer, Answered) else None

    @property
    def told(self) -> tuple[str, ...]:
        return tuple(s.text for s in self.answer.sentences) if isinstance(self.answer, Answered) else ()

    @property
    def gist(self) -> str:
        if isinstance(self.answer, Answered):
            return self.short or " ".join(self.told)
        return _SAID_NOTHING if isinstance(self.answer, NotFound) else "(no answer)"
