"""Generations on a Chroma server: a collection each, named in the truth, shared by all machines of the newsroom.

A server is one process and shows what was sent to it at once. So a small change is made in the collection in use,
truth first, and can be repeated; a large one is a new collection beside it, as in a folder. What is sent is vectors
under their ``seq``: no text, no title, no id.
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
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from indexes import engines
from indexes.checksums import discard
from indexes.chroma_calls import Calls, ChromaServer, Found
from indexes.crowds import Crowds
from indexes.engines import Engine, EngineAway, GenerationDamaged, Opened
from indexes.generations import HNSW, MISSED_AT_MOST, candidates, check_found, unfound
from indexes.store import Store

if TYPE_CHECKING:
    from indexes.embedding import Vectors

_KEY, _IDENTITY = "chroma_server", "chroma_identity"
_PATIENCE = 2.0
"""Seconds a question waits for the server; then exact search answers it."""
_A_WHILE = 20.0
"""Seconds an operator waits for it."""
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_LOOKED_AT_EVERY = 60.0
_SAMPLE, _AT_ONCE, _PAGE = 16, 500, 10_000
_CRASHES = 3
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shared(engines.Published):
    """What the truth remembers of the collection in use."""

    built: int
    """How many vectors it was made with: only then does Chroma write its own files, and never again."""
    changed: int
    """How many were sent or deleted since, at most."""
    removals: int
    """How many removals of articles it has followed: what was removed does not wait there."""


class _OpenedCollection(Opened):
    def __init__(self, engine: ChromaShared, published: Shared, collection: Any) -> None:
        self.published: Shared = published
        self.collection = collection
        self._engine = engine

    def nearest(self, vector: Vectors, top: int) -> dict[int, float]:
        if top <= 0:
            return {}
        return self._engine.asked(
            lambda: _nearest(self.collection, vector, min(top, self.published.count, engines.MOST))
        )

    def close(self) -> None:
        """The client is the engine's."""


class ChromaShared(Engine):
    """The collections of one newsroom on a Chroma server."""

    here = False

    def __init__(
        self, home: Path, store: Store, server: ChromaServer, on_return: Callable[[], None] = lambda: None
    ) -> None:
        """``on_return`` is called when the server is back, and when it is found behind."""
        self._home, self._store, self._on_return = home, store, on_return
        self._calls = Calls(server)
        self.label = self._calls.label
        self._condemned: set[int] = set()
        self._opened: tuple[int, _OpenedCollection] | None = None
        self._looking = threading.Lock()
        self._pause, self._look_again = _FIRST_PAUSE, 0.0
        self._crashes = 0

    # What whoever searches calls

    def published(self) -> Shared | None:
        kept = self._store.remembered(_KEY)
        if not kept or kept.keys() != {field.name for field in fields(Shared)}:
            return None
        return Shared(**{**kept, "apart": tuple(kept["apart"])})

    def open(self, named: engines.Published, recipe: int) -> Opened:
        assert isinstance(named, Shared)
        if self._opened is None or (self._opened[0], self._opened[1].published.number) != (self.epoch, named.number):
            epoch = self.epoch
            opened = self.asked(lambda: self._checked(named))
            self._opened = epoch, _OpenedCollection(self, named, opened)
            self._look_again = time.monotonic() + _LOOKED_AT_EVERY
        return _OpenedCollection(self, named, self._opened[1].collection)

    def check(self, named: engines.Published) -> None:
        assert isinstance(named, Shared)
        self._calls.within(_A_WHILE, lambda: self._checked(named))

    def condemn(self, named: engines.Published) -> None:
        self._condemned.add(named.number)

    def asked(self, call: Callable[[], Found]) -> Found:
        """What ``call`` gives, within a question's patience. While the server is away nobody waits for it.

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

    # Noticing that it went and came back

    def _went_away(self, error: EngineAway) -> None:
        if not self.away:
            _log.warning("exact search serves: %s", error)
            self._pause = _FIRST_PAUSE
        self.away = str(error)
        self._look_again = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def look(self) -> None:
        """In a thread, one at a time."""
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
            if named is not None and self._is_behind(named):  # it was away from whoever wrote
                self._on_return()
        except GenerationDamaged:  # whoever searches next will find so
            self._came_back(reopened=True)
        except EngineAway as error:
            self._went_away(error)
        except Exception as error:  # the truth cannot be read for now
            _log.debug("not looked at: %s", error)
        finally:
            self._looking.release()

    def _is_behind(self, named: Shared) -> bool:
        passages, followed = (self._store.count_passages(named.recipe, seq) for seq in (sys.maxsize, named.last_seq))
        return passages - followed >= engines.ENOUGH or named.removals != self._store.written().removals

    def _came_back(self, reopened: bool) -> None:
        was_away, self.away = self.away, ""
        if was_away or reopened:
            self.epoch += 1
        if was_away:
            _log.warning("%s is back and is searched again", self.label)
            self._on_return()

    # Whether it holds what it should

    def _checked(self, named: Shared) -> Any:
        """The collection. Asks it before the truth: what is removed leaves the truth first."""
        collection = self._calls.collection(self._name(named.number))
        with self._calls.explained():
            held = int(collection.count())
            if held + len(named.apart) < self._store.count_passages(named.recipe, named.last_seq):
                raise GenerationDamaged(f"{self.label} lost some of its vectors")
            try:
                self._check_sample(collection, named)
            except Exception as error:
                self._crashed(error)
                raise
        self._crashes = 0
        return collection

    def _check_sample(self, collection: Any, named: Shared) -> None:
        """Vectors of the truth, from all over it, must find themselves."""
        import numpy as np

        starts = np.random.default_rng().integers(0, named.last_seq, _SAMPLE)
        found = [next(iter(self._store.vectors(named.recipe, int(start), batch=1)), None) for start in starts]
        sample = {
            int(seqs[0]): rows[0]
            for _, seqs, rows in filter(None, found)
            if seqs[0] <= named.last_seq and seqs[0] not in named.apart
        }
        if not sample:
            return
        seqs = list(sample)
        lost = [seqs[place] for place in unfound(collection, np.stack(list(sample.values())))]
        if len(self._store.ids(lost, named.recipe)) > MISSED_AT_MOST * len(sample):  # those removed are not lost
            raise GenerationDamaged(f"{self.label} does not find its own vectors")

    def _crashed(self, error: Exception) -> None:
        """A server that answered before and breaks off on the same question again and again, breaks on its files."""
        from httpx import NetworkError, RemoteProtocolError

        self._crashes = self._crashes + 1 if isinstance(error, (NetworkError, RemoteProtocolError)) else 0
        if self._crashes >= _CRASHES:
            raise GenerationDamaged(f"{self.label} breaks down when it is searched") from error

    # What whoever writes calls

    def bring_up_to_date(self, recipe: int, anew: bool = False) -> None:
        with self._writing():
            named = self.published()
            if named is None or named.recipe != recipe or named.number in self._condemned:
                self._build(recipe, keep_before=not anew)
                return
            try:
                self._carry_on(named, anew)
            except GenerationDamaged as damage:
                _log.warning("Chroma is made anew from the stored vectors: %s", damage)
                self._build(recipe, keep_before=not anew)

    def rebuild(self, recipe: int) -> None:
        with self._writing():
            self._build(recipe, keep_before=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Damage that stays is a server that cannot be used."""
        try:
            with self._calls.explained():
                yield
        except EngineAway as error:
            if self.published() is None:  # nobody who searches would find out
                self._went_away(error)
            raise
        except GenerationDamaged as damage:
            raise EngineAway(f"{self.label} does not keep what it is sent: {damage}") from damage
        discard(self._home / "chroma")  # of the time before there was a server: what is removed must not stay there
        if self.away:
            self._came_back(reopened=False)

    def _carry_on(self, named: Shared, anew: bool) -> None:
        """Makes what changed in the collection in use, if it is enough; if it is much, a new one."""
        collection, removals = self._checked(named), self._store.written().removals
        anew = anew or removals != named.removals  # the server may have been away when something was removed
        held = int(collection.count()) + len(named.apart)
        live = self._store.count_passages(named.recipe, named.last_seq)
        changed = (self._store.count_passages(named.recipe) - live) + (held - live)
        enough = changed >= (1 if anew else engines.ENOUGH)
        if enough and named.changed + changed > named.built // 10:
            self._build(named.recipe, keep_before=not anew)
            return
        fresh = named
        if enough:
            # Told before it is done: whatever becomes of it, the collection is replaced before it changed too much.
            self._publish(begun := replace(named, changed=named.changed + changed))
            fresh = self._changed(collection, begun, held > live)
        if anew:
            self._discard_all_but({named.number})
            fresh = replace(fresh, removals=removals)
        if fresh != named:
            self._publish(fresh)

    def _changed(self, collection: Any, begun: Shared, stale: bool) -> Shared:
        apart = begun.apart
        if stale:
            live = self._store.live_seqs(begun.recipe, sys.maxsize)
            self._delete_all_but(collection, live)
            apart = tuple(seq for seq in apart if seq in live)
        last_seq, more = self._send(collection, begun.recipe, begun.last_seq)
        return replace(begun, last_seq=last_seq, **self._counted(collection, begun.recipe, (*apart, *more)))

    def _build(self, recipe: int, keep_before: bool) -> None:
        """A new collection, checked, published; then the old ones go."""
        before, total = self.published(), self._store.count_passages(recipe)
        removals, fresh = self._store.written().removals, None
        if total:
            number = max(self._store.revision(), before.number if before else 0) + 1
            name = self._name(number)
            if name in self._calls.names():  # left by one that was killed
                self._calls.delete(name)
            # Chroma rewrites its files in place each time so many came, and does not survive a kill then: once, here.
            collection = self._calls.create(
                name, {**HNSW, "ef_search": candidates(total), "sync_threshold": max(2, total), "batch_size": 100}
            )
            last_seq, apart = self._send(collection, recipe, 0)
            counted = self._counted(collection, recipe, apart)
            fresh = Shared(number, recipe, last_seq=last_seq, built=total, changed=0, removals=removals, **counted)
            self._check_sample(collection, fresh)
        if fresh or before:
            self._publish(fresh)
        kept = (fresh, before if keep_before else None)
        self._discard_all_but({generation.number for generation in kept if generation})

    def _send(self, collection: Any, recipe: int, last_seq: int) -> tuple[int, tuple[int, ...]]:
        """All after ``last_seq`` but for those kept apart. The last of them, and those."""
        crowds, apart = Crowds(), list[int]()
        for _, seqs, rows in self._store.vectors(recipe, last_seq, batch=_AT_ONCE):
            inside = crowds.first_of_each(rows)
            if inside.any():
                collection.upsert(ids=[str(seq) for seq in seqs[inside].tolist()], embeddings=rows[inside])
                check_found(collection, rows[inside][-64:])
            apart += seqs[~inside].tolist()
            last_seq = int(seqs[-1])
        return last_seq, tuple(apart)

    def _delete_all_but(self, collection: Any, live: set[int]) -> None:
        held: list[str] = []
        while page := collection.get(include=[], limit=_PAGE, offset=len(held))["ids"]:
            held += page
        stale = [id for id in held if not id.isdecimal() or int(id) not in live]
        for start in range(0, len(stale), _AT_ONCE):
            collection.delete(ids=stale[start : start + _AT_ONCE])

    def _counted(self, collection: Any, recipe: int, apart: tuple[int, ...]) -> dict[str, Any]:
        held, wanted = int(collection.count()), self._store.count_passages(recipe) - len(apart)
        if held != wanted:
            raise GenerationDamaged(f"{self.label} holds {held} vectors after writing, not {wanted}")
        return {"count": held, "apart": apart}

    def _publish(self, published: Shared | None) -> None:
        with self._store.transaction():
            self._store.remember(_KEY, asdict(published) if published else None)

    def _discard_all_but(self, keep: set[int]) -> None:
        kept = {self._name(number) for number in keep}
        for name in self._calls.names():
            if name.startswith(self._name("")) and name not in kept:
                self._calls.delete(name)

    def _name(self, number: int | str) -> str:
        return f"onrecord-{self._identity()}-{number}"

    def _identity(self) -> str:
        """Tells the collections of this newsroom from those of others on the same server."""
        kept = self._store.remembered(_IDENTITY)
        if kept is None:
            kept = token_hex(8)
            with self._store.transaction():
                self._store.remember(_IDENTITY, kept)
        return str(kept)


def _nearest(collection: Any, vector: Vectors, top: int) -> dict[int, float]:
    found = collection.query(query_embeddings=vector.reshape(1, -1), n_results=top, include=["distances"])
    ids, distances = found["ids"][0], found["distances"][0]
    return {int(id): 1.0 - float(distance) for id, distance in zip(ids, distances, strict=True)}
