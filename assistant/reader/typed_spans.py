"""Whether a span of text is of the type of answer that a question asks for, by its words and those around it."""

from __future__ import annotations

import re

from assistant.reader.answer_types import UNIT_OF_TIME, AnswerType

_NUMBER_WORD = (
    r"(?:zero|none|no|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    r"|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?"
    r"|billions?|trillions?|dozens?|half|quarter|third|two-thirds|both|several|once|twice|thrice|couple|a)"
)
_A_NUMBER = re.compile(rf"\d|\b{_NUMBER_WORD}\b", re.IGNORECASE)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_A_TIME = re.compile(
    rf"\b{_MONTH}\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:1[5-9]|20)\d\ds?\b"
    rf"|\d\s?(?:[ap]\.?m\b|o['’]clock)|\b\d{{1,2}}[:.]\d\d\b"
    r"|\b(?:today|yesterday|tomorrow|tonight|noon|midnight|dawn|dusk|now|immediately|morning|afternoon"
    r"|evening|night|midday"
    r"|spring|summer|autumn|fall|winter|week|weekend|month|year|decade|century|quarter|season|day|days"
    r"|hours?|minutes?|weeks|months"
    r"|years|christmas|easter|ramadan|anniversary)\b",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"[$€£¥₹₽₴]|\b(?:dollars?|euros?|pounds?|cents?|pence|yen|yuan|rubles?|roubles?|rupees?|francs?|pesos?"
    r"|crowns?|marks?|kron[ae]"
    r"|USD|EUR|GBP|bucks?|free)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\s+(?!(?:per|for|in|an?|on|to|from|and|or|of|by|over|each|every|this|last|next|while|when|if|as|at|the|with)\b)"
    r"[a-z]{3,}"
)
"""What follows a number of things other than money."""

_PERCENT = re.compile(
    r"%|\bper\s?cent(?:age)?\b|\bpct\b|\bhalf\b|\b(?:two-)?thirds?\b|\bquarters?\b|\bin\s(?:two|three|four"
    r"|five|ten|\d+)\b|\bmajority\b",
    re.IGNORECASE,
)
_DURATION = re.compile(
    rf"(?:\d|\b{_NUMBER_WORD}\b|\bfew\b|\bmany\b)[\s\w.,-]*\b{UNIT_OF_TIME}\b|\b(?:overnight|forever"
    rf"|indefinitely|since|until)\b|\b{UNIT_OF_TIME}$",
    re.IGNORECASE,
)
_AGE = re.compile(r"(?<![\d.,$€£])\d{1,3}(?![\d,%])(?!-(?!year)\w)", re.IGNORECASE)
_LEADING = re.compile(r"^(?:in|on|at|by|since|until|during|from|last|next|late|early|the)\b", re.IGNORECASE)
_CAPITAL = re.compile(r"\b[A-ZÀ-ÖØ-Þ]|\b(?:al|el|bin|ibn)-[A-Z]")
_PLACE_WORD = re.compile(
    r"\b(?:in|at|on|near|inside|outside|from|under|behind|along|off|across|north|south|east|west|home"
    r"|abroad|street|road|house|barn|school"
    r"|hospital|museum|hotel|river|lake|sea|coast|beach|island|city|town|village|country|county|state"
    r"|district|region|province|airport"
    r"|station|garage|park|church|court|prison|field|farm|hall|border|capital|online|space|moon|apartment"
    r"|building|office|hangar|harbou?r)\b",
    re.IGNORECASE,
)
_WITHIN = re.compile(r"\b(?:in|near|across|outside|inside|around)\s(?:the\s)?$")
_AGE_FIRST = re.compile(r"\W*\d{1,3},")
_NAMED = re.compile(r"\b[A-ZÀ-ÖØ-Þ][\w’'-]+(?:,\s|\s\()$")
_SOMEONE = re.compile(
    r"\b(?:man|men|woman|women|people|person|boys?|girls?|child(?:ren)?|mother|father|brothers?|sisters?"
    r"|son|daughter|wife|husband"
    r"|famil(?:y|ies)|students?|workers?|voters?|residents?|officials?|police|officers?|firefighters?"
    r"|nurses?|doctors?|teachers?|scientists?"
    r"|researchers?|engineers?|farmers?|fishers?|drivers?|owners?|tenants?|neighbou?rs?|fans?|players?"
    r"|soldiers?|troops|rebels?|protesters?"
    r"|judges?|jury|lawyers?|prosecutors?|president|minister|mayor|government|parliament|council|court"
    r"|company|firm|union|team|club|party"
    r"|ministry|committee|board|museum|university|hospital|bank|agency|experts?|critics?|analysts?"
    r"|leaders?|members?|victims?|witness(?:es)?"
    r"|guards?|spokes(?:man|woman|person)|director|chief|editor|reporters?|journalists?|gunm[ae]n"
    r"|attackers?|thie(?:f|ves)|burglars?"
    r"|suspects?|\w{2,}(?:ers|ors|ists|ians)|trader|technician|opposition|public|everyone|nobody|no one|anyone)\b",
    re.IGNORECASE,
)


def suits(kind: AnswerType, text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` can be an answer of the type ``kind``, also by the words around it.

    A type that no few words answer suits everything, as does OTHER.
    """
    span, before, after = text[start:end], text[max(0, start - 24) : start], text[end : end + 24]
    check = _CHECKS.get(kind)
    return check is None or check(span, before, after)


def _role(span: str, before: str, after: str) -> bool:
    """Whether it stands beside a name as a description does: "mayor Ambrose Tull", "Tull, the mayor"."""
    follows = re.search(
        r"[\w.]+,\s(?:\d+,\s)?(?:who\s(?:is|was)\s)?(?:the\s|an?\s|its\s|his\s|her\s)?$|\b(?:is|was)\s(?:the\s|an?\s)?$",
        before,
    )
    return bool(re.match(r",?\s(?:of\s[\w\s]{1,30}\s)?[A-Z]", after) or follows)


def _person(span: str, before: str, after: str) -> bool:
    if not _SOMEONE.search(span) and (_WITHIN.search(before) or _AGE_FIRST.match(span)):
        return False
    return _names_someone(span) and not _is_only_time(span) and not re.match(r"\s*(?:%|percent|million|billion)", after)


def _names_someone(span: str) -> bool:
    return bool(_CAPITAL.search(span) or _SOMEONE.search(span))


def _name(span: str, before: str, after: str) -> bool:
    return bool(_CAPITAL.search(span)) and not _is_only_time(span)


def _place(span: str, before: str, after: str) -> bool:
    located = bool(
        _CAPITAL.search(span)
        or _PLACE_WORD.search(span)
        or re.search(r"\b(?:in|at|on|near|inside|from|to)\s(?:the\s|an?\s)?$", before)
    )
    return located and not _is_only_time(span) and not re.fullmatch(r"[\W\d]+", span)


def _time(span: str, before: str, after: str) -> bool:
    return bool(_A_TIME.search(span))


def _duration(span: str, before: str, after: str) -> bool:
    return (
        bool(_DURATION.search(span))
        or bool(re.fullmatch(r"[\d.,]+|\w+", span) and re.match(rf"[\s-]{UNIT_OF_TIME}\b", after))
        or bool(re.search(r"\d", span))
    )


def _age(span: str, before: str, after: str) -> bool:
    match = _AGE.search(span)
    if match is None:
        return bool(re.search(rf"\b{_NUMBER_WORD}\b", span, re.I)) and bool(
            re.match(r"[\s-](?:years?|months?)", after) or re.search(r"\byears?\b", span)
        )
    rest = span[match.end() :] + after
    if re.match(r"[\s-]?(?:year|month)", rest):
        return bool(re.match(r"-(?:year|month)s?-old|\s?(?:year|month)s?\sold|\s?(?:year|month)s?\s+of\s+age", rest))
    return bool(re.match(r"[,.;)\s]|$", rest)) and not re.match(
        r"\s(?:percent|million|billion|people|points?|seconds?|minutes?|hours?|days?|weeks?|miles|km|kilomet)", rest
    )


def _number(span: str, before: str, after: str) -> bool:
    if _NAMED.search(before) and re.fullmatch(r"\d{1,3}", span.strip()) and re.match(r"[,)]", after):
        return False  # an age: "Orm, 23, said"
    return bool(_A_NUMBER.search(span)) and not re.fullmatch(r"(?:1[5-9]|20)\d\d", span.strip())


def _money(span: str, before: str, after: str) -> bool:
    """A number with its currency, or with nothing else that it counts."""
    if not _A_NUMBER.search(span):
        return bool(re.search(r"\bfree\b", span, re.I))
    if _MONEY.search(before[-2:] + span + after[:12]):
        return True
    return not _A_TIME.search(span) and not _COUNTED.match(after)


def _percentage(span: str, before: str, after: str) -> bool:
    return bool(
        _PERCENT.search(span)
        or re.match(r"\s?(?:%|per\s?cent)", after)
        or (_A_NUMBER.search(span) and not _A_TIME.search(span))
    )


def _degree(span: str, before: str, after: str) -> bool:
    return bool(_PERCENT.search(span) or re.match(r"\s?(?:%|per\s?cent)", after))


def _is_only_time(span: str) -> bool:
    return (
        not _CAPITAL.search(_LEADING.sub("", _A_TIME.sub("", span)))
        and bool(_A_TIME.search(span))
        and not _SOMEONE.search(span)
    )


_CHECKS = {
    AnswerType.ROLE: _role,
    AnswerType.PERSON: _person,
    AnswerType.NAME: _name,
    AnswerType.PLACE: _place,
    AnswerType.TIME: _time,
    AnswerType.DURATION: _duration,
    AnswerType.AGE: _age,
    AnswerType.NUMBER: _number,
    AnswerType.MEASURE: _number,
    AnswerType.MONEY: _money,
    AnswerType.PERCENTAGE: _percentage,
    AnswerType.DEGREE: _degree,
}
