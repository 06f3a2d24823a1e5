"""Calibrates a reader: how its scores, the search's and the question's words are weighed, and when to refuse.

    python -m training.calibrate DATASET [--model …]

Of DATASET only every second question is looked at, from the first on: figures are reported on the others. Each is asked
of all articles, of all but its relevant ones, and, as a question quite off the subject, of the sample articles. The
sample questions, answerable and not, are looked at too. :mod:`training.fitting` says what is fitted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from assistant.answering.reader_judge import ReaderJudge
from assistant.answering.relevant_sentences import wants_yes_or_no
from assistant.cli.output import progress
from assistant.evaluation.caching import cached_index
from assistant.evaluation.corpora import Files
from assistant.evaluation.datasets import load_dataset
from assistant.evaluation.questions import Question as Asked
from assistant.evaluation.questions import read_questions
from assistant.reader.answer_types import wanted
from assistant.reader.calibration import Question, Table
from assistant.reader.model import ReaderModel
from assistant.reader.read_passages import PassageReader
from assistant.reader.weights_loader import CALIBRATION, SHIPPED, SHIPPED_FOLDER, locate_reader
from assistant.settings import load_settings
from indexes import Index
from indexes.search.analysis import stems
from training.fitting import Case, fit

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"
QUESTIONS = ROOT / "tests" / "data" / "samples-questions.jsonl"


def calibrate(
    dataset: Annotated[Path, typer.Argument(help="A dataset of onrecord evaluate, with articles.")],
    model: Annotated[str, typer.Option(help="The shipped reader, or a folder with one.")] = SHIPPED,
    every: Annotated[int, typer.Option(help="Look at every n-th question, from the first on.")] = 2,
    words: Annotated[float, typer.Option(help="The least confidence with which words are shown as the answer.")] = 0.32,
) -> None:
    """Writes calibration.json beside the reader's weights."""
    settings = load_settings()
    folder = SHIPPED_FOLDER if model == SHIPPED else Path(model)
    reader = PassageReader(ReaderModel(locate_reader(model)))
    loaded = load_dataset(dataset, settings.max_file_bytes)
    asked = loaded.questions[::every]
    with cached_index(loaded.corpus, settings, _advance) as (index, _):
        cases = _cases(index, reader, asked, "asking")
        named = [question for question in asked if question.relevant]
        unanswerable = _cases(index, reader, named, "withholding", withhold=True)
    with cached_index(Files((SAMPLES,), settings.max_file_bytes), settings, _advance) as (index, _):
        own = _cases(index, reader, read_questions(QUESTIONS)[0], "asking the samples")
        unanswerable += _cases(index, reader, asked, "asking off the subject")
    cases += [case for case in own if case.question.answers]
    unanswerable += [case for case in own if not case.question.answers]
    found = replace(fit(cases, unanswerable), words=words)
    (folder / CALIBRATION).write_text(json.dumps(asdict(found), indent=1) + "\n", encoding="utf-8")
    print(json.dumps(asdict(found), indent=1))
    print(f"fitted on {len(cases)} questions and {len(unanswerable)} unanswerable; in {folder / CALIBRATION}")


def _cases(
    index: Index, reader: PassageReader, questions: Sequence[Asked], doing: str, withhold: bool = False
) -> list[Case]:
    judge = ReaderJudge(index)
    cases = []
    read = [q for q in questions if not wants_yes_or_no(q.text) and wanted(q.text).has_short]
    for question in track(read, description=doing):
        without = set(question.relevant) if withhold else set()
        rarity = index.rarity(set(stems(question.text)))
        hits = judge.found(question.text, today=question.asked, without=without)
        cases.append(Case(question, Table(Question(question.text, rarity), reader.read(question.text, hits, rarity))))
    return cases


def _advance(what: str, steps: int) -> AbstractContextManager[Callable[[], None]]:
    return progress(what, lambda: steps, quiet=False)


if __name__ == "__main__":
    typer.run(calibrate)
