"""Requests of every kind that is wrong, to every route and every step of the chat page, by everybody there is.

They are made from the app's own tables: its routes, the OpenAPI document, and what Gradio says of its steps. Each is to
be refused in our format, or answered; the server lives, opens nothing but its stores, and calls nobody.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from benchmarks import machine
from benchmarks.samples import SAMPLES
from benchmarks.trial import Row, Trial
from tests.faults import fuzz_answers, fuzz_cases, tracing
from tests.faults.fuzz_cases import BODY_SIZES, Case
from tests.faults.fuzz_choosing import chosen, given_out
from tests.faults.fuzz_sending import Pulse, Sender, Sent, Visitors, pulse_of, send_all
from tests.faults.fuzz_tables import Tables, operations_of, routes_of_a_new_app, steps_of
from tests.faults.fuzz_visitors import OWNER, let_in, visitors_at
from tests.faults.load import OFTEN
from tests.faults.newsroom import ONRECORD, PAGE, serving

SEED = 25
_MANY, _FEW = 20_000, 700
_WITHOUT_LOGIN = 0.1
"""The share of the requests that a server without login gets."""

_THREADS = 4
_SECONDS_SHORT, _SECONDS = 300, 1200
_HEALTH = 1.0
_FILES, _MEGABYTES = 8, 150
_SETTLES = 30.0
_WARMING = 10
"""What is open is counted from the first tenth of the requests on, when the databases' pools have filled."""
_QUESTION = "who denied the call?"
_SHOWN = 20


@dataclass(frozen=True)
class Held:
    """What a process held at one moment."""

    kinds: Counter[str]
    """How many files, by their names, connections and pipes are open."""
    megabytes: float

    @classmethod
    def by(cls, pid: int) -> Held:
        return cls(Counter(_kind(one) for one in Path(f"/proc/{pid}/fd").iterdir()), machine.resident_megabytes(pid))

    @property
    def files(self) -> int:
        return self.kinds.total()

    def more_than(self, before: Held) -> str:
        """What there is more of."""
        return ", ".join(f"{count} {kind}" for kind, count in (self.kinds - before.kinds).most_common(6))


def _kind(link: Path) -> str:
    try:
        target = os.readlink(link)
    except OSError:
        return "closed meanwhile"
    return Path(target).name if target.startswith("/") else target.partition(":")[0]


@dataclass
class Fuzzed:
    """A server that is tried, who is known to it, and all that can be asked of it."""

    url: str
    pid: int
    visitors: Visitors
    tables: Tables

    @property
    def first(self) -> str:
        """Somebody who may do all there is."""
        return "admin" if "admin" in self.visitors else "nobody"

    def get(self, path: str, visitor: str = "") -> httpx.Response:
        return httpx.get(self.url + path, headers=dict(self.visitors[visitor or self.first]), timeout=120)

    def answered(self) -> Any:
        """What it answers to a question whose answer is in the sample articles."""
        headers = dict(self.visitors[self.first])
        asked = httpx.post(f"{self.url}/api/v1/ask", json={"question": _QUESTION}, headers=headers, timeout=120)
        told = asked.raise_for_status().json()
        return told["kind"], told["answer"], [one["text"] for one in told["sentences"]]

    def add_one(self) -> None:
        """An article with an address: what reads addresses is loaded with the first."""
        article = {"id": "pier", "url": "https://paper.example/pier?page=1", "text": "The pier is shut, she said."}
        headers = dict(self.visitors[self.first])
        httpx.post(f"{self.url}/api/v1/articles", json=article, headers=headers, timeout=120).raise_for_status()


def run(short: bool) -> Iterator[Row | str]:
    with TemporaryDirectory(prefix="fuzzing-") as folder:
        place, count = Path(folder), _FEW if short else _MANY
        environment = {**os.environ, "ONRECORD_HOME": str(place / "home")}
        adding = [ONRECORD, "add", str(SAMPLES)]
        subprocess.run(adding, env=environment, cwd=place, check=True, capture_output=True)
        for auth, share in (("users", 1 - _WITHOUT_LOGIN), ("none", _WITHOUT_LOGIN)):
            (place / auth).mkdir()
            shutil.copytree(place / "home", place / auth / "home")
            yield from _round(place / auth, auth, round(count * share), short)


def _round(place: Path, auth: str, count: int, short: bool) -> Iterator[Row | str]:
    home, temporary, log = place / "home", place / "tmp", place / "calls.log"
    temporary.mkdir()
    known = let_in(home) if auth == "users" else {}
    given = {"home": str(home), "port": "0", "auth": auth, "widget_pages": json.dumps([PAGE]), **OFTEN}
    settings = {f"ONRECORD_{name.upper()}": value for name, value in {**given, "logins_per_minute": "100000"}.items()}
    environment = {**os.environ, **settings, "TMPDIR": str(temporary)}
    environment.pop("OMP_NUM_THREADS", None)  # as shipped: it works on all cores
    routes = routes_of_a_new_app(place / "empty", auth)
    lacking = tracing.why_not()
    with serving(place, environment, list if lacking else lambda command: tracing.traced(command, log)) as (url, pid):
        fuzzed = _met(url, pid, known, routes)
        yield f"Login: {auth}."
        moment = yield from _tried(fuzzed, count, short)
    if lacking:
        yield Row("what the server opened and connected to", f"not traced here: {lacking}", "traced", False)
    else:
        yield from _traced(log, tracing.Allowed(home, temporary), moment)
    left = sorted(str(one.relative_to(temporary)) for one in temporary.rglob("*"))
    yield _none("left in the temporary folder by a server that has ended", left)


def _met(url: str, pid: int, known: Mapping[str, str], routes: tuple[str, ...]) -> Fuzzed:
    """The server with its own tables, once everything was asked of it as it should be."""
    visitors = visitors_at(url, known)
    fuzzed = Fuzzed(url, pid, visitors, Tables(routes, (), {}, ()))
    document, config = fuzzed.get("/api/v1/openapi.json").json(), fuzzed.get("/config").json()
    schemas = document["components"]["schemas"]
    fuzzed.tables = Tables(routes, operations_of(document), schemas, steps_of(config))
    owner, sender = OWNER if OWNER in visitors else fuzzed.first, Sender(url, "owner")
    arriving = next(case for case in fuzz_cases.proper(fuzzed.tables) if case.step)
    theirs = (arriving.body or b"").replace(fuzz_cases.SESSION.encode(), fuzz_cases.THEIRS.encode())
    joined = sender.send(Case("", "", "POST", arriving.target, arriving.headers, theirs), owner, visitors[owner])
    assert joined.status == 200, joined
    sender.close()
    fuzzed.add_one()
    return fuzzed


def _tried(fuzzed: Fuzzed, count: int, short: bool) -> Generator[Row | str, None, tuple[float, float]]:
    """Returns when the trying began and ended, in seconds since 1970."""
    has_login, seconds = OWNER in fuzzed.visitors, _SECONDS_SHORT if short else _SECONDS
    proper, wrong, largest = Sent(), Sent(), Sent()
    first = [(case, fuzzed.first) for case in fuzz_cases.proper(fuzzed.tables)]
    send_all(fuzzed.url, first, fuzzed.visitors, 2, time.monotonic() + seconds, proper)
    right, began = fuzzed.answered(), time.time()
    cases = list(given_out(chosen(fuzzed.tables, count, SEED, has_login), fuzzed.visitors, SEED))
    until, some = time.monotonic() + seconds, count // _WARMING
    with pulse_of(fuzzed.url) as pulse:
        send_all(fuzzed.url, cases[:some], fuzzed.visitors, _THREADS, until, wrong)
        before = Held.by(fuzzed.pid)
        send_all(fuzzed.url, cases[some:], fuzzed.visitors, _THREADS, until, wrong)
    yield from _answers(f"{wrong.count} requests, each wrong in one way", wrong, proper)
    yield _health("… /health meanwhile", pulse, short)
    if has_login or not short:  # the limits are the same without
        with pulse_of(fuzzed.url) as pulse:
            _send_largest(fuzzed, BODY_SIZES[1:2] if short else BODY_SIZES, time.monotonic() + seconds, largest)
        yield from _answers(f"{largest.count} requests that are as large as they may be", largest)
        yield _health("… /health meanwhile", pulse, short)
    yield "Slowest: " + "; ".join(f"{of} {seconds:.1f} s" for of, seconds in _slowest(wrong, largest)) + "."
    yield from _afterwards(fuzzed, right, before)
    yield from _listed(proper, wrong, largest)
    return began, time.time()


def _send_largest(fuzzed: Fuzzed, sizes: Sequence[int], until: float, sent: Sent) -> None:
    """One at a time, smaller ones first; a route that did not answer one is spared the larger ones."""
    for _, cases in itertools.groupby(fuzz_cases.at_limits(fuzzed.tables, sizes), lambda case: case.route):
        for case in cases:
            unanswered = len(sent.findings)
            send_all(fuzzed.url, [(case, fuzzed.first)], fuzzed.visitors, 1, until, sent)
            if any(fuzz_answers.UNANSWERED in one.what for one in sent.findings[unanswered:]):
                break


def _answers(what: str, sent: Sent, *others: Sent) -> Iterator[Row]:
    findings = [finding for one in (sent, *others) for finding in one.findings]
    statuses = Counter[int]()
    for one in (sent, *others):
        statuses.update(one.statuses)
    spread = ", ".join(f"{count} times {status}" for status, count in sorted(statuses.items()))
    yield Row(what, spread, "all sent", not sent.unsent)
    for told, word in (
        ("… 5xx but 503 with Retry-After", fuzz_answers.SERVER_ERROR),
        ("… not answered", fuzz_answers.UNANSWERED),
        ("… errors of programs' routes that are no problem documents", fuzz_answers.FORMAT),
        ("… accepted, though the route's own schema has no such thing", fuzz_answers.ACCEPTED),
        ("… failed behind the route that took them", fuzz_answers.FAILED_INSIDE),
    ):
        found = [one for one in findings if word in one.what]
        yield Row(told, str(len(found)), "0", not found)


def _health(what: str, pulse: Pulse, short: bool) -> Row:
    """In short nothing is decided by a time but that it answers at all."""
    failures = f"; {len(pulse.failures)} times not: {pulse.failures[0]}" if pulse.failures else ""
    quick = pulse.quantile(0.99) <= _HEALTH or short
    return Row(what, f"asked {len(pulse.seconds)} times: {pulse.told()}{failures}", f"p99 within {_HEALTH:g} s",
               quick and not pulse.failures)  # fmt: skip


def _afterwards(fuzzed: Fuzzed, right: Any, before: Held) -> Iterator[Row]:
    ended = os.waitid(os.P_PID, fuzzed.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    how = f"no: signal or status {ended.si_status}" if ended else "yes"
    yield Row("afterwards: the server runs", how, "yes", not ended)
    if ended:
        return
    until = time.monotonic() + _SETTLES
    while (after := Held.by(fuzzed.pid)).files > before.files + _FILES and time.monotonic() < until:
        time.sleep(0.5)
    more = after.more_than(before) or "none"
    told = f"{before.files} after a tenth of the requests, {after.files} after all; of those {more} more"
    yield Row("open files and connections", told, f"+{_FILES} at most", after.files <= before.files + _FILES)
    yield Row("memory of the server", f"{before.megabytes:.0f} MB then, {after.megabytes:.0f} MB after all",
              f"+{_MEGABYTES} MB at most", after.megabytes <= before.megabytes + _MEGABYTES)  # fmt: skip
    yield _still("a question is answered as before", lambda: fuzzed.answered() == right)
    yield _still("/metrics works", lambda: b"onrecord_" in fuzzed.get("/metrics").raise_for_status().content)
    users = [name for name in fuzzed.visitors if "Cookie" in fuzzed.visitors[name]]
    yield _still("those logged in are so still",
                 lambda: all(fuzzed.get("/api/v1/me", name).status_code == 200 for name in users))  # fmt: skip


def _still(what: str, holds: Any) -> Row:
    try:
        does = bool(holds())
    except httpx.HTTPError as error:
        return Row(f"afterwards: {what}", f"{type(error).__name__}: {error}", "yes", False)
    return Row(f"afterwards: {what}", "yes" if does else "no", "yes", does)


def _traced(log: Path, allowed: tracing.Allowed, moment: tuple[float, float]) -> Iterator[Row | str]:
    """What the server asked the kernel for between two moments; its start shows that such things are seen.

    Its readers of files start Python anew, for which more is opened: what the first did is known of the others.
    """
    with log.open(encoding="utf-8", errors="replace") as lines:
        calls = list(tracing.calls_in(lines))
    own = sum(call.path.endswith("/desk.db") for call in calls)
    yield Row("control: times that the desk's database was seen opened", str(own), "some", own > 0)
    then = [call for call in calls if moment[0] <= call.at <= moment[1]]
    readers = tracing.readers_in(calls)
    usual = set(tracing.unexpected((call for call in calls if call.pid in readers and call.at < moment[0]), allowed))
    found = Counter(tracing.unexpected((call for call in then if call.pid not in readers), allowed))
    by_readers = tracing.unexpected((call for call in then if call.pid in readers), allowed)
    found.update(what for what in by_readers if what not in usual)
    yield Row(f"files opened elsewhere than in our stores, programs started, connections: of {len(then)} calls",
              _first(list(found)), "none", not found)  # fmt: skip
    if found:
        yield "Opened, started or connected: " + "; ".join(f"{what} ({n})" for what, n in found.most_common(_SHOWN))


def _listed(*sent: Sent) -> Iterator[str]:
    """What was wrong, each with some of the requests to which it was."""
    examples = defaultdict[str, list[str]](list)
    for finding in (finding for one in sent for finding in one.findings):
        examples[finding.what].append(f"{finding.route} ({finding.kind}; {finding.visitor})")
    for what, requests in sorted(examples.items(), key=lambda item: -len(item[1])):
        yield f"{len(requests)} × {what}. Of them: " + "; ".join(dict.fromkeys(requests[:_SHOWN]))


def _slowest(*sent: Sent) -> Sequence[tuple[str, float]]:
    every = [item for one in sent for item in one.slowest.items()]
    return sorted(every, key=lambda item: -item[1])[:3]


def _none(what: str, found: Sequence[str]) -> Row:
    return Row(what, _first(found), "none", not found)


def _first(found: Sequence[str]) -> str:
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return ", ".join(found[:3]) + more if found else "none"


TRIAL = Trial("fuzzing", "Wrong requests to every route, by everybody", run)
