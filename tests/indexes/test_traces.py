"""What was removed stands in no file of the index any more: neither words, nor names, nor vectors."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexes import Index
from indexes.search import keyword_index
from indexes.types.article import new_article
from tests.support.synthetic_index import seq_of

pytestmark = pytest.mark.slow

Add = Callable[..., list[str]]
OTHERS = [
    new_article(
        f"Harbour report {n}. The ship Aurora {n} left for Wexmouth. " + f"It carried {n} tons of barley. " * 4,
        id=f"ship{n}",
        title=f"Harbour report {n}",
    )
    for n in range(12)
]
SOURCE = new_article(
    "Informant Quillwort met the reporter at Zubrowka quay. " + "Quillwort named the Zubrowka ledger. " * 120,
    id="https://paper.example/zubrowka",
    title="Zubrowka ledger",
    authors=("Xanthe Quillwort",),
    source="Zubrowka Gazette",
    url="https://paper.example/zubrowka",
)
CORRECTED = replace(SOURCE, text=SOURCE.text.replace("the reporter", "a Marrowfat editor"))
CANARIES = ("quillwort", "zubrowka", "marrowfat")


def traces(home: Path, vectors: list[bytes]) -> list[str]:
    """Which files hold a canary, in any capitals, or a stretch of one of ``vectors``."""
    found = []
    for file in sorted(file for file in home.rglob("*") if file.is_file()):
        data = file.read_bytes()
        words = [word for word in CANARIES if word.encode() in data.lower()]
        rows = [f"vector {n}" for n, row in enumerate(vectors) if row[:32] in data or row[640:672] in data]
        found += [f"{file.relative_to(home)}: {what}" for what in words + rows]
    return found


def vectors_of(index: Index, article_id: str) -> list[bytes]:
    seqs = [seq_of(index.store, p.id) for p in index.store.passages_of(article_id, 1)]
    return [np.asarray(row).tobytes() for row in index.store.vectors_of(1, seqs).values()]


def test_no_word_and_no_vector_of_a_removed_article_stays_in_any_file(index: Index, add: Add) -> None:
    add(*OTHERS[:8], SOURCE)
    gone = vectors_of(index, SOURCE.id)
    add(CORRECTED, *OTHERS[8:])
    gone += vectors_of(index, SOURCE.id)
    assert len(traces(index.home, gone)) > 5
    index.remove([SOURCE.id])
    assert traces(index.home, gone) == []
    assert index.problems() == []
    assert index.dense.health == "Chroma"
    assert {hit.article.id for hit in index.search("ship for Wexmouth", 40)} == {other.id for other in OTHERS}


def test_a_removal_that_was_killed_halfway_is_finished_by_the_server(
    index: Index, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(*OTHERS, SOURCE)
    gone = vectors_of(index, SOURCE.id)
    with monkeypatch.context() as patched:
        patched.setattr(keyword_index, "bring_up_to_date", _killed)
        with pytest.raises(KeyboardInterrupt):
            index.remove([SOURCE.id])
    assert traces(index.home, gone) != []
    with Index(index.home, mends_itself=True) as served:
        served.tidy()
    assert traces(index.home, gone) == []


def test_while_somebody_reads_what_was_removed_it_stays_in_the_log_and_then_goes(index: Index, add: Add) -> None:
    add(*OTHERS, SOURCE)
    reading, done = threading.Event(), threading.Event()

    def read() -> None:
        with Index(index.home) as other, other.store.snapshot():
            assert other.store.versions(SOURCE.id)
            reading.set()
            done.wait(60)

    reader = threading.Thread(target=read)
    reader.start()
    reading.wait(60)
    index.remove([SOURCE.id])
    assert {trace.split(":")[0] for trace in traces(index.home, [])} <= {"onrecord.db", "onrecord.db-wal"}
    done.set()
    reader.join()
    index.tidy()
    assert traces(index.home, []) == []


def _killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
