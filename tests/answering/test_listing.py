"""Questions about the archive are told from all others, and answered by counting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from assistant.answering.archive_questions import ArchiveQuestion, archive_question
from assistant.answering.listing import Listing, list_articles
from assistant.conversation.publication_days import read_days
from indexes import Filter, Index
from indexes.types.article import new_article
from tests.support.fast_index import HashedWords

TODAY = date(2026, 3, 9)

ARCHIVE = {
    "how many articles mention Hans Rell?": ArchiveQuestion(mentions=("Hans Rell",), counts=True),
    "Which of our stories mention Stennard": ArchiveQuestion(mentions=("Stennard",)),
    "which of our articles are by Judith Sayle?": ArchiveQuestion(author="Judith Sayle"),
    "What has the Harbour Post written about the ferry since March?": ArchiveQuestion(
        about=("the ferry",), outlet="the Harbour Post"
    ),
    "how many articles do we have about the museum theft, and what are they called?": ArchiveQuestion(
        about=("the museum theft",), counts=True
    ),
    "list the articles about the dry dock": ArchiveQuestion(about=("the dry dock",)),
    "articles from last week about the tram": ArchiveQuestion(about=("the tram",)),
    "what did we publish today": ArchiveQuestion(),
    "How many stories are from Coast Daily?": ArchiveQuestion(outlet="Coast Daily", counts=True),
    "In how many articles is Petra Holvig mentioned?": ArchiveQuestion(mentions=("Petra Holvig",), counts=True),
    "In which stories does the word “dike” appear?": ArchiveQuestion(mentions=("dike",)),
    "Which articles contain the words 'pay or strike'?": ArchiveQuestion(mentions=("pay or strike",)),
    'Which stories mention "the road by the sea"?': ArchiveQuestion(mentions=("the road by the sea",)),
    "Do we have any articles about the drought?": ArchiveQuestion(about=("the drought",)),
    "Is there an article about the chess tournament?": ArchiveQuestion(about=("the chess tournament",)),
    "Have we ever written anything about Storm Odalys?": ArchiveQuestion(about=("Storm Odalys",)),
    "Could you show me all stories by Ewa Lindvar about the phone call, please?": ArchiveQuestion(
        about=("the phone call",), author="Ewa Lindvar"
    ),
    "How many Harbour Post articles name Verrin?": ArchiveQuestion(
        mentions=("Verrin",), outlet="Harbour Post", counts=True
    ),
    "How many articles are there?": ArchiveQuestion(counts=True),
    "How many pieces did Magda Ruyter write?": ArchiveQuestion(outlet="Magda Ruyter", counts=True),
    "What do we have on the strike on the Osmund Canal?": ArchiveQuestion(about=("the strike on the Osmund Canal",)),
    "How many articles about the ferry have we published since Monday?": ArchiveQuestion(
        about=("the ferry",), counts=True
    ),
    "stories about the flood in Quenby": ArchiveQuestion(about=("the flood",), outlet="Quenby", place="in Quenby"),
    "how many articles mention Petra Holvig or Nadia Rell": ArchiveQuestion(
        mentions=("Petra Holvig", "Nadia Rell"), counts=True
    ),
    "articles that mention the strike and the ferry": ArchiveQuestion(mentions=("strike", "ferry"), every=True),
    "Which articles mention both Rell and the “fire and rescue service”?": ArchiveQuestion(
        mentions=("Rell", "fire and rescue service"), every=True
    ),
    "which articles mention either Rell, Salm or mention the word 'ferry'?": ArchiveQuestion(
        mentions=("Rell", "Salm", "ferry")
    ),
    'Which articles contain "pay" and "strike"?': ArchiveQuestion(mentions=("pay", "strike"), every=True),
    "How many articles about the strike or about the ferry mention Verrin?": ArchiveQuestion(
        about=("the strike", "the ferry"), mentions=("Verrin",), counts=True
    ),
    "Which articles mention any of Rell, Salm and Verrin?": ArchiveQuestion(mentions=("Rell", "Salm", "Verrin")),
    "How many articles mention the word strike or the word walkout?": ArchiveQuestion(
        mentions=("strike", "walkout"), counts=True
    ),
    "Which articles mention Rell as well as Salm?": ArchiveQuestion(mentions=("Rell", "Salm"), every=True),
    "do any articles mention both Rell and Salm?": ArchiveQuestion(mentions=("Rell", "Salm"), every=True),
    "Number of stories mentioning Verrin since the start of June": ArchiveQuestion(mentions=("Verrin",), counts=True),
    "Show me everything by Ewa Lindvar from March": ArchiveQuestion(author="Ewa Lindvar"),
    "articles about the strike and the ferry": ArchiveQuestion(about=("the strike and the ferry",)),
    "which articles mention the storm and are by Ewa Lindvar": ArchiveQuestion(
        mentions=("storm",), author="Ewa Lindvar"
    ),
    "how many articles mention the strike in 2022": ArchiveQuestion(mentions=("strike",), counts=True),
    "articles by Judith Sayle from March 2024": ArchiveQuestion(author="Judith Sayle"),
    "which articles since 5 May mention the ferry": ArchiveQuestion(mentions=("ferry",)),
    "articles about rowing between 1 and 10 June": ArchiveQuestion(about=("rowing",)),
    "how many stories did the Ledger run last month": ArchiveQuestion(outlet="the Ledger", counts=True),
    "which articles from May 2026?": ArchiveQuestion(),
    "stories from June mentioning Rell": ArchiveQuestion(mentions=("Rell",)),
    "articles about the flood of 2013": ArchiveQuestion(about=("the flood of 2013",)),
    "articles about the 2022 election": ArchiveQuestion(about=("the 2022 election",)),
    "What is the number of articles that mention Quenby?": ArchiveQuestion(mentions=("Quenby",), counts=True),
}

OTHERS = (
    "which companies recalled cars?",
    "how many people died in the storm?",
    "how many articles of the constitution were amended?",
    "What did the article say?",
    "Which articles of the treaty forbid tolls?",
    "How many stories does the tower have?",
    "How many stories high is the new hotel?",
    "How many articles were stolen from the museum?",
    "Who wrote the article about the ferry?",
    "When was the story about the dry dock published?",
    "What do the articles say about the ferry?",
    "Which articles say that the ferry closes?",
    "How often is Hans Rell mentioned?",
    "List the companies that fined their drivers",
    "What did the Harbour Post report about the call?",
    "What articles of clothing were found on the beach?",
    "Which articles do not mention Verrin?",
    "How many pieces of art did the thieves take?",
    "Tell me the story of the astrolabes",
    "How many articles about the king did the court strike down?",
    "Which story did the witness tell the jury?",
    "How many articles does the new law contain?",
    "What has the minister said about water?",
    "Which articles mention it?",
    "How many articles mention Rell or Salm and Verrin?",
    "How many articles mention Rell, Salm?",
    "How many articles mention Rell and how many mention Salm?",
    "Which articles by Sayle or about the ferry are there?",
    "How many articles did we publish in early May 2026?",
    "How many articles mention the strike in the summer of 2022?",
    "articles on the strike in the first two weeks of July",
    "stories by Lindvar after the vaccine was approved in May",
    "Do any articles of the treaty forbid tolls?",
    "Show me everything about the strike",
    "How many articles mention Rell but not Salm in May?",
    "How many times was Verrin mentioned in June?",
    "which pieces were stolen in March?",
    "Which articles from July say that the strike ended?",
    "Summarise the articles from May",
    "How many articles are from 30 February 2026?",
    "How many articles were there in 2019 and 2021?",
    "Who won the 2022 election?",
    "What happened in May?",
    "How many people died in May 2026?",
    "What articles of clothing were found in May?",
    "What did the minister say between 1 and 10 June?",
    "Which companies have recalled cars since 2022?",
    "Which stories?",
    "What do we know about the drought?",
    "Is there a ferry on Sunday?",
)

ARTICLES = (
    new_article(
        "Ferry\n\nThe ferry Aurora ran aground on Monday. Hans Rell, its captain, was unhurt. Nobody else was aboard.",
        id="ferry",
        title="Ferry",
        source="Harbour Post",
        authors=("Judith Sayle",),
        published=date(2026, 3, 2),
    ),
    new_article(
        "A new ferry was named on Tuesday. It cost a fortune. Captain Hans Rell waved.",
        id="new",
        title="A second ferry for Quenby",
        source="Harbour Post",
        authors=("Tom Brandt", "Judith Sayle"),
        published=date(2026, 3, 5),
    ),
    new_article(
        "A new ferry was named on Tuesday. It cost a fortune. Captain Hans Rell waved.",
        id="copy",
        title="A second ferry for Quenby",
        source="Coast Daily",
        published=date(2026, 3, 5),
    ),
    new_article(
        "The flood reached the mill. Families in Quenby left their homes. The flood is the worst in years.",
        id="flood",
        title="Water rises",
        source="Coast Daily",
        authors=("Tom Brandt",),
        published=TODAY,
    ),
    new_article("Nobody won. The mayor thanked Hans. Rell Street stays closed.", id="street"),
)


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """Not to be written to."""
    with Index(tmp_path_factory.mktemp("listing") / "home", model=HashedWords()) as index:
        list(index.add(ARTICLES))
        yield index


def read(question: str) -> tuple[ArchiveQuestion | None, Filter]:
    """What is asked of the archive, and the days of publication."""
    rest, published = read_days(question, TODAY)
    return archive_question(rest, dated=published is not None), published.where if published else Filter()


def listing(index: Index, question: str, where: Filter | None = None, most: int = 20) -> Listing:
    asked, days = read(question)
    assert asked is not None
    return list_articles(index, asked, days.and_also(where or Filter()), TODAY, most)


def ids(listing: Listing) -> list[str]:
    return [one.article.id for one in listing.articles]


def quotes(listing: Listing) -> list[str]:
    return [one.article.text[one.sentence.start : one.sentence.end] for one in listing.articles]


@pytest.mark.parametrize("question", ARCHIVE)
def test_a_question_about_the_archive_is_read(question: str) -> None:
    assert read(question)[0] == ARCHIVE[question]


@pytest.mark.parametrize("question", OTHERS)
def test_any_other_question_is_not_one_about_the_archive(question: str) -> None:
    assert read(question)[0] is None


@pytest.mark.parametrize(
    ("question", "found", "text"),
    [
        ("How many articles mention Hans Rell?", ["copy", "new", "ferry"], "3 articles mention “Hans Rell”."),
        ("Which articles mention the Aurora?", ["ferry"], "1 article mentions “Aurora”."),
        ("How many articles mention Ida Rell?", [], "No article mentions “Ida Rell”."),
        ("How many articles are there?", ["flood", "copy", "new", "ferry", "street"], "There are 5 articles here."),
        ("Which articles are by Judith Sayle?", ["new", "ferry"], "2 articles here are by Judith Sayle."),
        ("articles by sayle", ["new", "ferry"], "2 articles here are by Judith Sayle."),
        ("What has Tom Brandt written?", ["flood", "new"], "2 articles here are by Tom Brandt."),
        ("How many stories are from the daily?", ["flood", "copy"], "2 articles here are from Coast Daily."),
        (
            "Which Harbour Post articles mention Hans Rell?",
            ["new", "ferry"],
            "2 articles from Harbour Post mention “Hans Rell”.",
        ),
        (
            "stories about the flood in Quenby",
            ["flood"],
            "1 article is about the flood in Quenby. "
            "It has these words, the rarest in the title, at the beginning or twice.",
        ),
        (
            "list the articles about the ferry by Brandt",
            ["new"],
            "1 article by Tom Brandt is about the ferry. "
            "It has these words, the rarest in the title, at the beginning or twice.",
        ),
        (
            "How many articles mention the Aurora or the mill?",
            ["flood", "ferry"],
            "2 articles mention “Aurora” or “mill”.",
        ),
        (
            "Which articles mention Hans Rell and a fortune?",
            ["copy", "new"],
            "2 articles mention both “Hans Rell” and “fortune”.",
        ),
        ("Which articles mention the Aurora and the mill?", [], "No article mentions both “Aurora” and “mill”."),
        (
            "articles about the ferry that mention the Aurora",
            ["ferry"],
            "1 article is about the ferry and mentions “Aurora”. "
            "It has these words, the rarest in the title, at the beginning or twice.",
        ),
        (
            "articles about the flood or the ferry by Brandt or Nobody",
            [],
            "No author and no outlet here is called “Brandt or Nobody”.",
        ),
        (
            "which stories are by Sayle or Brandt?",
            ["flood", "new", "ferry"],
            "3 articles here are by Judith Sayle or Tom Brandt.",
        ),
        ("articles from Brandt by Sayle", ["new", "ferry"], "2 articles here are by Judith Sayle."),
        (
            "How many articles mention Hans Rell before 4 March?",
            ["ferry"],
            "1 article published until 3 March 2026 mentions “Hans Rell”.",
        ),
        (
            "Which articles between 3 and 10 March mention Hans Rell?",
            ["copy", "new"],
            "2 articles published from 3 to 10 March 2026 mention “Hans Rell”.",
        ),
        (
            "How many articles did we publish in 2026?",
            ["flood", "copy", "new", "ferry"],
            "4 articles here were published in 2026.",
        ),
        (
            "How many stories did the Harbour Post run last month?",
            [],
            "No article from Harbour Post was published in February 2026.",
        ),
        ("articles about the zeppelin", [], "Going by its words, no article is about the zeppelin."),
    ],
)
def test_all_articles_that_match_are_counted_and_no_others(
    newsroom: Index, question: str, found: list[str], text: str
) -> None:
    said = listing(newsroom, question)
    assert (ids(said), said.text, said.count) == (found, text, len(found))


@pytest.mark.parametrize("question", ["articles by Jane Nobody", "What has the Moon Gazette written about the ferry?"])
def test_a_name_that_nobody_here_has_is_said_to_be_unknown(newsroom: Index, question: str) -> None:
    said = listing(newsroom, question)
    assert (said.articles, said.count) == ((), 0)
    assert said.text == f"No author and no outlet here is called “{said.unknown}”."
    assert said.unknown in question


@pytest.mark.parametrize(
    ("where", "found", "text"),
    [
        (Filter(since=TODAY, until=TODAY), ["flood"], "1 article here was published today."),
        (Filter(until=date(2026, 3, 2)), ["ferry"], "1 article here was published until 2 March 2026."),
        (
            Filter(since=date(2026, 3, 3), sources=("coast daily",)),
            ["flood", "copy"],
            "2 articles from coast daily were published since 3 March 2026.",
        ),
        (Filter(since=date(2027, 1, 1)), [], "No article here was published since 1 January 2027."),
    ],
)
def test_the_filter_applies_and_is_told(newsroom: Index, where: Filter, found: list[str], text: str) -> None:
    said = listing(newsroom, "What did we publish?", where)
    assert (ids(said), said.text) == (found, text)


def test_all_are_counted_though_only_the_newest_are_listed(newsroom: Index) -> None:
    said = listing(newsroom, "How many articles mention Hans Rell?", most=1)
    assert (ids(said), said.count) == (["copy"], 3)
    assert said.text == "3 articles mention “Hans Rell”. This is the newest."


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("Which articles mention Hans Rell?", "Hans Rell, its captain, was unhurt."),
        ("articles about the captain of the Aurora", "The ferry Aurora ran aground on Monday."),
        ("articles by Judith Sayle", "The ferry Aurora ran aground on Monday."),
    ],
)
def test_the_sentence_quoted_is_the_one_that_bears_it_out_and_no_headline(
    newsroom: Index, question: str, quoted: str
) -> None:
    assert quotes(listing(newsroom, question))[-1] == quoted


@pytest.mark.parametrize(
    "question",
    [
        "how many articles are there?",
        "articles about the strike on the Osmund Canal",
        "which articles mention the Harbour Post?",
        "what has Magda Ruyter written?",
        "articles about Storm Odalys",
    ],
)
def test_every_quoted_sentence_is_verbatim_at_its_offsets(samples: Index, question: str) -> None:
    said = listing(samples, question, most=100)
    assert said.count == len(said.articles) > 0
    for one in said.articles:
        stored = samples.store.article(one.article.id).text
        quote = stored[one.sentence.start : one.sentence.end]
        assert quote == quote.strip() != ""
        assert any(one.sentence in passage.sentences for passage in samples.store.passages_of(one.article.id, 1))


@pytest.mark.parametrize(
    "name",
    ["Osmund Canal", "Tomas Verrin", "Storm Odalys", "Anselm Doorne", "Vessen Bank", "biscuit tins", "No. 4 lock"],
)
def test_as_many_sample_articles_mention_a_name_as_have_it_in_their_text(samples: Index, name: str) -> None:
    articles = [samples.store.article(article_id) for article_id in samples.store.article_ids()]
    having = [one.id for one in articles if name in f"{one.title}\n{one.text}".replace("’", "'")]
    said = listing(samples, f"how many articles mention “{name}”?", most=100)
    assert sorted(ids(said)) == sorted(having) != []


def test_while_words_are_being_indexed_nothing_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Index(tmp_path / "home", model=HashedWords()) as index:
        list(index.add(ARTICLES[:1]))
        monkeypatch.setattr(index.keywords, "read", lambda recipe, look: None)
        said = listing(index, "How many articles mention Hans Rell?")
        assert (said.count, said.articles) == (None, ())
        assert "cannot be counted at the moment" in said.text


def test_removed_and_updated_articles_are_counted_as_they_are_now(tmp_path: Path) -> None:
    with Index(tmp_path / "home", model=HashedWords()) as index:
        list(index.add(ARTICLES))
        list(index.add([new_article("A tram was named on Tuesday. Ida Orm waved.", id="new", title="A tram")]))
        index.remove(["copy"])
        assert ids(listing(index, "which articles mention Hans Rell")) == ["ferry"]
        assert quotes(listing(index, "which articles mention Ida Orm")) == ["Ida Orm waved."]
