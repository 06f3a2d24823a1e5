"""Guards Gradio: exposes only the routes the chat page needs, only to people, and validates what is sent to them.

Gradio lets the client choose its session name and gives the session's state to anyone who names it. So the names it
sees are derived here from the client's name and the user, and nobody can name another user's. All other routes are
closed, among them a proxy to any address, uploads and developer tools. A request that begins an event is rebuilt before
it is passed on (``chat/event_schema.py``).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from starlette.datastructures import MutableHeaders, QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.accounts.permissions import Action
from assistant.web.http.problems import FORBIDDEN, INVALID, MALFORMED, NOT_FOUND, ProblemRaised
from assistant.web.http.refusals import Refused
from assistant.web.http.request import path_of, visitor_of
from assistant.web.middleware.public_paths import refuse

if TYPE_CHECKING:
    from fastapi import FastAPI

_PAGE = ("/", "/config", "/theme.css", "/favicon.ico", "/gradio_api/app_id")
"""The last is how a page that lost its server notices that it is back, and reloads."""

_PART = re.compile(r"/(?:assets|static|svelte)/[A-Za-z0-9_./-]{1,200}")
_HEARTBEAT = "/gradio_api/heartbeat/"
_DATA = "/gradio_api/queue/data"
_JOIN, _CANCEL, _RESET = "/gradio_api/queue/join", "/gradio_api/cancel", "/gradio_api/reset"

_KEPT = 250
"""How many events are remembered per user, the latest ones."""

_LONGEST = 100
_MOST_EVENTS = 10_000

Body = Mapping[str, Any]
Taking = Callable[[Body], dict[str, Any]]
"""Rebuilds the request that begins an event from what was sent. Raises ProblemRaised."""


class Owners:
    """Which user each Gradio event belongs to. Thread-safe."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept, self._lock = kept, threading.Lock()
        self._owner = dict[str, str]()
        self._names = defaultdict[str, OrderedDict[str, None]](OrderedDict)

    def give(self, name: str, user_id: str) -> None:
        """Records that the event ``name``, which Gradio issued, belongs to the user."""
        with self._lock:
            self._owner[name] = user_id
            names = self._names[user_id]
            names[name] = None
            if len(names) > self._kept:
                del self._owner[names.popitem(last=False)[0]]

    def owns(self, name: str, user_id: str) -> bool:
        with self._lock:
            return self._owner.get(name) == user_id


def guard_chat(app: FastAPI, taken: Taking) -> None:
    """Puts a guard in front of Gradio, which must be the last mount in ``app``. ``taken`` validates its events."""
    mount = app.router.routes[-1]
    assert isinstance(mount, Mount)
    mount.app = ChatGuard(mount.app, taken)


class ChatGuard:
    """ASGI middleware around Gradio's app only."""

    def __init__(self, app: ASGIApp, taken: Taking) -> None:
        self.app, self._taken = app, taken
        self._secret, self._events = secrets.token_bytes(32), Owners()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = (
            self._app(scope)
            if scope["type"] == "http"
            else refuse(FORBIDDEN.problem("There is nothing at this address."))
        )
        try:
            await app(scope, receive, send)
        except ProblemRaised as problem:
            await refuse(problem.counted_as(Refused.CHAT_MESSAGE))(scope, receive, send)

    def _app(self, scope: Scope) -> ASGIApp:
        """The app that handles this request."""
        visitor, path, method = visitor_of(HTTPConnection(scope)), path_of(scope), scope["method"]
        if visitor.user is None or not visitor.may(Action.ASK):
            return refuse(FORBIDDEN.problem("This page is for people; programs use the API under /api/v1."))
        if (method == "GET" and (path in _PAGE or _PART.fullmatch(path))) or (method == "HEAD" and path == "/"):
            return self._showing
        if method == "GET" and (path == _DATA or path.startswith(_HEARTBEAT)):
            return self._listening
        if method == "POST" and path in (_JOIN, _CANCEL, _RESET):
            return self._telling
        return refuse(NOT_FOUND.problem("There is nothing at this address."))

    async def _showing(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves the page and its assets, without the query string, which they do not depend on."""
        await self.app({**scope, "query_string": b""}, receive, send)

    async def _listening(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, user_id = path_of(scope), _user_id(scope)
        if path == _DATA:
            names = QueryParams(scope["query_string"]).getlist("session_hash")
            name = self._session(names[0] if len(names) == 1 else None, user_id)
            scope = {**scope, "query_string": f"session_hash={name}".encode()}
        else:
            name = self._session(path.removeprefix(_HEARTBEAT), user_id)
            where = scope["path"].removesuffix(path) + _HEARTBEAT + name
            scope = {**scope, "path": where, "raw_path": where.encode(), "query_string": b""}
        try:
            await self.app(scope, receive, send)
        except RuntimeError as error:
            if not isinstance(error.__cause__, HTTPException):
                raise
            # Gradio has reported in the stream that there is no such session: the stream only has to end.
            await send({"type": "http.response.body", "body": b""})

    async def _telling(self, scope: Scope, receive: Receive, send: Send) -> None:
        user_id, path = _user_id(scope), path_of(scope)
        body = _read(await Request(scope, receive).body())
        if path == _JOIN:
            name = self._session(body.pop("session_hash", None), user_id)
            told, send = {**self._taken(body), "session_hash": name}, self._noting(send, user_id)
        else:
            told = self._ended(path, body, user_id)
        scope, receive = _with_body({**scope, "query_string": b""}, told, receive)
        await self.app(scope, receive, send)

    def _ended(self, path: str, body: Body, user_id: str) -> dict[str, Any]:
        """The body for cancelling an event, if it belongs to the user."""
        event, known = body.get("event_id"), {"event_id"}
        if not isinstance(event, str) or not self._events.owns(event, user_id):
            raise FORBIDDEN.problem("This chat event is not yours or has ended. Reload the page.")
        told: dict[str, Any] = {"event_id": event}
        if path == _CANCEL:
            known |= {"session_hash", "fn_index"}
            told |= {"session_hash": self._session(body.get("session_hash"), user_id), "fn_index": _number(body)}
        if not body.keys() <= known:
            raise _unknown()
        return told

    def _session(self, name: Any, user_id: str) -> str:
        """Gradio's name for the user's session ``name``; other users with the same name get another session."""
        if type(name) is not str or not 0 < len(name) <= _LONGEST:
            raise INVALID.problem("The chat page's session has no valid name. Reload the page.")
        return hmac.new(self._secret, f"{user_id}\0{name}".encode(errors="replace"), hashlib.sha256).hexdigest()

    def _noting(self, send: Send, user_id: str) -> Send:
        """Wraps ``send`` to record that an event belongs to ``user_id`` before the client learns its name."""
        body = b""

        async def noting(message: Message) -> None:
            nonlocal body
            body += message.get("body", b"")
            if message["type"] == "http.response.body" and not message.get("more_body"):
                event = _event_in(body)
                if event:
                    self._events.give(event, user_id)
            await send(message)

        return noting


def _user_id(scope: Scope) -> str:
    user = visitor_of(HTTPConnection(scope)).user
    assert user is not None
    return user.id


def _read(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise MALFORMED.problem("The body is not a JSON object.")
    return read


def _number(body: Body) -> int:
    number = body.get("fn_index")
    if type(number) is not int or not 0 <= number <= _MOST_EVENTS:
        raise _unknown()
    return number


def _unknown() -> ProblemRaised:
    return INVALID.problem("The request is not in the form that the chat page sends. Reload the page.")


def _with_body(scope: Scope, body: Mapping[str, Any], receive: Receive) -> tuple[Scope, Receive]:
    """The request with ``body`` as parsed here, so that it cannot be parsed differently later."""
    written, is_sent = json.dumps(body).encode(), False
    scope = {**scope, "headers": list(scope["headers"])}
    headers = MutableHeaders(scope=scope)
    headers["content-type"], headers["content-length"] = "application/json", str(len(written))
    del headers["transfer-encoding"]

    async def again() -> Message:
        nonlocal is_sent
        if is_sent:
            return await receive()
        is_sent = True
        return {"type": "http.request", "body": written, "more_body": False}

    return scope, again


def _event_in(body: bytes) -> str:
    try:
        event = json.loads(body).get("event_id")
    except (ValueError, AttributeError):
        return ""
    return event if isinstance(event, str) else ""
