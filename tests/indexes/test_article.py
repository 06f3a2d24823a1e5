"""The article's text is normalised once, its id is stable, and its fingerprint tells versions apart."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from indexes.types.article import Article, canonical_url, id_comes_from_content, new_article, normalise

PIER = Article(
    id="pier-1",
    text="The east pier is shut.",
    title="Pier shut",
    url="https://post.example/pier",
    source="Harbour Post",
    authors=("Mara Quill",),
    published=date(2026, 6, 3),
    language="en",
)

any_text = st.text(st.characters(exclude_categories=()), max_size=60) | st.text(
    "ae\u0301\u0308\r\n\v\f\x00\x1c\x85\u2028\ufeff\ud800\udc00", max_size=20
)


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("cafe\u0301", "caf\u00e9"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("one\u2028two\x85three\ffour", "one\ntwo\nthree\nfour"),
        ("one\r\r\ntwo", "one\n\ntwo"),
        ("\ufeffone", "one"),
        ("one\ufefftwo", "one\ufefftwo"),
        ("o\x00ne", "o\ufffdne"),
        ("o\ud800ne", "o\ufffdne"),
        ("  left alone \t", "  left alone \t"),
        ("", ""),
    ],
)
def test_a_text_is_brought_to_one_form(raw: str, kept: str) -> None:
    assert normalise(raw) == kept


@given(any_text)
def test_normalising_twice_changes_nothing(raw: str) -> None:
    assume(not raw.startswith("\ufeff\ufeff"))
    assert normalise(normalise(raw)) == normalise(raw)


def test_normalising_twice_changes_nothing_after_two_byte_order_marks() -> None:
    assert normalise(normalise("\ufeff\ufeffone")) == normalise("\ufeff\ufeffone")


@given(any_text)
def test_a_normalised_text_can_be_stored_and_has_one_kind_of_line_end(raw: str) -> None:
    text = normalise(raw)
    text.encode("utf-8")
    assert not set(text) & set("\x00\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")


def test_an_id_that_the_source_gives_wins() -> None:
    article = new_article("The pier is shut.", id="wire-7", url="https://post.example/pier")
    assert article.id == "wire-7"


@pytest.mark.parametrize(
    "url",
    [
        "http://post.example/pier",
        "https://www.post.example/pier",
        "https://POST.example/pier",
        "https://post.example/pier/",
        "https://post.example/pier#comments",
        "https://post.example/pier?utm_source=letter&utm_medium=mail",
        "https://post.example/pier?fbclid=abc123",
        "  https://post.example/pier\n",
    ],
)
def test_one_page_has_one_id_however_its_url_is_written(url: str) -> None:
    assert new_article("Shut.", url=url).id == new_article("Shut again.", url="https://post.example/pier").id


@pytest.mark.parametrize(
    "url",
    ["https://post.example/Pier", "https://post.example/pier?id=4", "https://sport.post.example/pier"],
)
def test_another_page_has_another_id(url: str) -> None:
    assert new_article("Shut.", url=url).id != new_article("Shut.", url="https://post.example/pier").id


@pytest.mark.parametrize(
    ("url", "identity"),
    [
        ("https://www.post.example/pier?utm_campaign=x#top", "post.example/pier"),
        ("https://post.example/pier/?id=4", "post.example/pier?id=4"),
        ("https://post.example/a?b=1&a=2", "post.example/a?a=2&b=1"),
        ("https://post.example/", "post.example"),
    ],
)
def test_a_canonical_url_is_without_what_does_not_name_the_page(url: str, identity: str) -> None:
    assert canonical_url(url) == identity


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://paper.example/a?id=3&utm_source=feed#top", "https://paper.example/a?id=3#top"),
        ("https://paper.example/a?fbclid=x", "https://paper.example/a"),
        ("https://paper.example/a/?x=%41+b&12345&page=", "https://paper.example/a/?x=%41+b&12345&page="),
        ("HTTPS://www.Paper.example/a#b?utm_source=c", "HTTPS://www.Paper.example/a#b?utm_source=c"),
    ],
)
def test_a_link_is_kept_to_the_letter_but_without_tracking(url: str, kept: str) -> None:
    assert new_article("A text.", url=url).url == kept


def test_a_trailing_slash_before_a_fragment_does_not_name_another_page() -> None:
    assert canonical_url("https://post.example/pier/#top") == canonical_url("https://post.example/pier")


def test_www_is_taken_off_a_url_without_scheme() -> None:
    assert canonical_url("www.post.example/pier") == "post.example/pier"


def test_a_broken_url_does_not_stop_an_article() -> None:
    assert new_article("The pier is shut.", url="http://[post.example/pier").text == "The pier is shut."


def test_without_id_and_url_the_content_names_the_article() -> None:
    first = new_article("The pier is shut.", title="Pier")
    assert first.id == new_article("The pier is shut.", title="Pier", source="Post", origin="/other.txt").id
    assert first.id != new_article("The pier is open.", title="Pier").id
    assert first.id != new_article("The pier is shut.", title="Dock").id


def test_only_a_name_from_content_would_change_with_the_content() -> None:
    assert id_comes_from_content(new_article("The pier is shut."))
    assert not id_comes_from_content(new_article("The pier is shut.", id="wire-7"))
    assert not id_comes_from_content(new_article("The pier is shut.", url="https://post.example/pier"))


def test_fields_other_than_the_text_are_put_on_one_line() -> None:
    article = new_article(
        "One.\n\nTwo.",
        id=" a\nb ",
        title=" Pier\r\n shut ",
        source="Harbour\tPost",
        authors=("Mara\nQuill", " ", ""),
        language=" EN-gb\n",
    )
    assert (article.id, article.title, article.source) == ("a b", "Pier shut", "Harbour Post")
    assert (article.authors, article.language, article.text) == (("Mara Quill",), "en-gb", "One.\n\nTwo.")


def test_what_is_not_stated_stays_empty() -> None:
    article = new_article("The pier is shut.")
    assert (article.title, article.url, article.source, article.authors, article.published) == ("", "", "", (), None)
    assert article.language == "en"


@pytest.mark.parametrize(
    "edited",
    [
        replace(PIER, text="The east pier is open."),
        replace(PIER, title="Pier open"),
        replace(PIER, url="https://post.example/pier-2"),
        replace(PIER, source="Gazette"),
        replace(PIER, authors=("Mara Quill", "Jon Ferrow")),
        replace(PIER, authors=()),
        replace(PIER, published=date(2026, 6, 4)),
        replace(PIER, published=None),
        replace(PIER, language="de"),
    ],
)
def test_the_fingerprint_changes_with_whatever_a_reader_sees(edited: Article) -> None:
    assert edited.fingerprint != PIER.fingerprint


def test_the_fingerprint_does_not_change_with_what_a_reader_does_not_see() -> None:
    moved = replace(PIER, id="other", version=4, origin="/elsewhere.txt", fetched_at=datetime(2020, 1, 1, tzinfo=UTC))
    assert moved.fingerprint == PIER.fingerprint


def test_words_that_move_from_one_field_to_the_next_change_the_fingerprint() -> None:
    assert replace(PIER, authors=("Mara", "Quill")).fingerprint != replace(PIER, authors=("Mara Quill",)).fingerprint
    assert replace(PIER, title="a", text="bc").fingerprint != replace(PIER, title="ab", text="c").fingerprint


def test_the_sha256_is_that_of_the_text_in_utf8() -> None:
    assert new_article("Café shut.").sha256 == hashlib.sha256(b"Caf\xc3\xa9 shut.").hexdigest()
    assert new_article("Cafe\u0301 shut.").sha256 == new_article("Caf\u00e9 shut.").sha256
    assert new_article("Shut.", title="A").sha256 == new_article("Shut.", title="B").sha256


def test_the_label_is_the_title_or_the_first_words_or_the_id() -> None:
    assert PIER.label == "Pier shut"
    assert replace(PIER, title="", text=" The pier\n\nis shut. ").label == "The pier is shut."
    assert replace(PIER, title="", text="x" * 100).label == "x" * 80
    assert replace(PIER, title="", text=" \n ").label == "pier-1"


def test_two_readings_of_one_article_are_equal() -> None:
    assert new_article("Shut.", origin="/a.txt") == new_article("Shut.", origin="/b.txt")
