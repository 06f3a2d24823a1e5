"""The backup file: a plain tar with a manifest, the databases, and their SHA-256 checksums.

Anyone can unpack it and check it with ``sha256sum -c SHA256SUMS``. Knows nothing of what the databases contain.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from assistant.backup.databases import NoBackup, WrongBackup

KIND, FORMAT = "On Record backup", 2
"""In format 1, a schema was a number instead of a step's name. Such backups can still be restored."""
_MANIFEST, _SUMS = "manifest.json", "SHA256SUMS"
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """What a backup contains. ``made`` is a time in ISO 8601, ``onrecord`` the version that made it.

    ``bytes`` has the size of each database, ``schemas`` its schema, and ``holds`` the number of rows of each kind.
    """

    made: str
    onrecord: str
    bytes: dict[str, int]
    schemas: dict[str, str | int]
    holds: dict[str, int]


def write(file: Path, manifest: Manifest, folder: Path) -> None:
    """Packs the databases in ``folder`` into ``file``, which must not exist. It is complete only once read and checked.

    Raises:
        NoBackup: the file exists or cannot be written, or reading it back shows that it is damaged.
    """
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise NoBackup(f"{file} already exists and is not overwritten. Choose another name.") from None
    except OSError as error:
        raise NoBackup(f"{file} cannot be written: {_reason(error)}. Choose another place.") from error
    try:
        _pack(folder / file.name, manifest, folder)
        with opened(folder / file.name):
            os.replace(folder / file.name, file)
            sync_folder(file.parent)
    except BaseException as error:
        file.unlink(missing_ok=True)
        if isinstance(error, OSError | WrongBackup):
            raise NoBackup(
                f"{file} could not be written: {_reason(error)}. Make room, or choose another place."
            ) from error
        raise


class Archive:
    """An open backup."""

    def __init__(self, file: Path, manifest: Manifest, sums: Mapping[str, str], tar: tarfile.TarFile) -> None:
        self.file, self.manifest = file, manifest
        self._sums, self._tar = sums, tar

    def check(self) -> None:
        """Reads everything and compares it with the checksums.

        Raises:
            WrongBackup: something in it is damaged.
        """
        for name in self.manifest.bytes:
            with open(os.devnull, "wb") as nowhere:
                self.unpack(name, nowhere)

    def unpack(self, name: str, target: IO[bytes]) -> None:
        """Writes one of the databases to ``target``.

        Raises:
            WrongBackup: it is damaged.
        """
        content, digest, count = self._tar.extractfile(name), hashlib.sha256(), 0
        while content is not None and (block := content.read(_BLOCK)):
            digest.update(block)
            count += len(block)
            target.write(block)
        if count != self.manifest.bytes[name] or digest.hexdigest() != self._sums.get(name):
            raise _damaged(self.file, f"{name} is not as it was written")


@contextmanager
def opened(file: Path) -> Iterator[Archive]:
    """Opens the backup in ``file`` and checks all of it.

    Raises:
        WrongBackup: it is not a backup, is damaged, contains anything unexpected, or has a newer format.
    """
    try:
        with tarfile.open(file, "r:") as tar:
            archive = _archive(file, tar)
            archive.check()
            yield archive
    except (tarfile.TarError, EOFError) as error:
        raise _damaged(file, str(error)) from error
    except OSError as error:
        if error.filename and Path(os.fsdecode(error.filename)) == file:
            raise WrongBackup(f"{file} cannot be read: {_reason(error)}.") from error
        raise


def _archive(file: Path, tar: tarfile.TarFile) -> Archive:
    members = {member.name: member for member in tar}
    manifest, sums = (_small(file, tar, members.get(name)) for name in (_MANIFEST, _SUMS))
    told = _read_manifest(file, manifest)
    wanted = {_MANIFEST, _SUMS, *told.bytes}
    strange = [m.name for m in tar.getmembers() if m.name not in wanted or not m.isreg() or m.issparse()]
    if strange or len(tar.getmembers()) != len(wanted):
        raise WrongBackup(
            f"{file} has unexpected contents ({', '.join(strange) or 'a file twice'}). Nothing was restored."
        )
    by_name = {name: digest for digest, _, name in (line.partition("  ") for line in sums.decode().splitlines())}
    if by_name.get(_MANIFEST) != hashlib.sha256(manifest).hexdigest():
        raise _damaged(file, f"{_MANIFEST} is not as it was written")
    return Archive(file, told, by_name, tar)


def _small(file: Path, tar: tarfile.TarFile, member: tarfile.TarInfo | None) -> bytes:
    content = tar.extractfile(member) if member is not None and member.isreg() and member.size < _BLOCK else None
    if content is None:
        raise WrongBackup(f"{file} is not an On Record backup.")
    return content.read()


def _read_manifest(file: Path, manifest: bytes) -> Manifest:
    try:
        told = json.loads(manifest)
        kind, format = told.pop("kind"), told.pop("format")
        if kind != KIND:
            raise WrongBackup(f"{file} is not an On Record backup.")
        if format > FORMAT:
            raise WrongBackup(
                f"{file} was made by a newer version of On Record ({told['onrecord']}). "
                "Update On Record, then restore it."
            )
        return _sound(Manifest(**told))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(file, f"{_MANIFEST} cannot be read") from error


def _sound(told: Manifest) -> Manifest:
    """The manifest, after checking its values.

    Raises:
        TypeError: a value has the wrong type.
    """
    for values, kinds in ((told.bytes, int), (told.schemas, int | str), (told.holds, int)):
        if not isinstance(values, dict) or not all(isinstance(value, kinds) for value in values.values()):
            raise TypeError
    return told


def _pack(packed: Path, manifest: Manifest, folder: Path) -> None:
    told = json.dumps({"kind": KIND, "format": FORMAT, **asdict(manifest)}, indent=1).encode()
    sums = {_MANIFEST: hashlib.sha256(told).hexdigest(), **{name: _sha256(folder / name) for name in manifest.bytes}}
    lines = "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode()
    with open(os.open(packed, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
        with tarfile.open(fileobj=out, mode="w") as tar:
            for name, content in ((_MANIFEST, told), (_SUMS, lines)):
                tar.addfile(_member(name, len(content)), io.BytesIO(content))
            for name, size in manifest.bytes.items():
                with (folder / name).open("rb") as database:
                    tar.addfile(_member(name, size), database)
        out.flush()
        os.fsync(out.fileno())


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, int(time.time())
    return member


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def newer(file: Path, onrecord: str) -> WrongBackup:
    """The error for a backup made by the newer version ``onrecord``."""
    return WrongBackup(
        f"{file} was made by a newer version of On Record ({onrecord}). Update On Record, then restore it."
    )


def sync_folder(folder: Path) -> None:
    """Syncs a folder to disk, so that created and renamed files survive a loss of power."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _damaged(file: Path, what: str) -> WrongBackup:
    return WrongBackup(f"{file} is damaged or not a backup: {what}. Use another one.")


def _reason(error: BaseException) -> str:
    return os.strerror(error.errno).lower() if isinstance(error, OSError) and error.errno else str(error).rstrip(".")
