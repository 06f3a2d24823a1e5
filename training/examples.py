"""Reading examples: a question, a text that answers it, and where. Knows nothing of models."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Example:
    """``context[start:start + len(answer)] == answer``, in code points."""

    source: str
    question: str
    context: str
    answer: str
    start: int

    def __post_init__(self) -> None:
        if self.context[self.start : self.end] != self.answer or not self.answer:
            raise ValueError(f"the answer {self.answer!r} does not stand at {self.start} of its context")

    @property
    def end(self) -> int:
        return self.start + len(self.answer)


def read_examples(path: Path) -> list[Example]:
    """The examples of a ``.jsonl`` or ``.jsonl.gz`` file with the fields source, question, context, answer, start.

    Raises:
        ValueError: a line is not such an example; names the line.
    """
    return [_example(record, number, path) for number, record in enumerate(records(path), start=1)]


def _example(record: dict[str, object], number: int, path: Path) -> Example:
    try:
        context, answer = str(record["context"]), str(record["answer"])
        start = int(str(record["start"]))
        return Example(str(record.get("source", "")), str(record["question"]), context, answer, start)
    except (KeyError, ValueError) as error:
        raise ValueError(f"{path} line {number}: {error}") from None


def records(path: Path) -> Iterator[dict[str, object]]:
    """The JSON objects of a ``.jsonl`` or ``.jsonl.gz`` file."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)
