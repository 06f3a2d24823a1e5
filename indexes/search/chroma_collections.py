"""The collections of one newsroom on a Chroma server: vectors under their ``seq``; no text, no title, no id."""

from __future__ import annotations

from collections.abc import Collection as Several
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from indexes.search.ann import GenerationDamaged
from indexes.search.chroma_client import Calls
from indexes.search.chroma_local import HNSW, MISSED_AT_MOST, candidates, check_found, unfound
from indexes.search.duplicate_vectors import fill
from indexes.storage.store import Store

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors

_IDENTITY = "chroma_identity"
_SAMPLE, _LATEST, _AT_ONCE, _PAGE = 16, 64, 500, 10_000


class Collection:
    """One of them. Its methods raise what Chroma's client does, and GenerationDamaged."""

    def __init__(self, chroma: Any, store: Store, label: str) -> None:
        """``label``: whose it is, for whoever reads of damage."""
        self._chroma, self._store, self._label = chroma, store, label

    def count(self) -> int:
        return int(self._chroma.count())

    def nearest(self, vector: Vectors, top: int) -> dict[int, float]:
        """The ``top`` nearest by ``seq``, with their cosines."""
        found = self._chroma.query(query_embeddings=vector.reshape(1, -1), n_results=top, include=["distances"])
        ids, distances = found["ids"][0], found["distances"][0]
        return {int(id): 1.0 - float(distance) for id, distance in zip(ids, distances, strict=True)}

    def send(self, recipe: int, after: int) -> tuple[int, tuple[int, ...]]:
        """Sends all passages after ``after`` but for those kept apart. The last of them, and those."""

        def put(ids: list[str], rows: Vectors) -> None:
            self._chroma.upsert(ids=ids, embeddings=rows)
            check_found(self._chroma, rows[-_LATEST:])

        return fill(put, self._store.vectors(recipe, after, batch=_AT_ONCE), after)

    def delete_all_but(self, live: set[int]) -> None:
        held: list[str] = []
        while page := self._chroma.get(include=[], limit=_PAGE, offset=len(held))["ids"]:
            held += page
        stale = [id for id in held if not id.isdecimal() or int(id) not in live]
        for start in range(0, len(stale), _AT_ONCE):
            self._chroma.delete(ids=stale[start : start + _AT_ONCE])

    def check_sample(self, recipe: int, last_seq: int, apart: Several[int]) -> None:
        """Vectors of the truth up to ``last_seq``, from all over it, must find themselves, but for those ``apart``."""
        import numpy as np

        starts = np.random.default_rng().integers(0, last_seq, _SAMPLE)
        found = [next(iter(self._store.vectors(recipe, int(start), batch=1)), None) for start in starts]
        sample = {int(seqs[0]): rows[0] for _, seqs, rows in filter(None, found) if seqs[0] <= last_seq}
        sample = {seq: row for seq, row in sample.items() if seq not in apart}
        if not sample:
            return
        seqs = list(sample)
        lost = [seqs[place] for place in unfound(self._chroma, np.stack(list(sample.values())))]
        if len(self._store.ids(lost, recipe)) > MISSED_AT_MOST * len(sample):  # those removed are not lost
            raise GenerationDamaged(f"{self._label} does not find its own vectors")


class Collections:
    """All of them, by number."""

    def __init__(self, store: Store, calls: Calls) -> None:
        self._store, self._calls = store, calls

    def __getitem__(self, number: int) -> Collection:
        """Raises EngineAway; GenerationDamaged: there is none."""
        return self._of(self._calls.collection(self.name(number)))

    def create(self, number: int, total: int) -> Collection:
        """An empty one for ``total`` vectors. One of that number that is there, left by a kill, is thrown away."""
        name = self.name(number)
        if name in self._calls.names():
            self._calls.delete(name)
        # Chroma rewrites its files in place each time so many came, and does not survive a kill then: once, here.
        hnsw = {**HNSW, "ef_search": candidates(total), "sync_threshold": max(2, total), "batch_size": 100}
        return self._of(self._calls.create(name, hnsw))

    def discard_all_but(self, keep: set[int]) -> None:
        kept = {self.name(number) for number in keep}
        for name in self._calls.names():
            if name.startswith(self.name("")) and name not in kept:
                self._calls.delete(name)

    def name(self, number: int | str) -> str:
        return f"onrecord-{self._identity()}-{number}"

    def _identity(self) -> str:
        """Tells the collections of this newsroom from those of others on the same server."""
        kept = self._store.remembered(_IDENTITY)
        if kept is None:
            kept = token_hex(8)
            with self._store.transaction():
                self._store.remember(_IDENTITY, kept)
        return str(kept)

    def _of(self, chroma: Any) -> Collection:
        return Collection(chroma, self._store, self._calls.label)
