"""What a killed server had been sent is thrown away by the next one; what another is reading is not."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from assistant.web.api.uploads import discard_left_behind


def test_uploads_of_a_killed_server_go_and_those_of_a_running_one_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as running:
        names = [f"onrecord-{running.pid}-a", f"onrecord-{ended.pid}-b", f"onrecord-{os.getpid()}-c", "onrecord-x-d"]
        for name in names:
            (tmp_path / name).mkdir()
            (tmp_path / name / "article.txt").write_text("Zubrowka", encoding="utf-8")
        discard_left_behind()
        running.kill()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([names[0], names[3]])
