"""Whether two articles tell of the same matter: by the names they share and the days they are from."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from assistant.claims.mentions import Mentions
from indexes import Article
from indexes.search.analysis import stems

_BEGINNING = 2000
"""How many characters of an article are read for names: who and what it is about stands there."""

_SHARED = 2
_DAYS = 60
"""Articles further apart are of the same matter only if they share twice as many names."""


def same_story(one: Article, other: Article) -> bool:
    """Whether the beginnings of the two articles share names enough, more if they are from days far apart.

    One name is enough where both titles have it and another word in common.
    """
    if one.id == other.id:
        return True
    if _names(one.title, "") & _names(other.title, "") and len({*stems(one.title)} & {*stems(other.title)}) > 1:
        return True
    shared = _shared(one, other)
    apart = abs((one.published - other.published).days) if one.published and other.published else 0
    return shared >= (_SHARED if apart <= _DAYS else 2 * _SHARED)


def _shared(one: Article, other: Article) -> int:
    return len(_names(one.title, one.text[:_BEGINNING]) & _names(other.title, other.text[:_BEGINNING]))


def whole_story(about: Article, others: Iterable[Article]) -> frozenset[str]:
    """The ids of those of ``others`` that belong to the story of ``about``, each by way of one that does.

    A story told over months shares fewer names from one end to the other; so days count for less here.
    """
    left, story, reached = {one.id: one for one in others}, {about.id: about}, [about]
    while reached:
        one = reached.pop()
        for id in [id for id, other in left.items() if same_story(one, other) or _shared(one, other) > _SHARED]:
            story[id] = left.pop(id)
            reached.append(story[id])
    return frozenset(story)


@lru_cache(maxsize=512)
def _names(title: str, text: str) -> frozenset[str]:
    """The last words of the names, in lower case: a surname stands for its full name."""
    return frozenset(one.words[-1] for one in Mentions(f"{title}\n\n{text}").named if one.words)
