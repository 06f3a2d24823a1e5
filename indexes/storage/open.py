"""Opens a database: a SQLite file or a PostgreSQL database."""

from __future__ import annotations

from pathlib import Path

from indexes.storage.backend import Place
from indexes.types.errors import Damaged, IndexDamaged


def place_at(path: Path, url: str = "", damaged: type[Damaged] = IndexDamaged) -> Place:
    """The PostgreSQL database at ``url`` or, without one, the SQLite file at ``path``, which is created if missing.

    Raises:
        OnRecordError: the file cannot be created (:class:`DiskFailed` or ``damaged``), or PostgreSQL's driver is not
            installed (:class:`DatabaseUnusable`).
    """
    if url:
        from indexes.storage.postgresql import Server

        return Server(url, damaged)
    from indexes.storage.sqlite import File

    return File(path, damaged)
