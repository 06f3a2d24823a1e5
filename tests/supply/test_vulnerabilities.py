"""Known vulnerabilities stop a release, but for those with a reason that still stands; not knowing is no soundness."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from scripts import audit
from scripts.audit import Excepted, Found, NotAsked

CHROMA = Found("chromadb", "1.5.9", frozenset({"GHSA-f4j7-r4q5-qw2c", "CVE-2026-45829"}))
REASON = Excepted("chromadb", frozenset({"CVE-2026-45829"}), date(2027, 2, 28), "never started", "tests/x.py")


def database(folder: Path, *records: Mapping[str, Any]) -> Path:
    with zipfile.ZipFile(folder / "all.zip", "w") as zipped:
        for record in records:
            zipped.writestr(f"{record['id']}.json", json.dumps(record))
    return folder / "all.zip"


def affecting(package: str, **how: Any) -> dict[str, Any]:
    return {"id": "GHSA-x", "aliases": ["CVE-1"], "affected": [{"package": {"name": package}, **how}]}


def ecosystem(*events: dict[str, str]) -> dict[str, Any]:
    return {"ranges": [{"type": "ECOSYSTEM", "events": list(events)}]}


def test_a_vulnerability_without_a_reason_is_told() -> None:
    (line,) = audit.complaints([Found("jinja2", "2.10", frozenset({"CVE-1", "PYSEC-2"}))], [REASON], date(2026, 12, 1))
    assert line == "jinja2 2.10: CVE-1, PYSEC-2. Update it, or write down why not."


@pytest.mark.parametrize(("today", "complaints"), [(date(2027, 2, 28), 0), (date(2027, 3, 1), 1)])
def test_a_reason_stands_until_its_day(today: date, complaints: int) -> None:
    assert len(audit.complaints([CHROMA], [REASON], today)) == complaints


def test_a_reason_for_one_package_is_none_for_another() -> None:
    other = Found("langflow", "1.0", CHROMA.ids)
    assert len(audit.complaints([other], [REASON], date(2026, 12, 1))) == 1


def test_a_package_that_could_not_be_asked_about_is_not_passed_off_as_sound() -> None:
    told = [{"name": "chromadb", "skip_reason": "Dependency not found"}, {"name": "a", "version": "1", "vulns": []}]
    with pytest.raises(NotAsked, match="1 of 2 packages"):
        list(audit.told_by_the_index(told))


def test_what_the_index_tells_is_found_under_all_its_names() -> None:
    vulnerability = {"id": "GHSA-f4j7-r4q5-qw2c", "aliases": ["CVE-2026-45829"]}
    told = [{"name": "chromadb", "version": "1.5.9", "vulns": [vulnerability]}]
    assert list(audit.told_by_the_index(told)) == [CHROMA]


@pytest.mark.parametrize(
    ("how", "affected"),
    [
        ({"versions": ["1.5.8", "1.5.9"]}, True),
        ({"versions": ["1.5.8"]}, False),
        (ecosystem({"introduced": "0"}), True),
        (ecosystem({"introduced": "1.0.0"}, {"fixed": "1.5.9"}), False),
        (ecosystem({"introduced": "1.0.0"}, {"fixed": "1.5.10"}), True),
        (ecosystem({"introduced": "1.0.0"}, {"last_affected": "1.5.9"}), True),
        (ecosystem({"introduced": "1.0.0"}, {"last_affected": "1.5.8"}), False),
        (ecosystem({"introduced": "2.0.0"}), False),
        (ecosystem({"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "1.5"}), True),
    ],
)
def test_a_copy_of_osvs_database_is_read_as_its_schema_says(
    how: dict[str, Any], affected: bool, tmp_path: Path
) -> None:
    found = list(audit.from_osv(database(tmp_path, affecting("ChromaDB", **how)), {("chromadb", "1.5.9")}))
    assert found == ([Found("chromadb", "1.5.9", frozenset({"GHSA-x", "CVE-1"}))] if affected else [])


def test_what_was_withdrawn_affects_nothing(tmp_path: Path) -> None:
    record = {**affecting("chromadb", versions=["1.5.9"]), "withdrawn": "2026-11-01T00:00:00Z"}
    assert list(audit.from_osv(database(tmp_path, record), {("chromadb", "1.5.9")})) == []


@pytest.mark.parametrize("kept", [None, b"no zip"])
def test_without_a_database_nothing_is_known(kept: bytes | None, tmp_path: Path) -> None:
    if kept is not None:
        (tmp_path / "all.zip").write_bytes(kept)
    with pytest.raises(NotAsked):
        list(audit.from_osv(tmp_path / "all.zip", set()))


def test_every_exception_is_written_down_with_reason_day_and_a_test_that_is_there() -> None:
    for excepted in audit.exceptions():
        assert excepted.reason.strip()
        assert (audit.ROOT / excepted.shown_by).is_file()
        assert any(name == excepted.package for name, _ in audit.locked_packages())
