"""Answers questions about the archive itself, such as how many articles mention something, exactly, by counting.

:mod:`assistant.answering.archive_questions` tells what is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain

from assistant.answering.archive_questions import ArchiveQuestion
from assistant.answering.event_dates import EventDate
from assistant.reader.windows import is_headline
from assistant.text.wording import listed
from indexes import Article, Filter, Index, Sentence
from indexes.search.analysis import all_stems, has_in_a_row, stems
from indexes.search.article_lookup import ArticleLookup
from indexes.types.filters import EVERYTHING


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
        for name, is_author in ((asked.outlet, False), (asked.author, True)):
            named = _named(name, is_author, authors, outlets)
            if named is not None:
                where = where.and_also(named)
            elif not is_author and asked.place:
                asked = _with_place(asked)
            else:
                return Listing(f"No author and no outlet here is called “{name}”.", (), 0, name)
        ids = _ids(lookup, asked, where)
        if ids is None:
            text = "The articles cannot be counted at the moment, as their words are being indexed. Try again shortly."
            return Listing(text, (), None)
        articles = [index.store.article(article_id) for article_id in ids[:most]]
        found = tuple(ListedArticle(one, _evidence(index, lookup.terms.recipe, one, asked)) for one in articles)
    newest = f" {f'These are the {most} newest' if most > 1 else 'This is the newest'}." if len(ids) > most else ""
    return Listing(_counted(asked, where, today, len(ids)) + newest, found, len(ids))


def _with_place(asked: ArchiveQuestion) -> ArchiveQuestion:
    """The place belongs to the last phrase or topic, as it is no outlet."""
    *others, last = asked.mentions or asked.about
    named = (*others, f"{last} {asked.place}")
    asked = replace(asked, outlet="", place="")
    return replace(asked, mentions=named) if asked.mentions else replace(asked, about=named)


def _ids(lookup: ArticleLookup, asked: ArchiveQuestion, where: Filter) -> list[str] | None:
    """The articles asked for, newest first; None if they cannot be told at the moment."""
    topics = [lookup.about(topic, where) for topic in asked.about]
    phrases = [lookup.mentioning(phrase, where) for phrase in asked.mentions]
    told = [ids for ids in (*topics, *phrases) if ids is not None]
    if len(told) < len(topics) + len(phrases):
        return None
    if len(told) < 2:  # in order already
        return told[0] if told else lookup.matching(where)
    among = [set(ids) for ids in told]
    about, mentioning = among[: len(topics)], among[len(topics) :]
    conditions = [set.union(*about)] if about else []
    if mentioning:
        conditions.append(set.intersection(*mentioning) if asked.every else set.union(*mentioning))
    return lookup.newest_first(set.intersection(*conditions))


def _named(name: str, is_author: bool, authors: Iterable[str], outlets: Iterable[str]) -> Filter | None:
    """The filter for whoever is called ``name``, sooner an author if ``is_author``; None if nobody is."""
    if not name:
        return EVERYTHING
    if re.fullmatch(r"\S+\.[a-z]{2,}", name):
        return Filter(sources=(name,))
    author, outlet = (_called_any(name, among) for among in (authors, outlets))
    if author and (is_author or not outlet):
        return Filter(authors=author)
    return Filter(sources=outlet) if outlet else None


def _called_any(name: str, among: Iterable[str]) -> tuple[str, ...]:
    """The names that ``name`` means, which may be several: "the Courier or the Ledger". None if one is unknown."""
    found = [_called(one, among) for one in re.split(r"\s*,\s*(?:(?:or|and)\s+)?|\s+(?:or|and)\s+", name)]
    return _called(name, among) or (tuple(chain.from_iterable(found)) if all(found) else ())


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
    days = _published(where, today)
    which = " ".join([*names, *language, *days])
    subject = f"{articles} {which}".strip()
    said = [f"“{phrase}”" for phrase in asked.mentions]
    both = "both " if asked.every and len(said) == 2 else ""
    mention = f"mention{'s' if one else ''} {both}{listed(said, 'and' if asked.every else 'or')}" if said else ""
    about = f"{'is' if one else 'are'} about {listed(asked.about)}" if asked.about else ""
    if about and count:
        rule = f"{'It has' if one else 'They have'} these words, the rarest in the title, at the beginning or twice."
        return f"{subject} {' and '.join(filter(None, (about, mention)))}. {rule}"
    if about:
        subject = subject.replace("No", "no", 1)
        return f"Going by its words, {subject} {' and '.join(filter(None, (about, mention)))}."
    if mention:
        return f"{subject} {mention}."
    if days:
        return f"{' '.join([articles, *(names or ['here']), *language])} {'was' if one else 'were'} {days[0]}."
    if which:
        return f"{articles} here {'is' if one else 'are'} {which}."
    return f"There {'is' if one else 'are'} {articles.lower()} here."


def _published(where: Filter, today: date | None) -> list[str]:
    if where.since and where.since == where.until:
        return ["published today" if where.since == today else f"published on {where.since:%-d %B %Y}"]
    if where.since and where.until:
        days = EventDate(where.since, where.until, "", resolved=False).label
        return [f"published {'from' if ' to ' in days else 'in'} {days}"]
    if where.since:
        return [f"published since {where.since:%-d %B %Y}"]
    return [f"published until {where.until:%-d %B %Y}"] if where.until else []


def _evidence(index: Index, recipe: int, article: Article, asked: ArchiveQuestion) -> Sentence:
    """The first sentence that has the most phrases, then words of the topic; or the first that is no headline."""
    sentences = [one for passage in index.store.passages_of(article.id, recipe) for one in passage.sentences]
    texts = {one: article.text[one.start : one.end] for one in sentences}
    real = [one for one in sentences if not is_headline(texts[one])] or sentences
    phrases, topic = [all_stems(phrase) for phrase in asked.mentions], set(stems(" ".join(asked.about)))

    def worth(one: Sentence) -> tuple[int, int, bool]:
        said = sum(has_in_a_row(texts[one], phrase) for phrase in phrases)
        return said, len(topic & set(stems(texts[one]))), bool(topic) and not texts[one].endswith("?")

    best = max(real, key=worth)
    return best if not phrases or worth(best)[0] else max((*real, *sentences), key=worth)
