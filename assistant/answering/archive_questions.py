"""Tells a question about the archive itself, such as how many articles mention something, from all others, by rules.

In doubt it is none: a wrong count is worse than a plain search.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from assistant.text.wording import on_one_line
from indexes.search.analysis import STOP_WORDS


@dataclass(frozen=True)
class ArchiveQuestion:
    """What a question about the archive asks for: the articles that meet every condition here that is not empty.

    ``about`` is a topic or, with ``mentions``, the very words that an article must have. ``author`` and ``outlet`` are
    names as they were said, and either may turn out to be the other. ``place`` is the outlet as it was said after
    ``about`` ("in Quenby"): if it is no outlet, it belongs to the topic. ``counts``: the question is how many.
    """

    about: str = ""
    author: str = ""
    outlet: str = ""
    mentions: bool = False
    counts: bool = False
    place: str = ""


_NAME = r"(?-i:[A-Z][\w.&'-]*(?:\s+(?:of\s+)?[A-Z][\w.&'-]*)*)"
_PLAIN = r"(?:(?:news|recent|latest|newest|other|different|published)\s+)*(?:articles?|stor(?:y|ies)|pieces?)\b"
_ALL = r"(?:of\s+)?(?:(?:all|any|some|every|the|our|your|these|an?)\s+)*"
_SOME = rf"{_ALL}(?:(?P<owner>{_NAME})\s+)?{_PLAIN}"
_WROTE = r"(?:written|wrote|write|published|publish|printed|print|run|ran|carried|carry)"
_WHO = rf"(?:{_NAME}|the\s+\w+(?:\s+\w+)??)"
_HEADS = [
    re.compile(rf"{head}(?:\s+|$)", re.IGNORECASE)
    for head in (
        rf"(?:in\s+)?(?P<counts>how\s+many)\s+{_SOME}",
        rf"(?P<counts>count|(?:what(?:\s+is|'s)\s+)?the\s+number\s+of)\s+{_SOME}",
        rf"(?:in\s+)?(?:which|what)\s+{_SOME}",
        rf"(?:list|show|find|get|give|name)\s+(?:me\s+|us\s+)?{_SOME}(?<=s)",
        rf"(?:do\s+we\s+have|have\s+we(?:\s+got)?|is\s+there|are\s+there)\s+(?:{_SOME}|anything)",
        rf"have\s+we\s+(?:ever\s+)?{_WROTE}(?:\s+(?:{_ALL}{_PLAIN}|anything))?",
        rf"what\s+(?:have|has|did|do)\s+(?:we|(?P<who>{_WHO}))\s+(?:ever\s+)?(?:{_WROTE}|got|have)",
        rf"{_SOME}(?<=s)",
    )
]
_FILLER = (
    rf"(?:do\s+we\s+have|have\s+we|did\s+we|we(?:'ve|\s+have)?)(?:\s+(?:ever|got|{_WROTE}))*"
    r"|(?:are|is)\s+there|(?:(?:have|has)\s+been|are|is|were|was)\s+(?:published|written|printed)|published|written"
    r"|(?:are\s+)?in\s+(?:the|our)\s+(?:archive|index|database|collection)|so\s+far|in\s+total|altogether|ever|on\s+file"
    r"|(?:from|since|in|during|of|on)(?=\s*$|\s+(?:about|on|by|from|that|which|mention))"
)
_THAT = r"(?:(?:that|which)\s+)?"
_MENTIONS = (
    rf"{_THAT}(?:mention(?:s|ed|ing)?|nam(?:es?|ed|ing)|contain(?:s|ed|ing)?|refer(?:s|red|ring)?\s+to"
    r"|(?:with|us(?:es?|ing))(?=\s+the\s+(?:words?|phrase|name)\b))(?:\s+the\s+(?:words?|phrase|name))?"
)
_ABOUT = (
    rf"{_THAT}(?:(?:is|are|was|were)\s+)?"
    r"(?:about|on(?!\s+file\b)|concerning|regarding|cover(?:s|ed|ing)?|deal(?:s|t|ing)?\s+with)"
)
_BY = rf"{_THAT}(?:(?:is|are|was|were)\s+)?(?:{_WROTE}\s+)?by"
_FROM = rf"{_THAT}(?:(?:is|are|was|were|come|came|appeared)\s+)?(?:published\s+)?(?:from|in)"
_CLAUSE = re.compile(
    rf"(?:(?:did|has|have)\s+(?P<wrote>{_WHO})\s+(?:ever\s+)?{_WROTE}|(?P<mentions>{_MENTIONS})"
    rf"|(?P<about>{_ABOUT})|(?P<author>{_BY})|(?P<filler>{_FILLER})|(?P<outlet>{_FROM}))(?:\s+|$)",
    re.IGNORECASE,
)
_TOPIC_ENDS = rf"\s+(?=(?:{_FILLER})(?:\s|$)|(?:that|which)\s+|(?:{_BY}|{_FROM})\s+(?:the\s+)?(?-i:[A-Z]))"
_ENDS = {
    True: re.compile(_TOPIC_ENDS, re.IGNORECASE),
    False: re.compile(rf"{_TOPIC_ENDS}|\s+(?=(?:{_ABOUT}|{_MENTIONS}|{_BY}|{_FROM})\s)", re.IGNORECASE),
}
"""What ends a topic or the words mentioned, and what ends a name."""

_PASSIVE = re.compile(
    r"(?:is|are|was|were|do|does|did|has|have)\s+(?!not\b|never\b)(?P<what>.+?)\s+(?:been\s+)?"
    r"(?:mentioned|named|appears?|occurs?)(?:\s+in)?$",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"(?:please|(?:can|could|would)\s+you|tell\s+(?:me|us))[\s,]+", re.IGNORECASE)
_AFTER = re.compile(
    r"(?:,?\s+(?:and|please)\b\s*(?:(?:(?:what|which|list|show|name)\s+(?:are|ones?|them)|their)\b"
    r"(?:\s+(?:are\s+)?(?:they|called|they\s+called|titles|headlines))?)?|,?\s+please)?[\s?.!]*$",
    re.IGNORECASE,
)
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_WHEN = re.compile(
    r"\b(?:(?:from|of|in|over|during|within|since)\s+)?(?:(?:today|yesterday)(?:'s)?"
    r"|(?:this|last|past|previous)\s+(?:weekend|week|month|year)|the\s+(?:last|past)\s+(?:\w+\s+)?(?:day|week|month|year)s?"
    rf"|last\s+(?:{_DAY}|{_MONTH}))\b|\b(?:since|on|from|of|this)\s+(?:last\s+)?{_DAY}\b"
    rf"|\b(?:since|in|during)\s+(?:last\s+)?{_MONTH}\b(?!\s+\d)",
    re.IGNORECASE,
)
"""Times as :mod:`assistant.conversation.time_expressions` reads them; the caller has made a filter of them."""

_NEVER = re.compile(
    r"\b(?:not|never|without|except|most|often|times|or)\b|n't\b"
    rf"|\b(?:in|on|since|from|until|before|after|by|between|during)\s+(?:the\s+)?(?:\d|{_MONTH}\s+\d)",
    re.IGNORECASE,
)
_CLAUSE_IN_TOPIC = re.compile(
    r"\b(?:did|does|do|is|are|was|were|has|have|had|will|would|can|could|should|who|what|when|where|why|how|that)\b",
    re.IGNORECASE,
)
_IN_QUOTES = re.compile(r"(?<!\w)[“\"'‘].+?[”\"'’](?!\w)")
_QUOTED = re.compile(r"[“\"'‘](.+)[”\"'’]$")
_POINTING = STOP_WORDS | {"one", "ones", "us", "anything", "something", "everything", "else"}


def archive_question(question: str) -> ArchiveQuestion | None:
    """What ``question`` asks about the archive; None if it asks for something else.

    Times such as "since March" are passed over, as the caller makes a filter of them.

    >>> archive_question("How many articles mention Hans Rell?")
    ArchiveQuestion(about='Hans Rell', author='', outlet='', mentions=True, counts=True, place='')
    """
    words = _BEFORE.sub("", on_one_line(_WHEN.sub(" ", question.replace("’", "'"))), count=1)
    words = _AFTER.sub("", words, count=1)
    head = next((match for pattern in _HEADS if (match := pattern.match(words))), None)
    if head is None or _NEVER.search(_IN_QUOTES.sub("", words)):
        return None
    said = {name: value for name, value in head.groupdict().items() if value}
    asked = ArchiveQuestion(counts="counts" in said)
    if "owner" in said:
        asked = replace(asked, outlet=said["owner"].removesuffix("'s"))
    elif "who" in said:
        asked = replace(asked, outlet=said["who"])
    rest = words[head.end() :]
    passive = _PASSIVE.match(rest)
    clauses = [("mentions", "", passive["what"])] if passive else [*_clauses(rest)]
    for kind, mark, value in clauses:
        together = _with_clause(asked, kind, mark, value)
        if together is None:
            return None
        asked = together
    nothing = head.re in (_HEADS[2], _HEADS[7]) and not rest.strip()
    return None if nothing else asked


def _clauses(rest: str) -> Iterator[tuple[str, str, str]]:
    """The clauses after "which articles": the kind, the words that mark it, and what they are about; no kind at last
    if something is left over."""
    while rest:
        mark = _CLAUSE.match(rest)
        if mark is None:
            yield "", "", rest
            return
        kind, rest = str(mark.lastgroup), rest[mark.end() :]
        if kind in ("filler", "wrote"):
            yield kind, mark[0], mark["wrote"] or ""
            continue
        quoted = _IN_QUOTES.match(rest)
        end = _ENDS[kind in ("about", "mentions")].search(rest, quoted.end() if quoted else 0)
        yield kind, mark[0], rest[: end.start()] if end else rest
        rest = rest[end.end() :] if end else ""


def _with_clause(asked: ArchiveQuestion, kind: str, mark: str, value: str) -> ArchiveQuestion | None:
    value = value.strip(" ,")
    if kind == "filler":
        return asked
    if kind in ("about", "mentions") and not asked.about:
        value = re.sub(r"^(?:the\s+)?(?:words?|phrase|name)\s+(?=[“\"'‘])", "", value)
        quoted = _QUOTED.match(value)
        if quoted is None and (
            _CLAUSE_IN_TOPIC.search(value) or (kind == "mentions" and re.search(r",|\band\b", value))
        ):
            return None
        topic = quoted[1] if quoted else value if kind == "about" else re.sub(r"^(?:the|an?)\s+", "", value)
        telling = set(re.findall(r"[^\W_]+", topic.casefold())) - _POINTING
        return replace(asked, about=topic, mentions=kind == "mentions") if telling else None
    if kind == "author" and value and not asked.author:
        return replace(asked, author=value)
    if kind in ("outlet", "wrote") and value and not asked.outlet:
        place = on_one_line(f"{mark} {value}") if asked.about and mark.strip() in ("from", "in") else ""
        return replace(asked, outlet=value, place=place)
    return None
