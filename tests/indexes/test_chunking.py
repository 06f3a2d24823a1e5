"""Passages are whole sentences, never longer than the model reads, and lose nothing."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexes.embedding.embedder import PACKAGED_MODEL, Embedder, locate_model
from indexes.ingest.chunking import PassageSize, cut_passages, heading
from indexes.ingest.sentence_splitter import split_sentences
from indexes.types.article import Article, new_article
from indexes.types.passages import Passage

MINILM_READS = 254
"""256 tokens less the two that mark a text's beginning and end."""


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def letters(texts: Sequence[str]) -> list[int]:
    return [sum(not c.isspace() for c in text) for text in texts]


def said(article: Article, passages: list[Passage]) -> list[str]:
    return [article.text[p.start : p.end] for p in passages]


def test_a_passage_is_as_many_whole_sentences_as_fit() -> None:
    article = new_article("One two three. Four five. Six seven eight nine. Ten.", id="a")
    passages = cut_passages(article, PassageSize(target=5, limit=100), words)
    assert said(article, passages) == ["One two three. Four five.", "Six seven eight nine. Ten."]


def test_an_id_is_article_version_and_position() -> None:
    article = Article(id="wire-7", text="One two. Three four. Five six.", version=3)
    passages = cut_passages(article, PassageSize(target=2, limit=100), words)
    assert [p.id for p in passages] == ["wire-7:3:0", "wire-7:3:1", "wire-7:3:2"]
    assert [(p.article_id, p.version, p.position) for p in passages] == [("wire-7", 3, n) for n in range(3)]


def test_every_sentence_is_in_exactly_one_passage() -> None:
    article = new_article("The pier is shut. “We waited,” said Mr. Lund.\n\n- Shops close\n- Trams stop\n\nIt rained.")
    passages = cut_passages(article, PassageSize(target=6, limit=100), words)
    assert len(passages) > 1
    assert [s for p in passages for s in p.sentences] == split_sentences(article.text)


def test_the_same_article_gives_the_same_passages() -> None:
    article = new_article("One two. Three four. Five six.")
    size = PassageSize(target=4, limit=100)
    assert cut_passages(article, size, words) == cut_passages(article, size, words)


def test_the_limit_holds_together_with_the_heading() -> None:
    article = new_article(
        "One two three. Four five six. Seven eight nine.", title="Pier shut", published=date(2026, 6, 3)
    )
    passages = cut_passages(article, PassageSize(target=100, limit=11), words)
    assert words([heading(article, words)]) == [5]
    assert said(article, passages) == ["One two three. Four five six.", "Seven eight nine."]


def test_a_sentence_over_the_limit_is_cut_between_words_into_pieces_that_fit() -> None:
    article = new_article(
        "Before it. " + "one two three four five six seven eight nine ten eleven twelve. " + "After it."
    )
    passages = cut_passages(article, PassageSize(target=5, limit=100), words)
    assert all(n <= 5 for n in words(said(article, passages)))
    assert " ".join(said(article, passages)).split() == article.text.split()


def test_a_word_without_any_space_is_cut_in_the_middle() -> None:
    article = new_article("x" * 64)
    passages = cut_passages(article, PassageSize(target=10, limit=100), letters)
    assert said(article, passages) == ["x" * 8] * 8


def test_a_sentence_of_few_tokens_is_still_cut_where_it_is_very_long() -> None:
    article = new_article("x" * 5000)
    passages = cut_passages(article, PassageSize(target=10, limit=100), words)
    assert max(s.end - s.start for p in passages for s in p.sentences) <= 2000


@pytest.mark.parametrize("text", ["", " \n\n\t", "Pier shut"])
def test_a_text_without_sentences_gives_no_passages(text: str) -> None:
    assert cut_passages(new_article(text, title="Pier shut"), PassageSize(10, 100), words) == []


@pytest.mark.parametrize(
    ("title", "published", "expected"),
    [
        ("Pier shut", date(2026, 6, 3), "Pier shut. 03 June 2026\n"),
        ("Pier shut", None, "Pier shut\n"),
        ("", date(2026, 6, 3), "03 June 2026\n"),
        ("", None, ""),
    ],
)
def test_the_heading_holds_title_and_date(title: str, published: date | None, expected: str) -> None:
    assert heading(new_article("It is.", title=title, published=published), words) == expected


def test_a_title_of_40_tokens_is_kept_and_a_longer_one_loses_its_end() -> None:
    assert heading(new_article("It is.", title="pier " * 40), words) == ("pier " * 40).strip() + "\n"
    shortened = heading(new_article("It is.", title="first " + "pier " * 99), words)
    assert shortened.startswith("first pier")
    assert words([shortened])[0] <= 40


any_article = st.builds(
    new_article,
    st.lists(
        st.sampled_from("word |Mr. Smith |sat. |“No,” |he said! |\n\n|verylongword|3.5 |é |نعم؟ |👩‍👩‍👧 |。".split("|"))
        | st.text(st.characters(exclude_characters="-*•‣·"), max_size=5),
        max_size=80,
    ).map("".join),
    id=st.just("a"),
    title=st.text(max_size=300),
    published=st.none() | st.dates(),
)


@settings(max_examples=150, deadline=None)
@given(any_article, st.integers(1, 60), st.sampled_from([words, letters]))
def test_no_passage_exceeds_the_limit_or_loses_a_letter(article: Article, target: int, count) -> None:  # type: ignore[no-untyped-def]
    size = PassageSize(target, limit=60)
    passages = cut_passages(article, size, count)
    top = count([heading(article, count)])[0]
    assert all(top + n <= size.limit for n in count(said(article, passages)))
    assert all(n <= target for n in count(said(article, passages)))
    pieces = [s for p in passages for s in p.sentences]
    assert all(left.end <= right.start for left, right in pairwise(pieces))
    kept = "".join(article.text[s.start : s.end] for s in pieces)
    sentences = split_sentences(article.text, title=article.title)
    whole = "".join(article.text[s.start : s.end] for s in sentences)
    assert "".join(kept.split()) == "".join(whole.split())


@settings(max_examples=100, deadline=None)
@given(any_article)
def test_with_room_enough_an_article_is_one_passage_of_its_sentences(article: Article) -> None:
    passages = cut_passages(article, PassageSize(10_000, 20_000), letters)
    sentences = split_sentences(article.text, title=article.title)
    assert [p.sentences for p in passages] == ([tuple(sentences)] if sentences else [])


@pytest.fixture(scope="module")
def minilm() -> Embedder:
    return Embedder(locate_model(PACKAGED_MODEL), "fp32")


NASTY = {
    "web address": "See https://post.example/" + "a1b2-c3d4/" * 400 + " for more.",
    "web addresses": "https://post.example/2026/06/03/pier?id=77&page=2 " * 60,
    "Chinese": "我们不会离开码头。" * 200,
    "Chinese without a stop": "我们不会离开码头" * 300,
    "emoji": "👩‍👩‍👧‍👦🇩🇪🔥 " * 300,
    "5,000 letters without a space": "x" * 5000,
    "punctuation": "?!" * 2500,
    "long words": "Antidisestablishmentarianism " * 300,
    "Arabic": "السلام عليكم " * 300,
    "stacked accents": ("a" + "\u0301\u0302\u0303" * 5) * 300,
    "figures": "3.141592653589793, " * 300,
}


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_minilm_reads_every_passage_to_its_end(minilm: Embedder, text: str) -> None:
    article = new_article(text, title="Very long title of a report " * 30, published=date(2026, 6, 3))
    passages = cut_passages(article, PassageSize(target=180, limit=MINILM_READS), minilm.count_tokens)
    top = heading(article, minilm.count_tokens)
    assert max(minilm.count_tokens([top + words for words in said(article, passages)])) <= MINILM_READS
    assert "".join("".join(said(article, passages)).split()) == "".join(article.text.split())


def test_minilm_reads_a_passage_of_short_list_items_to_its_end(minilm: Embedder) -> None:
    article = new_article("\n".join(["- yes", "- no"] * 150), title="How the members voted")
    passages = cut_passages(article, PassageSize(target=180, limit=MINILM_READS), minilm.count_tokens)
    top = heading(article, minilm.count_tokens)
    assert max(minilm.count_tokens([top + words for words in said(article, passages)])) <= MINILM_READS
