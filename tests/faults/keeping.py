"""Keeps answers through a backup and its restoration, and through an upgrade from the schema before.

A hundred questions about the sample articles are asked of an index before and after: answers, sentences, offsets and
versions must be equal. The index of the schema before is made by On Record as it was then, out of this repository's
history; without one (an unpacked archive), that row says so.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from assistant.assistant import Assistant
from assistant.backup.making import back_up
from assistant.backup.restoring import restore
from assistant.output.answer_models import turn_fields
from assistant.settings import load_settings
from benchmarks.samples import DATA, ROOT, SAMPLES
from benchmarks.trial import Row, Trial
from indexes import Index, read_paths
from tests.support.fast_index import story

QUESTIONS = DATA / "samples-questions.jsonl"
BEFORE_STEPS_HAD_NAMES = "ca43b15"


def run(short: bool) -> Iterator[Row | str]:
    load_settings()
    questions = [json.loads(line)["question"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    questions = questions[: 10 if short else 100]
    with tempfile.TemporaryDirectory() as folder:
        homes = Path(folder)
        with Index(homes / "fresh") as index:
            list(index.add(read_paths([SAMPLES])))
            before = _answers(index, questions)
            back_up(index.home, homes / "quiet.tar")
            with _someone_adding(index):
                manifest = back_up(index.home, homes / "busy.tar")
        home = homes / "restored"
        restore(home, homes / "quiet.tar")
        yield _compared("a backup, restored into an empty folder", before, home, questions)
        restore(home, homes / "busy.tar", replace=True)
        what = "one made while articles were added, restored over it; what was added meanwhile taken out again"
        yield _compared(what, before, home, questions)
        yield f"The second backup holds {', '.join(f'{count} {what}' for what, count in manifest.holds.items())}."
        yield from _upgraded(homes, before, questions)


def _answers(index: Index, questions: Sequence[str]) -> list[Any]:
    """Everything that is answered, in its order, but for scores, whose last digits are not promised."""
    assistant = Assistant(index)
    return [_without(turn_fields(list(assistant.converse(question))[-1]).json_dict()) for question in questions]


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without(held) for name, held in value.items() if name not in {"basis", "score"}}
    return [_without(held) for held in value] if isinstance(value, list) else value


def _compared(what: str, before: list[Any], home: Path, questions: Sequence[str]) -> Row:
    with Index(home) as index:
        index.mend()
        if added := [id for id in index.store.article_ids() if id.startswith("story-")]:
            index.remove(added)
        after, problems = _answers(index, questions), index.problems()
    same = sum(one == other for one, other in zip(before, after, strict=True))
    count = len(questions)
    measured = f"{same} of {count} answers equal, {len(problems)} problems found by onrecord doctor's checks"
    return Row(what, measured, f"{count} of {count}, 0", same == count and not problems, "12")


@contextmanager
def _someone_adding(index: Index) -> Iterator[None]:
    """Adds one article after the other meanwhile, each in a commit of its own."""
    enough, begun = threading.Event(), threading.Event()

    def add() -> None:
        number = 0
        while not enough.is_set():
            list(index.add([story(number := number + 1)]))
            begun.set()

    adding = threading.Thread(target=add)
    adding.start()
    begun.wait()
    try:
        yield
    finally:
        enough.set()
        adding.join()


def _upgraded(homes: Path, before: list[Any], questions: Sequence[str]) -> Iterator[Row]:
    what = "an index that On Record made before the steps of its schema had names, opened by today's"
    old = homes / "code"
    if not _checked_out(BEFORE_STEPS_HAD_NAMES, old):
        yield Row(what, "not run: this is no checkout with its history", number="12")
        return
    settings = {**os.environ, "PYTHONPATH": str(old), "ONRECORD_HOME": str(homes / "then")}
    command = [sys.executable, "-c", "from assistant.cli import main; main()", "add", str(SAMPLES)]
    subprocess.run(command, cwd=homes, env=settings, check=True, capture_output=True)
    yield _compared(what, before, homes / "then", questions)


def _checked_out(commit: str, folder: Path) -> bool:
    """Puts the files of a commit into a folder; False where there is no such commit."""
    done = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True)
    if done.returncode:
        return False
    with closing(tarfile.open(fileobj=io.BytesIO(done.stdout))) as files:
        files.extractall(folder, filter="data")
    return True


TRIAL = Trial("keeping", "Backup, restoration and upgrade", run)
