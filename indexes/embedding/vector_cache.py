"""The vectors of texts that were embedded lately: questions about one story need those of the same sentences again."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors

_MOST = 4096
"""Some six megabytes of vectors; the sentences of about four hundred passages."""


class RecentVectors:
    """Forgets what was not asked for the longest. Keeps no text. Any thread may ask."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: OrderedDict[bytes, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, texts: Sequence[str], model: str, embed: Callable[[Sequence[str]], Vectors]) -> Vectors:
        """A row for each of ``texts``. ``embed`` is called with those that are not known of ``model``, if any."""
        import numpy as np

        names = {text: hashlib.sha256(f"{model}\n{text}".encode()).digest() for text in texts}
        with self._lock:
            known = {text: self._kept[name] for text, name in names.items() if name in self._kept}
        new = [text for text in names if text not in known]
        if new:
            # Copies: a row of a batch would keep the whole batch.
            known |= {text: row.copy() for text, row in zip(new, embed(new), strict=True)}
        with self._lock:
            for text, name in names.items():
                self._kept[name] = known[text]
                self._kept.move_to_end(name)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return np.stack([known[text] for text in texts]) if texts else np.empty((0, 0), np.float32)
