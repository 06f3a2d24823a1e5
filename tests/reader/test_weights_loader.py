"""The reader's weights: found, checked before they are used, and packed without loss that matters."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from assistant.reader.model import ReaderModel
from assistant.reader.weights_loader import (
    CALIBRATION,
    MANIFEST,
    SHIPPED,
    SHIPPED_FOLDER,
    WEIGHTS,
    locate_reader,
    packed,
    shipped,
    unpacked,
)
from indexes.embedding.embedder import PACKAGED_MODEL, locate_model
from indexes.types.errors import ModelNotFound

pytestmark = pytest.mark.slow


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED_FOLDER, tmp_path / "weights"))


def test_the_shipped_reader_is_small_and_its_manifest_says_how_it_was_made() -> None:
    assert sum(file.stat().st_size for file in SHIPPED_FOLDER.iterdir()) <= 25_000_000
    manifest = json.loads((SHIPPED_FOLDER / MANIFEST).read_text(encoding="utf-8"))
    assert manifest["encoder"] == locate_model(PACKAGED_MODEL).sha256
    assert all(run["data"]["sha256"] and run["seed"] and run["step"] for run in manifest["runs"])


def test_one_flipped_byte_is_refused(copied: Path) -> None:
    weights = bytearray((copied / WEIGHTS).read_bytes())
    weights[len(weights) // 2] ^= 1
    (copied / WEIGHTS).write_bytes(weights)
    with pytest.raises(ModelNotFound, match="reader's weights are not as published"):
        shipped(copied)


@pytest.mark.parametrize("missing", [WEIGHTS, MANIFEST])
def test_missing_weights_are_named(copied: Path, missing: str) -> None:
    (copied / missing).unlink()
    with pytest.raises(ModelNotFound, match=missing):
        shipped(copied)


def test_an_unknown_reader_is_refused_at_once_without_asking_a_hub() -> None:
    start = time.monotonic()
    with pytest.raises(ModelNotFound, match=r"reader model 'deepset/tiny' .* ONRECORD_HUB=true"):
        locate_reader("deepset/tiny")
    assert time.monotonic() - start < 2


def test_a_model_without_an_answer_head_is_refused(tmp_path: Path) -> None:
    files = locate_reader(str(locate_model(PACKAGED_MODEL).folder))
    with pytest.raises(ModelNotFound, match="not an extractive question-answering model"):
        ReaderModel(files).read("who?", ["He did."])


@pytest.fixture
def for_transformers(tmp_path: Path) -> Path:
    """The shipped reader as a folder of the kind that transformers loads."""
    own = locate_reader(SHIPPED)
    assert own.layers
    shutil.copytree(own.folder, tmp_path / "model")
    encoder = {f"bert.{name}": values for name, values in load_file(own.folder / "model.safetensors").items()}
    save_file({**encoder, **unpacked(load_file(own.layers))}, tmp_path / "model" / "model.safetensors")
    return tmp_path / "model"


@pytest.mark.parametrize("number_format", ["fp32", "bf16"])
def test_any_extractive_model_in_a_folder_takes_its_place_and_the_shipped_one_scores_as_transformers_would(
    for_transformers: Path, number_format: str
) -> None:
    other = locate_reader(str(for_transformers))
    own, others = ReaderModel(locate_reader(SHIPPED), number_format), ReaderModel(other, number_format)
    texts = ["Tomas Verrin denied the call on Monday.", "The bank — Bänk Ørsted — would not comment. " * 40, "Ein 字!"]
    question = "Who denied the call?"
    for one, another in zip(own.read(question, texts), others.read(question, texts), strict=True):
        assert one.offsets.tolist() == another.offsets.tolist()
        assert abs(one.starts - another.starts).max() < 1e-5
        assert abs(one.ends - another.ends).max() < 1e-5


def test_only_the_shipped_reader_is_run_in_int8_and_another_says_so(for_transformers: Path) -> None:
    shipped, other = locate_reader(SHIPPED), locate_reader(str(for_transformers))
    assert shipped.number_format("auto") in ("fp32", "bf16", "int8")
    assert other.number_format("auto") in ("fp32", "bf16")
    with pytest.raises(ModelNotFound, match="cannot be run in int8"):
        ReaderModel(other, "int8").read("Who denied it?", ["Verrin did."])


def test_a_reader_of_ones_own_is_weighed_with_its_own_numbers(tmp_path: Path) -> None:
    for file in locate_model(PACKAGED_MODEL).folder.glob("*.safetensors"):
        shutil.copy(file, tmp_path)
    assert locate_reader(str(tmp_path)).calibration == SHIPPED_FOLDER / CALIBRATION
    shutil.copy(SHIPPED_FOLDER / CALIBRATION, tmp_path)
    assert locate_reader(str(tmp_path)).calibration == tmp_path / CALIBRATION


@given(st.integers(1, 6), st.integers(1, 6), st.floats(1e-6, 1e3), st.integers(0, 99))
def test_packed_matrices_come_back_within_half_a_step_of_their_row(
    rows: int, columns: int, size: float, seed: int
) -> None:
    values = torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed)) * size
    weights = {"layer.weight": values, "layer.bias": values[0]}
    found = unpacked(packed(weights))
    assert found.keys() == weights.keys()
    assert torch.equal(found["layer.bias"], values[0])
    step = values.abs().amax(1, keepdim=True) / 127
    assert bool(((found["layer.weight"] - values).abs() <= 0.51 * step).all())
