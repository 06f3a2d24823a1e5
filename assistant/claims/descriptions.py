"""What a text calls somebody beside the name: "the harbour master, Ines Holt". Knows nothing of who is named."""

from __future__ import annotations

import re

from assistant.reader.phrases import NO_NAME

_SAYING = re.compile(
    r"\b(?:according|said|says|that|told|added|denied|confirmed|reported|stated|announced|when|after|before|while|was"
    r"|were|is|has|had)\b"
)
_PREPOSITION = re.compile(r"\b(?:for|of|at|in|from|with|on|to|near|by)\b")


def described_as(text: str, start: int, end: int) -> set[str]:
    """The words, in lower case, of a description directly before or after the name that is ``text[start:end]``.

    >>> sorted(described_as("Holt, the harbour master, left.", 0, 4))
    ['harbour', 'master']
    """
    before = re.search(
        r"(?s:.*)(?:^|[,.;:”\"“]|\b(?:the|a|an|his|her|its|['’]s)\s)([\w\s’'-]{2,60}?),?\s$",
        text[max(0, start - 80) : start],
    )
    after = re.match(
        r",\s(?:\d+,\s)?((?:the|a|an|his|her|its|who\sis|\w+['’]s|[a-z])[\w\s’'-]{2,80}?)[,.]",
        text[end : end + 100],
    )
    told = [_PREPOSITION.split(before[1])[-1] if before else "", _PREPOSITION.split(after[1])[0] if after else ""]
    words = (re.findall(r"[a-z]+", part.casefold()) for part in told if not _SAYING.search(part))
    return {word for found in words for word in found if word not in NO_NAME}
