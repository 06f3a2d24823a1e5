"""Secrets and questions are written nowhere; what is deleted is in no file a minute later. Both by canaries."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from benchmarks.trial import Row, Trial
from tests.faults.egress import wait_until_ready
from tests.faults.failing_layers import LAYERS
from tests.support.browser import CHROMIUM

ROOT = Path(__file__).parents[2]
ONRECORD = Path(sys.executable).with_name("onrecord")
MINUTE = 60.0

SECRETS = {
    "language model's key": "sk-canary-llm-Vq7", "other keys of the environment": "sk-canary-other-Vq7",
    "login provider's secret": "canary-oidc-Vq7", "a password": "canary-password-Vq7",
}  # fmt: skip
QUESTION = "Did Zubrowka Quillwort pay the Marrowfat ledger?"
WORDS = ("zubrowka", "quillwort", "marrowfat")
ARTICLE = {
    "id": "https://paper.example/pettifog",
    "url": "https://paper.example/pettifog",
    "title": "Pettifog inquiry opens",
    "source": "Umbrageous Post",
    "authors": ["Hildegund Snodgrass"],
    "text": "The Pettifog inquiry opened on Tuesday. Hildegund Snodgrass told it that Pettifog sold the barge.\n" * 12,
}
GONE = ("pettifog", "snodgrass", "umbrageous")
READER = "bartholomew-crump"


@dataclass
class House:
    """A server with logins, in a folder of its own, and all that it and its commands wrote and said."""

    folder: Path
    url: str = ""
    key: str = ""
    session: str = ""
    pid: int = 0

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def environment(self) -> dict[str, str]:
        (self.folder / "tmp").mkdir(exist_ok=True)
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
        settings = {"home": self.home, "port": 0, "auth": "users", "llm": "openai", "llm_model": "gpt-canary",
                    "llm_url": "http://127.0.0.1:9/v1", "llm_key": SECRETS["language model's key"],
                    "oidc_client_secret": SECRETS["login provider's secret"]}  # fmt: skip
        given = {f"ONRECORD_{name.upper()}": str(value) for name, value in settings.items()}
        loud = {"OPENAI_LOG": "debug", "HTTPX_LOG_LEVEL": "debug", "TMPDIR": str(self.folder / "tmp")}
        others = {"OPENAI_API_KEY": SECRETS["other keys of the environment"], "PYTHONPATH": path}
        return {**os.environ, **given, **loud, **others}

    def onrecord(self, *arguments: str, said: str | None = None) -> str:
        """What a command printed on both channels."""
        command = [str(ONRECORD), *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, input=said, capture_output=True, text=True
        )
        return done.stdout + done.stderr

    @contextmanager
    def served(self) -> Iterator[None]:
        """While inside, with an editor logged in and a key for a program."""
        command = [sys.executable, "-m", "tests.faults.failing_layers", str(self.folder), "serve", "--json"]
        with (self.folder / "stderr.log").open("ab") as log:
            server = subprocess.Popen(
                command, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert server.stdout is not None
        try:
            self.url, self.pid = json.loads(server.stdout.readline())["url"], server.pid
            wait_until_ready(self.url)
            yield
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=300)

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=600, headers={"Authorization": f"Bearer {self.key}"})

    def fail(self, layer: str) -> None:
        (self.folder / "fails").write_text(layer, encoding="utf-8")

    def logs(self) -> dict[str, bytes]:
        return {name: (self.folder / name).read_bytes() for name in ("stderr.log", "debug.log")}


def run(short: bool) -> Iterator[Row]:
    """``short``: in the browser one layer fails, not each."""
    with TemporaryDirectory(prefix="traces-") as folder:
        house = House(Path(folder))
        _furnish(house)
        with house.served():
            errors = _fail_everywhere(house)
            stored = _browse(house, list(LAYERS)[:1] if short else list(LAYERS))
            yield from _written(house, errors)
            yield stored
            yield from _deleted(house)
        yield from _afterwards(house)


def _furnish(house: House) -> None:
    for name, role in (("ada", "editor"), (READER, "reader")):
        house.onrecord("users", "add", name, "--role", role, said=f"{SECRETS['a password']}\n")
    scopes = [part for scope in ("ask", "search", "add", "remove") for part in ("--scope", scope)]
    house.key = json.loads(house.onrecord("keys", "add", "canary", *scopes, "--json").splitlines()[0])["key"]
    shutil.copytree(ROOT / "samples", house.folder / "articles")
    (house.folder / "pettifog.json").write_text(json.dumps(ARTICLE), encoding="utf-8")
    house.onrecord("add", "articles", "pettifog.json")


def _fail_everywhere(house: House) -> dict[str, str]:
    """What programs are answered while one layer after the other fails, and when none does."""
    answers = {}
    with house.client() as client:
        for layer in ("", *LAYERS):
            house.fail(layer)
            record = {**ARTICLE, "id": "canary", "text": QUESTION}
            told = [
                client.post("/api/v1/ask", json={"question": QUESTION}),
                client.get("/api/v1/search", params={"q": QUESTION}),
                client.post("/api/v1/ask", json={"question": QUESTION, "wrong": {}, "turns": QUESTION}),
                client.get(f"/articles/{QUESTION}"),
                client.post("/api/v1/articles", json=record) if layer in ("reading a file", "adding") else None,
            ]
            answers[layer] = "\n".join(one.text for one in told if one is not None and one.status_code >= 500)
    house.fail("")
    return answers


def _browse(house: House, layers: list[str]) -> Row:
    """The chat, by a reader who logs in, asks, is failed, and logs out; what the browser has kept of it then."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]).new_context()
        page = context.new_page()
        page.goto(house.url)
        page.get_by_label("Name").fill(READER)
        page.get_by_label("Password").fill(SECRETS["a password"])
        page.get_by_role("button", name="Log in").click()
        page.get_by_label("Question").wait_for(timeout=300_000)
        house.session = next(str(one["value"]) for one in context.cookies() if one["name"] == "onrecord")
        for layer in ("", *layers):
            page.goto(house.url)
            page.get_by_label("Question").wait_for(timeout=300_000)
            house.fail(layer)
            page.get_by_label("Question").fill(QUESTION if layer else "Who sold the barge, as the inquiry was told?")
            page.get_by_label("Question").press("Enter")
            begun, refused = page.locator("#chat .question"), page.get_by_text("Error", exact=True)
            begun.or_(refused).filter(visible=True).first.wait_for(timeout=120_000)
            page.get_by_role("button", name="Ask", exact=True).wait_for(timeout=300_000)
            house.fail("")
        page.goto(f"{house.url}/logout")
        page.get_by_role("button", name="Log out").click()
        page.wait_for_url(f"{house.url}/login")
        kept = json.dumps([page.evaluate(_STORED), context.cookies()]).lower()
    found = [what for what in (*WORDS, *GONE, READER, house.session.lower()) if what in kept]
    return _none("what a browser keeps after logging out", found, "34")


_STORED = """async () => [{...localStorage}, {...sessionStorage}, await caches.keys(),
    (await indexedDB.databases()).map((one) => one.name), document.body.innerText]"""


def _written(house: House, errors: Mapping[str, str]) -> Iterator[Row]:
    logs = house.logs()
    forced = logs["stderr.log"].count(b".Forced")
    yield Row("layers made to fail with all they were given in the error", f"{forced} tracebacks logged",
              f"at least {len(LAYERS) - 1}", forced >= len(LAYERS) - 1, "34")  # fmt: skip
    for name, said in logs.items():
        yield _none(f"{name}, at every level, {len(said)} bytes", _canaries(house, said), "34")
    yield _none("answers to programs while a layer fails", _canaries(house, "".join(errors.values()).encode()), "34")
    with house.client() as client:
        told = client.get("/metrics").text + client.get("/api/v1/ready").text
    shown = repr(_settings(house)) + told + house.onrecord("info") + house.onrecord("doctor")
    yield _none("settings as Python shows them, metrics, info, doctor", _canaries(house, shown.encode()), "34")
    yield _none("command lines of all processes", _canaries(house, _command_lines()), "34")
    temporary = b"".join(file.read_bytes() for file in (house.folder / "tmp").rglob("*") if file.is_file())
    yield _none("temporary files", _canaries(house, temporary), "34")
    limits = Path(f"/proc/{house.pid}/limits").read_text(encoding="utf-8")
    core = next(line.split()[4:6] for line in limits.splitlines() if line.startswith("Max core file size"))
    yield Row("bytes of a memory dump on a crash", " ".join(core), "0 0", core == ["0", "0"], "34")
    readable = [file for file in house.home.rglob("*") if file.stat().st_mode & 0o077]
    yield _none("files and folders in the home that others may open", [str(file) for file in readable], "38")
    checked = house.onrecord("audit", "--check")
    log = house.onrecord("audit", "--json")
    counts = {event: log.count(f'"what": "{event}"') for event in _EVENTS}
    noted = ", ".join(f"{event} {count}" for event, count in counts.items())
    holds = all(counts.values()) and "as they were written" in checked
    yield Row("the audit log", f"{noted}; {checked.split('.')[0]}", "each is there, the chain holds", holds, "35")
    words = [what for what in _canaries(house, log.encode()) if what != READER]  # the command names who is still there
    yield _none("the audit log's words", words, "35")


_EVENTS = ("server started", "login", "logout", "articles added", "user added", "key added", "sent to language model")


def _deleted(house: House) -> Iterator[Row]:
    """The chat's conversation quotes the article; then article and user go, and each is looked for everywhere."""
    before = _found(house, GONE)
    yield Row("before: files that hold words of an article to be removed", str(len(before)), "some", bool(before), "40")
    with house.client() as client:
        gone = client.delete(f"/api/v1/articles/{ARTICLE['id']}").status_code
    yield _within("an article, quoted in a kept conversation", house, GONE, gone == 204)
    yield _within("a user with conversations", house, (READER,), "removed" in house.onrecord("users", "remove", READER))


def _within(what: str, house: House, words: tuple[str, ...], done: bool) -> Row:
    began = time.monotonic()
    while (found := _found(house, words)) and time.monotonic() - began < MINUTE:
        time.sleep(1)
    seconds = time.monotonic() - began
    told = f"in {len(found)} files: {', '.join(found[:3])}" if found else f"in no file, {seconds:.0f} s later"
    return Row(f"{what}, deleted", told if done else "could not be deleted", "in no file within a minute",
               done and not found, "40")  # fmt: skip


def _found(house: House, words: tuple[str, ...]) -> list[str]:
    """Files of the home, of temporary files and logs that hold one of ``words``."""
    files = [*house.home.rglob("*"), *(house.folder / "tmp").rglob("*"), *house.folder.glob("*.log")]
    found = []
    for file in files:
        with suppress(OSError):  # gone meanwhile
            if file.is_file() and any(word.encode() in file.read_bytes().lower() for word in words):
                found.append(str(file.relative_to(house.folder)))
    return found


def _afterwards(house: House) -> Iterator[Row]:
    edited = house.home / "desk.db"
    with closing(sqlite3.connect(edited)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    edited.write_bytes(edited.read_bytes().replace(b"articles removed", b"articles remoued"))
    told = house.onrecord("audit", "--check")
    yield Row(
        "one byte of the audit log changed", told.strip()[:120], "found", "is not as it was written" in told, "35"
    )


def _canaries(house: House, said: bytes) -> list[str]:
    """Which secrets and words of the question or of the article stand in it."""
    told = {**SECRETS, "an API key": house.key, "a session": house.session}
    found = [what for what, secret in told.items() if secret and secret.encode() in said]
    return found + [word for word in (*WORDS, *GONE, READER) if word.encode() in said.lower()]


def _command_lines() -> bytes:
    lines = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            lines.append(process.read_bytes())
    return b"\n".join(lines)


def _settings(house: House) -> Any:
    from assistant.settings import Settings

    given = {"llm_key": SECRETS["language model's key"], "oidc_client_secret": SECRETS["login provider's secret"]}
    return Settings.model_validate({"home": house.home, **given})


def _none(what: str, found: list[str], number: str) -> Row:
    return Row(what, "nothing" if not found else ", ".join(found[:5]), "nothing", not found, number)


TRIAL = Trial("traces", "What is written down, and what stays of what was deleted", run)
