"""Metrics for Prometheus: numbers only, never a question or a name."""

from __future__ import annotations

from typing import get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from assistant.types.answers import Kind, Notice
from assistant.types.turns import Turn
from assistant.web.http.queue import AnswerQueue
from assistant.web.http.refusals import Refusals, Refused
from indexes import Index

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_SECONDS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60)


class Metrics:
    """The metrics of one app over one index, from the chat, the API and other assistants."""

    def __init__(self, index: Index) -> None:
        self._registry = CollectorRegistry()
        self._questions = Counter(
            "onrecord_questions", "Questions asked, by kind of answer.", ["kind"], registry=self._registry
        )
        for kind in (*get_args(Kind), "failed"):
            self._questions.labels(kind)
        self._seconds = Histogram(
            "onrecord_answer_seconds", "Seconds to a whole answer.", buckets=_SECONDS, registry=self._registry
        )
        self._gauge("onrecord_articles", "Articles in the index.").set_function(lambda: index.store.counts().articles)
        self._gauge("onrecord_passages", "Passages in the index.").set_function(lambda: index.store.counts().passages)

    def watch(self, queue: AnswerQueue) -> None:
        """Records waiting times, length and refusals of ``queue``."""
        waited = Histogram(
            "onrecord_wait_seconds", "Seconds waited for a turn.", buckets=_SECONDS, registry=self._registry
        )
        refused = Counter("onrecord_refused", "Questions refused: too many were waiting.", registry=self._registry)
        queue.on_turn, queue.on_refused = waited.observe, refused.inc
        self._gauge("onrecord_waiting", "Questions waiting for their turn.").set_function(lambda: queue.waiting)
        self._gauge("onrecord_working", "Questions being answered.").set_function(lambda: queue.working)

    def watch_refusals(self, refusals: Refusals) -> None:
        """Counts the requests that were refused, by kind."""
        counted = Counter("onrecord_refused_requests", "Requests refused, by kind.", ["kind"], registry=self._registry)
        for kind in Refused:
            counted.labels(kind.value)
        refusals.on_refused = lambda kind: counted.labels(kind.value).inc()

    def count(self, turn: Turn, seconds: float) -> None:
        self._questions.labels(_kind(turn)).inc()
        self._seconds.observe(seconds)

    def text(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    def _gauge(self, name: str, help: str) -> Gauge:
        return Gauge(name, help, registry=self._registry)


def _kind(turn: Turn) -> str:
    has_failed = isinstance(turn.answer, Notice) and turn.answer.failed
    return "failed" if has_failed else turn.answer.kind
