"""The commands of training, over a few examples: prepared, trained, interrupted, exported, scored, calibrated."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from assistant.reader.model import ReaderModel
from assistant.reader.weights_loader import MANIFEST, WEIGHTS, shipped
from indexes.types.errors import ModelNotFound
from training.evaluate import evaluate
from training.export import export
from training.prepare import NEGATIVES, load, prepare
from training.train import CHECKPOINT, train

PARAGRAPH = (
    "The Aldmoor ferry will stop on 14 October. Its hull needs new steel, harbour master Ines Torvald said. "
    "Passengers can take the bus over the Senna bridge until spring."
)
SENTENCES = [
    f"The council of {town} voted {count} to 12 to keep its {thing} open on Sundays."
    for town in ("Lasko", "Orm", "Senna", "Tesmar")
    for count, thing in ((19, "market"), (21, "library"), (14, "harbour"), (17, "bridge"))
]


def row(source: str, question: str, context: str, answer: str) -> dict[str, object]:
    return {
        "source": source,
        "question": question,
        "context": context,
        "answer": answer,
        "start": context.index(answer),
    }


ROWS = [
    row("squadshifts-newwiki", "Who is the harbour master?", PARAGRAPH, "Ines Torvald"),
    row("squadshifts-newwiki", "When will the ferry stop?", PARAGRAPH, "14 October"),
    *(row("qamr-dev-news", "Which council voted?", s, s.split()[3]) for s in SENTENCES),
    *(row("qasrl-wikinews-dev", "What did someone keep?", s, s.split()[10]) for s in SENTENCES),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    with gzip.open(folder / "train.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(one) + "\n" for one in ROWS)
    prepare(folder / "train.jsonl.gz", folder / "data", nearest=10)
    return folder


def trained(data: Path, out: Path, *steps: int) -> Path:
    for last in steps:
        train(steps=last, decay=2, data=data / "data", out=out, rate=1e-4, characters=400, seed=1, every=1)
    return out


def test_negatives_come_from_other_contexts_and_lack_the_answer(data: Path) -> None:
    examples, contexts, negatives = load(data / "data")
    assert negatives.shape == (len(ROWS), NEGATIVES)
    for example, mined in zip(examples, negatives, strict=True):
        others = [contexts[n] for n in mined if n >= 0]
        assert example.context not in others
        assert not [other for other in others if example.answer in other]
        assert bool(others) == (not example.source.startswith("qasrl"))


def test_an_interrupted_run_ends_where_an_uninterrupted_one_does(data: Path, tmp_path: Path) -> None:
    through = torch.load(trained(data, tmp_path / "a", 4) / CHECKPOINT, weights_only=True)
    stopped = tmp_path / "b"
    train(steps=2, decay=0, data=data / "data", out=stopped, rate=1e-4, characters=400, seed=1, every=1)
    resumed = torch.load(trained(data, stopped, 4) / CHECKPOINT, weights_only=True)
    assert through["step"] == resumed["step"] == 4
    for name, weights in through["average"].items():
        assert torch.allclose(weights, resumed["average"][name], atol=1e-5), name


def test_a_run_is_exported_loaded_and_scored(data: Path, tmp_path: Path) -> None:
    run = trained(data, tmp_path / "run", 2)
    export([run, run], tmp_path / "weights", average=True, pack=True)
    manifest = json.loads((tmp_path / "weights" / MANIFEST).read_text(encoding="utf-8"))
    assert [one["step"] for one in manifest["runs"]] == [2, 2]
    assert not [name for name in load_file(tmp_path / "weights" / WEIGHTS) if "embeddings" in name]
    (scores,) = ReaderModel(shipped(tmp_path / "weights")).read("Who?", [PARAGRAPH])
    assert len(scores.starts) > 20
    import typer

    app = typer.Typer()
    app.command()(evaluate)
    told = CliRunner().invoke(app, [str(data / "train.jsonl.gz"), "--model", str(tmp_path / "weights"), "--json"])
    scored = json.loads(told.stdout)["scores"]
    assert scored["all"]["n"] == len(ROWS)
    assert 0 <= scored["qamr-dev-news"]["EM"] <= scored["qamr-dev-news"]["F1"] <= 1
    candidates = [{"text": "Ines Torvald is harbour master.", "label": 1}, {"text": "The bus is late.", "label": 0}]
    sentences = tmp_path / "sentences.jsonl"
    questions = [{"question": "Who is the harbour master?", "candidates": candidates}]
    questions.append({"question": "Unclean?", "candidates": candidates[:1]})
    sentences.write_text("".join(json.dumps(one) + "\n" for one in questions), encoding="utf-8")
    told = CliRunner().invoke(app, [str(sentences), "--json"])
    assert json.loads(told.stdout)["scores"]["sentences"] == {"MAP": 1.0, "MRR": 1.0, "n": 1}


def test_a_folder_that_is_no_run_is_refused() -> None:
    with pytest.raises(ModelNotFound):
        shipped(Path("/nowhere"))
