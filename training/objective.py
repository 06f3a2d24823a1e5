"""What training makes small: the shared-normalisation loss over the windows of a question.

Clark and Gardner, "Simple and Effective Multi-Paragraph Reading Comprehension" (ACL 2018): all windows of a question
share one softmax, so that scores of spans can be compared between texts. Each token's score is taken relative to its
window's first token, whose score means "no answer here"; one more entry, 0, stands for "no answer in any".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from training.groups import Group, Window

if TYPE_CHECKING:
    import torch

TOKENS = 320


class Batch:
    """Windows of several groups as token ids, in chunks of like length, with what the loss needs of them."""

    def __init__(self, groups: Sequence[Group], tokenizer: Any, chunks: int = 8) -> None:
        flat = [(g, group.question, window) for g, group in enumerate(groups) for window in group.windows]
        made = encode(tokenizer, [question for _, question, _ in flat], [window.text for *_, window in flat])
        self.groups = len(groups)
        order = sorted(range(len(flat)), key=lambda n: len(made[n].ids))
        size = -(-len(order) // chunks)
        self.chunks = [order[at : at + size] for at in range(0, len(order), size)]
        self.encodings = made
        self.group_of = [g for g, *_ in flat]
        self.gold = [_gold_tokens(encoding, window) for encoding, (_, _, window) in zip(made, flat, strict=True)]


def encode(tokenizer: Any, questions: Sequence[str], texts: Sequence[str]) -> list[Any]:
    """Encodings of pairs with offsets; a text too long for the model is cut at its end."""
    encodings: list[Any] = tokenizer(
        [" ".join(q.split()) for q in questions], list(texts), truncation="only_second", max_length=TOKENS
    ).encodings
    return encodings


def _gold_tokens(encoding: Any, window: Window) -> tuple[int, int] | None:
    """First and last token of the answer; None where the window has none, or lost it when it was cut."""
    if window.answer is None:
        return None
    start, end = window.answer
    inside = [
        n
        for n, (at, part) in enumerate(zip(encoding.offsets, encoding.sequence_ids, strict=True))
        if part == 1 and at[0] < end and start < at[1]
    ]
    return (inside[0], inside[-1]) if inside else None


def loss(model: torch.nn.Module, batch: Batch) -> torch.Tensor:
    """The mean over groups of the start's and the end's negative log-likelihood, halved."""
    import torch

    starts, ends, owners = [], [], []
    gold: dict[int, tuple[int, int]] = {}
    offset = 0
    for chunk in batch.chunks:
        ids, types, mask, text = tensors([batch.encodings[n] for n in chunk])
        out = model(input_ids=ids, token_type_ids=types, attention_mask=mask)
        for row, n in enumerate(chunk):
            span = batch.gold[n]
            if span is not None:
                before = int(text[row, : span[0]].sum()), int(text[row, : span[1]].sum())
                done = offset + int(text[:row].sum())
                gold[batch.group_of[n]] = done + before[0], done + before[1]
        starts.append((out.start_logits - out.start_logits[:, :1])[text])
        ends.append((out.end_logits - out.end_logits[:, :1])[text])
        owners.append(torch.tensor([batch.group_of[n] for n in chunk]).repeat_interleave(text.sum(1)))
        offset += int(text.sum())
    owner = torch.cat(owners)
    return (
        _shared(torch.cat(starts), owner, {g: s for g, (s, _) in gold.items()}, batch.groups)
        + _shared(torch.cat(ends), owner, {g: e for g, (_, e) in gold.items()}, batch.groups)
    ) / 2


def _shared(scores: torch.Tensor, owner: torch.Tensor, gold: dict[int, int], groups: int) -> torch.Tensor:
    """-log softmax over each owner's scores and one 0; the target is ``gold`` or, without one, the 0."""
    import torch

    zeros = torch.zeros(groups)
    top = zeros.scatter_reduce(0, owner, scores.detach(), "amax")  # 0 is among them: it stands for "no answer"
    total = torch.exp(-top).scatter_add(0, owner, torch.exp(scores - top[owner]))
    normaliser = top + torch.log(total)
    target = torch.zeros(groups)
    if gold:
        which = torch.tensor(list(gold))
        target = target.scatter(0, which, scores[torch.tensor(list(gold.values()))])
    return (normaliser - target).mean()


def tensors(encodings: Sequence[Any]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids, token types, attention mask, and a mask of the tokens of the text; each (windows, longest)."""
    import torch

    longest = max(len(e.ids) for e in encodings)
    ids = torch.zeros(len(encodings), longest, dtype=torch.long)
    types, mask = torch.zeros_like(ids), torch.zeros_like(ids)
    text = torch.zeros(len(encodings), longest, dtype=torch.bool)
    for row, e in enumerate(encodings):
        size = len(e.ids)
        ids[row, :size] = torch.tensor(e.ids)
        types[row, :size] = torch.tensor(e.type_ids)
        mask[row, :size] = 1
        text[row, :size] = torch.tensor([part == 1 for part in e.sequence_ids])
    return ids, types, mask, text
