"""Caches the indexes built for evaluation, keyed by the articles' bytes and the settings that affect them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.evaluation.corpora import Corpus
from assistant.evaluation.questions import DatasetError, first_few
from indexes import Index

if TYPE_CHECKING:
    from assistant.settings import Settings

Advance = Callable[[str, int], AbstractContextManager[Callable[[], None]]]
"""Announces a task and its number of steps; returns a function to call after each step."""


@contextmanager
def silently(what: str, steps: int) -> Iterator[Callable[[], None]]:
    """An :data:`Advance` that tells nobody."""
    yield lambda: None


@contextmanager
def cached_index(corpus: Corpus | None, settings: Settings, advance: Advance) -> Iterator[tuple[Index, list[str]]]:
    """The index of ``corpus``, or the configured index if it is None; and notices of articles it refused.

    Raises:
        DatasetError: it holds no articles.
        IndexBusy: another process is building the same index.
    """
    from assistant.factory import open_index

    home = settings.home if corpus is None else cache_folder(corpus, settings, _recipe(settings))
    with open_index(settings.model_copy(update={"home": home}), upgrade=corpus is not None) as index:
        notices = _built(index, corpus, home, advance) if corpus else []
        if index.is_empty():
            raise DatasetError(_no_articles(corpus, settings))
        yield index, notices


def cache_folder(corpus: Corpus, settings: Settings, recipe: dict[str, Any]) -> Path:
    made_of = json.dumps([corpus.digest(), recipe], sort_keys=True)
    return settings.home / "evaluation" / hashlib.sha256(made_of.encode()).hexdigest()[:16]


def model_sha256(settings: Settings) -> str:
    from indexes.embedding.embedder import locate_model

    return locate_model(settings.embedding_model, settings.hub).sha256


def _built(index: Index, corpus: Corpus, home: Path, advance: Advance) -> list[str]:
    """Adds what is missing. An interrupted build is resumed; a marker file says that it is complete."""
    marker = home / "whole.json"
    if not marker.exists():
        refused = []
        with advance("Indexing articles", corpus.count()) as step:
            for outcome in index.add(corpus.read()):
                if outcome.kind == "refused":
                    refused.append(f"not searched: {outcome.where}: {outcome.reason}")
                step()
        if not index.is_empty():
            marker.write_text(json.dumps(refused), encoding="utf-8")
        return first_few(refused)
    return first_few(json.loads(marker.read_text(encoding="utf-8")))


def _recipe(settings: Settings) -> dict[str, Any]:
    from indexes.embedding.embedder import locate_model
    from indexes.ingest.chunking import PASSAGE_RULES

    model = locate_model(settings.embedding_model, settings.hub)
    return {
        "model": model.sha256,
        "number format": model.number_format(settings.number_format),
        "passage tokens": settings.passage_tokens,
        "rules": PASSAGE_RULES,
    }


def _no_articles(corpus: Corpus | None, settings: Settings) -> str:
    if corpus is not None:
        return "none of the dataset's articles could be read, so there is nothing to search."
    return (
        f"the dataset brings no articles and the index in {settings.home} is empty. "
        "Name the articles: --articles PATH, or add them: onrecord add PATH"
    )
