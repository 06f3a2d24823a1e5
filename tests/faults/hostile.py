"""Files, feeds and servers that are meant to harm whoever reads them: what becomes of them, and of everything else."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.trial import Row, Trial
from indexes.fetch.http import Fetcher
from indexes.fetch.ssrf import read_fetch_policy
from indexes.fetch.web import read_feed
from indexes.ingest.files import Refusal, read_file
from indexes.loaders.documents import kept_document, printable
from indexes.loaders.sandbox.pool import Limits, Workers, read_documents
from indexes.types.errors import Unreadable
from tests.faults import captured_reader, hostile_files, over_limits, slow_servers
from tests.support import sample_files

ONRECORD = Path(sys.executable).with_name("onrecord")
QUICK = (
    "text-empty.txt text-nul.txt text-surrogates.txt text-utf-16.txt text-odd-utf-16.txt text-one-word.txt "
    "text-no-kind-of-file.exe markdown-front-broken.md markdown-remote.md html-entity.html html-remote.html "
    "html-codec.html pdf-cut.pdf pdf-encrypted.pdf pdf-remote.pdf docx-cut.docx docx-entity.docx "
    "docx-remote-entity.docx docx-slip-0.docx json-cut.jsonl.gz json-surrogates.json json-late.json "
    "over-text.txt over-list.json over-one-part.docx over-blank-lines.jsonl.gz over-long-line.jsonl "
    "disguised-noise.pdf disguised-word.txt disguised-gzip.html disguised-program.docx"
).split()
GOOD_EVERY = 10
LOWERED = Limits(cpu_seconds=0.2, megabytes=400, silent_seconds=2, reader=captured_reader.READER)


@dataclass
class Corpus:
    """The files, and what is known of them. ``outside`` is what none of them may change or tell of."""

    folder: Path
    outside: Path
    hostile: list[Path] = field(default_factory=list)
    good: list[Path] = field(default_factory=list)

    @property
    def all(self) -> list[Path]:
        return sorted([*self.hostile, *self.good], key=lambda path: path.name)


def run(short: bool) -> Iterator[Row | str]:
    with tempfile.TemporaryDirectory(prefix="onrecord-hostile-") as place:
        corpus = _made(Path(place), short)
        before = _state(Path(place))
        with slow_servers.watching(hostile_files.CANARY) as came:
            yield from _one_by_one(corpus)
            yield from _over_limits(corpus)
            yield from _all_at_once(corpus)
            yield from _feeds()
            yield from _servers(3 if short else 20)
            yield from _at_the_limits()
            yield from _taken_over()
            changed = {*before.items()} ^ {*_state(Path(place)).items()}
            yield Row(
                "files written, changed or removed beside the index", str(len(changed)), "0", not changed, "15, 17"
            )
            yield Row("connections at the address that the files name", str(len(came)), "0", not came, "17")


def _made(place: Path, short: bool) -> Corpus:
    corpus = Corpus(place / "articles", place / "outside" / "secret.txt")
    for folder in (corpus.folder, corpus.outside.parent, place / "home", place / "tmp"):
        folder.mkdir()
    corpus.outside.write_text("The secret of the harbour board stands here, and nowhere else.", encoding="utf-8")
    for family, files in {**hostile_files.SMALL, "over": over_limits.over}.items():
        for name, content in files():
            if not short or f"{family}-{name}" in QUICK:
                _put(corpus, f"{family}-{name}", content)
    for name, content in hostile_files.mutated(8 if short else 400):
        _put(corpus, name, content)
    corpus.hostile += hostile_files.special(corpus.folder, corpus.outside)
    return corpus


def _put(corpus: Corpus, name: str, content: bytes) -> None:
    (corpus.folder / name).write_bytes(content)
    corpus.hostile.append(corpus.folder / name)
    if len(corpus.hostile) % GOOD_EVERY == 0:
        good = corpus.folder / f"{name}.good.txt"
        good.write_text(sample_files.good(len(corpus.hostile)), encoding="utf-8")
        corpus.good.append(good)


def _one_by_one(corpus: Corpus) -> Iterator[Row]:
    """Each file by itself: what it costs the process that reads, and this one."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak is counted from here
    held, costs, silent, told_secret = _peak("self"), [], [], []
    for path in [path for path in corpus.all if not path.is_symlink()]:
        before, found = _computed(), 0
        for item in read_file(path, over_limits.BYTES):
            found += 1
            if not isinstance(item, Refusal) and ("root:x:0" in item.text or "secret of the harbour" in item.text):
                told_secret.append(path.name)
        costs.append((_computed() - before, path.name))
        silent += [] if found else [path.name]
    worst, name = max(costs)
    count = len(corpus.hostile)
    yield Row(f"{count} hostile files, each by itself: nothing told of", str(len(silent)), "0", not silent, "14")
    yield Row(
        "seconds of computing for one, at most, another process's start included",
        f"{worst:.1f} ({printable(name)})",
        "≤ 12: 10 for the file, 2 for the start",
        worst <= 12,
        "14",
    )
    most = max(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000, *map(_peak, _children()), 0)
    yield Row(
        "memory of the process that reads, at most", f"{most:.0f} MB", "≤ 540: 512 and its libraries", most <= 540
    )
    grown = _peak("self") - held
    yield Row("by how much the process that asks it grew, at most", f"{grown:.0f} MB", "≤ 100", grown <= 100, "15")
    yield Row("articles that tell of /etc/passwd or of a file outside", str(len(told_secret)), "0", not told_secret)


def _over_limits(corpus: Corpus) -> Iterator[Row]:
    over = [path for path in corpus.hostile if path.name.startswith("over-")]
    whole = [path.name for path in over if not any(map(_is_over, read_file(path, over_limits.BYTES)))]
    yield Row(f"{len(over)} small files over lowered limits: read whole", str(len(whole)), "0", not whole, "14")


def _is_over(item: object) -> bool:
    return isinstance(item, Refusal) and ("over the limit" in item.reason or "it unpacks to" in item.reason)


def _all_at_once(corpus: Corpus) -> Iterator[Row]:
    """All of them in one run of the command, between good ones."""
    place, sources = corpus.folder.parent, [str(corpus.folder), str(corpus.folder / "pipe.txt"), "/dev/zero"]
    environment = {**os.environ, "ONRECORD_HOME": str(place / "home"), "TMPDIR": str(place / "tmp")}
    environment["ONRECORD_MAX_FILE_MB"] = str(over_limits.MEGABYTES)
    start = time.monotonic()
    done = subprocess.run([ONRECORD, "add", *sources, "--json"], env=environment, capture_output=True, text=True)
    seconds = time.monotonic() - start
    told = [json.loads(line) for line in done.stdout.splitlines()]
    *outcomes, counts = told or [{}]
    kinds = {path: _outcomes(path, outcomes) for path in corpus.all}
    missing = [path.name for path, found in kinds.items() if not found]
    once = Counter(path for path, found in kinds.items() if path.suffix not in (".jsonl", ".gz") for _ in found)
    named = {os.path.realpath(source) for source in sources[1:]}  # told of by these names, and as files of the folder
    twice = [path.name for path, count in once.items() if count > 1 and os.path.realpath(path) not in named]
    lost = [path.name for path in corpus.good if kinds[path] not in (["added"], ["unchanged"])]
    count = len(corpus.hostile)
    yield Row(
        f"the same and {len(corpus.good)} good ones in one `onrecord add`: accounted for, {counts.get('added')} added, "
        f"{counts.get('refused')} refused, in {seconds:.0f} s",
        f"{count - len(missing)} of {count}{': not ' + ', '.join(map(printable, missing)) if missing else ''}",
        "all",
        not missing,
        "14",
    )
    yield Row("told of twice", ", ".join(map(printable, twice)) or "none", "none", not twice)
    yield Row("good files not added", str(len(lost)), "0", not lost, "14")
    yield Row("exit code", str(done.returncode), "3: done, but something was refused", done.returncode == 3)
    quiet = not done.stderr and "Traceback" not in done.stdout
    yield Row("printed beside what was asked for", printable(done.stderr[-200:]) or "nothing", "nothing", quiet)


def _outcomes(path: Path, outcomes: list[dict[str, str]]) -> list[str]:
    """What became of a file; of a record in it, too."""
    names = {" ".join(printable(str(path)).split()), printable(os.path.realpath(path)), printable(str(path))}
    return [one["kind"] for one in outcomes if _is_of(one["where"], names)]


def _is_of(where: str, names: set[str]) -> bool:
    return any(where == name or (where.startswith(name) and where[len(name)] in ":[") for name in names)


def _feeds() -> Iterator[Row]:
    pages = dict(hostile_files.feeds())
    outcomes: Counter[str] = Counter()
    told_secret = 0
    fetcher = Fetcher(read_fetch_policy(("127.0.0.1",)))
    with slow_servers.serving(pages) as address:
        for name in pages:
            try:
                feed = read_feed(fetcher.fetch(f"{address}/{name}"))
                outcomes["read"] += 1
                told_secret += "root:x:0" in str(feed)
            except Unreadable:
                outcomes["refused"] += 1
    measured = f"{outcomes['read']} read, {outcomes['refused']} refused"
    right = outcomes.total() == len(pages) and outcomes["read"] >= 5 and not told_secret
    yield Row(f"{len(pages)} hostile feeds", measured, "each read or refused; none tells of /etc/passwd", right, "14")


def _servers(seconds: float) -> Iterator[Row]:
    fetcher = Fetcher(read_fetch_policy(("127.0.0.1",)), slow_servers.MOST_BYTES, seconds=seconds)
    slowest, fetched = 0.0, []
    with slow_servers.serving({}) as address:
        for number, way in enumerate(slow_servers.WAYS):
            start = time.monotonic()
            try:
                fetcher.fetch(f"{address}/{number}")
                fetched.append(way)
            except Unreadable:
                pass
            slowest = max(slowest, time.monotonic() - start)
    what = f"{len(slow_servers.WAYS)} servers that drip, stall, never end or unpack to too much: longest wait"
    right = slowest <= seconds + 10 and not fetched
    yield Row(what, f"{slowest:.1f} s, {len(fetched)} taken", f"≤ {seconds + 10:g} s (limit: {seconds:g})", right, "16")


def _at_the_limits() -> Iterator[Row]:
    """A reader of ours that computes, takes memory, stands still or crashes, under lowered limits."""
    deeds = ("compute", "take memory", "hang", "crash", "exit", "lie")
    documents = [kept_document(word.encode(), ".txt", 1000) for deed in deeds for word in (deed, "good")]
    found = list(read_documents(documents, Workers(LOWERED)))
    refused = [one.reason for one in found if isinstance(one, Refusal)]
    right = len(found) == len(documents) and len(refused) == len(deeds) == len(set(refused))
    what = f"a reader that computes past {LOWERED.cpu_seconds:g} s, takes more than {LOWERED.megabytes} MB, is silent "
    what += f"for {LOWERED.silent_seconds:g} s, crashes, ends or lies: refused by name, the next document read"
    yield Row(what, f"{len(refused)} refused, {len(found) - len(refused)} read", "6 and 6", right, "14")


def _taken_over() -> Iterator[Row]:
    """What a file could do that had got hold of the process that reads."""
    attempts = list(captured_reader.ATTEMPTS)
    documents = [kept_document(name.encode(), ".txt", 1000, url=str(hostile_files.CANARY[1])) for name in attempts]
    told = [
        getattr(item, "text", "") for item in read_documents(documents, Workers(Limits(reader=captured_reader.READER)))
    ]
    done = [name for name, text in zip(attempts, told, strict=True) if not text.startswith(f"{name}: failed")]
    measured = f"{len(attempts) - len(done)} of {len(attempts)}{': not ' + ', '.join(done) if done else ''}"
    yield Row("what a reader that was taken over may not do, forbidden", measured, "all", not done, "17")


def _state(place: Path) -> dict[str, tuple[int, int]]:
    """Every file but the index's own, with size and time of change."""
    files = [path for path in place.rglob("*") if not path.is_relative_to(place / "home") and path.is_file()]
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


def _computed() -> float:
    """Seconds that processes started by this one have computed, those that ended and those that run."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    running = [_stat(pid)[11:13] for pid in _children()]
    ticks = sum(int(user) + int(system) for user, system in running)
    return ended.ru_utime + ended.ru_stime + ticks / os.sysconf("SC_CLK_TCK")


def _children() -> list[str]:
    return [pid for pid in os.listdir("/proc") if pid.isdecimal() and _stat(pid)[1:2] == [str(os.getpid())]]


def _stat(pid: str) -> list[str]:
    """The fields of /proc/PID/stat from the state on; none if it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _peak(pid: str) -> float:
    """The most a process held in memory, in megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM:"))


TRIAL = Trial("hostile", "Hostile files, feeds and servers", run)
