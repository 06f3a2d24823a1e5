"""Splits a text into sentences with offsets. Knows nothing of passages or models.

sentencex finds the boundaries within a paragraph. This module decides what a paragraph is, as headlines and list items
do not end in a full stop, and rejoins sentences that were split after initials, titles and times.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from sentencex import get_sentence_boundaries

from indexes.types.passages import Sentence


def split_sentences(text: str, language: str = "en", title: str = "") -> list[Sentence]:
    """The sentences of ``text`` in order, without overlap; together they cover all but white space and bullet marks.

    A first line that repeats ``title`` is left out: a headline is not a sentence of its article.
    """
    sentences = [s for start, end in paragraphs(text) for s in _in_paragraph(text, start, end, language)]
    if title and sentences and text[sentences[0].start : sentences[0].end] == title:
        return sentences[1:]
    return sentences


def _in_paragraph(text: str, start: int, end: int, language: str) -> Iterator[Sentence]:
    for first, last in _stretches(text, start, end):
        yield from _in_stretch(text, first, last, language)


def _stretches(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Divides a paragraph into parts of bounded length, as sentencex takes quadratic time on some texts.

    A part ends after a full stop or, failing that, at white space, if there is any in its second half.
    """
    while end - start > _LONGEST_STRETCH:
        middle, furthest = start + _LONGEST_STRETCH // 2, start + _LONGEST_STRETCH
        stops = [m.end() for m in _STOP.finditer(text, middle, furthest)]
        spaces = stops or [m.end() for m in _SPACE.finditer(text, middle, furthest)]
        cut = spaces[-1] if spaces else furthest
        yield start, cut
        start = cut
    yield start, end


_LONGEST_STRETCH = 10_000
_STOP, _SPACE = re.compile(r"[.!?][\"'”’)\]]*\s"), re.compile(r"\s")
_LOOKED_AT = 200
"""How many characters on either side of a full stop are examined to decide what it ends."""


def _in_stretch(text: str, start: int, end: int, language: str) -> Iterator[Sentence]:
    paragraph = text[start:end]
    open_at: int | None = None
    for boundary in get_sentence_boundaries(language, paragraph):
        first = boundary["start_index"] if open_at is None else open_at
        last = boundary["end_index"]
        before = paragraph[max(first, last - _LOOKED_AT) : last]
        if last < len(paragraph) and _continues(before, paragraph[last : last + _LOOKED_AT]):
            open_at = first
            continue
        open_at = None
        yield from _trimmed(text, start + first, start + last)
    if open_at is not None:
        yield from _trimmed(text, start + open_at, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[Sentence]:
    piece = _BULLET_MARK.sub("", text[start:end]) if start == 0 or text[start - 1] == "\n" else text[start:end]
    stripped = piece.strip()
    if stripped:
        start = end - len(piece.lstrip())
        yield Sentence(start, start + len(stripped))


_INITIALS = re.compile(r"(?:^|[\s(\"'“‘-])(?:[^\W\d_]\.){1,3}$")
_TITLES = re.compile(
    r"(?:^|[\s(\"'“‘])(?:Mr|Mrs|Ms|Mx|Dr|Prof|Sen|Rep|Gov|Gen|Amb|Atty|Col|Lt|Maj|Sgt|Capt|Cmdr|Adm|Rev|Hon|St|Pres|"
    r"Supt|Det|Insp|Messrs|Mme|No|Nos|vs|cf|Fig|Vol|approx|Ph\.D)\.$"
)
_CLOCK = re.compile(r"\b[ap]\.m\.$", re.IGNORECASE)
_AFTER_CLOCK = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*\.?\s+\d"
    r"|[A-Z]{2,4}\b|(?:Eastern|Central|Mountain|Pacific|Greenwich)\b"
)
_STARTERS = frozenset(
    "a after all although an and another as at both but by despite during each even finally first for from he her "
    "here his how however i if in it its last later many meanwhile most my no nobody nor not now of on one or "
    "other our several she since so some such that the their then there these they this those though three to two "
    "under until we what when where whether which while who why with yes you your".split()
)


def _continues(before: str, after: str) -> bool:
    """Whether the full stop between ``before`` and ``after`` is part of an abbreviation, not a sentence's end."""
    before, after = before.rstrip(), after.lstrip()
    if _CLOCK.search(before):
        return bool(_AFTER_CLOCK.match(after))
    if _TITLES.search(before) or _LIST_NUMBER.fullmatch(before):
        return True
    if not _INITIALS.search(before):
        return False
    word = re.match(r"[^\W\d_]+", after)
    return word is not None and word[0].lower() not in _STARTERS


_BULLET = re.compile(r"\s*(?:[-*•‣–—·]|\(?\d{1,3}[.)])\s")
_BULLET_MARK = re.compile(r"^\s*[-*•‣·](?:\s+|$)")
_LIST_NUMBER = re.compile(r"\(?\d{1,3}[.)]$")
_ENDED = re.compile(r"[.!?:;…][\"'”’)\]]*\s*$")


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Spans between hard line breaks. A line break is soft if a sentence clearly continues across it."""
    lines = [(m.start(), m.end()) for m in re.finditer(r"[^\n]+", text)]
    for block in _blocks(text, lines):
        width = max(end - start for start, end in block)
        wrapped = len(block) > 2 and 40 <= width <= 100
        first = block[0][0]
        for (start, end), (next_start, next_end) in itertools.pairwise(block):
            if not _soft_break(text[start:end], text[next_start:next_end], width if wrapped else 0):
                yield first, end
                first = next_start
        yield first, block[-1][1]


def _blocks(text: str, lines: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Runs of lines with no blank line between them."""
    block: list[tuple[int, int]] = []
    for start, end in lines:
        if not text[start:end].strip():
            continue
        if block and text[block[-1][1] : start] != "\n":
            yield block
            block = []
        block.append((start, end))
    if block:
        yield block


def _soft_break(line: str, following: str, wrap_width: int) -> bool:
    """Whether a sentence continues from ``line`` into ``following``.

    It does if the next line starts in lower case, or if the block is hard-wrapped and this line is full.
    """
    if _BULLET.match(following) or _ENDED.search(line):
        return bool(wrap_width) and not _BULLET.match(following) and len(line) >= 0.6 * wrap_width
    first = following.lstrip()[:1]
    return first.islower() or len(line) >= 0.6 * wrap_width > 0
