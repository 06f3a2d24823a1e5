"""Finds the reader's weights on this machine and loads them. Knows nothing of what is read.

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
from typing import TYPE_CHECKING, Any

from indexes.embedding import PACKAGED_MODEL, locate_model
from indexes.errors import ModelNotFound

if TYPE_CHECKING:
    from torch import Tensor

SHIPPED = "onrecord-reader"
SHIPPED_FOLDER = Path(__file__).parent / "weights"
WEIGHTS, MANIFEST, CALIBRATION = "reader.safetensors", "reader.json", "calibration.json"
_SCALE = ".scale"


@dataclass(frozen=True)
class ReaderFiles:
    """Which reader it is and where it lies. ``layers``: weights laid over those in ``folder``, for the shipped one."""

    name: str
    folder: Path
    layers: Path | None = None

    @property
    def calibration(self) -> Path:
        """The numbers its scores are weighed with: its own, where training.calibrate made some, else those shipped."""
        own = self.folder / CALIBRATION
        return own if own.is_file() else (self.layers.parent if self.layers else SHIPPED_FOLDER) / CALIBRATION

    def tokenizer(self) -> Any:
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(str(self.folder), local_files_only=True)

    def load(self) -> Any:
        """The model in fp32.

        Raises:
            ModelNotFound: what lies there is no extractive question-answering model.
        """
        import torch
        from transformers import AutoModelForQuestionAnswering
        from transformers.utils import logging

        logging.disable_progress_bar()
        if self.layers:
            return with_layers(self.folder, self.layers)
        try:
            model, report = AutoModelForQuestionAnswering.from_pretrained(
                str(self.folder),
                local_files_only=True,
                use_safetensors=True,
                dtype=torch.float32,
                output_loading_info=True,
            )
        except (OSError, ValueError) as error:
            raise ModelNotFound(f"the reader model in {self.folder} cannot be loaded: {error}") from None
        if report["missing_keys"]:
            raise ModelNotFound(
                f"{self.name} is no extractive question-answering model: its weights lack "
                f"{', '.join(sorted(report['missing_keys'])[:3])}. Set reader_model to one, or to {SHIPPED}."
            )
        return model


def with_layers(encoder: Path, layers: Path) -> Any:
    """A question-answering model: the encoder in ``encoder`` with the weights of the file ``layers`` laid over it."""
    from safetensors.torch import load_file
    from transformers import AutoConfig, AutoModelForQuestionAnswering

    config = AutoConfig.from_pretrained(str(encoder), local_files_only=True)
    model = AutoModelForQuestionAnswering.from_config(config).float()
    embeddings = {
        name.removeprefix("embeddings."): weights
        for name, weights in load_file(encoder / "model.safetensors").items()
        if name.startswith("embeddings.")
    }
    model.base_model.embeddings.load_state_dict(embeddings, strict=False)
    unexpected = model.load_state_dict(unpacked(load_file(layers)), strict=False).unexpected_keys
    if unexpected:
        raise ModelNotFound(f"{layers} does not fit the packaged encoder: {unexpected[0]}")
    return model


def packed(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Each matrix as int8 and, under its name and ".scale", a float32 factor for each row; the rest as it is."""
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
        ModelNotFound: it is not here, or the shipped weights are not those that were published. Answers at once.
    """
    folder = SHIPPED_FOLDER if name == SHIPPED else Path(name).expanduser()
    if name == SHIPPED or (folder / MANIFEST).is_file():
        return shipped(folder)
    return ReaderFiles(name, locate_model(name, hub, what="reader model").folder)


def shipped(folder: Path) -> ReaderFiles:
    """The weights in ``folder`` over the packaged encoder, both compared with the manifest beside them."""
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
