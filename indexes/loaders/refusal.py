"""What is said of something that was not read."""

from __future__ import annotations

from dataclasses import dataclass

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
        f"there may be {most:,} records at once, blank and refused ones included; what comes after them was not read. "
        "Send it in parts, or add the file on the server: onrecord add"
    )


def too_large(size: int, max_bytes: int) -> str:
    """Why something of ``size`` bytes is not read."""
    limit = f"{max_bytes / MEGABYTE:g} MB for one article (setting max_file_mb)"
    return f"{size / MEGABYTE:.1f} MB is over the limit of {limit}"
