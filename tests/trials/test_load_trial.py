"""What the trials under load count as right, as told to come again, and as kept."""

from __future__ import annotations

import httpx
import pytest

from tests.faults.load import Told, _wrong
from tests.faults.overload import _kinds
from tests.faults.rate_limits import _held
from tests.faults.soak import Sample, _slope
from tests.faults.visitors import Reply, Visitor, _last_turn

RIGHT = Reply(True, "Tomas Verrin", 1.0)
OTHER = Reply(True, "Judith Maarden", 1.0)
LATER = Reply(False, "503 many are asking", 0.1, "7")


def test_an_answer_that_is_another_conversations_is_wrong_however_right_it_is_there() -> None:
    talk = ("Who denied the call?", "And who is the editor?")
    told = Told(Visitor(httpx.AsyncClient(), {}), talk, [RIGHT, RIGHT])
    assert list(_wrong(told, {("api", talk): ["Tomas Verrin", "Judith Maarden"]})) == ["api: Tomas Verrin"]
    assert list(_wrong(told, {("api", talk): ["Tomas Verrin", "Tomas Verrin"]})) == []


def test_a_stream_that_broke_off_is_no_answer() -> None:
    turn = 'event: turn\ndata: {"kind": "answered"}\n\n'
    assert _last_turn(f": about 3 seconds to wait\n\n{turn}event: done\ndata: {{}}\n\n") == {"kind": "answered"}
    assert _last_turn(turn) is None
    assert _last_turn(turn + 'event: problem\ndata: {"status": 503}\n\n') is None


@pytest.mark.parametrize(
    ("told", "holds"),
    [
        ([RIGHT, LATER], True),
        ([RIGHT, RIGHT], False),
        ([RIGHT, OTHER, LATER], False),
        ([RIGHT, LATER, Reply(False, "503 many are asking", 0.1)], False),
        ([RIGHT, LATER, Reply(False, "500 failed", 0.1)], False),
        ([RIGHT, LATER, httpx.ReadError("broken off")], False),
    ],
)
def test_only_right_answers_and_being_told_when_to_come_again_will_do(told: list[Reply], holds: bool) -> None:
    assert _kinds(told, RIGHT).holds is holds


def test_a_pace_is_kept_where_no_more_are_let_through_and_the_others_are_told_when_to_come() -> None:
    fine, later = httpx.Response(200), httpx.Response(429, headers={"Retry-After": "9"})
    assert _held("searches", [fine, fine, later], 2, 0).holds
    assert not _held("searches", [fine, fine, fine, later], 2, 0).holds
    assert _held("searches", [fine, fine, fine, later], 2, 30).holds
    assert not _held("searches", [fine, httpx.Response(429)], 2, 0).holds


def test_growth_is_told_by_the_hour() -> None:
    samples = [Sample(60.0 * n, 500 + 0.5 * n, 40, 20) for n in range(10)]
    assert _slope(samples) == pytest.approx(30)
