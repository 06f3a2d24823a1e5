"""A small newsroom, added once by the command itself; tests that write take a copy of its index."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from commands import onrecord
from newsroom import GOOD, TIDES, Newsroom

SAMPLE_PDF = Path(__file__).parents[2] / "samples" / "bank-1-merger.pdf"


@pytest.fixture(scope="session")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    folder = tmp_path_factory.mktemp("newsroom")
    articles = folder / "articles"
    articles.mkdir()
    for name, content in GOOD.items():
        (articles / name).write_text(content, encoding="utf-8")
    (articles / "cut.pdf").write_bytes(SAMPLE_PDF.read_bytes()[:1500])
    (articles / "empty.txt").write_bytes(b"")
    (articles / "junk.html").write_bytes(bytes(range(256)) * 8)
    (articles / "latin.txt").write_bytes("The café on the quay has closed.".encode("latin-1"))
    (articles / "long.txt").write_text("The barge was late again.\n" * 45_000, encoding="utf-8")
    (folder / "tides.txt").write_text(TIDES, encoding="utf-8")
    return Newsroom(folder, onrecord(folder, "add", "articles", "tides.txt", "gone.txt", max_file_mb=1))


@pytest.fixture
def copied_home(newsroom: Newsroom, tmp_path: Path) -> Path:
    """A copy of the newsroom's index, to be written to or damaged."""
    return Path(shutil.copytree(newsroom.home, tmp_path / "copy"))
