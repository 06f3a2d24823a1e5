"""Opens the place that rows are kept in: a SQLite file, or a PostgreSQL server."""

from __future__ import annotations

from pathlib import Path

from indexes.storage.backend import Place
from indexes.types.errors import Damaged, IndexDamaged


def place_at(path: Path, url: str = "", damaged: type[Damaged] = IndexDamaged) -> Place:
    """The PostgreSQL database at ``url``; without one, the SQLite file at ``path``.

    Raises:
        OnRecordError: of the kind ``damaged``, where no file can be kept there.
    """
    if url:
        from indexes.storage.postgresql import Server

        return Server(url, damaged)
    from indexes.storage.sqlite import File

    return File(path, damaged)
