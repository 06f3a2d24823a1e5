"""The receipt of an answer, with everything needed to check it later, and the check. Knows nothing of web pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import ValidationError

from assistant.output.answer_models import AnswerFields, TurnFields, turn_fields
from assistant.output.quotation_models import DisagreementFields, Shape
from assistant.text.wording import on_one_line
from assistant.types.citations import Citation, Near, cite
from assistant.types.turns import Turn
from indexes.types.errors import NoSuchArticle, OnRecordError

if TYPE_CHECKING:
    from indexes.storage.store import Store

FORMAT: Final = "onrecord-receipt-2"
_SQLITE_MOST = 2**63


class NoReceipt(OnRecordError):
    """The file is not a receipt from On Record. Seen by the person who checks it."""


@dataclass(frozen=True)
class Receipt:
    """A turn, the id it is stored under, and when it was asked."""

    id: str
    asked: datetime
    turn: Turn

    @property
    def nearest(self) -> tuple[Citation, ...]:
        """For a "not found" answer, the nearest passages, each once, followed by its copies."""
        found = self.turn.answer.nearest
        return tuple(dict.fromkeys(citation for near in found for citation in near.places))


def receipt_of(id: str, turn: Turn, kept: datetime) -> Receipt:
    """The receipt of a turn. ``kept`` is when it was stored, used as the time asked if the turn has no basis."""
    return Receipt(id, turn.basis.asked if turn.basis else kept, turn)


class ReceiptFields(Shape):
    """A receipt as JSON. ``turn`` has the form of a response to ``POST /api/v1/ask``."""

    format: Literal["onrecord-receipt-2"] = FORMAT
    asked: datetime
    turn: AnswerFields

    @classmethod
    def of(cls, receipt: Receipt) -> ReceiptFields:
        asked = receipt.asked.replace(microsecond=0)
        return cls(asked=asked, turn=turn_fields(receipt.turn, receipt.id))


@dataclass(frozen=True)
class Checked:
    """A citation or sentence that a receipt names, and what is wrong with it; empty if nothing is."""

    where: str
    wrong: str = ""


def check_receipt(receipt: Any, store: Store) -> list[Checked]:
    """Compares every citation in a receipt with the stored articles, and its sentences with what they cite.

    Raises:
        NoReceipt: it is not a receipt, not in this format, or incomplete.
    """
    if not isinstance(receipt, dict) or receipt.get("format") != FORMAT:
        raise NoReceipt(f"this is not a receipt. The JSON of an answer's receipt has the format {FORMAT!r}.")
    try:
        turn = ReceiptFields.model_validate(receipt).turn
        places, sentences = list(_places(turn)), list(_misquoted(turn))
    except (ValidationError, KeyError) as error:
        raise NoReceipt(f"the receipt is incomplete or malformed: {_first_lines(error)}.") from None
    return [*(Checked(name, difference(citation, store)) for name, citation in places), *sentences]


def _places(turn: TurnFields) -> Iterator[tuple[str, Citation]]:
    """Every citation in a receipt, whether or not its answer uses it, each with a name for it."""
    yield from ((f"[{cited.n}]", cited.to_citation()) for cited in turn.citations)
    if turn.disagreement:
        yield from _disagreeing(turn.disagreement)
    for hit in turn.nearest:
        yield from ((f"nearest {hit.rank}", citation) for citation in _all_places(hit.to_near()))


def _disagreeing(found: DisagreementFields) -> Iterator[tuple[str, Citation]]:
    for side, voices in (("said", found.said), ("denied", found.denied)):
        for voice in voices:
            for cited in (voice.citation, *voice.also):
                yield f"{side}: {voice.speaker}", cited.to_citation()
    for differing in found.numbers:
        yield from ((f"number: {one.text}", one.citation.to_citation()) for one in differing.quantities)


def _all_places(near: Near) -> list[Citation]:
    return [near.citation, *(citation for copy in near.copies for citation in _all_places(copy))]


def difference(citation: Citation, store: Store) -> str:
    """How a citation differs from the stored article; empty if it does not."""
    which = f"article {citation.article_id!r} version {citation.version}"
    try:
        article = store.article(citation.article_id, citation.version if 0 < citation.version < _SQLITE_MOST else 0)
    except NoSuchArticle:
        return f"{which} is not in the index; it may have been removed"
    if article.sha256 != citation.sha256:
        return f"{which} has a different text: its SHA-256 is {article.sha256}"
    try:
        there = cite(article, citation.start, citation.end)
    except ValueError:
        return f"{which} has no characters {citation.start} to {citation.end}"
    if there.quote != citation.quote:
        return f"{which} says something else at characters {citation.start} to {citation.end}"
    other = [name for name, value in vars(citation).items() if vars(there)[name] != value]
    return f"{which} differs in: {', '.join(other)}" if other else ""


def _misquoted(turn: TurnFields) -> Iterator[Checked]:
    """Sentences that differ from what they cite, in answers that were not written by a language model."""
    quotes = {cited.n: on_one_line(cited.quote) for cited in turn.citations}
    for n, sentence in enumerate(turn.sentences, start=1):
        cited = [quotes[number] for number in sentence.citations]
        if not turn.written_by and on_one_line(sentence.text) not in cited:
            yield Checked(f"sentence {n}", "differs from what it cites")


def _first_lines(error: Exception) -> str:
    return " ".join(str(error).split("\n")[:3])
