"""The parts of the fuzzing trial: what it makes of a table, what it takes for wrong, and what it sees of a process."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks.trial import Row
from tests.faults import tracing
from tests.faults.fuzz_answers import Answer, wrong_with
from tests.faults.fuzz_cases import AT_ITS_LIMIT, BODY_SIZES, THEIRS, Case, at_limits, wrong
from tests.faults.fuzz_choosing import chosen, given_out
from tests.faults.fuzz_sending import Pulse, Sent, pulse_of, send_all
from tests.faults.fuzz_tables import Input, Operation, Step, Tables, operations_of, routes_of_a_new_app, steps_of
from tests.faults.fuzz_values import encoded, largest, mutations
from tests.faults.fuzzing import _answers, _health
from tests.faults.tracing import Allowed, calls_in, traced, unexpected

ASKS = {
    "type": "object",
    "additionalProperties": False,
    "required": ["question"],
    "properties": {
        "question": {"type": "string", "maxLength": 2000},
        "turns": {"type": "array", "maxItems": 20, "items": {"$ref": "#/components/schemas/Turn"}},
    },
}
SCHEMAS = {"Turn": {"type": "object", "properties": {"searched": {"type": "string", "maxLength": 6000}}}}
ASK = Operation("POST", "/api/v1/ask", (), ASKS)
STEP = Step(4, "ask", (Input("text", ""), Input("nothing", None)))
TABLES = Tables(("/", "/api/v1/ask", "/articles/{id}"), (ASK,), SCHEMAS, (STEP,))
SESSIONS = {"/gradio_api/cancel", "/gradio_api/reset", "/gradio_api/queue/data", "/gradio_api/heartbeat"}
PROBLEM = {"content-type": "application/problem+json"}
REFUSED = b'{"type": "urn:x", "title": "No", "status": 422, "detail": "No."}'


def test_the_same_seed_makes_the_same_requests_by_the_same_visitors_and_another_seed_others() -> None:
    visitors = {"reader": {}, "editor": {}, "admin": {}, "nobody": {}}
    one, again, other = (list(given_out(chosen(TABLES, 200, seed), visitors, seed)) for seed in (1, 1, 2))
    assert one == again != other
    assert len(one) == 200


def test_each_route_operation_and_step_is_tried_in_a_few_requests() -> None:
    routes = {case.route.partition(" ")[2] for case in chosen(TABLES, 60, 1)}
    assert routes == {"/", "/articles/{id}", "/api/v1/ask", "ask", "/gradio_api/queue/join", *SESSIONS}


def test_no_session_is_another_users_where_there_is_no_login() -> None:
    assert any(THEIRS in str(case) for case in chosen(TABLES, 2000, 1))
    assert not any(THEIRS in str(case) for case in chosen(TABLES, 2000, 1, has_others=False))


def test_each_place_of_a_body_is_made_wrong_and_left_as_it_was_elsewhere() -> None:
    found = [(one.kind, one.value) for one in mutations(ASKS, SCHEMAS)]
    assert ("an object", {"question": {"a": {"b": ["marker"]}}, "turns": [{"searched": "marker"}]}) in found
    assert ("null", {"question": "marker", "turns": [{"searched": None}]}) in found
    assert next(len(value["question"]) for kind, value in found if kind == "one over the limit") == 2001


def test_a_field_that_the_schema_does_not_know_has_to_be_refused() -> None:
    unknown = [one.refused for one in mutations(ASKS, SCHEMAS) if one.kind == "an unknown field"]
    assert unknown == [True, False]  # the turn's schema is open


def test_a_body_at_its_limits_fills_what_a_body_may_hold_and_no_more() -> None:
    body = largest(ASKS, SCHEMAS, 100_000)
    assert 40_000 < len(encoded(body)) <= 100_000
    assert len(body["turns"]) == 20
    kinds = [case.kind for case in at_limits(TABLES) if case.route == ASK.name]
    assert kinds == [f"{AT_ITS_LIMIT}, {size // 1000} kB, 1" for size in BODY_SIZES]


def test_inputs_of_a_step_that_are_not_what_the_page_sends_have_to_be_refused() -> None:
    refused = {case.kind: case.refused for case in wrong(TABLES) if case.route == "step ask"}
    assert refused["text input: an object"]
    assert refused["nothing input: a list"]
    assert refused["an unknown field"]
    assert not refused["another's session"]
    assert not refused["text input: a string"]


def test_steps_and_operations_are_read_from_the_apps_own_documents() -> None:
    components = [{"id": 1, "type": "textbox", "props": {"value": ""}}, {"id": 2, "type": "state", "props": {}}]
    config = {
        "components": components,
        "dependencies": [{"id": 4, "api_name": "ask", "inputs": [1, 2], "backend_fn": True}],
    }
    assert steps_of(config) == (STEP,)
    asked = {"post": {"requestBody": {"content": {"application/json": {"schema": ASKS}}}}}
    assert operations_of({"paths": {"/api/v1/ask": asked}, "components": {"schemas": SCHEMAS}}) == (ASK,)


def test_routes_are_those_of_the_app_and_gradios(tmp_path: Path) -> None:
    assert {"/api/v1/ask", "/v1/chat/completions", "/gradio_api/queue/join"} <= set(
        routes_of_a_new_app(tmp_path, "none")
    )


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (Answer(500, PROBLEM), "answered 500"),
        (Answer(503, PROBLEM), "answered 503"),
        (Answer(503, {**PROBLEM, "retry-after": "5"}), ""),
        (Answer(0, failure="ConnectionResetError"), "no answer: ConnectionResetError"),
        (Answer(422, PROBLEM, REFUSED), ""),
        (Answer(404, {"content-type": "text/plain"}, b"Not found"), "404 not in our format: its type is text/plain"),
        (
            Answer(422, PROBLEM, b'{"title": "No", "status": 422}'),
            "422 not in our format: it has no type and no detail",
        ),
        (Answer(400, PROBLEM, REFUSED), "400 not in our format: it says 422"),
        (Answer(200), "accepted: 200"),
    ],
)
def test_an_answer_is_right_where_it_refuses_in_our_format_or_tells_when_to_come_again(
    answer: Answer, what: str
) -> None:
    case = Case("POST /api/v1/ask", "an unknown field", "POST", "/api/v1/ask", refused=True)
    assert wrong_with(case, answer) == what


def test_pages_may_refuse_in_html() -> None:
    page = Answer(404, {"content-type": "text/html"}, b"<p>There is nothing here.")
    assert wrong_with(Case("GET /articles", "a dot", "GET", "/articles/x"), page) == ""


class _Bad(BaseHTTPRequestHandler):
    """Fails at one address, and is slow to say that it lives."""

    def do_GET(self) -> None:
        if self.path == "/api/v1/health":
            time.sleep(0.3)
        self.send_response(500 if self.path == "/fails" else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def bad() -> Iterator[str]:
    """The address of a server that is not as it should be."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Bad)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def missed(rows: Iterator[Row]) -> list[str]:
    return [row.what for row in rows if row.holds is False]


def test_a_server_that_answers_500_is_found_out(bad: str) -> None:
    cases = [(Case("GET /fine", "", "GET", "/fine"), "nobody"), (Case("GET /fails", "", "GET", "/fails"), "nobody")]
    sent = Sent()
    send_all(bad, cases, {"nobody": {}}, 2, time.monotonic() + 60, sent)
    assert sent.statuses == {200: 1, 500: 1}
    assert [str(one) for one in sent.findings] == ["GET /fails (; nobody): answered 500"]
    assert missed(_answers("requests", sent)) == ["… 5xx but 503 with Retry-After"]


def test_requests_for_which_there_was_no_time_are_told_of(bad: str) -> None:
    sent = Sent()
    send_all(bad, [(Case("GET /fine", "", "GET", "/fine"), "nobody")], {"nobody": {}}, 1, time.monotonic() - 1, sent)
    assert missed(_answers("requests", sent)) == ["requests"]


def test_how_long_health_takes_is_seen_by_asking(bad: str) -> None:
    with pulse_of(bad) as pulse:
        while len(pulse.seconds) < 2:
            time.sleep(0.05)
    assert min(pulse.seconds) >= 0.3
    assert pulse.failures == []


def test_one_health_that_is_waited_for_long_counts_as_all_that_could_not_be_asked_meanwhile() -> None:
    pulse = Pulse([0.01] * 500 + [20.0])
    assert pulse.quantile(0.99) > 15
    assert _health("health", pulse, short=False).holds is False
    assert _health("health", pulse, short=True).holds
    assert _health("health", Pulse([0.01], ["refused"]), short=True).holds is False


def test_what_a_process_opens_elsewhere_and_connects_to_is_told_and_its_stores_are_not(tmp_path: Path) -> None:
    home = tmp_path / "home"
    lines = [
        f'7 1700000000.5 openat(AT_FDCWD</srv>, "{home}/desk.db-wal", O_RDWR|O_CREAT) = 3<{home}/desk.db-wal>',
        f'7 1700000000.6 openat(AT_FDCWD<{home}>, "diary.txt", O_RDONLY <unfinished ...>',
        "8 1700000000.7 <... openat resumed>) = 4",
        '7 1700000000.8 openat(AT_FDCWD</srv>, "/etc/shadow", O_RDONLY) = -1 EACCES (Permission denied)',
        f'7 1700000000.9 openat(AT_FDCWD</srv>, "{tmp_path}/tmp/upload", O_RDWR) = 5</srv/elsewhere>',
        '7 1700000001.0 connect(5<socket:[1]>, {sa_family=AF_INET, sin_port=htons(80)}, 16) = 0',
        '7 1700000001.1 execve("/bin/sh", ["sh"], 0x7f /* 9 vars */) = 0',
    ]  # fmt: skip
    assert list(unexpected(calls_in(lines), Allowed(home, tmp_path / "tmp"))) == [
        f"openat {home}/diary.txt",
        "openat /etc/shadow",
        "openat /srv/elsewhere",
        "connect({sa_family=AF_INET, sin_port=htons(80)}, 16)",
        "started /bin/sh",
    ]


def test_a_call_is_told_in_the_same_words_whether_or_not_another_came_in_between(tmp_path: Path) -> None:
    asked = "7 1700000000.5 socket(AF_INET6, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP"
    lines = [f"{asked}) = 5<socket:[1]>", f"{asked}) = -1 EMFILE (Too many open files)", f"{asked} <unfinished ...>"]
    found = list(unexpected(calls_in(lines), Allowed(tmp_path / "home", tmp_path / "tmp")))
    assert found == ["socket(AF_INET6, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP)"] * 3


def test_a_process_that_opens_a_file_in_a_thread_is_seen_by_the_kernel(tmp_path: Path) -> None:
    if why := tracing.why_not():
        pytest.skip(f"nothing can be traced here: {why}")
    (tmp_path / "diary.txt").write_text("marker", encoding="utf-8")
    code = "import sys, threading; t = threading.Thread(target=lambda: open(sys.argv[1]).read()); t.start(); t.join()"
    log = tmp_path / "calls.log"
    command = traced([sys.executable, "-c", code, str(tmp_path / "diary.txt")], log)
    assert subprocess.run(command, timeout=120).returncode == 0
    until = time.monotonic() + 60
    found: list[str] = []
    while not found and time.monotonic() < until:  # the tracer ends after what it traced
        with log.open(encoding="utf-8") as lines:
            found = list(unexpected(calls_in(lines), Allowed(tmp_path / "home", tmp_path / "tmp")))
    assert f"openat {tmp_path}/diary.txt" in found
