"""The receipt of an answer: everything one needs to check it later, and the checking. Knows no page and no format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from assistant.output.serialization import citation_json, turn_json
from assistant.types.answers import Answered, NotFound
from assistant.types.citations import Citation, cite
from assistant.types.turns import Turn
from indexes.types.errors import NoSuchArticle, OnRecordError

if TYPE_CHECKING:
    from indexes.storage.store import Store

FORMAT = "onrecord-receipt-1"
_SQLITE_MOST = 2**63


class NoReceipt(OnRecordError):
    """A file that is no receipt of ours. Seen by whoever checks it."""


@dataclass(frozen=True)
class Receipt:
    """A turn under the id it is kept by, and when it was asked."""

    id: str
    asked: datetime
    turn: Turn

    @property
    def nearest(self) -> tuple[Citation, ...]:
        """Of an answer that was not found, the passages nearest to it, each once; copies stand after the first."""
        answer = self.turn.answer
        hits = [one for hit in answer.nearest for one in (hit, *hit.copies)] if isinstance(answer, NotFound) else []
        return tuple(dict.fromkeys(cite(hit.article, hit.passage.start, hit.passage.end) for hit in hits))

    @property
    def kind(self) -> str:
        return {Answered: "answered", NotFound: "not_found"}.get(type(self.turn.answer), "notice")


def receipt_of(id: str, turn: Turn, kept: datetime) -> Receipt:
    """``kept`` is when the turn was put aside: when it was asked is told by its basis, if it has one."""
    return Receipt(id, turn.basis.asked if turn.basis else kept, turn)


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """The receipt for machines: what ``POST /api/v1/ask`` answered, with ``nearest`` as citations."""
    return {
        "format": FORMAT,
        "asked": receipt.asked.isoformat(timespec="seconds"),
        **turn_json(receipt.turn, receipt.id),
        "nearest": [citation_json(n, citation) for n, citation in enumerate(receipt.nearest, start=1)],
    }


@dataclass(frozen=True)
class Checked:
    """A place that a receipt names, and what is wrong with it: empty if the index has it exactly so."""

    where: str
    wrong: str = ""


def check_receipt(receipt: Any, store: Store) -> list[Checked]:
    """Holds every place a receipt names against the stored articles, and its sentences against what they cite.

    Raises:
        NoReceipt: it is none, or of another On Record.
    """
    if not isinstance(receipt, dict) or receipt.get("format") != FORMAT:
        raise NoReceipt(f"this is not a receipt. The JSON of an answer's receipt has the format {FORMAT!r}.")
    try:
        places = [(name, _citation(kept)) for name, kept in _places(receipt)]
        sentences = list(_misquoted(receipt))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise NoReceipt(f"the receipt lacks something or has it wrong: {_first_line(error)}.") from None
    return [*(Checked(name, difference(citation, store)) for name, citation in places), *sentences]


def _places(receipt: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every place that a receipt names, with a name for it."""
    yield from ((f"[{kept['n']}]", kept) for kept in receipt["citations"])
    for side, voices in (receipt["disagreement"] or {}).items():
        for voice in voices:
            for kept in (voice["citation"], *voice["also"]):
                yield f"{side}: {voice['speaker']}", kept
    yield from ((f"nearest {kept['n']}", kept) for kept in receipt["nearest"])


def _citation(kept: Any) -> Citation:
    from pydantic import TypeAdapter

    return TypeAdapter(Citation).validate_python(kept)


def difference(citation: Citation, store: Store) -> str:
    """How a citation differs from what the index has at its place; empty if it does not."""
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


def _misquoted(receipt: dict[str, Any]) -> Iterator[Checked]:
    """The sentences that are not word for word what they cite, where no language model wrote them."""
    quotes = {kept["n"]: _squeezed(kept["quote"]) for kept in receipt["citations"]}
    for n, sentence in enumerate(receipt["sentences"], start=1):
        cited = [quotes[number] for number in sentence["citations"]]
        if not receipt["written_by"] and _squeezed(sentence["text"]) not in cited:
            yield Checked(f"sentence {n}", "is not what it cites")


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split("\n")[:3])
