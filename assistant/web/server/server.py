"""Starts the server for the web app."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable
from functools import partial
from shutil import rmtree

from assistant.accounts.audit import SERVER, Event, acting
from assistant.article_changes import settle
from assistant.factory import open_assistant, open_desk, open_index
from assistant.settings import Settings
from assistant.web.http.bind_check import check_may_bind
from assistant.web.server.home_guard import only_stores_open
from assistant.web.server.temporary_folder import own_temporary_folder
from assistant.web.services.background import tidied
from indexes.embedding.cpu import share_freed_memory
from indexes.types.errors import OnRecordError

_CONNECTIONS = 65_536


class CannotServe(OnRecordError):
    """The address cannot be bound. Seen by the operator, at start."""


def serve(settings: Settings, announce: Callable[[str], None] | None = None, demo: bool = False) -> None:
    """Serves until stopped. ``announce`` is called with the address once it accepts connections.

    Raises:
        CannotServe: the address is in use or not this machine's.
        WrongSetting: anyone would have access, or nobody could log in.
    """
    check_may_bind(settings)
    _make_room()
    share_freed_memory()
    with _listen(settings) as listening, own_temporary_folder() as folder:
        _serve_on(listening, settings, announce or _announce, demo, partial(rmtree, folder, ignore_errors=True))


def _serve_on(
    listening: socket.socket,
    settings: Settings,
    announce: Callable[[str], None],
    demo: bool,
    at_last: Callable[[], None],
) -> None:
    from assistant.web.create_app import create_app
    from assistant.web.server.shutdown import Server

    host, port = listening.getsockname()[:2]
    with open_index(settings, mends_itself=True) as index, open_desk(settings) as desk, only_stores_open(settings.home):
        assistant = open_assistant(settings, index)
        settle(index.store, desk)
        desk.audit.note(Event.STARTED, *settings.fingerprint, SERVER)
        desk.sweep_daily()
        # The models load while the page opens.
        threading.Thread(target=assistant.warm_up, name="warm-up", daemon=True).start()
        app = create_app(assistant, desk, settings, demo)
        server = Server(app, at_last=at_last)
        # uvicorn re-raises the signal after stopping, but what is open here must still be closed.
        signal.signal(signal.SIGTERM, server.handle_exit)
        with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how it is stopped
            url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}{settings.base_path}"
            announce(url)
            if demo:
                print(f"The demo of the widget is at {url}/demo", file=sys.stderr, flush=True)
            with tidied(index, desk), acting(SERVER):
                server.run(sockets=[listening])


def _announce(url: str) -> None:
    print(f"On Record is at {url} (stop it with Ctrl-C)", file=sys.stderr, flush=True)


def _make_room() -> None:
    """Raises the limit of open connections as far as the system allows: each open page holds two."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _CONNECTIONS if hard == resource.RLIM_INFINITY else min(hard, _CONNECTIONS)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _listen(settings: Settings) -> socket.socket:
    from assistant.web.server.timeouts import notice_the_dead

    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        listening = socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        raise CannotServe(
            f"cannot listen on {settings.host} port {settings.port}: {reason}. "
            "Choose another: onrecord serve --port 8000"
        ) from None
    notice_the_dead(listening)
    return listening
