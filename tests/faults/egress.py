"""Nothing leaves the machine: the whole life of an installation in a network whose only way out is watched."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.trial import Row, Trial
from tests.support.browser import CHROMIUM
from tests.support.network import in_its_own, why_not, wired

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
ONRECORD = Path(sys.executable).with_name("onrecord")
KEYS = dict.fromkeys(("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "HF_TOKEN", "COHERE_API_KEY"), "sk-canary")
"""What lies about in the environment of many a machine; none of it may be used."""

QUESTIONS = (
    "who denied the call?", "Who won the World Cup?", "How many soldiers died?", "When did the strike end?",
    "Who stole the paintings?", "What caused the outage?", "Who won the recount?", "Did the minister resign?",
    "What did he say about it?", "https://evil.example/x.png", "source:\"evil.example\" who?", "how much rain fell?",
)  # fmt: skip
CONTROL = "a packet and three look-ups made on purpose, one by a page"
CALLED = ("control.example", "compiled.example", "page.example")
_HOSTILE = """<html><head><title>Ferry</title><link rel="stylesheet" href="http://evil.example/a.css">
<link rel="canonical" href="http://evil.example/ferry"><base href="http://evil.example/"></head><body><article>
<p>The ferry stops on 14 October, harbour master Ines Torvald said.</p><img src="http://evil.example/p.png">
<p>Its hull needs new steel, which comes by rail, and the work takes until spring.</p>
<iframe src="http://evil.example/f"></iframe><script src="http://evil.example/s.js"></script></article></body></html>"""
_ENTITY = '<!DOCTYPE x [<!ENTITY e SYSTEM "http://evil.example/e">]><html><body><p>&e; It rained.</p></body></html>'
_NOBODY = "http://127.0.0.1:9/"
_QUIET_BROWSER = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--disable-default-apps",
    "--no-first-run", "--no-pings", "--disable-domain-reliability",
    "--disable-features=MediaRouter,OptimizationHints,DialMediaRouteProvider,AutofillServerCommunication,"
    "NetworkTimeServiceQuerying",
    f"--gaia-url={_NOBODY}", f"--component-updater=url-source={_NOBODY}",
)  # fmt: skip
"""What Chromium itself asks of Google, whatever page is open, it does not ask. What a page loads, it loads."""


def run(short: bool) -> Iterator[Row]:
    """``short``: a tenth of the questions, none on the command line."""
    reason = why_not()
    if reason:
        yield Row("a network whose only way out is watched", f"cannot be had: {reason}", "can be had", False, "20, 39")
        return
    with TemporaryDirectory(prefix="egress-") as folder:
        command = in_its_own([sys.executable, "-m", "tests.faults.egress", folder, str(1 if short else 10)])
        environment = {**os.environ, **KEYS, "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), *_pythonpath())))}
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as life:
            assert life.stdout is not None
            for line in life.stdout:
                yield _row(**json.loads(line))
    ended = life.returncode == 0
    yield Row("the whole life, from start to stop", "ended" if ended else "broke off", "ends", ended)


def _pythonpath() -> list[str]:
    return [os.environ["PYTHONPATH"]] if "PYTHONPATH" in os.environ else []


def _row(step: str, done: str, packets: list[str], names: list[str]) -> Row:
    seen = f"{len(packets)} packets, {len(names)} look-ups"
    some = [f"{what} ×{count}" for what, count in Counter([*packets, *names]).most_common(4)]
    measured = f"{done}: {seen}" + (f" ({', '.join(some)})" if some else "")
    if step == CONTROL:
        return Row(step, measured, "all are seen", bool(packets) and set(CALLED) <= set(names), "39")
    return Row(step, measured, "0 packets, 0 look-ups", not packets and not names, "20, 39")


# Inside, in a network of its own


@dataclass(frozen=True)
class Life:
    """One installation. Each step says in words what was done."""

    folder: Path
    times: int

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def steps(self) -> Iterator[tuple[str, Callable[[], str]]]:
        yield "adding files of every kind, bad ones among them", self.add
        if self.times > 1:
            yield "checking, listing, claims", self.look
            yield "questions on the command line", self.ask
            yield "removing and rebuilding", self.remove
        yield "models that are missing, a language model without a name", self.fail
        yield "a server: questions over HTTP, every kind of error; its end", self.serve
        yield "the chat page in Chromium", self.browse
        yield CONTROL, call_out

    def onrecord(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ONRECORD, *arguments], cwd=self.folder, env=self.environment(**settings), capture_output=True, text=True
        )

    def environment(self, **settings: str) -> dict[str, str]:
        given = {f"ONRECORD_{name.upper()}": value for name, value in settings.items()}
        return {**os.environ, "ONRECORD_HOME": str(self.home), "ONRECORD_PORT": "0", **given}

    def add(self) -> str:
        articles = self.folder / "articles"
        shutil.copytree(SAMPLES, articles)
        record = json.dumps({"title": "Tides", "text": "The tide tables were wrong, the clerk said."})
        (articles / "tides.json").write_text(record, encoding="utf-8")
        (articles / "tides.jsonl.gz").write_bytes(gzip.compress(record.replace("wrong", "late").encode()))
        (articles / "hostile.html").write_text(_HOSTILE, encoding="utf-8")
        (articles / "entity.html").write_text(_ENTITY, encoding="utf-8")
        (articles / "image.md").write_text(
            "# Quay\n\n![x](http://evil.example/x.png) The quay is red.", encoding="utf-8"
        )
        (articles / "broken.pdf").write_bytes(b"%PDF-1.7 no more")
        (articles / "latin.txt").write_bytes(b"caf\xe9 by the quay")
        done = self.onrecord("add", str(articles), "--json")
        counts = json.loads(done.stdout.splitlines()[-1])
        assert counts["added"] > 30, done.stderr
        assert counts["refused"] >= 2, done.stdout
        return f"{counts['added']} added, {counts['refused']} refused"

    def look(self) -> str:
        commands = (["doctor"], ["info"], ["claims", "--about", "the call"], ["search", "strike"], ["watch", "list"])
        codes = [self.onrecord(*command).returncode for command in commands]
        assert codes == [0] * len(codes), codes
        return f"{len(codes)} commands"

    def ask(self) -> str:
        (self.folder / "questions.txt").write_text("\n".join(self.questions(4)), encoding="utf-8")
        done = self.onrecord("ask", "--file", "questions.txt")
        kinds = Counter(json.loads(line)["kind"] for line in done.stdout.splitlines())
        assert kinds["answered"], done.stderr
        return f"{sum(kinds.values())} questions"

    def fail(self) -> str:
        model = "sentence-transformers/all-mpnet-base-v2"
        failing = (
            {"embedding_model": model}, {"reader_model": "deepset/tinyroberta-squad2"},
            {"llm": "openai"},
        )  # fmt: skip
        told = [self.onrecord("ask", "who denied the call?", **settings) for settings in failing]
        assert [done.returncode for done in told] == [1, 1, 1], [done.stderr for done in told]
        assert all("Traceback" not in done.stderr for done in told)
        return f"{len(told)} failures, told in words"

    def serve(self) -> str:
        import httpx

        with self.server() as url, httpx.Client(base_url=url, timeout=600) as client:
            asked = [client.post("/api/v1/ask", json={"question": question}) for question in self.questions(4)]
            assert {answer.status_code for answer in asked} <= {200, 422}
            for path in (
                "/",
                "/articles",
                "/config",
                "/metrics",
                "/api/v1/docs",
                "/api/v1/search?q=strike",
                "/no-such",
            ):
                client.get(path, follow_redirects=True)
            wrong: list[dict[str, Any]] = [{"content": b"{"}, {"json": {}}, {"json": {"question": "x" * 3000}}]
            codes = [client.post("/api/v1/ask", **body).status_code for body in wrong]
            assert codes == [422, 422, 422], codes
            refused = client.post("/api/v1/articles", json={"url": "http://127.0.0.1/x"}).json()
            assert refused["refused"] == 1, refused
        return f"{len(asked)} questions, {len(codes) + 2} errors"

    def browse(self) -> str:
        with self.server() as url, _chromium() as page:
            page.goto(url)
            for question in self.questions(2):
                page.get_by_label("Question").fill(question)
                page.get_by_label("Question").press("Enter")
                page.locator(".question").get_by_text(question, exact=True).last.wait_for(timeout=300_000)
                page.get_by_role("button", name="Ask", exact=True).wait_for(timeout=300_000)
            cited = page.locator(".answer a.cite")
            assert cited.count()
            cited.first.click()
            page.frame_locator("#article-pane").locator("mark#cited").wait_for(timeout=60_000)
        return f"{len(self.questions(2))} questions, an article opened"

    def remove(self) -> str:
        names = [
            json.loads(line)["article_id"] for line in self.onrecord("info", "--articles", "--json").stdout.splitlines()
        ]
        done = [self.onrecord("remove", names[0]), self.onrecord("reindex")]
        assert [one.returncode for one in done] == [0, 0], [one.stderr for one in done]
        return "one removed, all rebuilt"

    def questions(self, share: int) -> list[str]:
        """``share`` tenths of all."""
        return [QUESTIONS[n % len(QUESTIONS)] for n in range(share * self.times)]

    @contextmanager
    def server(self) -> Iterator[str]:
        serving = subprocess.Popen(
            [ONRECORD, "serve", "--json"], cwd=self.folder, env=self.environment(), stdout=subprocess.PIPE, text=True
        )
        assert serving.stdout is not None
        try:
            url: str = json.loads(serving.stdout.readline())["url"]
            wait_until_ready(url)
            yield url
        finally:
            serving.terminate()
            serving.wait(timeout=300)


def wait_until_ready(url: str) -> None:
    """Until its models are loaded, however busy the machine is."""
    import httpx

    while httpx.get(f"{url}/api/v1/ready", timeout=600).status_code != 200:
        time.sleep(0.5)


@contextmanager
def _chromium() -> Iterator[Page]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=list(_QUIET_BROWSER)).new_page()


def call_out() -> str:
    """By Python, by a program that is none and by a page in Chromium, so that it is known that they would be seen."""
    python, compiled, page_of = CALLED
    with contextlib.suppress(OSError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with contextlib.suppress(OSError):
        socket.getaddrinfo(python, 443)
    subprocess.run(["getent", "hosts", compiled], capture_output=True)
    with _chromium() as page:
        page.set_content(f'<img src="http://{page_of}/x.png">')
    return "called out"


def live(folder: Path, times: int) -> None:
    """All steps, a line of JSON for each."""
    wire = wired(folder)
    for step, take in Life(folder, times).steps():
        done = take()
        time.sleep(0.3)  # for a packet that is on its way through the kernel
        packets, names = wire.taken()
        print(json.dumps({"step": step, "done": done, "packets": packets, "names": names}), flush=True)


TRIAL = Trial("egress", "Nothing leaves the machine", run)

if __name__ == "__main__":
    live(Path(sys.argv[1]), int(sys.argv[2]))
