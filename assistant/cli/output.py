"""What commands share: exit codes, printing for people and machines, and errors in one line."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.text.control_characters import CONTROLS, seen

if TYPE_CHECKING:
    from assistant.desk import Desk
    from assistant.settings import Settings
    from indexes import Index

DONE, FAILED, USAGE, SOME_REFUSED, BUSY, INTERRUPTED = 0, 1, 2, 3, 4, 130
EXIT_CODES = (
    "Exit codes: 0 success, 1 failure, 2 usage error, 3 success but something was refused, 4 another process is "
    "writing, 130 interrupted."
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_NICE = 10
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
_UNSEEN = re.compile(rf"{_CONTROL.pattern}|[{CONTROLS}]")


def say(line: str = "") -> None:
    """Prints a line. Control characters, which an article could use to rewrite the screen, are left out; a mark stands
    where one would turn words round.
    """
    print(_safe(line), flush=True)


def say_json(value: Any) -> None:
    """Prints one JSON object on one line, control characters escaped."""
    line = json.dumps(value, ensure_ascii=False)
    print(_UNSEEN.sub(lambda match: f"\\u{ord(match[0]):04x}", line), flush=True)


def complain(line: str) -> None:
    print(_safe(line), file=sys.stderr, flush=True)


def _safe(line: str) -> str:
    return seen(_CONTROL.sub("", line))


@contextmanager
def errors_in_a_line() -> Iterator[None]:
    """Ends the command with one clear line and an exit code for whatever an operator can mend."""
    from indexes.types.errors import IndexBusy, OnRecordError

    try:
        yield
    except OnRecordError as error:
        complain(f"onrecord: {error}")
        raise typer.Exit(BUSY if isinstance(error, IndexBusy) else FAILED) from None
    except KeyboardInterrupt:
        complain("onrecord: interrupted")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise typer.Exit(FAILED) from None


@contextmanager
def opened_index(mends_itself: bool = False, upgrade: bool = False) -> Iterator[tuple[Index, Settings]]:
    """The index the settings name, with errors in a line. Whoever writes to it opens it with ``upgrade``."""
    with errors_in_a_line():
        from assistant.factory import open_index
        from assistant.settings import load_settings

        settings = load_settings()
        with open_index(settings, mends_itself, upgrade) as index:
            yield index, settings


@contextmanager
def opened_both() -> Iterator[tuple[Index, Desk, Settings]]:
    """The index and the desk the settings name, with errors in a line."""
    with opened_index(upgrade=True) as (index, settings):
        from assistant.article_changes import settle
        from assistant.factory import open_desk

        with open_desk(settings) as desk:
            settle(index.store, desk)
            yield index, desk, settings


@contextmanager
def opened_desk() -> Iterator[Desk]:
    """The desk the settings name, with errors in a line."""
    with errors_in_a_line():
        from assistant.factory import open_desk
        from assistant.settings import load_settings

        with open_desk(load_settings()) as desk:
            yield desk


def step_back() -> None:
    """Lets others have the processor first, above all a server that answers questions; alone, nothing is lost by it."""
    os.nice(_NICE)


@contextmanager
def progress(what: str, count: Callable[[], int], quiet: bool) -> Iterator[Callable[[], None]]:
    """A bar on the terminal's error channel, to be called after each step; nothing where that is no terminal.

    Only for a bar that is shown are the steps counted.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    hidden = quiet or not console.is_terminal
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=hidden, transient=True) as bar:
        task = bar.add_task(what, total=None if hidden else count())
        yield lambda: bar.advance(task)
