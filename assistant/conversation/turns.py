"""The turn: one question in a conversation, how it was understood, and what was answered."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.answers import Answer, Answered, NotFound
from indexes.filters import EVERYTHING, Filter


@dataclass(frozen=True)
class Turn:
    """``question`` as it was typed; ``searched`` as it was searched, in which articles (``where``), and the answer.

    ``remarks`` say how it was understood, for people: which days time words mean, or that they were left out.
    """

    question: str
    searched: str
    answer: Answer
    where: Filter = EVERYTHING
    remarks: tuple[str, ...] = ()

    @property
    def gist(self) -> str:
        """The answer in a few words, for the memory of a conversation."""
        if isinstance(self.answer, Answered):
            return self.answer.short or " ".join(sentence.text for sentence in self.answer.sentences)
        return "The articles don't say." if isinstance(self.answer, NotFound) else "(no answer)"
