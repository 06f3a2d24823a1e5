"""Takes uploaded files into the index and articles out of it, one request at a time.

A request that comes again under its idempotency key is answered from memory. Kept while the process lives: adding the
same articles once more would change nothing.
"""

from __future__ import annotations

import hashlib
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.rendering import outcome_json
from assistant.web.api.problems import IN_PROGRESS, KEY_REUSED
from indexes import Article, Index, Outcome, Refusal
from indexes.reading import read_file

_KINDS = ("added", "updated", "unchanged", "refused")
_KEPT = 1000

Answer = dict[str, Any]


@dataclass(frozen=True)
class _Done:
    """What was asked under a key, and the answer; None while it is worked on."""

    content: str
    answer: Answer | None = None


class Intake:
    """The way into one index. Requests of this process wait for each other; other processes make it busy."""

    def __init__(self, index: Index, max_bytes: int) -> None:
        self._index, self._max_bytes = index, max_bytes
        self._writing, self._looking = threading.Lock(), threading.Lock()
        self._done = OrderedDict[str, _Done]()

    def add(self, files: Sequence[Path], key: str | None = None) -> Answer:
        """What became of each article in ``files``.

        Raises:
            ProblemRaised: the key was used for other content, or its request is still being worked on.
            OnRecordError: the index cannot be written to.
        """
        if key is None:
            return self._added(files)
        content = _digest(files)
        return self._known(key, content) or self._remembered(key, content, files)

    def remove(self, article_id: str) -> None:
        """Raises NoSuchArticle, IndexBusy."""
        with self._writing:
            self._index.remove([article_id])

    def _added(self, files: Sequence[Path]) -> Answer:
        with self._writing:
            outcomes = list(self._outcomes(files))
        counts = Counter(outcome.kind for outcome in outcomes)
        return {"outcomes": [outcome_json(outcome) for outcome in outcomes], **{kind: counts[kind] for kind in _KINDS}}

    def _outcomes(self, files: Sequence[Path]) -> Iterator[Outcome]:
        """Told of by the names the files were sent under: where they lie here for a moment is nobody's business."""
        names = list[str]()
        for number, outcome in enumerate(self._index.add(_read(files, self._max_bytes, names))):
            yield replace(outcome, where=names[number])

    def _known(self, key: str, content: str) -> Answer | None:
        """The answer given before under ``key``; None if there is none, and from now on it is being worked on."""
        with self._looking:
            done = self._done.get(key)
            if done is None:
                self._done[key] = _Done(content)
                return None
        if done.content != content:
            raise KEY_REUSED.problem("Other articles were sent under this Idempotency-Key. Take a new one.")
        if done.answer is None:
            raise IN_PROGRESS.problem("The articles sent under this Idempotency-Key are still being added. Wait.")
        return done.answer

    def _remembered(self, key: str, content: str, files: Sequence[Path]) -> Answer:
        try:
            answer = self._added(files)
        except BaseException:
            with self._looking:
                del self._done[key]
            raise
        with self._looking:
            self._done[key] = _Done(content, answer)
            while len(self._done) > _KEPT:
                self._done.popitem(last=False)
        return answer


def _read(files: Sequence[Path], max_bytes: int, names: list[str]) -> Iterator[Article | Refusal]:
    """The articles in ``files``; ``names`` is filled with what each comes from.

    They keep no path: two uploads of one name are not one article for that.
    """
    for file in files:
        for item in read_file(file, max_bytes):
            said = item.where if isinstance(item, Refusal) else str(file)
            names.append(said.removeprefix(f"{file.parent}/"))
            yield item if isinstance(item, Refusal) else replace(item, origin="")


def _digest(files: Sequence[Path]) -> str:
    """Of the files' names and bytes."""
    together = hashlib.sha256()
    for file in files:
        with file.open("rb") as opened:
            together.update(f"{file.name}\0{hashlib.file_digest(opened, 'sha256').hexdigest()}\n".encode())
    return together.hexdigest()
