"""Citation recall and precision of a language model, over real HTTP, by arithmetic that can be checked by eye."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from smallset import Evaluate

from assistant.answering.reader_judge import ReaderJudge
from assistant.claims.extraction import ClaimReader
from assistant.evaluation.citing import ask_to_write
from assistant.evaluation.questions import Question
from assistant.factory import open_writer
from assistant.settings import Settings
from benchmarks.model_server import mark_of, model_server
from indexes import Index

pytestmark = pytest.mark.slow

pytest.importorskip("llama_index.llms.openai_like", reason="the extra onrecord[openai] is not installed")

DENIAL, OTHER = "Presidential spokesman Tomas Verrin on Monday denied", "He declined to publish"


def writes(prompt: str) -> str:
    """One sentence that stands, with a citation that is not needed; and one that does not stand."""
    if "chess" in prompt.rpartition("Question:")[2]:
        return "NOT FOUND"
    needed, other = mark_of(DENIAL, prompt), mark_of(OTHER, prompt)
    return f"Tomas Verrin denied the report of a phone call {needed}{other}. He will resign {needed}."


def test_recall_counts_sentences_and_precision_citations(samples: Index) -> None:
    questions = [
        Question("a", "Who denied the call?", answers=("Tomas Verrin",)),
        Question("b", "Who plays chess?", answers=("nobody",)),
        Question("c", "Who has no answer?"),
    ]
    judge = ReaderJudge(samples)
    with model_server(writes) as server:
        settings = Settings(llm="openai", llm_model="tiny", llm_url=server.url)  # type: ignore[call-arg]
        writer = open_writer(settings, samples, ClaimReader(judge.model))
        assert writer is not None
        citing = ask_to_write(writer, judge, questions, False, lambda: None)
    assert [draft.id for draft in citing.drafts] == ["a", "b"]
    figures = {name: value for name, (value, _) in citing.figures.items()}
    assert figures["citation recall"] == 0.5
    assert figures["citation precision"] == pytest.approx(1 / 3)
    assert figures["sentences that stand"] == 0.5
    assert figures["a sentence that stands holds the answer"] == 0.5
    assert figures["answered by the model"] == 0.5
    assert figures["said it found nothing"] == 0.5
    assert figures["failed"] == 0.0


def test_evaluate_asks_the_model_that_is_configured(
    evaluate: Evaluate, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with model_server("It rained in the valley.") as server:
        for name, value in {"llm": "openai", "llm_model": "tiny", "llm_url": server.url}.items():
            monkeypatch.setenv(f"ONRECORD_{name.upper()}", value)
        result = evaluate(dataset, "--answers", "--output", tmp_path)
    assert result.exit_code == 0, result.output
    assert "tiny on this machine" in result.output
    kept = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["citations"]
    assert kept["figures"]["citation recall"]["value"] == 0.0
    assert all(draft["text"] == "It rained in the valley." for draft in kept["drafts"])
    assert "Citations of <bdi>tiny on this machine</bdi>" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_model_that_cannot_be_opened_is_said_before_anything_is_asked(
    evaluate: Evaluate, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONRECORD_LLM", "openai")
    result = evaluate(dataset, "--answers")
    assert result.exit_code == 1
    assert "llm_model names no model" in result.output
