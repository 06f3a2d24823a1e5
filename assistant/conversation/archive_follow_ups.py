"""Rewrites a follow-up to a question about the archive: "and in May?", "only from the Courier", "which ones?".

What it asks for takes the place of the same in the last question, which is written anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from assistant.answering.archive_questions import ArchiveQuestion, archive_question
from assistant.claims.mentions import Mentions
from assistant.conversation.publication_days import Published, archive_question_in, read_days
from assistant.text.wording import listed, on_one_line
from indexes.types.filters import EVERYTHING

_LEADING = re.compile(
    r"^\s*(?:(?:and|but|or|so|then|ok(?:ay)?|now|please|what\s+about|how\s+about|(?P<only>only|just))\b[\s,:]*)+",
    re.IGNORECASE,
)
_HEAD = re.compile(
    r"(?:(?P<counts>how\s+many|count|(?:what(?:'s|\s+is)\s+)?the\s+number)"
    r"|(?:which|what|(?:can\s+you\s+)?(?:list|show|name|give)(?:\s+(?:me|us))?))\b",
    re.IGNORECASE,
)
_THEM = re.compile(
    r"\s*(?:of\s+)?(?:the\s+)?(?P<them>them|those|these|ones?|anything|articles?|stor(?:y|ies)|pieces?)\b",
    re.IGNORECASE,
)
_NOTHING = frozenset(
    "are were there they those these published written called all in total altogether the their titles headlines list "
    "please".split()
)
"""Words after "which" and "how many" that change nothing."""

_NOTHING_COUNTED = _NOTHING | {"is", "was", "that", "it"}
_FEW_WORDS = re.compile(r"[\w.&'’-]+(?:\s+[\w.&'’-]+){0,4}")
_LIKE_OUTLET = re.compile(r"the\s+[A-Z]")
_TRAILING = re.compile(r"(?:^|,?\s+)(?:only|alone|please)\b(?=[\s?.!]*$)", re.IGNORECASE)
_YEAR = re.compile(r"\b\d{4}\b")
_NAMES_YEAR = re.compile(r"\d{4}|\b(?:today|yesterday|last|this|past|previous|ago|year|week|month)\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Asks:
    """A follow-up: its ``days``, its ``words`` without them, and the ``head`` ("how many") before these.

    ``narrows``: what was asked before still holds ("only", "which of them"). ``joins``: "or Nadia Rell?". ``is_name``:
    the words may be a name alone.
    """

    words: str
    days: str
    head: re.Match[str] | None
    narrows: bool
    joins: bool
    is_name: bool


def asked_of_archive_again(question: str, last: str, today: date) -> str:
    """The question about the archive that ``question`` makes after ``last``; empty if one of them asks something else.

    >>> asked_of_archive_again("and in May?", "How many articles by Roe mention the ferry in 2024?", date(2026, 6, 15))
    'how many articles by Roe mention “ferry” in May 2024?'
    """
    asked, published = archive_question_in(last, today)
    if asked is None or archive_question_in(question, today)[0] is not None:
        return ""
    days = published.said if published else ""
    asks = _asks(_than_that(question, published), today)
    if asks.head:
        asked = replace(asked, counts=bool(asks.head["counts"]))
    if asks.days:
        days = _days(days, asks.days, asks.narrows, today)
    if not asks.words:
        return _written(asked, days) if asks.head or asks.days else ""
    changed = _changed(asked, asks)
    return _written(changed, days) if changed else ""


def _than_that(question: str, published: Published | None) -> str:
    """ "Before that" and "after that" with the day that is meant."""
    where = published.where if published else EVERYTHING
    for word, day in (("before", where.since), ("after", where.until or where.since)):
        if day:
            question = re.sub(rf"\b{word}\s+(?:that|then)\b", f"{word} {day:%-d %B %Y}", question, flags=re.IGNORECASE)
    return question


def _asks(question: str, today: date) -> _Asks:
    leading = _LEADING.match(question)
    words, new = read_days(question[leading.end() :] if leading else question, today)
    head = _HEAD.match(words)
    them = _THEM.match(words, head.end() if head else 0)
    begins = them or head
    left = words[begins.end() :] if begins else words
    only, left = _TRAILING.search(left), _TRAILING.sub("", left)
    narrows = bool(only or (leading and leading["only"]) or (them and head and re.search(r"\bof\b", them[0])))
    if leading and not new:  # "and May?"
        rest, new = read_days(f"in {left}", today)
        left = rest if new else left
    nothing = _NOTHING_COUNTED if head and head["counts"] else _NOTHING
    left = "" if set(re.findall(r"\w+", left.lower())) <= nothing else left.strip(" ?.!")
    joins = bool(leading and re.match(r"\W*or\b", leading[0], re.IGNORECASE))
    is_name = (leading is not None or only is not None) and head is None
    return _Asks(left, new.said if new else "", head, narrows, joins, is_name)


def _days(old: str, new: str, narrows: bool, today: date) -> str:
    """The days asked for now, of the year asked for before; within those asked for before if ``narrows``."""
    year = _YEAR.findall(old)
    if len(year) == 1 and not _NAMES_YEAR.search(new):
        new = f"{new} {year[0]}"
    both = f"{old} {new}".strip()
    return both if narrows and read_days(f"articles {both}", today)[1] else new


def _changed(asked: ArchiveQuestion, asks: _Asks) -> ArchiveQuestion | None:
    """``asked`` with what is asked now, such as "by Sayle", in its place; None if that is nothing of the kind."""
    new = archive_question(f"articles {asks.words}")
    if new is None:
        return _with_name(asked, asks) if asks.is_name else None
    if new.author:
        was_author = asked.outlet and not asked.place and _is_person(asked.outlet)
        asked = replace(asked, author=new.author, outlet="" if was_author else asked.outlet)
    if new.outlet:
        is_place = re.match(r"in\b", asks.words) and (asked.about or asked.mentions)
        asked = replace(asked, outlet=new.outlet, place=f"in {new.outlet}" if is_place else new.place)
    if new.about and asks.narrows and asked.about:  # a topic must have all its words
        is_one = len(new.about) == len(asked.about) == 1
        return replace(asked, about=(f"{asked.about[0]} and {new.about[0]}",)) if is_one else None
    if new.about:
        asked = replace(asked, about=new.about, mentions=asked.mentions if asks.narrows else ())
    return _with_phrases(asked, new, asks) if new.mentions else asked


def _with_phrases(asked: ArchiveQuestion, new: ArchiveQuestion, asks: _Asks) -> ArchiveQuestion | None:
    both = tuple(dict.fromkeys((*asked.mentions, *new.mentions)))
    if not (asks.narrows or asks.joins) or not asked.mentions:
        return replace(
            asked, mentions=new.mentions, every=new.every, about=asked.about if asks.narrows or asks.joins else ()
        )
    every = asks.narrows
    told_apart = all(len(one.mentions) == 1 or one.every == every for one in (asked, new))
    return replace(asked, mentions=both, every=every) if told_apart else None


def _with_name(asked: ArchiveQuestion, asks: _Asks) -> ArchiveQuestion | None:
    """ "And the Ledger?": in the place of a name of the same kind, else of the words or the topic asked for."""
    name = re.sub(r"['’]s?$", "", asks.words)
    phrases = archive_question(f"articles that mention {name}") if _FEW_WORDS.fullmatch(name) else None
    if phrases is None:
        return None
    if not asked.place and _LIKE_OUTLET.match(name) and (asks.narrows or _LIKE_OUTLET.match(asked.outlet)):
        return replace(asked, outlet=name)
    if _is_person(name) and (asks.narrows or (asked.author and not asked.mentions)):
        return replace(asked, author=name)
    if asks.narrows:
        return None
    is_alike = asked.outlet and not asked.place and (not _is_person(name) or _is_person(asked.outlet))
    if is_alike and not asked.mentions:
        return replace(asked, outlet=name)
    if asked.mentions:
        return _with_phrases(asked, phrases, asks)
    return replace(asked, about=(*asked.about, name) if asks.joins else (name,)) if asked.about else None


def _is_person(name: str) -> bool:
    named = Mentions(name).named
    return bool(named) and not named[0].is_body and not named[0].is_place and not name.lower().startswith("the ")


def _written(asked: ArchiveQuestion, days: str) -> str:
    """``asked`` in words, as they are read again."""
    names = [f"{word} {name}" for word, name in (("by", asked.author), ("from", asked.outlet)) if name]
    if asked.place:
        names.pop()
    phrases = [f"“{phrase}”" for phrase in asked.mentions]
    mentions = f"mention {listed(phrases, 'and' if asked.every else 'or')}" if phrases else ""
    about = f"about {listed(asked.about)}" if asked.about else ""
    head = "how many articles" if asked.counts else "list all articles"
    that = "that " if mentions and not asked.counts else ""
    return on_one_line(f"{head} {' '.join(names)} {about} {that}{mentions} {asked.place} {days}") + "?"
