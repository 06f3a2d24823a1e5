"""Answers questions about the archive itself, such as how many articles mention something, exactly, by counting.

:mod:`assistant.answering.archive_questions` tells what is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from assistant.answering.archive_questions import ArchiveQuestion
from assistant.reader.windows import is_headline
from assistant.text.wording import listed
from indexes import Article, Filter, Index, Sentence
from indexes.search.analysis import all_stems, has_in_a_row, stems
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
