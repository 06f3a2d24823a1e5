"""Runs a BERT encoder with nothing but torch. Knows a model's folder and token ids, nothing of what texts say.

transformers and sentence-transformers could run it too, and do run every other model. But importing them takes four and
six seconds of processor time, more than everything else between a cold start and the first answer. The operations here
are the same, in the same order (Devlin and others 2019, arXiv 1810.04805); tests compare the results with theirs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexes.embedding.quantization import Weights, weights_in

if TYPE_CHECKING:
    from torch import Tensor

WEIGHTS = "model.safetensors"
TOKENIZER = "tokenizer.json"


@dataclass(frozen=True)
class Tokens:
    """Texts as token ids: int64 of shape (texts, tokens), shorter texts padded with 0. ``mask`` is 1 for a token and 0
    for padding; ``types`` is 0 for the first text of a pair and 1 for the second.
    """

    ids: Tensor
    types: Tensor
    mask: Tensor

    @classmethod
    def of(cls, encodings: Sequence[Any], most: int | None = None) -> Tokens:
        """From a ``tokenizers.Tokenizer``'s encodings, cut to ``most`` tokens; the last token of each is kept."""
        import torch

        longest = min(max(len(encoding.ids) for encoding in encodings), most or 1 << 30)
        rows = [
            torch.tensor([_filled(getattr(encoding, part), longest) for encoding in encodings])
            for part in ("ids", "type_ids", "attention_mask")
        ]
        return cls(*rows)


def _filled(numbers: list[int], length: int) -> list[int]:
    cut = numbers if len(numbers) <= length else [*numbers[: length - 1], numbers[-1]]
    return cut + [0] * (length - len(cut))


class Bert:
    """An encoder. ``weights`` are named as in the file, without the prefix "bert."."""

    def __init__(self, weights: Weights, config: Mapping[str, Any]) -> None:
        self._weights = weights
        self._layers = [_Names.of(f"encoder.layer.{layer}.") for layer in range(int(config["num_hidden_layers"]))]
        self._heads = int(config["num_attention_heads"])
        self._eps = float(config.get("layer_norm_eps", 1e-12))

    def encode(self, tokens: Tokens) -> Tensor:
        """The last layer's output, of shape (texts, tokens, width). Call in torch's inference mode."""
        attended = None if bool(tokens.mask.all()) else tokens.mask.bool()[:, None, None, :]
        if attended is not None:
            attended = attended.expand(-1, 1, tokens.ids.shape[1], -1)
        hidden = self._embedded(tokens)
        for names in self._layers:
            hidden = self._layer(names, hidden, attended)
        return hidden

    def _embedded(self, tokens: Tokens) -> Tensor:
        from torch.nn.functional import embedding

        table = self._weights
        words = embedding(tokens.ids, table["embeddings.word_embeddings.weight"])
        types = embedding(tokens.types, table["embeddings.token_type_embeddings.weight"])
        places = table["embeddings.position_embeddings.weight"][: tokens.ids.shape[1]]
        return self._normed("embeddings.LayerNorm", words + types + places)

    def _layer(self, names: _Names, hidden: Tensor, attended: Tensor | None) -> Tensor:
        from torch.nn.functional import gelu, scaled_dot_product_attention

        query, key, value = (
            part.view(*hidden.shape[:-1], self._heads, -1).transpose(1, 2)
            for part in self._weights.linear(names.looks, hidden)
        )
        seen = scaled_dot_product_attention(query, key, value, attn_mask=attended).transpose(1, 2).flatten(2)
        (found,) = self._weights.linear(names.seen, seen)
        hidden = self._normed(names.seen_norm, found + hidden)
        (wide,) = self._weights.linear(names.wide, hidden)
        (narrow,) = self._weights.linear(names.narrow, gelu(wide))
        return self._normed(names.norm, narrow + hidden)

    def _normed(self, name: str, values: Tensor) -> Tensor:
        from torch.nn.functional import layer_norm

        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        return layer_norm(values, weight.shape, weight, bias, self._eps)


@dataclass(frozen=True)
class _Names:
    """The names of one layer's weights."""

    looks: tuple[str, ...]
    seen: tuple[str, ...]
    seen_norm: str
    wide: tuple[str, ...]
    narrow: tuple[str, ...]
    norm: str

    @classmethod
    def of(cls, layer: str) -> _Names:
        return cls(
            looks=tuple(f"{layer}attention.self.{part}" for part in ("query", "key", "value")),
            seen=(f"{layer}attention.output.dense",),
            seen_norm=f"{layer}attention.output.LayerNorm",
            wide=(f"{layer}intermediate.dense",),
            narrow=(f"{layer}output.dense",),
            norm=f"{layer}output.LayerNorm",
        )


def open_bert(folder: Path, number_format: str, over: Mapping[str, Tensor] | None = None) -> Bert:
    """The encoder in ``folder``, in ``fp32``, ``bf16`` or ``int8``. Weights in ``over`` replace its own by name."""
    from safetensors.torch import load_file

    weights = {name.removeprefix("bert."): values for name, values in load_file(folder / WEIGHTS).items()}
    return Bert(weights_in(number_format, {**weights, **(over or {})}), _json(folder / "config.json"))


def open_tokenizer(folder: Path) -> Any:
    """The ``tokenizers.Tokenizer`` in ``folder``, without truncation or padding."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def is_bert(folder: Path) -> bool:
    """Whether the model in ``folder`` is an encoder that :class:`Bert` can run faithfully."""
    config = _json(folder / "config.json")
    wanted = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute", "is_decoder": False}
    same = all(config.get(name, value) == value for name, value in wanted.items()) and "model_type" in config
    return same and (folder / WEIGHTS).is_file() and (folder / TOKENIZER).is_file()


class SentenceBert:
    """A sentence-transformers model that consists of a BERT encoder, mean pooling and, perhaps, normalisation.

    ``longest`` is the longest text it reads, in tokens, special tokens included.
    """

    def __init__(self, folder: Path, number_format: str) -> None:
        self._bert = open_bert(folder, number_format)
        # sentence-transformers normalises again if the model already does, which makes a difference in bf16.
        self._times = len(_json(folder / "modules.json")) - 1
        self.longest = int(_json(folder / _LONGEST)["max_seq_length"])

    def vectors(self, encodings: Sequence[Any]) -> Tensor:
        """Unit vectors, float32, a row for each encoding of a ``tokenizers.Tokenizer`` with special tokens."""
        import torch

        tokens = Tokens.of(encodings, self.longest)
        with torch.inference_mode():
            hidden = self._bert.encode(tokens)
            mask = tokens.mask.unsqueeze(-1).to(hidden.dtype)
            total = (hidden * mask).sum(dim=1, dtype=torch.float32)
            vectors = (total / mask.sum(dim=1, dtype=torch.float32).clamp(min=1e-9)).to(hidden.dtype)
            for _ in range(self._times):
                vectors = torch.nn.functional.normalize(vectors, dim=1)
            return vectors.float()


_LONGEST = "sentence_bert_config.json"
_MODULES = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])


def is_sentence_bert(folder: Path) -> bool:
    """Whether :class:`SentenceBert` would run the model in ``folder`` as sentence-transformers does."""
    modules = [str(module["type"]).rsplit(".", 1)[-1] for module in _json(folder / "modules.json")]
    if modules not in _MODULES or not is_bert(folder):
        return False
    longest, prompts = _json(folder / _LONGEST), _json(folder / "config_sentence_transformers.json")
    as_it_is = not longest.get("do_lower_case") and not prompts.get("default_prompt_name")
    return as_it_is and "max_seq_length" in longest and _pools_the_mean(_json(folder / "1_Pooling" / "config.json"))


def _pools_the_mean(pooling: Mapping[str, Any]) -> bool:
    """Whether the pooling is the mean. Older models have a switch for each kind of pooling, newer ones name theirs."""
    on = [name for name, value in pooling.items() if name.startswith("pooling_mode_") and value]
    named = pooling.get("pooling_mode")
    return (on, named) in ((["pooling_mode_mean_tokens"], None), ([], "mean"))


def _json(file: Path) -> Any:
    """The content of a JSON file; an empty dict if there is no such file."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
