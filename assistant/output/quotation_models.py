"""Everything that quotes an article, as JSON: citations, passages found, and claims. Answers are made up of these.

``of`` creates each class from a type in :mod:`assistant.types`; ``to_…`` converts it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from assistant.types.citations import Citation, Near, near
from assistant.types.claims import Claim, Differing, Disagreement, Quantity, Stance, Voice
from indexes import Hit

PAGE = "Path of the article's page on this server, opened at the quotation if there is one."


class Shape(BaseModel):
    """Base of all parts of an answer. Every field is always present, and the OpenAPI document says so."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)

    def json_dict(self) -> dict[str, Any]:
        """The fields as JSON values."""
        return self.model_dump(mode="json")


class Source(Shape):
    """Where something comes from, as far as it is known."""

    title: str
    source: str = Field(description="The outlet that the article states.")
    source_note: str = Field(
        description="If outlet and address are only claimed: who claims them, to be shown in place of `source`."
    )
    published: date | None
    url: str


class PlaceFields(Shape):
    """A span of one version of one article, in code points of the text whose SHA-256 is ``sha256``.

    Everything that quotes an article derives from this, which is how :func:`articles_in` finds it.
    """

    article_id: str
    version: int
    sha256: str
    start: int
    end: int


class QuotedFields(PlaceFields, Source):
    """A span, and what readers are shown about its article. ``title`` is the text's first words if it has none."""

    authors: list[str]
    page: str = Field(description=PAGE)


class CitationFields(QuotedFields):
    """A span of one version of one article: ``text[start:end] == quote``, in code points of the text ``sha256``."""

    n: int
    quote: str

    @classmethod
    def of(cls, n: int, citation: Citation) -> Self:
        return cls(n=n, page=citation.page, **vars(citation) | {"authors": list(citation.authors)})

    def to_citation(self) -> Citation:
        return _citation(self, self.quote)


class HitFields(QuotedFields):
    """A passage found, with its whole text. ``copies`` are passages with the same content in other articles."""

    rank: int
    score: float
    passage_id: str
    text: str
    channels: list[str]
    copies: list[HitFields]

    @classmethod
    def of(cls, found: Near) -> Self:
        said = vars(found.citation) | {"authors": list(found.citation.authors), "page": found.citation.page}
        return cls(
            rank=found.rank,
            score=found.score,
            passage_id=found.passage_id,
            text=said.pop("quote"),
            channels=list(found.channels),
            copies=[HitFields.of(copy) for copy in found.copies],
            **said,
        )

    def to_near(self) -> Near:
        copies = tuple(copy.to_near() for copy in self.copies)
        citation = _citation(self, self.text)
        return Near(self.passage_id, self.rank, self.score, tuple(self.channels), citation, copies)


def _citation(place: QuotedFields, quote: str) -> Citation:
    return Citation(
        place.article_id,
        place.version,
        place.sha256,
        place.start,
        place.end,
        quote,
        place.title,
        place.source,
        place.published,
        place.url,
        tuple(place.authors),
        place.source_note,
    )


class ClaimFields(Shape):
    """Who said what, in which sentence. ``also`` lists the same words in copies of the article."""

    speaker: str
    stance: Stance
    what: str
    citation: CitationFields
    also: list[CitationFields]

    @classmethod
    def of(cls, voice: Voice) -> Self:
        claim = voice.claim
        first, *also = (CitationFields.of(n, one) for n, one in enumerate((claim.citation, *voice.also), start=1))
        return cls(speaker=claim.speaker, stance=claim.stance, what=claim.what, citation=first, also=also)

    def to_voice(self) -> Voice:
        claim = Claim(self.speaker, self.stance, self.what, self.citation.to_citation())
        return Voice(claim, tuple(one.to_citation() for one in self.also))


class QuantityFields(Shape):
    """A number that an article gives: ``text`` is verbatim from the sentence quoted."""

    value: float
    text: str
    noun: str = Field(description="What is counted, as a word stem, or its outcome, such as `dead`.")
    citation: CitationFields

    @classmethod
    def of(cls, n: int, quantity: Quantity) -> Self:
        return cls(**vars(quantity) | {"citation": CitationFields.of(n, quantity.citation)})

    def to_quantity(self) -> Quantity:
        return Quantity(self.value, self.text, self.noun, self.citation.to_citation())


class DifferingFields(Shape):
    """Different numbers for the same thing, oldest article first."""

    words: str = Field(description="The numbers in a sentence, for people.")
    superseded: bool = Field(description="The last number replaces the others.")
    quantities: list[QuantityFields]

    @classmethod
    def of(cls, found: Differing) -> Self:
        quantities = [QuantityFields.of(n, one) for n, one in enumerate(found.quantities, start=1)]
        return cls(words=found.words, superseded=found.superseded, quantities=quantities)

    def to_differing(self) -> Differing:
        return Differing(tuple(one.to_quantity() for one in self.quantities), self.superseded)


class DisagreementFields(Shape):
    """Claims that some make (``said``) and others deny (``denied``), and numbers that differ."""

    said: list[ClaimFields]
    denied: list[ClaimFields]
    numbers: list[DifferingFields] = Field([], description="Different numbers for the same thing.")

    @classmethod
    def of(cls, found: Disagreement) -> Self:
        said, denied = (list(map(ClaimFields.of, voices)) for voices in (found.said, found.denied))
        return cls(said=said, denied=denied, numbers=list(map(DifferingFields.of, found.numbers)))

    def to_disagreement(self) -> Disagreement:
        said, denied = (tuple(voice.to_voice() for voice in voices) for voices in (self.said, self.denied))
        return Disagreement(said, denied, tuple(one.to_differing() for one in self.numbers))


class FoundFields(Shape):
    """Passages found for a question."""

    id: str | int | None = Field(None, description="The question's id, if a file of questions was asked.")
    question: str
    hits: list[HitFields]

    @classmethod
    def of(cls, question: str, hits: Iterable[Hit], id: str | int | None = None) -> Self:
        return cls(id=id, question=question, hits=[HitFields.of(near(hit)) for hit in hits])


def articles_in(shape: BaseModel) -> set[str]:
    """The ids of all articles that any part of it quotes."""
    return {part.article_id for part in _parts(shape) if isinstance(part, PlaceFields)}


def _parts(shape: BaseModel) -> Iterator[BaseModel]:
    yield shape
    for _, value in shape:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, BaseModel):
                yield from _parts(one)
