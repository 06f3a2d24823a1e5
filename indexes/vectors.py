"""Dense search over the live passages: Chroma for those in its generation, exact search for the rest.

Follows what other processes commit, and goes on by exact search alone while Chroma is damaged. Neither Chroma nor the
vector file is believed: every cosine is worked out anew from the vector that the truth holds.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from indexes import generations, vector_file
from indexes.generations import Generation, GenerationDamaged, Published
from indexes.lock import holder
from indexes.store import Store
from indexes.vector_file import Stamp, VectorFile

if TYPE_CHECKING:
    from indexes.embedding import Vectors
    from indexes.vector_file import Seqs

_KEY = "chroma"
_ENOUGH = 1000
"""Passages that wait, at least, before a generation is made."""
_SAME = 1e-3
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _State:
    """What one revision of the index is searched with."""

    revision: tuple[int, int]
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
        self._distrusted: Stamp | None = None
        self._loading = threading.Lock()

    def nearest(self, vector: Vectors, recipe: int, top: int, among: Seqs | None = None) -> list[tuple[int, float]]:
        """Live passages by ``seq`` with their cosines, best first; only those of the live ``among``, where given."""
        state = self._current(recipe)
        # Removed passages stay where they are for a while: ask for as many more.
        after, more = (state.built_up_to, state.dead) if among is None else (0, 0)
        from_file = dict(state.file.nearest(vector, top + more, after, among))
        from_chroma: dict[int, float] = {}
        if state.generation is not None and among is None:
            try:
                named = state.generation.nearest(vector, top + more)
            except GenerationDamaged as damage:
                return self._without_chroma(state.generation.published, damage).nearest(vector, recipe, top)
            seqs = self._store.seqs([id for id, _ in named], recipe)
            from_chroma = {seqs[id]: cosine for id, cosine in named if id in seqs}
        claimed = from_file | from_chroma
        best = sorted(self._store.ids(list(claimed), recipe), key=lambda seq: -claimed[seq])[:top]
        true = self._true_cosines(vector, recipe, best)
        if state.generation is not None and not _agree(from_chroma, true):
            wrong = GenerationDamaged(f"{state.generation.published.folder} gives wrong cosines")
            return self._without_chroma(state.generation.published, wrong).nearest(vector, recipe, top)
        if not _agree(from_file, true):
            return self._without_file(state.file).nearest(vector, recipe, top, among)
        return sorted(true.items(), key=lambda item: (-item[1], item[0]))

    def cosines(self, vector: Vectors, recipe: int, among: Seqs) -> dict[int, float]:
        """The cosine of each of the passages ``among`` that is live."""
        return self._true_cosines(vector, recipe, among.tolist())

    def _true_cosines(self, vector: Vectors, recipe: int, seqs: Sequence[int]) -> dict[int, float]:
        return {seq: float(row @ vector) for seq, row in self._store.vectors_of(recipe, seqs).items()}

    @property
    def health(self) -> str:
        """In a word or two, what serves the search: for the operator."""
        named = published(self._store)
        if named is not None and named == self._damaged:
            return "exact search, Chroma's files are damaged"
        return "Chroma" if named else "exact search"

    def close(self) -> None:
        if self._state is not None and self._state.generation is not None:
            self._state.generation.close()
        self._state = None

    def _without_chroma(self, damaged: Published, damage: GenerationDamaged) -> VectorSearch:
        _log.warning("exact search serves, as Chroma is damaged: %s", damage)
        self._damaged = damaged
        self._state = None
        self._on_damage()
        return self

    def _without_file(self, file: VectorFile) -> VectorSearch:
        _log.warning("the stored vectors serve, as those in %s are wrong", self._home / "vectors")
        self._distrusted = file.stamp
        self._state = None
        self._on_damage()
        return self

    def _current(self, recipe: int) -> _State:
        state = self._state
        if state is not None and state.revision == self._store.revision_here():
            return state
        with self._loading:
            # Held in a local: another thread may give the state up at any moment.
            state = self._state
            if state is None or state.revision != self._store.revision_here():
                state = self._state = self._load(recipe, state)
            return state

    def _load(self, recipe: int, before: _State | None) -> _State:
        nobody_writes = not holder(self._home)
        with self._store.snapshot():
            generation = self._generation(recipe, before)
            known = before.file if before else None
            file = vector_file.opened(self._home, self._store, recipe, known, self._distrusted)
            if file.damage and nobody_writes:  # a writer makes it good by itself
                self._on_damage()
            dead = len(file.seqs) - self._store.count_passages(recipe)
            if generation:
                live = self._store.count_passages(recipe, generation.published.last_seq)
                dead = max(dead, generation.published.count - live)
            return _State(self._store.revision_here(), generation, file, dead)

    def _generation(self, recipe: int, before: _State | None) -> Generation | None:
        named = published(self._store)
        opened = before.generation if before else None
        if opened is not None and opened.published == named:
            return opened
        if named is None or named.recipe != recipe or named == self._damaged:
            return None
        try:
            return Generation(self._home, named)
        except GenerationDamaged as damage:
            self._without_chroma(named, damage)
            return None


def _agree(claimed: Mapping[int, float], true: Mapping[int, float]) -> bool:
    return all(abs(cosine - true[seq]) < _SAME for seq, cosine in claimed.items() if seq in true)


def published(store: Store) -> Published | None:
    """The generation in use, as the truth remembers it."""
    kept = store.remembered_here(_KEY)
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
    base, live, stale = _compared(home, store, recipe)
    waiting = store.count_passages(recipe) - len(live)
    if base is None or waiting + len(stale) >= max(_ENOUGH, len(live) // 10):
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
    fresh = _built(home, store, recipe, base, stale)
    if fresh or before:
        store.remember_here(_KEY, asdict(fresh) if fresh else None)
    # Another process may be searching the generation before this very moment, so it stays until the next.
    generations.discard_all_but(home, {generation.number for generation in (fresh, before) if generation})


def _withdraw(home: Path, store: Store) -> None:
    """Throws all generations away. Exact search serves, whoever was searching one."""
    store.remember_here(_KEY, None)
    generations.discard_all_but(home, ())


def _built(home: Path, store: Store, recipe: int, base: Published | None, stale: set[str]) -> Published | None:
    """The next generation; None while there is next to nothing to search."""
    if store.count_passages(recipe) < generations.FEWEST:
        return None
    before = published(store)
    number = max(store.revision(), before.number if before else 0) + 1
    try:
        return generations.build(home, number, recipe, base, stale, store.vectors(recipe, base.last_seq if base else 0))
    except GenerationDamaged as damage:
        if base is None:
            raise
        _log.warning("Chroma is made anew from the stored vectors: %s", damage)
        return _built(home, store, recipe, None, set())


def _compared(home: Path, store: Store, recipe: int) -> tuple[Published | None, set[str], set[str]]:
    """The generation in use if it is sound; which of the ids it holds are live, and which are stale."""
    named = published(store)
    if named is None or named.recipe != recipe:
        return None, set(), set()
    live = store.live_ids(recipe, named.last_seq)
    try:
        generation = Generation(home, named)
        try:
            return named, live, generation.ids() - live if named.count > len(live) else set()
        finally:
            generation.close()
    except GenerationDamaged as damage:
        if (home / named.folder).exists():  # else it was left out of a backup
            _log.warning("Chroma is made anew from the stored vectors: %s", damage)
        return None, set(), set()


def _damage(home: Path, named: Published) -> str:
    """What is wrong with a generation; empty when it is sound."""
    try:
        Generation(home, named).close()
    except GenerationDamaged as damage:
        return str(damage)
    return ""
