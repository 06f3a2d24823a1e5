"""A date is read only where it is stated in full and can be read in one way."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.loaders.dates import stated_date

THIRD_OF_JUNE = date(2026, 6, 3)


@pytest.mark.parametrize(
    "value",
    [
        date(2026, 6, 3),
        datetime(2026, 6, 3, 23, 59, tzinfo=UTC),
        "2026-06-03",
        "  2026-06-03\n",
        "20260603",
        20260603,
        "2026-06-03T08:15:00Z",
        "2026-06-03 08:15",
        "2026-06-03T23:30:00+02:00",
        "Wed, 03 Jun 2026 10:00:00 GMT",
        "Wed, 3 Jun 2026 23:30:00 -0500",
        "3 June 2026",
        "3rd June 2026",
        "June 3, 2026",
        "Jun. 3, 2026",
        "Wednesday, June 3, 2026",
        "Wednesday, June 3, 2026 at 9:15 a.m.",
        "3. Juni 2026",
        "3 juin 2026",
    ],
)
def test_a_date_stated_in_full_is_read(value: object) -> None:
    assert stated_date(value) == THIRD_OF_JUNE


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "   ",
        0,
        2026,
        True,
        {},
        [],
        ["2026-06-03"],
        "03/04/2026",
        "03.04.2026",
        "03-04-2026",
        "3/4/26",
        "June 2026",
        "2026 June",
        "2026",
        "2026-06",
        "3 June",
        "June 3",
        "Friday",
        "yesterday",
        "last Tuesday",
        "two days ago",
        "2026-02-30",
        "31 February 2026",
        "Mon, 32 Jun 2026 10:00:00 GMT",
        "3 June 2026, 4 June 2026",
        "99999-01-01",
        "1749000000",
        "not a date",
        "Updated in June 2026 after readers wrote to us about the first 3 paragraphs",
    ],
)
def test_what_is_no_full_date_or_can_be_read_two_ways_is_no_date(value: object) -> None:
    assert stated_date(value) is None


@pytest.mark.parametrize("value", ["03/04/2026 at noon", "Sun 03/04/2026", "03/04/2026 10:00 GMT"])
def test_a_word_beside_an_ambiguous_date_does_not_decide_it(value: str) -> None:
    assert stated_date(value) is None


def test_a_day_counted_from_today_is_no_date() -> None:
    assert stated_date("3 days ago 2026") is None


@given(st.dates(min_value=date(1000, 1, 1)))
def test_every_iso_date_is_read_as_itself(day: date) -> None:
    assert stated_date(day.isoformat()) == day
