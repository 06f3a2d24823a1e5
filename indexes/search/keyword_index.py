"""The keyword index: BM25 over the passages with tantivy, in a disposable folder beside the store.

A tantivy commit is atomic, so a kill leaves the index intact but out of date; the next writer brings it up to date. Its
files are checked against their checksums before they are searched. Passages are identified by ``seq``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from indexes.search import keyword_integrity
from indexes.search.analysis import text_analyzer
from indexes.search.keyword_fields import TEXT, any_of, document, schema
from indexes.storage.checksums import discard, panics_as_errors
from indexes.storage.store import Store
from indexes.storage.writer_lock import holder
from indexes.types.filters import EVERYTHING, Filter

_log = logging.getLogger(__name__)

_T = TypeVar("_T")
_HEAP = 64_000_000


@dataclass(frozen=True)
class Opened:
    """A searchable state of the index, for one commit to the store and one to its own files."""

    revision: int
    stamp: keyword_integrity.Stamp
    searcher: Any
    whole: bool
    """Whether nothing was deleted from its segments."""
    complete: bool
    """Whether it holds the same passages as the store."""


class KeywordSearch:
    """Searches the keyword index of one home folder. Follows commits of other processes. Thread-safe."""

    def __init__(self, home: Path, store: Store, on_damage: Callable[[], None] = lambda: None) -> None:
        self._home = home
        self._store = store
        self._on_damage = on_damage
        self._opened: Opened | None = None
        self._opening = threading.Lock()
        self._sound: set[str] = set()

    def nearest(
        self, question: Sequence[str], recipe: int, top: int, where: Filter = EVERYTHING
    ) -> list[tuple[int, float]]:
        """Passages by ``seq`` with their BM25 scores, best first; a passage need not contain every stem.

        Recently removed passages may be among them. While the index is damaged, there are none.
        """
        if not question:
            return []

        def look(opened: Opened) -> list[tuple[int, float]]:
            found = opened.searcher.search(any_of(question, where), top, count=False).hits
            seqs = opened.searcher.fast_field_values("seq", [address for _, address in found])
            return list(zip(seqs, (score for score, _ in found), strict=True))

        return sorted(self.read(recipe, look) or [], key=lambda hit: (-hit[1], hit[0]))

    def read(self, recipe: int, look: Callable[[Opened], _T]) -> _T | None:
        """What ``look`` reads from the index; None while it cannot be read, which is then repaired."""
        opened = self._current(recipe)
        if opened.searcher is None:
            return None
        try:
            with panics_as_errors():
                return look(opened)
        except Exception as error:
            self._give_up(error)
            return None

    def serves(self, recipe: int) -> bool:
        """Whether there is a sound index; opens it if necessary."""
        return self._current(recipe).searcher is not None

    def close(self) -> None:
        self._opened = None

    def _current(self, recipe: int) -> Opened:
        folder = _folder(self._home, recipe)
        revision, stamp = self._store.revision(), keyword_integrity.stamp(folder)
        with self._opening:
            opened = self._opened
            if opened is None or (opened.revision, opened.stamp) != (revision, stamp):
                searcher, complete = self._checked(recipe)
                whole = not any(folder.glob("*.del"))
                opened = self._opened = Opened(revision, stamp, searcher, whole, complete)
            return opened

    def _checked(self, recipe: int) -> tuple[Any, bool]:
        """A searcher over sound files, or None; and whether it is complete.

        An index that is out of date while nobody writes was left by a kill.
        """
        nobody_writes = not holder(self._home)
        try:
            searcher = keyword_integrity.unchanging(
                _folder(self._home, recipe), lambda: _searcher(self._home, recipe, self._sound)
            )
        except Exception as error:
            self._give_up(error)
            return None, False
        complete = _is_complete(searcher, self._store, recipe)
        if nobody_writes and not complete:
            self._on_damage()
        return searcher, complete

    def _give_up(self, error: Exception) -> None:
        _log.warning("the keyword index in %s cannot be searched: %s", self._home, error)
        self._on_damage()


def bring_up_to_date(home: Path, store: Store, recipe: int, anew: bool = False) -> None:
    """Adds missing passages from the store and drops removed ones. Requires the writer's lock.

    An index that is damaged, or afterwards differs from the store in its number of passages, is rebuilt; so is any with
    ``anew``, as tantivy keeps the text of deleted passages until it merges their segment.
    """
    if anew:
        rebuild(home, store, recipe)
        return
    try:
        keyword_integrity.check(_folder(home, recipe))
    except keyword_integrity.SegmentsDamaged as damage:
        _make_anew(home, store, recipe, damage)
        return
    take_in(home, store, recipe)
    found = problems(home, store, recipe)
    if found:
        _make_anew(home, store, recipe, found[0])


def take_in(home: Path, store: Store, recipe: int) -> None:
    """The same for an index this writer has already checked: only what changed since."""
    dropped = store.dropped()
    try:
        with panics_as_errors():
            index = _open(home, recipe)
            last_seq = _last_seq(index.searcher())
            gone = _gone(index, store, recipe, last_seq) if store.place.shared else dropped
            if gone or any(True for _ in store.passages_after(recipe, last_seq)):
                _write(_folder(home, recipe), index, gone, store, recipe, last_seq)
    except Exception as error:
        _make_anew(home, store, recipe, error)
        return
    if dropped:
        with store.transaction():
            store.forget_dropped(dropped)


def _make_anew(home: Path, store: Store, recipe: int, why: object) -> None:
    if (home / "keywords").exists():  # otherwise it is the first time
        _log.warning("rebuilding the keyword index: %s", why)
    rebuild(home, store, recipe)


def rebuild(home: Path, store: Store, recipe: int) -> None:
    """Rebuilds the index from the store, beside the current one. Requires the writer's lock."""
    import tantivy

    fresh, dropped = home / "keywords" / f"{recipe}.new", store.dropped()
    used, before = _folder(home, recipe), keyword_integrity.replaced(_folder(home, recipe))
    discard(fresh)
    fresh.mkdir(parents=True, mode=0o700)
    with panics_as_errors():
        _write(fresh, tantivy.Index(schema(), str(fresh)), (), store, recipe, 0)
    for other in (home / "keywords").iterdir():
        if other not in (fresh, used):
            discard(other)
    if used.exists():  # moved away whole: readers notice, and read again
        used.rename(before)
    fresh.rename(used)
    discard(before)
    if dropped:
        with store.transaction():
            store.forget_dropped(dropped)


def problems(home: Path, store: Store, recipe: int) -> list[str]:
    """What is wrong with the index; empty if it is sound."""
    try:
        found, expected = _searcher(home, recipe, set()).num_docs, store.count_passages(recipe)
    except Exception as error:
        return [str(error)]
    return [f"{_folder(home, recipe)} holds {found} passages, not {expected}"] if found != expected else []


def _write(folder: Path, index: Any, dropped: Iterable[int], store: Store, recipe: int, after: int) -> None:
    index.register_tokenizer(TEXT, text_analyzer())
    writer = index.writer(heap_size=_HEAP, num_threads=1)
    for seq in dropped:
        writer.delete_documents_by_term("seq", seq)
    for seq, passage, article in store.passages_after(recipe, after):
        writer.add_document(document(seq, passage, article))
    writer.commit()
    writer.garbage_collect_files()
    writer.wait_merging_threads()
    keyword_integrity.remember(folder)


def _gone(index: Any, store: Store, recipe: int, last_seq: int) -> list[int]:
    """The ``seq`` of every passage in the index that the store no longer has."""
    from tantivy import Query

    searcher = index.searcher()
    if searcher.num_docs == store.count_passages(recipe, last_seq):
        return []
    hits = searcher.search(Query.all_query(), max(1, searcher.num_docs), count=False).hits
    held = searcher.fast_field_values("seq", [address for _, address in hits])
    return sorted(set(held) - store.live_seqs(recipe, last_seq))


def _is_complete(searcher: Any, store: Store, recipe: int) -> bool:
    if searcher.num_docs != store.count_passages(recipe):
        return False
    return not any(True for _ in store.passages_after(recipe, _last_seq(searcher), batch=1))


def _last_seq(searcher: Any) -> int:
    from tantivy import Query

    last = searcher.search(Query.all_query(), 1, count=False, order_by_field="seq").hits
    return int(searcher.fast_field_values("seq", [last[0][1]])[0]) if last else 0


def _searcher(home: Path, recipe: int, sound: set[str]) -> Any:
    """A searcher over files with correct checksums; those named in ``sound`` were checked before.

    Raises an Exception, of any kind, if they are not sound.
    """
    keyword_integrity.check(_folder(home, recipe), sound)
    with panics_as_errors():
        return _open(home, recipe).searcher()


def _open(home: Path, recipe: int) -> Any:
    import tantivy

    return tantivy.Index.open(str(_folder(home, recipe)))


def _folder(home: Path, recipe: int) -> Path:
    return home / "keywords" / str(recipe)
