"""The command ``onrecord``, in which a layer fails when a file says so: with all it was given in the error's text.

    python -m tests.faults.failing_layers FOLDER ARGUMENTS…

FOLDER/fails names the layer. FOLDER/debug.log gets whatever any library says below a warning.
"""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

LAYERS = {
    "the index": "indexes.index:Index.search",
    "the articles": "indexes.storage.store:Store.passages",
    "the reader": "assistant.answering.reader_judge:ReaderJudge.consider",
    "the question": "assistant.assistant:understand",
    "the page's HTML": "assistant.web.pages.templates:Pages.turn",
    "the desk": "assistant.history.conversations:Conversations.start",
    "sessions": "assistant.accounts.sessions:Sessions.current",
    "rendering": "assistant.web.api.ask:turn_fields",
    "passages for programs": "assistant.web.api.search:found",
    "reading a file": "assistant.web.services.intake:read_file",
    "adding": "indexes.index:Index.add",
}
"""By its name for people, where it is called."""


class Forced(Exception):
    """What a library might raise: it quotes what it was given."""


def main(folder: Path, arguments: list[str]) -> None:
    command: Any = importlib.import_module("assistant.cli.main")
    discreetly = command.be_discreet

    def discreet_but_heard() -> None:
        discreetly()
        _listen_to_all(folder / "debug.log")

    command.be_discreet = discreet_but_heard
    for layer, place in LAYERS.items():
        _make_fallible(layer, place, folder / "fails")
    sys.argv = ["onrecord", *arguments]
    command.main()


def _listen_to_all(log: Path) -> None:
    """Asks every library for all it says below a warning, as an operator might who looks for a fault."""
    handler = logging.FileHandler(log)
    handler.addFilter(lambda record: record.levelno < logging.WARNING)
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.DEBUG)


def _make_fallible(layer: str, place: str, told: Path) -> None:
    module, _, path = place.partition(":")
    owner: Any = importlib.import_module(module)
    *names, last = path.split(".")
    for name in names:
        owner = getattr(owner, name)
    setattr(owner, last, _fallible(getattr(owner, last), layer, told))


def _fallible(done: Callable[..., Any], layer: str, told: Path) -> Callable[..., Any]:
    def fails(*args: Any, **named: Any) -> Any:
        if told.is_file() and told.read_text(encoding="utf-8") == layer:
            try:
                raise KeyError(f"{args!r} {named!r}")
            except KeyError as error:
                raise Forced(f"{args!r} {named!r}") from error
        return done(*args, **named)

    return fails


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
