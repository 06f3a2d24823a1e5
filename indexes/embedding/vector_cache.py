"""A cache of recently embedded texts' vectors, as questions about one story need the same sentences again."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors

_MOST = 4096
"""About six megabytes of vectors: the sentences of some four hundred passages."""


class RecentVectors:
    """A least-recently-used cache of at most ``most`` vectors. Stores hashes, not texts. Thread-safe."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: OrderedDict[bytes, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, texts: Sequence[str], model: str, embed: Callable[[Sequence[str]], Vectors]) -> Vectors:
        """A row for each of ``texts``. ``embed`` is called with the texts not yet cached for ``model``, if any."""
        import numpy as np

        names = {text: hashlib.sha256(f"{model}\n{text}".encode()).digest() for text in texts}
        with self._lock:
            known = {text: self._kept[name] for text, name in names.items() if name in self._kept}
        new = [text for text in names if text not in known]
        if new:
            # Copies, as a row that is a view would keep its whole batch in memory.
            known |= {text: row.copy() for text, row in zip(new, embed(new), strict=True)}
        with self._lock:
            for text, name in names.items():
                self._kept[name] = known[text]
                self._kept.move_to_end(name)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return np.stack([known[text] for text in texts]) if texts else np.empty((0, 0), np.float32)
