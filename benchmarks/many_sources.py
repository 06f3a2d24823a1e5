"""What an answer shows of the answers that several sources give to one question, and whether it leaves wrong ones out.

    python -m benchmarks.many_sources FILE [--show]

FILE is JSON lines, perhaps gzipped, as made from QuoteSum (Schuster et al., "SEMQA: Semi-Extractive Multi-Source
Question Answering", NAACL 2024): ``id``, ``question``, ``sources`` (each ``title``, ``text`` and ``answer``), and
``summaries``, in which people quoted the sources by number: "[ 2 Denitrification ]". The sources of all questions are
articles of one index. A source that none of the summaries quotes is a wrong one. The baseline shows the first eight
sentences of the best passages.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.assistant import Assistant
from assistant.evaluation.matching import holds_answer
from assistant.evaluation.newsroom import SHOWN, first_sentences
from assistant.evaluation.questions import numbered_records
from assistant.evaluation.significance import sign_flip_p
from assistant.settings import load_settings
from assistant.text.wording import normalise_answer
from assistant.types.answers import Answer
from indexes import Article, Hit, Index
from indexes.types.article import new_article

_QUOTED = re.compile(r"\[ (\d+) ")

Shown = Sequence[tuple[str, frozenset[str]]]
"""Sentences as shown, each with the ids of the articles it is from."""


@dataclass(frozen=True)
class Source:
    article: Article
    answer: str
    right: bool


@dataclass(frozen=True)
class Question:
    text: str
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Score:
    """For one question: the share of the right sources' ``answers`` shown, and of the ``wrong`` sources how many were
    ``left_out``; of the ``sentences`` shown, how many are ``from_right`` sources.
    """

    answers: float
    wrong: int
    left_out: int
    sentences: int
    from_right: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--show", action="store_true", help="show what is shown for every question")
    given = parser.parse_args()
    load_settings()
    questions = list(read(given.file))
    with sources_index(questions) as index:
        scores = measure(Assistant(index), questions, given.show)
    for name, found in scores.items():
        print(f"{name:<10} {summary(found)}")
    differences = [one.answers - other.answers for one, other in zip(*scores.values(), strict=True)]
    print(f"answers shown: {statistics.mean(differences):+.3f}, p {sign_flip_p(differences):.3f}")


def read(file: Path) -> Iterator[Question]:
    """The questions that have a source whose answer somebody quoted.

    Raises:
        DatasetError: the file cannot be read.
    """
    row: Any
    for _, row in numbered_records(file):
        quoted = {int(number) for summary in row["summaries"] for number in _QUOTED.findall(summary)}
        sources = [
            Source(_article(one["title"], one["text"]), one["answer"], number in quoted)
            for number, one in enumerate(row["sources"], start=1)
        ]
        if any(one.right for one in sources):
            yield Question(row["question"], tuple(sources))


def _article(title: str, text: str) -> Article:
    """A source that several questions have is one article."""
    id = hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()[:12]
    return new_article(text, id=id, title=title)


@contextmanager
def sources_index(questions: Sequence[Question]) -> Iterator[Index]:
    """The sources of all questions, in an index that is gone afterwards."""
    articles = {one.article.id: one.article for question in questions for one in question.sources}
    with tempfile.TemporaryDirectory() as folder, Index(Path(folder)) as index:
        for _ in index.add(articles.values()):
            pass
        yield index


def measure(assistant: Assistant, questions: Sequence[Question], show: bool = False) -> dict[str, list[Score]]:
    """The scores of each question's answer, and of the baseline's."""
    scores: dict[str, list[Score]] = {"answer": [], "passages": []}
    for question in questions:
        answer = assistant.ask(question.text)
        hits = assistant.index.search(question.text, SHOWN)
        for name, shown in (("answer", from_answer(answer)), ("passages", from_passages(hits))):
            scores[name].append(score(question, shown))
            if show:
                print(f"{question.text}  {name}: {scores[name][-1]}", *(f"  {text}" for text, _ in shown), sep="\n")
    return scores


def from_answer(answer: Answer) -> Shown:
    """The first sentences of an answer; none if nothing was found."""
    return [(one.text, frozenset(c.article_id for c in one.citations)) for one in answer.sentences[:SHOWN]]


def from_passages(hits: Sequence[Hit]) -> Shown:
    return [(text, frozenset([hit.article.id])) for text, hit in first_sentences(hits)]


def score(question: Question, shown: Shown) -> Score:
    """An answer counts wherever it is shown, as two sources may give the same one."""
    right = [one for one in question.sources if one.right]
    wrong = [one for one in question.sources if not one.right]
    told = [any(holds_answer(text, [normalise_answer(one.answer)]) for text, _ in shown) for one in right]
    ids = {id for _, articles in shown for id in articles}
    rights = {one.article.id for one in right}
    return Score(
        statistics.mean(told),
        len(wrong),
        sum(one.article.id not in ids for one in wrong),
        len(shown),
        sum(bool(articles & rights) for _, articles in shown),
    )


def summary(scores: Sequence[Score]) -> str:
    answers = statistics.mean(one.answers for one in scores)
    nothing = sum(not one.sentences for one in scores)
    wrong, left_out = sum(one.wrong for one in scores), sum(one.left_out for one in scores)
    sentences, right = sum(one.sentences for one in scores), sum(one.from_right for one in scores)
    return (
        f"answers shown {answers:.3f} of {len(scores)} questions; wrong sources left out {left_out} of {wrong}; "
        f"sentences from right sources {right} of {sentences}; nothing shown for {nothing}"
    )


if __name__ == "__main__":
    main()
