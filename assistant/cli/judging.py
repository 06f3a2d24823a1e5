"""``onrecord feedback``: what people thought of answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.output import Json, opened_desk, say, say_json

if TYPE_CHECKING:
    from assistant.history.feedback import Feedback

feedback = typer.Typer(help="What people thought of answers.", no_args_is_help=True)


@feedback.command("list")
def list_feedback(json: Json = False) -> None:
    """List thumbs up and down with their reasons, oldest first."""
    with opened_desk() as desk:
        for given in desk.feedback.list():
            if json:
                say_json(_feedback_json(given))
            else:
                why = " – ".join(part for part in (given.reason, " ".join(given.comment.split())) if part)
                told = f"  ({why})" if why else ""
                say(f"{given.created:%Y-%m-%d}  {given.thumb:<5} {given.snapshot.searched}{told}")


@feedback.command("export")
def export_feedback(
    file: Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False, show_default=False)],
    json: Json = False,
) -> None:
    """Write feedback as questions for onrecord evaluate, in place of what FILE holds.

    A thumb up makes the cited articles relevant and the cited sentences right. A thumb down is a question with a note
    and without labels, for an editor to add them.
    """
    with opened_desk() as desk:
        from assistant.accounts.audit import Event
        from assistant.history.exporting import export

        count = export(desk.feedback.list(), file)
        desk.audit.note(Event.EXPORTED, size=count)
        if json:
            say_json({"questions": count, "file": str(file)})
        else:
            say(f"{count} {'question' if count == 1 else 'questions'} written to {file}")


def _feedback_json(given: Feedback) -> dict[str, Any]:
    from dataclasses import asdict

    kept = asdict(given)
    return {**kept, "created": given.created.isoformat(timespec="seconds")}
