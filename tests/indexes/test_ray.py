"""Adding on a Ray cluster: the same as in one process, whatever becomes of those who work on it."""

from __future__ import annotations

import importlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexes import Article, Index, Outcome, read_paths
from indexes.ingest import pipeline
from indexes.ingest.ray import cluster as sending
from indexes.ingest.ray import joined, tasks
from indexes.ingest.ray.cluster import FATAL, Cluster, PendingWork
from indexes.types.article import new_article
from indexes.types.errors import ClusterFailed
from tests.support.ray_machines import Machines, two_machines

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).parent.parent.parent / "samples"


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    with two_machines() as two:
        yield two


@pytest.fixture(scope="module")
def cluster(machines: Machines, samples: Index) -> Iterator[Cluster]:
    with joined(machines.address, samples.builder().recipe) as cluster:
        yield cluster


def ship(n: int, more: str = "") -> Article:
    text = f"The ship number {n} left the harbour of Karsholm. It carried {n * 17 + 3} tons of grain. {more}"
    return new_article(text, id=f"ship{n}", title=f"Ship {n}")


def told(outcomes: Sequence[Outcome]) -> list[tuple[str, str, str, str]]:
    return [(o.kind, o.where, o.reason, o.article.fingerprint if o.article else "") for o in outcomes]


def assert_the_same(one: Index, other: Index) -> None:
    """The same articles, passages and vectors, none twice."""
    assert one.store.article_ids() == other.store.article_ids()
    assert one.problems() == other.problems() == []
    for id in one.store.article_ids():
        here, there = one.store.article(id), other.store.article(id)
        assert (here.sha256, here.fingerprint, here.version) == (there.sha256, there.fingerprint, there.version)
        assert one.store.passages_of(id, 1) == other.store.passages_of(id, 1)
    (ids, rows), (other_ids, other_rows) = all_vectors(one), all_vectors(other)
    assert ids == other_ids
    assert len(ids) == len(set(ids))
    assert (rows * other_rows).sum(1).min() > 0.995  # in int8 it tells a little what is embedded beside them


def all_vectors(index: Index) -> tuple[list[str], Any]:
    """Ids of passages, in the order they were added, and a row for each."""
    parts = list(index.store.vectors(1))
    return [id for ids, _, _ in parts for id in ids], np.concatenate([rows for _, _, rows in parts])


def test_what_is_added_on_a_cluster_is_what_one_process_would_have_added(cluster: Cluster, tmp_path: Path) -> None:
    odd = tmp_path / "odd"
    odd.mkdir()
    (odd / "empty.txt").write_bytes(b"")
    (odd / "dots.md").write_text("...\n")
    (odd / "large.txt").write_text("It rained. " * 20_000)
    (odd / "not.pdf").write_bytes(b"%PDF-1.7 and no more")
    (odd / "picture.png").write_bytes(b"\x89PNG")
    (odd / "some.jsonl").write_text('{"text": "The quay was closed."}\nno record\n')
    (odd / "twice.txt").write_text((SAMPLES / "call-3-presidency.txt").read_text())
    one_of_each = list({path.suffix: path for path in sorted(SAMPLES.iterdir())}.values())
    paths = [odd, *one_of_each, tmp_path / "nowhere"]
    with Index(tmp_path / "alone") as alone, Index(tmp_path / "spread") as spread:
        expected = list(alone.add(read_paths(paths, 100_000)))
        found = list(spread.add(read_paths(paths, 100_000, cluster.read_documents), cluster.makers))
        assert told(found) == told(expected)
        assert {o.kind for o in found} >= {"added", "refused"}
        assert_the_same(alone, spread)
        again = list(spread.add(read_paths(one_of_each, 100_000, cluster.read_documents), cluster.makers))
        assert {o.kind for o in again} == {"unchanged"}


@pytest.mark.parametrize("lost", ["the workers", "a machine"])
def test_whoever_is_lost_midway_nothing_is_lost_or_doubled(
    lost: str,
    machines: Machines,
    cluster: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(pipeline, "BATCH", 2)
    machines.be_two()
    ships = [ship(n) for n in range(40)]
    with Index(tmp_path / "alone") as alone, Index(tmp_path / "spread") as spread:
        list(alone.add(ships))
        adding_ships = spread.add(iter(ships), cluster.makers)
        first = [next(adding_ships)]
        if lost == "the workers":
            assert machines.kill_workers() >= 2
        else:
            machines.lose_one()
        outcomes = first + list(adding_ships)
        assert [(o.kind, o.article and o.article.id) for o in outcomes] == [("added", f"ship{n}") for n in range(40)]
        assert_the_same(alone, spread)
    assert capfd.readouterr().out == ""


def test_an_article_that_ends_whatever_works_on_it_is_refused_and_the_others_are_added(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deadly(articles: Any, recipe: Any) -> Any:
        if any("Poison" in article.text for article in articles):
            os.kill(os.getpid(), signal.SIGKILL)
        return tasks.embed(articles, recipe)

    use(cluster, tasks.embed, deadly, monkeypatch)
    ships = [replace(ship(n, "Poison!" if n == 1 else ""), origin=f"{n}.txt") for n in range(3)]
    with Index(tmp_path) as index:
        outcomes = list(index.add(ships, cluster.makers))
        assert [(o.kind, o.reason) for o in outcomes] == [("added", ""), ("refused", FATAL), ("added", "")]
        assert outcomes[1].where == "1.txt"
        assert index.store.article_ids() == ["ship0", "ship2"]


def test_a_document_that_ends_whatever_reads_it_is_refused_and_the_others_are_read(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deadly(sent: Any) -> Any:
        if any(one.body == b"Poison." for one in sent):
            os.kill(os.getpid(), signal.SIGKILL)
        return tasks.read(sent)

    use(cluster, tasks.read, deadly, monkeypatch)
    for name, text in (("a.txt", "The quay."), ("b.txt", "Poison."), ("c.txt", "The mole.")):
        (tmp_path / name).write_text(text)
    found = list(read_paths([tmp_path], read=cluster.read_documents))
    assert [getattr(item, "text", None) or getattr(item, "reason", "") for item in found] == [
        "The quay.",
        FATAL,
        "The mole.",
    ]


def use(cluster: Cluster, work: Any, instead: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    monkeypatch.setitem(cluster._remote, work, ray.remote(num_cpus=1, max_retries=0)(instead))


def test_a_machine_with_another_model_or_version_takes_no_part(cluster: Cluster, samples: Index) -> None:
    recipe = samples.builder().recipe
    with pytest.raises(ClusterFailed, match=r"cannot take part: its model all-MiniLM-L6-v2 \(53aa5117…\) is not the"):
        cluster.examine(replace(recipe, sha256="0" * 64))
    with pytest.raises(ClusterFailed, match=r"cannot take part: .*'/models/ours' is neither"):
        cluster.examine(replace(recipe, model="/models/ours"))
    with pytest.raises(ClusterFailed, match=r"On Record .*, not 99\.0\. Install the same there"):
        tasks.examine(recipe, "99.0")


def test_a_machine_that_is_gone_by_the_time_it_is_asked_takes_no_part(
    cluster: Cluster, samples: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = cluster._machines()
    gone = {**here[0], "NodeID": "ab" * (len(here[0]["NodeID"]) // 2)}
    monkeypatch.setattr(cluster, "_machines", lambda: [gone, here[0]])
    cluster.examine(samples.builder().recipe)
    monkeypatch.setattr(cluster, "_machines", lambda: [gone])
    with pytest.raises(ClusterFailed, match=r"No machine of the Ray cluster at \S+ has a processor for it"):
        cluster.examine(samples.builder().recipe)


def test_a_model_that_is_exchanged_midway_ends_the_run_and_names_the_machine(cluster: Cluster, samples: Index) -> None:
    other = replace(samples.builder().recipe, sha256="0" * 64)
    with pytest.raises(
        ClusterFailed, match=r"The machine \S+ of the cluster .*: its model .*run the same command again"
    ):
        cluster.results(cluster.send(tasks.embed, [ship(1)], other))


def test_a_machine_without_on_record_is_told_of_as_that(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "only_here.py").write_text("def work(pieces, recipe):\n    return pieces\n")
    monkeypatch.syspath_prepend(tmp_path)
    use(cluster, tasks.embed, importlib.import_module("only_here").work, monkeypatch)
    with pytest.raises(ClusterFailed, match=r"On Record with the extra ray is not installed there"):
        cluster.results(cluster.send(tasks.embed, [ship(1)], None))


def test_without_the_extra_a_line_says_how_to_get_it(samples: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ClusterFailed, match=r'Ray, which is not installed: pip install "onrecord\[ray\]"'):
        _joining("127.0.0.1:6379", samples).__enter__()


def test_a_cluster_that_lost_all_its_machines_is_not_waited_for(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ray

    monkeypatch.setattr(sending, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(sending, "_ALONE_SECONDS", 0.2)
    monkeypatch.setattr(cluster, "_machines", list)
    nowhere = ray.remote(resources={"nowhere": 1})(lambda: [1]).remote()
    with pytest.raises(ClusterFailed, match="has lost all its machines"):
        cluster.results(PendingWork(tasks.embed, [ship(1)], (), nowhere))


@pytest.mark.parametrize("address", ["cluster", "ray://head:10001", "head:", ":6379"])
def test_what_is_no_address_is_refused(address: str, samples: Index) -> None:
    with (
        pytest.raises(ClusterFailed, match=r"is not the address of a Ray cluster: give HOST:PORT"),
        _joining(address, samples),
    ):
        pass


def test_where_nothing_listens_or_something_else_a_line_says_so_at_once(samples: Index) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        answering = threading.Thread(target=lambda: listening.accept()[0].close())
        answering.start()
        with pytest.raises(ClusterFailed, match=r"[nN]o(t a)? Ray cluster"):
            _joining(address, samples).__enter__()
        answering.join()
    with pytest.raises(ClusterFailed, match=r"No Ray cluster answers at .*refused.*ray start --head"):
        _joining(address, samples).__enter__()


def _joining(address: str, samples: Index) -> Any:
    return joined(address, samples.builder().recipe)
