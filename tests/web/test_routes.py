"""Every route there is, found from the app's own tables, Gradio's included: closed to whoever has no session."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from apps import OWN, App, running
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp
from starlette.websockets import WebSocketDisconnect

from assistant.accounts.permissions import Scope

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
LOGIN = {"/login", "/login/oidc", "/login/oidc/back"}
OPEN = {*LOGIN, "/manifest.json", "/api/v1/health", "/api/v1/ready", "/widget.js", "/widget"}
"""What anyone may ask for, beside our own files below /site/. A new one has to be written down here, too."""

BY_PROVIDER = {"/login/oidc", "/login/oidc/back"}
"""Of these, where there is a provider to log in at."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with running(tmp_path_factory.mktemp("routes"), logins_per_minute=100_000) as app:
        yield app


def routes(app: Any, before: str = "") -> Iterator[tuple[str, bool]]:
    """Each path there is, and whether it is a websocket's: through middleware, mounts and included routers."""
    while not hasattr(app, "routes") and hasattr(app, "app"):
        app = app.app
    for route in getattr(app, "routes", []):
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from routes(included, before + route.include_context.prefix)
            continue
        path = before + getattr(route, "path", "")
        yield path, "WebSocket" in type(route).__name__
        if hasattr(route, "app") and not isinstance(route, Route):
            yield from routes(route, path)


def filled(path: str) -> str:
    """A path with something in place of its parameters."""
    return re.sub(r"{[^}]*}", "x", path) or "/"


def variants(path: str) -> set[str]:
    """Ways of writing a path that someone may read as the same."""
    last = path.rstrip("/").rpartition("/")[2]
    return {
        path,
        path.rstrip("/") + "/",
        "/" + path,
        path.replace("/", "//"),
        path.replace("/", "%2f")[3:].join(("/", "")),
        path.upper(),
        path + ";x=1",
        "/." + path,
        "/site/.." + path,
        "/login/.." + path,
        "/site/%2e%2e" + path,
        path.replace(last, f"%{ord(last[0]):x}{last[1:]}") if last else "/%2e",
    }


Asked = tuple[str, str]
"""A method and a path as it stands in the request, not tidied up as clients do."""


def answers(app: App, asked: list[Asked], address: str = "127.0.0.1") -> list[tuple[int, str]]:
    """Status and Location of each, asked without a session."""

    async def all_of_them() -> list[tuple[int, str]]:
        return [await answer(app.asgi, method, path, address) for method, path in asked]

    assert app.client.portal is not None
    return app.client.portal.call(all_of_them)


async def answer(asgi: ASGIApp, method: str, path: str, address: str) -> tuple[int, str]:
    sent: list[Any] = []
    heads = {
        "host": "127.0.0.1",
        "accept": "text/html",
        "origin": "http://127.0.0.1",
        "content-type": "application/json",
    }
    scope = {
        **{"type": "http", "http_version": "1.1", "method": method, "scheme": "http", "root_path": ""},
        **{"path": unquote(path), "raw_path": path.encode(), "query_string": b""},
        **{"client": (address, 50000), "server": ("127.0.0.1", 80)},
        "headers": [(name.lower().encode(), value.encode()) for name, value in heads.items()],
    }

    received: Iterator[Any] = iter([{"type": "http.request", "body": b"{}", "more_body": False}])

    async def receive() -> Any:
        return next(received, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        sent.append(message)

    await asgi(scope, receive, send)
    head = next(message for message in sent if message["type"] == "http.response.start")
    return head["status"], dict(head["headers"]).get(b"location", b"").decode()


def found_open(app: App, paths: Iterable[str], address: str = "127.0.0.1") -> set[str]:
    """The paths, in all their variants, that answer anything but: log in, not allowed, not here."""
    tried = [(method, path) for path in paths for method in METHODS]
    tried += [(method, other) for path in paths for other in variants(path) for method in ("GET", "POST")]
    return {
        unquote(path)
        for (method, path), (status, location) in zip(tried, answers(app, tried, address), strict=True)
        if status not in {401, 403, 404, 405} and not (status == 303 and location.startswith("/login?next="))
    }


def paths(app: App) -> list[str]:
    return sorted({filled(path) for path, _ in routes(app.asgi)})


def test_the_table_is_walked_down_to_gradios_own_routes(app: App) -> None:
    found = {path for path, _ in routes(app.asgi)}
    assert {"/login", "/site", "/api/v1/ask", "/v1/models", "/articles/{article_id:path}", "/mcp"} <= found
    assert {"/config", "/gradio_api/queue/join", "/gradio_api/file={path_or_url:path}"} <= found
    assert len(found) > 90


def test_without_a_session_nothing_but_the_public_list_answers(app: App) -> None:
    assert found_open(app, paths(app)) == OPEN - BY_PROVIDER


def test_a_new_open_route_is_found(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    async def leak(request: Request) -> PlainTextResponse:
        return PlainTextResponse("all of it")

    inner: Any = app.asgi
    while not hasattr(inner, "router"):
        inner = inner.app
    monkeypatch.setattr(inner.router, "routes", [Route("/leak", leak), *inner.router.routes])
    assert "/leak" in paths(app)
    assert found_open(app, ["/leak"]) == set()  # the gate stands before a route that someone forgot to close
    monkeypatch.setattr("assistant.web.middleware.public_paths.PUBLIC_PATHS", ("/leak", *sorted(OPEN)))
    assert found_open(app, ["/leak"]) == {"/leak"}


def test_websockets_are_closed_whether_there_is_one_or_not(app: App) -> None:
    sockets = [filled(path) for path, is_socket in routes(app.asgi) if is_socket]
    for path in {*sockets, "/", "/gradio_api/queue/join", "/api/v1/ask", "/mcp"}:
        with pytest.raises(WebSocketDisconnect), app.another().websocket_connect(path, headers=OWN):
            pass


def test_without_login_too_a_request_from_elsewhere_gets_nothing(tmp_path: Path) -> None:
    with running(tmp_path, auth="none") as app:
        assert app.client.get("/config").status_code == 200
        assert found_open(app, paths(app), "192.0.2.7") == OPEN - BY_PROVIDER


def test_a_key_gets_only_what_its_scope_names(app: App) -> None:
    text, _ = app.desk.keys.add("prometheus", [Scope.METRICS])
    client = app.another()
    client.headers["Authorization"] = f"Bearer {text}"
    answered = {
        path
        for path in paths(app)
        for method in ("GET", "POST", "DELETE")
        if client.request(method, path, json={}).status_code not in {401, 403, 404, 405}
    }
    described = {"/api/v1/docs", "/api/v1/openapi.json", "/api/v1/me"}
    assert answered - OPEN == {"/metrics", *described}


def test_of_gradios_routes_only_those_of_the_page_are_there_for_users_either(app: App) -> None:
    ada = app.logged_in("ada")
    there = set()
    for path in paths(app):
        if path.startswith("/gradio_api/") or path in {"/config", "/docs", "/redoc", "/openapi.json", "/monitoring"}:
            for method in ("GET", "POST"):
                if path.startswith("/gradio_api/heartbeat") and method == "GET":
                    continue  # it lasts as long as the page
                if ada.request(method, path, json={}, headers=OWN).status_code not in {404, 405}:
                    there.add(path)
    assert there == {
        "/config",
        "/gradio_api/app_id",
        "/gradio_api/queue/join",
        "/gradio_api/queue/data",
        "/gradio_api/cancel",
        "/gradio_api/reset",
    }
