"""``onrecord backup`` and ``restore``: a newsroom in one file, and back."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.output import Json, errors_in_a_line, opened_index, say, say_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.backup.archive import Manifest
    from assistant.settings import Settings
    from indexes.storage.backend import Place
    from indexes.storage.copy import Sums
    from indexes.storage.upgrading import Schema


def move(json: Json = False) -> None:
    """Migrate articles, feeds, users and conversations from the home folder to PostgreSQL.

    Stop On Record first. Set database_url; the database must be empty. Every row is compared; if all are there
    already, nothing is changed. The files are left unchanged: delete them when you no longer need them.
    """
    with errors_in_a_line():
        from assistant.settings import load_settings
        from indexes.storage.copy import CannotMove

        settings = load_settings()
        if not settings.database_url.get_secret_value():
            raise CannotMove("no database is named to move to. Name it: ONRECORD_DATABASE_URL=postgresql://…")
        for name, sums in _moved(settings.home, settings.database_url.get_secret_value()):
            rows = {table: one.rows for table, one in sums.items()}
            if json:
                say_json({"moved": name, "rows": rows})
            else:
                say(f"{name:<10} " + ", ".join(f"{count} {table}" for table, count in rows.items()))


def upgrade(json: Json = False) -> None:
    """Migrate the databases of an older On Record to this version's schema.

    Make a backup and stop On Record first: an older On Record refuses migrated databases. Commands that write,
    and onrecord serve, migrate by themselves; commands that only read ask you to run this. If it is interrupted, run it
    again. Databases that are up to date are left unchanged.
    """
    with errors_in_a_line():
        from assistant.backup.databases import KINDS, present
        from assistant.backup.restoring import finish
        from assistant.settings import load_settings

        settings = load_settings()
        url = settings.database_url.get_secret_value()
        finish(settings.home)
        for kind in KINDS:
            if url or present(settings.home, kind):
                with closing(kind.place(settings.home, url)) as place:
                    _upgrade(kind.schema, place, json)


def _upgrade(schema: Schema, place: Place, json: bool) -> None:
    from indexes.storage.upgrading import prepare, step_of

    before = step_of(place, schema)
    prepare(place, schema)
    if json:
        say_json({"database": schema.name, "before": before, "now": schema.newest})
    else:
        done = {"": "made", schema.newest: "as it was"}.get(before, f"upgraded from {before}")
        say(f"{schema.name:<10} {schema.newest}, {done}")


def _moved(home: Path, url: str) -> Iterator[tuple[str, Sums]]:
    """What was copied from each file that there is. The index's writers wait."""
    from assistant.backup.databases import KINDS, present
    from indexes.storage.copy import move

    for kind in KINDS:
        if present(home, kind):
            with closing(kind.place(home)) as source, closing(kind.place(home, url)) as target:
                yield kind.schema.name, move(source, target, kind.schema)


def backup(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The file to create, such as backup.tar.", show_default=False)
    ],
    json: Json = False,
) -> None:
    """Back up articles, users, conversations and followed feeds to one file.

    You can run it while On Record serves and adds articles. The backup is verified, and no file is overwritten. It does
    not contain settings (onrecord.toml), models, or indexes, which restore rebuilds. Protect it like the archive: it
    contains all articles and the questions that were asked.
    """
    with errors_in_a_line():
        from assistant.backup.making import back_up
        from assistant.backup.restoring import finish
        from assistant.settings import load_settings

        home = _of_files(load_settings()).home
        finish(home)
        manifest = back_up(home, file)
    _tell("backed up", file, manifest, json)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup file.", show_default=False)],
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite the contents of the home folder.")] = False,
    json: Json = False,
) -> None:
    """Restore the home folder from a backup.

    Before anything is changed, a file is refused if it is damaged, not a backup, or from a newer On Record; a home
    folder is refused if it is in use, or not empty and --replace is not given. If interrupted, it is all or nothing.
    Indexes are rebuilt from the stored vectors; nothing is embedded.
    """
    with errors_in_a_line():
        from assistant.backup.restoring import restore as put_back
        from assistant.settings import load_settings

        manifest = put_back(_of_files(load_settings()).home, file, replace)
    with opened_index(upgrade=True) as (index, _):
        index.mend()
    _tell("restored", file, manifest, json)


def _of_files(settings: Settings) -> Settings:
    """These settings, of a newsroom that is in files.

    Raises:
        NotInFiles: it is in a database.
    """
    from assistant.backup.databases import NotInFiles

    if settings.database_url.get_secret_value():
        raise NotInFiles("the articles are in PostgreSQL. Use its own tools: pg_dump, pg_restore (docs/postgresql.md)")
    return settings


def _tell(done: str, file: Path, manifest: Manifest, json: bool) -> None:
    size = sum(manifest.bytes.values())
    if json:
        facts: dict[str, Any] = {"kind": done.replace(" ", "_"), "file": str(file), "made": manifest.made}
        say_json(facts | {"onrecord": manifest.onrecord, "bytes": size, **manifest.holds})
        return
    counted = ", ".join(f"{count} {what}" for what, count in manifest.holds.items())
    of = "" if done == "backed up" else f", as of {manifest.made}"
    say(f"{done}{of}: {counted} ({size / 1e6:.1f} MB) {'in' if done == 'backed up' else 'from'} {file}")
