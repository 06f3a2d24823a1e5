"""What can go wrong with a backup. All of it is seen by the operator."""

from __future__ import annotations

from indexes.types.errors import OnRecordError


class NoBackup(OnRecordError):
    """A backup that could not be made, or would have held something damaged. No file is left."""


class WrongBackup(OnRecordError):
    """A file that is no backup, is damaged, or was made by a newer On Record. Nothing was touched."""


class NotRestored(OnRecordError):
    """A backup that may not be restored there. Nothing was touched."""


class NotInFiles(OnRecordError):
    """A newsroom whose database has its own ways to back it up. Seen by the operator."""
