"""From a question to a verdict: search, read, calibrate. :mod:`assistant.assistant` makes an answer of it."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from assistant.answering.certainty import Certainty
from assistant.answering.considered import Considered
from assistant.answering.evidence import Evidence, Verdict, verdict
from assistant.answering.latest_number import latest_first
from assistant.answering.names_asked import names_asked
from assistant.answering.relevant_sentences import relevant_sentences, wants_yes_or_no
from assistant.answering.sides import sides
from assistant.reader.answer_types import AnswerType, wanted, wants_several
from assistant.reader.calibration import Calibration, Question, Weighed, weigh
from assistant.reader.framing import subject_of
from assistant.reader.model import ReaderModel
from assistant.reader.read_passages import PassageReader
from assistant.reader.weights_loader import SHIPPED, locate_reader
from indexes import Hit, Index
from indexes.search.analysis import stems
from indexes.types.filters import EVERYTHING, Filter

READ = 20
"""How many hits are read for a question."""

_READ_FIRST = 3
_ON_IT = 0.6
"""The least share of a question's words in a passage that is to answer it without a span."""

_ABOUT_A_SUBJECT = (AnswerType.TOPIC, AnswerType.TIMELINE, AnswerType.COMPARISON)


class Judge(Protocol):
    """Interface: finds articles for a question and judges what they say."""

    def consider(self, question: str, where: Filter, today: date | None, beside: str = "") -> Considered: ...


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
        beside: str = "",
        without: Collection[str] = frozenset(),
    ) -> Considered:
        """The verdict on ``question``, asked on the day ``today``, from the articles that match ``where``.

        ``beside`` is another way to put it, such as after the question before it: what is found for that is read too,
        and it is asked instead where ``question`` finds no answer.
        ``without``: ids of articles to leave out, for evaluating what is answered when they are missing.
        """
        considered = latest_first(question, self._considered(question, where, today, beside, without))
        if beside and not considered.answers:
            instead = latest_first(beside, self._considered(beside, where, today, "", without))
            return instead if instead.answers else considered
        return considered

    def _considered(
        self, question: str, where: Filter, today: date | None, beside: str, without: Collection[str]
    ) -> Considered:
        kind, of = _kind_of(question), sides(question)
        if kind in _ABOUT_A_SUBJECT:
            question, beside = subject_of(question), subject_of(beside)
        hits = self.found(question, where, today, without)
        if beside and beside != question:
            hits = _interleaved(hits, self.found(beside, where, today, without))
        names = names_asked(self.index, question)
        shares = {id: names.share_in(article) for id, article in {hit.article.id: hit.article for hit in hits}.items()}
        read = [hit for hit in hits if shares[hit.article.id] > 0]
        if names.nowhere or not read:
            return Considered(Verdict((), None, 0.0), False, tuple(hits), names=names)
        asked = Question(question, self._rarity(question))
        if not kind.has_short:
            found = relevant_sentences(self.index, asked, kind, read, of)
            if kind in (AnswerType.REASON, AnswerType.MANNER):
                found = self._read_first(asked, read, found)
            return Considered(found, bool(found.evidence), tuple(hits), names=names, kind=kind)
        weighed = self._weighed(asked, read)
        found = verdict(question, weighed)
        if not weighed.answers:
            return Considered(found, False, weighed.hits, names=names, kind=kind)
        certainty = Certainty(asked, weighed, self._open().calibration, bool(names.known))
        answers = certainty.of_sentence
        about_all = not names.unknown and shares[weighed.answers[0].best.hit.article.id] == 1
        is_sure = about_all and certainty.of_words
        if kind is AnswerType.ROLE and not names.unknown:
            found = _first(found if answers else None, relevant_sentences(self.index, asked, AnswerType.TOPIC, read))
            answers = bool(found.evidence)
        elif not answers and not names.unknown and wants_several(question):
            told = relevant_sentences(self.index, asked, AnswerType.TOPIC, read)
            answers = bool(told.evidence) and _is_on(asked, told.evidence[0])
            found = told if answers else found
        return Considered(found, answers, weighed.hits, found.short if is_sure else None, names, kind)

    def _read_first(self, asked: Question, hits: list[Hit], found: Verdict) -> Verdict:
        """What the reader takes for the answer, where it is confident of that, before the other evidence ``found``.

        A cause is often told in other words than its effect; similarity alone does not find it.
        """
        read = verdict(asked.text, self._weighed(asked, hits))
        return _first(read if read.confidence >= self._open().calibration.threshold else None, found)

    def rerank(self, question: str, hits: list[Hit]) -> list[Hit]:
        """The hits reranked by the reader; if there are too many to read, the rest follow unchanged."""
        asked = Question(question, self._rarity(question))
        return [*self._weighed(asked, hits[:READ]).hits, *hits[READ:]]

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

    def _weighed(self, asked: Question, hits: list[Hit]) -> Weighed:
        opened = self._open()
        return weigh(asked, opened.reader.read(asked.text, hits, asked.rarity), opened.calibration)

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


def _is_on(asked: Question, one: Evidence) -> bool:
    """Whether the passage has most of the question's words; without a span, nothing else tells that it answers."""
    return asked.likeness(one.hit.text_with_title) >= _ON_IT


def _kind_of(question: str) -> AnswerType:
    kind = wanted(question)
    is_closed = kind is not AnswerType.COMPARISON and wants_yes_or_no(question)
    return AnswerType.YES_NO if is_closed else kind


def _first(read: Verdict | None, told: Verdict) -> Verdict:
    """What was ``read`` before the other sentences that are ``told``, each once."""
    if read is None:
        return told
    first = read.evidence[:_READ_FIRST]
    seen = {(one.hit.article.id, one.span) for one in first}
    rest = [one for one in told.evidence if (one.hit.article.id, one.span) not in seen]
    return replace(read, evidence=(*first, *rest))


def _interleaved(hits: list[Hit], others: list[Hit]) -> list[Hit]:
    """Two of ``hits`` for each of ``others``, each passage once, as many as are read."""
    rest, found = iter(others), dict[str, Hit]()
    for n, hit in enumerate(hits):
        found.setdefault(hit.passage.id, hit)
        if n % 2:
            other = next((one for one in rest if one.passage.id not in found), None)
            if other is not None:
                found[other.passage.id] = other
    for other in rest:
        found.setdefault(other.passage.id, other)
    return [replace(hit, rank=rank) for rank, hit in enumerate([*found.values()][:READ], start=1)]


def _leaving_out(without: Collection[str], hits: Iterable[Hit]) -> Iterator[Hit]:
    """The hits as if the named articles did not exist: a copy takes the place of the hit it was grouped under."""
    for hit in hits:
        left = [one for one in (hit, *hit.copies) if one.article.id not in without]
        if left:
            yield replace(left[0], copies=tuple(left[1:]))
