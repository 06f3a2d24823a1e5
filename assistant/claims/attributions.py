"""Finds the attributions in a sentence: which cues count, and which of them share a speaker."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.claims.cues import Cue
from assistant.claims.denials import denies
from assistant.types.claims import Stance

CLAUSE = re.compile(r"[,;]\s+(?:but|and|while|though|although|whereas)\s")
"""Where another main clause begins."""

_CLOSING = 7
"""Fewer words than this follow the verb of an attribution that ends its sentence: "…, she said on Tuesday."."""


@dataclass(frozen=True)
class Attribution:
    """A cue and the span of its speaker, where one was found.

    ``nested``: it is inside what the speaker says, or adds to it ("…, calling it false").
    """

    cue: Cue
    speaker: tuple[int, int] | None
    nested: bool = False


def settled(text: str, found: Sequence[Attribution]) -> list[Attribution]:
    """The attributions that count, in order, each with its speaker.

    An attribution without a subject of its own shares the previous one's. One nested in another's words is not a
    claim of its own if its stance is merely "said".
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
    """Whether ``one`` ends the sentence, so that everything before it is what was said."""
    if not one.cue.question:  # "according to"
        return True
    after = re.split(r"(?<=[.!?])\s|\n", text[one.cue.end :], maxsplit=1)[0]
    begins = re.search(r"[,”\"’']\s*(?:the\s)?$", text[: speaker[0]])
    return bool(begins) and len(after.split()) < _CLOSING and " that " not in after
