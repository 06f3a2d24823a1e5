"""Resolves filters against the outlets, authors, languages and days that exist, and turns them into SQL."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from indexes.storage.articles import CURRENT
from indexes.storage.store import Store
from indexes.types.filters import Filter, ImpossibleFilter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NAMED = 5
_NEWEST_FIRST = "ORDER BY v.published IS NULL, v.published DESC, v.article_id"


def resolved(store: Store, where: Filter) -> Filter:
    """The filter with names as the articles spell them; a domain stands for all its subdomains.

    Raises:
        ImpossibleFilter: no article here can match; it says why.
    """
    found = names_resolved(store, where)
    _check_days(store, where)
    return found


def names_resolved(store: Store, where: Filter) -> Filter:
    """The same, whatever its days: those of no article are no error.

    Raises:
        ImpossibleFilter: no article here has one of its names.
    """
    found = where
    if where.sources:
        found = replace(found, sources=_named("source", where.sources, _sources(store), domains=True))
    if where.authors:
        found = replace(found, authors=_named("author", where.authors, authors(store)))
    if where.language:
        (language,) = _named("language", [where.language], _languages(store))
        found = replace(found, language=language)
    return found


def seqs_where(store: Store, where: Filter, recipe: int) -> NDArray[np.int64]:
    """The ``seq`` of every live passage whose article matches a resolved filter, ascending.

    Raises:
        ImpossibleFilter: no article matches.
    """
    import numpy as np

    conditions, values = _conditions(store, where)
    sql = store.place.dialect
    ((joined,),) = store.rows(
        f"SELECT {sql.joined.format('p.seq')} FROM {sql.versions_by_facet.format('p.recipe = :recipe')} "
        f"WHERE {conditions}",
        recipe=recipe,
        **values,
    )
    if not joined:
        raise ImpossibleFilter(f"no article matches all of: {where}. Leave one out.")
    return np.sort(np.array(joined.split(","), np.int64))


def ids_where(store: Store, where: Filter) -> list[str]:
    """The ids of all articles that match a resolved filter, newest first, undated ones last."""
    conditions, values = _conditions(store, where)
    return [row[0] for row in store.rows(f"SELECT v.article_id {CURRENT} WHERE {conditions} {_NEWEST_FIRST}", **values)]


def newest_first(store: Store, article_ids: Sequence[str]) -> list[str]:
    """The same ids, in the order of :func:`ids_where`, without those of articles that are no longer there."""
    sql = f"SELECT v.article_id {CURRENT} WHERE v.article_id IN :ids {_NEWEST_FIRST}"
    return [row[0] for row in store.rows(sql, ids=list(article_ids))]


def _conditions(store: Store, where: Filter) -> tuple[str, dict[str, Any]]:
    """A filter as SQL conditions on ``versions v``, and their values."""
    conditions: dict[str, Any] = {}
    values: dict[str, Any] = {}
    if where.since:
        conditions["since"] = "v.published >= :since"
        values["since"] = where.since.isoformat()
    if where.until:
        conditions["until"] = "v.published <= :until"
        values["until"] = where.until.isoformat()
    if where.sources:
        conditions["sources"] = "(v.source IN :sources OR v.host IN :sources)"
        values["sources"] = list(where.sources)
    if where.authors:
        names = store.place.dialect.names.format("v.authors")
        conditions["authors"] = f"EXISTS (SELECT 1 FROM {names} n WHERE n.value IN :authors)"
        values["authors"] = list(where.authors)
    if where.language:
        conditions["language"] = "v.language = :language"
        values["language"] = where.language
    return " AND ".join(conditions.values()) or "1 = 1", values


def _named(kind: str, asked: Iterable[str], there: set[str], domains: bool = False) -> tuple[str, ...]:
    found: list[str] = []
    for name in asked:
        plain = name.casefold().removeprefix("www.") if domains else name.casefold()
        same = [one for one in sorted(there) if one.casefold() == plain]
        below = [one for one in sorted(there) if domains and "." in plain and one.casefold().endswith("." + plain)]
        if not same and not below:
            raise ImpossibleFilter(f"no article here has the {kind} {name!r}. {_instead(kind, name, there)}")
        found += same + below
    return tuple(dict.fromkeys(found))


def _instead(kind: str, name: str, there: set[str]) -> str:
    if not there:
        return f"None of them states its {kind}."
    near = difflib.get_close_matches(name, sorted(there), _NAMED, cutoff=0.5) or sorted(there)[:_NAMED]
    more = f" and {len(there) - len(near)} more" if len(there) > len(near) else ""
    return f"There are: {', '.join(near)}{more}."


def _check_days(store: Store, where: Filter) -> None:
    if not where.since and not where.until:
        return
    ((earliest, latest),) = store.rows(f"SELECT MIN(v.published), MAX(v.published) {CURRENT}")
    if earliest is None:
        raise ImpossibleFilter("no article here has a date. Ask without since: and until:.")
    if (where.since and str(where.since) > latest) or (where.until and str(where.until) < earliest):
        asked = Filter(since=where.since, until=where.until)
        raise ImpossibleFilter(f"no article here is {asked}; they run from {earliest} to {latest}.")


def outlet_counts(store: Store) -> dict[str, int]:
    """The number of articles of each outlet, largest first."""
    rows = store.rows(f"SELECT v.source, COUNT(*) {CURRENT} WHERE v.source != '' GROUP BY v.source")
    return dict(sorted(map(tuple, rows), key=lambda row: (-row[1], row[0].casefold())))


def _sources(store: Store) -> set[str]:
    """All outlets' names and domains."""
    return {name for row in store.rows(f"SELECT DISTINCT v.source, v.host {CURRENT}") for name in row if name}


def authors(store: Store) -> set[str]:
    """The names of all authors."""
    rows = store.rows(f"SELECT DISTINCT v.authors {CURRENT}")
    return {name for row in rows for name in json.loads(row[0])}


def _languages(store: Store) -> set[str]:
    return {row[0] for row in store.rows(f"SELECT DISTINCT v.language {CURRENT}")}
