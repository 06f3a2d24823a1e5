"""Tells a question about the archive itself, such as how many articles mention something, from all others, by rules.

In doubt it is none: a wrong count is worse than a plain search.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from assistant.text.wording import QUOTATION, on_one_line, quotations_masked
from indexes.search.analysis import STOP_WORDS
from indexes.types.filters import Filter


@dataclass(frozen=True)
class ArchiveQuestion:
    """What a question about the archive asks for: the articles that meet every condition here that is not empty.

    ``about`` are topics, of which one is enough. ``mentions`` are the very words that an article must have: all of them
    if ``every``, else one. ``author`` and ``outlet`` are names as they were said, and either may turn out to be the
    other. ``place`` is the outlet as it was said after what comes last of ``about`` and ``mentions`` ("in Quenby"): if
    it is no outlet, it belongs to that. ``counts``: the question is how many.
    """

    about: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    every: bool = False
    author: str = ""
    outlet: str = ""
    counts: bool = False
    place: str = ""


@dataclass(frozen=True)
class OfArchive:
    """What a question asks the archive itself for, and in which articles: ``where`` has its days, if it is ``dated``.

    ``remarks`` tell people how the question was understood.
    """

    asked: ArchiveQuestion
    where: Filter
    dated: bool
    remarks: tuple[str, ...] = ()


_NAME = r"(?-i:[A-Z][\w.&'-]*(?:\s+(?:of\s+)?[A-Z][\w.&'-]*)*)"
_PLAIN = r"(?:(?:news|recent|latest|newest|other|different|published)\s+)*(?:articles?|stor(?:y|ies)|pieces?)\b"
_ALL = r"(?:of\s+)?(?:(?:all|any|some|every|the|our|your|these|an?)\s+)*"
_SOME = rf"{_ALL}(?:(?P<owner>{_NAME})\s+)?{_PLAIN}"
_WROTE = r"(?:written|wrote|write|published|publish|printed|print|run|ran|carried|carry)"
_ONE = rf"(?:(?:the\s+)?{_NAME}|the\s+\w+(?:\s+\w+)??)"
_WHO = rf"{_ONE}(?:\s+(?:or|and)\s+{_ONE})?"
_HEADS = [
    re.compile(rf"{head}(?:\s+|$)", re.IGNORECASE)
    for head in (
        rf"(?:in\s+)?(?P<counts>how\s+many)\s+{_SOME}",
        rf"(?P<counts>count|(?:(?:what(?:\s+is|'s)\s+)?the\s+)?number\s+of)\s+{_SOME}",
        rf"(?:in\s+)?(?:which|what)\s+{_SOME}",
        rf"(?:list|show|find|get|give|name)\s+(?:me\s+|us\s+)?(?:{_SOME}(?<=s)|everything(?=\s+(?:written\s+)?by\s+(?-i:[A-Z])))",
        rf"(?:do|does|did|have|has)\s+(?=any\b|our\b){_SOME}",
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
_TOPIC_ENDS = rf"\s+(?:and\s+)?(?=(?:{_FILLER})(?:\s|$)|(?:that|which)\s+|(?:{_BY}|{_FROM})\s+(?:the\s+)?(?-i:[A-Z]))"
_ENDS = {
    "mentions": re.compile(_TOPIC_ENDS, re.IGNORECASE),
    "about": re.compile(rf"{_TOPIC_ENDS}|\s+(?:and\s+)?(?=mention(?:s|ing|ed)?\s)", re.IGNORECASE),
    "": re.compile(rf"{_TOPIC_ENDS}|\s+(?:and\s+)?(?=(?:{_ABOUT}|{_MENTIONS}|{_BY}|{_FROM})\s)", re.IGNORECASE),
}
"""What ends the words mentioned, a topic, and a name."""

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
_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_NO_NAME = rf"{_MONTH}\b(?!\s+(?-i:[A-Z]))"
_NEVER = re.compile(
    r"\b(?:not|never|Q[1-4]|without|except|most|often|times)\b|n't\b"
    rf"|\b(?:in|on|since|from|until|before|after|by|between|during)\s+(?:the\s+)?(?:\d|{_NO_NAME}|(?:early|mid|late)\b)"
    rf"|\b(?:weeks?|months?|quarter|half|beginning|start|middle|end|spring|summer|autumn|winter)\s+of\s+(?:\d|{_NO_NAME})",
    re.IGNORECASE,
)
"""What is not read; of days of publication, the caller has taken out those that can be read."""

_CLAUSE_IN_TOPIC = re.compile(
    r"\b(?:did|does|do|is|are|was|were|has|have|had|will|would|can|could|should|who|what|when|where|why|how|that)\b",
    re.IGNORECASE,
)
_ALL_QUOTED = re.compile(rf"{QUOTATION}(?:,?\s+(?:(?:or|and)\s+)?{QUOTATION})*")
_DANGLING = re.compile(r"^(?:or|and)\b|\b(?:or|and)$", re.IGNORECASE)
_JOINTS = {"or": r"or", "and": r"and(?:\s+also)?|as\s+well\s+as"}
_ANY_OF = re.compile(r"(?:any|(?:at\s+least\s+)?one)\s+of\s+(?=.+\b(?:or|and)\b)", re.IGNORECASE)
_REPEATED = re.compile(
    rf"^(?:either|both|all\s+of)\s+|^the\s+(?:words?|phrase|name)\s+|^(?:{_MENTIONS}|{_ABOUT})\s+|^(?:the\s+)?(?:(?:words?|phrase|name)\s+)?(?=[“\"'‘])",
    re.IGNORECASE,
)
"""What may stand before each of several phrases."""

_QUOTED = re.compile(r"[“\"'‘](.+)[”\"'’]$")
_POINTING = STOP_WORDS | {"one", "ones", "us", "anything", "something", "everything", "else"}


def archive_question(question: str, dated: bool = False) -> ArchiveQuestion | None:
    """What ``question`` asks about the archive; None if it asks for something else.

    ``dated``: days of publication were asked for too, and their words taken out of the question.

    >>> archive_question("How many articles mention Hans Rell?")
    ArchiveQuestion(about=(), mentions=('Hans Rell',), every=False, author='', outlet='', counts=True, place='')
    """
    words = _BEFORE.sub("", on_one_line(question.replace("’", "'")), count=1)
    words = _AFTER.sub("", words, count=1)
    head = next((match for pattern in _HEADS if (match := pattern.match(words))), None)
    if head is None or _NEVER.search(re.sub(QUOTATION, "", words)):
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
    nothing = head.re in (_HEADS[2], _HEADS[-1]) and not rest.strip() and not dated
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
        quoted = _ALL_QUOTED.match(rest)
        end = _ENDS.get(kind, _ENDS[""]).search(rest, quoted.end() if quoted else 0)
        yield kind, mark[0], rest[: end.start()] if end else rest
        rest = rest[end.end() :] if end else ""


def _with_clause(asked: ArchiveQuestion, kind: str, mark: str, value: str) -> ArchiveQuestion | None:
    value = value.strip(" ,")
    if kind == "filler":
        return asked
    if _DANGLING.search(value):
        return None
    if kind == "about" and not asked.about:
        topics = _several(value, ("or",))
        return replace(asked, about=topics[1]) if topics else None
    if kind == "mentions" and not asked.mentions:
        phrases = _several(value, ("or", "and"))
        return replace(asked, mentions=phrases[1], every=phrases[0] == "and") if phrases else None
    if _CLAUSE_IN_TOPIC.search(value) or not _tells(value):
        return None
    if kind == "author" and value and not asked.author:
        return replace(asked, author=value)
    if kind in ("outlet", "wrote") and value and not asked.outlet:
        is_place = (asked.about or asked.mentions) and mark.strip() in ("from", "in")
        return replace(asked, outlet=value, place=on_one_line(f"{mark} {value}") if is_place else "")
    return None


def _several(value: str, joints: tuple[str, ...]) -> tuple[str, tuple[str, ...]] | None:
    """The word that joins the topics or phrases in ``value``, empty for one, and these; None if that is not clear.

    What is in quotation marks is one of them, whatever it holds.
    """
    any_of = _ANY_OF.match(value)
    value = value[any_of.end() :] if any_of else value
    bare = quotations_masked(value)
    found = [joint for joint in joints if re.search(rf"\b(?:{_JOINTS[joint]})\b", bare, re.IGNORECASE)]
    listed = "," in bare and "and" in joints
    if (len(found) > 1 and not any_of) or (listed and not found) or _CLAUSE_IN_TOPIC.search(bare):
        return None
    word = "|".join(_JOINTS[joint] for joint in found)
    joint = "or" if any_of and found else "".join(found)
    between = rf"\s*,\s*(?:(?:{word})\s+)?|\s+(?:{word})\s+"
    cuts = [cut.span() for cut in re.finditer(between, bare, re.IGNORECASE)] if joint else []
    starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(value)]
    phrases = tuple(
        _phrase(value[start:end], verbatim="and" in joints) for start, end in zip(starts, ends, strict=True)
    )
    return (joint, phrases) if all(map(_tells, phrases)) else None


def _phrase(part: str, verbatim: bool) -> str:
    while (shorter := _REPEATED.sub("", part)) != part:
        part = shorter
    quoted = _QUOTED.match(part)
    if quoted:
        return quoted[1]
    return re.sub(r"^(?:the|an?)\s+", "", part, flags=re.IGNORECASE) if verbatim else part


def _tells(phrase: str) -> bool:
    return bool(set(re.findall(r"[^\W_]+", phrase.casefold())) - _POINTING)
