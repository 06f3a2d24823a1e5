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

from assistant.settings import Settings, open_assistant, open_desk, open_index
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

    from assistant.web.api.mcp_http import ToolsOverHttp
    from assistant.web.api.mounting import mount_api
    from assistant.web.articles import article_pages
    from assistant.web.chat import mount_chat
    from assistant.web.gate import Gate
    from assistant.web.render import Pages
    from assistant.web.shield import Shield

    pages, tools = Pages(settings.base_path), ToolsOverHttp(assistant)
    app = FastAPI(title="On Record", docs_url=None, redoc_url=None, openapi_url=None, lifespan=tools.lifespan)
    app.include_router(article_pages(assistant.index, pages))
    mount_api(app, assistant, tools, settings.max_file_bytes, pages)
    app.mount("/site", StaticFiles(directory=_SITE), name="site")
    # Without a CORS policy on this app Gradio brings its own, which lets any site read with the user's credentials.
    app.add_middleware(CORSMiddleware, allow_origins=[])
    app.add_middleware(Gate, desk=desk, settings=settings)
    app.add_middleware(Shield)
    mount_chat(app, assistant, desk, pages)
    return _below(settings.base_path, app) if settings.base_path else app


def _below(base: str, app: FastAPI) -> ASGIApp:
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.routing import Mount

    from assistant.web.shield import Shield

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with app.router.lifespan_context(app):
            yield

    # The app has a shield of its own; this one is for what lies beside it.
    return Starlette(routes=[Mount(base, app)], lifespan=lifespan, middleware=[Middleware(Shield)])


def serve(settings: Settings, announce: Callable[[str], None] | None = None) -> None:
    """Serves until stopped. ``announce`` is handed the address once it is listened on.

    Raises:
        CannotServe: the address is taken or not this machine's.
    """
    import uvicorn

    listening = _listen(settings)
    host, port = listening.getsockname()[:2]
    with open_index(settings, mends_itself=True) as index, open_desk(settings) as desk, listening:
        assistant = open_assistant(settings, index)
        # The models load while the page opens.
        threading.Thread(target=assistant.warm_up, name="warm-up", daemon=True).start()
        app = create_app(assistant, desk, settings)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
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
