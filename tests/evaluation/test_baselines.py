"""The baseline: LlamaIndex with its defaults, for real, and what is said where it is not installed."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

import pytest
from smallset import Evaluate

from assistant.evaluation import baselines

pytestmark = pytest.mark.slow


def test_naive_finds_and_is_built_once(
    evaluate: Evaluate, dataset: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("llama_index.vector_stores.chroma")
    pytest.importorskip("llama_index.embeddings.huggingface")
    done = evaluate(dataset, "--system", "naive", "--system", "bm25", "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    first = json.loads(done.stdout)["systems"][0]
    assert first["system"] == "naive"
    assert first["measures"]["recall@10"]["mean"] == 1.0
    assert first["measures"]["answer-recall-relevant@10"]["mean"] == pytest.approx(2 / 3)
    assert first["settings"]["chromadb"] == importlib.metadata.version("chromadb")
    monkeypatch.setattr(baselines, "_build", lambda *_: pytest.fail("the index was built again"))
    again = evaluate(dataset, "--system", "naive", "--json")
    assert json.loads(again.stdout)["systems"][0]["measures"] == first["measures"]
    assert not list(home.glob("evaluation/*.begun"))


def test_a_passage_of_naive_is_told_by_its_place_in_the_article(
    dataset: Path, evaluate: Evaluate, tmp_path: Path
) -> None:
    pytest.importorskip("llama_index.vector_stores.chroma")
    pytest.importorskip("llama_index.embeddings.huggingface")
    assert evaluate(dataset, "--system", "naive", "--output", tmp_path).exit_code == 0
    (system,) = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["systems"]
    roof = next(ranking for ranking in system["rankings"] if ranking["id"] == "roof")
    assert (roof["hits"][0]["article_id"], roof["hits"][0]["start"]) == ("library", 0)
    assert roof["hits"][0]["bears_relevant"]


def test_what_is_missing_is_one_line_with_the_command_that_installs_it(
    evaluate: Evaluate, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "_PACKAGES", ("llama-index-no-such-thing",))
    failed = evaluate(dataset, "--system", "naive")
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert failed.stderr == (
        'onrecord: the system "naive" needs llama-index-no-such-thing: pip install "onrecord[eval]"\n'
    )
