"""Generations on a Chroma server: one collection each, recorded in the store, shared by all the newsroom's machines.

A server is one process and shows what it is sent at once. So a small change is made in the collection in use, after the
store and repeatably; a large one becomes a new collection beside it, as with folders.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexes.search import ann
from indexes.search.ann import Engine, EngineAway, GenerationDamaged, Opened
from indexes.search.chroma_client import Calls, ChromaServer, Collection, Collections, Found
from indexes.storage.checksums import discard
from indexes.storage.store import Store

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors

_KEY = "chroma_server"
_PATIENCE = 2.0
"""Seconds a question waits for the server before falling back to exact search."""
_A_WHILE = 20.0
"""Seconds an operator's command waits for it."""
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_LOOKED_AT_EVERY = 60.0
_CRASHES = 3
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shared(ann.Published):
    """The store's record of the collection in use."""

    built: int
    """How many vectors it was created with: Chroma writes its files only then."""
    changed: int
    """The most that were sent or deleted since."""
    removals: int
    """How many article removals it has applied: these do not wait."""


class _OpenedCollection(Opened):
    def __init__(self, engine: ChromaShared, published: Shared, collection: Collection) -> None:
        self.published: Shared = published
        self.collection = collection
        self._engine = engine

    def nearest(self, vector: Vectors, top: int) -> dict[int, float]:
        if top <= 0:
            return {}
        return self._engine.asked(lambda: self.collection.nearest(vector, min(top, self.published.count, ann.MOST)))

    def close(self) -> None:
        """Does nothing: the client belongs to the engine."""


class ChromaShared(Engine):
    """The collections of one newsroom on a Chroma server."""

    here = False

    def __init__(
        self, home: Path, store: Store, server: ChromaServer, on_return: Callable[[], None] = lambda: None
    ) -> None:
        """``on_return`` is called when the server comes back, and when it is found out of date."""
        self._home, self._store, self._on_return = home, store, on_return
        self._calls = Calls(server)
        self._collections = Collections(store, self._calls)
        self.label = self._calls.label
        self._condemned: set[int] = set()
        self._opened: tuple[int, _OpenedCollection] | None = None
        self._looking = threading.Lock()
        self._pause, self._look_again = _FIRST_PAUSE, 0.0
        self._crashes = 0

    # Called by searches

    def published(self) -> Shared | None:
        kept = self._store.remembered(_KEY)
        if not kept or kept.keys() != {field.name for field in fields(Shared)}:
            return None
        return Shared(**{**kept, "apart": tuple(kept["apart"])})

    def open(self, named: ann.Published, recipe: int) -> Opened:
        assert isinstance(named, Shared)
        if self._opened is None or (self._opened[0], self._opened[1].published.number) != (self.epoch, named.number):
            epoch = self.epoch
            opened = self.asked(lambda: self._checked(named))
            self._opened = epoch, _OpenedCollection(self, named, opened)
            self._look_again = time.monotonic() + _LOOKED_AT_EVERY
        return _OpenedCollection(self, named, self._opened[1].collection)

    def check(self, named: ann.Published) -> None:
        assert isinstance(named, Shared)
        self._calls.within(_A_WHILE, lambda: self._checked(named))

    def condemn(self, named: ann.Published) -> None:
        self._condemned.add(named.number)

    def asked(self, call: Callable[[], Found]) -> Found:
        """The result of ``call``, within a question's time limit. While the server is down, nothing waits for it.

        Raises:
            EngineAway, GenerationDamaged.
        """
        if self.away:
            raise EngineAway(self.away)
        try:
            with self._calls.explained():
                return self._calls.within(_PATIENCE, call)
        except EngineAway as error:
            self._went_away(error)
            raise

    def close(self) -> None:
        self._look_again = 0.0
        self._calls.close()

    # Noticing that it went down and came back

    def _went_away(self, error: EngineAway) -> None:
        if not self.away:
            _log.warning("using exact search: %s", error)
            self._pause = _FIRST_PAUSE
        self.away = str(error)
        self._look_again = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def look(self) -> None:
        """Checks the server in a thread, one check at a time."""
        due = self._look_again and time.monotonic() >= self._look_again
        if due and self._looking.acquire(blocking=False):
            self._look_again = time.monotonic() + _LOOKED_AT_EVERY
            threading.Thread(target=self._look, name="look", daemon=True).start()

    def _look(self) -> None:
        try:
            named = self.published()
            if named is not None:
                self._checked(named)
            self._came_back(reopened=False)
            if named is not None and self._is_behind(named):  # it was down for a writer
                self._on_return()
        except GenerationDamaged:  # the next search will find out
            self._came_back(reopened=True)
        except EngineAway as error:
            self._went_away(error)
        except Exception as error:  # the store cannot be read for now
            _log.debug("not looked at: %s", error)
        finally:
            self._looking.release()

    def _is_behind(self, named: Shared) -> bool:
        passages, followed = (self._store.count_passages(named.recipe, seq) for seq in (sys.maxsize, named.last_seq))
        return passages - followed >= ann.ENOUGH or named.removals != self._store.written().removals

    def _came_back(self, reopened: bool) -> None:
        was_away, self.away = self.away, ""
        if was_away or reopened:
            self.epoch += 1
        if was_away:
            _log.warning("%s is back and is searched again", self.label)
            self._on_return()

    # Checking its content

    def _checked(self, named: Shared) -> Collection:
        """The collection, checked. Queried before the store, as removals leave the store first."""
        collection = self._collections[named.number]
        with self._calls.explained():
            if collection.count() + len(named.apart) < self._store.count_passages(named.recipe, named.last_seq):
                raise GenerationDamaged(f"{self.label} lost some of its vectors")
            try:
                collection.check_sample(named.recipe, named.last_seq, named.apart)
            except Exception as error:
                self._crashed(error)
                raise
        self._crashes = 0
        return collection

    def _crashed(self, error: Exception) -> None:
        """Detects damaged files: a server that answered before now fails on the same question again and again."""
        from httpx import NetworkError, RemoteProtocolError

        self._crashes = self._crashes + 1 if isinstance(error, (NetworkError, RemoteProtocolError)) else 0
        if self._crashes >= _CRASHES:
            raise GenerationDamaged(f"{self.label} fails whenever it is searched") from error

    # Called by writers

    def bring_up_to_date(self, recipe: int, anew: bool = False) -> None:
        with self._writing():
            named = self.published()
            if named is None or named.recipe != recipe or named.number in self._condemned:
                self._build(recipe, keep_before=not anew)
                return
            try:
                self._carry_on(named, anew)
            except GenerationDamaged as damage:
                _log.warning("rebuilding Chroma from the stored vectors: %s", damage)
                self._build(recipe, keep_before=not anew)

    def rebuild(self, recipe: int) -> None:
        with self._writing():
            self._build(recipe, keep_before=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Treats damage that persists as a server that cannot be used."""
        try:
            with self._calls.explained():
                yield
        except EngineAway as error:
            if self.published() is None:  # no search would notice
                self._went_away(error)
            raise
        except GenerationDamaged as damage:
            raise EngineAway(f"{self.label} does not keep what it is sent: {damage}") from damage
        discard(self._home / "chroma")  # from before there was a server: removed articles must not stay there
        if self.away:
            self._came_back(reopened=False)

    def _carry_on(self, named: Shared, anew: bool) -> None:
        """Applies changes to the collection in use, if there are enough; if there are many, builds a new one."""
        collection, removals = self._checked(named), self._store.written().removals
        anew = anew or removals != named.removals  # the server may have been down when something was removed
        held = collection.count() + len(named.apart)
        live = self._store.count_passages(named.recipe, named.last_seq)
        changed = (self._store.count_passages(named.recipe) - live) + (held - live)
        enough = changed >= (1 if anew else ann.ENOUGH)
        if enough and named.changed + changed > named.built // 10:
            self._build(named.recipe, keep_before=not anew)
            return
        fresh = named
        if enough:
            # Recorded beforehand: even if it fails, the collection is replaced before it has changed too much.
            self._publish(begun := replace(named, changed=named.changed + changed))
            fresh = self._changed(collection, begun, held > live)
        if anew:
            self._collections.discard_all_but({named.number})
            fresh = replace(fresh, removals=removals)
        if fresh != named:
            self._publish(fresh)

    def _changed(self, collection: Collection, begun: Shared, stale: bool) -> Shared:
        apart = begun.apart
        if stale:
            live = self._store.live_seqs(begun.recipe, sys.maxsize)
            collection.delete_all_but(live)
            apart = tuple(seq for seq in apart if seq in live)
        last_seq, more = collection.send(begun.recipe, begun.last_seq)
        return replace(begun, last_seq=last_seq, **self._counted(collection, begun.recipe, (*apart, *more)))

    def _build(self, recipe: int, keep_before: bool) -> None:
        """Builds, checks and publishes a new collection, then deletes the old ones."""
        before, total = self.published(), self._store.count_passages(recipe)
        removals, fresh = self._store.written().removals, None
        if total:
            number = max(self._store.revision(), before.number if before else 0) + 1
            collection = self._collections.create(number, total)
            last_seq, apart = collection.send(recipe, 0)
            counted = self._counted(collection, recipe, apart)
            fresh = Shared(number, recipe, last_seq=last_seq, built=total, changed=0, removals=removals, **counted)
            collection.check_sample(recipe, last_seq, apart)
        if fresh or before:
            self._publish(fresh)
        kept = (fresh, before if keep_before else None)
        self._collections.discard_all_but({generation.number for generation in kept if generation})

    def _counted(self, collection: Collection, recipe: int, apart: tuple[int, ...]) -> dict[str, Any]:
        held, wanted = collection.count(), self._store.count_passages(recipe) - len(apart)
        if held != wanted:
            raise GenerationDamaged(f"{self.label} holds {held} vectors after writing, not {wanted}")
        return {"count": held, "apart": apart}

    def _publish(self, published: Shared | None) -> None:
        with self._store.transaction():
            self._store.remember(_KEY, asdict(published) if published else None)
