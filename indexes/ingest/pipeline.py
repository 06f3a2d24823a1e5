"""The ingestion pipeline: identifies articles, cuts and embeds them, and commits them to the store in batches.

Makers do the cutting and embedding, while the caller reads what comes next and commits what is ready. They are a
thread of this process, or the machines of a cluster (:mod:`indexes.ingest.ray`).
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from indexes.embedding.embedder import Embedder, EmbeddingCancelled
from indexes.embedding.embedding_model import GivenModel
from indexes.ingest.chunking import PassageSize, cut_passages, heading
from indexes.ingest.files import Refusal
from indexes.ingest.outlets import COMMAND_LINE, Outlets, Sender, is_own
from indexes.storage import outbox
from indexes.storage.outbox import Job
from indexes.storage.store import Recipe, Store
from indexes.types.article import Article, id_comes_from_content
from indexes.types.passages import Passage

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors

BATCH = 128
"""Passages embedded and committed together. A process has two such batches in progress, one being embedded and one
being filled. That is a few seconds' work, and the most that can be lost if it is killed."""

_LOOK_AGAIN = 0.5
"""Seconds between checks that the work is still wanted."""

Work = tuple[Article, list[Passage]]


@dataclass(frozen=True)
class Outcome:
    """What became of one article or file. ``kind`` is added, unchanged, updated or refused.

    ``replaces_anothers``: the previous version was added by someone else, and this sender had the right to replace it.
    """

    kind: str
    where: str
    article: Article | None = None
    reason: str = ""
    replaces_anothers: bool = False


@dataclass(frozen=True)
class PassageBuilder:
    """The embedding model, and the recipe that passages made with it are stored under."""

    embedder: Embedder | GivenModel
    number: int
    recipe: Recipe

    def cut(self, article: Article) -> list[Passage]:
        """The article's passages, in order."""
        size = PassageSize(self.recipe.passage_tokens, self.embedder.max_tokens)
        return cut_passages(article, size, self.embedder.count_tokens)

    def embed(self, work: Sequence[Work], unwanted: threading.Event | None = None) -> list[Vectors]:
        """One array of vectors per article, one row per passage, all embedded in one call.

        Raises:
            EmbeddingCancelled: ``unwanted`` was set in the meantime.
        """
        texts = [
            top + article.text[p.start : p.end]
            for article, passages in work
            for top in [heading(article, self.embedder.count_tokens)]
            for p in passages
        ]
        vectors = self.embedder.embed(texts, unwanted)
        ends = [0]
        for _, passages in work:
            ends.append(ends[-1] + len(passages))
        return [vectors[start:end] for start, end in itertools.pairwise(ends)]


@dataclass(frozen=True)
class PendingArticle:
    """An article in progress. ``size`` is its number of passages; ``passages`` are set if already cut."""

    article: Article
    size: int
    passages: list[Passage] | None = None


@dataclass(frozen=True)
class BuiltPassages:
    """The result for an article: its passages and their vectors, one row each; or why it is refused."""

    passages: list[Passage]
    vectors: Vectors | None = None
    refused: str = ""


class PassageMakers(Protocol):
    """Interface: makes passages and vectors from articles while the caller does other things.

    ``ahead`` is how many batches may be in progress while another is filled.
    """

    @property
    def ahead(self) -> int: ...

    def begin(self, article: Article) -> PendingArticle: ...

    def make(self, work: Sequence[PendingArticle]) -> Callable[[], list[BuiltPassages]]:
        """Starts a batch, and returns a function that waits for its results, in the order of ``work``."""

    def leave(self) -> None:
        """Cancels what is not finished yet."""


class OneThread:
    """Makers in this process: the caller's thread cuts, and a second thread embeds continuously."""

    ahead = 1

    def __init__(self, builder: PassageBuilder, gone: threading.Event | None = None) -> None:
        """``gone`` is set when the client that is adding articles has disconnected."""
        self._builder, self._gone = builder, gone or threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedding")
        self._unwanted = threading.Event()

    def begin(self, article: Article) -> PendingArticle:
        passages = self._builder.cut(article)
        return PendingArticle(article, max(1, len(passages)), passages)

    def make(self, work: Sequence[PendingArticle]) -> Callable[[], list[BuiltPassages]]:
        return partial(self._made, self._thread.submit(made, self._builder, work, self._unwanted))

    def leave(self) -> None:
        self._unwanted.set()
        self._thread.shutdown(cancel_futures=True)

    def _made(self, making: Future[list[BuiltPassages]]) -> list[BuiltPassages]:
        while not self._gone.is_set():
            if wait([making], timeout=_LOOK_AGAIN).done:
                return making.result()
        raise EmbeddingCancelled


Hire = Callable[[PassageBuilder], PassageMakers]

_ANOTHERS = (
    "it would replace the article {!r}, which someone else added. Only an editor, or an API key with the scope edit, "
    "may do that"
)


def made(
    builder: PassageBuilder, work: Sequence[PendingArticle], unwanted: threading.Event | None = None
) -> list[BuiltPassages]:
    """The results for the articles, in order, all embedded in one call."""
    cut = [(b.article, builder.cut(b.article) if b.passages is None else b.passages) for b in work]
    rows = builder.embed(cut, unwanted)
    return [
        BuiltPassages(passages, vectors) if passages else BuiltPassages([], refused="there is no sentence in it")
        for (_, passages), vectors in zip(cut, rows, strict=True)
    ]


def add_articles(
    store: Store,
    found: Iterable[Article | Refusal],
    builder: PassageBuilder,
    committed: Callable[[], None],
    hire: Hire = OneThread,
    job: Job | None = None,
    sender: Sender = COMMAND_LINE,
) -> Iterator[Outcome]:
    """Yields the outcome of each item, in order, once it is on disk. Requires the writer's lock.

    ``committed`` is called after each batch is committed, before its outcomes are yielded. ``hire`` provides the
    makers. What a ``job`` adds is recorded with it (:mod:`indexes.storage.outbox`); ``sender`` is who adds it.
    """
    outlets = Outlets(store)
    with _Line(store, builder, committed, hire(builder), job) as line:
        for item in found:
            article = item if isinstance(item, Refusal) else outlets.attributed(_recognised(store, item), sender)
            if isinstance(article, Article) and line.holds(article):
                yield from line.finish()
            line.take_up(article, sender)
            if line.batch.size >= BATCH:
                yield from line.move_on()
            elif line.is_idle:
                yield from line.finish()
        yield from line.finish()


def _recognised(store: Store, article: Article) -> Article:
    """The article with the id it already has here: a file whose text changed is still the same article."""
    if id_comes_from_content(article) and article.origin and not store.versions(article.id):
        known = store.ids_by_origin(article.origin)
        if len(known) == 1:
            return replace(article, id=known[0])
    return article


@dataclass
class _Batch:
    """A batch. ``work`` is keyed by position in ``outcomes``."""

    outcomes: list[Outcome] = field(default_factory=list)
    work: dict[int, PendingArticle] = field(default_factory=dict)
    made: Callable[[], list[BuiltPassages]] = list
    size: int = 0

    def put(self, outcome: Outcome, begun: PendingArticle | None = None) -> None:
        if begun is not None:
            self.work[len(self.outcomes)] = begun
            self.size += begun.size
        self.outcomes.append(outcome)

    def replacing(self) -> list[Article]:
        """Articles that would replace one added by someone else."""
        told = (self.outcomes[place] for place in self.work)
        return [one.article for one in told if one.article is not None and one.replaces_anothers]

    def results(self) -> list[tuple[Article, BuiltPassages]]:
        """The results to store. Articles without a result are refused."""
        done = list(zip(self.work.items(), self.made(), strict=True))
        for (place, begun), result in done:
            if result.refused:
                self.outcomes[place] = Outcome("refused", begun.article.origin, reason=result.refused)
        return [(begun.article, result) for (_, begun), result in done if not result.refused]


class _Line:
    """Batches in progress: ``batch`` is being filled; those already sent are finished in order."""

    def __init__(
        self,
        store: Store,
        builder: PassageBuilder,
        committed: Callable[[], None],
        makers: PassageMakers,
        job: Job | None,
    ) -> None:
        self.batch = _Batch()
        self._sent = deque[_Batch]()
        self._store = store
        self._builder = builder
        self._committed = committed
        self._makers = makers
        self._job = job

    def __enter__(self) -> _Line:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._makers.leave()

    @property
    def is_idle(self) -> bool:
        """Whether everything taken up is done and only needs reporting."""
        return not self._sent and not self.batch.work

    def holds(self, article: Article) -> bool:
        """Whether the article is in progress, so that the store cannot yet say what is new in it."""
        on_their_way = (begun for batch in (*self._sent, self.batch) for begun in batch.work.values())
        return any(begun.article.id == article.id for begun in on_their_way)

    def take_up(self, item: Article | Refusal, sender: Sender) -> None:
        if isinstance(item, Refusal):
            self.batch.put(Outcome("refused", item.where, reason=item.reason))
        elif self._store.knows(item):
            self.batch.put(Outcome("unchanged", item.origin, item))
        elif versions := self._store.versions(item.id):
            self._replace(replace(item, version=versions[-1] + 1), sender)
        else:
            article = replace(item, version=1)
            self.batch.put(Outcome("added", article.origin, article), self._makers.begin(article))

    def _replace(self, article: Article, sender: Sender) -> None:
        own = is_own(self._store.article(article.id), article, sender)
        if own or sender.may_edit:
            outcome = Outcome("updated", article.origin, article, replaces_anothers=not own)
            self.batch.put(outcome, self._makers.begin(article))
        else:
            self.batch.put(Outcome("refused", article.origin, reason=_ANOTHERS.format(article.id)))

    def move_on(self) -> Iterator[Outcome]:
        """Sends the batch, and commits earlier ones in the meantime."""
        self._send()
        while len(self._sent) > self._makers.ahead:
            yield from self._commit(self._sent.popleft())

    def finish(self) -> Iterator[Outcome]:
        """Commits everything taken up."""
        self._send()
        while self._sent:
            yield from self._commit(self._sent.popleft())

    def _send(self) -> None:
        if self.batch.work:
            self.batch.made = self._makers.make(list(self.batch.work.values()))
        self._sent.append(self.batch)
        self.batch = _Batch()

    def _commit(self, batch: _Batch) -> Iterator[Outcome]:
        results = batch.results()
        if results:
            with self._store.transaction():
                if self._store.recipe() is None:
                    self._store.put_recipe_in_force(self._builder.number, self._builder.recipe)
                for article, result in results:
                    assert result.vectors is not None
                    self._store.add(article, self._builder.number, result.passages, result.vectors)
                if self._job is not None:
                    outbox.record(self._store, self._job, "added", [article for article, _ in results])
                    outbox.record(self._store, self._job, "replaced", batch.replacing())
            self._committed()
        yield from batch.outcomes
