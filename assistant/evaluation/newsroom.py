"""Scores whole answers, in conversation, by the kind of question: facts, reasons, overviews, questions after others.

Other measures look at the passages found, or at short answers alone; this one looks at everything a reader is shown.
docs/evaluation.md describes the questions and how each kind is scored.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import BaseModel, Field

from assistant.evaluation.caching import Advance, cached_index, silently
from assistant.evaluation.matching import Figure, average, f1, holds_answer
from assistant.evaluation.questions import DatasetError, first_few, numbered_records, validated
from assistant.text.wording import normalise_answer, on_one_line
from assistant.types.answers import Answer, Answered, Notice

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.evaluation.corpora import Corpus
    from assistant.settings import Settings
    from assistant.types.turns import Turn
    from indexes import Hit

Kind = Literal[
    "fact", "yesno", "why", "how", "said", "overview", "timeline", "compare", "list", "multi", "followup", "near",
    "premise", "chat",
]  # fmt: skip
SHOWN = 8
"""How many sentences of an answer count as read."""

_NO_BASELINE = ("fact", "near", "premise", "chat")
"""Scored by other rules than the share of nuggets found."""

_QUOTES = str.maketrans("“”‘’", "\"\"''")


class NewsroomQuestion(BaseModel):
    """A question as it is typed, and what its answer must hold.

    ``turns`` are the earlier questions of the conversation. A nugget is a list of wordings, any of which will do.
    """

    id: Annotated[str, Field(min_length=1)]
    kind: Kind
    question: Annotated[str, Field(min_length=1)]
    asked: date
    turns: list[str] = []
    short: list[str] = []
    nuggets: list[list[str]] = []
    must_not: list[str] = []


@dataclass(frozen=True)
class NewsroomReply:
    """What was answered: ``score`` is 0 to 1, ``answer`` the answer's kind, ``searched`` the question as understood.

    ``baseline``: the score of simply showing the first sentences of the best passages; None where nuggets do not count.
    """

    id: str
    kind: Kind
    question: str
    score: float
    answer: str
    short: str | None
    shown: tuple[str, ...]
    searched: str
    seconds: float
    baseline: float | None = None


@dataclass(frozen=True)
class NewsroomEvaluation:
    """``replies`` in the order of the questions."""

    name: str
    when: datetime
    articles: int
    replies: tuple[NewsroomReply, ...]
    notices: tuple[str, ...] = ()

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """The mean score of each kind and of all questions, the share of short answers to ``fact`` questions that are
        right, and the baselines. Each with the number of questions it is computed over.
        """
        kinds = {kind: [one.score for one in self.replies if one.kind == kind] for kind in get_args(Kind)}
        bold = [float(one.score == 1) for one in self.replies if one.kind == "fact" and one.short]
        figures = {kind: average(scores) for kind, scores in kinds.items() if scores}
        if bold:
            figures["short answers to facts that are right"] = average(bold)
        figures["all"] = average([one.score for one in self.replies])
        simple = defaultdict[str, list[float]](list)
        for one in self.replies:
            if one.baseline is not None:
                simple[f"{one.kind}, by the best passages"].append(one.baseline)
        return figures | {name: average(found) for name, found in simple.items()}


def read_newsroom(path: Path) -> tuple[list[NewsroomQuestion], list[str]]:
    """The questions of a file, or of ``questions.jsonl`` in a folder; and notices of lines that are none.

    Raises:
        DatasetError: there is no such file, or no such question in it.
    """
    file = path / "questions.jsonl" if path.is_dir() else path
    questions, faults = list[NewsroomQuestion](), list[str]()
    for number, row in numbered_records(file):
        read = validated(NewsroomQuestion, row)
        if isinstance(read, str):
            faults.append(f"{file.name} line {number} is skipped: {read}")
        else:
            questions.append(read)
    if not questions:
        raise DatasetError(f"{file} holds no newsroom question. " + (faults[0] if faults else "It is empty."))
    return questions, first_few(faults)


def evaluate_newsroom(
    path: Path, corpus: Corpus | None, settings: Settings, advance: Advance = silently
) -> NewsroomEvaluation:
    """Asks the questions of ``path`` over ``corpus``, or over the configured index if it is None, each on its day.

    Raises:
        DatasetError: there are no questions, or nothing to search.
        ModelMissing: the language model cannot be used as configured.
    """
    from assistant.factory import open_assistant

    questions, notices = read_newsroom(path)
    with cached_index(corpus, settings, advance) as (index, refused):
        assistant = open_assistant(settings, index)
        assistant.warm_up()
        with advance("Asking", len(questions)) as step:
            replies = [_asked(assistant, question, step) for question in questions]
        count = index.store.counts().articles
    name = path.resolve().name.removesuffix(".jsonl")
    return NewsroomEvaluation(name, datetime.now(UTC), count, tuple(replies), (*notices, *refused))


def _asked(assistant: Assistant, question: NewsroomQuestion, step: Callable[[], None]) -> NewsroomReply:
    assistant.today = lambda: question.asked
    turns: list[Turn] = []
    for text in (*question.turns, question.question):
        began = time.perf_counter()
        *_, turn = assistant.converse(text, turns=turns)
        seconds = time.perf_counter() - began
        turns.append(turn)
    step()
    answer = turn.answer
    return NewsroomReply(
        question.id, question.kind, question.question, score(question, answer), answer.kind, answer.short,
        tuple(shown(answer)), turn.searched, seconds, _baseline(assistant, question, turn),
    )  # fmt: skip


def _baseline(assistant: Assistant, question: NewsroomQuestion, turn: Turn) -> float | None:
    """The share of the nuggets in the first sentences of the passages found, in the order they were found."""
    if question.kind in _NO_BASELINE or isinstance(turn.answer, Notice):
        return None
    hits = assistant.index.search(turn.searched, SHOWN, where=turn.where, today=question.asked)
    return _share_found(question.nuggets, [text for text, _ in first_sentences(hits)])


def first_sentences(hits: Sequence[Hit]) -> list[tuple[str, Hit]]:
    """The baseline for whole answers: the first sentences of the passages found, as they were found, with their hit."""
    return [(text, hit) for hit in hits for text in hit.sentences][:SHOWN]


def shown(answer: Answer) -> list[str]:
    """What a reader takes for the answer: the short answer and the first sentences, with the headings above them.

    Nearest passages are not in it.

    >>> shown(Notice("Hello", "Ask about the articles."))
    ['Ask about the articles.']
    """
    if isinstance(answer, Notice):
        return [answer.text]
    texts = [answer.short or ""]
    left = SHOWN
    for section, sentences in answer.by_section if isinstance(answer, Answered) else []:
        texts += [section.heading] if section and left else []
        texts += [sentence.text for sentence in sentences[:left]]
        left -= len(sentences[:left])
    return [*filter(None, texts)]


def score(question: NewsroomQuestion, answer: Answer) -> float:
    """0 to 1, by the rules of the question's kind."""
    texts = shown(answer)
    found = _share_found(question.nuggets, texts)
    if question.kind == "fact":
        given = answer.short or ""
        right = holds_answer(given, map(normalise_answer, question.short))
        return 1.0 if right else f1(given, question.short)
    if question.kind in ("near", "premise"):
        refused = answer.kind == "not_found" and not answer.short
        return float(refused or (bool(question.nuggets) and found == 1))
    if question.kind == "chat":
        return float(answer.kind != "not_found" and not answer.citations)
    if question.kind == "followup" and _share_found([[text] for text in question.must_not], texts):
        return 0.0
    return found


def _share_found(nuggets: Sequence[Iterable[str]], texts: Sequence[str]) -> float:
    told = _plain(" ".join(texts))
    found = [any(_plain(wording) in told for wording in nugget) for nugget in nuggets]
    return sum(found) / len(found) if found else 0.0


def _plain(text: str) -> str:
    return on_one_line(text).translate(_QUOTES).lower()
