"""Whose word an outlet and an address are: known to be so, or shown as what somebody says; and who replaces what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from indexes import Article, Outcome
from indexes.ingest.outlets import COMMAND_LINE, FEEDS, Sender
from indexes.ingest.sites import domain_of, is_called, site_of
from indexes.types.article import new_article
from indexes.types.filters import Filter, ImpossibleFilter
from tests.support.fast_index import QuickIndex

EDITOR = Sender("user 3")
KEY = Sender("key feeds", "sent with the key feeds", may_edit=False)
OTHER_KEY = Sender("key wire", "sent with the key wire", may_edit=False)
QUAY = "quaychronicle.example"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[QuickIndex]:
    with QuickIndex(tmp_path) as opened:
        yield opened


def served(host: str, source: str = "Quay Chronicle", path: str = "/pier", text: str = "The pier shut.") -> Article:
    """A page as it is read from a host, which is not at the address that another host served."""
    article = new_article(text, url=f"https://{host}{path}", source=source)
    return replace(article, fetched_from=article.host)


def added(index: QuickIndex, article: Article, sender: Sender = FEEDS) -> Outcome:
    (outcome,) = index.add([article], sender=sender)
    return outcome


def shown(index: QuickIndex, article: Article, sender: Sender = FEEDS) -> str:
    outcome = added(index, article, sender)
    assert outcome.article is not None, outcome
    return index.store.article(outcome.article.id).outlet


@pytest.mark.parametrize(
    ("host", "source"),
    [
        (QUAY, "Quay Chronicle"),
        (f"www.{QUAY}", "Quay Chronicle"),
        (f"m.{QUAY}", "QUAY CHRONICLE"),
        (f"sport.{QUAY}", "The Quay-Chronicle"),
        ("bbc.co.uk", "BBC News"),
        ("theguardian.com", "The Guardian"),
        ("lemonde.fr", "Le Monde.fr"),
        ("faz.net", "FAZ.NET"),
        ("elpais.com", "El País"),
        (QUAY, QUAY),
        (QUAY, ""),
    ],
)
def test_a_page_of_the_outlets_own_host_is_simply_the_outlets(index: QuickIndex, host: str, source: str) -> None:
    assert shown(index, served(host, source)) == source
    assert not source or index.outlets() == {source: 1}


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        f"{QUAY.partition('.')[0]}.evil.example",
        f"{QUAY}.evil.example",
        "quay.example",
        "evil-quaychronicle.example",
        "quaychronicle.github.io.evil.example",
        "127.0.0.1",
    ],
)
def test_a_foreign_page_is_shown_as_what_it_says_and_where_it_is_from(index: QuickIndex, host: str) -> None:
    assert shown(index, served(host)) == f"says it is Quay Chronicle, fetched from {host}"
    assert index.outlets() == {}


def test_a_site_that_hosts_others_pages_is_not_each_of_them(index: QuickIndex) -> None:
    assert shown(index, served("ada.github.io", "GitHub")) == "says it is GitHub, fetched from ada.github.io"
    assert shown(index, served("ada.github.io", "Ada", "/2", "Another.")) == "Ada"


def test_a_filter_by_outlet_and_address_finds_none_that_only_say_so(index: QuickIndex) -> None:
    added(index, served(QUAY, text="The pier of the quay is shut, said the board."))
    added(index, served("evil.example", text="The pier of the quay is open, said nobody."))
    claimed = new_article(
        "The pier of the quay is sold, said a key.", url=f"https://{QUAY}/sold", source="Quay Chronicle"
    )
    added(index, claimed, KEY)
    for name in ("Quay Chronicle", QUAY):
        where = Filter(sources=(name,))
        for channels in (("dense",), ("keyword",)):
            hits = index.search("pier of the quay", where=where, channels=channels)
            assert [hit.article.host for hit in hits] == [QUAY]
            assert "shut" in hits[0].text
    hits = index.search("pier of the quay", where=Filter(sources=("evil.example",)))
    assert [hit.article.outlet for hit in hits] == ["says it is Quay Chronicle, fetched from evil.example"]
    assert len(index.store.latest_articles(10, named="quay chronicle")) == 3


def test_a_filter_by_an_outlet_that_nobody_is_known_to_be_finds_nothing(index: QuickIndex) -> None:
    added(index, served("evil.example"))
    with pytest.raises(ImpossibleFilter, match="no article here has the source 'Quay Chronicle'"):
        index.search("pier", where=Filter(sources=("Quay Chronicle",)))


def test_a_host_called_alike_does_not_take_the_name_of_one_that_is_known_by_it(index: QuickIndex) -> None:
    added(index, served(QUAY))
    noted = "says it is Quay Chronicle, fetched from quaychronicle.test"
    assert shown(index, served("quaychronicle.test")) == noted
    assert shown(index, served("quaychronicle.test", path="/2", text="Again.")) == noted
    assert shown(index, served(f"m.{QUAY}", path="/3", text="On the phone.")) == "Quay Chronicle"


def test_a_name_in_letters_that_look_alike_is_not_the_outlets(index: QuickIndex) -> None:
    lookalike = "Qu\u0430y Chronicle"
    assert shown(index, served("evil.example", lookalike)).startswith("says it is Qu\u0430y Chronicle, fetched from")


def test_what_somebody_with_the_right_says_of_a_host_is_known_of_it_from_then_on(index: QuickIndex) -> None:
    of_nytimes = served("nytimes.example", "The New York Times")
    assert shown(index, of_nytimes) == "says it is The New York Times, fetched from nytimes.example"
    record = new_article("A record.", url="https://www.nytimes.example/r", source="The New York Times")
    assert shown(index, record, EDITOR) == "The New York Times"
    next_one = served("nytimes.example", "The New York Times", "/2", "Another page.")
    assert shown(index, next_one) == "The New York Times"
    again = added(index, of_nytimes)
    assert (again.kind, again.replaces_anothers) == ("updated", False)
    assert shown(index, of_nytimes) == "The New York Times"
    assert added(index, of_nytimes).kind == "unchanged"


def test_what_a_key_or_a_page_says_of_a_host_is_not_known_of_it(index: QuickIndex) -> None:
    added(index, new_article("A record.", url="https://evil.example/r", source="Quay Chronicle"), KEY)
    added(index, served("evil.example", path="/1", text="First."), EDITOR)
    second = served("evil.example", path="/2", text="Second.")
    assert shown(index, second) == "says it is Quay Chronicle, fetched from evil.example"


def test_an_outlet_named_by_the_operator_stands_for_what_pages_say(index: QuickIndex) -> None:
    page = served("northline.example", "Northline | World")
    assert shown(index, page, replace(COMMAND_LINE, outlet="The Northline")) == "The Northline"
    other = served("northline.example", "The Northline", "/2", "Another page.")
    assert shown(index, other) == "The Northline"


def test_files_and_records_of_the_operator_and_of_editors_are_what_they_say(index: QuickIndex) -> None:
    for sender in (COMMAND_LINE, EDITOR):
        article = new_article(f"Sent by {sender.name}.", id=f"q-{sender.name}", url=f"https://{QUAY}/x", source="Quay")
        assert shown(index, article, sender) == "Quay"


@pytest.mark.parametrize(
    ("stated", "note"),
    [
        ({"source": "Quay Chronicle"}, "says it is Quay Chronicle, sent with the key feeds"),
        ({"url": f"https://{QUAY}/x"}, "sent with the key feeds"),
        ({}, ""),
    ],
)
def test_what_a_key_says_is_shown_as_its_word(index: QuickIndex, stated: dict[str, str], note: str) -> None:
    article = new_article("The pier shut.", **stated)
    assert shown(index, article, KEY) == note
    kept = index.store.article(article.id)
    assert (kept.source, kept.url) == (stated.get("source", ""), stated.get("url", ""))
    assert kept.fingerprint == article.fingerprint


def test_a_name_cannot_hide_or_turn_round_what_follows_it(index: QuickIndex) -> None:
    hostile = served("evil.example", "Quay\u202e Chronicle\u2067" + " x" * 200)
    words = shown(index, hostile)
    assert words.startswith("says it is Quay Chronicle x")
    assert words.endswith("…, fetched from evil.example")
    assert len(words) < 130
    assert not {"\u202e", "\u2067"} & set(words)


OURS = new_article("The harbour will close.", id="harbour-17", url=f"https://{QUAY}/harbour", source="Quay Chronicle")
FORGED = "The harbour will stay open."


@pytest.mark.parametrize("first", [COMMAND_LINE, EDITOR, OTHER_KEY])
def test_a_key_replaces_no_article_that_another_added(index: QuickIndex, first: Sender) -> None:
    added(index, OURS, first)
    refused = added(index, replace(OURS, text=FORGED), KEY)
    assert refused.kind == "refused"
    assert refused.reason == (
        "it would replace the article 'harbour-17', which someone else added. Only an editor, or an API key with "
        "the scope edit, may do that"
    )
    assert index.store.versions("harbour-17") == [1]


def test_a_key_replaces_no_article_whose_address_it_names(index: QuickIndex) -> None:
    page = served(QUAY)
    added(index, page)
    assert added(index, new_article(FORGED, url=page.url), KEY).kind == "refused"
    assert added(index, new_article(FORGED, url=f"http://{QUAY}/pier/?utm_source=x"), KEY).kind == "refused"
    assert index.store.article(page.id).text == page.text


def test_a_key_replaces_no_page_that_was_fetched_for_it(index: QuickIndex) -> None:
    page = served(QUAY)
    added(index, page, KEY)
    assert added(index, new_article(FORGED, url=page.url), KEY).kind == "refused"


def test_a_key_goes_on_with_its_own_articles_until_somebody_with_the_right_replaced_them(index: QuickIndex) -> None:
    assert added(index, OURS, KEY).kind == "added"
    assert added(index, replace(OURS, text="Second."), KEY).kind == "updated"
    edited = added(index, replace(OURS, text="Third."), EDITOR)
    assert (edited.kind, edited.replaces_anothers) == ("updated", True)
    assert index.store.article("harbour-17").outlet == "Quay Chronicle"
    assert added(index, replace(OURS, text="Fourth."), KEY).kind == "refused"
    assert added(index, replace(OURS, text="Second."), KEY).kind == "unchanged"


def test_an_editor_who_sends_what_a_key_sent_makes_it_known(index: QuickIndex) -> None:
    added(index, OURS, KEY)
    assert shown(index, OURS, EDITOR) == "Quay Chronicle"
    assert added(index, OURS, EDITOR).kind == "unchanged"
    assert [index.store.article("harbour-17", n).outlet for n in (1, 2)] == [
        "says it is Quay Chronicle, sent with the key feeds",
        "Quay Chronicle",
    ]


def test_the_site_of_an_article_updates_it_and_nobody_can_keep_it_from_doing_so(index: QuickIndex) -> None:
    added(index, served(QUAY))
    update = served(f"m.{QUAY}", text="The pier is open again.")
    update = replace(update, id=served(QUAY).id, url=f"https://{QUAY}/pier")
    outcome = added(index, update)
    assert (outcome.kind, outcome.replaces_anothers) == ("updated", False)
    later = served(QUAY, path="/later")
    added(index, new_article(FORGED, id=later.id), KEY)
    added(index, new_article(FORGED, id=later.id, url="https://evil.example/x"), KEY)
    assert added(index, later).kind == "updated"
    assert index.store.article(later.id).outlet == "Quay Chronicle"


def test_a_page_of_another_host_replaces_nothing_without_the_right(index: QuickIndex) -> None:
    added(index, OURS, COMMAND_LINE)
    foreign = replace(served("evil.example"), id="harbour-17")
    assert added(index, foreign).kind == "refused"
    by_an_editor = added(index, foreign, EDITOR)
    assert (by_an_editor.kind, by_an_editor.replaces_anothers) == ("updated", True)


def test_who_added_what_and_where_it_was_fetched_is_kept_with_each_version(index: QuickIndex) -> None:
    added(index, served(QUAY), FEEDS)
    added(index, replace(served(QUAY), text="Changed."), EDITOR)
    kept = [index.store.article(served(QUAY).id, n) for n in (1, 2)]
    assert [(one.added_by, one.fetched_from) for one in kept] == [("followed feeds", QUAY), ("user 3", QUAY)]


@pytest.mark.parametrize(
    ("host", "site", "domain"),
    [
        ("m.paper.example", "paper.example", "paper.example"),
        ("www.m.paper.example", "m.paper.example", "paper.example"),
        ("amp.dev", "amp.dev", "amp.dev"),
        ("m.co.uk", "m.co.uk", "m.co.uk"),
        ("news.bbc.co.uk", "news.bbc.co.uk", "bbc.co.uk"),
        ("ada.github.io", "ada.github.io", "ada.github.io"),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost", "localhost"),
        ("::1", "::1", "::1"),
        ("", "", ""),
        ("a b", "a b", "a b"),
    ],
)
def test_a_host_belongs_to_a_site_and_a_domain(host: str, site: str, domain: str) -> None:
    assert (site_of(host), domain_of(host)) == (site, domain)


def test_a_host_without_a_name_is_called_nothing() -> None:
    assert not any(is_called(host, name) for host in ("", "::1", "127.0.0.1") for name in ("", "The News", "127"))
