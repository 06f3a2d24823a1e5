"""The answer: one of three kinds, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from assistant.types.citations import Citation, Near
from assistant.types.claims import Disagreement

NOT_FOUND = "The articles don't say."

Kind = Literal["answered", "not_found", "notice"]


@dataclass(frozen=True)
class CitedSentence:
    """A sentence of an answer with what it rests on: at least one citation.

    ``doubt`` says why a sentence that a language model wrote does not stand on what it cites; empty if it does.
    """

    text: str
    citations: tuple[Citation, ...]
    doubt: str = ""

    def __post_init__(self) -> None:
        if not self.citations:
            raise ValueError(f"a sentence without a citation may not be shown: {self.text!r}")


class _Said:
    """What every kind of answer has. ``kind`` is its name in JSON, in the metrics and in feedback.

    A kind without sentences has a ``text`` that stands in their place: whatever shows answers shows that, and
    ``notice`` and ``nearest`` where they are not empty, without knowing the kind.
    """

    kind: ClassVar[Kind]
    short: str | None
    sentences: tuple[CitedSentence, ...]
    nearest: tuple[Near, ...]
    notice: str

    @property
    def told(self) -> tuple[str, ...]:
        """The words of its sentences."""
        return tuple(sentence.text for sentence in self.sentences)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All citations in the order they are shown, each once: number n is the n-th."""
        return tuple(dict.fromkeys(c for sentence in self.sentences for c in sentence.citations))

    @property
    def numbers(self) -> dict[Citation, int]:
        """The number each citation is shown under, from 1, in order."""
        return {citation: n for n, citation in enumerate(self.citations, start=1)}


@dataclass(frozen=True)
class Answered(_Said):
    """The articles say. ``short`` is the answer in a few words, where a reader model gave one.

    ``writer`` names the language model that wrote the sentences and where it runs; empty where they are the articles'
    own. ``notice`` is what has to be known of how the answer came about: that a language model failed, say.
    ``disagreement``: what some say on the matter and others deny. Raises ValueError without a sentence.

    >>> article = new_article("The ferry will close on Friday.", id="ferry")
    >>> sentence = CitedSentence(article.text, (cite(article, 0, 31),))
    >>> Answered("When will it close?", (sentence,), short="on Friday").citations[0].quote
    'The ferry will close on Friday.'
    """

    kind: ClassVar[Kind] = "answered"

    question: str
    sentences: tuple[CitedSentence, ...]
    short: str | None = None
    writer: str = ""
    notice: str = ""
    disagreement: Disagreement | None = None
    nearest: tuple[()] = field(default=(), init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.sentences:
            raise ValueError("an answer needs a sentence; without one it is NotFound")

    @property
    def gist(self) -> str:
        """In a few words, for the memory of a conversation."""
        return self.short or " ".join(self.told)


@dataclass(frozen=True)
class NotFound(_Said):
    """The articles don't say. ``nearest`` are passages on the subject, not an answer; ``notice`` as in Answered.

    >>> NotFound("Who sank the ferry?", nearest=()).nearest
    ()
    """

    kind: ClassVar[Kind] = "not_found"
    gist: ClassVar[str] = NOT_FOUND
    text: ClassVar[str] = NOT_FOUND

    question: str
    nearest: tuple[Near, ...]
    notice: str = ""
    short: None = field(default=None, init=False, repr=False)
    sentences: tuple[()] = field(default=(), init=False, repr=False)


@dataclass(frozen=True)
class Notice(_Said):
    """Why there is no answer, and what to do next. Never shown as "not in the articles".

    ``failed``: On Record itself failed, not what was asked; asking otherwise does not help.

    >>> Notice("Who sank the ferry?", "The question is too long. Shorten it.").failed
    False
    """

    kind: ClassVar[Kind] = "notice"
    gist: ClassVar[str] = "(no answer)"

    question: str
    text: str
    failed: bool = False
    short: None = field(default=None, init=False, repr=False)
    sentences: tuple[()] = field(default=(), init=False, repr=False)
    nearest: tuple[()] = field(default=(), init=False, repr=False)
    notice: str = field(default="", init=False, repr=False)


Answer = Answered | NotFound | Notice
