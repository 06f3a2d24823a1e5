"""The attributions of one sentence: which of its cues count, and which share a speaker."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.claims.cues import Cue, denies
from assistant.types.claims import Stance

CLAUSE = re.compile(r"[,;]\s+(?:but|and|while|though|although|whereas)\s")
"""Where another main clause begins."""

_CLOSING = 7
"""Fewer words follow the verb of an attribution that closes its sentence: "…, she said in a statement on Tuesday."."""


@dataclass(frozen=True)
class Attribution:
    """A cue and the span of its speaker, where one was found.

    ``nested``: it stands in what the speaker says, or adds to it ("…, calling it false").
    """

    cue: Cue
    speaker: tuple[int, int] | None
    nested: bool = False


def settled(text: str, found: Sequence[Attribution]) -> list[Attribution]:
    """Those that count, in order, each with its speaker.

    One without a subject of its own shares that of the one before. What someone is said to have said is that speaker's
    saying, not a claim of its own, unless it is more than saying.
    """
    kept = list[Attribution]()
    for one in sorted(found, key=lambda attribution: attribution.cue.start):
        if not kept:
            kept = [one] if one.speaker else []
        elif one.speaker is None:
            kept.append(replace(one, speaker=kept[-1].speaker, nested=one.cue.trails))
        elif kept[-1].cue.end >= one.speaker[0]:
            kept.append(one)
        elif _closes(text, one, one.speaker):
            inner = denies(text[kept[0].cue.end : one.speaker[0]])
            kept = [*(k for k in kept if inner or k.cue.stance is not Stance.ASSERTED), one]
        elif text[slice(*one.speaker)].casefold() in ("he", "she", "it", "they"):
            kept.append(replace(one, speaker=kept[-1].speaker, nested=True))
        elif one.cue.stance is not Stance.ASSERTED or CLAUSE.search(text[kept[-1].cue.end : one.speaker[0] + 1]):
            kept.append(one)
    return kept


def _closes(text: str, one: Attribution, speaker: tuple[int, int]) -> bool:
    """Whether ``one`` closes the sentence, so that all before it is what was said."""
    if not one.cue.question:  # "according to"
        return True
    after = re.split(r"(?<=[.!?])\s|\n", text[one.cue.end :], maxsplit=1)[0]
    begins = re.search(r"[,”\"’']\s*(?:the\s)?$", text[: speaker[0]])
    return bool(begins) and len(after.split()) < _CLOSING and " that " not in after
