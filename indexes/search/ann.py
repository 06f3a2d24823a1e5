"""Where finished generations of vectors are kept: in folders here, or on a Chroma server. What the two share.

Knows nothing of articles: numbers and unit vectors go in, numbers and cosines come out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from indexes.types.errors import OnRecordError

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors

ENOUGH = 1000
"""Passages that wait, at least, before an engine is brought up to them."""


class GenerationDamaged(OnRecordError):
    """A generation is not as it was published. Never shown: exact search serves, and it is rebuilt."""


class EngineAway(OnRecordError):
    """The engine cannot be used for now. No question fails of it: exact search serves. Seen by whoever reindexes."""


MOST = 20_000
"""Neighbours that Chroma is asked for at most: it fails from 32,766 on."""


@dataclass(frozen=True)
class Published:
    """What is remembered of the generation in use."""

    number: int
    recipe: int
    count: int
    """How many vectors the graph holds."""
    last_seq: int
    """The last passage it was built up to; later ones are searched exactly until it is brought up to them."""
    apart: tuple[int, ...]
    """The passages up to there that are kept out of the graph, by ``seq``, ascending
    (:mod:`indexes.search.duplicate_vectors`).
    """

    @property
    def held(self) -> int:
        """How many passages it was built of, those kept apart among them."""
        return self.count + len(self.apart)


class Opened(ABC):
    """A generation, for reading. Any thread may use it."""

    published: Published

    @abstractmethod
    def nearest(self, vector: Vectors, top: int) -> dict[int, float]:
        """The ``top`` nearest passages by ``seq``, with their cosines. Removed ones may be among them.

        Raises:
            GenerationDamaged: it is not what was published.
            EngineAway: it cannot be asked for now.
        """

    @abstractmethod
    def close(self) -> None: ...


class Engine(ABC):
    """One place of generations."""

    label: str
    here: bool
    """Whether each machine has its own; else all machines share one, which whoever writes articles alone may change."""
    away: str = ""
    """Why it is not asked at the moment; empty when it is."""
    epoch: int = 0
    """Grows whenever what was opened must be opened anew."""

    @abstractmethod
    def published(self) -> Published | None:
        """The generation in use."""

    @abstractmethod
    def open(self, named: Published, recipe: int) -> Opened:
        """The generation ``named``, checked.

        Raises:
            GenerationDamaged, EngineAway: as :meth:`Opened.nearest`.
        """

    @abstractmethod
    def look(self) -> None:
        """Has it looked at, when it is time, how the engine is. Called with every question; none waits for it."""

    @abstractmethod
    def check(self, named: Published) -> None:
        """Raises GenerationDamaged or EngineAway if something is wrong with the generation ``named``."""

    @abstractmethod
    def condemn(self, named: Published) -> None:
        """Has a generation that was found damaged made anew, when it is next brought up to date."""

    @abstractmethod
    def bring_up_to_date(self, recipe: int, anew: bool = False) -> None:
        """Publishes what is new when enough has changed, or when it is damaged. ``anew``: something was removed, which
        is to stand nowhere any more.

        Under the lock of whoever may change it. Nothing is embedded: vectors come from the truth.

        Raises:
            EngineAway: it cannot be written to for now; what is published holds.
        """

    @abstractmethod
    def rebuild(self, recipe: int) -> None:
        """Makes a generation of nothing but the truth. Raises EngineAway."""

    @abstractmethod
    def close(self) -> None: ...
