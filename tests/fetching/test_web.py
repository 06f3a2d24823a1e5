"""What is fetched becomes articles, as files do; the address it came from decides which article it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from indexes import Index, Refusal
from indexes.fetch.web import read_sources, read_url
from indexes.ingest.files import read_file
from indexes.loaders.feeds import MOST_ENTRIES
from indexes.types.article import Article
from tests.support.loopback import SENTENCES, Names, Reply, Site, fetcher, page, rss, serving

SAMPLES = Path(__file__).parents[2] / "samples"
RSS = "application/rss+xml"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


def read(site: Site, path: str = "/") -> list[Article | Refusal]:
    return list(read_url(site.url(path), fetcher("127.0.0.1")))


def only(site: Site, path: str = "/") -> Article:
    (found,) = read(site, path)
    assert isinstance(found, Article), found
    return found


def test_a_page_becomes_an_article_that_remembers_its_address(site: Site) -> None:
    site.replies["/"] = Reply(status=301, headers={"Location": "/pier?x=1#top"})
    site.replies["/pier?x=1"] = Reply(page())
    article = only(site)
    assert (article.title, article.text) == ("East pier shut", "\n".join(SENTENCES))
    assert (article.url, article.origin) == (site.url("/pier?x=1"), site.url("/"))


def test_a_canonical_address_on_the_same_site_is_the_articles(site: Site) -> None:
    names = Names(paper_example=[["127.0.0.1"]])
    canonical = '<link rel="canonical" href="http://www.paper.example/pier">'
    site.replies["/pier?from=letter"] = Reply(page(head=canonical))
    url = site.url("/pier?from=letter", "paper.example")
    (found,) = read_url(url, fetcher("127.0.0.1", resolve=names))
    assert isinstance(found, Article)
    assert found.url == "http://www.paper.example/pier"


@pytest.mark.parametrize("stated", ["https://post.example/pier", "javascript:alert(1)", "https://x y/", "/", "//["])
def test_a_page_cannot_pass_itself_off_as_an_article_of_another_site(site: Site, stated: str) -> None:
    site.replies["/"] = Reply(page(head=f'<link rel="canonical" href="{stated}">'))
    assert only(site).url == site.url("/")


def test_a_text_cannot_take_the_id_of_another_article(site: Site) -> None:
    front = "---\nid: wire-7\nurl: https://post.example/pier\ntitle: Pier\n---\n"
    site.replies["/"] = Reply(front + SENTENCES[0], "text/markdown")
    article = only(site)
    assert (article.title, article.url) == ("Pier", site.url("/"))
    assert article.id != "wire-7"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bank-1-merger.pdf", "application/pdf"),
        ("call-5-analysis.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
)
def test_documents_are_read_as_their_files_are(site: Site, name: str, kind: str) -> None:
    site.replies["/"] = Reply((SAMPLES / name).read_bytes(), kind)
    (of_file,) = read_file(SAMPLES / name)
    assert isinstance(of_file, Article)
    assert only(site).text == of_file.text


def test_the_encoding_of_the_response_is_used(site: Site) -> None:
    text = f"Café on the quay closed\n\n{SENTENCES[0]} It was “dear”."
    site.replies["/"] = Reply(text.encode("cp1252"), "text/plain; charset=ISO-8859-1")
    site.replies["/html"] = Reply(page("Café").encode("latin-1"), 'text/html; charset="iso-8859-1"')
    assert only(site).text == text
    assert only(site, "/html").title == "Café"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(""), "the file is empty"),
        (Reply("<html><body></body></html>"), "no article was found on the page"),
        (Reply("%PDF-1.4 cut", "application/pdf"), "it is damaged or not a PDF"),
        (Reply("caf\xe9".encode("latin-1"), "text/plain"), "byte 4 is not UTF-8 text"),
        (Reply("<a/>", "application/xml"), "it is not an HTML page"),
        (Reply("<rss", RSS), "it is not an HTML page"),
    ],
)
def test_what_holds_no_article_is_one_refused_line(site: Site, reply: Reply, reason: str) -> None:
    site.replies["/"] = reply
    (found,) = read(site)
    assert isinstance(found, Refusal)
    assert found.where == site.url("/")
    assert found.reason.startswith(reason)


def test_files_and_addresses_are_read_in_order_and_a_bad_one_stops_nothing(site: Site, tmp_path: Path) -> None:
    (tmp_path / "tides.txt").write_text(f"Tides\n\n{SENTENCES[0]}", encoding="utf-8")
    site.replies["/"] = Reply(page())
    sources = [site.url("/none"), "file:///etc/passwd", str(tmp_path / "tides.txt"), "http:/x", site.url("/")]
    found = [item for piece in read_sources(sources, fetcher("127.0.0.1")) for item in piece]
    assert [isinstance(item, Article) for item in found] == [False, False, True, False, True]


@pytest.mark.parametrize("kind", [RSS, "text/xml", "application/xml; charset=utf-8", "text/html", "text/plain"])
def test_a_feed_gives_the_articles_it_links_to(site: Site, kind: str) -> None:
    site.replies["/feed"] = Reply(rss("/a", "/none", "b", "/feed", "/a"), kind)
    site.replies["/a"], site.replies["/b"] = Reply(page("A")), Reply(page("B"))
    a, none, b, feed = read(site, "/feed")
    assert isinstance(a, Article)
    assert isinstance(b, Article)
    assert (a.title, b.title, a.origin) == ("A", "B", site.url("/a"))
    assert isinstance(none, Refusal)
    assert (none.where, none.reason[:23]) == (site.url("/none"), "the server answered 404")
    assert isinstance(feed, Refusal)
    assert feed.reason == "it is a feed, not an article"


def test_an_entry_fills_in_only_what_its_page_does_not_state(site: Site) -> None:
    more = (
        "<title>Of the &lt;b&gt;feed&lt;/b&gt; &amp;amp; more</title><pubDate>Wed, 04 Jun 2025 09:00:00 GMT</pubDate>"
        "<author>desk@post.example (Mara Quill)</author>"
    )
    head = '<meta name="author" content="Jon Ferrow"><meta property="article:published_time" content="2025-06-05">'
    bare = f"<html><body><article><p>{SENTENCES[0]}</p><p>{SENTENCES[1]}</p></article></body></html>"
    site.replies["/feed"] = Reply(rss("/stated", "/bare", more=more), RSS)
    site.replies["/stated"], site.replies["/bare"] = Reply(page(head=head)), Reply(bare)
    told = [(a.title, a.authors, a.published) for a in read(site, "/feed") if isinstance(a, Article)]
    assert told == [
        ("East pier shut", ("Jon Ferrow",), date(2025, 6, 5)),
        ("Of the feed & more", ("Mara Quill",), date(2025, 6, 4)),
    ]


def test_atom_is_read_too(site: Site) -> None:
    site.replies["/feed"] = Reply(
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>P</title><entry><link rel="enclosure" href="/no"/>'
        '<link href="/a"/><published>2025-06-04T09:00:00Z</published><author><name>Mara Quill</name></author></entry>'
        "<entry><title>no link</title></entry></feed>",
        "application/atom+xml",
    )
    site.replies["/a"] = Reply(page())
    (found,) = read(site, "/feed")
    assert isinstance(found, Article)
    assert (found.authors, found.published) == (("Mara Quill",), date(2025, 6, 4))
    assert site.asked == ["/feed", "/a"]


def test_a_feed_without_end_is_cut(site: Site) -> None:
    site.replies["/feed"] = Reply(rss(*(f"/{n}" for n in range(MOST_ENTRIES + 50))), RSS)
    assert len(read(site, "/feed")) == MOST_ENTRIES


def test_an_entity_that_a_feed_defines_is_not_put_in(site: Site) -> None:
    feed = rss("/a", title="&a;").replace("<rss", '<!DOCTYPE rss [<!ENTITY a "haha">]><rss')
    site.replies["/feed"], site.replies["/a"] = Reply(feed, RSS), Reply(page())
    assert [item.title for item in read(site, "/feed") if isinstance(item, Article)] == ["East pier shut"]


def test_an_article_is_found_by_the_address_it_was_added_by(site: Site, index: Index) -> None:
    site.replies["/s"] = Reply(status=302, headers={"Location": "/pier"})
    site.replies["/pier"] = Reply(page())
    (outcome,) = index.add(read_url(site.url("/s"), fetcher("127.0.0.1")))
    assert outcome.article is not None
    assert index.find(site.url("/s")) == index.find(site.url("/pier")) == [outcome.article.id]
    (again,) = index.add(read_url(site.url("/pier"), fetcher("127.0.0.1")))
    assert again.kind == "unchanged"
