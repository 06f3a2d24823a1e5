"""Chooses which part of a passage to read: reading costs time per word, and answers are near the question's words."""

from __future__ import annotations

import re
from collections.abc import Mapping

from indexes import Hit
from indexes.search.analysis import stems
from indexes.types.passages import Sentence


def promising(hit: Hit, rarity: Mapping[str, float], size: int) -> list[Sentence]:
    """The run of whole sentences of ``hit``, up to ``size`` characters, that covers most of the question; at least one.

    ``rarity`` weights the question's stems. Of equally good runs the longer wins, then the earlier.
    """
    sentences = hit.passage.sentences
    if sentences[-1].end - sentences[0].start <= size:
        return list(sentences)
    held = [rarity.keys() & set(stems(hit.article.text[s.start : s.end])) for s in sentences]
    best: tuple[float, int, int, int] | None = None
    for first in range(len(sentences)):
        last = first
        while last + 1 < len(sentences) and sentences[last + 1].end - sentences[first].start <= size:
            last += 1
        worth = sum(rarity[stem] for stem in set().union(*held[first : last + 1]))
        length = sentences[last].end - sentences[first].start
        if best is None or (worth, length) > (best[0], best[1]):
            best = worth, length, first, last
    assert best is not None
    return list(sentences[best[2] : best[3] + 1])


def is_headline(text: str) -> bool:
    """Whether it is a short line without an end mark: a sub-headline announces what follows but does not say it."""
    return len(text.split()) < 9 and not re.search(r"[.!?…][\"'”’)\]]*$", text)
