"""``onrecord audit``: who did what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.output import FAILED, Json, complain, opened_desk, say, say_json

if TYPE_CHECKING:
    from assistant.accounts.audit import Entry
    from assistant.desk import Desk


def audit(
    check: Annotated[bool, typer.Option("--check", help="Tell whether the log is as it was written.")] = False,
    known: Annotated[
        str, typer.Option(metavar="SEAL", help="With --check: a seal noted down before; its entry has to be there.")
    ] = "",
    json: Json = False,
) -> None:
    """List who logged in, added, removed, sent to a language model, and managed users and keys; oldest first.

    What it was is told by hash and size, never in words. With --check: exit code 1 if an entry was changed, removed or
    put in, else the last seal. Note it down elsewhere: who can write the whole log anew cannot make it lead to that.
    """
    with opened_desk() as desk:
        _settle(desk)
        if check:
            _check(desk, known, json)
            return
        names = {f"user {user.id}": user.name for user in desk.users.list()}
        for entry in desk.audit.entries():
            _say(entry, names.get(entry.who, entry.who), json)


def _settle(desk: Desk) -> None:
    """Has noted what was done to the articles while the desk could not be written."""
    from assistant.article_changes import settle
    from assistant.factory import open_index
    from assistant.settings import load_settings
    from indexes.types.errors import OnRecordError

    settings = load_settings()
    if settings.database_url.get_secret_value() or (settings.home / "onrecord.db").exists():
        try:
            with open_index(settings) as index:
                settle(index.store, desk)
        except OnRecordError as error:  # the log can be read all the same
            complain(f"onrecord: what was done to the articles lately may be missing: {error}")


def _check(desk: Desk, known: str, json: bool) -> None:
    problems, entries = desk.audit.problems(known), desk.audit.entries()
    seal = entries[-1].seal if entries else ""
    if json:
        say_json({"ok": not problems, "entries": len(entries), "seal": seal or None, "problems": problems})
    elif not problems:
        say(f"{len(entries)} entries, all as they were written. The last seal is {seal or 'none'}")
    for problem in [] if json else problems:
        complain(f"onrecord: the audit log is not as it was written: {problem}")
    if problems:
        raise typer.Exit(FAILED)


def _say(entry: Entry, who: str, json: bool) -> None:
    if json:
        say_json({**vars(entry), "at": entry.at.isoformat(), "name": who})
    else:
        what = f"{entry.what}  {entry.about[:16]}{'…' if len(entry.about) > 16 else ''}  {entry.size or ''}"
        say(f"{entry.at:%Y-%m-%d %H:%M:%S}  {who:<24}  {what}".rstrip())
