"""Claims: who said what, in which sense, in which sentence; and where claims disagree."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from assistant.types.citations import Citation


class Stance(StrEnum):
    """How a speaker stands to what is said."""

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
    """``speaker`` is the fullest name the article gives; ``what``, if anything, stands verbatim in the sentence."""

    speaker: str
    stance: Stance
    what: str
    citation: Citation


@dataclass(frozen=True)
class Voice:
    """A claim, and where else the same words stand in copies of its article: they are one voice, not several."""

    claim: Claim
    also: tuple[Citation, ...] = ()


@dataclass(frozen=True)
class Disagreement:
    """What some say is so (``said``) and others deny (``denied``); neither is empty."""

    said: tuple[Voice, ...]
    denied: tuple[Voice, ...]
