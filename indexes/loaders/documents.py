"""Opens documents without reading them: their content is for the sandboxed loader process only."""

from __future__ import annotations

import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from indexes.loaders.formats import FILE_ENDINGS, LINES

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Refusal:
    """Something that was not read: where, and why in one line."""

    where: str
    reason: str

    def __post_init__(self) -> None:
        # A file name may contain line ends and undecodable bytes; the message stays one line of text.
        for name in ("where", "reason"):
            object.__setattr__(self, name, " ".join(printable(getattr(self, name)).split()))


def printable(name: str) -> str:
    """A file name as text: bytes that are not UTF-8 become ``\\udcff``, which can be stored and printed."""
    return name.encode(errors="backslashreplace").decode()


def too_many(most: int) -> str:
    """The refusal of records beyond the limit of ``most``."""
    return (
        f"only {most:,} records are read at once, blank and refused ones included; the rest was not read. "
        "Send it in parts, or add the file on the server: onrecord add"
    )


def too_large(size: int, max_bytes: int) -> str:
    """The refusal of something of ``size`` bytes."""
    limit = f"{max_bytes / MEGABYTE:g} MB for one article (setting max_file_mb)"
    return f"{size / MEGABYTE:.1f} MB is over the limit of {limit}"


@dataclass(frozen=True)
class Document:
    """An open file and its kind: an ending of FILE_ENDINGS, or FEED.

    ``where`` names it in refusals; ``origin`` is stored with its articles. ``url`` and ``charset`` are those a feed was
    fetched with. ``max_bytes`` limits one article, decompressed; ``max_records`` the records read from a file that may
    hold several; None for no limit.
    """

    file: BinaryIO
    kind: str
    max_bytes: int
    where: str = ""
    origin: str = ""
    url: str = ""
    charset: str = ""
    max_records: int | None = None


def open_document(path: Path, max_bytes: int, max_records: int | None = None) -> Document | Refusal:
    """Opens the file at ``path``, or says why it is not read."""
    kind, where = ending_of(path), str(path)
    if kind not in FILE_ENDINGS:
        return Refusal(where, f"not a kind of file On Record reads ({', '.join(FILE_ENDINGS)})")
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return Refusal(where, NO_FILE)
        file = cast(BinaryIO, os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY), "rb"))
    except OSError as error:
        return Refusal(where, (error.strerror or str(error)).lower())
    size = os.fstat(file.fileno()).st_size
    if kind in LINES or size <= max_bytes:
        origin = printable(str(path.resolve()))
        return Document(file, kind, max_bytes, where, origin, max_records=max_records)
    file.close()
    return Refusal(where, too_large(size, max_bytes))


def kept_document(body: bytes, kind: str, max_bytes: int, url: str = "", charset: str = "") -> Document:
    """Something that was fetched, in a private temporary file."""
    file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115
    file.write(body)
    file.flush()
    return Document(file, kind, max_bytes, url=url, charset=charset)


def ending_of(path: Path) -> str:
    """The extension that gives the format, including ``.jsonl.gz``, in lower case."""
    name = path.name.lower()
    return next((ending for ending in FILE_ENDINGS if name.endswith(ending)), path.suffix.lower())


NO_FILE = "it is not a file but a pipe, a device or a socket"
