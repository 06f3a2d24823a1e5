"""Grounding: checks each sentence a model wrote against the sentences it cites. Does not know which model wrote it.

A sentence passes only if the sentences it cites exist; quotations, numbers, dates and names occur in them; nothing is
reversed; statements are attributed to the right speaker; and its meaning is close to theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from assistant.claims.extraction import ClaimReader
from assistant.claims.mentions import is_body
from assistant.generation.numbers import days_and_months, figures
from assistant.generation.output_parser import Written
from assistant.generation.polarity import turned
from assistant.reader.phrases import NO_NAME, TITLES
from assistant.text.wording import on_one_line
from assistant.types.claims import Claim, Stance
from indexes import Index
from indexes.search.analysis import stems
from indexes.types.article import Article, new_article
from indexes.types.passages import Sentence

_SUPPORT = 0.9
"""Below this support, of 2, a sentence is not backed by what it cites. Chosen on the planted development faults."""

_QUOTED = re.compile(r"[“\"]([^“”\"]{2,})[”\"]")
_PRONOUN = re.compile(r"(?:he|she|it|they|we|i)", re.IGNORECASE)
_OFFICES = frozenset(
    "right reverend venerable brigadier prosecutor inspector superintendent district attorney assistant".split()
)
_MADE_OF = ("n", "an", "ian", "ese", "ish", "i", "s", "es")
"""Suffixes that turn a name into a demonym or a plural."""

_REFUSING = re.compile(r"\b(?:not|no|never|declin|refus|without|neither|silent)\w*|n['’]t\b", re.IGNORECASE)
_CAPITAL = re.compile(r"\b[A-ZÀ-ÖØ-Þ][\w’'-]*")
_TYPOGRAPHY = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " "})


@dataclass(frozen=True)
class Given:
    """A numbered sentence, as the model was given it."""

    number: int
    article: Article
    sentence: Sentence

    @cached_property
    def text(self) -> str:
        return on_one_line(self.article.text[self.sentence.start : self.sentence.end])


class Checker:
    """Checks sentences a model wrote. Safe to share between threads."""

    def __init__(self, index: Index, claims: ClaimReader) -> None:
        self._index, self._claims = index, claims

    def doubt(self, written: Written, given: Sequence[Given]) -> str:
        """Why ``written`` is not supported by what it cites, in words; empty if it is."""
        there = {one.number: one for one in given}
        missing = [n for n in written.cited if n not in there]
        if missing:
            return f"it cites [{missing[0]}], which does not exist"
        if not written.cited:
            return "it cites no sentence"
        return next(self._doubts(written.text, [there[n] for n in written.cited], given), "")

    def stands(self, written: Written, given: Sequence[Given]) -> bool:
        """Whether there is no doubt."""
        return not self.doubt(written, given)

    def _doubts(self, text: str, cited: Sequence[Given], given: Sequence[Given]) -> Iterator[str]:
        evidence = " ".join(one.text for one in cited)
        around = " ".join(
            f"{one.article.title} {one.article.known_source} {one.article.published or ''}" for one in cited
        )
        for quote in _QUOTED.findall(text):
            if not _stands(quote, evidence):
                yield f"“{quote}” is not in what it cites"
        claims = [claim for one in cited for claim in self._said_in(one)]
        speakers = " ".join(claim.speaker for claim in claims)
        for number in sorted(figures(text, counted=True) - figures(f"{evidence} {around}")):
            yield f"the number {number:g} is not in what it cites"
        dates = " ".join(f"{one.article.published:%A %B}" for one in cited if one.article.published)
        for day in sorted(days_and_months(text) - days_and_months(f"{evidence} {around} {dates}")):
            yield f"the date ({day}) is not in what it cites"
        for name in _names(text, " ".join(one.text for one in given)):
            if not _named(name, f"{evidence} {around} {speakers}"):
                yield f"{name} is not named in what it cites"
        word = turned(text, evidence)
        if word:
            yield f"it reverses what it cites ({word})"
        said = self._claims.claims(new_article(text, title=""))
        yield from _wrong_speakers(text, said, claims, evidence)
        yield from _wrong_stances(text, said, claims)
        if self._support(text, [one.text for one in cited]) < _SUPPORT:
            yield "what it cites does not say so"

    def _said_in(self, given: Given) -> list[Claim]:
        return [
            claim
            for claim in self._claims.claims(given.article, given.sentence.start, given.sentence.end)
            if claim.citation.start == given.sentence.start
        ]

    def _support(self, text: str, cited: Sequence[str]) -> float:
        """How far ``cited`` supports ``text``: the share of its words found there, by rarity, plus the cosine."""
        words = set(stems(text))
        rarity = self._index.rarity(words)
        there = set(stems(" ".join(cited)))
        beginnings = {word[:5] for word in there}
        total = sum(rarity.values())
        held = sum(weight for word, weight in rarity.items() if word in there or word[:5] in beginnings)
        vectors = self._index.embed([text, " ".join(cited), *cited])
        return (held / total if total else 1.0) + float(max(vectors[1:] @ vectors[0]))


def _wrong_speakers(text: str, said: Sequence[Claim], claims: Sequence[Claim], evidence: str) -> Iterator[str]:
    """Doubts about speakers: each speaker the sentence names must speak in what it cites."""
    named = [claim.speaker for claim in claims if _named(claim.speaker.split()[-1], evidence)]
    if not named or any(_named(speaker.split()[-1], text) for speaker in named):
        return
    for claim in said:
        if re.search(r"[A-Z]", claim.speaker) and not _PRONOUN.fullmatch(claim.speaker) and not is_body(claim.speaker):
            yield f"{claim.speaker} is not who says so in what it cites"


def _wrong_stances(text: str, said: Sequence[Claim], claims: Sequence[Claim]) -> Iterator[str]:
    """Doubts about stances: a denial must not become a confirmation or the reverse, nor "no comment" a statement."""
    for claim in said:
        theirs = {
            one.stance for one in claims if _same(claim.speaker, one.speaker) or _PRONOUN.fullmatch(claim.speaker)
        }
        if claim.stance is Stance.CONFIRMED and theirs and theirs <= {Stance.DENIED, Stance.DECLINED}:
            yield f"{claim.speaker} does not confirm that in what it cites"
        elif claim.stance is Stance.DENIED and theirs and theirs <= {Stance.CONFIRMED, Stance.DECLINED}:
            yield f"{claim.speaker} does not deny that in what it cites"
        elif (
            claim.stance in (Stance.ASSERTED, Stance.REPORTED)
            and theirs == {Stance.DECLINED}
            and not _REFUSING.search(text)
        ):
            yield f"{claim.speaker} does not say so in what it cites"


def _stands(quote: str, evidence: str) -> bool:
    """Whether every part of a quotation is in the evidence, ignoring ellipses and bracketed insertions."""
    parts = re.split(r"\s*(?:\.\.\.|…|\[[^\]]*\])\s*", quote)
    plain = _plain(evidence)
    return all(_plain(part).strip(" ,.;:!?'") in plain for part in parts)


def _plain(text: str) -> str:
    return on_one_line(text.translate(_TYPOGRAPHY).casefold())


def _names(text: str, given: str) -> list[str]:
    """The names in a written sentence, word by word; its first word only if clearly a name, here or in ``given``."""
    found = []
    for match in _CAPITAL.finditer(text):
        word = re.sub(r"['’]s?$", "", match[0])
        begins = not re.search(r"\w", text[: match.start()]) or text[: match.start()].rstrip().endswith((":", "“", '"'))
        if word.casefold() in NO_NAME | TITLES | _OFFICES or len(word) < 2 or days_and_months(word):
            continue
        if begins and (not stems(word) or not re.match(r"[A-Z]", text[match.end() :].lstrip()[:1] or "x")):
            known = re.search(rf"[\w,]\s{re.escape(word)}\b", given) or _misspelt(word, given)
            if not known and not re.match(r"['’]s\b", text[match.end() :]):
                continue
        found.append(word)
    return found


def _misspelt(word: str, given: str) -> bool:
    """Whether ``word`` is not in ``given`` but is close to a name that is."""
    if _named(word, given):
        return False
    return bool(get_close_matches(word, set(_CAPITAL.findall(given)), n=1, cutoff=0.8))


def _named(name: str, text: str) -> bool:
    """Whether ``text`` contains the name or a word derived from it (Tesmara, Tesmaran)."""
    plain = name.casefold()
    for word in re.findall(r"[\w’'-]+", text.casefold()):
        word = re.sub(r"['’]s?$", "", word)
        if word == plain:
            return True
        short, long = sorted((word, plain), key=len)
        if len(short) >= 4 and long.startswith(short) and long[len(short) :] in _MADE_OF:
            return True
        if set(plain.split("-")) <= set(word.split("-")):
            return True
    return False


def _same(one: str, other: str) -> bool:
    mine, theirs = one.casefold().replace(".", "").split(), other.casefold().replace(".", "").split()
    return bool(set(mine) & set(theirs) - {"the", "of", "for", "and"})
