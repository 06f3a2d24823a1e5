"""``onrecord add`` with web addresses, and ``onrecord watch``, as they are run."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import ONRECORD, onrecord

from tests.support.loopback import SENTENCES, Reply, Site, page, rss, serving

pytestmark = pytest.mark.slow

ALLOWED = {"fetch_allow": '["127.0.0.1"]'}
RSS = "application/rss+xml"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        running.replies["/a"] = Reply(page("The east pier is shut"))
        running.replies["/b"] = Reply(page("\x9b31mThe \u202etides", sentences=SENTENCES[::-1]))
        running.replies["/feed"] = Reply(rss("/a", "/b"), RSS)
        yield running


def test_addresses_are_added_beside_files_and_a_bad_one_is_one_refused_line(site: Site, tmp_path: Path) -> None:
    (tmp_path / "tides.txt").write_text(f"Tide tables\n\n{SENTENCES[1]}", encoding="utf-8")
    added = onrecord(tmp_path, "add", site.url("/a"), site.url("/none"), "tides.txt", "ftp://x/", **ALLOWED)
    assert added.lines == [
        "added      The east pier is shut",
        f"refused    {site.url('/none')}: the server answered 404 Not Found. Check the address in a browser.",
        "added      Tide tables",
        "refused    ftp://x/: only http:// and https:// addresses are fetched",
        "2 added, 0 updated, 0 unchanged, 2 refused",
    ]
    assert (added.code, added.err) == (3, "")
    removed = onrecord(tmp_path, "remove", site.url("/a"))
    assert (removed.code, removed.lines) == (0, ["removed    The east pier is shut"])


def test_a_private_address_is_refused_unless_it_is_allowed(site: Site, tmp_path: Path) -> None:
    refused = onrecord(tmp_path, "add", site.url("/a"), "--json")
    assert refused.code == 3
    assert refused.objects[0]["reason"] == "127.0.0.1 is not a public address. To allow it: setting fetch_allow"
    assert site.asked == []


def test_the_articles_of_a_feed_are_added(site: Site, tmp_path: Path) -> None:
    added = onrecord(tmp_path, "add", site.url("/feed"), "--json", **ALLOWED)
    assert [told.get("kind") for told in added.objects] == ["added", "added", None]
    assert (added.code, added.objects[0]["where"]) == (0, site.url("/a"))


def test_a_feed_is_followed_listed_visited_and_removed(site: Site, tmp_path: Path) -> None:
    url = site.url("/feed")
    assert onrecord(tmp_path, "watch", "list").lines == []
    assert onrecord(tmp_path, "watch", "add", url, **ALLOWED).lines == ["following  Harbour Post (2 entries)"]
    assert onrecord(tmp_path, "watch", "list").lines == [f"{url}  Harbour Post, 0 articles, not read yet"]
    ran = onrecord(tmp_path, "watch", "run", "--once", **ALLOWED)
    assert (ran.code, ran.lines) == (
        0,
        ["added      The east pier is shut", "added      31mThe tides", "2 added, 0 updated, 0 unchanged, 0 refused"],
    )
    (listed,) = onrecord(tmp_path, "watch", "list", "--json").objects
    assert (listed["url"], listed["title"], listed["articles"]) == (url, "Harbour Post", 2)
    assert listed["last_success"]
    assert (listed["last_failure"], listed["failure"]) == (None, None)
    assert onrecord(tmp_path, "watch", "remove", url).lines == ["removed    Harbour Post"]
    gone = onrecord(tmp_path, "watch", "remove", url)
    assert (gone.code, gone.complaint) == (
        1,
        f"onrecord: {url} is not followed. List the followed feeds: onrecord watch list",
    )


def test_one_failing_feed_is_told_and_the_others_are_read(site: Site, tmp_path: Path) -> None:
    site.replies["/bad"] = Reply(rss(), RSS)
    for path in ("/bad", "/feed"):
        onrecord(tmp_path, "watch", "add", site.url(path), **ALLOWED)
    site.replies["/bad"] = Reply(status=500)
    failed, a, b, feed, counts = onrecord(tmp_path, "watch", "run", "--once", "--json", **ALLOWED).objects
    reason = "the server answered 500 Internal Server Error. Try again later."
    assert failed == {"kind": "failed", "feed": site.url("/bad"), "reason": reason}
    assert (a["kind"], b["kind"], a["feed"]) == ("added", "added", site.url("/feed"))
    assert feed == {"kind": "visited", "feed": site.url("/feed"), "reason": None}
    assert counts == {"added": 2, "updated": 0, "unchanged": 0, "refused": 0}
    again = onrecord(tmp_path, "watch", "run", "--once", **ALLOWED)
    assert (again.code, again.lines[0]) == (3, f"failed     {site.url('/bad')}: {reason}")
    assert f"UTC: {reason}" in onrecord(tmp_path, "watch", "list").lines[0]


def test_what_is_no_feed_is_told_in_one_line(site: Site, tmp_path: Path) -> None:
    wrong = onrecord(tmp_path, "watch", "add", site.url("/none"), **ALLOWED)
    assert (wrong.code, wrong.out) == (1, "")
    assert wrong.complaint == (
        f"onrecord: {site.url('/none')}: the server answered 404 Not Found. Check the address in a browser."
    )


def _hears_ctrl_c() -> None:
    """Also where the tests run in the background of a shell, whose processes do not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_watching_goes_on_until_it_is_stopped(tmp_path: Path) -> None:
    command = [ONRECORD, "watch", "run", "--every", "1"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_hears_ctrl_c,
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "0 added, 0 updated, 0 unchanged, 0 refused\n"
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 130


@pytest.mark.parametrize("command", ["add", "list", "remove", "run"])
def test_every_watch_command_explains_itself_and_speaks_json(tmp_path: Path, command: str) -> None:
    told = onrecord(tmp_path, "watch", command, "--help")
    assert (told.code, told.err) == (0, "")
    assert told.lines[0].startswith(f"Usage: onrecord watch {command} ")
    assert "--json" in told.out
