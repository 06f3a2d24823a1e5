"""Sends requests as they stand, tidying nothing up, from several threads; and asks meanwhile how the server is."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlsplit

from tests.faults.fuzz_answers import FAILED_INSIDE, Answer, Finding, wrong_with
from tests.faults.fuzz_cases import SESSION, Case

PATIENCE = 30.0
"""Seconds after which an answer is given up."""

_LISTENING = 0.3
_KEPT = 1 << 16
_EVERY = 0.1

Visitors = Mapping[str, Mapping[str, str]]
"""By a name for the results: the headers that say who asks."""


class Sender:
    """One connection, kept as long as the server keeps it, and sessions of the chat page of its own."""

    def __init__(self, url: str, name: str) -> None:
        self._address, self._name = urlsplit(url), name
        self._connection: http.client.HTTPConnection | None = None

    def send(self, case: Case, visitor: str, who: Mapping[str, str]) -> Answer:
        """What was answered. A step that was begun is listened to until its end."""
        session = f"{visitor.replace(' ', '-')}-{self._name}"
        answer = self._sent(case, who, session)
        if not case.step or answer.status != 200:
            return answer
        with suppress(ValueError, AttributeError, TypeError, RecursionError):  # no session that one can listen to
            heard = quote(json.loads(case.body or b"")["session_hash"].replace(SESSION, session), safe="")
            outcome = self._outcome(heard, str(json.loads(answer.body).get("event_id")), who)
            return replace(answer, outcome=outcome)
        return answer

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _sent(self, case: Case, who: Mapping[str, str], session: str) -> Answer:
        began = time.monotonic()
        for again in (True, False):
            was_open = self._connection is not None
            try:
                return self._once(case, who, session, began)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                if not (again and was_open) or isinstance(error, TimeoutError):  # a kept connection may have ended
                    return Answer(0, seconds=time.monotonic() - began, failure=_told(error))
        raise AssertionError("sent twice at most")

    def _once(self, case: Case, who: Mapping[str, str], session: str, began: float) -> Answer:
        connection = self._connection = self._connection or self._opened()
        body = None if case.body is None else case.body.replace(SESSION.encode(), session.encode())
        connection.putrequest(case.method, case.target.replace(SESSION, session), skip_accept_encoding=True)
        for name, value in {**who, **case.headers}.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        with suppress(BrokenPipeError, ConnectionResetError):  # it may have answered before it had all of it
            connection.endheaders(body)
        response = connection.getresponse()
        read = self._read(response, _LISTENING if case.unending else PATIENCE)
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers, read, time.monotonic() - began)

    def _read(self, response: http.client.HTTPResponse, seconds: float) -> bytes:
        """Its body, or what of it comes within so many seconds; then the connection is closed."""
        read, until = b"", time.monotonic() + seconds
        assert self._connection is not None
        with suppress(TimeoutError):
            while some := response.read1(_KEPT):
                read = (read + some)[:_KEPT]
                if time.monotonic() > until:
                    raise TimeoutError
                if self._connection.sock is not None:
                    self._connection.sock.settimeout(max(0.05, min(PATIENCE, until - time.monotonic())))
            if self._connection.sock is not None:
                self._connection.sock.settimeout(PATIENCE)
            return read
        self.close()
        if seconds == PATIENCE:
            raise TimeoutError(f"not whole within {seconds:g} s")
        return read

    def _opened(self) -> http.client.HTTPConnection:
        assert self._address.hostname is not None
        return http.client.HTTPConnection(self._address.hostname, self._address.port, timeout=PATIENCE)

    def _outcome(self, session: str, event: str, who: Mapping[str, str]) -> str:
        """What became of a step in the end: nothing, or that it failed for a reason that nobody told."""
        connection, until = self._opened(), time.monotonic() + PATIENCE
        try:
            connection.request("GET", f"/gradio_api/queue/data?session_hash={session}", headers=dict(who))
            response = connection.getresponse()
            while time.monotonic() < until and (line := response.readline()):
                message = json.loads(line.removeprefix(b"data: ")) if line.startswith(b"data: ") else {}
                if message.get("event_id") == event and message.get("msg") == "process_completed":
                    told = message.get("success") or message["output"].get("error")  # an error of ours has words
                    return "" if told else f"{FAILED_INSIDE} while the step ran"
        except (OSError, http.client.HTTPException, ValueError) as error:
            return f"{FAILED_INSIDE}, and nothing was heard of it: {_told(error)}"
        finally:
            connection.close()
        return f"{FAILED_INSIDE}, or was not done within {PATIENCE:g} s"


@dataclass
class Sent:
    """What came of a batch of requests: how many were answered, by status; what was wrong; the slowest answers."""

    statuses: dict[int, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    slowest: dict[str, float] = field(default_factory=dict)
    unsent: int = 0

    @property
    def count(self) -> int:
        return sum(self.statuses.values())

    def note(self, case: Case, visitor: str, answer: Answer) -> None:
        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
        of = f"{case.route} ({case.kind})"
        self.slowest[of] = max(self.slowest.get(of, 0.0), answer.seconds)
        if what := wrong_with(case, answer):
            self.findings.append(Finding(what, case.route, case.kind, visitor))


def send_all(
    url: str, cases: Sequence[tuple[Case, str]], visitors: Visitors, threads: int, until: float, sent: Sent
) -> None:
    """Sends each case as its visitor, from so many threads, into ``sent``; none after ``until`` (monotonic)."""
    waiting, lock = iter(cases), threading.Lock()

    def work(n: int) -> None:
        sender = Sender(url, f"{n}")
        while True:
            with lock:
                case, visitor = next(waiting, (None, ""))
            if case is None:
                break
            if time.monotonic() > until:
                with lock:
                    sent.unsent += 1
                continue
            answer = sender.send(case, visitor, visitors[visitor])
            with lock:
                sent.note(case, visitor, answer)
        sender.close()

    working = [threading.Thread(target=work, args=(n,)) for n in range(threads)]
    for thread in working:
        thread.start()
    for thread in working:
        thread.join()


@dataclass
class Pulse:
    """How long each ``/health`` took, in seconds, asked over a new connection every tenth of a second."""

    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def told(self) -> str:
        p50, p99 = self.quantile(0.5), self.quantile(0.99)
        return f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, longest {max(self.seconds, default=0):.1f} s"

    def quantile(self, share: float) -> float:
        """Of all moments at which it might have been asked: while one answer is waited for none is asked for."""
        every = sorted(one - n * _EVERY for one in self.seconds for n in range(int(one / _EVERY) + 1))
        return every[min(len(every) - 1, int(share * len(every)))] if every else 0.0


@contextmanager
def pulse_of(url: str) -> Iterator[Pulse]:
    """Asked for while inside, from a thread of its own."""
    pulse, ends, address = Pulse(), threading.Event(), urlsplit(url)

    def ask() -> None:
        while not ends.wait(_EVERY):
            began = time.monotonic()
            assert address.hostname is not None
            connection = http.client.HTTPConnection(address.hostname, address.port, timeout=PATIENCE)
            try:
                connection.request("GET", "/api/v1/health")
                status = connection.getresponse().status
                pulse.failures += [] if status == 200 else [f"answered {status}"]
            except (OSError, http.client.HTTPException) as error:
                pulse.failures.append(_told(error))
            finally:
                connection.close()
            pulse.seconds.append(time.monotonic() - began)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield pulse
    finally:
        ends.set()
        asking.join()


def _told(error: Exception) -> str:
    return f"{type(error).__name__} after {PATIENCE:g} s" if isinstance(error, TimeoutError) else str(error)
