"""Finds the people and bodies named in an article and the descriptions it gives them.

Uses capital letters, titles and apposition; has no list of names.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from assistant.claims.descriptions import described_as
from assistant.claims.headlines import headline_of, repeated, title_case_lines, without
from assistant.reader.phrases import NO_NAME, PARTICLES, TITLES

HONORIFICS = frozenset(
    "mr mrs ms mx miss dr prof sen rep gov gen brig amb col lt maj sgt capt cmdr adm rev ven rt hon det insp supt pc "
    "mp sir dame lord lady baroness baron councillor councilor alderman reverend rabbi imam pastor cardinal "
    "sheikh".split()
)
IN_FULL = {
    "gen": "general", "sen": "senator", "rep": "representative", "gov": "governor", "prof": "professor", "dr": "doctor",
    "col": "colonel", "sgt": "sergeant", "capt": "captain", "lt": "lieutenant", "maj": "major", "adm": "admiral",
    "rev": "reverend", "amb": "ambassador", "det": "detective", "insp": "inspector", "supt": "superintendent",
}  # fmt: skip
FEMALE = frozenset(
    "mrs ms miss dame lady spokeswoman chairwoman congresswoman policewoman councilwoman woman mother sister daughter "
    "wife widow queen princess actress girl grandmother aunt businesswoman she her".split()
)
MALE = frozenset(
    "mr sir lord spokesman chairman congressman policeman councilman man father brother son husband king prince actor "
    "boy grandfather uncle businessman he his him".split()
)
PEOPLE = (
    FEMALE
    | MALE
    | TITLES
    | frozenset(
        "commissioner head teacher doctor nurse farmer driver resident witness lawyer prosecutor "
        "defendant student pupil owner worker engineer scientist researcher analyst economist critic "
        "expert official aide neighbour neighbor survivor victim champion striker goalkeeper midfielder "
        "winger runner skipper veteran inspector detective spokesperson technician cleaner trader editor "
        "reporter curator".split()
    )
)
BODIES = frozenset(
    "ministry bank council union party group lines university court office department authority commission committee "
    "board club institute association federation league army police service services fund trust society organisation "
    "organization network administration government parliament senate palace house kremlin hospital school college "
    "museum operator airline airlines air railway railways corporation corp inc ltd plc house centre center laboratory "
    "observatory firm list alliance front movement congress foundation ferries mutual laboratories works cooperative "
    "insurance partners holdings chamber capital breweries aggregates agency company rovers united city zoo health "
    "pharma energy motors foods systems".split()
)
OUTLETS = frozenset(
    "post times herald gazette courier ledger tribune journal daily news reuters guardian telegraph observer chronicle "
    "mail broadcaster radio television tv newspaper paper magazine weekly outlet website bulletin media newspapers "
    "examiner mirror dispatch echo star sun argus record standard globe monitor inquirer review advertiser sentinel "
    "broadcasting register".split()
)
_OUTLET_FIRST = frozenset("daily morning evening sunday weekly radio".split())
_CALLED_OUTLET = frozenset("newspaper magazine weekly daily broadcaster tabloid paper website channel station".split())
_WORKS_FOR_ONE = frozenset("editor reporter journalist correspondent owner publisher columnist".split())


@dataclass
class Person:
    """A named person or body: the fullest form of the name, and the words the article describes it with.

    ``places`` are the offsets of its mentions, ``hes`` and ``shes`` count the pronouns for it, ``within`` how often a
    mention follows a preposition, as a place's name does; ``reports``: the article says that it reported something.
    """

    name: str
    roles: set[str] = field(default_factory=set)
    places: list[int] = field(default_factory=list)
    hes: int = 0
    shes: int = 0
    within: int = 0
    reports: bool = False

    @property
    def words(self) -> list[str]:
        return self.name.replace(".", "").casefold().split()

    @property
    def is_body(self) -> bool:
        words = self.words
        named = any(word in BODIES | OUTLETS or word.removesuffix("s") in BODIES for word in words)
        return bool(words) and (words[0] in _OUTLET_FIRST or named)

    @property
    def is_outlet(self) -> bool:
        """Whether it is a newspaper, agency or broadcaster, by its name, its descriptions or what it does."""
        words = self.words
        if not words or self.roles & _WORKS_FOR_ONE:
            return False
        by_name = (
            words[-1] in OUTLETS or words[0] in _OUTLET_FIRST or "news" in words or words == ["associated", "press"]
        )
        called = bool(self.roles & _CALLED_OUTLET) or {"news", "agency"} <= self.roles
        tells = called or (self.reports and words[-1] not in BODIES)
        return by_name or (tells and not self.is_evidently_a_person)

    @property
    def is_place(self) -> bool:
        return self.within * 2 >= len(self.places) > 0 and not self.roles & PEOPLE and not (self.hes or self.shes)

    @property
    def is_person(self) -> bool:
        if self.is_body or self.is_place:
            return False
        return len(self.words) > 1 or self.is_evidently_a_person

    @property
    def is_evidently_a_person(self) -> bool:
        return bool(self.roles & (MALE | FEMALE | TITLES)) or self.hes + self.shes > 0

    @property
    def gender(self) -> str:
        """ "he", "she", or empty where the article does not say."""
        he, she = 2 * len(self.roles & MALE) + self.hes, 2 * len(self.roles & FEMALE) + self.shes
        return "he" if he > she else "she" if she > he else ""

    def may_be(self, pronoun: str) -> bool:
        """Whether ``pronoun`` (he, she, it) may refer to it."""
        if pronoun == "it":
            return not self.is_evidently_a_person and not self.is_place
        return self.is_person and self.gender in ("", pronoun)


def is_body(name: str) -> bool:
    """Whether the name is that of an institution."""
    return Person(name).is_body


def gender_of(phrase: str) -> str:
    """ "he" or "she" where a description implies it ("a spokeswoman for the ministry"), else empty."""
    words = set(phrase.casefold().split())
    return "she" if words & FEMALE else "he" if words & MALE else ""


_TOKEN = (
    r"(?:(?:[A-Z]\.)+|(?:al|el|bin|ibn)-[A-Z][\w’'-]*"
    r"|[A-ZÀ-ÖØ-Þ](?:[\w’'-]*[\w])?(?:(?<=\b[A-Z][a-z])\.|(?<=\b[A-Z][a-z][a-z])\.)?|&)"
)
NAME = re.compile(rf"\b{_TOKEN}(?:\s(?:(?:{'|'.join(sorted(PARTICLES))})\s)?{_TOKEN})*")
_OF = re.compile(rf"\s(?:of|for)\s(?:the\s)?{_TOKEN}(?:\s{_TOKEN})*")
_WITHIN = re.compile(r"\b(?:in|at|near|outside|around|across|towards?|of|from)\s(?:the\s)?$")
_REPORTS = re.compile(r"(?:,\swhich)?\s(?:first\s|also\s|has\s|had\s)?reports?(?:ed)?\b(?!\s(?:for|to)\b)")
_FIRST, _LAST = 0, -1
_NEAR = 160
"""Characters after a name within which a pronoun is taken to refer to it."""


class Mentions:
    """Everyone named in a text. ``named`` is in order of first mention."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.named: list[Person] = []
        self._called = (defaultdict[str, list[int]](list), defaultdict[str, list[int]](list))
        met = [(start, end, self._meet(start, end)) for start, end in self._names()]
        for (_, end, one), (following, _, _) in itertools.pairwise([*met, (len(text), len(text), None)]):
            if one is not None:
                _hear_pronouns(one, text[end : min(following, end + _NEAR)])

    def person(self, name: str) -> Person | None:
        """The person ``name`` refers to: the same name, else one it begins or ends; the latest of several."""
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
        """Gives a person a fuller name and indexes it by its first and last word."""
        person.name = name
        number = next(n for n in reversed(range(len(self.named))) if self.named[n] is person)
        for place in (_FIRST, _LAST):
            self._called[place][person.words[place]].append(number)

    def _capitalised(self) -> Iterator[tuple[int, int]]:
        """What may be names by its capitals; of a line in title case, what other lines repeat."""
        titles = title_case_lines(self.text)
        body = without(self.text, titles) if titles else ""
        for match in NAME.finditer(self.text):
            if any(start <= match.start() < end for start, end in titles):
                parts = repeated(match[0], body)
                yield from ((match.start() + start, match.start() + end) for start, end in parts)
            else:
                yield match.span()

    def _names(self) -> Iterator[tuple[int, int]]:
        for start, end in self._capitalised():
            words = deque(self.text[start:end].split())
            while words and self._is_no_name(words, start):
                start += len(words.popleft())
                while start < end and self.text[start].isspace():
                    start += 1
            of = _OF.match(self.text, end)
            if of and words and words[-1].casefold() in BODIES:
                end = of.end()
            name = re.sub(r"['’]s?$", "", self.text[start:end])
            if _may_be_name(name):
                yield start, start + len(name)

    def _is_no_name(self, words: Sequence[str], start: int) -> bool:
        """Whether the first of ``words`` is part of no name."""
        plain = _plain(words[0])
        if plain in NO_NAME:
            return not is_new_place(words)
        begins = start == 0 or re.search(r"(?:[.!?:”\"“‘\n]\s*|^\s*)$", self.text[max(0, start - 4) : start])
        return bool(begins) and plain in self._lower

    @cached_property
    def _lower(self) -> frozenset[str]:
        """Words that the text also writes in lower case."""
        return frozenset(re.findall(r"(?<![\w’'-])[a-zà-ÿ]+(?![\w’'-])", self.text))

    def _meet(self, start: int, end: int) -> Person:
        roles, words = without_titles(self.text[start:end].split())
        name = " ".join(words)
        person = self.person(name)
        # The first mention gives the first name, if there is one; only a headline may be shorter.
        if person is None or (len(words) > len(person.words) and self._came_after_headline(person)):
            person = Person("")
            self.named.append(person)
        if len(words) > len(person.words):
            self._call(person, name)
        person.places.append(start)
        person.roles |= roles | {IN_FULL.get(role, role) for role in roles} | described_as(self.text, start, end)
        person.within += bool(_WITHIN.search(self.text[max(0, start - 12) : start]))
        person.reports |= bool(_REPORTS.match(self.text, end))
        return person

    def _came_after_headline(self, person: Person) -> bool:
        return 0 < len(self._headline) < person.places[0]

    @cached_property
    def _headline(self) -> str:
        return headline_of(self.text)


def without_titles(words: list[str]) -> tuple[set[str], list[str]]:
    """Splits a name from the titles before it, in lower case: "Sports Minister Helena Varga" is Helena Varga.

    A body keeps a title word that is part of its name: "Foreign Ministry".
    """
    if words and _plain(words[-1]) in BODIES:
        return set(), words
    last = max((n for n, word in enumerate(words[:-1]) if _plain(word) in TITLES | HONORIFICS), default=-1)
    return {_plain(word) for word in words[: last + 1]}, words[last + 1 :]


def is_new_place(words: Sequence[str]) -> bool:
    """Whether the words begin as "New York" does, unlike "New Chancellor Jane Roe"."""
    return words[0] == "New" and len(words) > 1 and words[1][:1].isupper() and _plain(words[1]) not in TITLES | PEOPLE


def _plain(word: str) -> str:
    return word.rstrip(".").casefold()


def _may_be_name(name: str) -> bool:
    """Whether it may be a name: not a bare title, nor a word in capitals, except initials such as "CBC"."""
    if "\n" in name or all(_plain(word) in TITLES | HONORIFICS for word in name.split()):
        return False
    return 1 < len(name) < 7 if name.isupper() else len(name) > 1


def _hear_pronouns(one: Person, after: str) -> None:
    """Counts the pronouns after a name, up to the next name."""
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
