"""What tests share: a real index of the sample articles, made once, and small indexes of one's own."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from assistant.answering.reader_judge import ReaderJudge
from assistant.claims.extraction import ClaimReader
from assistant.reader.weights_loader import SHIPPED_FOLDER, ReaderFiles
from assistant.settings import load_settings
from indexes import Article, Index, read_paths
from indexes.embedding.embedder import Embedder
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


SLOW_FOLDERS = {"web", "trials", "training", "supply", "upgrading"}
SLOW_FIXTURES = {"samples", "newsroom", "postgresql", "chroma", "machines"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks as slow what needs a browser, a server, a cluster, or the sample articles indexed."""
    for item in items:
        if item.path.parent.name in SLOW_FOLDERS or SLOW_FIXTURES & {*getattr(item, "fixturenames", ())}:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session", autouse=True)
def offline() -> None:
    load_settings()


@pytest.fixture(scope="session", autouse=True)
def models_loaded_once() -> Iterator[None]:
    """Loads the embedding model and the shipped reader once for all tests of a process, as none changes them."""
    load = ReaderFiles.open
    load_once = functools.cache(load)

    def load_shipped_once(files: ReaderFiles, number_format: str) -> object:
        shipped = files.layers is not None and files.layers.parent == SHIPPED_FOLDER
        return (load_once if shipped else load)(files, number_format)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("indexes.ingest.recipes.Embedder", functools.cache(Embedder))
        patch.setattr(ReaderFiles, "open", load_shipped_once)
        yield


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Index]:
    """The sample articles, indexed. Not to be written to."""
    home = tmp_path_factory.mktemp("samples") / "home"
    if worker_id == "master":
        _index_samples(home)
    else:  # the first of the workers indexes them, the others copy its index
        shared = tmp_path_factory.getbasetemp().parent / "samples"
        with FileLock(shared.with_suffix(".lock")):
            if not shared.exists():
                _index_samples(home)
                shutil.copytree(home, shared)
            else:
                shutil.copytree(shared, home)
    with Index(home) as index:
        yield index


def _index_samples(home: Path) -> None:
    with Index(home) as index:
        assert not [outcome for outcome in index.add(read_paths([SAMPLES])) if outcome.kind == "refused"]


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
