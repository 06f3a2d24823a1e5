"""Gradio's routes: those that the chat page needs, for people, and what is sent to them in the one form that is taken.

Gradio lets its client choose a session's name and gives whoever says it the state behind it. So the names it gets to
see are made here, of the name and of the user who says it: nobody can say another's. All routes that are not named here
are closed: among them are a proxy to any address, uploads, and tools for developers. Of a request that begins an event
nothing is handed on as it came (``chat/event_schema.py``).
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
"""By the last a page that lost its server finds that there is one again, and loads itself anew."""

_PART = re.compile(r"/(?:assets|static|svelte)/[A-Za-z0-9_./-]{1,200}")
_HEARTBEAT = "/gradio_api/heartbeat/"
_DATA = "/gradio_api/queue/data"
_JOIN, _CANCEL, _RESET = "/gradio_api/queue/join", "/gradio_api/cancel", "/gradio_api/reset"

_KEPT = 250
"""Events kept of one user, the latest begun."""

_LONGEST = 100
_MOST_EVENTS = 10_000

Body = Mapping[str, Any]
Taking = Callable[[Body], dict[str, Any]]
"""Makes the request that begins an event anew, from what was sent. Raises ProblemRaised."""


class Owners:
    """Which user an event of Gradio's belongs to. Any thread may ask."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._kept, self._lock = kept, threading.Lock()
        self._owner = dict[str, str]()
        self._names = defaultdict[str, OrderedDict[str, None]](OrderedDict)

    def give(self, name: str, user_id: str) -> None:
        """From now on ``name``, which Gradio made, is the user's."""
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
    """Puts a guard before Gradio, which was mounted in ``app`` last. ``taken`` knows the events of its page."""
    mount = app.router.routes[-1]
    assert isinstance(mount, Mount)
    mount.app = ChatGuard(mount.app, taken)


class ChatGuard:
    """ASGI middleware around Gradio's app alone."""

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
        """Who answers a request like this."""
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
        """The page and its parts, which depend on nothing that stands behind a question mark."""
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
            # Gradio has told within the stream that there is no such session: the stream only has to end.
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
        """What is told of an event that is to end, if it is the user's."""
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
        """What Gradio calls the user's session ``name``: it is another's for anybody else who says the same."""
        if type(name) is not str or not 0 < len(name) <= _LONGEST:
            raise INVALID.problem("The chat page's session has no valid name. Reload the page.")
        return hmac.new(self._secret, f"{user_id}\0{name}".encode(errors="replace"), hashlib.sha256).hexdigest()

    def _noting(self, send: Send, user_id: str) -> Send:
        """Sends on; an event that Gradio begins belongs to ``user_id`` before they hear of it."""
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
