"""Ways in which the files of an index are damaged: what is done to which of them, at rest or under a running server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

Harm = Callable[[Path], object]


@dataclass(frozen=True)
class Shape:
    """One damage: ``harm`` is given the file or folder that ``pattern`` means, and its like in an older index."""

    name: str
    part: str
    """chroma, vectors, keywords, or all of them."""
    pattern: str
    """Under the newest folder of the part; empty for that folder."""
    harm: Callable[[Path, Path], object]
    serving: bool = False

    def inflict(self, home: Path, older: Path) -> None:
        for part in ("chroma", "vectors", "keywords") if self.part == "all" else (self.part,):
            harmed = self._found(home / part)[0]
            self.harm(harmed, next(like for like in self._found(older / part) if _differ(harmed, like)))

    def _found(self, part: Path) -> list[Path]:
        """The largest first: of a keyword index there may be several."""
        newest = max(part.iterdir(), key=lambda folder: int(folder.name))
        named = newest.glob(self.pattern) if self.pattern else [newest]
        return sorted(named, key=lambda file: -file.stat().st_size)


def _differ(file: Path, like: Path) -> bool:
    return file == like or file.is_dir() or file.read_bytes() != like.read_bytes()


def gone(file: Path, _: Path) -> None:
    shutil.rmtree(file) if file.is_dir() else file.unlink()


def cut_short(file: Path, _: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def zeroed(file: Path, _: Path) -> None:
    _overwrite(file, 0, bytes(file.stat().st_size))


def one_byte_flipped(file: Path, _: Path, at: float = 0.5) -> None:
    where = int(file.stat().st_size * at)
    with file.open("rb") as opened:
        opened.seek(where)
        before = opened.read(1)
    _overwrite(file, where, bytes([before[0] ^ 0x04]))


def of_an_older_one(file: Path, older: Path) -> None:
    gone(file, older)
    shutil.copytree(older, file) if older.is_dir() else shutil.copy(older, file)


def no_pickle(file: Path, _: Path) -> None:
    _overwrite(file, 0, b"this is no pickle at all" * 4)


def unreadable(file: Path, _: Path) -> None:
    file.chmod(0)


def _overwrite(file: Path, at: int, content: bytes) -> None:
    """In place, so that whoever has the file open or mapped sees it."""
    with file.open("r+b") as opened:
        opened.seek(at)
        opened.write(content)


early, late = partial(one_byte_flipped, at=0.03), partial(one_byte_flipped, at=0.9)
_DATABASE, _VECTORS, _PICKLE = "chroma.sqlite3", "*/data_level0.bin", "*/index_metadata.pickle"

AT_REST = (
    Shape("Chroma's folder gone", "chroma", "", gone),
    Shape("Chroma's folder of an older state", "chroma", "", of_an_older_one),
    Shape("Chroma's folder without permission", "chroma", "", unreadable),
    Shape("its database gone", "chroma", _DATABASE, gone),
    Shape("its database cut short", "chroma", _DATABASE, cut_short),
    Shape("its database zeroed", "chroma", _DATABASE, zeroed),
    Shape("a byte of its database flipped, early", "chroma", _DATABASE, early),
    Shape("a byte of its database flipped, in the middle", "chroma", _DATABASE, one_byte_flipped),
    Shape("its database of an older state", "chroma", _DATABASE, of_an_older_one),
    Shape("its database without permission", "chroma", _DATABASE, unreadable),
    Shape("its vectors gone", "chroma", _VECTORS, gone),
    Shape("its vectors cut short", "chroma", _VECTORS, cut_short),
    Shape("its vectors zeroed", "chroma", _VECTORS, zeroed),
    Shape("a byte of its vectors flipped", "chroma", _VECTORS, one_byte_flipped),
    Shape("its vectors of an older state", "chroma", _VECTORS, of_an_older_one),
    Shape("its header zeroed", "chroma", "*/header.bin", zeroed),
    Shape("its lengths gone", "chroma", "*/length.bin", gone),
    Shape("its links zeroed", "chroma", "*/link_lists.bin", zeroed),
    Shape("its pickle cut short", "chroma", _PICKLE, cut_short),
    Shape("its pickle no pickle", "chroma", _PICKLE, no_pickle),
    Shape("its pickle gone", "chroma", _PICKLE, gone),
    Shape("its pickle of an older state", "chroma", _PICKLE, of_an_older_one),
    Shape("the vector file's folder gone", "vectors", "", gone),
    Shape("its rows cut short", "vectors", "rows.f32", cut_short),
    Shape("its rows zeroed", "vectors", "rows.f32", zeroed),
    Shape("a byte of its rows flipped", "vectors", "rows.f32", one_byte_flipped),
    Shape("its rows of an older state", "vectors", "rows.f32", of_an_older_one),
    Shape("its rows without permission", "vectors", "rows.f32", unreadable),
    Shape("its numbers cut short", "vectors", "seqs.i64", cut_short),
    Shape("a byte of its numbers flipped", "vectors", "seqs.i64", one_byte_flipped),
    Shape("its sums gone", "vectors", "sums.json", gone),
    Shape("its sums zeroed", "vectors", "sums.json", zeroed),
    Shape("the keyword index's folder gone", "keywords", "", gone),
    Shape("the keyword index of an older state", "keywords", "", of_an_older_one),
    Shape("its list of segments gone", "keywords", "meta.json", gone),
    Shape("its list of segments cut short", "keywords", "meta.json", cut_short),
    Shape("its list of segments zeroed", "keywords", "meta.json", zeroed),
    Shape("a byte of its list of segments flipped", "keywords", "meta.json", early),
    Shape("its list of segments of an older state", "keywords", "meta.json", of_an_older_one),
    Shape("its postings gone", "keywords", "*.idx", gone),
    Shape("its postings cut short", "keywords", "*.idx", cut_short),
    Shape("its postings zeroed", "keywords", "*.idx", zeroed),
    Shape("a byte of its postings flipped", "keywords", "*.idx", one_byte_flipped),
    Shape("its postings of an older state", "keywords", "*.idx", of_an_older_one),
    Shape("its words zeroed", "keywords", "*.term", zeroed),
    Shape("a byte of its words flipped", "keywords", "*.term", late),
    Shape("its numbers zeroed", "keywords", "*.fast", zeroed),
    Shape("the keyword index without permission", "keywords", "", unreadable),
    Shape("all three gone", "all", "", gone),
)
WHILE_SERVING = tuple(
    Shape(f"under a server: {name}", part, pattern, harm, serving=True)
    for name, part, pattern, harm in (
        ("Chroma's folder gone", "chroma", "", gone),
        ("Chroma's folder without permission", "chroma", "", unreadable),
        ("its database zeroed", "chroma", _DATABASE, zeroed),
        ("its database cut short", "chroma", _DATABASE, cut_short),
        ("its vectors zeroed", "chroma", _VECTORS, zeroed),
        ("its vectors cut short", "chroma", _VECTORS, cut_short),
        ("the vector file's folder gone", "vectors", "", gone),
        ("its rows zeroed", "vectors", "rows.f32", zeroed),
        ("a byte of its rows flipped", "vectors", "rows.f32", one_byte_flipped),
        ("the keyword index's folder gone", "keywords", "", gone),
        ("its list of segments cut short", "keywords", "meta.json", cut_short),
        ("its postings zeroed", "keywords", "*.idx", zeroed),
        ("its words zeroed", "keywords", "*.term", zeroed),
        ("all three gone", "all", "", gone),
    )
)
MAPPED = tuple(
    Shape(f"under a server: {name}", part, pattern, cut_short, serving=True)
    for name, part, pattern in (
        ("the vector file's rows cut short in place", "vectors", "rows.f32"),
        ("the keyword index's postings cut short in place", "keywords", "*.idx"),
    )
)
"""Files that are mapped into memory: the system ends a process that reads where the file has none left."""
