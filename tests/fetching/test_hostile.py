"""Hostile addresses, redirects and names: none of them reaches a server on loopback that nobody allowed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexes.fetch.urls import read_address
from indexes.fetch.web import read_url
from indexes.types.article import Article
from indexes.types.errors import NotFetched
from tests.support.loopback import Names, Reply, Site, fetcher, page, serving

HOSTILE = json.loads((Path(__file__).parents[1] / "data" / "hostile-urls.json").read_text(encoding="utf-8"))
NAMES = {
    "localhost": ["127.0.0.1"],
    "loopback.example": ["127.0.0.1"],
    "mixed.example": ["93.184.215.14", "127.0.0.1"],
    "xn--lcal-5qa.example": ["127.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "six.example": ["2606:4700:4700::1111", "::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "scoped.example": ["fe80::1%lo"],
    "public.example": ["93.184.215.14"],
}


def names() -> Names:
    told = Names()
    told.answers = {name: [addresses] for name, addresses in NAMES.items()}
    return told


@pytest.fixture
def canary() -> Iterator[Site]:
    """A server that nothing may reach."""
    with serving() as site:
        yield site
        assert site.asked == []


def test_there_are_enough_hostile_addresses() -> None:
    urls = [url for group in HOSTILE.values() for url in group["urls"]]
    assert len(urls) == len(set(urls)) >= 150


@pytest.mark.parametrize("group", HOSTILE)
def test_no_hostile_address_reaches_the_canary(canary: Site, group: str) -> None:
    wrong = {}
    for form in HOSTILE[group]["urls"]:
        url = form.replace("{port}", str(canary.port))
        with pytest.raises(NotFetched) as refused:
            fetcher(resolve=names()).fetch(url)
        if HOSTILE[group]["reason"] not in refused.value.reason:
            wrong[form] = refused.value.reason
    assert wrong == {}


@pytest.mark.parametrize("group", HOSTILE)
def test_no_hostile_redirect_reaches_the_canary(canary: Site, group: str) -> None:
    with serving() as site:
        resolve = names()
        resolve.answers["paper.example"] = [["127.0.0.1"]]
        reaching = fetcher("paper.example", resolve=resolve)
        for form in HOSTILE[group]["urls"]:
            to = form.replace("{port}", str(canary.port)).encode(errors="surrogatepass").decode("latin-1")
            if "\r" in to or "\n" in to:
                continue  # not one header
            site.replies["/"] = Reply(status=302, headers={"Location": to}, kind="")
            with pytest.raises(NotFetched):
                reaching.fetch(site.url("/", "paper.example"))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_a_private_address_is_refused_by_name(canary: Site, status: int) -> None:
    with serving() as site:
        site.replies["/"] = Reply(status=status, headers={"Location": canary.url("/secret")})
        with pytest.raises(NotFetched) as refused:
            fetcher("paper.example", resolve=Names(paper_example=[["127.0.0.1"]])).fetch(site.url("/", "paper.example"))
    assert str(refused.value) == (
        f"{site.url('/', 'paper.example')}: it leads to {canary.url('/secret')}: 127.0.0.1 is not a public address. "
        "To allow it: setting fetch_allow"
    )


@pytest.mark.parametrize("to", ["/a\tb", "ht\ttp://paper.example/", "\\\\paper.example/", "/\xff"])
def test_a_redirect_is_checked_as_it_was_sent(to: str) -> None:
    with serving() as site:
        site.replies["/"] = Reply(status=302, headers={"Location": to})
        with pytest.raises(NotFetched, match="which is not an address"):
            fetcher("127.0.0.1").fetch(site.url("/"))


def test_five_redirects_are_followed_and_six_are_not() -> None:
    with serving() as site:
        for n in range(6):
            site.replies[f"/{n}"] = Reply(status=302, headers={"Location": f"{n + 1}"})
        site.replies["/6"] = Reply(page())
        assert fetcher("127.0.0.1").fetch(site.url("/1")).url == site.url("/6")
        with pytest.raises(NotFetched, match="redirects more than 5 times"):
            fetcher("127.0.0.1").fetch(site.url("/0"))


def test_a_name_that_changes_its_address_after_the_check_gains_nothing() -> None:
    with serving() as site, serving("127.0.0.2", site.port) as canary:
        site.replies["/"] = Reply(page())
        resolve = Names(paper_example=[["127.0.0.1"], ["127.0.0.2"]])
        fetcher("127.0.0.1", resolve=resolve).fetch(site.url("/", "paper.example"))
        assert (resolve.asked, site.asked, canary.asked) == (["paper.example"], ["/"], [])


def test_a_name_that_changes_its_address_between_redirects_is_checked_again() -> None:
    with serving() as site, serving("127.0.0.2", site.port) as canary:
        site.replies["/"] = Reply(status=302, headers={"Location": "/again"})
        resolve = Names(paper_example=[["127.0.0.1"], ["127.0.0.2"]])
        with pytest.raises(NotFetched, match=r"127\.0\.0\.2 is not a public address"):
            fetcher("127.0.0.1", resolve=resolve).fetch(site.url("/", "paper.example"))
        assert (site.asked, canary.asked) == (["/"], [])


def test_one_private_address_among_public_ones_is_enough_to_refuse(canary: Site) -> None:
    resolve = Names(paper_example=[["93.184.215.14", "127.0.0.1"]])
    with pytest.raises(NotFetched, match=r"127\.0\.0\.1 is not a public address"):
        fetcher(resolve=resolve).fetch("http://paper.example/")


def test_the_allowed_name_does_not_allow_its_address_under_another_name(canary: Site) -> None:
    resolve = Names(paper_example=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
    with pytest.raises(NotFetched, match="is not a public address"):
        fetcher("paper.example", resolve=resolve).fetch(canary.url("/", "other.example"))


def test_proxies_in_the_environment_are_not_used(canary: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, canary.url(""))
    with serving() as site:
        site.replies["/"] = Reply(page())
        fetcher("127.0.0.1").fetch(site.url("/"))
        assert site.asked == ["/"]


def test_what_a_page_refers_to_is_not_fetched(canary: Site) -> None:
    there = canary.url("/x")
    head = f'<base href="{there}"><link rel="stylesheet" href="{there}"><meta http-equiv="refresh" content="0;{there}">'
    with serving() as site:
        site.replies["/"] = Reply(
            page(head=head).replace("<p>", f'<p><img src="{there}"><iframe src="{there}"></p><p>')
        )
        (found,) = read_url(site.url("/", "localhost"), fetcher("localhost", resolve=Names(localhost=[["127.0.0.1"]])))
    assert isinstance(found, Article)


def test_what_a_feed_refers_to_beside_its_articles_is_not_fetched(canary: Site) -> None:
    feed = f"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "{canary.url("/x")}">
    <!ENTITY % y SYSTEM "{canary.url("/y")}"> %y;]><rss version="2.0"><channel><title>&x;</title>
    <image><url>{canary.url("/i")}</url></image><item><title>&x;</title>
    <enclosure url="{canary.url("/e")}" type="audio/mpeg"/><link>{canary.url("/l")}</link></item></channel></rss>"""
    with serving() as site:
        site.replies["/feed"] = Reply(feed, "application/rss+xml")
        resolve = Names(paper_example=[["127.0.0.1"]])
        (found,) = read_url(site.url("/feed", "paper.example"), fetcher("paper.example", resolve=resolve))
    assert not isinstance(found, Article)
    assert "is not a public address" in found.reason


@pytest.mark.parametrize(
    ("url", "host", "sent"),
    [
        ("http://1.1.1.1#\u0040127.0.0.1/", "1.1.1.1", "/"),
        ("http://1.1.1.1/\u0040127.0.0.1/", "1.1.1.1", "/\u0040127.0.0.1/"),
        ("http://1.1.1.1?\u0040127.0.0.1/", "1.1.1.1", "/?\u0040127.0.0.1/"),
        ("HTTPS://Paper.Example/Straße?q=ä#x", "paper.example", "/Stra%C3%9Fe?q=%C3%A4"),
        ("https://münchen.example/", "xn--mnchen-3ya.example", "/"),
        ("http://[2606:4700:4700:0::1111]/", "2606:4700:4700::1111", "/"),
        ("http://paper.example/%2e%2e/%0d", "paper.example", "/%2e%2e/%0d"),
    ],
)
def test_an_address_is_read_one_way(url: str, host: str, sent: str) -> None:
    place = read_address(url)
    assert (place.host, place.target) == (host, sent)
