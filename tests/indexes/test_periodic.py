"""What is done again and again goes on whatever fails, and ends when it is closed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest

from indexes.periodic import Periodic
from indexes.types.errors import DiskFailed

AN_HOUR = 3600


def times(
    count: int, work: Callable[[], float | None] = lambda: None
) -> tuple[Callable[[], float | None], threading.Event]:
    """Work that says when it was begun ``count`` times."""
    left, done = iter(range(count - 1, -1, -1)), threading.Event()

    def counted() -> float | None:
        if next(left, 0) == 0:
            done.set()
        return work()

    return counted, done


def test_it_is_done_again_and_again_until_it_is_closed() -> None:
    work, done = times(5)
    periodic = Periodic("count", 0, work, "nothing was counted")
    with periodic:
        assert done.wait(30)
    assert "count" not in [thread.name for thread in threading.enumerate()]
    assert periodic.stopped.is_set()


def test_the_first_time_may_come_at_once_and_the_next_late() -> None:
    rounds: list[int] = []
    work, done = times(1, lambda: rounds.append(1))
    with Periodic("count", AN_HOUR, work, "nothing was counted", first=0):
        assert done.wait(30)
    assert rounds == [1]


def test_without_a_first_wait_it_waits_before_the_first_time_too() -> None:
    rounds: list[int] = []
    with Periodic("count", AN_HOUR, lambda: rounds.append(1), "nothing was counted"):
        pass
    assert rounds == []


def test_the_work_may_say_when_to_go_on() -> None:
    work, done = times(3, lambda: 0)
    with Periodic("count", AN_HOUR, work, "nothing was counted", first=0):
        assert done.wait(30)


def test_what_fails_is_logged_and_done_again(caplog: pytest.LogCaptureFixture) -> None:
    failures = [ValueError("no number"), DiskFailed("/srv/onrecord.db: the disk is full. Make room.")]

    def fail() -> None:
        if failures:
            raise failures.pop(0)

    work, done = times(3, fail)
    with caplog.at_level(logging.WARNING), Periodic("count", 0, work, "nothing was counted"):
        assert done.wait(30)
    unforeseen, foreseen = caplog.records
    assert (unforeseen.getMessage(), unforeseen.exc_info is None) == ("nothing was counted; tried again", False)
    assert foreseen.getMessage() == "nothing was counted; tried again: /srv/onrecord.db: the disk is full. Make room."
    assert foreseen.exc_info is None


def test_it_waits_for_what_is_being_done_and_begins_nothing_more() -> None:
    begun, rounds = threading.Event(), []

    def work() -> None:
        begun.set()
        periodic.stopped.wait(30)
        rounds.append(1)

    periodic = Periodic("count", 0, work, "nothing was counted")
    periodic.start()
    assert begun.wait(30)
    periodic.close()
    assert rounds == [1]


def test_it_may_end_itself_and_be_closed_though_it_never_started() -> None:
    work, done = times(1, lambda: own.close())
    own = Periodic("count", 0, work, "nothing was counted")
    with own:
        assert done.wait(30)
    Periodic("count", 0, work, "nothing was counted").close()
