"""Whether an index holds and finds what it should: held against another by content, and against itself by search."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from indexes import Index
from indexes.search.analysis import stems

Content = dict[str, tuple[str, bytes]]
"""By passage id: the SHA-256 of its text, and its vector."""

_ITSELF = 0.999


@dataclass(frozen=True)
class Faults:
    """How many passages are not as they should be, by kind, and what else is wrong."""

    lost: int = 0
    doubled: int = 0
    changed: int = 0
    unfindable_by_vector: int = 0
    unfindable_by_exact_search: int = 0
    unfindable_by_words: int = 0
    problems: tuple[str, ...] = ()

    def __str__(self) -> str:
        counted = {name.replace("_", " "): value for name, value in asdict(self).items() if value}
        return ", ".join(f"{name}: {value}" for name, value in counted.items()) or "sound"

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


def content(index: Index) -> Content:
    """Every live passage of the index."""
    number = _number(index)
    texts = {
        passage.id: hashlib.sha256(article.text[passage.start : passage.end].encode()).hexdigest()
        for _, passage, article in index.store.passages_after(number, 0)
    }
    batches = index.store.vectors(number)
    rows = {id: row for ids, _, stack in batches for id, row in zip(ids, stack, strict=True)}
    return {id: (texts[id], rows[id].tobytes()) for id in texts}


def compared(index: Index, expected: Mapping[str, tuple[str, bytes]]) -> Faults:
    """What differs from ``expected``, and what cannot be found."""
    found = content(index)
    itself = searched(index)
    return Faults(
        lost=len(expected.keys() - found.keys()),
        doubled=len(found.keys() - expected.keys()),
        changed=sum(found[id] != expected[id] for id in expected.keys() & found.keys()),
        **{name: getattr(itself, name) for name in _SEARCHED},
        problems=tuple(index.problems()),
    )


_SEARCHED = ("unfindable_by_vector", "unfindable_by_exact_search", "unfindable_by_words")


def searched(index: Index, words: bool = True) -> Faults:
    """Searches for **every** live passage: by its vector, as questions do and in the vector file; and by its words.

    A passage is found by its vector if it is among the first three, which leaves room for twins.
    """
    import numpy as np

    number = _number(index)
    batches = index.store.vectors(number)
    stored = [(int(seq), row) for _, seqs, rows in batches for seq, row in zip(seqs, rows, strict=True)]
    all_of_them = np.array([seq for seq, _ in stored], np.int64)
    by_words = dict.fromkeys((seq for seq, _ in stored), True)
    for seq, passage, article in index.store.passages_after(number, 0) if words else ():
        named = stems(article.text[passage.start : passage.end])
        by_words[seq] = seq in dict(index.keywords.nearest(named, number, 3))
    return Faults(
        unfindable_by_vector=sum(not _finds(index.dense.nearest(row, number, 3), seq) for seq, row in stored),
        unfindable_by_exact_search=sum(
            not _finds(index.dense.nearest(row, number, 3, among=all_of_them), seq) for seq, row in stored
        ),
        unfindable_by_words=sum(not found for found in by_words.values()),
    )


def _finds(hits: list[tuple[int, float]], seq: int) -> bool:
    return dict(hits).get(seq, 0.0) > _ITSELF


def _number(index: Index) -> int:
    kept = index.store.recipe()
    return kept[0] if kept else 1
