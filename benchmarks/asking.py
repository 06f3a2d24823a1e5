"""How long a question takes to become an answer, where the time goes, and how long the first answer takes.

    python -m benchmarks.asking [HOME QUESTIONS] [--ask 200]

Over the index in HOME, else over one of 100,000 passages made by :mod:`benchmarks.grown` and kept in build/grown; one
question after the other, as the web app asks them. "Shown" is when the answer is, "whole" when what the articles
disagree on stands under it. A cold start is a new process, of the command or of the server, over the sample articles.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from assistant.answering.disagreement import claims_about, disagreement, may_disagree
from assistant.answering.evidence import verdict
from assistant.answering.reader_judge import READ
from assistant.assistant import Assistant
from assistant.evaluation.questions import read_questions
from assistant.evaluation.runs import timing
from assistant.factory import open_assistant
from assistant.output.lines import answer_lines
from assistant.reader.calibration import Calibration, Question, weigh
from assistant.reader.model import ReaderModel
from assistant.reader.read_passages import PassageReader
from assistant.reader.weights_loader import SHIPPED, locate_reader
from assistant.settings import load_settings
from assistant.types.answers import Answered
from benchmarks import machine
from benchmarks.adding import bare_encoder
from benchmarks.grown import grown, questions
from benchmarks.growth import KEPT
from benchmarks.samples import ROOT, SAMPLES
from benchmarks.trial import Row, Trial
from indexes import Index
from indexes.embedding.embedder import Embedder
from indexes.search.analysis import stems
from indexes.search.hybrid import Stopwatch
from indexes.storage.checksums import crc32

_SIZE, _SHORT_SIZE = 100_000, 1_000
_QUESTION = "Who denied the call?"
_DISPUTED = 8
_PATIENCE = 300
_ONRECORD = (sys.executable, "-c", "from assistant.cli import main; main()")

_Laps = dict[str, list[float]]


def run(short: bool) -> Iterator[Row | str]:
    load_settings()
    yield from cold(1 if short else 5)
    if short:
        with tempfile.TemporaryDirectory() as folder:
            grown(Path(folder), _SHORT_SIZE)
            yield from warm(Path(folder), questions()[:20])
    else:
        grown(KEPT / str(_SIZE), _SIZE)
        yield from warm(KEPT / str(_SIZE), (questions() * 2)[:200])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", nargs="?", type=Path)
    parser.add_argument("questions", nargs="?", type=Path)
    parser.add_argument("--ask", type=int, default=200)
    given = parser.parse_args()
    load_settings()
    if given.home and given.questions:
        asked = [question.text for question in read_questions(given.questions)[0]][: given.ask]
        rows = warm(given.home, asked)
    else:
        rows = run(False)
    for row in rows:
        print(f"{row.what}: {row.measured}" if isinstance(row, Row) else f"\n{row}\n", flush=True)


def cold(rounds: int) -> Iterator[Row]:
    """From the start of a process to its first answer; the first round only warms the disk's cache."""
    with tempfile.TemporaryDirectory() as folder:
        _onrecord(folder, "add", str(SAMPLES))
        ways = {"the command onrecord ask": _asked_by_command, "onrecord serve, over HTTP": _asked_of_server}
        for name, ask in ways.items():
            took = [ask(folder) for _ in range(rounds + 1)][1:]
            wall, processor = (statistics.median(part) for part in zip(*took, strict=True))
            measured = f"{wall:.1f} s ({processor:.1f} s of processor time), median of {rounds}"
            yield Row(f"cold start to the first answer: {name}", measured, "≤ 5 s", wall <= 5)


def _environment(home: str) -> dict[str, str]:
    return {**os.environ, "ONRECORD_HOME": home, "ONRECORD_PORT": "0"}


def _onrecord(home: str, *arguments: str) -> None:
    command = [*_ONRECORD, *arguments]
    subprocess.run(command, cwd=ROOT, env=_environment(home), capture_output=True, check=True, timeout=_PATIENCE)


def _asked_by_command(home: str) -> tuple[float, float]:
    """Seconds, and seconds of processor time."""
    before, begun = _children(), time.perf_counter()
    _onrecord(home, "ask", _QUESTION)
    return time.perf_counter() - begun, _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _asked_of_server(home: str) -> tuple[float, float]:
    begun = time.perf_counter()
    with _server(home) as (process, url):
        _first_answer(url)
        took = time.perf_counter() - begun
        ticks = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[11:13]
        return took, sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _server(home: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [*_ONRECORD, "serve", "--json"]
    process = subprocess.Popen(command, cwd=ROOT, env=_environment(home), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process, json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.wait(_PATIENCE)


def _first_answer(url: str) -> None:
    body = json.dumps({"question": _QUESTION}).encode()
    request = urllib.request.Request(f"{url}/api/v1/ask", body, {"Content-Type": "application/json"})
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            with urllib.request.urlopen(request, timeout=_PATIENCE) as reply:
                assert json.load(reply)["kind"] == "answered"
                return
        except urllib.error.HTTPError as error:  # 503: the models are still loading
            if error.code != 503 or time.monotonic() > until:
                raise
            time.sleep(0.05)


def warm(home: Path, asked: Sequence[str]) -> Iterator[Row | str]:
    """Question after question to an assistant that has answered one before."""
    _read_through(home)
    with Index(home) as index:
        passages = index.store.counts().passages
        assistant = open_assistant(load_settings(), index)
        assistant.ask(asked[0])
        laps = _searched(index, asked)
        ratio = statistics.median(sum(lap.values()) / lap["encode"] for lap in laps)
        what = f"{passages:,} passages, {len(asked)} questions: question to hits, in times of encoding the question"
        yield Row(what, f"median {ratio:.2f}", "≤ 3", ratio <= 3)
        shown, whole, answered = _asked(assistant, asked)
        yield Row(f"answer shown ({answered} of {len(asked)} answered)", _told(shown))
        yield Row("answer whole", _told(whole), "median ≤ 500 ms", timing(whole).median <= 500)
        yield Row("resident memory", f"{machine.resident_megabytes():.0f} MB")
        yield _profile(index, assistant, asked)
        yield _beside_the_bare_encoder(index, asked, laps)


def _read_through(home: Path) -> None:
    """Has an index in the disk's cache, as after an hour of questions: else what ran before decides the figures."""
    for file in filter(Path.is_file, home.rglob("*")):
        crc32(file)  # reads all of it


def _beside_the_bare_encoder(index: Index, asked: Sequence[str], laps: Sequence[Mapping[str, float]]) -> Row:
    """Last: transformers, which nothing else needs, takes memory and time to load."""
    embedder = index.builder().embedder
    assert isinstance(embedder, Embedder)
    encode = bare_encoder(embedder)
    encode([asked[0]])
    took = []
    for question in asked:
        begun = time.perf_counter()
        encode([question])
        took.append(time.perf_counter() - begun)
    ratio = statistics.median(sum(lap.values()) / bare for lap, bare in zip(laps, took, strict=True))
    what = "the same in times of what the bare encoder, sentence-transformers, takes to encode it"
    return Row(what, f"median {ratio:.2f}; it takes {_told(took)}")


def _told(seconds: Sequence[float]) -> str:
    took = timing(seconds)
    return f"median {took.median:.0f} ms, 95th percentile {took.p95:.0f} ms"


def _searched(index: Index, asked: Sequence[str]) -> list[dict[str, float]]:
    laps = []
    for question in asked:
        seconds: dict[str, float] = {}
        index.search(question, READ, today=date.today(), timings=seconds)
        laps.append(seconds)
    return laps


def _asked(assistant: Assistant, asked: Sequence[str]) -> tuple[list[float], list[float], int]:
    """Seconds until each answer was shown, seconds until it was whole, and how many questions were answered."""
    shown, whole, answered = [], [], 0
    for question in asked:
        start = time.perf_counter()
        turns = assistant.converse(question)
        answered += isinstance(next(turns).answer, Answered)
        shown.append(time.perf_counter() - start)
        for _ in turns:
            pass
        whole.append(time.perf_counter() - start)
    return shown, whole, answered


def _profile(index: Index, assistant: Assistant, asked: Sequence[str]) -> str:
    """Where the milliseconds go, each step taken by itself."""
    files = locate_reader(SHIPPED)
    model = ReaderModel(files, files.number_format("auto"))
    reader, calibration = PassageReader(model), Calibration.load(files.calibration)
    model.read("ready?", ["yes"])
    laps: _Laps = defaultdict(list)
    for question in asked:
        seconds: dict[str, float] = {}
        hits = index.search(question, READ, today=date.today(), timings=seconds)
        watch = Stopwatch(seconds)
        rarity = index.rarity(set(stems(question)))
        readings = reader.read(question, hits, rarity)
        watch.lap(f"read {READ} passages")
        weighed = weigh(Question(question, rarity), readings, calibration)
        verdict(question, weighed)
        watch.lap("weigh")
        if may_disagree(weighed.hits[:_DISPUTED]):
            disagreement(index, claims_about(index, assistant.claims, question, weighed.hits[:_DISPUTED]))
        watch.lap("claims and contradictions")
        answer = assistant.ask(question)
        watch.lap("")
        list(answer_lines(answer))
        watch.lap("render")
        seconds.pop("")
        for stage, taken in seconds.items():
            laps[stage].append(taken)
    lines = [f"| {stage} | {timing(took).median:.1f} | {timing(took).p95:.1f} |" for stage, took in laps.items()]
    return "\n".join(["| step | median, ms | 95th percentile |", "| --- | --- | --- |", *lines])


TRIAL = Trial("asking", "Asking", run)

if __name__ == "__main__":
    main()
