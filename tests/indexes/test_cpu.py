"""Batches are spread over the cores, in order, and nobody waits for the whole of another's."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.embedding.cpu import by_length, cores


def test_what_is_made_of_batches_comes_in_their_order_and_an_error_is_raised_where_it_belongs() -> None:
    assert list(cores().map(lambda n: n * n, range(50))) == [n * n for n in range(50)]
    made = cores().map(lambda n: 1 // n, [2, 1, 0, 3])
    assert [next(made), next(made)] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        next(made)
    assert list(cores().map(str, [])) == []


def test_a_batch_is_not_asked_for_before_its_turn_is_near() -> None:
    asked: list[int] = []

    def batches() -> Iterator[int]:
        for n in range(100):
            asked.append(n)
            yield n

    assert next(cores().map(str, batches())) == "0"
    assert len(asked) <= cores().count + 2


def test_a_question_waits_for_no_more_than_what_is_being_worked_on() -> None:
    """A long call has a batch on each core and one more waiting; a short one comes next."""
    at_work, go_on = threading.Semaphore(0), threading.Event()
    order: list[str] = []

    def work(name: str) -> None:
        at_work.release()
        assert go_on.wait(60)
        order.append(name)

    count = cores().count
    long = threading.Thread(target=lambda: list(cores().map(work, ["long"] * (count + 30))))
    long.start()
    for _ in range(count):
        assert at_work.acquire(timeout=60)
    short = threading.Thread(target=lambda: list(cores().map(work, ["short"])))
    short.start()
    while cores()._pool._work_queue.qsize() < 2:
        assert short.is_alive()
    go_on.set()
    short.join(60)
    long.join(60)
    assert order.index("short") <= 2 * count + 2


@given(st.lists(st.integers(1, 254), max_size=60), st.integers(1, 2000))
def test_every_text_is_in_one_batch_and_no_batch_is_larger_than_it_may_be(lengths: list[int], most: int) -> None:
    batches = list(by_length(lengths, most))
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    assert all(len(batch) == 1 or len(batch) * max(lengths[n] for n in batch) <= most for batch in batches)
