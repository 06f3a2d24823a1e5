"""Different numbers for the same thing in articles of one story, and numbers that are of different things."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.answering.quantities import Differing, differing
from assistant.claims.counts import counts
from indexes import Article
from indexes.ingest.sentence_splitter import split_sentences
from indexes.types.article import new_article

NAMES = "Kestrel Bay and Mayor Lena Dorr were at the centre of it again."


def told(sentence: str, day: int = 1, source: str = "Harbour Post", names: str = NAMES) -> Article:
    """An article with two sentences, from a day in March 2026."""
    return new_article(
        f"{sentence} {names}", id=f"{source}-{day}-{sentence[:12]}", source=source, published=date(2026, 3, day)
    )


def found(*articles: Article) -> list[Differing]:
    return differing([(a, s.start, s.end) for a in articles for s in split_sentences(a.text)])


@pytest.mark.parametrize(
    ("first", "second", "values"),
    [
        ("At least nine people were killed in the mudslide.", "The death toll rose to 14 on Sunday.", {9, 14}),
        ("The fire killed three people, the service said.", "Five people died in the blaze.", {3, 5}),
        ("Rescuers found 12 bodies below the dam.", "The death toll now stands at 17.", {12, 17}),
        ("Some 40 people were injured in the crash.", "The crash injured 63 people.", {40, 63}),
        ("Eleven people are missing after the ferry sank.", "Divers say six people are still missing.", {11, 6}),
        ("Police arrested 25 people at the port.", "Officers detained 31 people at the port.", {25, 31}),
        ("The union said 4,200 members were on strike.", "The port said 2,600 employees walked out.", {4200, 2600}),
        ("About 9,000 people marched through the town.", "Police counted 3,500 protesters on the march.", {9000, 3500}),
        ("The port closes 14 fish warehouses in June.", "In June the port closes nine fish warehouses.", {9, 14}),
        ("One person died when the crane fell.", "Two people died when the crane fell.", {1, 2}),
        ("Some 4,200 staff joined the strike, the first since 2011.", "2,600 people joined the strike.", {4200, 2600}),
        ("A trial with 900 volunteers showed it.", "The trial, at Pellby, had 1,100 participants.", {900, 1100}),
        ("Nine people died in the flood.", "The toll rose to 14 after divers found five bodies.", {9, 14}),
    ],
)  # fmt: skip
def test_different_numbers_for_the_same_thing_are_found(first: str, second: str, values: set[float]) -> None:
    differences = found(told(first, 1), told(second, 2, "Coast Daily"))
    assert [{one.value for one in each.quantities} for each in differences] == [values]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Nine people were injured in the mudslide.", "The mudslide killed 14 people."),
        ("Three buses burned on the quay.", "Five cars burned on the quay."),
        ("Nine people were killed in the mudslide.", "In 2019 a mudslide killed 14 people."),
        ("The baker, 41, sold 300 loaves.", "The 52-year-old baker sold 300 loaves."),
        ("The quay was closed for three days.", "The quay was closed for five weeks."),
        ("The two ministers met on the quay.", "Four ministers met on the quay."),
        ("Nine people were killed in the mudslide.", "Another four people were killed on Tuesday."),
        ("Nine people were killed in the mudslide.", "Three children were killed in the mudslide."),
        ("About 4,200 workers were on strike.", "The port counted 4,260 workers on strike."),
        ("Nine people were killed in the mudslide.", "Up to 30 people could have been killed, an engineer said."),
        ("Five of the nine dead were sailors.", "Nine people died, and three of them were sailors."),
        ("The council bought 30 pumps from Tern Works.", "The museum lent 12 pumps to a school."),
        ("It cost 4 million crowns to mend the lock.", "The lock lets 60 million tonnes pass."),
        ("Police arrested 25 people in Almsted.", "Police arrested 31 people in Pellby."),
        ("Nine people died at 10 a.m. on Friday.", "Nine people died at 11:30 on Friday."),
        ("Nine people were killed on the march.", "The march on March 17 passed the lock."),
        ("Nine people died on Route 66.", "Nine people died on Route 20."),
        ("Some 400 people live by the quay.", "About 900 people swim by the quay."),
        ("The storm killed nine people.", "Every year storms kill 60 people."),
        ("Nine people were killed in the mudslide.", "In the spring of 2019, a mudslide killed 14 people."),
        ("Nine people were killed in the mudslide.", "A mudslide killed 14 people, in 2019."),
        ("Nine people were killed in the mudslide.", "A mudslide, which killed 14 people, struck in 2019."),
        ("A trial with 900 volunteers showed it.", "A second trial with 4,000 volunteers will follow."),
        ("The trial of the captain heard 12 witnesses.", "The trial of the captain drew 40 volunteers."),
    ],
)
def test_numbers_of_different_things_are_not_set_against_each_other(first: str, second: str) -> None:
    assert found(told(first, 1), told(second, 2, "Coast Daily")) == []


def test_numbers_of_different_stories_are_not_set_against_each_other() -> None:
    elsewhere = "Olmar Valley and Judge Piet Vann had seen nothing like it."
    one = told("At least nine people were killed in the mudslide.")
    assert found(one, told("The death toll rose to 14 on Sunday.", 2, names=elsewhere)) == []


def test_numbers_weeks_apart_are_of_different_times() -> None:
    assert found(told("Nine people were killed in the fire.", 1), told("A fire killed 14 people.", 28)) == []


def test_a_number_that_an_article_only_mentions_is_not_its_storys() -> None:
    roundup = told("The choir sang. " * 80 + "In other news 14 people were killed in a mudslide.", 2, "Coast Daily")
    assert found(told("At least nine people were killed in the mudslide.", 1), roundup) == []


def test_two_numbers_in_one_article_do_not_differ() -> None:
    assert found(told("Nine people died in the north. The death toll there rose to 14.")) == []


def test_a_later_toll_supersedes_the_earlier_one() -> None:
    first = told("At least nine people were killed in the mudslide.", 1)
    (difference,) = found(told("The death toll rose to 14 on Sunday.", 3, "Coast Daily"), first)
    assert difference.superseded
    assert difference.words == "Earlier: at least nine; later: 14."


def test_a_later_number_of_the_same_outlet_supersedes_its_earlier_one() -> None:
    first, second = told("The port said 2,600 employees walked out.", 1), told("Some 3,900 workers are on strike.", 4)
    (difference,) = found(first, second)
    assert difference.words == "Earlier: 2,600; later: some 3,900."


def test_numbers_of_two_outlets_stand_side_by_side_with_their_outlets() -> None:
    one = told("The union said 4,200 of its members were on strike.", 2)
    other = told("The port said 2,600 employees had walked out.", 2, "Coast Daily")
    (difference,) = found(one, other)
    assert not difference.superseded
    assert difference.words == "4,200 (Harbour Post) or 2,600 (Coast Daily)."


def test_a_toll_that_a_later_article_still_gives_is_not_superseded() -> None:
    articles = [told("Nine people died in the fire.", 1), told("The death toll rose to 14.", 2, "Coast Daily")]
    (difference,) = found(*articles, told("Nine people died in the fire, the mayor said.", 3, "Almsted Ledger"))
    assert not difference.superseded


def test_every_number_is_cited_to_the_letter() -> None:
    first, second = told("At least nine people were killed.", 1), told("The death toll rose to 14.", 2)
    for quantity in found(first, second)[0].quantities:
        assert quantity.text in quantity.citation.quote


@pytest.mark.parametrize(
    ("sentence", "read"),
    [
        ("At least nine people were killed and 30 injured.", [(9, "dead"), (30, "injured")]),
        ("Two hundred and ten people were evacuated.", [(210, "evacuated")]),
        ("The toll rose from nine to 14.", [(14, "dead")]),
        ("He scored 3-1 on 4 May at 10:30.", []),
        ("It costs $45 or 12 percent more.", []),
    ],
)
def test_what_a_sentence_counts(sentence: str, read: list[tuple[float, str]]) -> None:
    assert [(one.value, one.kind) for one in counts(sentence, 0, len(sentence))] == read
