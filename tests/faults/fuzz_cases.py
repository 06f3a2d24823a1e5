"""Requests made from the app's tables, each with what is wrong with it. Knows nothing of sending them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from tests.faults.fuzz_tables import Operation, Step, Tables
from tests.faults.fuzz_values import (
    MARK,
    WRONG,
    encoded,
    fitting,
    largest,
    mutations,
    options,
    resolved,
    sentences,
    sizes,
)

SESSION = "session-of-the-sender"
"""Stands for the name of the sender's own session of the chat page."""

THEIRS = "session-of-another"
"""A session of the chat page that another user has begun."""

AS_IT_SHOULD_BE = "as it should be"
AT_ITS_LIMIT = "at its limit"
BODY_SIZES = (16_000, 128_000, 900_000)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "MARKER")
_JSON = {"Content-Type": "application/json"}
_JOIN = "/gradio_api/queue/join"
_FAR = 100_000
_CHOICES = 6
_UNENDING = ("/gradio_api/queue/data", "/gradio_api/heartbeat/")
_BY_HAND: Mapping[str, bytes] = {
    "an empty body": b"",
    "half a body": b'{"a": ',
    "bad UTF-8": b'{"a": "\xff\xfe\xc0"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "no number": b'{"a": NaN, "b": Infinity}',
    "nesting": b"[" * 20_000 + b"]" * 20_000,
    "a string instead of an object": b'"marker"',
    "null instead of an object": b"null",
}
_TYPES = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", "marker", "")
_SPELLED: Mapping[str, str] = {
    "null": "null", "a boolean": "true", "a number": "7", "below nothing": "-1", "a huge number": "9" * 5000,
    "a fraction": "1.5", "a string": MARK, "empty": "", "bad UTF-8": "%ff%fe", "a control character": "%00",
    "a list": "%5B%5D", "an object": "%7B%22a%22%3A1%7D", "a longer name": MARK * 500, "half a character": "%ed%a0%80",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A request: ``route`` and ``kind`` say what of; ``refused``: no other answer than 4xx is right.

    ``target`` is the address as it stands in the request. ``step`` is the step of the page that it begins, if it does.
    """

    route: str
    kind: str
    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    refused: bool = False
    step: str = ""

    @property
    def unending(self) -> bool:
        """Whether its answer goes on as long as somebody listens."""
        return unquote(self.target).startswith(_UNENDING)


def proper(tables: Tables) -> Iterator[Case]:
    """Everything once as it should be."""
    for route in tables.routes:
        if route != "/logout":
            yield Case(f"GET {route}", AS_IT_SHOULD_BE, "GET", filled(route))
    for operation in tables.operations:
        yield _request(operation, AS_IT_SHOULD_BE, fitting(operation.body or {}, tables.schemas))
    for step in tables.steps:
        if step.runs:
            yield _joining(step, AS_IT_SHOULD_BE, _joined(step))


def wrong(tables: Tables) -> Iterator[Case]:
    """Everything in all the ways there are to get it wrong."""
    for route in tables.routes:
        yield from _of_route(route)
    for operation in tables.operations:
        yield from _of_parameters(operation)
        yield from _of_body(operation, tables)
    for step in tables.steps:
        yield from _of_step(step)
    yield from _of_sessions()


def at_limits(tables: Tables, body_sizes: Sequence[int] = BODY_SIZES) -> Iterator[Case]:
    """What takes a body or a step's inputs, as large as it may be, smaller ones first."""
    for operation in tables.operations:
        if operation.body is not None:
            for most in body_sizes:
                bodies = [largest(operation.body, tables.schemas, most, choice) for choice in (None, *range(_CHOICES))]
                for n, body in enumerate(body for at, body in enumerate(bodies) if body not in bodies[:at]):
                    yield _request(operation, f"{AT_ITS_LIMIT}, {most // 1000} kB, {n + 1}", body)
    for step in tables.steps:
        texts = [sentences(2000) if one.kind == "text" else one.value for one in step.inputs]
        if step.inputs:
            yield _joining(step, AT_ITS_LIMIT, {**_joined(step), "data": texts})


def filled(route: str, value: str = MARK) -> str:
    """An address with ``value`` in place of each parameter."""
    return re.sub(r"{[^}]*}", lambda _: value, route) or "/"


def _of_route(route: str) -> Iterator[Case]:
    path = filled(route)
    for method in _METHODS:
        if (method, route) != ("POST", "/logout"):  # it ends the session
            body, headers = (None, {}) if method in {"GET", "HEAD"} else (b"{}", _JSON)
            yield Case(f"{method} {route}", "a method", method, path, headers, body)
    for kind, other in _spellings(path).items():
        yield Case(f"GET {route}", kind, "GET", other)
    if "{" in route:
        for kind, value in _SPELLED.items():
            yield Case(f"GET {route}", f"in the path: {kind}", "GET", filled(route, value))
    yield Case(f"GET {route}", "an unknown parameter", "GET", f"{path}?unknown={MARK}&unknown[]=%ff")
    yield Case(f"GET {route}", "long headers", "GET", path, {"X-Marker": MARK * 1000})


def _spellings(path: str) -> dict[str, str]:
    """Ways of writing a path that someone may read as the same."""
    return {
        "a slash at its end": path.rstrip("/") + "/",
        "doubled slashes": path.replace("/", "//"),
        "an escaped slash": "/" + path[1:].replace("/", "%2f"),
        "capitals": path.upper(),
        "a parameter of its own": f"{path};x=1",
        "a dot": "/." + path,
        "two dots": "/site/.." + path,
        "an escaped letter": path[:-1] + f"%{ord(path[-1]):x}",
    }


def _of_parameters(operation: Operation) -> Iterator[Case]:
    sound = {one["name"]: _spelled(one) for one in operation.parameters if one.get("required")}
    for one in operation.parameters:
        sized = {kind: quote(str(value)) for kind, value in sizes(one["schema"]) if not isinstance(value, list)}
        for kind, value in {**_SPELLED, **sized}.items():
            yield _asked(operation, f"{one['name']}: {kind}", {**sound, one["name"]: value})
        if one["in"] == "query":
            twice = f"{_spelled(one)}&{one['name']}={MARK}"
            yield _asked(operation, f"{one['name']}: twice", {**sound, one["name"]: twice})
            missing = {name: value for name, value in sound.items() if name != one["name"]}
            yield _asked(operation, f"{one['name']}: missing", missing)


def _spelled(parameter: Mapping[str, Any]) -> str:
    return quote(str(fitting(parameter["schema"], {})))


def _asked(operation: Operation, kind: str, given: Mapping[str, str]) -> Case:
    """With these parameters, which are spelled as they are to stand in the address."""
    places = {one["name"]: one["in"] for one in operation.parameters}
    path = re.sub(r"{([^}]*)}", lambda found: given.get(found[1], MARK), operation.path)
    query = "&".join(f"{name}={value}" for name, value in given.items() if places[name] == "query")
    headers = {name: value[:9000] for name, value in given.items() if places[name] == "header"}
    if operation.body is not None:
        headers |= _JSON
    body = b"{}" if operation.body is not None else None
    return Case(operation.name, kind, operation.method, f"{path}?{query}" if query else path, headers, body)


def _of_body(operation: Operation, tables: Tables) -> Iterator[Case]:
    if operation.body is None:
        return
    for option in range(options(operation.body, tables.schemas)):
        for mutation in mutations(operation.body, tables.schemas, option):
            yield _request(operation, mutation.kind, mutation.value, mutation.refused and operation.name != _RECORDS)
    value = fitting(operation.body, tables.schemas)
    for kind, raw in _BY_HAND.items():
        yield _sent(operation, kind, raw)
    for content_type in _TYPES:
        yield _sent(operation, f"the type {content_type or 'none'}", encoded(value), content_type)
    if isinstance(value, dict):
        yield _sent(operation, "a doubled field", _doubled(value))
    if resolved(operation.body, tables.schemas).get("type") == "object":
        yield _sent(operation, "far over the limit of a body", encoded({"unknown": "x" * 1_500_000}))


def _doubled(value: Mapping[str, Any]) -> bytes:
    name = next(iter(value), MARK)
    return b"{" + json.dumps(name).encode() + b": 7, " + encoded(value)[1:]


def _request(operation: Operation, kind: str, value: Any, refused: bool = False) -> Case:
    sound = {one["name"]: _spelled(one) for one in operation.parameters if one.get("required")}
    asked = _asked(operation, kind, sound)
    body = encoded(value) if operation.body is not None else None
    return Case(operation.name, kind, operation.method, asked.target, asked.headers, body, refused)


def _sent(operation: Operation, kind: str, body: bytes, content_type: str = "application/json") -> Case:
    headers = {"Content-Type": content_type} if content_type else {}
    return Case(operation.name, kind, operation.method, filled(operation.path), headers, body)


def _joined(step: Step) -> dict[str, Any]:
    """What the page sends to begin a step: its inputs as they are in the beginning."""
    data = [one.value for one in step.inputs]
    return {"data": data, "event_data": None, "fn_index": step.number, "trigger_id": None, "session_hash": SESSION}


def _joining(step: Step, kind: str, value: Mapping[str, Any], refused: bool = False) -> Case:
    """How it ends is listened for in a session of this request alone: of another's listeners each hears a part."""
    runs = step.runs and value.get("session_hash") == SESSION
    return Case(f"step {step.name}", kind, "POST", _JOIN, _JSON, encoded(value), refused, step.name if runs else "")


def _of_step(step: Step) -> Iterator[Case]:
    """Whatever is not what the page sends is to be refused before Gradio sees it."""
    sound, data = _joined(step), [one.value for one in step.inputs]
    for n, taken in enumerate(step.inputs):
        for kind, value in {**WRONG, "far over the limit": sentences(_FAR)}.items():
            put = [*data[:n], value, *data[n + 1 :]]
            unfit = not taken.fits(value) or (kind in {"far over the limit", "nesting"})
            yield _joining(step, f"{taken.kind} input: {kind}", {**sound, "data": put}, unfit)
    for kind, value in WRONG.items():
        yield _joining(step, f"the inputs: {kind}", {**sound, "data": value}, not step.fits(value))
        yield _joining(step, f"fn_index: {kind}", {**sound, "fn_index": value}, kind != "a number")
        yield _joining(step, f"session_hash: {kind}", {**sound, "session_hash": value}, kind not in _NAMES)
    yield _joining(step, "an input too many", {**sound, "data": [*data, MARK]}, True)
    if data:
        yield _joining(step, "an input too few", {**sound, "data": data[:-1]}, True)
    yield _joining(step, "an unknown field", {**sound, "unknown": {"a": {"b": [MARK]}}}, True)
    yield _joining(step, "another's session", {**sound, "session_hash": THEIRS})  # it is one's own of that name
    yield _joining(step, "a step that is none", {**sound, "fn_index": 100_000}, True)
    for name in ("data", "fn_index", "session_hash"):
        some = {key: value for key, value in sound.items() if key != name}
        yield _joining(step, f"without {name}", some, True)


_RECORDS = "POST /api/v1/articles"
"""It answers for each record by itself: one that is none is refused in an answer of 200."""

_NAMES = {"a string", "half a character", "a control character", "nesting"}
"""What may be a session's name, or may be refused for other reasons than being none."""


def _of_sessions() -> Iterator[Case]:
    """The routes of Gradio's beside: to end a step, to forget it, to hear of it, to be there."""
    for path, fields in {"/gradio_api/cancel": ("session_hash", "fn_index", "event_id"),
                         "/gradio_api/reset": ("event_id",), _JOIN: ("data", "event_id")}.items():  # fmt: skip
        sound = {"session_hash": SESSION, "fn_index": 0, "event_id": MARK, "data": []}
        for kind, raw in _BY_HAND.items():
            yield Case(f"POST {path}", kind, "POST", path, _JSON, raw, True)
        for name in fields:
            for kind, value in WRONG.items():
                body = {**{one: sound[one] for one in fields}, name: value}
                yield Case(f"POST {path}", f"{name}: {kind}", "POST", path, _JSON, encoded(body), True)
        for content_type in _TYPES:
            typed = {"Content-Type": content_type}
            yield Case(f"POST {path}", f"the type {content_type or 'none'}", "POST", path, typed, encoded(sound), True)
        over = encoded({**sound, "unknown": "x" * 6_000_000})
        yield Case(f"POST {path}", "far over the limit of a body", "POST", path, _JSON, over, True)
    for kind, name in {**_SPELLED, "another's": THEIRS}.items():
        none = kind in {"empty", "a longer name"}
        heard = f"/gradio_api/queue/data?session_hash={name}"
        yield Case("GET /gradio_api/queue/data", f"session: {kind}", "GET", heard, refused=none)
        beat = f"/gradio_api/heartbeat/{name}"
        yield Case("GET /gradio_api/heartbeat", f"session: {kind}", "GET", beat, refused=none)
