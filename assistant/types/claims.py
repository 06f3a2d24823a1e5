"""Claims: who said what, with which stance, in which sentence; and where claims, or numbers, disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from assistant.text.wording import listed
from assistant.types.citations import Citation

DISAGREE = "The articles disagree"
NUMBERS_DIFFER = "The articles give different numbers"


class Stance(StrEnum):
    """A speaker's stance on a statement."""

    REPORTED = "reported"
    ASSERTED = "asserted"
    DENIED = "denied"
    CONFIRMED = "confirmed"
    DECLINED = "declined to comment"

    @property
    def label(self) -> str:
        """The stance in words, for people to read."""
        return "said" if self is Stance.ASSERTED else self.value


@dataclass(frozen=True)
class Claim:
    """A claim, in the sentence that ``citation`` quotes. ``speaker`` is the fullest name that the article gives;
    ``what`` is verbatim from the sentence, or empty."""

    speaker: str
    stance: Stance
    what: str
    citation: Citation


@dataclass(frozen=True)
class Voice:
    """A claim, and the same words in copies of its article, which count as one voice."""

    claim: Claim
    also: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class Quantity:
    """A number that an article gives: ``text`` is verbatim from the sentence that ``citation`` quotes.

    ``noun`` is what is counted, as a stem; for a toll its outcome, "dead".
    """

    value: float
    text: str
    noun: str
    citation: Citation


@dataclass(frozen=True)
class Differing:
    """Different numbers for the same thing, oldest article first. ``superseded``: the last replaces the others."""

    quantities: tuple[Quantity, ...]
    superseded: bool

    @property
    def words(self) -> str:
        """It in a sentence: "Earlier: at least nine; later: 14." or "4,200 (Harbour Post) or 2,600 (Coast Daily)."."""
        texts = [(same[0].text[:1].lower() + same[0].text[1:], _outlets(same)) for same in self._by_value]
        if self.superseded:
            return f"Earlier: {listed([text for text, _ in texts[:-1]], 'then')}; later: {texts[-1][0]}."
        return f"{listed([f'{text} ({outlets})' if outlets else text for text, outlets in texts])}."

    @property
    def by_value(self) -> list[list[Quantity]]:
        """Those of each value together, as they are shown: the one that replaces the others first."""
        return self._by_value[::-1] if self.superseded else self._by_value

    @property
    def _by_value(self) -> list[list[Quantity]]:
        """Those of each value, values in the order of their first."""
        values = dict.fromkeys(one.value for one in self.quantities)
        return [[one for one in self.quantities if one.value == value] for value in values]


def _outlets(same: Sequence[Quantity]) -> str:
    names = list(dict.fromkeys(one.citation.outlet for one in same if one.citation.outlet))
    return listed(names, "and") if names else ""


@dataclass(frozen=True)
class Disagreement:
    """What some state (``said``) and others deny (``denied``): both or neither; and ``numbers`` that differ."""

    said: tuple[Voice, ...] = ()
    denied: tuple[Voice, ...] = ()
    numbers: tuple[Differing, ...] = ()

    @property
    def sides(self) -> tuple[tuple[str, tuple[Voice, ...]], ...]:
        """The two sides with their headings; none where only numbers differ."""
        return (("Said", self.said), ("Denied", self.denied)) if self.said or self.denied else ()
