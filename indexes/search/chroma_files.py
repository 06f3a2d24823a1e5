"""Chroma generations in the home folder, one folder each, recorded in the store or locally on this machine."""

from __future__ import annotations

import logging
from dataclasses import asdict, fields
from pathlib import Path

from indexes.search import ann, chroma_local
from indexes.search.ann import Engine, GenerationDamaged, Opened
from indexes.search.chroma_local import Generation, Published
from indexes.storage.disk_errors import disk_failure
from indexes.storage.store import Store

_KEY, _FAILED = "chroma", "chroma failed"
_log = logging.getLogger(__name__)


class ChromaFolder(Engine):
    """The generations of one home folder. Small changes wait, as each generation costs a copy of the previous one."""

    label = "Chroma"
    here = True

    def __init__(self, home: Path, store: Store) -> None:
        self._home, self._store = home, store

    def published(self) -> Published | None:
        return published(self._store)

    def open(self, named: ann.Published, recipe: int) -> Opened:
        assert isinstance(named, Published)
        return Generation(self._home, named)

    def look(self) -> None:
        """Does nothing: a folder is always available."""

    def check(self, named: ann.Published) -> None:
        assert isinstance(named, Published)
        Generation(self._home, named).close()

    def condemn(self, named: ann.Published) -> None:
        """Does nothing: checksums reveal the damage."""

    def bring_up_to_date(self, recipe: int, anew: bool = False) -> None:
        """With ``anew`` all generations are deleted first, since Chroma keeps the vectors of what it deletes."""
        if anew:
            self._withdraw()
        base, live, stale = self._compared(recipe)
        waiting = self._store.count_passages(recipe) - len(live)
        if base is None and not anew and self._is_hopeless(recipe):
            return
        if base is None or waiting + len(stale) >= max(ann.ENOUGH, len(live) // 10):
            self._publish(recipe, base, stale)

    def rebuild(self, recipe: int) -> None:
        self._publish(recipe, None, set())

    def close(self) -> None:
        """Does nothing: nothing is kept open."""

    def _withdraw(self) -> None:
        """Deletes all generations. Searches that were using one fall back to exact search."""
        self._store.remember_here(_KEY, None)
        chroma_local.discard_all_but(self._home, ())

    def _publish(self, recipe: int, base: Published | None, stale: set[int]) -> None:
        before = self.published()
        fresh = self._built(recipe, base, stale)
        if fresh or before:
            self._store.remember_here(_KEY, asdict(fresh) if fresh else None)
        # Another process may still be searching the previous generation, so it stays until the next.
        chroma_local.discard_all_but(self._home, {generation.number for generation in (fresh, before) if generation})

    def _built(self, recipe: int, base: Published | None, stale: set[int]) -> Published | None:
        """Builds the next generation; None while there are too few passages."""
        if self._store.count_passages(recipe) < chroma_local.FEWEST:
            return None
        before = self.published()
        number = max(self._store.revision(), before.number if before else 0) + 1
        added = self._store.vectors(recipe, base.last_seq if base else 0)
        try:
            return chroma_local.build(self._home, number, recipe, base, stale, added)
        except GenerationDamaged as damage:
            if base is None:
                if disk_failure(damage, self._home):
                    raise
                self._give_up(recipe, damage)
                return None
            _log.warning("rebuilding Chroma from the stored vectors: %s", damage)
            return self._built(recipe, None, set())

    def _give_up(self, recipe: int, damage: GenerationDamaged) -> None:
        """Gives up on a generation that is unsound even after a full rebuild.

        Hundreds of near-identical passages can make a graph in which others are not found.
        """
        _log.warning("using exact search, which is slower: Chroma cannot hold these vectors: %s", damage)
        self._store.remember_here(_FAILED, {"recipe": recipe, "count": self._store.count_passages(recipe)})

    def _is_hopeless(self, recipe: int) -> bool:
        """Whether it failed for about the same passages. It is retried with a tenth more, and after a removal."""
        failed = self._store.remembered_here(_FAILED) or {}
        more = self._store.count_passages(recipe) - failed.get("count", 0)
        return failed.get("recipe") == recipe and more < max(ann.ENOUGH, failed["count"] // 10)

    def _compared(self, recipe: int) -> tuple[Published | None, set[int], set[int]]:
        """The generation in use if it is sound; its live passages; and those in it that have been removed."""
        named = self.published()
        if named is None or named.recipe != recipe:
            return None, set(), set()
        live = self._store.live_seqs(recipe, named.last_seq)
        try:
            generation = Generation(self._home, named)
            try:
                return named, live, generation.seqs() - live if named.held > len(live) else set()
            finally:
                generation.close()
        except GenerationDamaged as damage:
            if (self._home / named.folder).exists():  # otherwise it was not part of a backup
                _log.warning("rebuilding Chroma from the stored vectors: %s", damage)
            return None, set(), set()


def published(store: Store) -> Published | None:
    """The record of the generation in use on this machine."""
    kept = store.remembered_here(_KEY)
    if not kept or kept.keys() != {field.name for field in fields(Published)}:
        return None
    manifest = {name: (size, crc) for name, (size, crc) in kept["manifest"].items()}
    return Published(**{**kept, "apart": tuple(kept["apart"]), "manifest": manifest})
