"""What was considered for a question: the verdict on it and the hits behind it."""

from __future__ import annotations

from dataclasses import dataclass, field

from assistant.answering.evidence import Verdict
from assistant.answering.names_asked import NamesAsked
from assistant.reader.answer_types import AnswerType
from indexes import Hit


@dataclass(frozen=True)
class Considered:
    """The verdict on a question, and the hits behind it, best first.

    ``answers``: it is confident enough to show the sentences. ``short``: the answer in a few words, where it is sure of
    those too. ``names`` are those the question asks about.
    """

    verdict: Verdict
    answers: bool
    hits: tuple[Hit, ...]
    short: str | None = None
    names: NamesAsked = field(default_factory=NamesAsked)
    kind: AnswerType = AnswerType.OTHER
