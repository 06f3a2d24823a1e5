"""Puts the app together and serves it."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.settings import Settings, open_assistant, open_index
from indexes.errors import OnRecordError
from indexes.reading import MEGABYTE

if TYPE_CHECKING:
    from fastapi import FastAPI

    from assistant.assistant import Assistant

_SITE = Path(__file__).parent / "site"


class CannotServe(OnRecordError):
    """The address cannot be listened on. Seen by the operator, at start."""


def create_app(assistant: Assistant, max_file_bytes: int = 20 * MEGABYTE) -> FastAPI:
    """The whole web app around one assistant; articles that are added may have ``max_file_bytes``."""
    from fastapi import FastAPI
    from fastapi.middleware.cors import CORSMiddleware
    from fastapi.staticfiles import StaticFiles

    from assistant.web.api.mcp_http import ToolsOverHttp
    from assistant.web.api.mounting import mount_api
    from assistant.web.articles import article_pages
    from assistant.web.chat import mount_chat
    from assistant.web.shield import Shield

    tools = ToolsOverHttp(assistant)
    app = FastAPI(title="On Record", docs_url=None, redoc_url=None, openapi_url=None, lifespan=tools.lifespan)
    app.include_router(article_pages(assistant.index))
    mount_api(app, assistant, tools, max_file_bytes)
    app.mount("/site", StaticFiles(directory=_SITE), name="site")
    # Without a CORS policy on this app Gradio brings its own, which lets any site read with the user's credentials.
    app.add_middleware(CORSMiddleware, allow_origins=[])
    app.add_middleware(Shield)
    return mount_chat(app, assistant)


def serve(settings: Settings, announce: Callable[[str], None] | None = None) -> None:
    """Serves until stopped. ``announce`` is handed the address once it is listened on.

    Raises:
        CannotServe: the address is taken or not this machine's.
    """
    import uvicorn

    listening = _listen(settings)
    host, port = listening.getsockname()[:2]
    with open_index(settings, mends_itself=True) as index, listening:
        assistant = open_assistant(settings, index)
        # The models load while the page opens.
        threading.Thread(target=assistant.warm_up, name="warm-up", daemon=True).start()
        app = create_app(assistant, settings.max_file_bytes)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
        with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how it is stopped
            (announce or _announce)(f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}")
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
