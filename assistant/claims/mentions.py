"""The cast of an article: who is named in it, and what they are called elsewhere in it.

Goes by capital letters, titles and apposition; knows no names.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict, deque
from collections.abc import Iterator
from functools import cached_property

from assistant.claims.people import BODIES, HONORIFICS, IN_FULL, Person
from assistant.reader.phrases import NO_NAME, PARTICLES, TITLES

_TOKEN = (
    r"(?:(?:[A-Z]\.)+|(?:al|el|bin|ibn)-[A-Z][\w’'-]*"
    r"|[A-ZÀ-ÖØ-Þ](?:[\w’'-]*[\w])?(?:(?<=\b[A-Z][a-z])\.|(?<=\b[A-Z][a-z][a-z])\.)?|&)"
)
NAME = re.compile(rf"\b{_TOKEN}(?:\s(?:(?:{'|'.join(sorted(PARTICLES))})\s)?{_TOKEN})*")
_OF = re.compile(rf"\s(?:of|for)\s(?:the\s)?{_TOKEN}(?:\s{_TOKEN})*")
_SAYING = re.compile(
    r"\b(?:according|said|says|that|told|added|denied|confirmed|reported|stated|announced|when|after|before|while|was"
    r"|were|is|has|had)\b"
)
_WITHIN = re.compile(r"\b(?:in|at|near|outside|around|across|towards?|of|from)\s(?:the\s)?$")
_REPORTS = re.compile(r"(?:,\swhich)?\s(?:first\s|also\s|has\s|had\s)?reports?(?:ed)?\b(?!\s(?:for|to)\b)")
_PREPOSITION = re.compile(r"\b(?:for|of|at|in|from|with|on|to|near|by)\b")
_FIRST, _LAST = 0, -1
_NEAR = 160
"""Characters after a name in which a pronoun is taken to mean it."""


class Cast:
    """Who is named in a text. ``named`` is in the order of first mention."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.named: list[Person] = []
        self._called = (defaultdict[str, list[int]](list), defaultdict[str, list[int]](list))
        met = [(start, end, self._meet(start, end)) for start, end in self._names()]
        for (_, end, one), (following, _, _) in itertools.pairwise([*met, (len(text), len(text), None)]):
            if one is not None:
                _hear_pronouns(one, text[end : min(following, end + _NEAR)])

    def person(self, name: str) -> Person | None:
        """Whom ``name`` means: the same name, else one it is the end or the beginning of; the latest of several."""
        words = name.replace(".", "").casefold().split()
        if not words:
            return None
        for part, place in ((_same, _LAST), (_ends, _LAST), (_begins, _FIRST)):
            alike = self._called[place][words[place]]
            found = max((n for n in alike if part(words, self.named[n].words)), default=None)
            if found is not None:
                return self.named[found]
        return None

    def _call(self, person: Person, name: str) -> None:
        """Gives a person a fuller name, under whose first and last word it is then found."""
        person.name = name
        number = next(n for n in reversed(range(len(self.named))) if self.named[n] is person)
        for place in (_FIRST, _LAST):
            self._called[place][person.words[place]].append(number)

    def _names(self) -> Iterator[tuple[int, int]]:
        for match in NAME.finditer(self.text):
            start, end = match.span()
            words = deque(match[0].split())
            while words and self._is_no_name(words[0], start):
                start += len(words.popleft())
                while start < end and self.text[start].isspace():
                    start += 1
            of = _OF.match(self.text, end)
            if of and words and words[-1].casefold() in BODIES:
                end = of.end()
            name = re.sub(r"['’]s?$", "", self.text[start:end])
            if _may_be_name(name):
                yield start, start + len(name)

    def _is_no_name(self, word: str, start: int) -> bool:
        plain = word.rstrip(".").casefold()
        if plain in NO_NAME:
            return True
        begins = start == 0 or re.search(r"(?:[.!?:”\"“‘\n]\s*|^\s*)$", self.text[max(0, start - 4) : start])
        return bool(begins) and plain in self._lower

    @cached_property
    def _lower(self) -> frozenset[str]:
        """Words the text also writes small."""
        return frozenset(re.findall(r"(?<![\w’'-])[a-zà-ÿ]+(?![\w’'-])", self.text))

    def _meet(self, start: int, end: int) -> Person:
        roles, words = without_titles(self.text[start:end].split())
        name = " ".join(words)
        person = self.person(name)
        # Whoever has a first name has it when first mentioned; only a headline may be shorter.
        if person is None or (len(words) > len(person.words) and self._came_after_headline(person)):
            person = Person("")
            self.named.append(person)
        if len(words) > len(person.words):
            self._call(person, name)
        person.places.append(start)
        person.roles |= roles | {IN_FULL.get(role, role) for role in roles} | self._described(start, end)
        person.within += bool(_WITHIN.search(self.text[max(0, start - 12) : start]))
        person.reports |= bool(_REPORTS.match(self.text, end))
        return person

    def _came_after_headline(self, person: Person) -> bool:
        return self._headline is not None and self._headline.end() < person.places[0]

    @cached_property
    def _headline(self) -> re.Match[str] | None:
        """The first line, up to where the next begins."""
        return re.match(r"\n*[^\n]+\n+(?=[^\n])", self.text)

    def _described(self, start: int, end: int) -> set[str]:
        """The words of the description that stands directly before or after a name."""
        before = re.search(
            r"(?s:.*)(?:^|[,.;:”\"“]|\b(?:the|a|an|his|her|its|['’]s)\s)([\w\s’'-]{2,60}?),?\s$",
            self.text[max(0, start - 80) : start],
        )
        after = re.match(
            r",\s(?:\d+,\s)?((?:the|a|an|his|her|its|who\sis|\w+['’]s|[a-z])[\w\s’'-]{2,80}?)[,.]",
            self.text[end : end + 100],
        )
        told = [_PREPOSITION.split(before[1])[-1] if before else "", _PREPOSITION.split(after[1])[0] if after else ""]
        words = (re.findall(r"[a-z]+", part.casefold()) for part in told if not _SAYING.search(part))
        return {word for found in words for word in found if word not in NO_NAME}


def without_titles(words: list[str]) -> tuple[set[str], list[str]]:
    """The titles before a name, small, and the name: "Sports Minister Helena Varga" is Helena Varga.

    The "Foreign" of a body belongs to its name: "Foreign Ministry".
    """
    if words and _plain(words[-1]) in BODIES:
        return set(), words
    last = max((n for n, word in enumerate(words[:-1]) if _plain(word) in TITLES | HONORIFICS), default=-1)
    return {_plain(word) for word in words[: last + 1]}, words[last + 1 :]


def _plain(word: str) -> str:
    return word.rstrip(".").casefold()


def _may_be_name(name: str) -> bool:
    """Not a title on its own, nor a shouted word; "CBC" is one."""
    if "\n" in name or all(_plain(word) in TITLES | HONORIFICS for word in name.split()):
        return False
    return 1 < len(name) < 7 if name.isupper() else len(name) > 1


def _hear_pronouns(one: Person, after: str) -> None:
    """Counts what is said of someone before the next is named."""
    words = re.findall(r"[a-z]+", re.split(r"\n", after)[0].casefold())
    one.hes += sum(word in ("he", "his", "him", "himself") for word in words) if not one.is_body else 0
    one.shes += sum(word in ("she", "her", "hers", "herself") for word in words) if not one.is_body else 0


def _same(words: list[str], known: list[str]) -> bool:
    return words == known


def _ends(words: list[str], known: list[str]) -> bool:
    short, long = sorted((words, known), key=len)
    return short == long[-len(short) :]


def _begins(words: list[str], known: list[str]) -> bool:
    short, long = sorted((words, known), key=len)
    return short == long[: len(short)]
