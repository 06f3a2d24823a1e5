"""The order of training: which examples an epoch draws, and how they are cut into steps of about the same work."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from training.examples import Example
from training.groups import Group, Pool, paragraph_group, sentence_group

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHARE = {"squadshifts-newwiki": 2.0, "squadshifts": 1.0, "qamr": 0.5, "qasrl": 0.4, "qanom": 0.25}
"""How often an epoch draws an example, by the beginning of its source. A paragraph teaches more than the thirtieth
question on one sentence; the prose of reference works and news counts double."""


def share_of(source: str) -> float:
    return next(share for beginning, share in SHARE.items() if source.startswith(beginning))


class Epochs:
    """Endless steps over the examples. Step ``n`` is the same in every run with the same seed and size."""

    def __init__(
        self,
        examples: Sequence[Example],
        pool: Pool,
        negatives: NDArray[np.int32],
        seed: int,
        characters: int,
    ) -> None:
        self._examples, self._pool, self._negatives = examples, pool, negatives
        self._seed, self._characters = seed, characters

    def steps(self, skip: int = 0) -> Iterator[tuple[float, list[Group]]]:
        """From step ``skip`` on: how many epochs are done, and the groups of the step."""
        made = 0
        batch: list[Group] = []
        size = 0
        for done, group in self._groups():
            batch.append(group)
            size += sum(len(window.text) + len(group.question) for window in group.windows)
            if size >= self._characters:
                if made >= skip:
                    yield done, batch
                made += 1
                batch, size = [], 0

    def _groups(self) -> Iterator[tuple[float, Group]]:
        epoch = 0
        while True:
            order = random.Random(f"{self._seed} {epoch}")
            drawn = [n for n, e in enumerate(self._examples) for _ in range(_times(share_of(e.source), order))]
            order.shuffle(drawn)
            for at, n in enumerate(drawn):
                draw = random.Random(f"{self._seed} {epoch} {at} {n}")
                negatives = [int(other) for other in self._negatives[n] if other >= 0]
                make = paragraph_group if self._examples[n].source.startswith("squad") else sentence_group
                yield epoch + at / len(drawn), make(self._examples[n], self._pool, negatives, draw)
            epoch += 1


def _times(share: float, draw: random.Random) -> int:
    return int(share) + (draw.random() < share % 1)
