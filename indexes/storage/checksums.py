"""Checksums that detect damaged files, and helpers for writing and deleting derived files.

They protect against damage, not tampering: CRC-32, which is several times faster than a cryptographic hash.
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO


@contextmanager
def panics_as_errors() -> Iterator[None]:
    """Turns a panic of a Rust library inside the block into a RuntimeError. Damaged files cause them."""
    try:
        yield
    except (Exception, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as panic:
        raise RuntimeError(f"{type(panic).__name__}: {panic}") from panic


_BLOCK = 1 << 20


def crc32(file: Path, size: int | None = None) -> int:
    """The CRC-32 of the file, or of its first ``size`` bytes."""
    with file.open("rb") as opened:
        return crc32_read(opened, file.stat().st_size if size is None else size)


def crc32_read(opened: BinaryIO, size: int, checksum: int = 0) -> int:
    """The CRC-32 of the next ``size`` bytes, or of as many as are left, continuing from ``checksum``."""
    while size > 0 and (block := opened.read(min(size, _BLOCK))):
        checksum = zlib.crc32(block, checksum)
        size -= len(block)
    return checksum


def replace_json(file: Path, content: Any) -> None:
    """Replaces the file atomically: readers see either the old content or the new."""
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    beside.write_text(json.dumps(content), encoding="utf-8")
    beside.replace(file)


def discard(folder: Path) -> None:
    """Deletes the folder if possible, even if it is not readable. Anything left over does no harm."""
    with suppress(OSError):
        folder.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
