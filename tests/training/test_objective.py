"""The loss, compared with the definition worked out by hand."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import torch

from indexes.embedding.embedder import PACKAGED_MODEL, locate_model
from training.groups import Group, Window
from training.objective import Batch, loss

GROUPS = [
    Group("who denied it?", (Window("Verrin denied it.", (0, 6)), Window("The bank would not comment on it."))),
    Group("how much?", (Window("The ferry stops in October."),)),
    Group("when?", (Window("It fell on Monday, a long time ago now.", (8, 17)),)),
]


class ByPlace:
    """A "model" whose start score is the token's id modulo 7, and its end score modulo 5."""

    def __call__(self, input_ids: torch.Tensor, **_: Any) -> SimpleNamespace:
        return SimpleNamespace(start_logits=(input_ids % 7).float(), end_logits=(input_ids % 5).float())


def tokenizer() -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(locate_model(PACKAGED_MODEL).folder), local_files_only=True)


def test_all_windows_of_a_question_share_one_softmax_with_no_answer() -> None:
    words = tokenizer()
    wanted = []
    for group in GROUPS:
        halves = []
        for modulo, last in ((7, False), (5, True)):
            scores, gold = [0.0], 0.0
            for window in group.windows:
                made = words(group.question, window.text).encodings[0]
                text = [n for n, part in enumerate(made.sequence_ids) if part == 1]
                scores += [made.ids[n] % modulo - made.ids[0] % modulo for n in text]
                if window.answer:
                    start, end = window.answer
                    inside = [n for n in text if made.offsets[n][0] < end and start < made.offsets[n][1]]
                    gold = made.ids[inside[-1] if last else inside[0]] % modulo - made.ids[0] % modulo
            halves.append(math.log(sum(map(math.exp, scores))) - gold)
        wanted.append(sum(halves) / 2)
    for chunks in (1, 2, 4):
        found = loss(ByPlace(), Batch(GROUPS, words, chunks))  # type: ignore[arg-type]
        assert abs(float(found) - sum(wanted) / len(wanted)) < 1e-5
