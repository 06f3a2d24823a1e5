"""The cues of attributed speech: reporting verbs and "according to".

A lexicon and a few words of context; does not look for the speaker.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from assistant.claims.denials import denies
from assistant.claims.reporting_verbs import ALSO_NOUNS, BY_FORM, FORM, MUST_FOLLOW, QUOTING, WITH_PLURAL, past
from assistant.types.claims import Stance


@dataclass(frozen=True)
class Cue:
    """``text[start:end]`` attributes speech. ``question`` is what the reader model is asked to find the speaker.

    ``trails``: it has no subject of its own ("…, calling it false").
    """

    start: int
    end: int
    stance: Stance
    question: str
    trails: bool = False


_PLURAL = re.compile(
    r"(?:[a-rt-z]s|\band\s(?:(?-i:[A-Z])[\w’'-]*\s)?(?-i:[A-Z])[\w’'-]*|\bpolice|\bpeople|\bthey|\bwe|\bwho|\bsome|\bmany|\bboth)\s+(?:\w+ly\s+|also\s+|still\s+|now\s+)?$",
    re.IGNORECASE,
)
_QUOTE_BEFORE = re.compile(r"[”\"’'»]\s+(?:(?:[A-Z][\w.’'-]*\s+){1,3}|he\s+|she\s+|(?:the|an?)\s[\w\s’'-]{2,40}\s)?$")

_SPEAKING = (
    "comment|say|tell|discuss|answer|confirm|name|talk|speak|elaborate|give|be\\s+drawn|be\\s+interviewed|disclose|identify|"
    "explain|respond|reply|reveal|publish|release|specify|describe|provide|share|deny|go\\s+into|take\\s+questions"
)
_DECLINED = re.compile(
    rf"\bdeclin(?:ed|es|ing)(?=\s+(?:to\b|requests?\b|comment|an\s+interview|further)|[.,;])"
    rf"|\brefus(?:ed|es|ing)\s+to\s+(?:{_SPEAKING})\b"
    rf"|\b(?:would|could|can|did|will|has|have|had)(?:\s+not|n['’]t|\s+neither)\s+(?:immediately\s+|yet\s+|at\s+once\s+|directly\s+|publicly\s+|further\s+)*"
    rf"(?:{_SPEAKING}|return(?:ed)?\s+(?:[\w’']+\s+){{0,3}}(?:calls?|requests?|messages?|emails?)|responded|replied|commented|answered)\b"
    r"|\b(?:had|has|have|offered|made|gave)\s+no\s+(?:further\s+|immediate\s+)?comment\b"
    r"|(?<=[Nn]either)\s(?:\w+\s){1,3}would\s+(?:say|comment|discuss|confirm)\b"
    r"|\b(?:was|were)\s+(?:not|un)\s*available\s+for\s+comment\b",
    re.IGNORECASE,
)
_NOT_GUILTY = re.compile(r"\bplead(?:s|ed|ing)?\s+not\s+guilty\b")
_STOOD_BY = re.compile(
    r"\bst(?:ands?|ood|anding)\s+by(?=\s+(?:(?:its|his|her|their|what|every)\b|the\s(?:\w+\s)?(?:report|story|article"
    r"|account|figures|statement|claims?|decision|remarks|comments|findings)))"
)
_ACCORDING = re.compile(r"\baccording\s+to\b", re.IGNORECASE)

_NO_VERB_AFTER = re.compile(
    r"(?:\b(?:the|a|an|this|that|these|those|his|her|its|their|our|my|your|no|any|some|such|other|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|"
    r"\d+|of|with|for|in|by|media|newspaper|contributed|additional|initial|earlier|first|latest|previous|so)|['’]s|s['’])\s+$",
    re.IGNORECASE,
)
_WOULD = re.compile(r"\b(?:would|will|could|can|did|do|may|might)\s+(?:\w+ly\s+|only\s+)?$")
_PASSIVE = re.compile(
    r"\b(?:to|be|being|is|are|was|were|been|get|got)\s+(?:(?:\w+ly|never|not|also|already|then|later|first)\s+)?$",
    re.IGNORECASE,
)
_BY_WHOM = re.compile(r"[^.;]*\bby\s+(?!now\b|then\b|\d|the\s(?:time|end)\b|\w+ing\b)")
_GRANTED = re.compile(r"\s+(?:bail|entry|access|permission)\b")
"""What is denied or accepted without a word being said."""

_ADJECTIVE = re.compile(
    r"(?:,|\b(?:[a-z]+(?:al|ive|ous|ic|ary|ory|er|ern|ish|ing|ent|ant)|few|many|several|both|and|or|media|news))\s+$"
)
_NAME_BEFORE = re.compile(r"\b(?:[A-Z][\w’'-]*[\w]|he|she|it)\s+$")
_OF_A_VERB = re.compile(
    r"\s+(?:that|it|him|her|them|he|she|they|there|how|why|whether|out|the|his|its|for|on)\b|:|,?\s*[\"“‘]"
)
_NO_SPEAKER_BEFORE = re.compile(r"\b(?:asked|as follows|transcript|read|reads|titled|called|entitled)$", re.IGNORECASE)
_ENDS = re.compile(
    r"\s*(?:[.,;:]|$)|\s+(?:in|on|at|to|after|before|when|while|as|of|about|from|during|last|(?:mon|tues|wednes|thurs|fri"
    r"|satur|sun)day|(?-i:[A-Z]))",
    re.IGNORECASE,
)
"""What goes on after "…," he wrote"."""

_COLON = re.compile(r":(?=\s*[“\"‘«])")


def cues(text: str, start: int, end: int) -> list[Cue]:
    """The cues in ``text[start:end]`` in order. Quotations should be blanked out first."""
    part = text[start:end]
    found = [*_declined(part), *_according(part), *_fixed(part)]
    taken = [(cue.start, cue.end) for cue in found]
    found += [c for c in _verbs(part) if not any(c.start < to and c.end > at for at, to in taken)]
    found += [] if found else _introductions(text, start, end)
    return [replace(c, start=start + c.start, end=start + c.end) for c in sorted(found, key=lambda cue: cue.start)]


def _declined(part: str) -> Iterator[Cue]:
    for match in _DECLINED.finditer(part):
        yield Cue(*match.span(), Stance.DECLINED, "Who declined to comment?")


def _according(part: str) -> Iterator[Cue]:
    for match in _ACCORDING.finditer(part):
        yield Cue(*match.span(), Stance.ASSERTED, "")


def _fixed(part: str) -> Iterator[Cue]:
    for match in _STOOD_BY.finditer(part):
        yield Cue(*match.span(), Stance.CONFIRMED, "Who stood by something?")
    for match in _NOT_GUILTY.finditer(part):
        yield Cue(*match.span(), Stance.DENIED, "Who pleaded not guilty?")


def _introductions(text: str, start: int, end: int) -> Iterator[Cue]:
    """The colon before a quotation that no verb introduces, which may stand in the next paragraph."""
    match = _COLON.search(text, start)
    if match and match.end() <= end and not _NO_SPEAKER_BEFORE.search(text[start : match.start()]):
        yield Cue(match.start() - start, match.end() - start, Stance.ASSERTED, "Who said something?")


def _verbs(part: str) -> Iterator[Cue]:
    for match in FORM.finditer(part):
        form, before, after = match[0], part[: match.start()], part[match.end() :]
        quoted = bool(_QUOTE_BEFORE.search(before))
        if form in QUOTING and quoted:
            yield Cue(*match.span(), Stance.ASSERTED, "Who said something?")
        elif form in BY_FORM:
            verb, stance = BY_FORM[form]
            if _is_verb(form, before, after, quoted) and (
                _has_sense_of_saying(verb, stance, after) or (quoted and _ENDS.match(after))
            ):
                yield Cue(*match.span(), stance, f"Who {past(verb)} something?", trails=form.endswith("ing"))
        elif form in WITH_PLURAL and (_PLURAL.search(before) or _WOULD.search(before)):
            verb, stance = WITH_PLURAL[form]
            if _has_sense_of_saying(verb, stance, after) and not _NO_VERB_AFTER.search(before):
                yield Cue(*match.span(), stance, f"Who {past(verb)} something?")


def _is_verb(form: str, before: str, after: str, quoted: bool) -> bool:
    """Whether a form stands as a verb whose subject speaks: neither a noun nor, unless "by" follows, a passive."""
    passive = bool(_PASSIVE.search(before)) and not form.endswith("ing")
    if passive:
        return bool(_BY_WHOM.match(after))
    if form in ("said", "told", "says", "tells"):
        return True
    if form.endswith("s") and not quoted and _is_noun(form, before, after):
        return False
    return not _NO_VERB_AFTER.search(before) or (form in ("saying", "telling") and before.endswith(" by "))


def _has_sense_of_saying(verb: str, stance: Stance, after: str) -> bool:
    must = MUST_FOLLOW.get(verb)
    if must and not re.match(must, after):
        return False
    return stance is Stance.ASSERTED or not _GRANTED.match(after)


def _is_noun(form: str, before: str, after: str) -> bool:
    """Whether a form in -s is a plural noun: "five states", "critical comments", "Iowa, states that vote"."""
    if not re.search(r"[\w”\"’'],?\s+$", before):
        return True
    if form not in ALSO_NOUNS or (_NAME_BEFORE.search(before) and re.match(r"[.,]", after)):
        return False
    return bool(_ADJECTIVE.search(before) or not _OF_A_VERB.match(after))


def denial_in(text: str) -> bool:
    """Whether anything in ``text`` may be a denial. Cheap enough to run over long texts."""
    return denies(text) or any(cue.stance is Stance.DENIED for cue in cues(text, 0, len(text)))
