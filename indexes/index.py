"""The index: articles in, hits out. The one way to add, remove, search and rebuild."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Self

from indexes.embedding.embedder import PACKAGED_MODEL
from indexes.embedding.vector_cache import RecentVectors
from indexes.ingest import reindex
from indexes.ingest.files import Refusal
from indexes.ingest.outlets import COMMAND_LINE, Sender
from indexes.ingest.pipeline import Hire, OneThread, Outcome, PassageBuilder, add_articles
from indexes.ingest.recipes import PassageBuilders
from indexes.maintenance import Maintenance
from indexes.search import filter_sql
from indexes.search.chroma_client import ChromaServer
from indexes.search.hybrid import CHANNELS, Asked, Reranker, Searcher, Stopwatch
from indexes.search.keyword_index import KeywordSearch
from indexes.search.vector_search import VectorSearch
from indexes.storage import outbox
from indexes.storage.outbox import Job
from indexes.storage.store import Store
from indexes.types.article import Article, normalise
from indexes.types.errors import NoSuchArticle
from indexes.types.filters import EVERYTHING, Filter
from indexes.types.passages import Hit

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors
    from indexes.embedding.embedding_model import EmbeddingModel


def open_index(home: str | Path, *, model: str | EmbeddingModel = PACKAGED_MODEL, database_url: str = "") -> Index:
    """The index in the folder ``home``, or an empty one if there is none yet; arguments and errors as :class:`Index`.

    >>> with open_index("a folder to come") as index:
    ...     index.is_empty()
    True
    """
    return Index(Path(home), model=model, database_url=database_url)


class Index:
    """A newsroom's articles in one folder, searchable: articles in, hits out.

    Reading is open to any number of processes and threads; writing to one at a time. The model loads on first use.

    >>> with open_index("newsroom") as index:
    ...     outcomes = list(index.add([new_article("The ferry will close on Friday.", id="ferry")]))
    ...     index.search("when does the ferry close?")[0].text
    'The ferry will close on Friday.'
    """

    def __init__(
        self,
        home: Path,
        *,
        model: str | EmbeddingModel = PACKAGED_MODEL,
        number_format: str = "auto",
        passage_tokens: int = 240,
        hub: bool = False,
        mends_itself: bool = False,
        database_url: str = "",
        chroma: ChromaServer | None = None,
        upgrade: bool = True,
    ) -> None:
        """Opens the index in ``home``, or makes an empty one.

        ``model`` embeds: the packaged model, a folder with another one, a name on a model hub (only with ``hub``), or
        an object of yours (:class:`indexes.EmbeddingModel`). Passages have at most ``passage_tokens`` of its tokens.
        An index that was built with another model is opened; searching and adding then raise IndexMismatch.

        With ``mends_itself`` what is damaged is rebuilt in the background while exact search serves. With
        ``database_url`` the articles are in that PostgreSQL database; ``home`` keeps what is derived from them. With
        ``chroma`` the vectors are searched on that server. With ``upgrade`` the articles of an older On Record are
        brought to this one's schema.

        Raises:
            IndexDamaged: the stored articles cannot be read.
            DatabaseUnusable: the database cannot be used for now, or not without an upgrade.
            IndexBusy: it is to be upgraded, and somebody is writing to it.
        """
        self.home = home
        self.store = Store(home / "onrecord.db", database_url, upgrade)
        self.builders = PassageBuilders(self.store, model, number_format, passage_tokens, hub)
        self.maintenance = Maintenance(home, self.store, chroma, in_background=mends_itself)
        self.dense = VectorSearch(home, self.store, self.maintenance.on_damage, self.maintenance.engine)
        self.keywords = KeywordSearch(home, self.store, self.maintenance.on_damage)
        self._recent = RecentVectors()

    def close(self) -> None:
        self.maintenance.close()
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

        Only in articles that pass ``where``; filter words in a question are for
        :func:`indexes.types.filters.read_filter` to take out before. With ``today``, the day the question is asked on,
        recent articles come first among equals. ``channels`` are the searches to use ("keyword" alone needs no model);
        ``rerank`` orders what they found anew. ``timings`` is filled with the seconds each stage took: encode, filter,
        dense, keyword, fuse, rerank.

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
        self.maintenance.before_search(lambda: self.keywords.serves(number))
        watch.lap("encode")
        with self.store.snapshot():
            searcher = Searcher(self.store, self.dense, self.keywords, number)
            asked = Asked(question, vector, top, where, today, channels, rerank)
            return searcher.search(asked, watch)

    def rarity(self, words: Collection[str]) -> dict[str, float]:
        """Inverse document frequency of stems (see :func:`indexes.search.analysis.stems`) over all passages."""
        return self.keywords.rarity(words, self.builder().number)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of ``texts`` by the index's own model, a row for each. What was embedded lately is not again."""
        builder = self.builder()
        model = f"{builder.recipe.sha256} {builder.recipe.number_format}"
        return self._recent.of(texts, model, builder.embedder.embed)

    def add(
        self,
        found: Iterable[Article | Refusal],
        hire: Hire = OneThread,
        job: Job | None = None,
        sender: Sender = COMMAND_LINE,
    ) -> Generator[Outcome]:
        """Adds articles as they come, and tells what became of each, in their order. Adds only while it is iterated.

        What it has told is on disk. It may be interrupted at any point and simply run again. ``hire`` finds those who
        cut and embed: a thread of this process, or a cluster's machines (:mod:`indexes.ingest.ray`). What a ``job``
        adds is written down with it, to be noted elsewhere (:mod:`indexes.storage.outbox`). ``sender`` adds them, and
        may say what outlet they are of and replace what others added, or not (:mod:`indexes.ingest.outlets`).

        Raises:
            IndexBusy: another process is writing.
            IndexMismatch: the index was built with another model or other rules.
            DiskFailed: the disk is full or fails; it can be run again once that is mended.
        """
        with self.store.writing_alone():
            self.maintenance.before_adding()
            yield from add_articles(self.store, found, self.builder(), self.maintenance.committed, hire, job, sender)
            self.maintenance.written()

    def remove(self, article_ids: Iterable[str], job: Job | None = None) -> list[Article]:
        """Removes articles with all their versions, everywhere. All of them or, on an error, none.

        No word or vector of theirs is in a file of the index then, but where somebody is reading the state before:
        there :meth:`tidy` finishes it. What a ``job`` removes is written down with it, as in :meth:`add`.

        Raises:
            NoSuchArticle: one of them is not in the index.
            IndexBusy: another process is writing.
        """
        with self.store.writing_alone():
            gone = [self.store.article(article_id) for article_id in dict.fromkeys(article_ids)]
            with self.store.transaction():
                for article in gone:
                    self.store.remove(article.id)
                if job is not None and gone:
                    outbox.record(self.store, job, "removed", gone)
            self.maintenance.written()
        return gone

    def reindex(self) -> Iterator[int]:
        """Rebuilds all that is derived from the articles, embedding only if model or rules changed.

        Yields how many articles are done, and works only while it is iterated. Searches go on meanwhile.

        Raises:
            IndexBusy: another process is writing.
            EngineAway: all is rebuilt but what is on the Chroma server, which cannot be used for now.
        """
        with self.store.writing_alone():
            kept = self.store.recipe()
            if kept is None:
                return
            if self.builders.disagreement(kept[1]):
                yield from reindex.reembed(self.store, self.builders.next())
            reindex.retell_stories(self.store)
            self.maintenance.make_anew()

    def find(self, name: str) -> list[str]:
        """Ids of the articles that ``name`` means: an id, a URL, or the file or address they were read from.

        Raises:
            NoSuchArticle: it means none.
        """
        ids = [name] if self.store.versions(name) else []
        if name.strip():
            ids = ids or self.store.ids_by_url(name) or self.store.ids_by_origin(name)
            ids = ids or self._read_from(name)
        if not ids:
            raise NoSuchArticle(
                f"{name!r} is not the id, URL or file of an article here. List them: onrecord info --articles"
            )
        return ids

    def _read_from(self, file: str) -> list[str]:
        try:
            return self.store.ids_by_origin(str(Path(file).resolve()))
        except (OSError, ValueError):  # no file can be called so
            return []

    def outlets(self) -> dict[str, int]:
        """How many articles each outlet has, those with most first."""
        return filter_sql.outlet_counts(self.store)

    def mend(self) -> bool:
        """Rebuilds from the truth what is damaged or missing. Leaves it to whoever is writing, and tells if so."""
        return self.maintenance.mend()

    def tidy(self) -> None:
        """Finishes what a removal left undone: its process was killed, or somebody was reading what was removed."""
        self.maintenance.tidy()

    def problems(self) -> list[str]:
        """What is wrong with the index, each with what to do; empty when all is well."""
        found = [f"{self.store.place.label}: {line}. Restore it from a backup." for line in self.store.problems()]
        kept = self.store.recipe()
        if kept is not None:
            found += filter(None, [self.builders.disagreement(kept[1])])
            found += self.maintenance.problems(kept[0])
        return found

    def builder(self) -> PassageBuilder:
        """The model and recipe this index works with; those the settings name, while it is empty.

        Raises:
            IndexMismatch, ModelNotFound: as :meth:`search`.
        """
        return self.builders.current()

    def _encoded(self, question: str, channels: Collection[str]) -> tuple[int, Vectors]:
        """The number of the recipe in force, and the question as a row of a vector; of none, for words alone."""
        import numpy as np

        kept = self.store.recipe()
        if kept is not None and "dense" not in channels:
            return kept[0], np.empty((0, 0), np.float32)
        builder = self.builder()
        return builder.number, builder.embedder.embed([question])
