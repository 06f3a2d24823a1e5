"""``onrecord backup`` and ``restore``."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from commands import onrecord
from newsroom import Newsroom

pytestmark = pytest.mark.slow


def test_a_newsroom_goes_into_a_file_and_comes_back(newsroom: Newsroom, tmp_path: Path) -> None:
    file = tmp_path / "kept.tar"
    (made,) = newsroom.ask("backup", file, "--json").objects
    assert (made["kind"], made["articles"], made["passages"]) == ("backed_up", 5, 5)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = newsroom.ask("backup", file)
    assert (again.code, again.out) == (1, "")
    assert again.complaint == f"onrecord: {file} already exists and is not overwritten. Choose another name."

    restored = onrecord(tmp_path, "restore", file)
    assert (restored.code, restored.err) == (0, "")
    assert restored.out.startswith("restored, as of 20")
    assert "5 articles, 5 versions, 5 passages" in restored.out
    assert onrecord(tmp_path, "info", "--articles").lines == newsroom.ask("info", "--articles").lines
    assert onrecord(tmp_path, "doctor").lines[-1].endswith("5 articles in 5 passages, all checks passed")

    refused = onrecord(tmp_path, "restore", file)
    assert (refused.code, refused.out) == (1, "")
    assert refused.complaint.endswith("onrecord restore --replace")


def test_what_is_no_backup_is_refused_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "notes.tar").write_text("milk, bread", encoding="utf-8")
    for file in ("notes.tar", "nowhere.tar"):
        refused = onrecord(tmp_path, "restore", file)
        assert (refused.code, refused.out) == (1, "")
        assert file in refused.complaint
    assert not (tmp_path / "data").exists()
