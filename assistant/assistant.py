"""The assistant: a question in, an answer out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date

from assistant.answers import Answer, Answered, CitedSentence, NotFound, Notice
from assistant.citations import cite
from assistant.judge import Judge, ReaderJudge
from assistant.verdict import Evidence, squeezed
from indexes import Index, OnRecordError
from indexes.article import normalise
from indexes.filters import EVERYTHING, Filter, read_filter

_log = logging.getLogger(__name__)

LONGEST_QUESTION = 2000
NO_ARTICLES = "There are no articles yet. Add some: onrecord add PATH"
_NEAREST = 3
_SENTENCES = 3
_COPIES = 4


class Assistant:
    """Answers questions from the articles of one index. Safe to share between threads."""

    def __init__(self, index: Index, judge: Judge | None = None) -> None:
        self.index = index
        self._judge = judge or ReaderJudge(index)

    def ask(self, question: str, where: Filter = EVERYTHING) -> Answer:
        """Answers from the articles that pass ``where`` and the filter words in the question.

        Never raises for what went wrong with the articles, the model or a filter: that is a Notice.
        """
        question = normalise(question).strip()
        try:
            return self._refusal(question) or self._answer(question, where)
        except OnRecordError as error:
            return Notice(question, str(error)[:1].upper() + str(error)[1:])
        except Exception:
            # The question itself stays out of the log: it may give away a story or a source.
            _log.exception("a question of %d characters could not be answered", len(question))
            return Notice(question, "Something went wrong inside On Record. The operator's log says what.")

    def _answer(self, question: str, where: Filter) -> Answer:
        asked, said = read_filter(question)
        considered = self._judge.consider(asked, where.and_also(said), date.today())
        if not considered.answers:
            return NotFound(question, considered.hits[:_NEAREST])
        return Answered(question, _cited(considered.verdict.evidence), considered.verdict.short)

    def _refusal(self, question: str) -> Notice | None:
        if not question:
            return Notice(question, "There is no question. Ask one in your own words.")
        if len(question) > LONGEST_QUESTION:
            return Notice(question, f"The question is longer than {LONGEST_QUESTION} characters. Ask a shorter one.")
        if self.index.is_empty():
            return Notice(question, NO_ARTICLES)
        return None


def _cited(evidence: Sequence[Evidence]) -> tuple[CitedSentence, ...]:
    """The best few different sentences; articles that carry the same sentence are cited together under it."""
    groups: dict[str, list[Evidence]] = {}
    for item in evidence:
        groups.setdefault(squeezed(item.hit, item.sentence), []).append(item)
    return tuple(
        CitedSentence(same[0].text, tuple(cite(e.hit.article, *e.span) for e in same[:_COPIES]))
        for same in list(groups.values())[:_SENTENCES]
    )
