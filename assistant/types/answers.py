"""The answer: Answered, NotFound or Notice."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.types.citations import Citation
from assistant.types.claims import Disagreement
from indexes import Hit


@dataclass(frozen=True)
class CitedSentence:
    """A sentence of an answer with its citations, at least one.

    ``doubt`` says why what it cites does not support a sentence that a language model wrote; empty if it does.
    """

    text: str
    citations: tuple[Citation, ...]
    doubt: str = ""

    def __post_init__(self) -> None:
        if not self.citations:
            raise ValueError(f"a sentence without a citation may not be shown: {self.text!r}")


@dataclass(frozen=True)
class Answered:
    """An answer from the articles. ``short`` is the answer in a few words, if a reader model gave one.

    ``writer`` names the language model that wrote the sentences and where it runs; empty where they are the articles'
    own. ``notice`` says what the reader should know about how it was made, such as that a language model failed.
    ``disagreement``: what some say and others deny.
    """

    question: str
    sentences: tuple[CitedSentence, ...]
    short: str | None = None
    writer: str = ""
    notice: str = ""
    disagreement: Disagreement | None = None

    def __post_init__(self) -> None:
        if not self.sentences:
            raise ValueError("an answer needs a sentence; without one it is NotFound")

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All citations in the order shown, each once: number n is the n-th."""
        return tuple(dict.fromkeys(c for sentence in self.sentences for c in sentence.citations))

    @property
    def numbers(self) -> dict[Citation, int]:
        """The number each citation is shown under, from 1, in order."""
        return {citation: n for n, citation in enumerate(self.citations, start=1)}


@dataclass(frozen=True)
class NotFound:
    """The articles don't say. ``nearest`` are passages on the subject, not an answer; ``notice`` as in Answered."""

    question: str
    nearest: tuple[Hit, ...]
    notice: str = ""


@dataclass(frozen=True)
class Notice:
    """Why there is no answer, and what to do next. Never shown as "not in the articles".

    ``failed``: On Record itself failed, not what was asked; asking otherwise does not help.
    """

    question: str
    text: str
    failed: bool = False


Answer = Answered | NotFound | Notice
