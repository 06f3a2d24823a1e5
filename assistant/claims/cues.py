"""The cues of attributed speech: reporting verbs and "according to".

A lexicon and a few words of context; does not look for the speaker.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from assistant.types.claims import Stance

_VERBS = {
    Stance.DENIED: "deny reject dismiss refute dispute rebut repudiate contradict disavow",
    Stance.CONFIRMED: "confirm acknowledge admit concede verify agree accept",
    Stance.REPORTED: "report publish cite",
    Stance.ASSERTED: "say tell add announce argue claim warn insist note explain stress suggest promise accuse allege "
    "state describe call complain testify write predict urge reply recall declare maintain emphasise emphasize "
    "caution estimate remark observe respond advise assure inform reveal disclose pledge vow contend assert comment "
    "stipulate point conclude joke answer counter criticise criticize praise blame demand propose recommend tweet post "
    "reiterate repeat forecast charge outline signal indicate hint mention welcome question rule condemn "
    "apologise apologize ask put",
}
_IRREGULAR = {
    "say": ("says", "said", "saying"),
    "tell": ("tells", "told", "telling"),
    "write": ("writes", "wrote", "writing"),
    "snap": ("snaps", "snapped", "snapping"),
    "quip": ("quips", "quipped", "quipping"),
    "beg": ("begs", "begged", "begging"),
    "put": ("puts", "put", "putting"),
    "forecast": ("forecasts", "forecast", "forecasting"),
    "admit": ("admits", "admitted", "admitting"),
    "rebut": ("rebuts", "rebutted", "rebutting"),
}
_BASE = "say deny dispute reject admit acknowledge confirm insist argue claim warn maintain believe"
"""Present-tense forms that count with a plural subject: "critics say"."""

_PLURAL = re.compile(
    r"(?:[a-rt-z]s|\bpolice|\bpeople|\bthey|\bwe|\bwho|\bsome|\bmany|\bboth)\s+(?:\w+ly\s+|also\s+|still\s+|now\s+)?$",
    re.IGNORECASE,
)
_AFTER_QUOTE = "snap shout quip muse continue wonder sigh laugh boast cry exclaim retort remember beg protest ask"
"""Verbs that count as reporting verbs only directly after a quotation."""

_NOT_SAYING = {
    "claim": (
        r"(?!\s+(?:\d|(?:at\s+least|more\s+than|about|nearly)\s|\w+\s+lives|the\s+li(?:fe|ves)|by\b|responsib|victory"
        r"|gold|the\s+(?:title|gold|lead|crown)))"
    ),
    "declare": r"(?=\s+(?:that|it|them|him|her|himself|herself|the\s+\w+\s+(?:over|an?|\w+ed))\b|:|,|\s*[\"“‘])",
    "report": r"(?!\s+(?:for|to\s+(?:work|duty|police|the\s+police|prison))\b)",
    "call": (
        r"(?=\s+(?:it|this|that|them|him|her|the\s[\w’'-]+|\w+['’]s\s\w+)\s+(?:\w+\s+){0,2}?"
        r"(?:an?\s|[\"“‘]|false|untrue|nonsense|unfair|absurd|\w+(?:ous|ful|less|ive|able|ible|al|ed)\b)|[^.;]*[\"“‘'])"
    ),
    "rule": r"(?=\s+that\b)",
    "charge": r"(?=\s+that\b)",
    "recall": r"(?=\s+(?:that|how|when|\w+ing)\b|,)",
    "write": r"(?=\s+(?:that|in|on|to)\b|:|,|\s*[\"“‘])",
    "accuse": r"(?!\s+of\b)",
    "agree": r"(?=\s+(?:[\w-]+\s+){0,4}that\b)",
    "accept": r"(?=\s+(?:[\w-]+\s+){0,4}that\b)",
    "put": r"(?=\s+[^.;,]*\bat\s+(?:about\s+|around\s+|some\s+|nearly\s+)?[\d$£€\"“‘])",
    "point": r"(?=\s+out\b|\s+to\b)",
    "question": r"(?=\s+(?:whether|why|how|the|his|her|its)\b)",
    "publish": r"(?=\s+(?:that)\b)",
    "cite": r"(?=\s)",
    "ask": r"(?=\s+(?:that|whether|for|the|him|her|them)\b)",
    "post": r"(?=\s+on\b)",
    "demand": r"(?=\s+(?:that|an|the)\b)",
    "note": r"(?=\s+that\b|[,.]|\s+the|\s+there)",
    "repeat": r"(?=\s+(?:that|the|his|her|its)\b|,)",
}
"""What must follow verbs that have several meanings."""


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


def _forms(verb: str) -> tuple[str, ...]:
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb.endswith("e"):
        return verb + "s", verb + "d", verb[:-1] + "ing"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing"
    return verb + ("es" if verb.endswith(("s", "sh", "ch", "x")) else "s"), verb + "ed", verb + "ing"


_BY_FORM = {form: (verb, stance) for stance, verbs in _VERBS.items() for verb in verbs.split() for form in _forms(verb)}
_BASES = {verb: (verb, stance) for stance, verbs in _VERBS.items() for verb in verbs.split() if verb in _BASE.split()}
_QUOTING = {form: verb for verb in _AFTER_QUOTE.split() for form in _forms(verb)}
_FORM = re.compile(
    r"\b(?:{})\b".format("|".join(sorted(_BY_FORM.keys() | _BASES.keys() | _QUOTING.keys(), key=len, reverse=True)))
)
_QUOTE_BEFORE = re.compile(
    r"[”\"’'»]\s+(?:[A-Z][\w’'-]*\s+(?:[A-Z][\w’'-]*\s+)?|he\s+|she\s+|(?:the|an?)\s[\w\s’'-]{2,40}\s)?$"
)

_SPEAKING = (
    "comment|say|tell|discuss|answer|confirm|name|talk|speak|elaborate|give|be\\s+drawn|be\\s+interviewed|disclose|identify|"
    "explain|respond|reply|reveal|publish|release|specify|describe|provide|share|deny|go\\s+into|take\\s+questions"
)
_DECLINED = re.compile(
    rf"\bdeclin(?:ed|es|ing)(?=\s+(?:to\b|requests?\b|comment|an\s+interview|further)|[.,;])"
    rf"|\brefus(?:ed|es|ing)\s+to\s+(?:{_SPEAKING})\b"
    rf"|\b(?:would|could|can|did|will|has|have|had)(?:\s+not|n['’]t|\s+neither)\s+(?:immediately\s+|yet\s+|at\s+once\s+|directly\s+|publicly\s+|further\s+)*"
    rf"(?:{_SPEAKING}|return|responded|replied|commented|returned|answered)\b"
    r"|\b(?:had|has|have|offered|made|gave)\s+no\s+(?:further\s+|immediate\s+)?comment\b"
    r"|(?<=[Nn]either)\s(?:\w+\s){1,3}would\s+(?:say|comment|discuss|confirm)\b"
    r"|\b(?:was|were)\s+(?:not|un)\s*available\s+for\s+comment\b",
    re.IGNORECASE,
)
_NOT_GUILTY = re.compile(r"\bplead(?:s|ed|ing)?\s+not\s+guilty\b")
_STOOD_BY = re.compile(r"\b(?:st(?:ands?|ood|anding)\s+by)\b")
_ACCORDING = re.compile(r"\baccording\s+to\b", re.IGNORECASE)

_NO_VERB_AFTER = re.compile(
    r"(?:\b(?:the|a|an|this|that|these|those|his|her|its|their|our|my|your|no|any|some|such|other|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|"
    r"\d+|of|with|for|in|by|media|newspaper|initial|earlier|first|latest|previous|so)|['’]s|s['’])\s+$",
    re.IGNORECASE,
)
_WOULD = re.compile(r"\b(?:would|will|could|can|did|do|may|might)\s+(?:\w+ly\s+|only\s+)?$")
_MODAL = re.compile(
    r"\b(?:to|be|being|is|are|was|were|been|get|got)\s+(?:(?:\w+ly|never|not|also|already|then|later)\s+)?$",
    re.IGNORECASE,
)


def cues(text: str, start: int, end: int) -> list[Cue]:
    """The cues in ``text[start:end]`` in order. Quotations should be blanked out first."""
    part = text[start:end]
    found = [*_declined(part), *_according(part), *_fixed(part)]
    taken = [(cue.start, cue.end) for cue in found]
    found += [c for c in _verbs(part) if not any(c.start < to and c.end > at for at, to in taken)]
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


def _verbs(part: str) -> Iterator[Cue]:
    for match in _FORM.finditer(part):
        form, before = match[0], part[: match.start()]
        if form in _QUOTING and _QUOTE_BEFORE.search(before):
            yield Cue(*match.span(), Stance.ASSERTED, "Who said something?")
            continue
        if form not in _BY_FORM:
            if form not in _BASES or not (_PLURAL.search(before) or _WOULD.search(before)):
                continue
            verb, stance = _BASES[form]
        else:
            verb, stance = _BY_FORM[form]
        follows = _NOT_SAYING.get(verb)
        if follows and not re.match(follows, part[match.end() :]):
            continue
        if form.endswith("s") and form not in ("says", "tells") and not re.search(r"[\w”\"’],?\s+$", before):
            continue
        if form not in ("said", "told", "says", "tells") and _NO_VERB_AFTER.search(before):
            continue
        passive = bool(_MODAL.search(before)) and not form.endswith("ing")
        if passive and not re.match(r"[^.;]*\bby\b", part[match.end() :]):
            continue
        if (
            form.endswith(("ed", "d"))
            and stance is not Stance.ASSERTED
            and re.match(r"\s+(?:bail|entry|access|permission)\b", part[match.end() :])
        ):
            continue
        yield Cue(*match.span(), stance, f"Who {_past(verb)} something?", trails=form.endswith("ing"))


def _past(verb: str) -> str:
    return _forms(verb)[1]


_FALSE = re.compile(
    r"\b(?:false|untrue|fabricat\w+|invented|nonsense|baseless|groundless|a\s+lie|lies|fiction|unfounded"
    r"|without\s+(?:foundation|basis)|no\s+truth|not\s+true|never\s+happened"
    r"|(?:did|does)\s+not\s+(?:happen|take\s+place|exist)|there\s+(?:was|were|is|has\s+been)\s+no"
    r"|nothing\s+of\s+the\s+(?:kind|sort)|not\s+guilty|no\s+such|not\s+one\s+of|that\s+is\s+(?:absurd|ridiculous|rubbish)"
    r"|none\s+of\s+(?:its|his|her|their|our|them|us|the))\b",
    re.IGNORECASE,
)
_NOT_I = re.compile(
    r"^\W*(?:[Nn]obody|[Nn]o one)\s+(?:was|were|has|had|ever|told|asked)\b"
    r"|\b(?:I|[Ww]e)\s+(?:did\s+not|didn['’]t|never|have\s+never|had\s+nothing\s+to\s+do|did\s+nothing\s+wrong)\b"
)
"""Denials in the first person, which count only inside a quotation."""

_CANNOT = re.compile(
    r"\b(?:cannot|can['’]t|could\s+not|will\s+not|won['’]t|would\s+not)\s+(?:comment|discuss|be\s+drawn)\b"
)


def denies(what: str, quoted: bool = False) -> bool:
    """Whether the words deny something; ``quoted`` words may also do so in the first person."""
    return bool(_FALSE.search(what) or (quoted and _NOT_I.search(what)))


def declines(what: str) -> bool:
    """Whether the words decline to comment: "he could not comment"."""
    return bool(_CANNOT.search(what))


def denial_in(text: str) -> bool:
    """Whether anything in ``text`` may be a denial. Cheap enough to run over long texts."""
    return denies(text) or any(cue.stance is Stance.DENIED for cue in cues(text, 0, len(text)))
