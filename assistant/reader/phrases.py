"""Widens a span to the phrase a person would quote: whole words, the full name, the title before it.

Uses capital letters and a list of titles; has no list of names. Only adds words adjacent to the span.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*\.?|[&]", re.UNICODE)
_RUN = re.compile(r"\w+(?:[.,'’]\w+)*")
_FAR = 40
_EDGES = " \t\n,;:!?-–—'‘’\"“”"
PARTICLES = frozenset("al bin da de del della der di du el ibn la le van von".split())
TITLES = frozenset(
    "president premier chancellor minister secretary senator governor mayor ambassador envoy spokesman spokeswoman "
    "spokesperson chairman chairwoman chair chief director general commissioner judge justice professor doctor king "
    "queen prince princess pope archbishop bishop captain colonel admiral lieutenant sergeant detective sheriff coach "
    "manager founder leader representative congressman congresswoman lawmaker attorney lawyer author actor actress "
    "singer officer head deputy vice prime foreign defense defence interior finance mr mrs ms dr sir lord lady".split()
)
NO_NAME = frozenset(
    "the a an in on at of for to from by with and or but as it its he she they we you i this that these those his her "
    "their our my not no if when while where what who which how there here after before during since until later "
    "earlier meanwhile also however still now then today yesterday according both former new last next only under over "
    "nobody nothing everyone everybody someone somebody anyone none each every many several some "
    "monday tuesday wednesday thursday friday saturday sunday january february march july "
    "september october november december".split()
)


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The span widened to whole words, without punctuation or spaces at its ends."""
    for word in _RUN.finditer(text, max(0, start - _FAR), end + _FAR):
        if word.start() < start < word.end():
            start = word.start()
        if word.start() < end < word.end():
            end = word.end()
    start, end = _trimmed(text, start, end)
    return start, end - _possessive(text, start, end)


def _possessive(text: str, start: int, end: int) -> int:
    """The length of a possessive ending to drop, because the name also occurs without it; else 0."""
    match = re.search(r"(\w+)(['’]s)$", text[start:end])
    alone = match and re.search(rf"\b{re.escape(match[1])}\b(?!['’]s)", text)
    return len(match[2]) if match and alone else 0


def full_name(text: str, start: int, end: int) -> tuple[int, int]:
    """A span that is the first or last word of a name, widened to the whole name; any other span unchanged.

    "Peskov" in "spokesman Dmitry Peskov denied" becomes "Dmitry Peskov"; "elections" stays "elections".
    """
    if not _is_name(text[start:end]) or len(text[start:end].split()) > 1:
        return start, end
    before = list(_WORD.finditer(text, 0, start))[-3:]
    for word in reversed(before):
        if text[word.end() : start].strip() or not _goes_before(word[0], text, word.start()):
            break
        start = word.start()
    for word in _WORD.finditer(text, end):
        if text[end : word.start()] != " " or not _is_name(word[0]) or word[0].endswith("."):
            break
        end = word.end()
    return _without_particle(text, start), end


def with_title(text: str, start: int, end: int) -> tuple[int, int]:
    """A name of two words or more with the title before it: "Kremlin spokesman Dmitry Peskov"."""
    name = text[start:end].split()
    if len(name) < 2 or not all(_is_name(word) or word in PARTICLES for word in name):
        return start, end
    first = start
    for word in reversed(list(_WORD.finditer(text, max(0, start - 60), start))):
        if text[word.end() : first] != " ":
            break
        if re.search(r"['’]s$", word[0]):
            break
        title = word[0].lower() in TITLES
        if not title and not (first < start and _is_name(word[0])):
            break
        first = word.start()
    return first, end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start] in _EDGES + ".)]":
        start += 1
    while start < end and text[end - 1] in _EDGES + "([":
        end -= 1
    if end - start > 1 and text[end - 1] == "." and not re.search(r"\b(?:\w\.)+$", text[start:end]):
        end -= 1
    return start, end


def _is_name(word: str) -> bool:
    return word[:1].isupper() and word.lower() not in NO_NAME and any(c.islower() for c in word)


def _goes_before(word: str, text: str, at: int) -> bool:
    """Whether ``word`` may be an earlier part of a name rather than a title."""
    if word in PARTICLES:
        return True
    return _is_name(word) and word.lower() not in TITLES and not word.lower().endswith("’s")


def _without_particle(text: str, start: int) -> int:
    match = re.match(r"(?:(?:{}) )+".format("|".join(PARTICLES)), text[start:])
    return start + match.end() if match else start
