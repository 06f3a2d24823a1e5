"""What was answered to a request of the fuzzing trial, and whether that is right."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.faults.fuzz_cases import Case

_OURS = ("/api/", "/v1/", "/gradio_api/")
_PROBLEM = "application/problem+json"
_MEMBERS = {"type": str, "title": str, "status": int, "detail": str}
_BY_THE_HTTP_SERVER = "Invalid HTTP request received."
"""What the HTTP server itself answers to what is no request: no route hears of it."""


@dataclass(frozen=True)
class Answer:
    """``status`` is 0 where none came; then ``failure`` says why. ``outcome``: what became of a step that was begun."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.0
    failure: str = ""
    outcome: str = ""


@dataclass(frozen=True)
class Finding:
    """What was wrong with an answer, and to what kind of request."""

    what: str
    route: str
    kind: str
    visitor: str = ""

    def __str__(self) -> str:
        return f"{self.route} ({self.kind}; {self.visitor}): {self.what}"


SERVER_ERROR = "answered"
UNANSWERED = "no answer"
FORMAT = "not in our format"
ACCEPTED = "accepted"
FAILED_INSIDE = "failed inside"


def wrong_with(case: Case, answer: Answer) -> str:
    """What is wrong with an answer, beginning with one of the words above; empty where it is right."""
    if not answer.status:
        return f"{UNANSWERED}: {answer.failure}"
    if answer.status >= 500 and not (answer.status == 503 and answer.headers.get("retry-after")):
        return f"{SERVER_ERROR} {answer.status}"
    if 400 <= answer.status < 500 and case.target.startswith(_OURS) and (lacks := _lacking(case, answer)):
        return f"{answer.status} {FORMAT}: {lacks}"
    if case.refused and answer.status < 400:
        return f"{ACCEPTED}: {answer.status}" + (f", and {answer.outcome}" if answer.outcome else "")
    return answer.outcome if answer.outcome.startswith(FAILED_INSIDE) else ""


def _lacking(case: Case, answer: Answer) -> str:
    """What an error has not of what it should."""
    if answer.body.decode(errors="replace").strip() == _BY_THE_HTTP_SERVER:
        return ""
    kind = answer.headers.get("content-type", "none")
    if kind.partition(";")[0] != _PROBLEM:
        return f"its type is {kind}"
    if case.method == "HEAD":
        return ""
    try:
        document = json.loads(answer.body)
    except ValueError:
        return "it is no JSON"
    lacks = [name for name, of in _MEMBERS.items() if not isinstance(document.get(name), of)]
    if not lacks and document["status"] != answer.status:
        return f"it says {document['status']}"
    return f"it has no {' and no '.join(lacks)}" if lacks else ""
