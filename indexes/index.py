"""The index: articles in, hits out. The one way to add, remove, search and rebuild."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from indexes import facets, keywords, rebuilding, vectors, write_ahead
from indexes.adding import Outcome, Workshop, add_articles
from indexes.article import Article, normalise
from indexes.embedding import PACKAGED_MODEL, Embedder, ModelFiles, chosen_number_format, locate_model
from indexes.errors import IndexBusy, IndexMismatch, NoSuchArticle
from indexes.filters import EVERYTHING, Filter
from indexes.hits import Hit
from indexes.keywords import KeywordSearch
from indexes.lock import writing
from indexes.passages import PASSAGE_RULES
from indexes.reading import Refusal
from indexes.searching import CHANNELS, Asked, Reranker, Searcher, Stopwatch
from indexes.store import Recipe, Store

if TYPE_CHECKING:
    from indexes.embedding import Vectors


_REMOVED = "removed"
"""Remembered from a removal on until nothing derived holds what was removed."""


class Index:
    """A newsroom's articles in one folder, searchable.

    Reading is open to any number of processes and threads; writing to one at a time. The model loads on first use.
    """

    def __init__(
        self,
        home: Path,
        *,
        model: str = PACKAGED_MODEL,
        number_format: str = "auto",
        passage_tokens: int = 240,
        hub: bool = False,
        mends_itself: bool = False,
    ) -> None:
        """Opens the index in ``home``, or makes an empty one.

        With ``mends_itself`` a damaged Chroma folder is rebuilt in the background while exact search serves.

        Raises:
            IndexDamaged: the stored articles cannot be read.
        """
        self.home = home
        self._model_name = model
        self._number_format = number_format
        self._passage_tokens = passage_tokens
        self._hub = hub
        self.store = Store(home / "onrecord.db")
        self._mends_itself = mends_itself
        on_damage = self._mend_in_background if mends_itself else _nothing
        self.dense = vectors.VectorSearch(home, self.store, on_damage)
        self.keywords = KeywordSearch(home, self.store, on_damage)
        self._opening = threading.RLock()
        self._opened: tuple[int, Workshop] | None = None
        self._embedders: dict[str, Embedder] = {}

    def close(self) -> None:
        self.dense.close()
        self.keywords.close()
        self.store.close()

    def __enter__(self) -> Index:
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
        first among equals. ``channels`` are the searches to use; ``rerank`` orders what they found anew. ``timings``
        is filled with the seconds each stage took: encode, filter, dense, keyword, fuse, rerank.

        Raises:
            ImpossibleFilter: no article here can pass the filter.
            IndexMismatch: the index was built with another model or other rules.
            ModelNotFound: the model it was built with is not here.
        """
        question = normalise(question)
        if self.is_empty() or not question.strip():
            return []
        watch = Stopwatch() if timings is None else Stopwatch(timings)
        workshop = self.workshop()
        if not keywords.exist(self.home, workshop.number) and not self._mends_itself:
            self.mend()
        vector = workshop.embedder.embed([question] if "dense" in channels else [])
        watch.lap("encode")
        with self.store.snapshot():
            searcher = Searcher(self.store, self.dense, self.keywords, workshop.number)
            asked = Asked(question, vector, top, where, today, channels, rerank)
            return searcher.search(asked, watch)

    def rarity(self, words: Collection[str]) -> dict[str, float]:
        """Inverse document frequency of stems (see :func:`indexes.keywords.stems`) over all passages."""
        return self.keywords.rarity(words, self.workshop().number)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of ``texts`` by the index's own model, a row for each."""
        return self.workshop().embedder.embed(texts)

    def add(self, found: Iterable[Article | Refusal]) -> Iterator[Outcome]:
        """Adds articles as they come, and tells what became of each, in their order.

        What it has told is on disk. It may be interrupted at any point and simply run again.

        Raises:
            IndexBusy: another process is writing.
            IndexMismatch: the index was built with another model or other rules.
        """
        with writing(self.home):
            yield from add_articles(self.store, found, self.workshop(), self._bring_keywords_up_to_date)
            self._bring_up_to_date()

    def remove(self, article_ids: Iterable[str]) -> list[Article]:
        """Removes articles with all their versions, everywhere. All of them or, on an error, none.

        No word or vector of theirs is in a file of the index then, but where somebody is reading the state before:
        there :meth:`tidy` finishes it.

        Raises:
            NoSuchArticle: one of them is not in the index.
            IndexBusy: another process is writing.
        """
        with writing(self.home):
            gone = [self.store.article(article_id) for article_id in dict.fromkeys(article_ids)]
            with self.store.transaction():
                for article in gone:
                    self.store.remove(article.id)
                if gone:
                    self.store.remember(_REMOVED, True)
            self._bring_up_to_date()
        return gone

    def reindex(self) -> Iterator[int]:
        """Rebuilds all that is derived from the articles, embedding only if model or rules changed.

        Yields how many articles are done. Searches go on meanwhile.

        Raises:
            IndexBusy: another process is writing.
        """
        with writing(self.home):
            kept = self.store.recipe()
            if kept is None:
                return
            if self._disagreement(kept[1]):
                wanted = self._wanted_recipe()
                workshop = Workshop(self._embedder(wanted), rebuilding.next_number(self.store, wanted), wanted)
                yield from rebuilding.reembed(self.store, workshop)
                kept = workshop.number, workshop.recipe
            rebuilding.retell_stories(self.store)
            keywords.rebuild(self.home, self.store, kept[0])
            vectors.rebuild(self.home, self.store, kept[0])
            self._opened = None

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

    def mend(self) -> None:
        """Rebuilds from the truth what is damaged or missing. Leaves it to whoever is writing, if someone is."""
        try:
            with writing(self.home):
                self._bring_up_to_date()
        except IndexBusy:
            return

    def tidy(self) -> None:
        """Finishes what a removal left undone: its process was killed, or somebody was reading what was removed."""
        if self.store.remembered(_REMOVED):
            self.mend()
        write_ahead.emptied(self.store.path)

    def problems(self) -> list[str]:
        """What is wrong with the index, each with what to do; empty when all is well."""
        found = [f"{self.store.path}: {line}. Restore it from a backup." for line in self.store.problems()]
        kept = self.store.recipe()
        if kept is not None:
            lines = keywords.problems(self.home, self.store, kept[0])
            found += [f"keyword index: {line}. Rebuild it: onrecord reindex" for line in lines]
            found += filter(None, [self._disagreement(kept[1])])
            found += vectors.problems(self.home, self.store, kept[0])
        return found

    def workshop(self) -> Workshop:
        """The model and recipe this index works with; those the settings name, while it is empty.

        Raises:
            IndexMismatch, ModelNotFound: as :meth:`search`.
        """
        with self._opening:
            kept = self.store.recipe()
            if kept is None:
                recipe = self._wanted_recipe()
                return Workshop(self._embedder(recipe), 1, recipe)
            if self._opened is None or self._opened[0] != kept[0]:
                disagreement = self._disagreement(kept[1])
                if disagreement:
                    raise IndexMismatch(disagreement)
                self._opened = kept[0], Workshop(self._embedder(kept[1]), *kept)
            return self._opened[1]

    @cached_property
    def _files(self) -> ModelFiles:
        return locate_model(self._model_name, self._hub)

    def _embedder(self, recipe: Recipe) -> Embedder:
        if recipe.number_format not in self._embedders:
            self._embedders[recipe.number_format] = Embedder(self._files, recipe.number_format)
        return self._embedders[recipe.number_format]

    def _wanted_recipe(self) -> Recipe:
        wanted = chosen_number_format(self._number_format)
        return Recipe(self._files.name, self._files.sha256, wanted, self._passage_tokens, PASSAGE_RULES)

    def _disagreement(self, kept: Recipe) -> str:
        wanted = self._wanted_recipe()
        pairs = [
            ("model", f"{kept.model} ({kept.sha256[:8]}…)", f"{wanted.model} ({wanted.sha256[:8]}…)"),
            ("passage length", f"{kept.passage_tokens} tokens", f"{wanted.passage_tokens} tokens"),
            ("passage rules", kept.rules, wanted.rules),
        ]
        if self._number_format != "auto":
            pairs.append(("number format", kept.number_format, wanted.number_format))
        for what, has, wants in pairs:
            if has != wants:
                return (
                    f"this index was built with {what} {has}, the settings say {wants}. "
                    "Change the settings back, or rebuild it: onrecord reindex"
                )
        return ""

    def _bring_up_to_date(self) -> None:
        """What is derived from the truth; made anew where something was removed, be it by someone who was killed."""
        kept, removed = self.store.recipe(), bool(self.store.remembered(_REMOVED))
        if kept is not None:
            keywords.bring_up_to_date(self.home, self.store, kept[0], anew=removed)
            vectors.bring_up_to_date(self.home, self.store, kept[0], anew=removed)
        if removed:
            with self.store.transaction():
                self.store.forget(_REMOVED)
        write_ahead.emptied(self.store.path)

    def _bring_keywords_up_to_date(self) -> None:
        kept = self.store.recipe()
        if kept is not None:
            keywords.bring_up_to_date(self.home, self.store, kept[0])

    def _mend_in_background(self) -> None:
        threading.Thread(target=self.mend, name="mend", daemon=True).start()


def _nothing() -> None:
    pass
