"""A model's weights, and multiplication by its matrices, in float32, bfloat16 or dynamically quantised int8.

In int8, a matrix has one scale per output, and activations have one per token, computed on the fly (Dettmers and others
2022, arXiv 2208.07339, without their treatment of outliers: the models here have none that matter). Everything but
these products stays float32. docs/log.md has the loss in similarity and the gain in speed.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from indexes.types.errors import ModelNotFound

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class Weights:
    """Weights by name, as floating-point numbers."""

    def __init__(self, weights: Mapping[str, Tensor], dtype: torch.dtype) -> None:
        """Converts floating-point weights to ``dtype``, without copying those that have it already; drops others."""
        self._weights = {name: values.to(dtype) for name, values in weights.items() if values.is_floating_point()}

    def __getitem__(self, name: str) -> Tensor:
        return self._weights[name]

    def linear(self, names: Sequence[str], values: Tensor) -> Sequence[Tensor]:
        """``values`` of shape (…, inputs) through each of the linear layers ``names``: one (…, outputs) for each."""
        from torch.nn.functional import linear

        return [linear(values, self[f"{name}.weight"], self[f"{name}.bias"]) for name in names]


@dataclass(frozen=True)
class _Packed:
    """Layers with the same input, side by side: an int8 matrix (inputs, outputs), a scale and a bias per output."""

    matrix: Tensor
    scale: Tensor
    bias: Tensor
    widths: list[int]

    def __call__(self, values: Tensor) -> Sequence[Tensor]:
        import torch

        rows = values.reshape(-1, values.shape[-1])
        largest = torch.maximum(rows.amax(1, keepdim=True), -rows.amin(1, keepdim=True)).clamp_(min=_TINY)
        product = torch._int_mm(torch.mul(rows, _STEPS / largest).round_().to(torch.int8), self.matrix)
        found = torch.addcmul(self.bias, torch.mul(product, largest), self.scale)
        return torch.split(found.view(*values.shape[:-1], -1), self.widths, dim=-1)


_STEPS = 127
_TINY = 1e-12


class Int8Weights(Weights):
    """Weights in float32, except for the matrices of linear layers, which become int8 when first used."""

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        import torch

        super().__init__(weights, torch.float32)
        self._packed: dict[Sequence[str], _Packed] = {}
        self._packing = threading.Lock()

    def linear(self, names: Sequence[str], values: Tensor) -> Sequence[Tensor]:
        if names not in self._packed:
            with self._packing:
                if names not in self._packed:
                    self._packed[names] = self._pack(names)
        return self._packed[names](values)

    def _pack(self, names: Sequence[str]) -> _Packed:
        import torch

        matrices = [self._weights.pop(f"{name}.weight") for name in names]
        whole = torch.cat(matrices)
        step = whole.abs().amax(1).clamp(min=_TINY) / _STEPS
        numbers = (whole / step.unsqueeze(1)).round().to(torch.int8)
        bias = torch.cat([self[f"{name}.bias"] for name in names])
        return _Packed(numbers.t().contiguous(), step / _STEPS, bias, [len(matrix) for matrix in matrices])


def weights_in(number_format: str, weights: Mapping[str, Tensor]) -> Weights:
    """``weights`` in ``fp32``, ``bf16`` or ``int8``."""
    return Int8Weights(weights) if number_format == "int8" else Weights(weights, _dtype(number_format))


def dtype_for(number_format: str, what: str) -> torch.dtype:
    """The dtype in which a library should load ``what``.

    Raises:
        ModelNotFound: the format is int8, which only our own encoder supports.
    """
    if number_format == "int8":
        raise ModelNotFound(f"{what} cannot be run in int8. Set ONRECORD_NUMBER_FORMAT=auto")
    return _dtype(number_format)


def _dtype(number_format: str) -> torch.dtype:
    import torch

    return {"bf16": torch.bfloat16, "fp32": torch.float32}[number_format]


def chosen_number_format(setting: str, int8: bool) -> str:
    """The number format that a setting means; ``auto`` is the fastest here. ``int8``: whether the model can run in it.

    The fastest is ``bf16`` on a CPU with AMX: about 2.7 times as fast as fp32, at a cosine of 0.99995 to it; with
    AVX-512 alone it is slower than fp32. Otherwise it is ``int8`` on a CPU with VNNI, else ``fp32``.
    """
    if setting != "auto":
        return setting
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split()
    except OSError:
        return "fp32"
    if "amx_bf16" in flags:
        return "bf16"
    return "int8" if int8 and "avx512_vnni" in flags else "fp32"
