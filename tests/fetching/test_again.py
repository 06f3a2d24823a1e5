"""The same feed again and again, in another order, at once, with tracking parameters: not one row more."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexes import Index
from indexes.fetch.web import read_url
from indexes.types.errors import IndexBusy
from tests.support.fast_index import QuickIndex
from tests.support.loopback import Reply, Site, fetcher, page, rss, serving

pytestmark = pytest.mark.slow

TRACKED = ("", "?utm_source=feed", "?utm_campaign=x&utm_medium=mail", "?fbclid=1", "#top")
TABLES = ("articles", "versions", "passages", "stories", "bands")


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        for n in range(5):
            for tracked in TRACKED:
                running.replies[f"/{n}{tracked.split('#')[0]}"] = Reply(page(f"Article {n}"))
        yield running


def add(home: Path, site: Site, tracked: str, order: int) -> None:
    """Adds what a feed links to; waits for whoever is adding."""
    links = [f"/{n}{tracked}" for n in range(5)]
    random.Random(order).shuffle(links)
    site.replies[f"/feed{order}"] = Reply(rss(*links), "application/rss+xml")
    found = list(read_url(site.url(f"/feed{order}"), fetcher("127.0.0.1")))
    with QuickIndex(home) as index:
        while True:
            try:
                assert {outcome.kind for outcome in index.add(found)} <= {"added", "unchanged"}
                return
            except IndexBusy:
                time.sleep(0.01)


def rows(index: Index) -> list[int]:
    return [index.store.rows(f"SELECT COUNT(*) FROM {table}")[0][0] for table in TABLES]


def test_the_same_feed_five_times_adds_no_row(site: Site, tmp_path: Path) -> None:
    add(tmp_path, site, "", 0)
    with QuickIndex(tmp_path) as index:
        before = rows(index)
        assert before[0] == 5
        for order, tracked in enumerate(TRACKED, 1):
            add(tmp_path, site, tracked, order)
        at_once = [threading.Thread(target=add, args=(tmp_path, site, TRACKED[n % 5], 10 + n)) for n in range(5)]
        for thread in at_once:
            thread.start()
        for thread in at_once:
            thread.join()
        assert rows(index) == before
