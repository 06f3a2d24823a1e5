"""The index: articles in, hits out. The one way to add, remove, search and rebuild."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from indexes import facets, rebuilding, vectors
from indexes.adding import Hire, OneThread, Outcome, Workshop, add_articles
from indexes.article import Article, normalise
from indexes.chroma_calls import ChromaServer
from indexes.chroma_folder import ChromaFolder
from indexes.chroma_shared import ChromaShared
from indexes.derived import Derived
from indexes.embedding import PACKAGED_MODEL
from indexes.engines import EngineAway
from indexes.errors import DiskFailed, IndexBusy, NoSuchArticle, OnRecordError
from indexes.filters import EVERYTHING, Filter
from indexes.hits import Hit
from indexes.keywords import KeywordSearch
from indexes.lock import writing
from indexes.mending import Mender
from indexes.reading import Refusal
from indexes.recent import RecentVectors
from indexes.searching import CHANNELS, Asked, Reranker, Searcher, Stopwatch
from indexes.store import Store
from indexes.workshops import Workshops

if TYPE_CHECKING:
    from indexes.embedding import Vectors

_log = logging.getLogger(__name__)
_FOLLOWED_EVERY = 2
"""Seconds between two looks of a server at whether another machine wrote something."""


class Index:
    """A newsroom's articles in one folder, searchable.

    Reading is open to any number of processes and threads; writing to one at a time. The model loads on first use.
    """

    _workshops: ClassVar[type[Workshops]] = Workshops

    def __init__(
        self,
        home: Path,
        *,
        model: str = PACKAGED_MODEL,
        number_format: str = "auto",
        passage_tokens: int = 240,
        hub: bool = False,
        mends_itself: bool = False,
        database_url: str = "",
        chroma: ChromaServer | None = None,
    ) -> None:
        """Opens the index in ``home``, or makes an empty one.

        With ``mends_itself`` what is damaged is rebuilt in the background while exact search serves. With
        ``database_url`` the articles are in that PostgreSQL database; ``home`` keeps what is derived from them. With
        ``chroma`` the vectors are searched on that server.

        Raises:
            IndexDamaged: the stored articles cannot be read.
            DatabaseUnusable: the database cannot be used for now.
        """
        self.home = home
        self.store = Store(home / "onrecord.db", database_url)
        self.workshops = self._workshops(self.store, model, number_format, passage_tokens, hub)
        self._mends_itself = mends_itself
        self._mender = Mender(self.mend)
        on_damage = self._on_damage = self._mender.start if mends_itself else _nothing
        engine = ChromaShared(home, self.store, chroma, on_damage) if chroma else ChromaFolder(home, self.store)
        self.dense = vectors.VectorSearch(home, self.store, on_damage, engine)
        self.keywords = KeywordSearch(home, self.store, on_damage)
        self._derived = Derived(home, self.store, engine)
        self._recent = RecentVectors()
        self._closed = threading.Event()
        self._following: threading.Thread | None = None
        if mends_itself and self.store.place.shared:
            self._following = threading.Thread(target=self._follow_on, name="follow", daemon=True)
            self._following.start()

    def close(self) -> None:
        self._closed.set()
        if self._following is not None:
            self._following.join(timeout=10)
        self._mender.close()
        self.dense.close()
        self.keywords.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def is_empty(self) -> bool:
        return not self.store.article_ids(limit=1)

    def search(
        self,
        question: str,
        top: int = 10,
        *,
        where: Filter = EVERYTHING,
        today: date | None = None,
        channels: Collection[str] = CHANNELS,
        rerank: Reranker | None = None,
        timings: dict[str, float] | None = None,
    ) -> list[Hit]:
        """The ``top`` passages for ``question``, best first; empty only if there are no articles or no question.

        Only in articles that pass ``where``; filter words in a question are for :func:`indexes.filters.read_filter`
        to take out before. With ``today``, the day the question is asked on, recent articles come
        first among equals. ``channels`` are the searches to use ("keyword" alone needs no model); ``rerank`` orders
        what they found anew. ``timings`` is filled with the seconds each stage took: encode, filter, dense, keyword,
        fuse, rerank.

        Raises:
            ImpossibleFilter: no article here can pass the filter.
            IndexMismatch: the index was built with another model or other rules.
            ModelNotFound: the model it was built with is not here.
        """
        question = normalise(question)
        if self.is_empty() or not question.strip():
            return []
        watch = Stopwatch() if timings is None else Stopwatch(timings)
        number, vector = self._encoded(question, channels)
        if not self._mends_itself:
            self._make_ready(number)
        watch.lap("encode")
        with self.store.snapshot():
            searcher = Searcher(self.store, self.dense, self.keywords, number)
            asked = Asked(question, vector, top, where, today, channels, rerank)
            return searcher.search(asked, watch)

    def rarity(self, words: Collection[str]) -> dict[str, float]:
        """Inverse document frequency of stems (see :func:`indexes.words.stems`) over all passages."""
        return self.keywords.rarity(words, self.workshop().number)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of ``texts`` by the index's own model, a row for each. What was embedded lately is not again."""
        workshop = self.workshop()
        model = f"{workshop.recipe.sha256} {workshop.recipe.number_format}"
        return self._recent.of(texts, model, workshop.embedder.embed)

    def add(self, found: Iterable[Article | Refusal], hire: Hire = OneThread) -> Iterator[Outcome]:
        """Adds articles as they come, and tells what became of each, in their order.

        What it has told is on disk. It may be interrupted at any point and simply run again. ``hire`` finds those who
        cut and embed: a thread of this process, or a cluster's machines (:mod:`indexes.cluster`).

        Raises:
            IndexBusy: another process is writing.
            IndexMismatch: the index was built with another model or other rules.
            DiskFailed: the disk is full or fails; it can be run again once that is mended.
        """
        with self.store.writing_alone():
            self._here(self._derived.bring_keywords_up_to_date)
            committed = partial(self._here, self._derived.take_in_keywords)
            yield from add_articles(self.store, found, self.workshop(), committed, hire)
            self._written()

    def remove(self, article_ids: Iterable[str]) -> list[Article]:
        """Removes articles with all their versions, everywhere. All of them or, on an error, none.

        No word or vector of theirs is in a file of the index then, but where somebody is reading the state before:
        there :meth:`tidy` finishes it.

        Raises:
            NoSuchArticle: one of them is not in the index.
            IndexBusy: another process is writing.
        """
        with self.store.writing_alone():
            gone = [self.store.article(article_id) for article_id in dict.fromkeys(article_ids)]
            with self.store.transaction():
                for article in gone:
                    self.store.remove(article.id)
            self._written()
        return gone

    def reindex(self) -> Iterator[int]:
        """Rebuilds all that is derived from the articles, embedding only if model or rules changed.

        Yields how many articles are done. Searches go on meanwhile.

        Raises:
            IndexBusy: another process is writing.
            EngineAway: all is rebuilt but what is on the Chroma server, which cannot be used for now.
        """
        with self.store.writing_alone():
            kept = self.store.recipe()
            if kept is None:
                return
            if self.workshops.disagreement(kept[1]):
                yield from rebuilding.reembed(self.store, self.workshops.next())
            rebuilding.retell_stories(self.store)
            with self._caching():
                self._derived.make_anew()
            if not self.dense.engine.here:
                self.dense.engine.rebuild(self._number())

    def find(self, name: str) -> list[str]:
        """Ids of the articles that ``name`` means: an id, a URL, or the file or address they were read from.

        Raises:
            NoSuchArticle: it means none.
        """
        ids = [name] if self.store.versions(name) else []
        if name.strip():
            ids = ids or self.store.ids_by_url(name) or self.store.ids_by_origin(name)
            ids = ids or self.store.ids_by_origin(str(Path(name).resolve()))
        if not ids:
            raise NoSuchArticle(f"{name!r} is no article's id, URL or file here. List them: onrecord info --articles")
        return ids

    def outlets(self) -> dict[str, int]:
        """How many articles each outlet has, those with most first."""
        return facets.outlet_counts(self.store)

    def mend(self) -> bool:
        """Rebuilds from the truth what is damaged or missing. Leaves it to whoever is writing, and tells if so."""
        try:
            self._mend_here()
            if not self.dense.engine.here and self.store.recipe():
                with self.store.writing_alone():
                    self.dense.engine.bring_up_to_date(self._number())
        except (IndexBusy, EngineAway):
            return False
        return True

    def _make_ready(self, number: int) -> None:
        """What a server does in the background: before a search. Where nothing can be written, it goes without."""
        try:
            if self.keywords.serves(number):
                self.follow()
            else:
                self._mend_here()
        except IndexBusy:
            pass
        except DiskFailed as error:
            _log.warning("searched as it is: %s", error)

    def _mend_here(self) -> None:
        with writing(self.home):
            self._derived.bring_up_to_date()

    def follow(self) -> None:
        """Brings what this machine derives up to what was written on another. Leaves it to whoever is at it."""
        if not self.store.place.shared or self.store.followed() == self.store.written():
            return
        with suppress(IndexBusy), writing(self.home), self.store.snapshot():
            before, now = self.store.followed(), self.store.written()
            if now.follows(before):
                self._derived.bring_up_to_date()
            else:
                self._derived.make_anew()
            self.store.remember_followed(now)

    def tidy(self) -> None:
        """Finishes what a removal left undone: its process was killed, or somebody was reading what was removed."""
        if self.store.removals_left():
            self.mend()
        self.store.place.wipe_deleted()

    def problems(self) -> list[str]:
        """What is wrong with the index, each with what to do; empty when all is well."""
        found = [f"{self.store.place.label}: {line}. Restore it from a backup." for line in self.store.problems()]
        kept = self.store.recipe()
        if kept is not None:
            found += filter(None, [self.workshops.disagreement(kept[1])])
            found += self._derived.problems(kept[0])
        return found

    def workshop(self) -> Workshop:
        """The model and recipe this index works with; those the settings name, while it is empty.

        Raises:
            IndexMismatch, ModelNotFound: as :meth:`search`.
        """
        return self.workshops.current()

    def _encoded(self, question: str, channels: Collection[str]) -> tuple[int, Vectors]:
        """The number of the recipe in force, and the question as a row of a vector; of none, for words alone."""
        import numpy as np

        kept = self.store.recipe()
        if kept is not None and "dense" not in channels:
            return kept[0], np.empty((0, 0), np.float32)
        workshop = self.workshop()
        return workshop.number, workshop.embedder.embed([question])

    @contextmanager
    def _caching(self) -> Iterator[None]:
        """Holds the only right on this machine to write what is derived. In a file's index the writer has it already.

        Raises:
            IndexBusy: another process is at it.
        """
        with writing(self.home) if self.store.place.shared else nullcontext():
            yield

    def _here(self, derive: Callable[[], None]) -> None:
        """Derives something on this machine, unless another process is at it."""
        with suppress(IndexBusy), self._caching():
            derive()

    def _written(self) -> None:
        self._tell_server()
        if self.store.place.shared:
            self.follow()
        else:
            self._derived.bring_up_to_date()
            self.store.place.wipe_deleted()

    def _tell_server(self) -> None:
        """Brings the vectors on a Chroma server up to date. Away, it is told when it is back."""
        if self.dense.engine.here or not self.store.recipe():
            return
        try:
            self.dense.engine.bring_up_to_date(self._number())
        except EngineAway as error:
            _log.warning("what was written is searched exactly for now: %s", error)
            self._on_damage()

    def _number(self) -> int:
        kept = self.store.recipe()
        assert kept is not None
        return kept[0]

    def _follow_on(self) -> None:
        """Follows what is written on other machines until closed, whatever fails in between."""
        while not self._closed.wait(_FOLLOWED_EVERY):
            try:
                self.follow()
            except OnRecordError as error:
                _log.warning("what was written elsewhere could not be followed: %s", error)


def _nothing() -> None:
    pass
