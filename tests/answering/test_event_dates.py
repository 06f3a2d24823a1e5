"""When the event of a sentence took place: dates in full, dates to be worked out, and figures that are no dates."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.answering.event_dates import EventDate, event_date
from indexes.types.article import new_article

WEDNESDAY = date(2024, 5, 15)


def found(text: str, published: date | None = WEDNESDAY) -> EventDate | None:
    return event_date(new_article(text, published=published), 0, len(text))


def said(text: str, published: date | None = WEDNESDAY) -> tuple[str, str] | None:
    """The words and the label of the date found."""
    when = found(text, published)
    return (when.said, when.label) if when else None


@pytest.mark.parametrize(
    ("text", "words", "label"),
    [
        ("The mill burned down on July 4, 2022.", "July 4, 2022", "4 July 2022"),
        ("The mill burned down on Monday, July 4, 2022, at noon.", "Monday, July 4, 2022", "4 July 2022"),
        ("On Sept. 3 2021 the pier was opened.", "Sept. 3 2021", "3 September 2021"),
        ("The mill burned down on 4 July 2022.", "4 July 2022", "4 July 2022"),
        ("The mill burned down on Monday 4th of July, 2022.", "Monday 4th of July, 2022", "4 July 2022"),
        ("The mill burned down on 2022-07-04.", "2022-07-04", "4 July 2022"),
        ("The fair was held July 4-6, 2022.", "July 4-6, 2022", "4 to 6 July 2022"),
        ("The fair was held from June 30 to July 2, 2022.", "June 30 to July 2, 2022", "30 June to 2 July 2022"),
        ("The fair was held from 30 June to 2 July 2022.", "30 June to 2 July 2022", "30 June to 2 July 2022"),
        (
            "It ran from 30 December to 2 January 2022.",
            "30 December to 2 January 2022",
            "30 December 2021 to 2 January 2022",
        ),
        ("The bridge opened in July 2022.", "July 2022", "July 2022"),
        ("The bridge was built in early March 2019.", "March 2019", "March 2019"),
        ("Tolls rose between March and May 2020.", "March and May 2020", "March to May 2020"),
        ("It shut from May 2019 to early March 2020.", "May 2019 to early March 2020", "May 2019 to March 2020"),
        ("In 2019 the quay was sold.", "2019", "2019"),
        ("The quay was sold in late 2019.", "2019", "2019"),
        ("The ferry has not run since 2019.", "2019", "2019"),
        ("The dam was built between 1961 and 1964.", "1961 and 1964", "1961 to 1964"),
        ("The dam was raised by the end of 1964.", "1964", "1964"),
        ("The harbour was dredged in the 1990s.", "1990s", "1990 to 1999"),
    ],
)
def test_a_date_in_full_needs_no_day_of_publication(text: str, words: str, label: str) -> None:
    assert said(text, None) == (words, label)
    assert said(text) == (words, label)
    when = found(text)
    assert when is not None
    assert not when.resolved


@pytest.mark.parametrize(
    ("text", "words", "day"),
    [
        ("The mayor resigned on Tuesday.", "Tuesday", date(2024, 5, 14)),
        ("The mayor resigned Wednesday.", "Wednesday", date(2024, 5, 15)),
        ("The mayor resigned on Thursday.", "Thursday", date(2024, 5, 9)),
        ("The roof fell in on Monday night.", "Monday night", date(2024, 5, 13)),
        ("The roof fell in last Friday.", "last Friday", date(2024, 5, 10)),
        ("The roof fell in last Wednesday.", "last Wednesday", date(2024, 5, 8)),
        ("The roof fell in this past Friday.", "this past Friday", date(2024, 5, 10)),
        ("The council met on May 6.", "May 6", date(2024, 5, 6)),
        ("The council met on 6 May.", "6 May", date(2024, 5, 6)),
        ("The council met on Dec. 20.", "Dec. 20", date(2023, 12, 20)),
        ("The council met on June 20.", "June 20", date(2024, 6, 20)),
        ("The council met on April 6 last year.", "April 6 last year", date(2023, 4, 6)),
        ("The council met on 6 August of last year.", "6 August of last year", date(2023, 8, 6)),
        ("The council met yesterday.", "yesterday", date(2024, 5, 14)),
        ("The day before yesterday the council met.", "The day before yesterday", date(2024, 5, 13)),
        ("Last night the council met.", "Last night", date(2024, 5, 14)),
        ("The council met today.", "today", date(2024, 5, 15)),
        ("The council met this morning.", "this morning", date(2024, 5, 15)),
        ("The council meets tonight.", "tonight", date(2024, 5, 15)),
        ("The council met three days ago.", "three days ago", date(2024, 5, 12)),
        ("The council met 10 days ago.", "10 days ago", date(2024, 5, 5)),
    ],
)
def test_a_day_is_worked_out_from_the_day_of_publication(text: str, words: str, day: date) -> None:
    assert found(text) == EventDate(day, day, words, resolved=True)
    assert found(text, None) is None


@pytest.mark.parametrize(
    ("text", "words", "label"),
    [
        ("It rained from Monday to Wednesday.", "Monday to Wednesday", "13 to 15 May 2024"),
        ("The fair will be held between Friday and Sunday.", "Friday and Sunday", "17 to 19 May 2024"),
        ("The mayor resigned last week.", "last week", "6 to 12 May 2024"),
        ("The mayor resigned earlier this week.", "earlier this week", "13 to 15 May 2024"),
        ("The show goes on later this week.", "later this week", "15 to 19 May 2024"),
        ("Trains stood still over the weekend.", "the weekend", "11 to 12 May 2024"),
        ("Trains stood still last weekend.", "last weekend", "11 to 12 May 2024"),
        ("Trains will stand still this weekend.", "this weekend", "18 to 19 May 2024"),
        ("The mayor resigned last month.", "last month", "April 2024"),
        ("The mayor resigned last year.", "last year", "2023"),
        ("Earlier this year the mayor resigned.", "Earlier this year", "1 January to 15 May 2024"),
        ("The road will be widened next month.", "next month", "June 2024"),
        ("The road will be widened next year.", "next year", "2025"),
        ("The mayor resigned in March.", "March", "March 2024"),
        ("The mayor resigned in November.", "November", "November 2023"),
        ("The mayor will resign in March.", "March", "March 2025"),
        ("The mayor will resign in June.", "June", "June 2024"),
        ("The mayor resigned in June.", "June", "June 2023"),
        ("The mayor resigned last May.", "last May", "May 2023"),
        ("The mayor resigned last December.", "last December", "December 2023"),
        ("The mayor resigned this March.", "this March", "March 2024"),
        ("The mayor will resign next April.", "next April", "April 2025"),
        ("The mayor will resign next June.", "next June", "June 2024"),
        ("The mayor resigned in October last year.", "October last year", "October 2023"),
        ("The mayor resigned three weeks ago.", "three weeks ago", "22 to 28 April 2024"),
        ("The mayor resigned six months ago.", "six months ago", "November 2023"),
        ("The mayor resigned two years ago.", "two years ago", "2022"),
        ("The fair was held between 3 and 5 May.", "3 and 5 May", "3 to 5 May 2024"),
        ("The fair was held May 3-5.", "May 3-5", "3 to 5 May 2024"),
    ],
)
def test_several_days_are_worked_out_from_the_day_of_publication(text: str, words: str, label: str) -> None:
    assert said(text) == (words, label)
    when = found(text)
    assert when is not None
    assert when.resolved


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("The court will hear the case on Friday.", date(2024, 5, 17)),
        ("On Monday, the court will hear the case.", date(2024, 5, 20)),
        ("The court is due to rule Tuesday.", date(2024, 5, 21)),
        ("Talks are to begin on Thursday, the union said.", date(2024, 5, 16)),
        ("The hearing is scheduled for Saturday.", date(2024, 5, 18)),
        ("They’ll vote on Sunday.", date(2024, 5, 19)),
        ("The two sides agreed to meet on Monday.", date(2024, 5, 20)),
        ("The shop will close next Wednesday.", date(2024, 5, 22)),
        ("The shop closes this Friday.", date(2024, 5, 17)),
        ("The trial continues on Thursday.", date(2024, 5, 16)),
        ("Trains were stopped until Monday.", date(2024, 5, 20)),
        ("The road will stay shut until a bridge is finished on Aug. 2.", date(2024, 8, 2)),
        ("The stalls must be sold by March 31.", date(2025, 3, 31)),
        ("Drivers are required to be insured by March 31.", date(2025, 3, 31)),
        ("The aim is to finish the roof before Friday.", date(2024, 5, 17)),
        ("The crew expects to sail on Saturday.", date(2024, 5, 18)),
        ("The court will hear the case on Feb. 3.", date(2025, 2, 3)),
        ("The court will hear the case tomorrow.", date(2024, 5, 16)),
    ],
)
def test_after_a_verb_in_the_future_it_is_the_next_one(text: str, day: date) -> None:
    when = found(text)
    assert when is not None
    assert (when.start, when.end) == (day, day)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The bridge was closed on Monday after a lorry hit it on Sunday.", "Monday"),
        ("After a lorry hit it on Sunday, the bridge was closed on Monday.", "Monday"),
        ("The engineer, who joined in 2019, resigned on Monday.", "Monday"),
        ("The yard, founded in 1887, moved to Pell in 2019.", "2019"),
        ("A boat has run since Saturday in place of the bridge that was closed last week.", "Saturday"),
        ("Visitors of the May 6 fair spent more than in 2019.", "May 6"),
        ("Anger has grown since he sold the yard in March and led to Monday's march.", "Monday"),
        ("Two clocks stolen in March have been found, police said on Tuesday.", "Tuesday"),
        ("A man seen on Friday was arrested on Monday.", "Monday"),
        ("Police arrested on Monday a man who was seen on Friday.", "Monday"),
        ("The bridge was closed on Sunday, police said on Monday.", "Sunday"),
        ("Police said on Monday that the bridge was closed on Sunday.", "Sunday"),
        ("Police said on Monday that the bridge was closed.", "Monday"),
        ("Since 2019 the yard has lost money, and on Monday it closed.", "Monday"),
        ("Before Tuesday's vote the minister resigned on Monday.", "Monday"),
        ("The minister resigned ahead of Tuesday's vote.", "Tuesday"),
        ("PELL, May 14 (Wire) - The yard closed on Monday.", "Monday"),
        ("PELL, May 14 (Wire) - The yard closed.", "May 14"),
        ("The yard closed on March 3, 2020, and reopened on May 2, 2021.", "March 3, 2020"),
    ],
)
def test_of_several_dates_the_one_of_the_main_statement_counts(text: str, words: str) -> None:
    when = found(text)
    assert when is not None
    assert when.said == words


@pytest.mark.parametrize(
    "text",
    [
        "The captain, 47, steered for three weeks.",
        "The boat has 1,984 seats and cost $2019.",
        "They live at 1984 Mill Lane.",
        "The bill was passed by 2000 votes.",
        "In 1,950 homes the lights went out.",
        "Profits rose in fiscal 2023.",
        "She won the 2022 World Cup and lost the 2020 election.",
        "The choir meets every Monday and on Tuesdays.",
        "The shop opened on a Saturday.",
        "Black Friday brought no crowds.",
        "The Sunday Herald was sold.",
        "She may march in the parade.",
        "He came from Mar-del-Sur by boat.",
        "April Holt and June Carey sang.",
        "He spent the last year in Pell.",
        "Sales are lower than last year.",
        "Prices are up 4% from a year ago.",
        "It rained for the last week.",
        "It was the coldest day since 1963.",
        "This was the first strike in the yard since March.",
        "The council met on February 30.",
        "It ran from May 31 to 4, 2019.",
        "The rocks formed three thousand years ago.",
        "The council met a day earlier.",
        "Call 555-2019 or write to room 2020-12.",
        "Version 3.2019 was faster.",
        "Special for NEWS TODAY",
        "",
    ],
)
def test_what_looks_like_a_date_but_is_none(text: str) -> None:
    assert found(text) is None


def test_only_the_sentence_is_read() -> None:
    article = new_article("It rained on Monday. The quay was flooded. It dried on Tuesday.", published=WEDNESDAY)
    assert event_date(article, 21, 42) is None
    when = event_date(article, 43, len(article.text))
    assert when is not None
    assert when.said == "Tuesday"


def test_the_day_of_publication_may_have_a_time() -> None:
    published = datetime(2024, 5, 15, 23, 30, tzinfo=UTC)
    assert found("The mayor resigned on Wednesday.", published) == found("The mayor resigned on Wednesday.")


def test_a_date_may_be_broken_over_lines() -> None:
    assert said("The mill burned down on July\n4, 2022.") == ("July\n4, 2022", "4 July 2022")


@pytest.mark.parametrize("published", [date.min, date.max])
def test_days_that_no_calendar_has_are_no_dates(published: date) -> None:
    for text in (
        "It will close on Sunday.",
        "It closed nine years ago.",
        "It will close next month.",
        "It closed May 4.",
    ):
        when = found(text, published)
        assert when is None or when.start <= when.end


def test_a_long_table_takes_no_longer_than_a_long_sentence() -> None:
    when = found("The fair was held on May 6, " * 20_000)
    assert when is not None
    assert when.label == "6 May 2024"


WORDS = st.sampled_from(
    "the court will rule said on in since between and to from after Monday Friday night last next this week month year "
    "May March Dec. 4 31 2019 1990s 2022-02-30 2022-07-04 , . - three days ago today yesterday earlier weekend".split()
)


@given(words=st.lists(WORDS, max_size=12), published=st.none() | st.dates())
@example(words=["May", "31", "to", "4", "2019"], published=None)
def test_a_date_starts_before_it_ends_and_its_words_stand_in_the_sentence(
    words: list[str], published: date | None
) -> None:
    text = " ".join(words)
    when = found(text, published)
    if when is not None:
        assert when.start <= when.end
        assert when.said in text
        assert when.said
        assert when.label
        assert published is not None or not when.resolved


@given(text=st.text(), published=st.none() | st.dates())
def test_no_text_is_too_strange(text: str, published: date | None) -> None:
    when = found(text, published)
    assert when is None or when.said in text


@pytest.mark.parametrize(
    ("start", "end", "label"),
    [
        (date(2022, 7, 4), date(2022, 7, 4), "4 July 2022"),
        (date(2022, 7, 4), date(2022, 7, 6), "4 to 6 July 2022"),
        (date(2022, 7, 4), date(2022, 8, 4), "4 July to 4 August 2022"),
        (date(2021, 7, 4), date(2022, 7, 4), "4 July 2021 to 4 July 2022"),
        (date(2022, 7, 1), date(2022, 7, 31), "July 2022"),
        (date(2022, 7, 1), date(2022, 8, 31), "July to August 2022"),
        (date(2021, 7, 1), date(2022, 7, 31), "July 2021 to July 2022"),
        (date(2022, 1, 1), date(2022, 12, 31), "2022"),
        (date(2019, 1, 1), date(2022, 12, 31), "2019 to 2022"),
        (date(2022, 2, 1), date(2022, 2, 27), "1 to 27 February 2022"),
    ],
)
def test_days_are_written_as_people_write_them(start: date, end: date, label: str) -> None:
    assert EventDate(start, end, "", resolved=False).label == label
