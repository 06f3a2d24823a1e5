"""What tests share: a real index of the sample articles, made once, and small indexes of one's own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.answering.reader_judge import ReaderJudge
from assistant.claims.extraction import ClaimReader
from assistant.settings import load_settings
from indexes import Article, Index, read_paths
from indexes.types.article import new_article
from tests.support.chroma_run import Chroma
from tests.support.chroma_run import running as running_chroma
from tests.support.postgres import PostgreSQL, programs
from tests.support.postgres import running as running_postgresql

SAMPLES = Path(__file__).parent.parent / "samples"

CALL = (
    "The presidency has denied reports of a phone call between the two leaders.\n"
    "Spokesman Tomas Verrin later denied the newspaper's report of a call, calling it false.\n"
    "He noted that no meeting is planned. Shares in the barge operator fell 3.1 percent."
)


@pytest.fixture(scope="session", autouse=True)
def offline() -> None:
    load_settings()


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The sample articles, indexed. Not to be written to."""
    with Index(tmp_path_factory.mktemp("samples")) as index:
        assert not [o for o in index.add(read_paths([SAMPLES])) if o.kind == "refused"]
        yield index


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server."""
    folder = programs()
    if folder is None:
        why = "no PostgreSQL on this machine: sudo apt install postgresql"
        if "CI" in os.environ:
            pytest.fail(f"CI accepts no skipped tests of PostgreSQL; {why}")
        pytest.skip(why)
    with running_postgresql(folder) as server:
        yield server


@pytest.fixture
def database_url(postgresql: PostgreSQL) -> str:
    """An empty PostgreSQL database."""
    return postgresql.new_database()


@pytest.fixture(scope="session")
def chroma() -> Iterator[Chroma]:
    """A Chroma server. Whoever stops it starts it again."""
    with running_chroma() as server:
        yield server


@pytest.fixture(scope="session")
def claim_reader(samples: Index) -> ClaimReader:
    """Reads claims with the shipped reader; it is loaded once."""
    return ClaimReader(ReaderJudge(samples).model)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An empty index."""
    with Index(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def article() -> Article:
    return new_article(CALL, id="call", title="Presidency denies phone call", source="Northline")


Add = Callable[..., list[str]]


@pytest.fixture
def add(index: Index) -> Add:
    """Adds articles and gives what became of each."""
    return lambda *articles: [outcome.kind for outcome in index.add(articles)]
