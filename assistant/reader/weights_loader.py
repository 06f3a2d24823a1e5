"""Finds the reader's weights on this machine, checks them and unpacks them.

The shipped weights are those of the encoder's layers and of the answer head, matrices as int8 with a scale for each
row. The word vectors they were trained with, which training left as they were, and the tokenizer come from the
packaged embedding model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.reader.backends import AnswerModel, AnyModel, OwnModel
from indexes.embedding.embedder import PACKAGED_MODEL, locate_model
from indexes.embedding.quantization import chosen_number_format
from indexes.types.errors import ModelNotFound

if TYPE_CHECKING:
    from torch import Tensor

SHIPPED = "onrecord-reader"
SHIPPED_FOLDER = Path(__file__).parent / "weights"
WEIGHTS, MANIFEST, CALIBRATION = "reader.safetensors", "reader.json", "calibration.json"
_SCALE = ".scale"


@dataclass(frozen=True)
class ReaderFiles:
    """Which reader it is and where its files are. ``layers``: weights that override ``folder``'s, if shipped."""

    name: str
    folder: Path
    layers: Path | None = None

    @property
    def calibration(self) -> Path:
        """Its calibration: its own if training.calibrate made one, else the shipped one."""
        own = self.folder / CALIBRATION
        return own if own.is_file() else (self.layers.parent if self.layers else SHIPPED_FOLDER) / CALIBRATION

    def number_format(self, setting: str) -> str:
        """The number format to use for ``setting`` with this reader on this machine."""
        return chosen_number_format(setting, self.layers is not None)

    def open(self, number_format: str) -> AnswerModel:
        """The model, ready to run.

        Raises:
            ModelNotFound: the folder holds no extractive question-answering model.
        """
        if self.layers:
            return OwnModel(self.folder, unpacked(_loaded(self.layers)), number_format)
        return AnyModel(self.name, self.folder, number_format)


def _loaded(file: Path) -> dict[str, Tensor]:
    from safetensors.torch import load_file

    weights: dict[str, Tensor] = load_file(file)
    return weights


def packed(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Each matrix as int8 with a float32 scale per row, stored under its name plus ".scale"; the rest unchanged."""
    import torch

    found = {}
    for name, values in weights.items():
        if values.ndim < 2:
            found[name] = values.float()
            continue
        scale = values.float().abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / 127
        found[name] = (values.float() / scale).round().to(torch.int8)
        found[name + _SCALE] = scale
    return found


def unpacked(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What :func:`packed` packed, in float32."""
    return {
        name: values.float() * weights[name + _SCALE] if name + _SCALE in weights else values.float()
        for name, values in weights.items()
        if not name.endswith(_SCALE)
    }


def locate_reader(name: str, hub: bool = False) -> ReaderFiles:
    """Finds ``name``: the shipped reader, a folder (training.export's too), or (only with ``hub``) a name on a hub.

    Raises:
        ModelNotFound: it is not on this machine, or the shipped weights are not those that were published.
    """
    folder = SHIPPED_FOLDER if name == SHIPPED else Path(name).expanduser()
    if name == SHIPPED or (folder / MANIFEST).is_file():
        return shipped(folder)
    return ReaderFiles(name, locate_model(name, hub, what="reader model").folder)


def shipped(folder: Path) -> ReaderFiles:
    """The weights in ``folder`` over the packaged encoder, both checked against the manifest beside them."""
    encoder = locate_model(PACKAGED_MODEL)
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        with (folder / WEIGHTS).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError) as error:
        raise ModelNotFound(f"the reader's weights cannot be read ({error}). Reinstall On Record.") from None
    for what, there, wanted in (
        ("reader's weights", found, manifest["sha256"]),
        ("encoder the reader was trained on", encoder.sha256, manifest["encoder"]),
    ):
        if there != wanted:
            raise ModelNotFound(
                f"the {what} are not as published (sha256 {there[:8]}…, not {wanted[:8]}…). Reinstall On Record."
            )
    return ReaderFiles(SHIPPED, encoder.folder, folder / WEIGHTS)
