"""A desk in a folder of its own, and two users at it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from desks import PASSWORD, Clock, open_desk

from assistant.accounts.permissions import Role
from assistant.accounts.users import User
from assistant.desk import Desk


@pytest.fixture
def clock() -> Clock:
    return Clock()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test of a desk runs over a file and over PostgreSQL; one that looks into its folder is about files."""
    if "desk" in metafunc.fixturenames:
        about_files = "tmp_path" in inspect.signature(metafunc.function).parameters
        metafunc.parametrize("desk", ["a file"] if about_files else ["a file", "PostgreSQL"], indirect=True)


@pytest.fixture
def desk(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    url = request.getfixturevalue("postgresql").emptied_database() if request.param == "PostgreSQL" else ""
    with open_desk(tmp_path, clock, url=url) as opened:
        yield opened


@pytest.fixture
def ada(desk: Desk) -> User:
    return desk.users.add("Ada", Role.EDITOR, PASSWORD)


@pytest.fixture
def bo(desk: Desk) -> User:
    return desk.users.add("Bo", Role.READER, PASSWORD)
