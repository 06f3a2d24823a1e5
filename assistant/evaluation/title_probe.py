"""Asks about the title of each question's article, and looks for the question's answer in what is shown.

The question's own words are not given, so what is measured is how well an answer tells what matters in a story. Beside
it stand simple answers: the first sentences of the passages and articles found. docs/evaluation.md has the rules.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from assistant.assistant import Assistant
from assistant.evaluation.matching import Figure, average, holds_answer
from assistant.evaluation.newsroom import SHOWN, first_sentences
from assistant.evaluation.questions import Question
from assistant.evaluation.runs import DEPTH
from assistant.evaluation.significance import SignTest, sign_test
from assistant.text.wording import normalise_answer
from assistant.types.turns import Turn
from indexes import Article, Hit
from indexes.ingest.sentence_splitter import split_sentences

OURS, PASSAGES, LEADS, OPENING = "answer", "passages", "leads", "opening"
_BASELINES = (PASSAGES, LEADS, OPENING)


@dataclass(frozen=True)
class TitleReply:
    """What was shown for the title of the relevant article of the question ``id``; ``kind`` is the answer's.

    ``holds``: whether one of the question's answers stands in it, and in the sentences that each baseline shows.
    """

    id: str
    title: str
    kind: str
    shown: tuple[str, ...]
    holds: Mapping[str, bool]
    seconds: float


@dataclass(frozen=True)
class TitleProbe:
    """``replies`` in the order of the questions."""

    replies: tuple[TitleReply, ...]

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """The share of titles for which an answer is shown, for the answer and for each baseline."""
        return {name: average([float(one.holds[name]) for one in self.replies]) for name in (OURS, *_BASELINES)}

    @cached_property
    def tests(self) -> dict[str, SignTest]:
        """The answer beside each baseline."""
        return {name: sign_test([(one.holds[OURS], one.holds[name]) for one in self.replies]) for name in _BASELINES}

    @cached_property
    def missed(self) -> list[TitleReply]:
        """The titles for which a baseline shows an answer and On Record does not."""
        return [one for one in self.replies if not one.holds[OURS] and any(one.holds.values())]


def titles(questions: Sequence[Question], articles: Mapping[str, Article]) -> Iterator[tuple[Question, str]]:
    """Each question that has an answer and a relevant article with a title, and that title: the first of them."""
    for question in questions:
        there = [articles[id].title for id in question.relevant if id in articles]
        if question.answers and any(there):
            yield question, next(filter(None, there))


def ask_about_titles(
    assistant: Assistant, asked: Sequence[tuple[Question, str]], dated: bool, step: Callable[[], None]
) -> TitleProbe:
    """Asks "What do we know about TITLE?" for each of :func:`titles`; with ``dated`` on the question's day."""
    assistant.warm_up()  # loading the models is not timed
    replies = list[TitleReply]()
    for question, title in asked:
        replies.append(_reply(assistant, question, title, dated))
        step()
    return TitleProbe(tuple(replies))


def _reply(assistant: Assistant, question: Question, title: str, dated: bool) -> TitleReply:
    day = question.asked if dated and question.asked else date.today()
    assistant.today = lambda: day
    began = time.perf_counter()
    *_, turn = assistant.converse(f"What do we know about {title}?")
    seconds = time.perf_counter() - began
    shown = {OURS: list(turn.told[:SHOWN]), **_baselines(assistant, turn)}
    answers = tuple(map(normalise_answer, question.answers))
    holds = {name: any(holds_answer(text, answers) for text in texts) for name, texts in shown.items()}
    return TitleReply(question.id, title, turn.answer.kind, tuple(shown[OURS]), holds, seconds)


def _baselines(assistant: Assistant, turn: Turn) -> dict[str, list[str]]:
    def found(top: int) -> list[Hit]:
        return assistant.index.search(turn.searched, top, where=turn.where, today=assistant.today())

    articles = list({hit.article.id: hit.article for hit in found(DEPTH)}.values())
    return {
        PASSAGES: [text for text, _ in first_sentences(found(SHOWN))],
        LEADS: [text for article in articles[:SHOWN] for text in beginning(article, 1)],
        OPENING: [text for article in articles[:1] for text in beginning(article, SHOWN)],
    }


def beginning(article: Article, most: int) -> list[str]:
    """The first sentences of an article."""
    first = split_sentences(article.text, article.language, article.title)[:most]
    return [article.text[one.start : one.end] for one in first]
