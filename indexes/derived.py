"""What a machine derives from the truth: the keyword index, the vector file, and a generation of Chroma's in a folder.

Everything here is done under the right to write what is derived on this machine.
"""

from __future__ import annotations

from pathlib import Path

from indexes.ingest import reindex
from indexes.search import exact, keyword_index, vector_search
from indexes.search.ann import Engine
from indexes.storage.store import Store


class Derived:
    """What is derived for one index. On a shared Chroma server vectors are not this machine's, and are left alone."""

    def __init__(self, home: Path, store: Store, engine: Engine) -> None:
        self._home, self._store, self._engine = home, store, engine

    def bring_up_to_date(self) -> None:
        """All of it; made anew where something was removed, be it by someone who was killed."""
        reindex.tell_untold_stories(self._store)
        kept, removals = self._store.recipe(), self._store.removals_left()
        if kept is not None:
            keyword_index.bring_up_to_date(self._home, self._store, kept[0], anew=bool(removals))
            exact.bring_up_to_date(self._home, self._store, kept[0], anew=bool(removals))
            if self._engine.here:
                self._engine.bring_up_to_date(kept[0], anew=bool(removals))
        if removals:
            self._store.forget_removals(removals)

    def make_anew(self) -> None:
        """All of it, from nothing but the truth."""
        kept = self._store.recipe()
        if kept is not None:
            removals = self._store.removals_left()
            keyword_index.rebuild(self._home, self._store, kept[0])
            exact.bring_up_to_date(self._home, self._store, kept[0], anew=True)
            if self._engine.here:
                self._engine.rebuild(kept[0])
            self._store.forget_removals(removals)

    def bring_keywords_up_to_date(self) -> None:
        """The keyword index alone, before something is added."""
        kept = self._store.recipe()
        if kept is not None:
            keyword_index.bring_up_to_date(self._home, self._store, kept[0])

    def take_in_keywords(self) -> None:
        """The same for who brought them up to date a while ago, and wrote since."""
        kept = self._store.recipe()
        if kept is not None:
            keyword_index.take_in(self._home, self._store, kept[0])

    def problems(self, recipe: int) -> list[str]:
        """What is wrong with it, each with what to do."""
        lines = keyword_index.problems(self._home, self._store, recipe)
        found = [f"keyword index: {line}. Rebuild it: onrecord reindex" for line in lines]
        return [*found, *vector_search.problems(self._home, self._store, self._engine, recipe)]
