"""The mender: one thread, which tries until it is done, and again when there is more to do."""

from __future__ import annotations

import threading

import pytest

from indexes import maintenance
from indexes.maintenance import BackgroundRepair


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "_FIRST_WAIT", 0.0)


def test_it_tries_until_it_is_its_turn_whatever_goes_wrong() -> None:
    turns, done = [False, OSError("no space left"), True], threading.Event()

    def mend() -> bool:
        turn = turns.pop(0)
        if isinstance(turn, OSError):
            raise turn
        if turn:
            done.set()
        return bool(turn)

    mender = BackgroundRepair(mend)
    mender.start()
    assert done.wait(30)
    mender.close()
    assert turns == []


def test_what_is_found_while_it_mends_is_mended_after_that() -> None:
    begun, go_on, rounds = threading.Event(), threading.Event(), []

    def mend() -> bool:
        rounds.append(threading.current_thread())
        begun.set()
        return go_on.wait(30)

    mender = BackgroundRepair(mend)
    mender.start()
    assert begun.wait(30)
    mender.start()
    mender.start()
    go_on.set()
    rounds[0].join(30)
    assert len(rounds) == 2
    assert rounds[0] is rounds[1]


def test_once_closed_it_begins_nothing() -> None:
    rounds: list[int] = []
    mender = BackgroundRepair(lambda: rounds.append(1) is None)
    mender.close()
    mender.start()
    assert rounds == []
