"""From a question to a verdict: search, read, weigh. What becomes of the verdict is for :mod:`assistant.assistant`."""

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
    """The verdict on a question, whether it is sure enough to be an answer, and the hits it rests on, best first."""

    verdict: Verdict
    answers: bool
    hits: tuple[Hit, ...]


class Judge(Protocol):
    """Whatever can find and judge what articles say."""

    def consider(self, question: str, where: Filter, today: date | None) -> Considered: ...


@dataclass(frozen=True)
class _Opened:
    reader: PassageReader
    calibration: Calibration


class ReaderJudge:
    """Judges by the reader. Safe to share between threads."""

    def __init__(self, index: Index, reader: str = SHIPPED, number_format: str = "auto", hub: bool = False) -> None:
        self.index = index
        self._name, self._hub = reader, hub
        self._format = number_format
        self._opening = threading.Lock()
        self._opened: _Opened | None = None

    @property
    def model(self) -> ReaderModel:
        """The model this judges by, for other questions to be put to it."""
        return self._open().reader.model

    def consider(
        self,
        question: str,
        where: Filter = EVERYTHING,
        today: date | None = None,
        without: Collection[str] = frozenset(),
    ) -> Considered:
        """What the articles that pass ``where`` say to ``question``, as asked on the day ``today``.

        ``without`` names articles to be left out, for measuring what is said when they are missing.
        """
        hits = self.found(question, where, today, without)
        if wants_yes_or_no(question):
            found = bearing(self.index, question, hits[:_BEARING], self._rarity(question))
            return Considered(found, bool(found.evidence), tuple(hits))
        weighed = self._weighed(question, hits)
        found = verdict(question, weighed)
        return Considered(found, found.confidence >= self._open().calibration.threshold, weighed.hits)

    def rerank(self, question: str, hits: list[Hit]) -> list[Hit]:
        """The hits in the order the reader puts them in; those it did not read, if there are many, after them."""
        return [*self._weighed(question, hits[:READ]).hits, *hits[READ:]]

    def found(
        self,
        question: str,
        where: Filter = EVERYTHING,
        today: date | None = None,
        without: Collection[str] = frozenset(),
    ) -> list[Hit]:
        """The hits that are read for a question, best first; for ``without`` see :meth:`consider`."""
        hits = self.index.search(question, READ + 2 * len(without), where=where, today=today)
        return [*_leaving_out(without, hits)][:READ]

    def _weighed(self, question: str, hits: list[Hit]) -> Weighed:
        opened, rarity = self._open(), self._rarity(question)
        return weigh(Question(question, rarity), opened.reader.read(question, hits, rarity), opened.calibration)

    def _rarity(self, question: str) -> dict[str, float]:
        return self.index.rarity(set(stems(question)))

    def _open(self) -> _Opened:
        """The reader, found and checked when it is first needed; its weights are loaded when it first reads."""
        with self._opening:
            if self._opened is None:
                files = locate_reader(self._name, self._hub)
                model = ReaderModel(files, files.number_format(self._format))
                self._opened = _Opened(PassageReader(model), Calibration.load(files.calibration))
            return self._opened


def _leaving_out(without: Collection[str], hits: Iterable[Hit]) -> Iterator[Hit]:
    """The hits as if the articles named were not there: a copy takes the place of what it was listed under."""
    for hit in hits:
        left = [one for one in (hit, *hit.copies) if one.article.id not in without]
        if left:
            yield replace(left[0], copies=tuple(left[1:]))
