"""What a reader may do is little, and what becomes of it costs one document."""

from __future__ import annotations

import gc
import gzip
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from indexes.fetch.http import Fetched, Tag
from indexes.fetch.web import read_feed
from indexes.ingest.files import Refusal, read_file, read_paths
from indexes.loaders import records
from indexes.loaders.documents import kept_document
from indexes.loaders.feeds import Entry, Feed
from indexes.loaders.formats import FEED
from indexes.loaders.sandbox.pool import Limits, ReadingFailed, Workers, read_documents, unprotected
from indexes.loaders.sandbox.protocol import ProtocolError, item_from, item_json, unpacked
from indexes.types.article import Article, new_article
from indexes.types.errors import Unreadable
from tests.faults import captured_reader

pytestmark = pytest.mark.slow

LIMITS = Limits(cpu_seconds=1, megabytes=400, silent_seconds=5, reader=captured_reader.READER)


def deeds(*names: str, limits: Limits = LIMITS, port: int = 9) -> list[str]:
    """What a reader that was taken over told of each deed, or why its document was refused."""
    documents = [kept_document(name.encode(), ".txt", 10_000, url=str(port)) for name in names]
    found = read_documents(documents, Workers(limits))
    return [item.text if isinstance(item, Article) else getattr(item, "reason", "") for item in found]


def children() -> set[int]:
    """The processes that this one has started and that still run."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    return set(map(int, listed.split()))


def until(true: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def running(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False


def test_a_document_that_harms_its_reader_is_refused_and_the_next_ones_are_read() -> None:
    assert deeds("a", "crash", "b", "exit", "compute", "hang", "take memory", "c", "lie", "d") == [
        "a",
        "it made the reader crash (SIGSEGV)",
        "b",
        "it made the reader crash (exit code 0)",
        "reading it took more than 1 seconds of CPU time",
        "the reader was stuck on it for 5 seconds",
        "reading it needs more than 400 MB",
        "c",
        "it made the reader send an invalid reply",
        "d",
    ]


def test_a_document_is_not_blamed_for_a_crash_that_one_before_it_led_to() -> None:
    """Killed while it waited, the process that reads is replaced, and what it was handed is read by the next."""
    workers = Workers(LIMITS)
    (first,) = read_documents([kept_document(b"process", ".txt", 100)], workers)
    assert isinstance(first, Article)
    os.kill(int(first.text.split()[-1]), signal.SIGSTOP)
    reading = read_documents([kept_document(b"a", ".txt", 100), kept_document(b"b", ".txt", 100)], workers)
    os.kill(int(first.text.split()[-1]), signal.SIGKILL)
    assert [getattr(item, "text", item) for item in reading] == ["a", "b"]


def test_nothing_of_what_a_reader_that_was_taken_over_may_try_succeeds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as canary:
        told = deeds(*captured_reader.ATTEMPTS, port=canary.getsockname()[1])
        canary.setblocking(False)
        with pytest.raises(BlockingIOError):
            canary.accept()
    assert len(told) == len(captured_reader.ATTEMPTS)
    assert [line for line in told if ": failed, " not in line] == []


def test_the_reader_knows_nothing_of_our_environment_and_what_it_prints_is_not_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ONRECORD_LLM_KEY", "secret")
    assert deeds("environment", "print") == ["environment: LANG PYTHONPATH", "print: None"]


def test_the_same_process_reads_one_document_after_the_other() -> None:
    assert len({line.split()[-1] for line in deeds("process", "process", "process")}) == 1


def test_a_reader_that_cannot_be_started_is_an_error_and_no_refusal() -> None:
    with pytest.raises(ReadingFailed, match="before it began"):
        deeds("a", limits=Limits(reader="indexes.nowhere.read"))


def test_all_that_a_reader_is_to_be_kept_from_it_is_kept_from() -> None:
    assert unprotected() == []


def test_no_reader_outlives_who_asked_it_not_even_in_the_middle_of_computing() -> None:
    code = (
        "from indexes.loaders.sandbox.pool import *\nfrom indexes.loaders.documents import kept_document\n"
        f"limits = Limits(cpu_seconds=60, reader={captured_reader.READER!r})\n"
        "documents = [kept_document(word, '.txt', 100) for word in (b'process', b'compute')]\n"
        "for item in read_documents(documents, Workers(limits)):\n    print(item.text, flush=True)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdout is not None
        reader = int(asking.stdout.readline().split()[-1])
        assert running(reader)
        asking.kill()
    assert until(lambda: not running(reader))


def test_reading_that_nobody_wants_to_go_on_leaves_no_process() -> None:
    before = children()
    documents = [kept_document(word, ".txt", 100) for word in (b"a", b"compute")]
    reading = read_documents(documents, Workers(LIMITS))
    assert next(reading)
    assert children() - before
    del reading
    gc.collect()
    assert children() <= before
    assert all(document.file.closed for document in documents)


def test_files_are_opened_before_they_are_asked_for(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.txt").write_text(f"Pier {name} is shut.", encoding="utf-8")
    reading = read_paths([tmp_path])
    for name in "ab":
        (tmp_path / f"{name}.txt").unlink()
    assert [getattr(item, "text", item) for item in reading] == ["Pier a is shut.", "Pier b is shut."]


def test_a_file_of_many_records_is_told_of_while_it_is_read(tmp_path: Path) -> None:
    lines = tmp_path / "a.jsonl"
    lines.write_text(
        "".join(json.dumps({"text": f"Pier {n} is shut."}) + "\n" for n in range(20_000)), encoding="utf-8"
    )
    found = read_file(lines)
    assert getattr(next(found), "text", "") == "Pier 0 is shut."
    assert [getattr(item, "text", "") for item in found][-1] == "Pier 19999 is shut."


ARTICLE = new_article("The pier is shut.", title="Pier", url="https://post.example/a", authors=("Mara Quill",))


@pytest.mark.parametrize(
    "item", [ARTICLE, Refusal(":3", "no text"), Feed("Post", (Entry("https://post.example/a", "Pier"),))]
)
def test_what_is_sent_is_what_arrives(item: Article | Refusal | Feed) -> None:
    assert item_from(json.loads(json.dumps(item_json(item)))) == item


@pytest.mark.parametrize(
    "change",
    [
        {"text": 5},
        {"text": "cafe\u0301"},
        {"text": "a\0b"},
        {"title": "\ud800"},
        {"id": ""},
        {"authors": "Mara"},
        {"authors": [5]},
        {"published": "03/04/2026"},
        {"published": 5},
        {"language": None},
    ],
)
def test_what_no_reader_would_send_is_not_believed(change: dict[str, object]) -> None:
    with pytest.raises(ProtocolError):
        item_from({**item_json(ARTICLE), **change})


@pytest.mark.parametrize("body", [b"", b"[]", b"\x80\x04N.", b"[", b'"\xff"'])
def test_a_message_that_is_no_json_object_is_not_believed(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        unpacked(body)


def test_a_message_deeper_than_can_be_read_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json, "loads", too_deep)
    with pytest.raises(ProtocolError):
        unpacked(b"{}")


def test_a_record_deeper_than_can_be_read_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json, "loads", too_deep)
    with pytest.raises(Unreadable, match="too deeply nested"):
        list(records.read_json(io.BytesIO(b"{}"), 100))
    (refusal,) = records.read_lines(io.BytesIO(b"{}\n"), 100)
    assert refusal == Refusal(":1", "it is not JSON that can be read: too deeply nested")


def too_deep(*_: object) -> None:
    raise RecursionError


def test_a_feed_is_read_by_the_process_that_reads() -> None:
    body = b"<rss version='2.0'><channel><title>Post</title><item><link>http://a.example/</link></item></channel></rss>"
    (feed,) = read_documents([kept_document(body, FEED, 1000, url="http://a.example/feed")])
    assert feed == Feed("Post", (Entry("http://a.example/"),))


def test_what_is_no_plain_file_is_refused_by_name_and_never_waited_for(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("The secret.", encoding="utf-8")
    os.mkfifo(folder / "pipe.txt")
    (folder / "away.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to(tmp_path)
    (folder / "circle.txt").symlink_to("circle.txt")
    (folder / "pier.txt").write_text("The pier is shut.", encoding="utf-8")
    (folder / "same.txt").symlink_to("pier.txt")
    found = list(read_paths([folder, folder / "pipe.txt", Path("/dev/zero")]))
    told = [item.text if isinstance(item, Article) else f"{Path(item.where).name}: {item.reason}" for item in found]
    assert told == [
        "away.txt: it links to something other than a file in this folder. Add the target itself",
        "circle.txt: it is a broken link",
        "The pier is shut.",
        "pipe.txt: it is not a file but a pipe, a device or a socket",
        "The pier is shut.",
        "up: it links to something other than a file in this folder. Add the target itself",
        "pipe.txt: it is not a file but a pipe, a device or a socket",
        "zero: it is not a file but a pipe, a device or a socket",
    ]


def test_a_name_that_is_no_text_can_be_stored_and_printed(tmp_path: Path) -> None:
    for name, content in ((b"pier-\xff.txt", "The pier is shut."), (b"empty-\xff.txt", "")):
        (tmp_path / os.fsdecode(name)).write_text(content, encoding="utf-8")
    refusal, article = read_paths([tmp_path])
    assert isinstance(article, Article)
    assert article.origin.encode().endswith(b"/pier-\\udcff.txt")
    assert isinstance(refusal, Refusal)
    assert refusal.where.encode().endswith(b"/empty-\\udcff.txt")


def test_a_packed_file_that_unpacks_to_over_a_hundred_times_its_size_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b"{}\n" * 3000, 9))
    (refusal,) = read_file(tmp_path / "a.jsonl.gz", max_bytes=1000)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "it unpacks to more than 100 times its size"


def test_what_was_fetched_as_a_feed_and_is_none_is_said_to_be_none() -> None:
    with pytest.raises(Unreadable, match="not an RSS or Atom feed"):
        read_feed(Fetched("http://a.example/", FEED, "", b"nothing of the kind", Tag()))
