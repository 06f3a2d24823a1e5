"""Files that can be told from damaged ones, and thrown away.

Checksums are against damage, not against malice: CRC-32, several times faster than a cryptographic sum.
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
    """Raises a panic in what is done inside as a RuntimeError. They come from files that are damaged."""
    try:
        yield
    except (Exception, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as panic:
        raise RuntimeError(f"{type(panic).__name__}: {panic}") from panic


_BLOCK = 1 << 20


def crc32(file: Path, size: int | None = None) -> int:
    """Of the file, or of its first ``size`` bytes."""
    with file.open("rb") as opened:
        return crc32_read(opened, file.stat().st_size if size is None else size)


def crc32_read(opened: BinaryIO, size: int, checksum: int = 0) -> int:
    """Of the next ``size`` bytes, or of as many as there are; ``checksum`` is that of what came before them."""
    while size > 0 and (block := opened.read(min(size, _BLOCK))):
        checksum = zlib.crc32(block, checksum)
        size -= len(block)
    return checksum


def replace_json(file: Path, content: Any) -> None:
    """Writes the file whole or not at all, whoever reads it meanwhile."""
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    beside.write_text(json.dumps(content), encoding="utf-8")
    beside.replace(file)


def discard(folder: Path) -> None:
    """Deletes the folder if it can, even one that may not be read. What is left of it does no harm."""
    with suppress(OSError):
        folder.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
