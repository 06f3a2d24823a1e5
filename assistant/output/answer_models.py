"""An answer as JSON, in the same form for the API, the command line, receipts and the desk's database.

A new kind of answer is one more class in :data:`AnswerFields`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import Field

from assistant.output.quotation_models import CitationFields, DisagreementFields, HitFields, Shape
from assistant.types.answers import (
    NOT_FOUND,
    Answer,
    Answered,
    Certainty,
    CitedSentence,
    Form,
    NotFound,
    Notice,
    Part,
    Scope,
    Section,
    Talk,
)
from assistant.types.index_state import Basis
from assistant.types.turns import Turn
from indexes.types.filters import Filter


class SentenceFields(Shape):
    """A sentence of an answer, and the numbers of its citations."""

    text: str
    citations: list[int]
    doubt: str | None


class PartFields(Shape):
    """One of several questions asked at once."""

    question: str
    answer: str | None = Field(description="The answer in a few words, if the reader model is sure of them.")
    sentences: int = Field(description="How many of `sentences`, after those of the parts before, are its own.")


class SectionFields(Shape):
    """Sentences of an answer that belong together under a heading."""

    heading: str
    sentences: int = Field(description="How many of `sentences`, after those of the sections before, are its own.")
    first_day: date | None = Field(description="Of a timeline: the first day of what is told.")
    last_day: date | None = Field(description="Of a timeline: the last day of what is told.")
    resolved: bool = Field(description="Whether the days were worked out from the day of publication.")

    @classmethod
    def of(cls, section: Section) -> Self:
        first, last = section.days or (None, None)
        return cls(
            heading=section.heading, sentences=section.sentences, first_day=first, last_day=last,
            resolved=section.resolved,
        )  # fmt: skip

    def to_section(self) -> Section:
        days = (self.first_day, self.last_day) if self.first_day and self.last_day else None
        return Section(self.heading, self.sentences, days, self.resolved)


class ScopeFields(Shape):
    """The articles that an answer in sections rests on."""

    articles: int
    outlets: int
    newest: date | None = Field(description="The day the newest of the articles was published.")


class BasisFields(Shape):
    """The state of the index that an answer is based on, and when the question was asked."""

    asked: datetime
    revision: int = Field(description="Counts the writes to the index.")
    articles: int
    passages: int
    model: str = Field(description="The embedding model.")
    model_sha256: str
    onrecord: str = Field(description="The version of On Record.")

    @classmethod
    def of(cls, basis: Basis) -> Self:
        return cls(**vars(basis))

    def to_basis(self) -> Basis:
        return Basis(**dict(self))


class TurnFields(Shape):
    """The fields that all kinds of answers share, so that programs can read them alike; ``kind`` names the kind."""

    id: str | int | None = Field(None, description="The id sent with the question.")
    question: str
    kind: str
    answer: str | None = Field(None, description="The answer in a few words, if the reader model is sure of them.")
    certainty: Certainty | None = Field(None, description="Sure of the words, or only of the sentence.")
    parts: list[PartFields] = Field([], description="If several questions were asked at once: which they are.")
    form: Form | None = Field(None, description="How the sentences are arranged.")
    sections: list[SectionFields] = Field([], description="Of an arranged answer: which sentences belong together.")
    scope: ScopeFields | None = Field(None, description="Of an arranged answer: the articles it rests on.")
    sentences: list[SentenceFields] = Field([])
    citations: list[CitationFields] = Field([])
    written_by: str | None = None
    disagreement: DisagreementFields | None = None
    notice: str | None = None
    text: str | None = Field(None, description="What is said where there are no sentences.")
    starters: list[str] = Field([], description="For `talk`: questions to begin with.")
    nearest: list[HitFields] = Field([], description="For `not_found`: passages on the subject, not an answer.")
    searched: str = Field(description="The question as it was searched.")
    filter: str = Field(description="The filter that was applied, as it is written in a question.")
    remarks: list[str] = Field(description="How the question was understood, for people.")
    basis: BasisFields | None = Field(description="Null for a notice and for talk.")

    made_of: ClassVar[type[Answer]]

    @classmethod
    def of(cls, turn: Turn, id: str | int | None = None) -> Self:
        return cls(
            id=id,
            question=turn.question,
            searched=turn.searched,
            filter=str(turn.where),
            remarks=list(turn.remarks),
            basis=BasisFields.of(turn.basis) if turn.basis else None,
            **cls._fields(turn.answer),
        )

    @classmethod
    def _fields(cls, answer: Any) -> dict[str, Any]:
        """The fields specific to this kind of answer."""
        raise NotImplementedError

    def to_answer(self) -> Answer:
        raise NotImplementedError

    def to_turn(self, where: Filter) -> Turn:
        """The turn. ``where`` is the filter that ``filter`` describes as text."""
        basis = self.basis.to_basis() if self.basis else None
        return Turn(self.question, self.searched, self.to_answer(), where, tuple(self.remarks), basis)


class AnsweredFields(TurnFields):
    """The articles answer the question, in ``sentences``, each with the numbers of its ``citations``."""

    kind: Literal["answered"] = "answered"
    made_of = Answered

    @classmethod
    def _fields(cls, answer: Answered) -> dict[str, Any]:
        numbers = answer.numbers
        return {
            "answer": answer.short,
            "certainty": answer.certainty,
            "parts": [
                PartFields(question=part.question, answer=part.short, sentences=part.sentences) for part in answer.parts
            ],
            "form": answer.form,
            "sections": list(map(SectionFields.of, answer.sections)),
            "scope": ScopeFields(**vars(answer.scope)) if answer.scope else None,
            "sentences": [
                SentenceFields(text=one.text, citations=[numbers[c] for c in one.citations], doubt=one.doubt or None)
                for one in answer.sentences
            ],
            "citations": [CitationFields.of(n, citation) for citation, n in numbers.items()],
            "written_by": answer.writer or None,
            "disagreement": DisagreementFields.of(answer.disagreement) if answer.disagreement else None,
            "notice": answer.notice or None,
        }

    def to_answer(self) -> Answered:
        cited = {one.n: one.to_citation() for one in self.citations}
        sentences = tuple(
            CitedSentence(one.text, tuple(cited[n] for n in one.citations), one.doubt or "") for one in self.sentences
        )
        disagreement = self.disagreement.to_disagreement() if self.disagreement else None
        written_by, notice = self.written_by or "", self.notice or ""
        parts = tuple(Part(part.question, part.answer, part.sentences) for part in self.parts)
        return Answered(
            self.question, sentences, self.answer, written_by, notice, disagreement, parts,
            self.form or "sentences", tuple(section.to_section() for section in self.sections),
            Scope(**dict(self.scope)) if self.scope else None,
        )  # fmt: skip


class NotFoundFields(TurnFields):
    """No answer was found, as ``text`` says; ``nearest`` are extracts on the subject."""

    kind: Literal["not_found"] = "not_found"
    made_of = NotFound

    @classmethod
    def _fields(cls, answer: NotFound) -> dict[str, Any]:
        nearest = list(map(HitFields.of, answer.nearest))
        return {"nearest": nearest, "notice": answer.notice or None, "text": answer.text}

    def to_answer(self) -> NotFound:
        nearest = tuple(hit.to_near() for hit in self.nearest)
        return NotFound(self.question, nearest, self.notice or "", self.text or NOT_FOUND)


class TalkFields(TurnFields):
    """What was said is no question to the articles; ``text`` replies to it."""

    kind: Literal["talk"] = "talk"
    made_of = Talk

    @classmethod
    def _fields(cls, answer: Talk) -> dict[str, Any]:
        return {"text": answer.text, "starters": list(answer.starters)}

    def to_answer(self) -> Talk:
        return Talk(self.question, self.text or "", tuple(self.starters))


class NoticeFields(TurnFields):
    """There is no answer; ``notice`` says why. The HTTP status says whether On Record itself failed."""

    kind: Literal["notice"] = "notice"
    notice: str
    made_of = Notice

    @classmethod
    def _fields(cls, answer: Notice) -> dict[str, Any]:
        return {"notice": answer.text, "text": answer.text}

    def to_answer(self) -> Notice:
        return Notice(self.question, self.notice)


AnswerFields = Annotated[AnsweredFields | NotFoundFields | TalkFields | NoticeFields, Field(discriminator="kind")]
"""An answer of any kind, and how its question was understood."""

_Kind = type[AnsweredFields] | type[NotFoundFields] | type[TalkFields] | type[NoticeFields]
_KINDS: dict[type[Answer], _Kind] = {kind.made_of: kind for kind in get_args(get_args(AnswerFields)[0])}


def turn_fields(turn: Turn, id: str | int | None = None) -> AnswerFields:
    """A turn as JSON fields, with the ``id`` it was asked with. Fields may be added, but never change their meaning."""
    return _KINDS[type(turn.answer)].of(turn, id)
