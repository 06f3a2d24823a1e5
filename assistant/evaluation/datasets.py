"""A dataset: questions with their known answers and, optionally, the articles to search.

Reads On Record's own format and BEIR's (Thakur et al., NeurIPS 2021). Irregularities become notices.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.evaluation.corpora import BeirCorpus, Corpus, Files
from assistant.evaluation.questions import (
    DatasetError,
    Question,
    first_few,
    listed,
    numbered_records,
    read_questions,
)
from indexes.ingest.files import MEGABYTE


@dataclass(frozen=True)
class Dataset:
    """``corpus`` is None if the dataset has no articles of its own; ``notices`` list its irregularities."""

    name: str
    path: Path
    questions: tuple[Question, ...]
    corpus: Corpus | None
    notices: tuple[str, ...] = ()


def load_dataset(path: Path, max_bytes: int = 20 * MEGABYTE) -> Dataset:
    """A folder of either format, or a file of questions alone. ``max_bytes`` bounds one article in its file.

    Raises:
        DatasetError: there is no dataset, or no question in it.
    """
    if path.is_file():
        questions, notices = read_questions(path)
        return Dataset(_name(path), path, tuple(questions), None, tuple(notices))
    if not path.is_dir():
        raise DatasetError(
            f"{path} is neither a folder nor a file. Give a dataset: docs/evaluation.md says what it holds."
        )
    own, beir = _one_of(path, "questions.jsonl"), _one_of(path, "queries.jsonl")
    if own is None and beir is None:
        raise DatasetError(f"{path} holds neither questions.jsonl nor queries.jsonl (nor one of them as .gz).")
    return _own(path, own, max_bytes) if own is not None else _beir(path, beir or path)


def _own(folder: Path, questions: Path, max_bytes: int) -> Dataset:
    asked, notices = read_questions(questions)
    articles = _one_of(folder, "articles.jsonl") or (folder / "articles")
    corpus = Files((articles,), max_bytes) if articles.exists() else None
    return Dataset(_name(folder), folder, tuple(asked), corpus, tuple(notices))


def _beir(folder: Path, queries: Path) -> Dataset:
    texts, notices = _queries(queries)
    file = _judgement_file(folder)
    grades, more = _judgements(file)
    questions = tuple(replace(question, relevant=grades.get(question.id, {})) for question in texts.values())
    judged = [question for question in questions if question.relevant]
    if not judged:
        raise DatasetError(f"no question of {queries} has a relevant article in {file}.")
    notices += [*more, f"relevance is read from {file.relative_to(folder)}"]
    if len(judged) < len(questions):
        notices.append(f"{len(questions) - len(judged)} questions are not judged there and are not asked")
    unknown = grades.keys() - texts.keys()
    if unknown:
        notices.append(f"{file.name} judges {len(unknown)} questions that are not in {queries.name}")
    corpus = _one_of(folder, "corpus.jsonl")
    return Dataset(_name(folder), folder, tuple(judged), BeirCorpus(corpus) if corpus else None, tuple(notices))


def _queries(path: Path) -> tuple[dict[str, Question], list[str]]:
    questions, faults, repeated = dict[str, Question](), list[str](), set[str]()
    for number, row in numbered_records(path):
        if not isinstance(row, dict) or "_id" not in row or not str(row.get("text") or "").strip():
            faults.append(f'{path.name} line {number} is skipped: it is not a JSON object with "_id" and "text"')
            continue
        id = str(row["_id"])
        if id in questions:
            repeated.add(id)
        questions.setdefault(id, Question(id, str(row["text"]).strip()))
    if not questions:
        raise DatasetError(f"{path} holds no question. " + (faults[0] if faults else "It is empty."))
    notices = first_few(faults)
    if repeated:
        notices.append(f"{path.name}: ids used more than once, the first question kept: {listed(repeated)}")
    return questions, notices


def _judgement_file(folder: Path) -> Path:
    files = sorted((folder / "qrels").glob("*.tsv"))
    if not files:
        raise DatasetError(f"{folder / 'qrels'} holds no .tsv file, so nothing says which articles are relevant.")
    return next((file for file in files if file.name == "test.tsv"), files[0])


def _judgements(path: Path) -> tuple[dict[str, dict[str, int]], list[str]]:
    """Grades above 0, by question and article; and notices."""
    grades, faults = defaultdict[str, dict[str, int]](dict), list[str]()
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        for number, row in enumerate(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE), start=1):
            if len(row) == 3 and row[2].strip().lstrip("-").isdigit():
                if int(row[2]) > 0:
                    grades[row[0]].setdefault(row[1], int(row[2]))
            elif row and number > 1:
                faults.append(f"{path.name} line {number} is skipped: it is not query-id, corpus-id, score")
    return grades, first_few(faults)


def _one_of(folder: Path, name: str) -> Path | None:
    return next((file for file in (folder / name, folder / f"{name}.gz") if file.is_file()), None)


def _name(path: Path) -> str:
    return path.resolve().name.removesuffix(".gz").removesuffix(".jsonl") or "dataset"
