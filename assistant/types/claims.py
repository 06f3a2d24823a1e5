"""Claims: who said what, with which stance, in which sentence; and where claims disagree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from assistant.types.citations import Citation


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
class Disagreement:
    """What some state (``said``) and others deny (``denied``). Neither is empty."""

    said: tuple[Voice, ...]
    denied: tuple[Voice, ...]
