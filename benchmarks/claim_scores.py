"""How well claims are read out of sentences: who speaks, and in which sense."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assistant.evaluation.matching import Figure, share
from assistant.text.wording import normalise_answer
from assistant.types.claims import Claim, Stance


@dataclass(frozen=True)
class Labelled:
    """A claim as a person labelled it; ``speakers`` are all names that count."""

    speakers: tuple[str, ...]
    stance: Stance


@dataclass
class Claiming:
    """Counts over labelled sentences; ``right`` is speaker and stance of one claim together."""

    claims: int = 0
    speaker: int = 0
    stance: int = 0
    right: int = 0
    silent: int = 0
    """Sentences without a claim."""
    silent_right: int = 0
    right_by_stance: dict[str, list[int]] = field(default_factory=dict)

    def count(self, labelled: Sequence[Labelled], found: Sequence[Claim]) -> None:
        """One sentence: what was labelled and what was found in it."""
        if not labelled:
            self.silent += 1
            self.silent_right += not found
        for label in labelled:
            speaking = [claim for claim in found if is_speaker(claim.speaker, label.speakers)]
            right = any(claim.stance is label.stance for claim in speaking)
            self.claims += 1
            self.speaker += bool(speaking)
            self.stance += any(claim.stance is label.stance for claim in found)
            self.right += right
            tally = self.right_by_stance.setdefault(label.stance.value, [0, 0])
            tally[0] += right
            tally[1] += 1

    @property
    def figures(self) -> Mapping[str, Figure]:
        """By name: a share, 0 to 1, and what it is a share of."""
        shown = {
            "speaker and stance right": (self.right, self.claims),
            "speaker right": (self.speaker, self.claims),
            "stance right": (self.stance, self.claims),
            "no claim found where there is none": (self.silent_right, self.silent),
            **{f"  {stance}": (right, of) for stance, (right, of) in sorted(self.right_by_stance.items())},
        }
        return {name: share(right, of) for name, (right, of) in shown.items()}


def is_speaker(found: str, names: Sequence[str]) -> bool:
    """Whether ``found`` is one of ``names``, letter case, articles and punctuation aside."""
    return normalise_answer(found) in {normalise_answer(name) for name in names}


_SAYING = (
    "say tell add note argue claim deny reject dismiss confirm acknowledge admit concede announce assert contend "
    "declare explain insist maintain reply respond state stress warn write tweet reiterate remark recall complain "
    "conclude predict promise pledge vow report accuse allege urge joke comment"
)
_FORMS = re.compile(
    r"\b(?:according to|(?:{})(?:s|es|d|ed|ing)?|sa(?:id|ys)|told|wrote|written|writing|(?:den|repl)(?:ies|ied)"
    r"|(?:stat|argu|declar|conced|acknowledg|announc|urg|pledg|accus|alleg|conclud|reiterat|jok|writ)ing"
    r"|admitt(?:ed|ing))\b".format("|".join(_SAYING.split())),
    re.IGNORECASE,
)
_PRONOUNS = frozenset(
    "i he she it they we you who which that this his her their its my our your him them me us one another others "
    "self".split()
)
_HEAD_ENDS = re.compile(
    r",|\(|\s[–—]\s|\s(?:and|or|for|of|at|from|with|in|on|by|to|who|which|that|near|representing|supporting)\s"
)
_PARTS = re.compile(r",|\sand\s|\s[–—]\s")


def says(cue: str) -> bool:
    """Whether an annotated cue holds a verb of saying or "according to"; "wants" and "supports" are none."""
    return bool(_FORMS.search(cue))


def heads(phrase: str) -> set[str]:
    """The last words, in lower case, of a phrase's parts before any preposition or relative clause.

    A part is what stands between commas or around "and", so a name in apposition has a head of its own: "spokesman"
    and "holt" of "a spokesman for the port, Ines Holt".
    """
    words = [_words(_HEAD_ENDS.split(f" {part.strip()} ")[0]) for part in _PARTS.split(phrase)]
    return {found[-1].casefold() for found in words if found}


def _words(phrase: str) -> list[str]:
    bare = re.sub(r"['’]s?(?=\s|$)|\.", "", phrase)
    return re.findall(r"[^\W_][\w&’'-]*", bare)


def is_named(source: str, lower: frozenset[str]) -> bool:
    """Whether one of the heads of ``source`` is a name: capitalised, no pronoun, and not in ``lower``.

    ``lower`` holds the words that the article also writes in lower case, so "Voters" at the beginning of a sentence is
    no name, and "the Texas senator" is a description.
    """
    capitals = {word.casefold() for word in _words(source) if word[0].isupper()}
    return bool((heads(source) & capitals) - lower - _PRONOUNS)


def is_pronoun(source: str) -> bool:
    return source.strip().casefold() in _PRONOUNS


def same_speaker(found: str, source: str) -> bool:
    """Whether a claim's speaker and an annotated source are the same by their words.

    They share a head, which for a person is the surname; or the source is the first name alone, or one is the other's
    initials.
    """
    mine, theirs = _words(found), _words(source)
    if not mine or not theirs:
        return False
    if heads(found) & heads(source):
        return True
    first = len(theirs) == 1 and theirs[0].casefold() == mine[0].casefold() and mine[-1][0].isupper()
    return first or _initials(found) in theirs or _initials(source) in mine


def _initials(phrase: str) -> str:
    letters = "".join(word[0] for word in _words(phrase) if word[0].isupper())
    return letters if len(letters) > 2 else " "


@dataclass(frozen=True)
class Attributed:
    """An attribution as annotated in a sentence: ``source`` and ``cue`` are its words, maybe empty.

    ``named``: its source is a name (:func:`is_named`); ``own``: its cue begins in this sentence.
    """

    source: str
    cue: str
    named: bool
    own: bool


@dataclass
class Attributing:
    """Counts over the sentences of articles whose attributions people annotated.

    Wanted are the attributions with a named source and a verb of saying. A claim is right if an attribution stands in
    its sentence whose source has the same speaker (:func:`same_speaker`). Where the source is a pronoun or a
    description ("the senator"), the annotation does not say who is meant: such a claim counts as right if its speaker
    was named earlier in the article, and ``trusted`` says how many do.
    """

    wanted: int = 0
    found: int = 0
    speaker: int = 0
    claims: int = 0
    right: int = 0
    trusted: int = 0

    def count(self, annotated: Sequence[Attributed], claims: Sequence[Claim], before: str) -> list[str]:
        """One sentence: what is annotated, what was found, and the article's text up to the sentence's end.

        Returns what went wrong, in words.
        """
        wrong = [
            told for one in annotated if one.own and one.named and says(one.cue) for told in self._want(one, claims)
        ]
        return wrong + [told for claim in claims for told in self._check(claim, annotated, before)]

    def _want(self, one: Attributed, claims: Sequence[Claim]) -> list[str]:
        right = any(same_speaker(claim.speaker, one.source) for claim in claims)
        self.wanted += 1
        self.found += bool(claims)
        self.speaker += right
        return [] if right else [f"{'other speaker' if claims else 'no claim'}: {one.source} | {one.cue}"]

    def _check(self, claim: Claim, annotated: Sequence[Attributed], before: str) -> list[str]:
        self.claims += 1
        if any(same_speaker(claim.speaker, one.source) for one in annotated):
            self.right += 1
            return []
        unnamed = any(one.source and not one.named for one in annotated)
        known = heads(claim.speaker) <= {word.casefold() for word in _words(before)}
        if unnamed and known and _words(claim.speaker)[-1:] and _words(claim.speaker)[-1][0].isupper():
            self.right += 1
            self.trusted += 1
            return []
        return [f"not annotated: {claim.speaker} | {claim.stance.value}"]

    @property
    def figures(self) -> Mapping[str, Figure]:
        """By name: a share, 0 to 1, and what it is a share of."""
        shown = {
            "sentence found": (self.found, self.wanted),
            "speaker right": (self.speaker, self.wanted),
            "claims right": (self.right, self.claims),
            "  leaving out pronouns, descriptions": (self.right - self.trusted, self.claims - self.trusted),
        }
        return {name: share(right, of) for name, (right, of) in shown.items()}
