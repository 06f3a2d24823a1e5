"""Training examples: what is drawn holds the answer where it says so, and is the same for the same seed."""

from __future__ import annotations

import gzip
import itertools
import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reader.read_passages import HEADING
from training.epochs import Epochs
from training.examples import Example, read_examples
from training.groups import LONGEST, Group, Pool, paragraph_group, sentence_group

PARAGRAPHS = [
    "The Aldmoor ferry will stop on 14 October. Its hull needs new steel, harbour master Ines Torvald said. "
    "Passengers can take the bus over the Senna bridge until spring. The bus costs two crowns.",
    "The council voted 19 to 12 to keep the lantern market open. Councillor Bede Amory voted against. "
    "The street needs one quiet day, she said. Stallholders had asked for a decision since June.",
    "Shares in the barge operator fell 3.1 percent. The Harbour Post had reported a merger. "
    "A spokesman denied it on Monday. The bank would not comment.",
]


def example(context: str, answer: str, source: str = "squadshifts-newwiki") -> Example:
    return Example(source, "Who said it?", context, answer, context.index(answer))


EXAMPLES = [
    example(PARAGRAPHS[0], "Ines Torvald"),
    example(PARAGRAPHS[1], "Bede Amory"),
    example(PARAGRAPHS[2], "3.1 percent"),
    example(PARAGRAPHS[2], "on Monday", "qamr-dev-news"),
]


@given(st.sampled_from(EXAMPLES), st.integers(0, 10_000), st.sampled_from([[], [0, 1, 2]]))
def test_a_window_that_says_it_holds_the_answer_holds_it_and_no_other_does(
    asked: Example, seed: int, negatives: list[int]
) -> None:
    pool = Pool(PARAGRAPHS)
    negatives = [n for n in negatives if PARAGRAPHS[n] != asked.context]
    for make in (paragraph_group, sentence_group):
        group = make(asked, pool, negatives, random.Random(seed))
        answered = [window for window in group.windows if window.answer]
        assert len(answered) <= 1
        for window in answered:
            assert window.text[slice(*window.answer)] == asked.answer
        for window in group.windows:
            assert window.text.strip()
            if make is paragraph_group:
                assert len(window.text) <= LONGEST + HEADING + 1
                assert window.answer or asked.answer not in window.text
        assert group.question.endswith(asked.question)


def steps(seed: int, count: int, skip: int = 0) -> list[list[Group]]:
    negatives = np.array([[1, 2], [0, 2], [0, 1], [0, -1]], np.int32)
    epochs = Epochs(EXAMPLES, Pool(PARAGRAPHS), negatives, seed, characters=1500)
    return [groups for _, groups in itertools.islice(epochs.steps(skip), count)]


def test_a_run_that_goes_on_sees_what_it_would_have_seen() -> None:
    assert steps(1, 12)[7:] == steps(1, 5, skip=7)
    assert steps(1, 12) != steps(2, 12)


def test_examples_are_read_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    good = {"source": "s", "question": "Who?", "context": "Ines said so.", "answer": "Ines", "start": 0}
    path = tmp_path / "x.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(json.dumps(good) + "\n" + json.dumps({**good, "start": 3}) + "\n")
    with pytest.raises(ValueError, match=r"x\.jsonl\.gz line 2: .*'Ines' does not stand at 3"):
        read_examples(path)
