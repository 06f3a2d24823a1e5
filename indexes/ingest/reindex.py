"""Rebuilds what is derived from the stored articles: passages with vectors, and which articles are copies.

Searches continue under the old recipe meanwhile. It can be interrupted at any point and run again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice

from indexes.ingest.pipeline import BATCH, PassageBuilder, Work
from indexes.storage import near_duplicates
from indexes.storage.store import Recipe, Store

_KEY = "reindexing"
_UNTOLD = "stories_untold"


def next_number(store: Store, recipe: Recipe) -> int:
    """The number for a new recipe: that of an interrupted attempt with the same recipe, else an unused one."""
    begun = store.remembered(_KEY)
    if begun and begun["recipe"] == asdict(recipe):
        return int(begun["number"])
    kept = store.recipe()
    number = max(kept[0] if kept else 0, begun["number"] if begun else 0) + 1
    with store.transaction():
        if begun:
            store.drop_recipe(begun["number"])
        store.remember(_KEY, {"number": number, "recipe": asdict(recipe)})
    return number


def reembed(store: Store, builder: PassageBuilder) -> Iterator[int]:
    """Cuts and embeds every article under a new recipe, then activates it. Yields how many articles are done."""
    old = store.recipe()
    ids = iter(store.article_ids())
    done = 0
    while some := list(islice(ids, BATCH // 2)):
        work: list[Work] = [
            (article, builder.cut(article))
            for article in map(store.article, some)
            if not store.passages_of(article.id, builder.number)
        ]
        if work:
            rows = builder.embed(work)
            with store.transaction():
                for (article, passages), vectors in zip(work, rows, strict=True):
                    store.add_passages(article, builder.number, passages, vectors)
        done += len(some)
        yield done
    with store.transaction():
        store.put_recipe_in_force(builder.number, builder.recipe)
        store.forget(_KEY)
        if old is not None:
            store.drop_recipe(old[0])


def tell_untold_stories(store: Store) -> None:
    """Finds which articles are copies of each other, if the index comes from a schema that did not record it."""
    if store.remembered(_UNTOLD):
        retell_stories(store)


def retell_stories(store: Store) -> None:
    """Recomputes which articles are copies of each other."""
    with store.transaction():
        store.forget(_UNTOLD)
        near_duplicates.forget_all(store)
        for article in map(store.article, store.article_ids()):
            near_duplicates.tell(store, article)
