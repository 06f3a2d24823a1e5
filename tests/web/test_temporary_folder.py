"""A server's temporary folder is its own: empty at its start, gone at its stop, and thrown away where it was killed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from assistant.web.server.temporary_folder import own_temporary_folder


def test_what_a_killed_server_left_goes_and_what_belongs_to_a_running_one_stays(
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
        with own_temporary_folder() as folder:
            assert sorted(tmp_path.iterdir()) == sorted([tmp_path / names[0], tmp_path / names[3], folder])
        running.kill()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([names[0], names[3]])


def test_whatever_a_library_keeps_for_a_moment_lies_in_it_and_goes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.delenv("GRADIO_TEMP_DIR", raising=False)
    with own_temporary_folder() as folder:
        assert list(folder.iterdir()) == []
        kept = [Path(tempfile.mkdtemp()), Path(os.environ["GRADIO_TEMP_DIR"]) / "b"]
        kept[1].mkdir()
        assert all(one.parent == folder for one in kept)
        told = subprocess.run(
            [sys.executable, "-c", "import tempfile; print(tempfile.gettempdir())"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert told.stdout.strip() == str(folder)
    assert list(tmp_path.iterdir()) == []
    assert (os.environ["TMPDIR"], "GRADIO_TEMP_DIR" in os.environ) == (str(tmp_path), False)
    assert tempfile.gettempdir() == str(tmp_path)
