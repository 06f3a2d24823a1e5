"""Opens what is to be read, and hands it on unread: what is in a file is for the process that reads."""

from __future__ import annotations

import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Refusal:
    """Something that was not read: where, and why in one line."""

    where: str
    reason: str

    def __post_init__(self) -> None:
        # A file's name may hold line ends and bytes that are no text; what is said of it stays one line of text.
        for name in ("where", "reason"):
            object.__setattr__(self, name, " ".join(printable(getattr(self, name)).split()))


def printable(name: str) -> str:
    """A file's name as text: bytes in it that are no UTF-8 as ``\\udcff``, which can be stored and printed."""
    return name.encode(errors="backslashreplace").decode()


def too_many(most: int) -> str:
    """Why no more is read where there may be ``most`` records."""
    return (
        f"only {most:,} records are read at once, blank and refused ones included; the rest was not read. "
        "Send it in parts, or add the file on the server: onrecord add"
    )


def too_large(size: int, max_bytes: int) -> str:
    """Why something of ``size`` bytes is not read."""
    limit = f"{max_bytes / MEGABYTE:g} MB for one article (setting max_file_mb)"
    return f"{size / MEGABYTE:.1f} MB is over the limit of {limit}"


FEED = "feed"
LINES = (".jsonl", ".jsonl.gz")
FILE_ENDINGS = (".txt", ".md", ".markdown", ".html", ".htm", ".pdf", ".docx", ".json", *LINES)


@dataclass(frozen=True)
class Document:
    """An open file, to be read as one of its kind: an ending of FILE_ENDINGS, or FEED.

    ``where`` is what a refusal names, ``origin`` what its articles keep. ``url`` and ``charset`` are what was said of a
    feed when it was fetched. ``max_bytes`` bounds one article, decompressed; ``max_records`` the records that are read
    of a file that may hold several, all of them where it is None.
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
    """The file at ``path``, or why it is not read."""
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
    """What was fetched, in a file that nobody else sees."""
    file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115
    file.write(body)
    file.flush()
    return Document(file, kind, max_bytes, url=url, charset=charset)


def ending_of(path: Path) -> str:
    """The part of the name that tells the format, ``.jsonl.gz`` included, in lower case."""
    name = path.name.lower()
    return next((ending for ending in FILE_ENDINGS if name.endswith(ending)), path.suffix.lower())


NO_FILE = "it is not a file but a pipe, a device or a socket"
