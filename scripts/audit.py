"""Compares what is locked with the known vulnerabilities, but for those that audit-exceptions.toml gives reasons for.

    python -m scripts.audit [--osv all.zip]

Asks the package index, by pip-audit; with --osv a copy of OSV's database for PyPI, for machines that reach neither.
Exit code 1: something is vulnerable, or an exception is past its day. 3: the database could not be asked, so nothing is
known; that is never passed off as sound.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
EXCEPTIONS = ROOT / "audit-exceptions.toml"
SOUND, VULNERABLE, UNKNOWN = 0, 1, 3
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_TORCH = re.compile(r'"(torch==[^"]+)"')


@dataclass(frozen=True)
class Found:
    """A vulnerability of a package we use, under all its names."""

    package: str
    version: str
    ids: frozenset[str]


@dataclass(frozen=True)
class Excepted:
    """Why a vulnerability is passed over, and until when."""

    package: str
    ids: frozenset[str]
    until: date
    reason: str
    shown_by: str


class NotAsked(Exception):
    """The database could not be asked about everything."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--osv", type=Path, help="OSV's database for PyPI, a zip of JSON files")
    given = parser.parse_args()
    locked = locked_packages()
    try:
        found = list(from_osv(given.osv, locked) if given.osv else from_the_index(locked))
    except NotAsked as error:
        print(f"Nothing is known: {error}", file=sys.stderr)
        return UNKNOWN
    wrong = complaints(found, exceptions(), date.today())
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{len(locked)} packages, {len(found)} known vulnerabilities, {len(wrong)} without a reason that stands")
    return VULNERABLE if wrong else SOUND


def locked_packages() -> set[tuple[str, str]]:
    """Name and version of all that the locks name, and of PyTorch, which pyproject.toml fixes."""
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in LOCKS]
    torch = _TORCH.findall((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {(canonicalize_name(name), version) for text in [*texts, *torch] for name, version in _LOCKED.findall(text)}


def exceptions() -> list[Excepted]:
    kept = tomllib.loads(EXCEPTIONS.read_text(encoding="utf-8"))["exception"]
    return [Excepted(e["package"], frozenset(e["ids"]), e["until"], e["reason"], e["shown_by"]) for e in kept]


def complaints(found: Iterable[Found], excepted: Sequence[Excepted], today: date) -> list[str]:
    """What stands against a release: vulnerabilities without a reason, reasons past their day."""
    lines = []
    for one in sorted(found, key=lambda one: (one.package, sorted(one.ids))):
        reasons = [e for e in excepted if e.package == one.package and e.ids & one.ids]
        if not reasons:
            lines.append(
                f"{one.package} {one.version}: {', '.join(sorted(one.ids))}. Update it, or write down why not."
            )
        elif all(e.until < today for e in reasons):
            lines.append(f"{one.package} {one.version}: {min(one.ids)} was believed unreachable until a day now past.")
    return lines


def from_the_index(locked: Iterable[tuple[str, str]]) -> Iterator[Found]:
    """
    Raises:
        NotAsked: the index tells nothing of some packages.
    """
    left = sorted(locked)
    told = list[Any]()
    while left:  # pip-audit takes a name once; some have a version for older Pythons and one for newer
        once = dict(left)
        told += _told(once)
        left = [one for one in left if once[one[0]] != one[1]]
    yield from told_by_the_index(told)


def _told(once: Mapping[str, str]) -> list[Any]:
    with TemporaryDirectory() as folder:
        names, report = Path(folder) / "names.txt", Path(folder) / "report.json"
        names.write_text("".join(f"{name}=={version}\n" for name, version in once.items()), encoding="utf-8")
        asked = ("-m", "pip_audit", "-r", str(names), "--disable-pip", "--no-deps", "-f", "json", "-o", str(report))
        done = subprocess.run([sys.executable, *asked], capture_output=True, text=True)
        if not report.is_file():
            raise NotAsked(f"pip-audit failed: {(done.stderr.strip().splitlines() or ['without a word'])[-1]}")
        dependencies: list[Any] = json.loads(report.read_text(encoding="utf-8"))["dependencies"]
        return dependencies


def told_by_the_index(told: Sequence[Mapping[str, Any]]) -> Iterator[Found]:
    """What pip-audit's report tells. It counts a package that it could not ask about as sound; here it is not."""
    skipped = [one["name"] for one in told if "skip_reason" in one]
    if skipped:
        some = ", ".join(skipped[:3])
        raise NotAsked(
            f"the package index tells nothing of {len(skipped)} of {len(told)} packages ({some}, …). "
            "Run this where its vulnerability data can be reached, or give a copy of OSV's: make audit OSV=all.zip"
        )
    for one in told:
        for vulnerability in one.get("vulns", ()):
            yield Found(one["name"], one["version"], frozenset({vulnerability["id"], *vulnerability["aliases"]}))


def from_osv(database: Path, locked: Iterable[tuple[str, str]]) -> Iterator[Found]:
    """
    Raises:
        NotAsked: there is no such database.
    """
    versions: dict[str, list[str]] = {}
    for name, version in locked:
        versions.setdefault(name, []).append(version)
    try:
        with zipfile.ZipFile(database) as zipped:
            records = [json.loads(zipped.read(name)) for name in zipped.namelist() if name.endswith(".json")]
    except (OSError, zipfile.BadZipFile, ValueError) as error:
        raise NotAsked(f"{database} is no copy of OSV's database: {error}") from None
    if not records:
        raise NotAsked(f"{database} holds no records")
    for record in records:
        for affected in record.get("affected", ()) if "withdrawn" not in record else ():
            package = canonicalize_name(affected.get("package", {}).get("name", ""))
            for version in versions.get(package, ()):
                if _is_affected(version, affected):
                    yield Found(package, version, frozenset({record["id"], *record.get("aliases", ())}))


def _is_affected(version: str, affected: Mapping[str, Any]) -> bool:
    if version in affected.get("versions", ()):
        return True
    ranges = [one["events"] for one in affected.get("ranges", ()) if one.get("type") == "ECOSYSTEM"]
    return any(_is_within(Version(version), events) for events in ranges)


def _is_within(version: Version, events: Sequence[Mapping[str, str]]) -> bool:
    """Whether it lies after an introduction with no end of it before, as OSV's schema defines it."""
    within = False
    for event in events:
        (kind, at), *_ = event.items()
        try:
            bound = Version("0" if at == "0" else at)
        except InvalidVersion:
            continue
        if kind == "introduced" and version >= bound:
            within = True
        if (kind == "fixed" and version >= bound) or (kind == "last_affected" and version > bound):
            within = False
    return within


if __name__ == "__main__":
    sys.exit(main())
