"""Gradio's routes: those that the chat page needs, for people, and each session for the one who began it.

Gradio lets its client choose a session's name and gives whoever says it the state behind it; here a name belongs to
the user who used it first. All other routes are closed: among them are a proxy to any address, uploads, and tools for
developers.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from starlette.datastructures import MutableHeaders, QueryParams
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.desk.permission import Action
from assistant.web.api.problems import FORBIDDEN, MALFORMED, ProblemRaised
from assistant.web.gate.refusing import refuse
from assistant.web.paths import path_of
from assistant.web.visitor import visitor_of

if TYPE_CHECKING:
    from fastapi import FastAPI

_PAGE = ("/", "/config", "/theme.css", "/favicon.ico", "/gradio_api/info", "/gradio_api/startup-events")
_PARTS = ("/assets/", "/static/", "/svelte/")
_HEARTBEAT = "/gradio_api/heartbeat/"
_DATA = "/gradio_api/queue/data"
_JOIN, _CANCEL, _RESET = "/gradio_api/queue/join", "/gradio_api/cancel", "/gradio_api/reset"

_KEPT = 250
"""Names kept of one user, the latest used."""

_LONGEST = 100


class Owners:
    """Which user a session or an event of Gradio's belongs to. Any thread may ask."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept, self._lock = kept, threading.Lock()
        self._owner = dict[str, str]()
        self._names = defaultdict[str, OrderedDict[str, None]](OrderedDict)

    def claim(self, name: str, user_id: str) -> bool:
        """Whether ``name`` is the user's, as it is from now on if it was nobody's."""
        with self._lock:
            if self._owner.setdefault(name, user_id) != user_id:
                return False
            names = self._names[user_id]
            names[name] = None
            names.move_to_end(name)
            if len(names) > self._kept:
                del self._owner[names.popitem(last=False)[0]]
            return True

    def owns(self, name: str, user_id: str) -> bool:
        with self._lock:
            return self._owner.get(name) == user_id


def guard_chat(app: FastAPI) -> None:
    """Puts a guard before Gradio, which was mounted in ``app`` last."""
    mount = app.router.routes[-1]
    assert isinstance(mount, Mount)
    mount.app = ChatGuard(mount.app)


class ChatGuard:
    """ASGI middleware around Gradio's app alone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._sessions, self._events = Owners(), Owners()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app(scope) if scope["type"] == "http" else refuse(FORBIDDEN.problem("There is nothing here."))
        try:
            await app(scope, receive, send)
        except _Theirs:
            theirs = FORBIDDEN.problem("This session of the chat page is not yours. Reload the page.")
            await refuse(theirs)(scope, receive, send)

    def _app(self, scope: Scope) -> ASGIApp:
        """Who answers a request like this."""
        visitor, path, reads = visitor_of(HTTPConnection(scope)), path_of(scope), scope["method"] in {"GET", "HEAD"}
        if visitor.user is None or not visitor.may(Action.ASK):
            return refuse(FORBIDDEN.problem("This is for people; programs find the same below /api/v1."))
        if reads and (path in _PAGE or path.startswith(_PARTS)):
            return self.app
        if reads and (path == _DATA or path.startswith(_HEARTBEAT)):
            return self._listening
        if scope["method"] == "POST" and path in (_JOIN, _CANCEL, _RESET):
            return self._telling
        return PlainTextResponse("Not found", 404)

    async def _listening(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, query = path_of(scope), QueryParams(scope["query_string"])
        names = query.getlist("session_hash") if path == _DATA else [path.removeprefix(_HEARTBEAT)]
        if len(names) != 1:
            raise _Theirs
        self._check_session(names[0], _user_id(scope))
        await self.app(scope, receive, send)

    async def _telling(self, scope: Scope, receive: Receive, send: Send) -> None:
        user_id, path = _user_id(scope), path_of(scope)
        body = _read(await Request(scope, receive).body())
        if path != _RESET or "session_hash" in body:
            self._check_session(body.get("session_hash"), user_id)
        event = body.get("event_id")
        if (path != _JOIN or event is not None) and not (isinstance(event, str) and self._events.owns(event, user_id)):
            raise _Theirs
        scope, receive = _with_body(scope, body, receive)
        await self.app(scope, receive, self._noting(send, user_id) if path == _JOIN else send)

    def _check_session(self, name: Any, user_id: str) -> None:
        fits = isinstance(name, str) and 0 < len(name) <= _LONGEST and "/" not in name
        if not fits or not self._sessions.claim(name, user_id):
            raise _Theirs

    def _noting(self, send: Send, user_id: str) -> Send:
        """Sends on; an event that Gradio begins belongs to ``user_id`` before they hear of it."""
        body = b""

        async def noting(message: Message) -> None:
            nonlocal body
            body += message.get("body", b"")
            if message["type"] == "http.response.body" and not message.get("more_body"):
                event = _event_in(body)
                if event:
                    self._events.claim(event, user_id)
            await send(message)

        return noting


class _Theirs(Exception):
    """A session or event that is not the visitor's."""


def _user_id(scope: Scope) -> str:
    user = visitor_of(HTTPConnection(scope)).user
    assert user is not None
    return user.id


def _read(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise _malformed()
    return read


def _malformed() -> ProblemRaised:
    return MALFORMED.problem("The body is no JSON object.")


def _with_body(scope: Scope, body: Mapping[str, Any], receive: Receive) -> tuple[Scope, Receive]:
    """The request with ``body`` as it was read here, so that nobody reads it in another way."""
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
