"""Ties a dataset's labels to the articles that are really there, and says what does not fit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from assistant.evaluation.matching import holds_sentence
from assistant.evaluation.questions import Question, listed
from indexes import Article, Index


class IndexedArticles(Mapping[str, Article]):
    """The current articles of an index by id, read when they are asked for."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._ids = dict.fromkeys(index.store.article_ids())

    def __getitem__(self, id: str) -> Article:
        if id not in self._ids:
            raise KeyError(id)
        return self._index.store.article(id)

    def __contains__(self, id: object) -> bool:
        return id in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


def label(questions: Sequence[Question], articles: Mapping[str, Article]) -> tuple[list[Question], list[str]]:
    """The questions, with files turned into the articles read from them; and notices.

    A relevant article that is not there stays relevant: it cannot be found, which is what recall means.
    """
    notices = []
    if any(question.files for question in questions):
        questions, unknown = _by_file(questions, articles)
        if unknown:
            notices.append(f"no article was read from these files that questions name: {listed(unknown)}")
    named = {id for question in questions for id in question.relevant}
    absent = {id for id in named if id not in articles}
    if absent:
        notices.append(
            f"{len(absent)} of {len(named)} relevant articles are not among the articles searched, and count as not "
            f"found: {listed(absent)}"
        )
    unlabelled = sum(not (q.relevant or q.answers or q.sentences) for q in questions)
    if unlabelled:
        notices.append(
            f"{unlabelled} of {len(questions)} questions have no relevant article, answer or sentence; nothing is "
            "measured on them"
        )
    return list(questions), notices


def _by_file(questions: Sequence[Question], articles: Mapping[str, Article]) -> tuple[list[Question], set[str]]:
    read_from = defaultdict[str, list[Article]](list)
    for article in articles.values():
        read_from[Path(article.origin).name].append(article)
    labelled = [
        replace(question, relevant={**question.relevant, **dict.fromkeys(_relevant_in(question, read_from), 1)})
        for question in questions
    ]
    return labelled, {file for question in questions for file in question.files if file not in read_from}


def _relevant_in(question: Question, read_from: Mapping[str, list[Article]]) -> Iterator[str]:
    """Of a file with many articles, those that hold one of the question's sentences; all where none does."""
    for file in question.files:
        read = read_from.get(file, [])
        holding = [article for article in read if holds_sentence(article.text, question.sentences)]
        yield from (article.id for article in (holding or read if len(read) > 1 else read))
