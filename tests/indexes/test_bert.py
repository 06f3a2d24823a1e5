"""Our encoder gives what sentence-transformers gives, and only runs the models that it runs as they were made."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexes.embedding.bert import is_sentence_bert
from indexes.embedding.embedder import PACKAGED_MODEL, Embedder, ModelFiles, locate_model

pytestmark = pytest.mark.slow

TEXTS = [
    "Who denied the call?",
    "",
    "The presidency has denied reports of a phone call between the two leaders. " * 30,
    "Ünïcödé — “naïve” café, 字, \u200b, 🙂 [MASK] and ASAP!",
    *("word " * length for length in (1, 3, 7, 20, 80, 253, 254, 255, 300)),
]


@pytest.fixture(scope="module")
def packaged() -> ModelFiles:
    return locate_model(PACKAGED_MODEL)


@pytest.mark.parametrize("number_format", ["fp32", "bf16"])
def test_vectors_are_those_of_sentence_transformers(packaged: ModelFiles, number_format: str) -> None:
    import torch
    from sentence_transformers import SentenceTransformer

    kwargs = {"torch_dtype": {"fp32": torch.float32, "bf16": torch.bfloat16}[number_format]}
    theirs = SentenceTransformer(str(packaged.folder), device="cpu", local_files_only=True, model_kwargs=kwargs)
    ours = Embedder(packaged, number_format)
    assert ours.max_tokens == theirs.max_seq_length - 2
    ours.batch_tokens = 1  # one by one, as theirs: what is filled up tells in bf16
    expected = theirs.encode(TEXTS, normalize_embeddings=True, batch_size=1)
    assert np.abs(ours.embed(TEXTS) - expected).max() < 1e-6


def changed(file: str, **values: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / file
        kept = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**kept, **values}), encoding="utf-8")

    return change


OTHERS: dict[str, Callable[[Path], None]] = {
    "another family": changed("config.json", model_type="mpnet"),
    "another activation": changed("config.json", hidden_act="relu"),
    "relative places": changed("config.json", position_embedding_type="relative_key"),
    "the first token": changed("1_Pooling/config.json", pooling_mode_cls_token=True, pooling_mode_mean_tokens=False),
    "the largest, named": changed("1_Pooling/config.json", pooling_mode="max"),
    "lower case by the way": changed("sentence_bert_config.json", do_lower_case=True),
    "a prompt before each text": changed("config_sentence_transformers.json", default_prompt_name="query"),
    "one more module": lambda folder: (
        (folder / "modules.json").write_text(
            json.dumps(
                [{"type": f"sentence_transformers.models.{name}"} for name in ("Transformer", "Pooling", "Dense")]
            )
        )
        and None
    ),
    "no safe weights": lambda folder: (folder / "model.safetensors").unlink(),
    "no tokenizer": lambda folder: (folder / "tokenizer.json").unlink(),
}


@pytest.fixture
def copied(packaged: ModelFiles, tmp_path: Path) -> Path:
    """The packaged model's files again; the large ones are only links."""
    folder = tmp_path / "model"
    shutil.copytree(packaged.folder, folder, copy_function=_linked_if_large)
    return folder


def _linked_if_large(source: str, target: str) -> None:
    if Path(source).stat().st_size < 1_000_000:
        shutil.copy(source, target)
    else:
        Path(target).symlink_to(source)


def test_the_packaged_model_is_run_by_our_encoder(copied: Path) -> None:
    assert is_sentence_bert(copied)


@pytest.mark.parametrize("other", OTHERS)
def test_a_model_of_another_kind_is_left_to_sentence_transformers(other: str, copied: Path) -> None:
    OTHERS[other](copied)
    assert not is_sentence_bert(copied)


def test_a_model_of_another_kind_embeds_too(copied: Path) -> None:
    changed("1_Pooling/config.json", pooling_mode_cls_token=True, pooling_mode_mean_tokens=False)(copied)
    vectors = Embedder(ModelFiles("other", copied, ""), "fp32").embed(["Who denied the call?", "The harbour."])
    assert vectors.shape == (2, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
