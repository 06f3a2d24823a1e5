"""From a question to a verdict: search, read, calibrate. :mod:`assistant.assistant` makes an answer of it."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from assistant.answering.evidence import Verdict, verdict
from assistant.answering.yes_no import bearing, wants_yes_or_no
from assistant.reader.calibration import Calibration, Question, Weighed, weigh
from assistant.reader.model import ReaderModel
from assistant.reader.read_passages import PassageReader
from assistant.reader.weights_loader import SHIPPED, locate_reader
from indexes import Hit, Index
from indexes.search.analysis import stems
from indexes.types.filters import EVERYTHING, Filter

READ = 20
"""How many hits are read for a question."""

_BEARING = 10


@dataclass(frozen=True)
class Considered:
    """The verdict on a question, whether it is confident enough to answer, and the hits behind it, best first."""

    verdict: Verdict
    answers: bool
    hits: tuple[Hit, ...]


class Judge(Protocol):
    """Interface: finds articles for a question and judges what they say."""

    def consider(self, question: str, where: Filter, today: date | None) -> Considered: ...


@dataclass(frozen=True)
class _Opened:
    reader: PassageReader
    calibration: Calibration


class ReaderJudge:
    """Judges with the reader model. Safe to share between threads."""

    def __init__(self, index: Index, reader: str = SHIPPED, number_format: str = "auto", hub: bool = False) -> None:
        self.index = index
        self._name, self._hub = reader, hub
        self._format = number_format
        self._opening = threading.Lock()
        self._opened: _Opened | None = None

    @property
    def model(self) -> ReaderModel:
        """The underlying reader model, for other uses."""
        return self._open().reader.model

    def consider(
        self,
        question: str,
        where: Filter = EVERYTHING,
        today: date | None = None,
        without: Collection[str] = frozenset(),
    ) -> Considered:
        """The verdict on ``question``, asked on the day ``today``, from the articles that match ``where``.

        ``without``: ids of articles to leave out, for evaluating what is answered when they are missing.
        """
        hits = self.found(question, where, today, without)
        if wants_yes_or_no(question):
            found = bearing(self.index, question, hits[:_BEARING], self._rarity(question))
            return Considered(found, bool(found.evidence), tuple(hits))
        weighed = self._weighed(question, hits)
        found = verdict(question, weighed)
        return Considered(found, found.confidence >= self._open().calibration.threshold, weighed.hits)

    def rerank(self, question: str, hits: list[Hit]) -> list[Hit]:
        """The hits reranked by the reader; if there are too many to read, the rest follow unchanged."""
        return [*self._weighed(question, hits[:READ]).hits, *hits[READ:]]

    def found(
        self,
        question: str,
        where: Filter = EVERYTHING,
        today: date | None = None,
        without: Collection[str] = frozenset(),
    ) -> list[Hit]:
        """The hits to read for a question, best first; for ``without`` see :meth:`consider`."""
        hits = self.index.search(question, READ + 2 * len(without), where=where, today=today)
        return [*_leaving_out(without, hits)][:READ]

    def _weighed(self, question: str, hits: list[Hit]) -> Weighed:
        opened, rarity = self._open(), self._rarity(question)
        return weigh(Question(question, rarity), opened.reader.read(question, hits, rarity), opened.calibration)

    def _rarity(self, question: str) -> dict[str, float]:
        return self.index.rarity(set(stems(question)))

    def _open(self) -> _Opened:
        """The reader, located and checked on first use; its weights load when it first reads."""
        with self._opening:
            if self._opened is None:
                files = locate_reader(self._name, self._hub)
                model = ReaderModel(files, files.number_format(self._format))
                self._opened = _Opened(PassageReader(model), Calibration.load(files.calibration))
            return self._opened


def _leaving_out(without: Collection[str], hits: Iterable[Hit]) -> Iterator[Hit]:
    """The hits as if the named articles did not exist: a copy takes the place of the hit it was grouped under."""
    for hit in hits:
        left = [one for one in (hit, *hit.copies) if one.article.id not in without]
        if left:
            yield replace(left[0], copies=tuple(left[1:]))
