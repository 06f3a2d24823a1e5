"""Claims in articles that were labelled by hand: about as good as was measured, docs/evaluation.md."""

from __future__ import annotations

import pytest

from assistant.claims.extraction import ClaimReader
from assistant.judge import ReaderJudge
from benchmarks.claims import count
from indexes import Index


@pytest.mark.parametrize(("split", "floor"), [("dev", 0.9), ("test", 0.85)])
def test_speaker_and_stance_are_as_often_right_as_ever(samples: Index, split: str, floor: float) -> None:
    figures = count(split, ClaimReader(ReaderJudge(samples).model)).figures
    right, of = figures["speaker and stance right"]
    assert of >= 150
    assert right >= floor
    assert figures["no claim found where there is none"][0] >= 0.9
