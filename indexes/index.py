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
from indexes.search.article_lookup import ArticleLookup
from indexes.search.chroma_client import ChromaServer
from indexes.search.hybrid import CHANNELS, Asked, Reranker, Searcher, Stopwatch
from indexes.search.keyword_index import KeywordSearch
from indexes.search.term_lookup import TermLookup
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
    """Opens the index in the folder ``home``, or creates an empty one. Arguments and errors are as for :class:`Index`.

    >>> with open_index("a folder to come") as index:
    ...     index.is_empty()
    True
    """
    return Index(Path(home), model=model, database_url=database_url)


class Index:
    """A newsroom's articles in one folder, searchable: articles in, hits out.

    Any number of processes and threads may read; only one may write at a time. The model loads on first use.

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
        """Opens the index in ``home``, or creates an empty one.

        ``model`` is the embedding model: the packaged one, a folder with another, a name on a model hub (only with
        ``hub``), or your own object (:class:`indexes.EmbeddingModel`). Passages have at most ``passage_tokens`` of its
        tokens. An index built with a different model can be opened, but searching and adding raise IndexMismatch.

        With ``mends_itself``, damaged derived data is rebuilt in the background while exact search takes over. With
        ``database_url``, the articles are in that PostgreSQL database, and ``home`` holds what is derived from them.
        With ``chroma``, vectors are searched on that Chroma server. With ``upgrade``, an older schema is upgraded.

        Raises:
            IndexDamaged: the stored articles cannot be read.
            DatabaseUnusable: the database cannot be used right now, or needs an upgrade first.
            IndexBusy: it needs an upgrade, and another process is writing to it.
        """
        self.home = home
        self.store = Store(home / "onrecord.db", database_url, upgrade)
        self.builders = PassageBuilders(self.store, model, number_format, passage_tokens, hub)
        self.maintenance = Maintenance(home, self.store, chroma, in_background=mends_itself)
        self.dense = VectorSearch(home, self.store, self.maintenance.on_damage, self.maintenance.engine)
        self.keywords = KeywordSearch(home, self.store, self.maintenance.on_damage)
        self._recent = RecentVectors()
        self._outlets: tuple[int, dict[str, int]] = (-1, {})

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
        """The ``top`` passages for ``question``, best first; empty if there are no articles or the question is blank.

        Only articles that match ``where`` are searched; filter words in the question are not interpreted
        (:func:`indexes.types.filters.read_filter` does that). With ``today``, the day of the question, recent articles
        come first among equals. ``channels`` are the searches to use, "dense" and "keyword" ("keyword" alone needs no
        model); ``rerank`` reorders what they found. ``timings`` is filled with the seconds that each stage took:
        encode, filter, dense, keyword, fuse, rerank.

        Raises:
            ImpossibleFilter: no article in the index can match the filter.
            IndexMismatch: the index was built with a different model or different passage rules.
            ModelNotFound: the model it was built with is not on this machine.
        """
        question = normalise(question)
        if self.is_empty() or not question.strip():
            return []
        watch = Stopwatch() if timings is None else Stopwatch(timings)
        number, vector = self.builders.encoded(question, channels)
        self.maintenance.before_search(lambda: self.keywords.serves(number))
        watch.lap("encode")
        with self.store.snapshot():
            searcher = Searcher(self.store, self.dense, self.keywords, number)
            asked = Asked(question, vector, top, where, today, channels, rerank)
            return searcher.search(asked, watch)

    def lookup(self) -> ArticleLookup:
        """Finds all articles that mention a phrase, are about something or match a filter, where search finds the best.

        Raises:
            IndexMismatch, ModelNotFound: as :meth:`search`.
        """
        terms = self._terms()
        self.maintenance.before_search(lambda: self.keywords.serves(terms.recipe))
        return ArticleLookup(self.store, terms)

    def rarity(self, words: Collection[str]) -> dict[str, float]:
        """Inverse document frequency of stems (see :func:`indexes.search.analysis.stems`) over all passages."""
        return self._terms().rarity(words)

    def occurrences(self, words: Collection[str]) -> dict[str, int] | None:
        """How many passages contain each of these stems; None while that is unknown, as its index is being repaired."""
        return self._terms().occurrences(words)

    def spelt_like(self, word: str, question: str) -> str:
        """The word of the articles that ``word`` of ``question``, which none has, is most likely a misspelling of.

        Empty if there is none. A plain word of the language is no misspelling, nor is one of fewer than four letters.
        """
        from indexes.search.spelling import nearest_word

        if len(word) < 4 or self.is_plain_word(word):
            return ""
        return nearest_word(word, question, self.store, self._terms())

    def is_plain_word(self, word: str) -> bool:
        """Whether the embedding model has a token of its own for ``word``, as it has for the words of its language."""
        return self.builder().embedder.count_tokens([word.lower()]) == [1]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of ``texts`` by the index's own model, float32, a row for each. Recent results are cached."""
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
        """Adds articles and yields the outcome of each, in order. Works only while it is iterated.

        An outcome is yielded once it is on disk. It can be interrupted at any point and simply run again. ``hire``
        provides the workers that cut and embed: a thread of this process, or the machines of a cluster
        (:mod:`indexes.ingest.ray`). With ``job``, what is added is recorded with it (:mod:`indexes.storage.outbox`).
        ``sender`` is who adds the articles, which decides whether the outlet they state is trusted and whether they may
        replace articles that others added (:mod:`indexes.ingest.outlets`).

        Raises:
            IndexBusy: another process is writing.
            IndexMismatch: the index was built with a different model or different passage rules.
            ModelNotFound: the model it was built with is not on this machine.
            DiskFailed: the disk is full or failing. Once that is fixed, run it again.
        """
        with self.store.writing_alone():
            self.maintenance.before_adding()
            yield from add_articles(self.store, found, self.builder(), self.maintenance.committed, hire, job, sender)
            self.maintenance.written()

    def remove(self, article_ids: Iterable[str], job: Job | None = None) -> list[Article]:
        """Removes articles with all their versions and returns them; on an error, none is removed.

        Afterwards none of their words or vectors is left in the index's files, unless another process is still reading
        an earlier state: then :meth:`tidy` finishes the job. With ``job``, it is recorded as in :meth:`add`.

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
        """Rebuilds everything derived from the articles; embeds them again only if the model or the rules changed.

        Yields how many articles are embedded so far. Works only while it is iterated. Searches continue meanwhile.

        Raises:
            IndexBusy: another process is writing.
            EngineAway: the Chroma server cannot be used right now; everything else was rebuilt.
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
        """Ids of the articles that ``name`` refers to: an id, a URL, or the file or address they were read from.

        Raises:
            NoSuchArticle: there is none.
        """
        ids = self.store.ids_named(name)
        if not ids:
            raise NoSuchArticle(
                f"{name!r} is not the id, URL or file of an article here. List them: onrecord info --articles"
            )
        return ids

    def outlets(self) -> dict[str, int]:
        """The number of articles of each outlet, largest first."""
        revision = self.store.revision()
        if self._outlets[0] != revision:
            self._outlets = revision, filter_sql.outlet_counts(self.store)
        return dict(self._outlets[1])

    def mend(self) -> bool:
        """Rebuilds damaged or missing derived data. Returns False if another process is writing or Chroma is away."""
        return self.maintenance.mend()

    def tidy(self) -> None:
        """Finishes removals that were killed midway, or that another process, still reading, held up."""
        self.maintenance.tidy()

    def problems(self) -> list[str]:
        """Problems with the index, each with what to do; empty if there are none."""
        found = [f"{self.store.place.label}: {line}. Restore it from a backup." for line in self.store.problems()]
        kept = self.store.recipe()
        if kept is not None:
            found += filter(None, [self.builders.disagreement(kept[1])])
            found += self.maintenance.problems(kept[0])
        return found

    def builder(self) -> PassageBuilder:
        """The model and recipe that the index was built with or, while it is empty, those given when it was opened.

        Raises:
            IndexMismatch, ModelNotFound: as :meth:`search`.
        """
        return self.builders.current()

    def _terms(self) -> TermLookup:
        return TermLookup(self.keywords, self.builder().number)
