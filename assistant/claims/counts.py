"""Reads what a sentence counts: "at least nine people were killed" is 9 dead. Knows nothing of other sentences.

Reads little, so that what it reads is right: a number with a noun in the plural, or with the outcome that the clause
tells (dead, injured, on strike). Leaves out ages, times, years, ordinals, parts ("nine of the 30"), further ones
("another nine"), what is only possible, and what was at another time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from indexes.search.analysis import stems

_UNITS = {
    word: value
    for value, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen".split(),
        start=1,
    )
}
_TENS = {word: 10 * n for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_WORD = "|".join((*_UNITS, *_TENS))
_SCALE = "|".join(_SCALES)
_HEDGE = (
    r"(?:at\s(?:least|most)|(?:more|fewer|less)\sthan|up\sto|as\smany\sas|about|around|some|nearly|almost|roughly"
    r"|approximately|over)"
)
_NUMBER = re.compile(
    rf"(?P<hedge>\b{_HEDGE}\s)?(?<![\w$£€.,:/–-])(?P<currency>[$£€])?(?P<number>(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?"
    rf"(?:\s(?:{_SCALE})\b)?|\b(?:{_WORD})\b(?:[\s-](?:and\s)?(?:{_WORD}|{_SCALE})\b)*)(?!\.\d|[:/]\d|[-–]\w|\w)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[,;:]\s|\s(?:(?<!hundred\s)(?<!thousand\s)(?<!million\s)and|but|while|whereas|as|when|after|before)\s"
)
_OUTCOMES = {
    "dead": r"\b(?:killed|killing|kills|died|dead|deaths?|lives|bodies)\b",
    "injured": r"\b(?:injur(?:ed|ies|ing)|wounded|wounding|hurt)\b",
    "missing": r"\b(?:missing|unaccounted\sfor)\b",
    "arrested": r"\b(?:arrest(?:ed|s|ing)|detained)\b",
    "evacuated": r"\bevacuat(?:ed|ing)\b",
    "on strike": r"\b(?:strik(?:e|ers|ing)|walk(?:ed|ing)?[\s-]?outs?|downed\stools|stoppage)\b",
    "protesting": (
        r"\b(?:protest(?:s|ed|ers|ing)?|(?-i:march)(?:ed|ers|ing)?|rall(?:y|ied)|demonstrat(?:ed|ors|ing|ion))\b"
    ),
}
_IN_TRIAL = "in a trial"
_TRIAL = r"\b(?:trials?|study)\b"
_SUBJECTS = frozenset(("volunteers", "participants"))
_ONE_OF_TRIALS = re.compile(r"\b(?:trials|first|second|third|earlier|later|new|smaller|larger|phase)\b", re.IGNORECASE)
"""Words of a sentence that may be about another trial than the story's."""

_ANYONE = frozenset("people persons victims lives bodies deaths dead injuries arrests".split())
_OF_OUTCOME = {
    "on strike": frozenset("people members employees workers staff strikers".split()),
    "protesting": frozenset("people protesters demonstrators marchers".split()),
}
_PLURAL = re.compile(
    r"\s(?:of\s(?:its|their)\s)?(?P<modifiers>(?:(?!(?:of|in|for|per|to|or|and|than|more|other|further|new|extra)\b)"
    r"[a-z][a-z-]*\s){0,2}?)(?P<noun>people|persons|men|women|children|staff|crew|personnel|[a-z-]{3,}(?<![sui])s)\b"
)
_NO_COUNT = frozenset(
    "years months weeks days hours minutes seconds times percent points degrees others things ways reasons "
    "hundreds thousands millions dozens metres meters miles kilometres kilometers".split()
)
"""Plurals that count no things of their own, and words that only look like plurals."""

_HAPPENED = "killed|dead|died|injured|wounded|hurt|missing|unaccounted|arrested|detained|evacuated"
_BARE_BEFORE = re.compile(rf"\s(?:(?:were|was|have|had|are|been|still|also|confirmed)\s){{0,2}}(?:{_HAPPENED})\b")
_BARE_AFTER = re.compile(
    r"\b(?:kill|injur|wound|arrest|detain|evacuat)(?:ed|ing)\s$|\bleaving\s$|\bleft\s$", re.IGNORECASE
)
"""What makes a number without a noun one of people: "30 injured", "killing 14"."""

_NAME_BEFORE = re.compile(r"[A-Z][\w’'-]*\.?\s$|\bages?d?\s$")
"""After a name a number is part of it, or a date: "Route 20", "March 17"."""

_TOLL = re.compile(r"\b(?:death\s)?toll\b[^.;]*?\b(?:to|at|of|reached|is|was|now|hit|passed)\s$", re.IGNORECASE)
_NOT_SO = re.compile(
    r"\b(?:another|further|additional|other|more|extra|of\s(?:them|whom|those)|could|might|may|would|if|expected|expects|usual(?:ly)?"
    r"|normal(?:ly)?|every|each|per|last\s(?:year|month|week|time)|ago|earlier|previous(?:ly)?|record|not|no|never|denied"
    r"|planned|capacity|between|from)\b",
    re.IGNORECASE,
)
"""Words in whose clause a number is of something else: of a part, another time, or what is only possible."""

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_APART = re.compile(r"[,;]\s")
_BESIDE = re.compile(
    r"\b(?:since|than|compared|(?:up|down)\sfrom)\b|^(?:founded|formed|built|opened|created)\b", re.IGNORECASE
)
"""What makes a year one that is only named beside: "the first since 2011", "founded in 1952"."""


@dataclass(frozen=True)
class Count:
    """A number of something in a sentence: ``value`` of ``noun``; ``text[start:end]`` is the number with its hedge.

    ``kind`` is an outcome such as "dead", or empty where only the noun tells what is counted. ``noun`` is a stem, or
    "people" for anyone. ``hedged``: "about", "at least"; ``places``: the names after "in" or "at" in its clause.
    """

    value: float
    kind: str
    noun: str
    start: int
    end: int
    hedged: bool
    places: frozenset[str]


def counts(text: str, start: int, end: int, year: int | None = None) -> list[Count]:
    """What ``text[start:end]``, a sentence, counts; ``year`` is the article's, and other years tell of other times.

    >>> sentence = "At least nine people were killed and 30 injured."
    >>> [(one.value, one.kind) for one in counts(sentence, 0, len(sentence))]
    [(9.0, 'dead'), (30.0, 'injured')]
    """
    found = [one for first, last in _clauses(text, start, end) for one in _in_clause(text, first, last, (start, end))]
    tolls = [one for one in found if _is_toll(text[start : one.start])]
    clear = [one for one in found if one in tolls or one.kind not in {toll.kind for toll in tolls}]
    told = [(one.kind, one.noun) for one in clear]
    return [
        one
        for one in clear
        if told.count((one.kind, one.noun)) == 1 and not _of_another_year(text, start, end, one.start, year)
    ]


def _of_another_year(text: str, start: int, end: int, at: int, year: int | None) -> bool:
    """Whether the sentence tells at ``at`` of another year than ``year``; one may be named beside, after a comma."""
    if year is None:
        return False
    ends = [*(comma.start() for comma in _APART.finditer(text, start, end)), end]
    for first, last in zip([start, *(stop + 1 for stop in ends)], ends, strict=False):
        others = any(int(match[0]) != year for match in _YEAR.finditer(text, first, last))
        if others and (first <= at < last or not _BESIDE.search(text[first:last].strip())):
            return True
    return False


def _is_toll(before: str) -> bool:
    """Whether a number after these words is a death toll."""
    return bool(_TOLL.search(before))


def tells_of(text: str, kind: str) -> bool:
    """Whether the text has words for ``kind``, an outcome such as "dead"."""
    words = _TRIAL if kind == _IN_TRIAL else _OUTCOMES.get(kind)
    return bool(words and re.search(words, text, re.IGNORECASE))


def _clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for boundary in _CLAUSE.finditer(text, start, end):
        yield start, boundary.start()
        start = boundary.end()
    yield start, end


def _in_clause(text: str, start: int, end: int, sentence: tuple[int, int]) -> Iterator[Count]:
    clause = text[start:end]
    outcomes = [kind for kind, words in _OUTCOMES.items() if re.search(words, clause, re.IGNORECASE)]
    numbers = list(_NUMBER.finditer(clause))
    toll = [match for match in numbers if _is_toll(clause[: match.start()])]
    for match in toll[-1:] or numbers:
        rest = clause[: match.start()] + clause[match.end() :]
        if (
            match["currency"]
            or _NAME_BEFORE.search(clause[: match.start()])
            or (not toll and _NOT_SO.search(rest))
            or len(outcomes) > 1
        ):
            continue
        what = ("dead", "people") if toll else _counted(clause, match, outcomes)
        if what and not what[0] and _is_of_trial(clause, match, text[slice(*sentence)]):
            what = _IN_TRIAL, "people"
        if what:
            places = frozenset(re.findall(r"\b(?:in|at|near|on)\s(?:the\s)?([A-Z][\w’'-]+)", clause))
            at, to = start + match.start(), start + match.end()
            yield Count(value_of(match["number"]), *what, at, to, bool(match["hedge"]), places - _DAYS)


_DAYS = frozenset("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())


def _counted(clause: str, number: re.Match[str], outcomes: list[str]) -> tuple[str, str] | None:
    """The kind and the noun of what the number counts, or None."""
    kind = outcomes[0] if outcomes else ""
    plural = _PLURAL.match(clause, number.end())
    noun = plural["noun"] if plural else ""
    if noun in _NO_COUNT:
        return None
    if kind and noun in _ANYONE | _OF_OUTCOME.get(kind, frozenset()) and not (plural and plural["modifiers"].strip()):
        return kind, "people"
    if kind and not noun:
        alone = _BARE_BEFORE.match(clause, number.end()) or _BARE_AFTER.search(clause[: number.start()])
        person = re.match(r"\s(?:person|man|woman)\b", clause[number.end() :])
        return (kind, "people") if (alone and number["number"].casefold() != "one") or person else None
    if not noun or number["number"].casefold() in ("one", "two"):
        return None
    if not kind and noun in _ANYONE:
        return None
    return kind, " ".join(stems(f"{plural['modifiers']} {noun}" if plural else noun))


def _is_of_trial(clause: str, number: re.Match[str], sentence: str) -> bool:
    """Whether those who take part in a trial are counted, and the sentence is not about one of several."""
    plural = _PLURAL.match(clause, number.end())
    is_of_trial = plural and plural["noun"] in _SUBJECTS and tells_of(sentence, _IN_TRIAL)
    return bool(is_of_trial and not _ONE_OF_TRIALS.search(sentence))


def value_of(number: str) -> float:
    """The value of a number in figures or words.

    >>> value_of("4,200"), value_of("twenty-five"), value_of("two hundred and ten"), value_of("1.5 million")
    (4200.0, 25.0, 210.0, 1500000.0)
    """
    total = part = 0.0
    for word in re.findall(r"[\d,.]+|[a-z]+", number.casefold()):
        if word[0].isdigit():
            part += float(word.replace(",", ""))
        elif word == "hundred":
            part = max(part, 1) * 100
        elif word in _SCALES:
            total, part = total + max(part, 1) * _SCALES[word], 0.0
        else:
            part += _UNITS.get(word, 0) + _TENS.get(word, 0)
    return total + part
