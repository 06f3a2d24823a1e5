"""Dense search over the live passages: Chroma for those in its generation, exact search for the rest.

Follows commits of other processes, and falls back to exact search while Chroma is damaged or down. Trusts neither
Chroma nor the vector file: every cosine is recomputed from the vector in the store.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from indexes.search import exact
from indexes.search.ann import Engine, EngineAway, GenerationDamaged, Opened, Published
from indexes.search.chroma_files import ChromaFolder
from indexes.search.exact import Stamp, VectorFile
from indexes.storage.store import Store
from indexes.storage.writer_lock import holder

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors
    from indexes.search.exact import Seqs

_SAME = 1e-3
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _State:
    """The searchable state for one revision of the index."""

    revision: tuple[int, int]
    epoch: int
    generation: Opened | None
    file: VectorFile
    apart: Seqs
    """The passages up to there that the generation does not include."""
    dead: int
    """The most removed passages that the generation and the file still include."""

    @property
    def built_up_to(self) -> int:
        return self.generation.published.last_seq if self.generation else 0


class VectorSearch:
    """Searches the vectors of one index. Safe to share between threads."""

    def __init__(
        self,
        home: Path,
        store: Store,
        on_damage: Callable[[], None] = lambda: None,
        engine: Engine | None = None,
    ) -> None:
        self._home = home
        self._store = store
        self._on_damage = on_damage
        self.engine = engine or ChromaFolder(home, store)
        self._state: _State | None = None
        self._damaged = 0
        """The number of a generation that must no longer be used."""
        self._distrusted: Stamp | None = None
        self._loading = threading.Lock()
        self._has_opened = False
        self._being_opened: Published | None = None
        self._opener: threading.Thread | None = None
        self._ready: Opened | None = None
        """A generation opened in a separate thread, to be searched from the next question on."""

    def nearest(self, vector: Vectors, recipe: int, top: int, among: Seqs | None = None) -> list[tuple[int, float]]:
        """Live passages by ``seq`` with their cosines, best first; only those in ``among``, if given."""
        self.engine.look()
        state = self._current(recipe)
        # Removed passages stay in place for a while, so as many more are requested.
        more = state.dead if among is None else 0
        try:
            from_chroma = self._from_chroma(state, vector, top + more) if among is None else None
        except GenerationDamaged as damage:
            return self._without_chroma(state, damage).nearest(vector, recipe, top)
        after = state.built_up_to if from_chroma is not None else 0
        from_file = dict(state.file.nearest(vector, top + more, after, among))
        if from_chroma is not None and len(state.apart):
            from_file |= state.file.nearest(vector, top + more, among=state.apart)
        claimed = from_file | (from_chroma or {})
        true = self._best_live(claimed, vector, recipe, top)
        if not _agree(from_chroma or {}, true):
            wrong = GenerationDamaged(f"{self.engine.label} gives wrong cosines")
            return self._without_chroma(state, wrong).nearest(vector, recipe, top)
        if not _agree(from_file, true):
            return self._without_file(state.file).nearest(vector, recipe, top, among)
        return sorted(true.items(), key=lambda item: (-item[1], item[0]))

    def _best_live(self, claimed: Mapping[int, float], vector: Vectors, recipe: int, top: int) -> dict[int, float]:
        """The ``top`` best live passages of those claimed to be nearest, with recomputed cosines."""
        true: dict[int, float] = {}
        order = sorted(claimed, key=lambda seq: -claimed[seq])
        while order and len(true) < top:
            live = self._true_cosines(vector, recipe, order[:top])
            true |= dict(itertools.islice(((seq, live[seq]) for seq in order[:top] if seq in live), top - len(true)))
            order = order[top:]
        return true

    def cosines(self, vector: Vectors, recipe: int, among: Seqs) -> dict[int, float]:
        """The cosine of each live passage in ``among``."""
        return self._true_cosines(vector, recipe, among.tolist())

    def _true_cosines(self, vector: Vectors, recipe: int, seqs: Sequence[int]) -> dict[int, float]:
        return {seq: float(row @ vector) for seq, row in self._store.vectors_of(recipe, seqs).items()}

    def _from_chroma(self, state: _State, vector: Vectors, top: int) -> dict[int, float] | None:
        """Chroma's results; None if it cannot be used and exact search must cover everything."""
        if state.generation is None:
            return None
        try:
            return state.generation.nearest(vector, top)
        except EngineAway:
            return None

    @property
    def health(self) -> str:
        """Which search is in use, in a few words for the operator."""
        named = self.engine.published()
        if self.engine.away:
            return f"exact search, {self.engine.label} is away"
        if named is not None and named.number == self._damaged:
            return "exact search, Chroma's files are damaged"
        return self.engine.label if named else "exact search"

    def close(self) -> None:
        with self._loading:
            opened = self._ready, self._state.generation if self._state else None
            self._state = self._ready = self._being_opened = None
        if self._opener is not None:
            self._opener.join(timeout=10)
        for generation in filter(None, opened):
            generation.close()
        self.engine.close()

    def _without_chroma(self, state: _State, damage: GenerationDamaged) -> VectorSearch:
        if state.generation is not None:
            self._give_up(state.generation.published, damage)
        return self

    def _give_up(self, damaged: Published, damage: GenerationDamaged) -> None:
        _log.warning("using exact search, as Chroma is damaged: %s", damage)
        self._damaged = damaged.number
        self._state = None
        self.engine.condemn(damaged)
        self._on_damage()

    def _without_file(self, file: VectorFile) -> VectorSearch:
        _log.warning("using the stored vectors, as those in %s are wrong", self._home / "vectors")
        self._distrusted = file.stamp
        self._state = None
        self._on_damage()
        return self

    def _current(self, recipe: int) -> _State:
        state = self._state
        if state is not None and self._holds(state):
            return state
        with self._loading:
            # Held in a local variable: another thread may drop the state at any moment.
            state = self._state
            if state is None or not self._holds(state):
                state = self._state = self._load(recipe, state)
            return state

    def _holds(self, state: _State) -> bool:
        return self._ready is None and (state.revision, state.epoch) == (self._store.revision_here(), self.engine.epoch)

    def _load(self, recipe: int, before: _State | None) -> _State:
        import numpy as np

        nobody_writes = not holder(self._home)
        epoch = self.engine.epoch
        with self._store.snapshot():
            generation = self._generation(recipe, before if before and before.epoch == epoch else None)
            known = before.file if before else None
            file = exact.opened(self._home, self._store, recipe, known, self._distrusted)
            if file.damage and nobody_writes:  # a writer repairs it
                self._on_damage()
            dead = len(file.seqs) - self._store.count_passages(recipe)
            if generation:
                live = self._store.count_passages(recipe, generation.published.last_seq)
                dead = max(dead, generation.published.held - live)
            apart = np.array(generation.published.apart if generation else (), np.int64)
            return _State(self._store.revision_here(), epoch, generation, file, apart, dead)

    def _generation(self, recipe: int, before: _State | None) -> Opened | None:
        named, ready, self._ready = self.engine.published(), self._ready, None
        used = before.generation if before else None
        for opened in (used, ready):
            if opened is not None and opened.published == named:
                return opened
        if ready is not None:  # overtaken by the next
            ready.close()
        if named is None or named.recipe != recipe:
            if not self.engine.here:  # nothing has been sent to it yet
                self._on_damage()
            return None
        if named.number == self._damaged:
            return None
        if not self._has_opened or (used is not None and used.published.number == named.number):
            return self._open(named, recipe)
        if self._being_opened != named:
            self._being_opened = named
            self._opener = threading.Thread(target=self._open_beside, args=(named, recipe), name="open", daemon=True)
            self._opener.start()
        return None

    def _open_beside(self, named: Published, recipe: int) -> None:
        """Opens and checks a generation in a thread, as that takes many times as long as a question."""
        opened = None
        try:
            opened = self._open(named, recipe)
        finally:
            with self._loading:
                if self._being_opened == named:
                    self._being_opened, self._ready, opened = None, opened, None
            if opened is not None:  # overtaken by the next
                opened.close()

    def _open(self, named: Published, recipe: int) -> Opened | None:
        try:
            opened = self.engine.open(named, recipe)
        except GenerationDamaged as damage:
            if self.engine.published() == named:  # otherwise it was deleted in the meantime
                self._give_up(named, damage)
            return None
        except EngineAway:  # the cause is in the log, and it is opened when it is back
            return None
        self._has_opened = True
        return opened


def _agree(claimed: Mapping[int, float], true: Mapping[int, float]) -> bool:
    return all(abs(cosine - true[seq]) < _SAME for seq, cosine in claimed.items() if seq in true)


def problems(home: Path, store: Store, engine: Engine, recipe: int) -> list[str]:
    """What is wrong with the vector indexes; the next ``add``, or a running server, repairs it."""
    damage = _damage(engine, recipe)
    found = [damage] if damage else exact.problems(home, store, recipe)
    return [f"vector index: {line}. Exact search is used. Rebuild it: onrecord reindex" for line in found]


def _damage(engine: Engine, recipe: int) -> str:
    """What is wrong with the generation in use; empty if it is sound."""
    named = engine.published()
    if named is None or named.recipe != recipe:
        return "" if engine.here else f"{engine.label} does not hold the vectors yet"
    try:
        engine.check(named)
    except (GenerationDamaged, EngineAway) as damage:
        return str(damage).rstrip(".")
    return ""
