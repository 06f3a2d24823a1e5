"""Questions about the archive itself, such as how many articles mention something, answered exactly, by counting.

Rules tell such a question from all others. In doubt it is none: a wrong count is worse than a plain search.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from assistant.reader.windows import is_headline
from assistant.text.wording import listed, on_one_line
from indexes import Article, Filter, Index, Sentence
from indexes.search.analysis import STOP_WORDS, all_stems, has_in_a_row, stems
from indexes.types.filters import EVERYTHING


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


@dataclass(frozen=True)
class ListedArticle:
    """An article, and the sentence of it to quote: ``article.text[sentence.start:sentence.end]``."""

    article: Article
    sentence: Sentence


@dataclass(frozen=True)
class Listing:
    """The newest of the articles asked for, newest first. ``text`` says in a sentence or two what was counted.

    ``count`` is of all of them, near-duplicates included; None if they cannot be counted at the moment. ``unknown`` is
    the name asked for that no author and no outlet here has.
    """

    text: str
    articles: tuple[ListedArticle, ...]
    count: int | None
    unknown: str = ""


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


def list_articles(
    index: Index, asked: ArchiveQuestion, where: Filter = EVERYTHING, today: date | None = None, most: int = 20
) -> Listing:
    """All articles that ``asked`` asks for among those that match ``where``, the newest ``most`` of them loaded.

    Raises:
        ImpossibleFilter: no article here has one of the names in ``where``.
        IndexMismatch, ModelNotFound: as :meth:`indexes.Index.search`.
    """
    lookup = index.lookup()
    with index.store.snapshot():
        authors, outlets = lookup.authors(), index.outlets()
        for name, is_author in ((asked.author, True), (asked.outlet, False)):
            named = _named(name, is_author, authors, outlets)
            if named is not None:
                where = where.and_also(named)
            elif not is_author and asked.place:
                asked = replace(asked, about=f"{asked.about} {asked.place}", outlet="", place="")
            else:
                return Listing(f"No author and no outlet here is called “{name}”.", (), 0, name)
        if not asked.about:
            ids: list[str] | None = lookup.matching(where)
        else:
            ids = (lookup.mentioning if asked.mentions else lookup.about)(asked.about, where)
        if ids is None:
            text = "The articles cannot be counted at the moment, as their words are being indexed. Try again shortly."
            return Listing(text, (), None)
        articles = [index.store.article(article_id) for article_id in ids[:most]]
        found = tuple(ListedArticle(one, _evidence(index, lookup.terms.recipe, one, asked)) for one in articles)
    newest = f" {f'These are the {most} newest' if most > 1 else 'This is the newest'}." if len(ids) > most else ""
    return Listing(_counted(asked, where, today, len(ids)) + newest, found, len(ids))


def _named(name: str, is_author: bool, authors: Iterable[str], outlets: Iterable[str]) -> Filter | None:
    """The filter for whoever is called ``name``, sooner an author if ``is_author``; None if nobody is."""
    if not name:
        return EVERYTHING
    if re.fullmatch(r"\S+\.[a-z]{2,}", name):
        return Filter(sources=(name,))
    author, outlet = _called(name, authors), _called(name, outlets)
    if author and (is_author or not outlet):
        return Filter(authors=author)
    return Filter(sources=outlet) if outlet else None


def _called(name: str, among: Iterable[str]) -> tuple[str, ...]:
    """The names that ``name`` means: the same but for case and "the", else those that have all its words."""
    words = _words(name)
    found = [one for one in sorted(among) if words and words <= _words(one)]
    return tuple([one for one in found if words == _words(one)] or found)


def _words(name: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", name.casefold().removesuffix("'s"))) - {"the"}


def _counted(asked: ArchiveQuestion, where: Filter, today: date | None, count: int) -> str:
    one = count < 2
    articles = f"{count or 'No'} article{'' if one else 's'}"
    names = [f"{word} {listed(said)}" for word, said in (("by", where.authors), ("from", where.sources)) if said]
    language = [f"in the language “{where.language}”"] if where.language else []
    which = ", ".join([*names, *_published(where, today), *language])
    subject = f"{articles} {which}".strip()
    if asked.about and asked.mentions:
        return f"{subject} mention{'s' if one else ''} “{asked.about}”."
    if asked.about and count:
        rule = f"{'It has' if one else 'They have'} these words, the rarest in the title, at the beginning or twice."
        return f"{subject} {'is' if one else 'are'} about {asked.about}. {rule}"
    if asked.about:
        return f"Going by its words, {subject.replace('No', 'no', 1)} is about {asked.about}."
    if which:
        verb = ("was", "were") if which.startswith("published") else ("is", "are")
        return f"{articles} here {verb[not one]} {which}."
    return f"There {'is' if one else 'are'} {articles.lower()} here."


def _published(where: Filter, today: date | None) -> list[str]:
    since, until = (f"{day:%-d %B %Y}" if day else "" for day in (where.since, where.until))
    if since and since == until:
        return ["published today" if where.since == today else f"published on {since}"]
    days = f"from {since} to {until}" if since and until else f"since {since}" if since else f"until {until}"
    return [f"published {days}"] if since or until else []


def _evidence(index: Index, recipe: int, article: Article, asked: ArchiveQuestion) -> Sentence:
    """The first sentence that mentions the phrase or the most words of the topic, or the first that is no headline."""
    sentences = [one for passage in index.store.passages_of(article.id, recipe) for one in passage.sentences]
    texts = {one: article.text[one.start : one.end] for one in sentences}
    real = [one for one in sentences if not is_headline(texts[one])] or sentences
    if asked.mentions:
        phrase = all_stems(asked.about)
        return next((one for one in (*real, *sentences) if has_in_a_row(texts[one], phrase)), real[0])
    topic = set(stems(asked.about))
    return max(real, key=lambda one: (len(topic & set(stems(texts[one]))), not texts[one].endswith("?")))
