"""``onrecord move``: from the files in the home folder to a PostgreSQL database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assistant.cli.output import Json, errors_in_a_line, say, say_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from indexes.storage.copy import Sums


def move(json: Json = False) -> None:
    """Copy articles, feeds, users and conversations from the files in the home folder to the database of the settings.

    Stop On Record first. Set database_url; the database must be empty. Every row is compared; where all are there
    already, nothing is changed. The files stay as they are: delete them when you no longer need them.
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


def _moved(home: Path, url: str) -> Iterator[tuple[str, Sums]]:
    """What was copied from each file that there is. The index's writers wait."""
    from assistant.accounts.errors import DeskDamaged
    from assistant.accounts.schema import metadata as desk
    from indexes.storage.backend import place_at
    from indexes.storage.copy import move
    from indexes.storage.schema import feeds_metadata, metadata
    from indexes.storage.store import Store
    from indexes.types.errors import FeedsDamaged, IndexDamaged

    kept = (
        ("articles", "onrecord.db", metadata, IndexDamaged),
        ("desk", "desk.db", desk, DeskDamaged),
        ("feeds", "feeds.db", feeds_metadata, FeedsDamaged),
    )
    for name, file, tables, damaged in kept:
        if (home / file).exists():
            if name == "articles":
                Store(home / file).close()  # which brings it to this schema
            source, target = place_at(home / file, damaged=damaged), place_at(home / file, url, damaged)
            try:
                with source.writing_alone(), target.writing_alone():
                    yield name, move(source, target, tables)
            finally:
                source.close()
                target.close()
