"""Timelines as tables and calendars, read back as a spreadsheet and a calendar would."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.output.timeline_export import COLUMNS, as_csv, as_ics
from assistant.types.answers import Answered, CitedSentence, NotFound, Section
from assistant.types.citations import cite
from indexes.types.article import new_article

MADE = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
OPENING, STRIKE = (date(2026, 5, 4), date(2026, 5, 4)), (date(2026, 5, 6), date(2026, 5, 9))


def told(*texts: str, url: str = "https://quay.example/lock", title: str = "Lock opens", id: str = "lock") -> Answered:
    """A timeline with a section for each text, in turn one day and worked out, and several."""
    article = new_article("\n\n".join(texts), id=id, title=title, source="Quay Chronicle", url=url)
    starts = [article.text.index(text) for text in texts]
    sentences = [CitedSentence(t, (cite(article, s, s + len(t)),)) for t, s in zip(texts, starts, strict=True)]
    named = [("4 May 2026", 1, OPENING, True), ("6 to 9 May 2026", 1, STRIKE, False)]
    sections = [Section(*named[n % 2]) for n in range(len(texts))]
    return Answered("What happened?", tuple(sentences), form="timeline", sections=tuple(sections))


TIMELINE = told("The lock opened on Monday.", "Keepers, cooks; all: struck.")


def rows(table: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table, newline="")))


def properties(calendar: str) -> list[tuple[str, str]]:
    """Names and values of a calendar's lines, unfolded and unescaped."""
    lines = re.sub("\r\n ", "", calendar).removesuffix("\r\n").split("\r\n")
    return [(name, re.sub(r"\\(.)", _unescaped, value)) for name, _, value in (line.partition(":") for line in lines)]


def _unescaped(match: re.Match[str]) -> str:
    return "\n" if match[1] == "n" else match[1]


def test_a_table_has_a_row_for_each_sentence() -> None:
    assert rows(as_csv(TIMELINE)) == [
        list(COLUMNS),
        ["2026-05-04", "2026-05-04", "yes", "The lock opened on Monday.", "Quay Chronicle", "Lock opens",
         "https://quay.example/lock"],
        ["2026-05-06", "2026-05-09", "no", "Keepers, cooks; all: struck.", "Quay Chronicle", "Lock opens",
         "https://quay.example/lock"],
    ]  # fmt: skip


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝"])
def test_no_cell_is_a_formula_to_a_spreadsheet(sign: str) -> None:
    formula = f'{sign}HYPERLINK("http://evil.example","Open")'
    _, row = rows(as_csv(told(formula, title=formula, url=formula)))
    assert [cell[0] for cell in (row[3], row[5], row[6])] == ["'", "'", "'"]
    assert row[3] == f"'{formula}"


def test_a_calendar_has_an_all_day_event_for_each_sentence_that_ends_before_the_day_after() -> None:
    lines = properties(as_ics(TIMELINE, MADE))
    assert lines[:4] == [
        ("BEGIN", "VCALENDAR"), ("VERSION", "2.0"), ("PRODID", "-//On Record//Timeline//EN"),
        ("CALSCALE", "GREGORIAN"),
    ]  # fmt: skip
    assert [value for name, value in lines if name.startswith("DT")] == [
        "20261123T093000Z", "20260504", "20260505", "20261123T093000Z", "20260506", "20260510",
    ]  # fmt: skip
    assert [value for name, value in lines if name == "SUMMARY"] == [
        "The lock opened on Monday.", "Keepers, cooks; all: struck.",
    ]  # fmt: skip
    assert [value for name, value in lines if name == "DESCRIPTION"] == [
        "The lock opened on Monday.\nQuay Chronicle, “Lock opens”, https://quay.example/lock\n"
        "The day is worked out from the day of publication.",
        "Keepers, cooks; all: struck.\nQuay Chronicle, “Lock opens”, https://quay.example/lock",
    ]
    assert lines[-1] == ("END", "VCALENDAR")


def test_an_event_keeps_its_uid_in_another_answer_and_shares_it_with_none() -> None:
    uids = [value for name, value in properties(as_ics(TIMELINE, MADE)) if name == "UID"]
    again = as_ics(told("The lock opened on Monday.", title="Lock opens at last"), datetime(2027, 1, 1, tzinfo=UTC))
    assert [value for name, value in properties(again) if name == "UID"] == uids[:1]
    assert len(set(uids)) == 2


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a.example/\r\nATTACH:https://evil.example", ""])
def test_only_a_web_address_becomes_a_link(url: str) -> None:
    names = [name for name, _ in properties(as_ics(told("It opened.", url=url), MADE))]
    assert not {"URL", "ATTACH"} & set(names)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from(",;\\\n€😀"), min_size=1, max_size=200))
def test_any_sentence_comes_back_and_no_line_is_too_long(text: str) -> None:
    answer = told(text, title=text)
    calendar = as_ics(answer, MADE)
    assert all(len(line.encode()) <= 75 for line in calendar.split("\r\n"))
    article = answer.citations[0]
    (description,) = (value for name, value in properties(calendar) if name == "DESCRIPTION")
    assert description.startswith(f"{article.quote}\n")
    assert rows(as_csv(answer))[1][3].removeprefix("'") == article.quote.removeprefix("'")


def test_nothing_but_a_timeline_has_events() -> None:
    other = Answered("Why?", TIMELINE.sentences)
    for answer in (other, NotFound("Why?", ())):
        assert rows(as_csv(answer)) == [list(COLUMNS)]
        assert "BEGIN:VEVENT" not in as_ics(answer, MADE)
