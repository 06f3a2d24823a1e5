"""Coreference of speakers: resolves a surname, a pronoun or "the minister" to a name in the article.

Uses the people named in the article and the order in which they spoke. Where it cannot tell, the words are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.claims.mentions import (
    BODIES,
    NAME,
    OUTLETS,
    PEOPLE,
    Mentions,
    Person,
    gender_of,
    is_new_place,
    without_titles,
)
from assistant.reader.phrases import NO_NAME

_PREPOSITION = re.compile(
    r",|\s(?:for|of|at|from|with|close|in|who|that|familiar|on|to|near|by|accused|representing|briefed|involved)\s"
)
_REPORT_IN = re.compile(r"^(?:an?\s|the\s)?report\s(?:in|by|from)\s(?:the\s)?", re.IGNORECASE)
_REFLEXIVE = re.compile(r"\s(?:himself|herself|itself|themselves)$")
_PUBLISHED = frozenset(("report", "story", "article"))
"""Nouns for what an outlet says something in: "the report said"."""

_LAST = 4
"""How many of the latest speakers a pronoun may refer to."""


class Coreference:
    """Resolves the words for speakers in one article."""

    def __init__(self, mentions: Mentions) -> None:
        self._mentions, self._text = mentions, mentions.text

    def resolved(self, phrase: str, at: int, spoke: Sequence[str]) -> str:
        """The fullest name of the speaker that ``phrase`` at offset ``at`` refers to; ``spoke``: the earlier speakers.

        A phrase that refers to nobody known is returned without its leading "the" or "a".
        """
        plain = _REFLEXIVE.sub("", " ".join(phrase.split()).strip(" ,"))
        words = plain.casefold().split()
        if not words:
            return ""
        if len(words) == 1 and words[0] in ("he", "she", "it", "they"):
            return self._pronoun(words[0], at, spoke) or plain
        meant = self._named_in(plain)
        if meant is not None:
            return meant.name
        unnamed = without_article(plain)
        if re.search(r"s['’]\s[A-Z]", unnamed) and all(word[0].isupper() for word in unnamed.split()):
            return unnamed
        if words[0] == "the":
            return self._the(unnamed, at, spoke)
        if words[0] in ("a", "an"):
            later = [one for one in self._mentions.named if head_of(unnamed) in one.roles and one.is_person]
            return later[0].name if len(later) == 1 and not _PREPOSITION.search(unnamed) else unnamed
        return self._said_before(unnamed, spoke) or unnamed

    def _named_in(self, phrase: str) -> Person | None:
        """The person whose name ``phrase`` is, or ends in. "Grain traders in Almsted" names nobody."""
        bare = _REPORT_IN.sub("", without_article(phrase))
        words = bare.replace(".", "").casefold().split()
        same = next((one for one in self._mentions.named if one.words == words), None)
        if same is not None:
            return same
        if NAME.fullmatch(bare):
            return self._mentions.person(" ".join(without_titles(bare.split())[1]))
        head = _PREPOSITION.split(bare)[0].strip()
        matches = list(NAME.finditer(head))
        if not matches or matches[-1].end() < len(head):
            return None
        if matches[-1][0].casefold() in BODIES and re.search(r"s['’]\s$", head[: matches[-1].start()]):
            return None  # "the Dock Workers' Union": one name, though its parts look like two
        words = without_titles(matches[-1][0].split())[1]
        name = words if is_new_place(words) else [word for word in words if word.casefold() not in NO_NAME]
        return self._mentions.person(" ".join(name))

    def _pronoun(self, pronoun: str, at: int, spoke: Sequence[str]) -> str | None:
        """The first that fits: an unnamed speaker just before, the last subject, the last speaker, the last named."""
        if pronoun == "they":
            return spoke[-1] if spoke else None
        last = spoke[-1] if spoke else ""
        if last and self.known(last) is None and gender_of(last) == pronoun:
            return last
        subject = self._subject_before(at)
        near = [*([subject.name] if subject and pronoun != "it" else []), *reversed(spoke[-_LAST:])]
        near += [subject.name] if subject and pronoun == "it" else []
        sure = [name for name in near if (one := self.known(name)) and one.may_be(pronoun) and one.gender == pronoun]
        if sure:
            return sure[0]
        for name in near:
            known = self.known(name)
            if known.may_be(pronoun) if known else self._unnamed_may_be(name, pronoun):
                return name
        before = [
            (place, one) for one in self._mentions.named for place in one.places if place < at and one.may_be(pronoun)
        ]
        return max(before, key=lambda pair: pair[0])[1].name if before else None

    def _unnamed_may_be(self, phrase: str, pronoun: str) -> bool:
        head = head_of(phrase)
        if pronoun == "it":
            return head not in PEOPLE
        return gender_of(phrase) in ("", pronoun) and head not in BODIES and not head.endswith("s")

    def known(self, name: str) -> Person | None:
        """The person with exactly this name."""
        return next((one for one in self._mentions.named if one.name == name), None)

    def _subject_before(self, at: int) -> Person | None:
        """The person whose name begins the sentence before the one at ``at``."""
        ends = [m.end() for m in re.finditer(r"[.!?][\"”’]?\s+|\n+|^", self._text[:at])]
        if len(ends) < 2:
            return None
        first = [
            one
            for one in self._mentions.named
            for place in one.places
            if ends[-2] <= place < min(ends[-2] + 25, ends[-1])
        ]
        return first[0] if first else None

    def _the(self, unnamed: str, at: int, spoke: Sequence[str]) -> str:
        """Whoever is described as "the minister" or "the newspaper": the one named most often before, then last."""
        head = head_of(unnamed)
        if head.endswith("-year-old"):
            aged = self._aged(head.partition("-")[0], at)
            return aged.name if aged else unnamed
        called = [one for one in self._named_before(at) if head in one.roles and (one.is_person or head not in PEOPLE)]
        called = called or [one for one in self._named_before(at) if head in one.words]
        if head in OUTLETS:
            called = called or [one for one in self._named_before(at) if one.is_outlet]
        if head in _PUBLISHED and not called:
            reporting = [one for one in self._named_before(at) if one.is_outlet and one.reports]
            if reporting:
                return max(reporting, key=lambda one: max(p for p in one.places if p < at)).name
        if called:
            return max(called, key=lambda one: self._weight(one, at)).name
        before = self._said_before(unnamed, spoke)
        if before:
            return before
        if head in PEOPLE:
            fitting = [
                one for one in self._named_before(at) if one.is_person and gender_of(unnamed) in ("", one.gender)
            ]
            if fitting:
                return max(fitting, key=lambda one: max(p for p in one.places if p < at)).name
        return unnamed

    def _weight(self, one: Person, at: int) -> tuple[int, int]:
        before = [place for place in one.places if place < at]
        return len(before), max(before)

    def _aged(self, years: str, at: int) -> Person | None:
        """The person whose age the article gives as this, else the person named most often before."""
        for one in self._mentions.named:
            if any(re.match(rf"[^.]{{0,40}},\s{years}\b", self._text[place:]) for place in one.places):
                return one
        people = [one for one in self._named_before(at) if one.is_person]
        people = [one for one in people if one.is_evidently_a_person] or people
        return max(people, key=lambda one: self._weight(one, at)) if people else None

    def _named_before(self, at: int) -> Iterator[Person]:
        return (one for one in self._mentions.named if any(place < at for place in one.places))

    def _said_before(self, unnamed: str, spoke: Sequence[str]) -> str:
        """An earlier unnamed speaker whose phrase has the same head noun."""
        head = head_of(unnamed)
        names = set(NAME.findall(unnamed))
        return next(
            (
                name
                for name in reversed(spoke)
                if head_of(name) == head and self.known(name) is None and names <= set(NAME.findall(name))
            ),
            "",
        )


def head_of(phrase: str) -> str:
    """The head noun of a phrase: "people" of "two people familiar with the matter"."""
    words = _PREPOSITION.split(phrase)[0].casefold().split()
    return words[-1] if words else ""


def without_article(phrase: str) -> str:
    return re.sub(r"^(?:the|an?)\s+", "", phrase, flags=re.IGNORECASE)
