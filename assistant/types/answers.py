"""The answer: one of exactly four kinds."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, Literal, TypeVar

from assistant.types.citations import Citation, Near
from assistant.types.claims import Disagreement

NOT_FOUND = "I found no sentence that answers this."

Kind = Literal["answered", "not_found", "talk", "notice"]
Certainty = Literal["words", "sentence"]
Form = Literal["sentences", "briefing", "timeline", "statements", "comparison", "list"]
"""How an answer's sentences are arranged: in order, or in sections under the headings that the form has: what a matter
has come to, days, speakers, sides, or the things listed.
"""


@dataclass(frozen=True)
class CitedSentence:
    """A sentence of an answer, with at least one citation that supports it.

    ``doubt`` says why a sentence written by a language model is not supported by what it cites; empty if it is.
    """

    text: str
    citations: tuple[Citation, ...]
    doubt: str = ""

    def __post_init__(self) -> None:
        if not self.citations:
            raise ValueError(f"a sentence without a citation may not be shown: {self.text!r}")


@dataclass(frozen=True)
class Part:
    """One of several questions asked at once.

    ``short`` is its answer in a few words, if there is one; ``sentences`` is how many of the answer's sentences, from
    those of the parts before it on, are its own: 0 if none was found.
    """

    question: str
    short: str | None
    sentences: int


@dataclass(frozen=True)
class Section:
    """Sentences of an answer that belong together, under a ``heading``; ``sentences`` counts as in :class:`Part`.

    ``days``: the first and last day of what a timeline's section tells; ``resolved`` if they were worked out from the
    day of publication, as "on Tuesday" is.
    """

    heading: str
    sentences: int
    days: tuple[date, date] | None = None
    resolved: bool = False


@dataclass(frozen=True)
class Scope:
    """What an answer in sections rests on: so many articles and outlets, the newest from the day ``newest``."""

    articles: int
    outlets: int
    newest: date | None = None

    def __str__(self) -> str:
        outlets = f" by {self.outlets} outlets" if self.outlets > 1 else ""
        newest = f", the newest from {self.newest:%-d %B %Y}" if self.newest else ""
        return f"From {self.articles} {'article' if self.articles == 1 else 'articles'}{outlets}{newest}."


_Group = TypeVar("_Group", Part, Section)


class _Said:
    """What all kinds of answers have in common. ``kind`` is the kind's name in JSON, metrics and feedback.

    A kind without sentences has a ``text`` instead. Code that shows answers need not know the kind: it shows the
    sentences or the text, and ``notice`` and ``nearest`` if they are not empty.
    """

    kind: ClassVar[Kind]
    short: str | None
    sentences: tuple[CitedSentence, ...]
    nearest: tuple[Near, ...]
    notice: str

    @property
    def told(self) -> tuple[str, ...]:
        """The text of its sentences."""
        return tuple(sentence.text for sentence in self.sentences)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All citations, each once, in the order they are shown: the n-th has the number n."""
        return tuple(dict.fromkeys(c for sentence in self.sentences for c in sentence.citations))

    @property
    def numbers(self) -> dict[Citation, int]:
        """The number that each citation is shown with, from 1, in order."""
        return {citation: n for n, citation in enumerate(self.citations, start=1)}


@dataclass(frozen=True)
class Answered(_Said):
    """The articles answer the question. ``short`` is the answer in a few words, if the reader model is sure of them.

    ``parts``, if several questions were asked at once: which sentences answer which. ``sections``, if they are arranged
    in a ``form`` that has any, and the ``scope`` they rest on.
    ``writer`` names the language model that wrote the sentences and where it runs; empty if they are quoted from the
    articles. ``notice`` says what readers should know about how the answer was made, such as that a language model
    failed. ``disagreement`` holds what some say on the matter and others deny.

    Raises:
        ValueError: there is no sentence.

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
    parts: tuple[Part, ...] = ()
    form: Form = "sentences"
    sections: tuple[Section, ...] = ()
    scope: Scope | None = None
    nearest: tuple[()] = field(default=(), init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.sentences:
            raise ValueError("an answer needs a sentence; without one it is NotFound")
        for groups in (self.parts, self.sections):
            if groups and sum(group.sentences for group in groups) != len(self.sentences):
                raise ValueError("every sentence of an answer in parts or sections belongs to one of them")

    @property
    def certainty(self) -> Certainty:
        """What On Record is sure of: the answer's ``words``, or only of the ``sentence`` it stands in."""
        return "words" if self.short or any(part.short for part in self.parts) else "sentence"

    @property
    def by_part(self) -> list[tuple[Part | None, tuple[CitedSentence, ...]]]:
        """The sentences with the part of the question that they answer; None if one thing was asked."""
        return [*_dealt(self.parts, self.sentences)] if self.parts else [(None, self.sentences)]

    @property
    def by_section(self) -> list[tuple[Section | None, tuple[CitedSentence, ...]]]:
        """The sentences with the section they stand in; None if the answer has none."""
        return [*_dealt(self.sections, self.sentences)] if self.sections else [(None, self.sentences)]

    @property
    def gist(self) -> str:
        """The answer in a few words, for the context of a conversation."""
        return self.short or " ".join(self.told)


@dataclass(frozen=True)
class NotFound(_Said):
    """No answer was found. ``text`` says what is known of that: that no article mentions a name, or no more than that.

    ``nearest`` are extracts on the subject, not an answer; ``notice`` is as in Answered.

    >>> NotFound("Who sank the ferry?", nearest=()).text
    'I found no sentence that answers this.'
    """

    kind: ClassVar[Kind] = "not_found"

    question: str
    nearest: tuple[Near, ...]
    notice: str = ""
    text: str = NOT_FOUND
    short: None = field(default=None, init=False, repr=False)
    sentences: tuple[()] = field(default=(), init=False, repr=False)

    @property
    def gist(self) -> str:
        return self.text


@dataclass(frozen=True)
class Talk(_Said):
    """The reply to what is no question to the articles, such as a greeting. ``starters`` are questions to begin with.

    >>> Talk("Hello!", "Hello. Ask about a person or a topic.").starters
    ()
    """

    kind: ClassVar[Kind] = "talk"

    question: str
    text: str
    starters: tuple[str, ...] = ()
    short: None = field(default=None, init=False, repr=False)
    sentences: tuple[()] = field(default=(), init=False, repr=False)
    nearest: tuple[()] = field(default=(), init=False, repr=False)
    notice: str = field(default="", init=False, repr=False)

    @property
    def gist(self) -> str:
        return self.text


@dataclass(frozen=True)
class Notice(_Said):
    """Why there is no answer, and what to do next. Never shown as "not in the articles".

    ``failed``: the fault lies with On Record itself, so asking differently does not help.

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


Answer = Answered | NotFound | Talk | Notice


def _dealt(
    groups: tuple[_Group, ...], sentences: tuple[CitedSentence, ...]
) -> Iterator[tuple[_Group, tuple[CitedSentence, ...]]]:
    ends = itertools.accumulate(group.sentences for group in groups)
    for group, end in zip(groups, ends, strict=True):
        yield group, sentences[end - group.sentences : end]
