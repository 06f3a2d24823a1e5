"""The basis of an answer: the state of the index when the question was asked. Knows nothing of answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from indexes import Index


@dataclass(frozen=True)
class Basis:
    """The state of the index when a question was ``asked``, a UTC time to the second.

    ``revision`` counts the writes to the index (:meth:`indexes.storage.store.Store.revision`). ``articles`` and
    ``passages`` are how many could be searched. ``model`` and ``model_sha256`` identify the embedding model and its
    weights, ``onrecord`` the version of On Record.
    """

    asked: datetime
    revision: int
    articles: int
    passages: int
    model: str
    model_sha256: str
    onrecord: str


class IndexStates:
    """Gives the basis of a question asked now. Counts articles and passages only once per revision of the index."""

    def __init__(self, index: Index) -> None:
        self._store = index.store
        self._known: tuple[int, dict[str, Any]] = (-1, {})

    def now(self) -> Basis:
        """The current state of the index.

        Raises:
            OnRecordError: the index cannot be read.
        """
        revision = self._store.revision()
        known, facts = self._known
        if known != revision:
            facts = self._facts()
            self._known = revision, facts
        return Basis(datetime.now(UTC).replace(microsecond=0), revision, **facts, onrecord=version("onrecord"))

    def _facts(self) -> dict[str, Any]:
        counts, kept = self._store.counts(), self._store.recipe()
        model, sha256 = (kept[1].model, kept[1].sha256) if kept else ("", "")
        return {"articles": counts.articles, "passages": counts.passages, "model": model, "model_sha256": sha256}
