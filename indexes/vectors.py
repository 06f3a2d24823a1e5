"""Dense search over the live passages: Chroma for those in its generation, exact search for the rest.

Follows what other processes commit, and goes on by exact search alone while Chroma is damaged.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from indexes import generations, vector_file
from indexes.generations import Generation, GenerationDamaged, Published
from indexes.store import Store
from indexes.vector_file import VectorFile

if TYPE_CHECKING:
    from indexes.embedding import Vectors
    from indexes.vector_file import Seqs

_KEY = "chroma"
_WITHDRAWN = -1
"""The recipe of a generation that is no more."""


@dataclass(frozen=True)
class _State:
    """What one revision of the index is searched with."""

    revision: int
    generation: Generation | None
    file: VectorFile
    dead: int
    """How many removed passages, at most, the generation and the file still hold."""

    @property
    def built_up_to(self) -> int:
        return self.generation.published.last_seq if self.generation else 0


class VectorSearch:
    """The vectors of one index, searched. Safe to share between threads."""

    def __init__(self, home: Path, store: Store, on_damage: Callable[[], None] = lambda: None) -> None:
        self._home = home
        self._store = store
        self._on_damage = on_damage
        self._state: _State | None = None
        self._damaged: Published | None = None
        self._loading = threading.Lock()

    def nearest(self, vector: Vectors, recipe: int, top: int, among: Seqs | None = None) -> list[tuple[int, float]]:
        """Live passages by ``seq`` with their cosines, best first; only those of the live ``among``, where given."""
        state = self._current(recipe)
        if among is not None:
            return list(state.file.nearest(vector, top, among=among))
        # Removed passages stay where they are for a while: ask for as many more.
        found = dict(state.file.nearest(vector, top + state.dead, after=state.built_up_to))
        if state.generation is not None:
            try:
                named = state.generation.nearest(vector, top + state.dead)
            except GenerationDamaged:
                self._give_up(state.generation.published)
                return self.nearest(vector, recipe, top)
            seqs = self._store.seqs([id for id, _ in named], recipe)
            found.update((seqs[id], cosine) for id, cosine in named if id in seqs)
        live = self._store.ids(list(found), recipe)
        return sorted(((seq, found[seq]) for seq in live), key=lambda item: (-item[1], item[0]))[:top]

    def cosines(self, vector: Vectors, recipe: int, among: Seqs) -> dict[int, float]:
        """The cosine of each of the passages ``among``, ascending by ``seq``."""
        return self._current(recipe).file.cosines(vector, among)

    @property
    def health(self) -> str:
        """In a word or two, what serves the search: for the operator."""
        named = published(self._store)
        if named is not None and named == self._damaged:
            return "exact search, Chroma's files are damaged"
        return "Chroma" if named and named.recipe != _WITHDRAWN else "exact search"

    def close(self) -> None:
        if self._state is not None and self._state.generation is not None:
            self._state.generation.close()
        self._state = None

    def _give_up(self, damaged: Published) -> None:
        self._damaged = damaged
        self._state = None
        self._on_damage()

    def _current(self, recipe: int) -> _State:
        state = self._state
        if state is not None and state.revision == self._store.revision():
            return state
        with self._loading:
            # Held in a local: another thread may give the state up at any moment.
            state = self._state
            if state is None or state.revision != self._store.revision():
                state = self._state = self._load(recipe, state)
            return state

    def _load(self, recipe: int, before: _State | None) -> _State:
        with self._store.snapshot():
            generation = self._generation(recipe, before)
            file = vector_file.opened(self._home, self._store, recipe)
            dead = len(file.seqs) - self._store.count_passages(recipe)
            if generation:
                live = self._store.count_passages(recipe, generation.published.last_seq)
                dead = max(dead, generation.published.count - live)
            return _State(self._store.revision(), generation, file, dead)

    def _generation(self, recipe: int, before: _State | None) -> Generation | None:
        named = published(self._store)
        opened = before.generation if before else None
        if opened is not None and opened.published == named:
            return opened
        if named is None or named.recipe != recipe or named == self._damaged:
            return None
        try:
            return Generation(self._home, named)
        except GenerationDamaged:
            self._damaged = named
            self._on_damage()
            return None


def published(store: Store) -> Published | None:
    """The generation in use, as the truth remembers it."""
    kept = store.remembered(_KEY)
    if not kept or kept.keys() != {field.name for field in fields(Published)}:
        return None
    return Published(**{**kept, "files": {name: (size, crc) for name, (size, crc) in kept["files"].items()}})


def bring_up_to_date(home: Path, store: Store, recipe: int, anew: bool = False) -> None:
    """Publishes a new generation when enough has changed, or when it is damaged.

    Under the writer's lock. Nothing is embedded: vectors come from the truth. A small change waits, being
    searched exactly meanwhile, as a generation costs a copy of the one before. ``anew``, for a removal: file and
    generations are thrown away first and then made from nothing, since Chroma keeps the vectors of what it deletes.
    """
    vector_file.bring_up_to_date(home, store, recipe, anew=anew)
    if anew:
        _withdraw(home, store)
    named = published(store)
    base = named if named is not None and named.recipe == recipe and not _damage(home, named) else None
    built_up_to = base.last_seq if base else 0
    live = store.live_ids(recipe, built_up_to) if base else set()
    waiting = store.count_passages(recipe) - len(live)
    stale_count = base.count - len(live) if base else 0
    enough = max(1000, len(live) // 10)
    if base is not None and waiting + stale_count < enough:
        return
    stale = _ids_in(home, base) - live if base and stale_count else set()
    _publish(home, store, recipe, base, stale)


def rebuild(home: Path, store: Store, recipe: int) -> None:
    """Makes vector file and generation from nothing but the truth. Under the writer's lock."""
    vector_file.bring_up_to_date(home, store, recipe, anew=True)
    _publish(home, store, recipe, None, set())


def problems(home: Path, store: Store, recipe: int) -> list[str]:
    """What is wrong with the generation in use; it is mended by the next ``add``, or by a running server."""
    named = published(store)
    damage = _damage(home, named) if named is not None and named.recipe == recipe else ""
    found = [damage] if damage else vector_file.problems(home, store, recipe)
    return [f"vector index: {line}. Exact search serves. Rebuild it: onrecord reindex" for line in found]


def _publish(home: Path, store: Store, recipe: int, base: Published | None, stale: set[str]) -> None:
    before = published(store)
    added = store.vectors(recipe, base.last_seq if base else 0)
    fresh = generations.build(home, before.number + 1 if before else 1, recipe, base, stale, added)
    with store.transaction():
        store.remember(_KEY, asdict(fresh))
    # Another process may be searching the generation before this very moment, so it stays until the next.
    generations.discard_all_but(home, {fresh.number} | ({before.number} if before else set()))


def _withdraw(home: Path, store: Store) -> None:
    """Throws all generations away; their numbers are not used again. Exact search serves, whoever was searching one."""
    before = published(store)
    if before is not None:
        with store.transaction():
            store.remember(_KEY, asdict(replace(before, recipe=_WITHDRAWN, files={})))
    generations.discard_all_but(home, ())


def _damage(home: Path, named: Published) -> str:
    """What is wrong with a generation; empty when it is sound."""
    try:
        Generation(home, named).close()
    except GenerationDamaged as damage:
        return str(damage)
    return ""


def _ids_in(home: Path, named: Published) -> set[str]:
    generation = Generation(home, named)
    try:
        return generation.ids()
    finally:
        generation.close()
