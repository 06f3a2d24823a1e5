"""The reporting verbs: their forms, their stances, and what must follow those that have other meanings."""

from __future__ import annotations

import re

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
    "apologise apologize ask put continue",
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
_WITH_PLURAL = "say deny dispute reject admit acknowledge confirm insist argue claim warn maintain believe"
"""Present-tense forms that count with a plural subject: "critics say"."""

_AFTER_QUOTE = "snap shout quip muse wonder sigh laugh boast cry exclaim retort remember beg protest ask"
"""Verbs that count as reporting verbs only directly after a quotation."""

MUST_FOLLOW = {
    "claim": (
        r"(?!\s+(?:\d|(?:at\s+least|more\s+than|about|nearly)\s|\w+\s+lives|the\s+li(?:fe|ves)|by\b|responsib|victory"
        r"|gold|the\s+(?:title|gold|lead|crown)|(?:\w+['’]?s?\s+){1,3}?(?:victor(?:y|ies)|wins?|titles?|prizes?|seats?)\b))"
    ),
    "add": r"(?!\s+(?:to|an?|one|another|more|its|up|\d+|two|three)\b(?!\s+\w+\s+(?:is|was|were|had|would|will)\b))",
    "maintain": r"(?=\s+(?:that|he|she|it|they|there|his\s+innocence|her\s+innocence)\b|[,:]|\s*[\"“‘])",
    "mention": r"(?=\s+that\b|,|\s*[\"“‘])",
    "concede": (r"(?!\s+(?:defeat|(?:an?|the|two|three|four)\s+(?:\w+\s+)?(?:race|election|contest|goals?|penalty)))"),
    "answer": r"(?!\s+(?:\w+\s+)?(?:questions?|calls?|phones?|doors?)\b)",
    "tweet": r"(?!\s+(?:at\s+)?@)",
    "state": r"(?!\s+(?:have|of|in|such|where|to|this|are|were)\b)",
    "estimate": r"(?!\s+of\b)",
    "comment": r"(?=\s+that\b|[,:.]|\s*[\"“‘])",
    "remark": r"(?=\s+that\b|[,:.]|\s+on\s|\s*[\"“‘])",
    "continue": r"(?=[,:]?\s*[\"“‘]|:)",
    "counter": r"(?=\s+that\b|[,:]|\s*[\"“‘])",
    "signal": r"(?=\s+(?:that|he|she|it|they)\b|[,:])",
    "declare": r"(?=\s+(?:that|it|them|him|her|himself|herself|the\s+\w+\s+(?:over|an?|\w+ed))\b|:|,|\s*[\"“‘])",
    "report": r"(?!\s+(?:for|from|live|to\s+(?:work|duty|police|the\s+police|prison))\b)",
    "call": (
        r"(?=\s+(?:it|this|that|them|him|her|the\s[\w’'-]+|\w+['’]s\s\w+)\s+(?:\w+\s+){0,2}?"
        r"(?:an?\s|[\"“‘]|false|untrue|nonsense|unfair|absurd|\w+(?:ous|ful|less|ive|able|ible|al|ed)\b)|[^.;]*[\"“‘'])"
    ),
    "rule": r"(?=\s+that\b)",
    "charge": r"(?=\s+that\b)",
    "recall": r"(?=\s+(?:that|how|what|when|in|\w+ing)\b|,)",
    "allege": r"(?=\s+(?:that|he|she|it|they|in|the)\b|[,:.])",
    "respond": r"(?!\s+(?:by|to\s+(?:an?|the)\s+(?:call|scene|fire|emergency))\b|[.?])",
    "pledge": r"(?!\s+(?:allegiance|loyalty|\w+\s+delegates?)\b)",
    "welcome": (
        r"(?=\s+(?:the|this|that)\s+(?:\w+\s+)?(?:ruling|decision|news|move|report|announcement|plan|findings|deal"
        r"|agreement|statement|result|verdict|step|inquiry|investigation|proposal|vote)s?\b)"
    ),
    "write": r"(?=\s+(?:that|in|on|to|recently|later)\b|:|,|\s*[\"“‘])",
    "accuse": r"(?!\s+of\b)",
    "agree": r"(?=\s+(?:[\w-]+\s+){0,4}that\b)",
    "accept": r"(?=\s+(?:[\w-]+\s+){0,4}that\b)",
    "put": r"(?=\s+[^.;,]*\bat\s+(?:about\s+|around\s+|some\s+|nearly\s+)?[\d$£€\"“‘])",
    "point": r"(?=\s+out\b|\s+to\b)",
    "question": r"(?=\s+(?:whether|why|how|the|his|her|its)\b)",
    "publish": r"(?=\s+(?:that)\b)",
    "cite": r"(?=\s)",
    "ask": r"(?=\s+(?:that|whether|for|the|him|her|them)\b|[,:]\s*[\"“‘])",
    "post": r"(?=\s+on\b)",
    "demand": r"(?=\s+(?:that|an|the)\b)",
    "note": r"(?=\s+(?:that|recently|in)\b|[,.;:]|\s+the|\s+there)",
    "repeat": r"(?=\s+(?:that|the|his|her|its)\b|,)",
}
"""What must follow verbs that have several meanings."""


def _forms(verb: str) -> tuple[str, ...]:
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb.endswith("e"):
        return verb + "s", verb + "d", verb[:-1] + "ing"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing"
    return verb + ("es" if verb.endswith(("s", "sh", "ch", "x")) else "s"), verb + "ed", verb + "ing"


BY_FORM = {form: (verb, stance) for stance, verbs in _VERBS.items() for verb in verbs.split() for form in _forms(verb)}
WITH_PLURAL = {
    verb: (verb, stance) for stance, verbs in _VERBS.items() for verb in verbs.split() if verb in _WITH_PLURAL.split()
}
QUOTING = {form: verb for verb in _AFTER_QUOTE.split() for form in _forms(verb)}
ALSO_NOUNS = frozenset(
    "states reports comments remarks estimates calls claims charges questions points notes signals outlines answers "
    "demands disputes promises pledges vows forecasts posts tweets mentions hints rules jokes".split()
)
FORM = re.compile(
    r"(?<![\w-])(?:{})\b(?!-)".format(
        "|".join(sorted(BY_FORM.keys() | WITH_PLURAL.keys() | QUOTING.keys(), key=len, reverse=True))
    )
)


def past(verb: str) -> str:
    """Its past tense."""
    return _forms(verb)[1]
