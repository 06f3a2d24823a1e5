"""Products in int8 are what they say, and near enough to those of whole numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from indexes.embedding.embedder import PACKAGED_MODEL, Embedder, locate_model
from indexes.embedding.quantization import chosen_number_format, weights_in

pytestmark = pytest.mark.slow


def layers(seed: int, inputs: int, outputs: int) -> dict[str, torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    return {
        f"{name}.{part}": torch.randn(shape, generator=random)
        for name in ("one", "two")
        for part, shape in (("weight", (outputs, inputs)), ("bias", (outputs,)))
    }


@given(st.integers(0, 99), st.integers(1, 5), st.integers(2, 40), st.integers(2, 9), st.floats(1e-4, 1e4))
def test_a_product_in_int8_is_that_of_rounded_rows_and_columns(
    seed: int, rows: int, inputs: int, outputs: int, size: float
) -> None:
    weights = layers(seed, inputs, outputs)
    values = torch.randn((1, rows, inputs), generator=torch.Generator().manual_seed(seed + 1)) * size
    both = weights_in("int8", weights).linear(("one", "two"), values)
    for name, found in zip(("one", "two"), both, strict=True):
        weight, bias = weights[f"{name}.weight"].double().numpy(), weights[f"{name}.bias"].double().numpy()
        row, column = values[0].double().numpy(), weight.T
        row_step, column_step = np.abs(row).max(1, keepdims=True) / 127, np.abs(column).max(0, keepdims=True) / 127
        expected = row @ column + bias
        # Each factor is off by half a step at most.
        largest = np.abs(row).max(1, keepdims=True), np.abs(column).max(0, keepdims=True)
        off = inputs * (largest[0] * column_step + largest[1] * row_step + row_step * column_step) / 2
        assert found.shape == (1, rows, outputs)
        assert (np.abs(found[0].numpy() - expected) <= off * 1.001 + 1e-4).all()


def test_a_row_is_the_same_whatever_stands_beside_it() -> None:
    weights = weights_in("int8", layers(1, 32, 8))
    values = torch.randn((6, 32), generator=torch.Generator().manual_seed(2))
    values[3] *= 1000
    together, alone = weights.linear(("one",), values)[0], [weights.linear(("one",), row[None])[0] for row in values]
    assert torch.equal(together, torch.cat(alone))
    assert torch.equal(weights.linear(("one",), torch.zeros(1, 32))[0][0], weights["one.bias"])


def test_vectors_in_int8_are_like_those_in_fp32() -> None:
    model = locate_model(PACKAGED_MODEL)
    texts = ["Who denied the call?", "", "Ünïcödé 字 🙂", *("The presidency denied it. " * n for n in (1, 4, 20, 90))]
    exact, near = Embedder(model, "fp32").embed(texts), Embedder(model, "int8").embed(texts)
    assert (exact * near).sum(1).min() > 0.98
    assert (exact * near).sum(1).mean() > 0.99
    assert np.abs(np.linalg.norm(near, axis=1) - 1).max() < 1e-6


@pytest.mark.parametrize(
    ("flags", "int8", "chosen"),
    [
        ("avx2 avx512_vnni amx_bf16", True, "bf16"),
        ("avx2 avx512_vnni", True, "int8"),
        ("avx2 avx512_vnni", False, "fp32"),
        ("avx2", True, "fp32"),
        (None, True, "fp32"),
    ],
)
def test_the_number_format_is_the_processors(
    flags: str | None, int8: bool, chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(self: object, **_: str) -> str:
        if flags is None:
            raise FileNotFoundError
        return f"flags\t\t: {flags}\n"

    monkeypatch.setattr("indexes.embedding.quantization.Path.read_text", read)
    assert chosen_number_format("auto", int8) == chosen
    assert chosen_number_format("fp32", int8) == "fp32"
