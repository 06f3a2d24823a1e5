"""Explains in words why a language model did not answer. The only module that knows the libraries' exceptions."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from assistant.text.wording import on_one_line
from indexes.types.errors import OnRecordError


class ModelFailed(OnRecordError):
    """The language model gave no usable answer: what happened and what to do. ``retry_after`` is in seconds."""

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


def failure(error: BaseException, label: str) -> ModelFailed:
    """A library's ``error`` in words."""
    chain = list(_chain(error))
    status = next((s for e in chain if isinstance(s := getattr(e, "status_code", None), int)), None)
    if status is not None:
        return _refused(status, chain, label)
    for one in chain:
        if isinstance(one, ssl.SSLError) or "certificate" in str(one).lower() or "ssl" in type(one).__name__.lower():
            return ModelFailed(
                f"{label} could not be reached safely (TLS: {_short(one)}). Check llm_url and its certificate."
            )
        if (
            isinstance(one, socket.gaierror)
            or "name or service not known" in str(one).lower()
            or "name resolution" in str(one).lower()
        ):
            return ModelFailed(f"{label} could not be reached: there is no host of that name. Check llm_url.")
        if isinstance(one, ConnectionRefusedError) or "connection refused" in str(one).lower():
            return ModelFailed(f"{label} could not be reached: the connection was refused. Is it running?")
    if any(isinstance(one, TimeoutError) or "timeout" in type(one).__name__.lower() for one in chain):
        return ModelFailed(f"{label} did not answer in time.")
    if any(name in type(one).__name__ for one in chain for name in ("Connect", "Protocol", "Read", "Write", "Network")):
        return ModelFailed(f"{label} stopped in the middle of its answer.")
    return ModelFailed(f"{label} answered with something that is not an answer ({type(error).__name__}).")


def _refused(status: int, chain: list[BaseException], label: str) -> ModelFailed:
    if status in (401, 403):
        return ModelFailed(f"{label} refused the key ({status}). Check llm_key.")
    if status == 404:
        return ModelFailed(f"{label} does not have this model or address (404). Check llm_model and llm_url.")
    if status == 429:
        wait = next((w for one in chain if (w := _retry_after(one)) is not None), None)
        asks = f" It asks to wait {wait:.0f} seconds." if wait is not None else ""
        return ModelFailed(f"{label} has too many requests (429).{asks}", wait)
    if status >= 500:
        return ModelFailed(f"{label} failed ({status}).")
    return ModelFailed(f"{label} refused the request ({status}).")


def _retry_after(error: BaseException) -> float | None:
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen = set[int]()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _short(error: BaseException) -> str:
    return on_one_line(str(error))[:120]
