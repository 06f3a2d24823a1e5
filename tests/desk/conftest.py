"""A desk in a folder of its own, and two users at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from desks import PASSWORD, Clock, open_desk

from assistant.desk.desk import Desk
from assistant.desk.permission import Role
from assistant.desk.users import User


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    with open_desk(tmp_path, clock) as opened:
        yield opened


@pytest.fixture
def ada(desk: Desk) -> User:
    return desk.users.add("Ada", Role.EDITOR, PASSWORD)


@pytest.fixture
def bo(desk: Desk) -> User:
    return desk.users.add("Bo", Role.READER, PASSWORD)
