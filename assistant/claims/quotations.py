"""Finds an article's quotations by their marks. Does not look for the speaker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from indexes.ingest.sentence_splitter import paragraphs

_MARK = re.compile(r"[“”«»\"]|''|``")
_SINGLE = re.compile(r"(?:(?<=^)|(?<=[\s(\[—–-]))[‘'](?=\S)")
_SINGLE_END = re.compile(r"(?<=[.,!?…—–-])[’'](?=[\s)\]]|$)")
_SINGLE_END_BARE = re.compile(r"(?<=\w)[’'](?=[\s.,;:!?)\]]|$)")


@dataclass(frozen=True)
class Quotation:
    """``text[start:end]``, without the marks. ``goes_on``: the quotation was still open at the end of its paragraph."""

    start: int
    end: int
    goes_on: bool = False


def quotations(text: str) -> list[Quotation]:
    """All quotations in order, found paragraph by paragraph, so an unclosed mark affects one paragraph at most.

    Single marks count only where a paragraph has no double ones; otherwise they quote within a quotation.
    """
    found = list[Quotation]()
    for start, end in paragraphs(text):
        found += list(_doubly(text, start, end)) or list(_singly(text, start, end))
    return found


def _doubly(text: str, start: int, end: int) -> Iterator[Quotation]:
    opened: int | None = None
    for mark in _MARK.finditer(text, start, end):
        if opened is None:
            if mark[0] not in "”»" and not (mark[0] in ('"', "''") and _closes(text, mark.start(), start)):
                opened = mark.end()
        elif mark[0] not in ("“", "«", "``") or _ends_words(text, mark):
            yield Quotation(opened, mark.start())
            opened = None
    if opened is not None and opened < end:
        yield Quotation(opened, end, goes_on=True)


def _singly(text: str, start: int, end: int) -> Iterator[Quotation]:
    """Quotations in single marks. Apostrophes look like closing marks, so those after punctuation come first."""
    part, at = text[start:end], 0
    while opening := _SINGLE.search(part, at):
        first = opening.end()
        following = _SINGLE.search(part, first)
        closing = _SINGLE_END.search(part, first)
        bare = _SINGLE_END_BARE.search(part, first)
        if bare and (closing is None or (following and closing.start() > following.start() > bare.start())):
            closing = bare
        if closing is None:
            return
        if closing.start() > first:
            yield Quotation(start + first, start + closing.start())
        at = closing.end()


def _ends_words(text: str, mark: re.Match[str]) -> bool:
    """Whether an opening mark stands where only a closing one can, which is a slip of the keyboard: "at once,“ she"."""
    before, after = text[mark.start() - 1 : mark.start()], text[mark.end() : mark.end() + 1]
    return bool(before.strip()) and not after.strip()


def _closes(text: str, at: int, start: int) -> bool:
    """Whether a straight mark cannot open a quotation: it directly follows a word, a figure (an inch) or a comma."""
    return at > start and not text[at - 1].isspace() and text[at - 1] not in "([—–-‘'"
