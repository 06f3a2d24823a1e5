"""Claims in articles that were labelled by hand: about as good as was measured, docs/evaluation.md."""

from __future__ import annotations

import pytest

from assistant.claims.extraction import ClaimReader
from benchmarks.claims import count

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("split", "floor"), [("dev", 0.9), ("test", 0.85)])
def test_speaker_and_stance_are_as_often_right_as_ever(claim_reader: ClaimReader, split: str, floor: float) -> None:
    figures = count(split, claim_reader).figures
    right, of = figures["speaker and stance right"]
    assert of >= 150
    assert right >= floor
    assert figures["no claim found where there is none"][0] >= 0.9
