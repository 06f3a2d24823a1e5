"""Questions about the archive are told from all others, and answered by counting."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from assistant.answering.archive_questions import ArchiveQuestion, archive_question
from assistant.answering.listing import Listing, list_articles
from indexes import Filter, Index
from indexes.types.article import new_article
from tests.support.fast_index import HashedWords

TODAY = date(2026, 3, 9)

ARCHIVE = {
    "how many articles mention Hans Rell?": ArchiveQuestion("Hans Rell", mentions=True, counts=True),
    "Which of our stories mention Stennard": ArchiveQuestion("Stennard", mentions=True),
    "which of our articles are by Judith Sayle?": ArchiveQuestion(author="Judith Sayle"),
    "What has the Harbour Post written about the ferry since March?": ArchiveQuestion(
        "the ferry", outlet="the Harbour Post"
    ),
    "how many articles do we have about the museum theft, and what are they called?": ArchiveQuestion(
        "the museum theft", counts=True
    ),
    "list the articles about the dry dock": ArchiveQuestion("the dry dock"),
    "articles from last week about the tram": ArchiveQuestion("the tram"),
    "what did we publish today": ArchiveQuestion(),
    "How many stories are from Coast Daily?": ArchiveQuestion(outlet="Coast Daily", counts=True),
    "In how many articles is Petra Holvig mentioned?": ArchiveQuestion("Petra Holvig", mentions=True, counts=True),
    "In which stories does the word “dike” appear?": ArchiveQuestion("dike", mentions=True),
    "Which articles contain the words 'pay or strike'?": ArchiveQuestion("pay or strike", mentions=True),
    'Which stories mention "the road by the sea"?': ArchiveQuestion("the road by the sea", mentions=True),
    "Do we have any articles about the drought?": ArchiveQuestion("the drought"),
    "Is there an article about the chess tournament?": ArchiveQuestion("the chess tournament"),
    "Have we ever written anything about Storm Odalys?": ArchiveQuestion("Storm Odalys"),
    "Could you show me all stories by Ewa Lindvar about the phone call, please?": ArchiveQuestion(
        "the phone call", author="Ewa Lindvar"
    ),
    "How many Harbour Post articles name Verrin?": ArchiveQuestion(
        "Verrin", outlet="Harbour Post", mentions=True, counts=True
    ),
    "How many articles are there?": ArchiveQuestion(counts=True),
    "How many pieces did Magda Ruyter write?": ArchiveQuestion(outlet="Magda Ruyter", counts=True),
    "What do we have on the strike on the Osmund Canal?": ArchiveQuestion("the strike on the Osmund Canal"),
    "How many articles about the ferry have we published since Monday?": ArchiveQuestion("the ferry", counts=True),
    "stories about the flood in Quenby": ArchiveQuestion("the flood", outlet="Quenby", place="in Quenby"),
    "What is the number of articles that mention Quenby?": ArchiveQuestion("Quenby", mentions=True, counts=True),
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
    "How many articles mention Rell or Salm?",
    "How many articles mention Rell and Salm?",
    "How many articles did we publish in May 2026?",
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


def listing(index: Index, question: str, where: Filter | None = None, most: int = 20) -> Listing:
    asked = archive_question(question)
    assert asked is not None
    return list_articles(index, asked, where or Filter(), TODAY, most)


def ids(listing: Listing) -> list[str]:
    return [one.article.id for one in listing.articles]


def quotes(listing: Listing) -> list[str]:
    return [one.article.text[one.sentence.start : one.sentence.end] for one in listing.articles]


@pytest.mark.parametrize("question", ARCHIVE)
def test_a_question_about_the_archive_is_read(question: str) -> None:
    assert archive_question(question) == ARCHIVE[question]


@pytest.mark.parametrize("question", OTHERS)
def test_any_other_question_is_not_one_about_the_archive(question: str) -> None:
    assert archive_question(question) is None


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
            "2 articles here are from coast daily, published since 3 March 2026.",
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
