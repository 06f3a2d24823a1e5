"""Reads a dataset's questions and labels. Does not search."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from assistant.evaluation.matching import holds_sentence
from indexes import Article, Index
from indexes.loaders.dates import stated_date
from indexes.types.errors import OnRecordError, Unreadable

_NAMED = 10
"""How many faulty lines are listed individually."""


_Model = TypeVar("_Model", bound=BaseModel)


class DatasetError(OnRecordError):
    """A dataset that cannot be used at all. Seen by the person running the evaluation."""


@dataclass(frozen=True)
class Question:
    """A question and its labels, which say what counts as finding the answer; each kind may be missing.

    ``relevant`` holds grades above 0 by article id; ``sentences`` are verbatim from the articles; ``files`` names the
    files whose articles are relevant, for datasets without ids.
    """

    id: str
    text: str
    answers: tuple[str, ...] = ()
    relevant: Mapping[str, int] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()
    asked: date | None = None
    files: tuple[str, ...] = ()


def _as_list(value: Any) -> Any:
    return [] if value is None else value if isinstance(value, list) else [value]


class _Row(BaseModel):
    """A line of questions.jsonl. Unknown fields are kept separately, to be reported."""

    model_config = ConfigDict(extra="allow", coerce_numbers_to_str=True, str_strip_whitespace=True)

    question: Annotated[str, Field(min_length=1)]
    id: str | None = None
    answer: Annotated[list[str], BeforeValidator(_as_list)] = []
    relevant: Annotated[list[str], BeforeValidator(_as_list)] = []
    sentences: Annotated[list[str], BeforeValidator(_as_list)] = []
    files: Annotated[list[str], BeforeValidator(_as_list)] = []
    asked: str | None = None
    note: str | None = None  # for people


def read_questions(path: Path) -> tuple[list[Question], list[str]]:
    """The questions of a .jsonl or .jsonl.gz file, and notices of its irregularities.

    Raises:
        DatasetError: there is no such file, or not a single question in it.
    """
    faults, repeated, undated = list[str](), set[str](), 0
    unused, questions = set[str](), dict[str, Question]()
    for number, row in numbered_records(path):
        read = validated(_Row, row)
        if isinstance(read, str):
            faults.append(f"{path.name} line {number} is skipped: {read}")
            continue
        question = _question(read, number)
        undated += bool(read.asked) and question.asked is None
        unused |= set(read.model_extra or ())
        if question.id in questions:
            repeated.add(question.id)
        questions.setdefault(question.id, question)
    if not questions:
        raise DatasetError(f"{path} holds no question. " + (faults[0] if faults else "It is empty."))
    notices = first_few(faults)
    if repeated:
        notices.append(f"{path.name}: ids used more than once, the first question kept: {listed(repeated)}")
    if undated:
        notices.append(
            f'{path.name}: {undated} questions have an "asked" that is not a date; they are asked without one'
        )
    if unused:
        notices.append(f"{path.name}: fields that are not used: {listed(unused)}")
    return list(questions.values()), notices


def numbered_records(path: Path) -> Iterator[tuple[int, object]]:
    """Number and content of each non-blank line: a JSON object, or why it is not one, in words.

    Raises:
        DatasetError: the file cannot be read.
    """
    import gzip
    import zlib

    from indexes.loaders.text import decode

    opened: Any = gzip.open if path.name.endswith(".gz") else open
    try:
        with opened(path, "rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    try:
                        record = json.loads(decode(line))
                        yield number, record if isinstance(record, dict) else "it is not a JSON object"
                    except (ValueError, RecursionError):
                        yield number, "it is not JSON"
                    except Unreadable as error:
                        yield number, str(error)
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(f"{path} cannot be read: {error}") from None


def validated(model: type[_Model], row: object) -> _Model | str:
    """A record of :func:`numbered_records` as ``model``, or what is wrong with it, in words."""
    if not isinstance(row, dict):
        return str(row)
    try:
        return model.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        return f"its {first['loc'][0]!r}: {first['msg'].lower()}"


def _question(row: _Row, number: int) -> Question:
    return Question(
        id=row.id or str(number),
        text=row.question,
        answers=tuple(answer for answer in row.answer if answer),
        relevant={id: 1 for id in row.relevant if id},
        sentences=tuple(sentence for sentence in row.sentences if sentence),
        asked=stated_date(row.asked),
        files=tuple(row.files),
    )


def first_few(lines: list[str]) -> list[str]:
    """The lines, or the first ten and how many more there are."""
    more = len(lines) - _NAMED
    return lines[:_NAMED] + ([f"… and {more} more like these"] if more > 0 else [])


def listed(names: set[str]) -> str:
    shown = sorted(names)
    return ", ".join(shown[:_NAMED]) + (f" and {len(shown) - _NAMED} more" if len(shown) > _NAMED else "")


class IndexedArticles(Mapping[str, Article]):
    """The current articles of an index by id, read on demand."""

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
    """The questions, with file names resolved to the articles read from them; and notices.

    A relevant article that is missing still counts as relevant: it lowers recall, as it cannot be found.
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
    """The articles of a file that contain one of the question's sentences; all of them if none does."""
    for file in question.files:
        read = read_from.get(file, [])
        holding = [article for article in read if holds_sentence(article.text, question.sentences)]
        yield from (article.id for article in (holding or read if len(read) > 1 else read))
