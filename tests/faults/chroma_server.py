"""Kills Chroma's server while it is sent vectors, starts it again, and looks whether everything is found there.

    python -m tests.faults chroma-server [--short]

Chroma's server does not survive each kill: its files are rewritten in place. On Record sees to it that those of a
collection in use never are, and makes a collection anew that is damaged all the same.
"""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from unittest.mock import patch

from benchmarks.trial import Row, Trial
from indexes.ingest import pipeline
from indexes.search import ann, chroma_client
from indexes.search.chroma_client import ChromaServer
from indexes.types.errors import IndexBusy
from tests.support.chroma_run import Chroma, running
from tests.support.fast_index import QuickIndex, story
from tests.support.index_checks import searched

_ARTICLES = 12
_AT_LATEST = 1.5
"""Seconds after which, at the latest, the server is killed while articles come and go."""


def run(short: bool) -> Iterator[Row | str]:
    kills, chance = 3 if short else 20, random.Random(7)
    with ExitStack() as stack:
        stack.enter_context(patch.object(pipeline, "BATCH", 8))
        stack.enter_context(patch.object(ann, "ENOUGH", 8))
        stack.enter_context(patch.object(chroma_client, "_AT_ONCE", 4))
        server = stack.enter_context(running())
        home = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home"
        index = stack.enter_context(QuickIndex(home, chroma=ChromaServer(server.url), mends_itself=True))
        list(index.add(story(n) for n in range(100)))
        back = sum(_killed(index, server, n, chance.uniform(0, _AT_LATEST)) for n in range(kills))
        yield from _rows(index, kills, back)


def _killed(index: QuickIndex, server: Chroma, round: int, after: float) -> bool:
    """Whether the server was used again by itself, with all that was written in between."""
    killer = threading.Timer(after, server.kill)
    killer.start()
    first = 100 + round * _ARTICLES
    while killer.is_alive():
        with suppress(IndexBusy):  # it mends itself, since the server was away; then it is written to again
            list(index.add(story(n) for n in range(first, first + _ARTICLES)))
            list(index.add(story(n, edition=2) for n in range(first, first + 3)))
            index.remove([f"story-{n}" for n in range(first + 6, first + 9)])
    killer.join()
    server.start()
    return _used_again(index)


def _used_again(index: QuickIndex, seconds: float = 120) -> bool:
    """As a person would see it: by asking."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        index.search("Which bridge is it?")
        if index.dense.health == index.dense.engine.label and _holds_what_it_should(index):
            return True
        time.sleep(0.1)
    return False


def _holds_what_it_should(index: QuickIndex) -> bool:
    named = index.dense.engine.published()
    if named is None:
        return False
    waiting = index.store.count_passages(named.recipe) - index.store.count_passages(named.recipe, named.last_seq)
    return waiting < ann.ENOUGH and not index.problems()


def _rows(index: QuickIndex, kills: int, back: int) -> Iterator[Row | str]:
    faults, passages = searched(index), index.store.count_passages(1)
    yield Row(
        f"`chroma run` killed {kills} times while articles were added, changed and removed: each of {passages} "
        "passages searched for by its vector",
        str(faults),
        "sound",
        not faults and passages > 0,
    )
    yield Row("Used again by itself, up to date, once it was started again", f"{back} of {kills}", "all", back == kills)
    yield (
        "What was replaced: the embedding model, by one that hashes words. Batches and the number of passages that "
        "wait (8) are smaller than shipped. The server, its kills (SIGKILL), and all else are as shipped."
    )


TRIAL = Trial("chroma-server", "A Chroma server that is killed", run)
