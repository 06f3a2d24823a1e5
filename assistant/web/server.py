"""Puts the app together and serves it."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.desk.binding import check_may_bind
from assistant.settings import Settings, open_assistant, open_desk, open_fetcher, open_index
from indexes.errors import OnRecordError

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp

    from assistant.assistant import Assistant
    from assistant.desk.desk import Desk

_SITE = Path(__file__).parent / "site"


class CannotServe(OnRecordError):
    """The address cannot be listened on. Seen by the operator, at start."""


def create_app(assistant: Assistant, desk: Desk, settings: Settings) -> ASGIApp:
    """The whole web app around one assistant."""
    from fastapi import FastAPI
    from fastapi.middleware.cors import CORSMiddleware
    from fastapi.staticfiles import StaticFiles

    from assistant.web.api.intake import Intake
    from assistant.web.api.mcp_http import ToolsOverHttp
    from assistant.web.api.mounting import mount_api
    from assistant.web.articles import article_pages
    from assistant.web.chat import mount_chat
    from assistant.web.editing import editing_page
    from assistant.web.following import Following
    from assistant.web.gate import Gate
    from assistant.web.gate.door import Door
    from assistant.web.gate.gradio import guard_chat
    from assistant.web.gate.login import Entrance, login_pages
    from assistant.web.gate.oidc import oidc_pages
    from assistant.web.receipts import receipt_pages
    from assistant.web.render import Pages
    from assistant.web.services import Services
    from assistant.web.shield import Shield
    from indexes.followed import FollowedFeeds

    pages, tools = Pages(settings.base_path), ToolsOverHttp(assistant)
    intake = Intake(assistant.index, open_fetcher(settings))
    following = Following(FollowedFeeds(settings.home), intake, settings.watch_minutes)
    services = Services(assistant, desk, intake, following, pages)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with tools.lifespan(app), following.by_itself():
            yield

    app = FastAPI(title="On Record", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.include_router(article_pages(assistant.index, pages))
    app.include_router(receipt_pages(desk, pages))
    app.include_router(editing_page(pages, services.max_bytes, following.minutes))
    entrance = Entrance(desk, settings, pages)
    app.include_router(login_pages(entrance))
    if settings.auth == "oidc":
        app.include_router(oidc_pages(entrance, settings))
    mount_api(app, services, tools)
    app.mount("/site", StaticFiles(directory=_SITE), name="site")
    # Without a CORS policy on this app Gradio brings its own, which lets any site read with the user's credentials.
    app.add_middleware(CORSMiddleware, allow_origins=[])
    mount_chat(app, assistant, desk, pages)
    guard_chat(app)
    gated = Gate(app, desk, settings)
    served = _below(settings.base_path, app, gated) if settings.base_path else gated
    return Shield(Door(served, settings), settings.base_path)


def _below(base: str, app: FastAPI, gated: ASGIApp) -> ASGIApp:
    from starlette.applications import Starlette
    from starlette.routing import Mount

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with app.router.lifespan_context(app):
            yield

    return Starlette(routes=[Mount(base, gated)], lifespan=lifespan)


def serve(settings: Settings, announce: Callable[[str], None] | None = None) -> None:
    """Serves until stopped. ``announce`` is handed the address once it is listened on.

    Raises:
        CannotServe: the address is taken or not this machine's.
        WrongSetting: anyone could come in there, or nobody could log in.
    """
    import uvicorn

    check_may_bind(settings)
    listening = _listen(settings)
    host, port = listening.getsockname()[:2]
    with open_index(settings, mends_itself=True) as index, open_desk(settings) as desk, listening:
        assistant = open_assistant(settings, index)
        desk.sweep_daily()
        # The models load while the page opens.
        threading.Thread(target=assistant.warm_up, name="warm-up", daemon=True).start()
        app = create_app(assistant, desk, settings)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, proxy_headers=False))
        with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how it is stopped
            (announce or _announce)(f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}{settings.base_path}")
            server.run(sockets=[listening])


def _announce(url: str) -> None:
    print(f"On Record is at {url} (stop it with Ctrl-C)", file=sys.stderr, flush=True)


def _listen(settings: Settings) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        raise CannotServe(
            f"cannot listen on {settings.host} port {settings.port}: {reason}. "
            "Choose another: onrecord serve --port 8000"
        ) from None
