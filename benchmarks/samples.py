"""What benchmarks over the sample articles share: their index, the choice of a split, and what counts as shown."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from assistant.text.wording import on_one_line
from assistant.types.answers import Answer, Answered
from indexes import Index, read_paths

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"
DATA = ROOT / "tests" / "data"


@contextmanager
def samples_index() -> Iterator[Index]:
    """The sample articles in an index that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder, Index(Path(folder)) as index:
        for _ in index.add(read_paths([SAMPLES])):
            pass
        yield index


def split_parser(description: str | None) -> argparse.ArgumentParser:
    """Asks which split is counted: "dev" is what was worked with, "test" is only counted."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    return parser


def shows(answer: Answer, sentences: Sequence[str], first: int | None = None) -> bool:
    """Whether one of the first sentences shown is one of ``sentences`` (or holds one, or stands in one)."""
    if not isinstance(answer, Answered):
        return False
    gold = [on_one_line(sentence).casefold() for sentence in sentences]
    shown = [on_one_line(sentence.text).casefold() for sentence in answer.sentences[:first]]
    return any(one in other or other in one for one in gold for other in shown)
