"""Runs a question-answering model: question and texts in, start and end logits per token out.

The shipped reader runs on :mod:`indexes.embedding.bert`, which starts much faster; any other on transformers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from indexes.embedding.bert import Tokens, open_bert, open_tokenizer
from indexes.embedding.quantization import dtype_for, weights_in
from indexes.types.errors import ModelNotFound

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    Logits = tuple[NDArray[np.float32], NDArray[np.float32]]


class AnswerModel(Protocol):
    """``tokenizer`` is a ``tokenizers.Tokenizer`` without truncation or padding."""

    tokenizer: Any

    def logits(self, encodings: Sequence[Any]) -> Logits:
        """Start and end logits for each token of the encodings: two float32 arrays of shape (texts, tokens)."""
        ...


class OwnModel:
    """The encoder in ``folder``, its weights overridden by those in ``over``, which include the answer head."""

    def __init__(self, folder: Path, over: Mapping[str, Tensor], number_format: str) -> None:
        self.tokenizer = open_tokenizer(folder)
        head = {name: values for name, values in over.items() if name.startswith(_HEAD)}
        layers = {name.removeprefix("bert."): values for name, values in over.items() if name not in head}
        self._bert = open_bert(folder, number_format, layers)
        self._head = weights_in(number_format, head)

    def logits(self, encodings: Sequence[Any]) -> Logits:
        import torch

        with torch.inference_mode():
            hidden = self._bert.encode(Tokens.of(encodings))
            both = torch.nn.functional.linear(hidden, self._head[f"{_HEAD}weight"], self._head[f"{_HEAD}bias"]).float()
        return both[..., 0].numpy(), both[..., 1].numpy()


_HEAD = "qa_outputs."


class AnyModel:
    """Any model that ``AutoModelForQuestionAnswering`` loads; ``name`` is used in errors."""

    def __init__(self, name: str, folder: Path, number_format: str) -> None:
        """Raises:
        ModelNotFound: the folder holds no extractive question-answering model.
        """
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        dtype = dtype_for(number_format, f"the reader model {name}")
        try:
            tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
            self._model, report = AutoModelForQuestionAnswering.from_pretrained(
                str(folder), local_files_only=True, dtype=dtype, output_loading_info=True
            )
        except (OSError, ValueError) as error:
            raise ModelNotFound(f"the reader model in {folder} cannot be loaded: {error}") from None
        if report["missing_keys"]:
            raise ModelNotFound(
                f"{name} is not an extractive question-answering model: its weights lack "
                f"{', '.join(sorted(report['missing_keys'])[:3])}. Set reader_model to one, or to the shipped one."
            )
        self._model.eval()
        self._names = set(tokenizer.model_input_names)
        self.tokenizer = tokenizer.backend_tokenizer
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()

    def logits(self, encodings: Sequence[Any]) -> Logits:
        import torch

        tokens = Tokens.of(encodings)
        rows = {"input_ids": tokens.ids, "token_type_ids": tokens.types, "attention_mask": tokens.mask}
        with torch.inference_mode():
            out = self._model(**{name: row for name, row in rows.items() if name in self._names})
        return out.start_logits.float().numpy(), out.end_logits.float().numpy()
