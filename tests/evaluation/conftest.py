"""The command run over the small dataset in this process, with one cache for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from smallset import ARTICLES, QUESTIONS, Evaluate, write_lines
from typer.testing import CliRunner

from assistant.cli import app


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    write_lines(folder / "questions.jsonl", QUESTIONS)
    write_lines(folder / "articles.jsonl", ARTICLES)
    return folder


@pytest.fixture
def evaluate(home: Path, monkeypatch: pytest.MonkeyPatch) -> Evaluate:
    """Runs ``onrecord evaluate`` with ``home`` for its index, or the one given."""

    def run(*arguments: str | Path, home: Path = home) -> Result:
        monkeypatch.setenv("ONRECORD_HOME", str(home))
        return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])

    return run
