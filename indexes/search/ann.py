"""Interfaces of approximate search, shared by Chroma in local folders and on a server.

Does not know about articles: row numbers and unit vectors go in, row numbers and cosines come out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from indexes.types.errors import OnRecordError

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors

ENOUGH = 1000
"""The least number of new passages for which an engine is brought up to date."""


class GenerationDamaged(OnRecordError):
    """A generation differs from what was published. Never shown: exact search takes over, and it is rebuilt."""


class EngineAway(OnRecordError):
    """The engine cannot be used for now. Questions use exact search meanwhile. Seen by the person reindexing."""


MOST = 20_000
"""The most neighbours requested from Chroma, which fails from 32,766 on."""


@dataclass(frozen=True)
class Published:
    """The record of the generation in use."""

    number: int
    recipe: int
    count: int
    """How many vectors the graph holds."""
    last_seq: int
    """The last passage it includes; later ones are searched exactly until it is brought up to date."""
    apart: tuple[int, ...]
    """The passages up to there that are not in the graph, by ascending ``seq``
    (:mod:`indexes.search.duplicate_vectors`).
    """

    @property
    def held(self) -> int:
        """How many passages it was built from, including those kept apart."""
        return self.count + len(self.apart)


class Opened(ABC):
    """A generation opened for reading. Thread-safe."""

    published: Published

    @abstractmethod
    def nearest(self, vector: Vectors, top: int) -> dict[int, float]:
        """The ``top`` nearest passages by ``seq``, with their cosines. Removed ones may be among them.

        Raises:
            GenerationDamaged: it differs from what was published.
            EngineAway: it cannot be used for now.
        """

    @abstractmethod
    def close(self) -> None: ...


class Engine(ABC):
    """Interface: a store of generations."""

    label: str
    here: bool
    """Whether each machine has its own; else all machines share one, which only the writer of articles may change."""
    away: str = ""
    """Why it is not in use at the moment; empty if it is."""
    epoch: int = 0
    """Increases whenever what was opened must be reopened."""

    @abstractmethod
    def published(self) -> Published | None:
        """The generation in use."""

    @abstractmethod
    def open(self, named: Published, recipe: int) -> Opened:
        """Opens and checks the generation ``named``.

        Raises:
            GenerationDamaged, EngineAway: as :meth:`Opened.nearest`.
        """

    @abstractmethod
    def look(self) -> None:
        """Triggers a health check when one is due. Called with every question; none waits for it."""

    @abstractmethod
    def check(self, named: Published) -> None:
        """Raises GenerationDamaged or EngineAway if the generation ``named`` is not sound."""

    @abstractmethod
    def condemn(self, named: Published) -> None:
        """Marks a damaged generation for rebuilding at the next update."""

    @abstractmethod
    def bring_up_to_date(self, recipe: int, anew: bool = False) -> None:
        """Publishes an update if enough has changed or the generation is damaged. ``anew``: articles were removed, and
        no trace of them may remain.

        Requires the writer's lock. Embeds nothing: vectors come from the store.

        Raises:
            EngineAway: it cannot be written to for now; what is published stays valid.
        """

    @abstractmethod
    def rebuild(self, recipe: int) -> None:
        """Rebuilds a generation from the store alone. Raises EngineAway."""

    @abstractmethod
    def close(self) -> None: ...
