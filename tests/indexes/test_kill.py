"""kill -9 while adding, for real: run again, and nothing is lost, doubled or unfindable."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from indexes import Index, read_paths
from indexes.vectors import VectorSearch

ARTICLES = 90
CHILD = """
import sys
from pathlib import Path
from assistant.settings import load_settings
from indexes import Index, read_paths, adding
load_settings()
adding.BATCH = 8  # many commits, so that kills fall between and inside them
with Index(Path(sys.argv[1])) as index:
    for outcome in index.add(read_paths([Path(sys.argv[2])])):
        print(outcome.article.id, flush=True)
print("done", flush=True)
"""


def story(n: int) -> dict[str, str]:
    people = ["Anna Rask", "Per Lund", "Ida Sand", "Olaf Quist", "Marit Dahl"]
    text = "\n".join(
        f"{people[(n + m) % 5]} told council {n} that bridge {n * 3 + m} cost {n * 17 + m} million crowns in year {m}."
        for m in range(12)
    )
    return {"id": f"story{n}", "title": f"Council {n} hears about its bridges", "text": text}


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("stories") / "stories.jsonl"
    file.write_text("\n".join(json.dumps(story(n)) for n in range(ARTICLES)), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def uninterrupted(stories: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, np.ndarray]]:
    with Index(tmp_path_factory.mktemp("whole")) as index:
        assert sum(outcome.kind == "added" for outcome in index.add(read_paths([stories]))) == ARTICLES
        return content(index)


def content(index: Index) -> dict[str, tuple[str, np.ndarray]]:
    """Every passage's text hash and vector, by id."""
    texts = {
        passage.id: hashlib.sha256(article.text[passage.start : passage.end].encode()).hexdigest()
        for article in map(index.store.article, index.store.article_ids())
        for passage in index.store.passages_of(article.id, 1)
    }
    rows = {id: row for ids, _, stack in index.store.vectors(1) for id, row in zip(ids, stack, strict=True)}
    assert texts.keys() == rows.keys()
    return {id: (texts[id], rows[id]) for id in texts}


def add_and_kill(home: Path, stories: Path, after_lines: int, then: float) -> list[str]:
    """Starts adding, kills the process ``then`` seconds after it has reported so many articles."""
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(home), str(stories)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    reported = [process.stdout.readline().strip() for _ in range(after_lines)]
    time.sleep(then)
    process.kill()
    rest, _ = process.communicate()
    return [line for line in reported + rest.split() if line and line != "done"]


@pytest.mark.parametrize(("after_lines", "then"), [(3, 0.0), (20, 0.05), (47, 0.2), (ARTICLES, 0.02)])
def test_a_kill_while_adding_costs_nothing_but_time(
    after_lines: int,
    then: float,
    stories: Path,
    uninterrupted: dict[str, tuple[str, np.ndarray]],
    tmp_path: Path,
) -> None:
    reported = add_and_kill(tmp_path, stories, after_lines, then)
    with Index(tmp_path) as index:
        assert set(reported) <= set(index.store.article_ids()), "what was reported as done is on disk"
        outcomes = list(index.add(read_paths([stories])))
        assert [o.kind for o in outcomes].count("unchanged") >= len(reported)
        again = content(index)
        assert again.keys() == uninterrupted.keys()
        assert all(again[id][0] == text for id, (text, _) in uninterrupted.items())
        assert all(np.allclose(again[id][1], row, atol=1e-4) for id, (_, row) in uninterrupted.items())
        assert index.problems() == []
        assert unfindable(index) == []


def unfindable(index: Index) -> list[int]:
    search = VectorSearch(index.home, index.store)
    return [
        seq
        for _, seqs, rows in index.store.vectors(1)
        for seq, row in zip(seqs.tolist(), rows, strict=True)
        if seq not in dict(search.nearest(row, 1, 3))
    ]
