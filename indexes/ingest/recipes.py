"""The model and passage rules of an index, compared with those in the settings."""

from __future__ import annotations

import threading
from collections.abc import Collection
from functools import cached_property
from typing import TYPE_CHECKING

from indexes.embedding.embedder import Embedder, ModelFiles, locate_model
from indexes.embedding.embedding_model import EmbeddingModel, GivenModel
from indexes.ingest import reindex
from indexes.ingest.chunking import PASSAGE_RULES
from indexes.ingest.pipeline import PassageBuilder
from indexes.storage.store import Recipe, Store
from indexes.types.errors import IndexMismatch, ModelNotFound

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors


class PassageBuilders:
    """The passage builders of one index and of the settings. Models load on first use. Thread-safe."""

    def __init__(
        self, store: Store, model: str | EmbeddingModel, number_format: str, passage_tokens: int, hub: bool
    ) -> None:
        self._store = store
        self._name = model if isinstance(model, str) else model.name
        self._given = None if isinstance(model, str) else GivenModel(model)
        self._number_format, self._passage_tokens, self._hub = number_format, passage_tokens, hub
        self._opening = threading.RLock()
        self._opened: tuple[int, PassageBuilder] | None = None
        self._embedders: dict[str, Embedder] = {}

    def current(self) -> PassageBuilder:
        """The passage builder for the index's recipe or, while it is empty, for the settings.

        Raises:
            IndexMismatch: the index was built with a different model or different passage rules.
            ModelNotFound: the model it was built with is not on this machine.
        """
        with self._opening:
            kept = self._store.recipe()
            if kept is None:
                recipe = self._wanted()
                return PassageBuilder(self._embedder(recipe), 1, recipe)
            if self._opened is None or self._opened[0] != kept[0]:
                disagreement = self.disagreement(kept[1])
                if disagreement:
                    raise IndexMismatch(disagreement)
                self._opened = kept[0], PassageBuilder(self._embedder(kept[1]), *kept)
            return self._opened[1]

    def encoded(self, question: str, channels: Collection[str]) -> tuple[int, Vectors]:
        """The number of the recipe in force, and the question's vector as one row, or no row if only words matter.

        Raises:
            IndexMismatch, ModelNotFound: as :meth:`current`, if the vector is needed.
        """
        import numpy as np

        kept = self._store.recipe()
        if kept is not None and "dense" not in channels:
            return kept[0], np.empty((0, 0), np.float32)
        builder = self.current()
        return builder.number, builder.embedder.embed([question])

    def next(self) -> PassageBuilder:
        """The passage builder for the settings, under a new recipe number."""
        wanted = self._wanted()
        return PassageBuilder(self._embedder(wanted), reindex.next_number(self._store, wanted), wanted)

    def disagreement(self, kept: Recipe) -> str:
        """How an index with that recipe differs from the settings, and what to do; empty if it does not."""
        wanted = self._wanted()
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

    @cached_property
    def _files(self) -> ModelFiles:
        try:
            return locate_model(self._name, self._hub)
        except ModelNotFound as error:
            raise ModelNotFound(f"{error} Articles can still be searched by their words: onrecord search") from error

    def _embedder(self, recipe: Recipe) -> Embedder | GivenModel:
        if self._given is not None:
            return self._given
        if recipe.number_format not in self._embedders:
            self._embedders[recipe.number_format] = Embedder(self._files, recipe.number_format)
        return self._embedders[recipe.number_format]

    def _wanted(self) -> Recipe:
        if self._given is not None:
            named = self._given.name, self._given.fingerprint, self._given.number_format
        else:
            named = self._files.name, self._files.sha256, self._files.number_format(self._number_format)
        return Recipe(*named, self._passage_tokens, PASSAGE_RULES)
