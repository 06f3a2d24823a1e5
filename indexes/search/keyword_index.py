"""The keyword index: BM25 over the passages with tantivy, in a disposable folder beside the store.

A tantivy commit is atomic, so a kill leaves the index intact but out of date; the next writer brings it up to date. Its
files are checked against their checksums before they are searched. Passages are identified by ``seq``.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from indexes.search import keyword_integrity
from indexes.search.analysis import text_analyzer
from indexes.storage.checksums import discard, panics_as_errors
from indexes.storage.store import Store
from indexes.storage.writer_lock import holder
from indexes.types.article import Article
from indexes.types.filters import EVERYTHING, Filter
from indexes.types.passages import Passage

_log = logging.getLogger(__name__)

_TEXT = "text"
_HEAP = 64_000_000


@dataclass(frozen=True)
class _Opened:
    """A searchable state of the index, for one commit to the store and one to its own files."""

    revision: int
    stamp: keyword_integrity.Stamp
    searcher: Any
    whole: bool
    """Whether nothing was deleted from its segments."""

    def holding(self, word: str) -> int:
        """How many passages contain a stem. tantivy's own count includes deleted ones until it merges their segment."""
        from tantivy import Query

        if self.whole:
            return int(self.searcher.doc_freq(_TEXT, word))
        query = Query.term_query(_schema(), _TEXT, word, index_option="freq")
        return int(self.searcher.search(query, 1, count=True).count)


class KeywordSearch:
    """Searches the keyword index of one home folder. Follows commits of other processes. Thread-safe."""

    def __init__(self, home: Path, store: Store, on_damage: Callable[[], None] = lambda: None) -> None:
        self._home = home
        self._store = store
        self._on_damage = on_damage
        self._opened: _Opened | None = None
        self._opening = threading.Lock()
        self._sound: set[str] = set()

    def nearest(
        self, question: Sequence[str], recipe: int, top: int, where: Filter = EVERYTHING
    ) -> list[tuple[int, float]]:
        """Passages by ``seq`` with their BM25 scores, best first; a passage need not contain every stem.

        Recently removed passages may be among them. While the index is damaged, there are none.
        """
        searcher = self._searcher(recipe)
        if searcher is None or not question:
            return []
        try:
            with panics_as_errors():
                found = searcher.search(_query(question, where), top, count=False).hits
                seqs = searcher.fast_field_values("seq", [address for _, address in found])
        except Exception as error:
            self._give_up(error)
            return []
        return sorted(zip(seqs, (score for score, _ in found), strict=True), key=lambda hit: (-hit[1], hit[0]))

    def rarity(self, words: Collection[str], recipe: int) -> dict[str, float]:
        """Inverse document frequency of stems, BM25's: ln(1 + (N - n + ½) / (n + ½)), n of N passages containing it."""
        holding = self.occurrences(words, recipe)
        if holding is None:
            return dict.fromkeys(words, 1.0)
        passages = self._current(recipe).searcher.num_docs
        return {word: math.log(1 + (passages - n + 0.5) / (n + 0.5)) for word, n in holding.items()}

    def occurrences(self, words: Collection[str], recipe: int) -> dict[str, int] | None:
        """How many passages contain each of these stems; None while the index cannot be read."""
        opened = self._current(recipe)
        if opened.searcher is None:
            return None
        try:
            with panics_as_errors():
                return {word: opened.holding(word) for word in words}
        except Exception as error:
            self._give_up(error)
            return None

    def spelt_like(self, word: str, recipe: int, edits: int, most: int) -> list[int]:
        """Up to ``most`` passages, by ``seq``, with a stem at most ``edits`` (1 or 2) edits from the stem ``word``."""
        from tantivy import Query

        searcher = self._searcher(recipe)
        if searcher is None:
            return []
        try:
            with panics_as_errors():
                query = Query.fuzzy_term_query(_schema(), _TEXT, word, distance=edits)
                found = searcher.search(query, most, count=False).hits
                return list(searcher.fast_field_values("seq", [address for _, address in found]))
        except Exception as error:
            self._give_up(error)
            return []

    def serves(self, recipe: int) -> bool:
        """Whether there is a sound index; opens it if necessary."""
        return self._searcher(recipe) is not None

    def close(self) -> None:
        self._opened = None

    def _searcher(self, recipe: int) -> Any:
        return self._current(recipe).searcher

    def _current(self, recipe: int) -> _Opened:
        folder = _folder(self._home, recipe)
        revision, stamp = self._store.revision(), keyword_integrity.stamp(folder)
        with self._opening:
            opened = self._opened
            if opened is None or (opened.revision, opened.stamp) != (revision, stamp):
                searcher = self._checked(recipe)
                opened = self._opened = _Opened(revision, stamp, searcher, not any(folder.glob("*.del")))
            return opened

    def _checked(self, recipe: int) -> Any:
        """A searcher over sound files, or None. An index that is out of date while nobody writes was left by a kill."""
        nobody_writes = not holder(self._home)
        try:
            searcher = keyword_integrity.unchanging(
                _folder(self._home, recipe), lambda: _searcher(self._home, recipe, self._sound)
            )
        except Exception as error:
            self._give_up(error)
            return None
        if nobody_writes and searcher.num_docs != self._store.count_passages(recipe):
            self._on_damage()
        return searcher

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
            last_seq = _last_seq(index)
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
        _write(fresh, tantivy.Index(_schema(), str(fresh)), (), store, recipe, 0)
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
    index.register_tokenizer(_TEXT, text_analyzer())
    writer = index.writer(heap_size=_HEAP, num_threads=1)
    for seq in dropped:
        writer.delete_documents_by_term("seq", seq)
    for seq, passage, article in store.passages_after(recipe, after):
        writer.add_document(_document(seq, passage, article))
    writer.commit()
    writer.garbage_collect_files()
    writer.wait_merging_threads()
    keyword_integrity.remember(folder)


def _document(seq: int, passage: Passage, article: Article) -> Any:
    from tantivy import Document

    # The title counts as part of each passage: it says what the passage is about.
    document = Document(text=f"{article.title}\n{article.text[passage.start : passage.end]}")
    document.add_integer("seq", seq)
    if article.published:
        document.add_integer("published", article.published.toordinal())
    for name, values in (
        ("source", (article.known_source,)),
        ("host", (article.known_host,)),
        ("author", article.authors),
    ):
        for value in values:
            document.add_text(name, value)
    document.add_text("language", article.language)
    return document


@cache
def _schema() -> Any:
    from tantivy import SchemaBuilder

    builder = SchemaBuilder()
    builder.add_integer_field("seq", indexed=True, fast=True)
    builder.add_integer_field("published", indexed=True, fast=True)
    builder.add_text_field(_TEXT, tokenizer_name=_TEXT, index_option="freq")
    for name in ("source", "host", "author", "language"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    return builder.build()


def _query(question: Sequence[str], where: Filter) -> Any:
    from tantivy import Occur, Query

    words = [Query.term_query(_schema(), _TEXT, stem, index_option="freq") for stem in dict.fromkeys(question)]
    wanted = Query.boolean_query([(Occur.Should, word) for word in words])
    # A filter lets a passage through or not; it must not add to its score.
    passes = [(Occur.Must, Query.const_score_query(condition, 0.0)) for condition in _conditions(where)]
    return Query.boolean_query([(Occur.Must, wanted), *passes]) if passes else wanted


def _conditions(where: Filter) -> list[Any]:
    from tantivy import FieldType, Occur, Query

    conditions = []
    if where.since or where.until:
        since, until = (day.toordinal() if day else None for day in (where.since, where.until))
        conditions.append(Query.range_query(_schema(), "published", FieldType.Integer, since, until))
    if where.sources:
        names = [Query.term_set_query(_schema(), field, list(where.sources)) for field in ("source", "host")]
        conditions.append(Query.boolean_query([(Occur.Should, name) for name in names]))
    if where.authors:
        conditions.append(Query.term_set_query(_schema(), "author", list(where.authors)))
    if where.language:
        conditions.append(Query.term_query(_schema(), "language", where.language))
    return conditions


def _gone(index: Any, store: Store, recipe: int, last_seq: int) -> list[int]:
    """The ``seq`` of every passage in the index that the store no longer has."""
    from tantivy import Query

    searcher = index.searcher()
    if searcher.num_docs == store.count_passages(recipe, last_seq):
        return []
    hits = searcher.search(Query.all_query(), max(1, searcher.num_docs), count=False).hits
    held = searcher.fast_field_values("seq", [address for _, address in hits])
    return sorted(set(held) - store.live_seqs(recipe, last_seq))


def _last_seq(index: Any) -> int:
    from tantivy import Query

    searcher = index.searcher()
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
