"""Followed feeds: what is new in them is added once, what fails is remembered in words, and nothing stops the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from indexes import Index, Outcome
from indexes.fetch.http import Tag
from indexes.fetch.polling import everything, follow, unvisited_for, visit_all
from indexes.fetch.subscriptions import TRIES, FollowedFeed, FollowedFeeds
from indexes.storage.writer_lock import writing
from indexes.types.errors import FeedsBusy, FeedsDamaged, IndexBusy, NoSuchFeed, Unreadable
from tests.support.loopback import SENTENCES, Reply, Site, fetcher, page, rss, serving

RSS = "application/rss+xml"


@pytest.fixture
def site() -> Iterator[Site]:
    """A site with two articles, which differ."""
    with serving() as running:
        running.replies["/a"] = Reply(page("A"))
        running.replies["/b"] = Reply(page("B", sentences=SENTENCES[::-1]))
        yield running


@pytest.fixture
def followed(index: Index) -> FollowedFeeds:
    return FollowedFeeds(index.home)


def tagged(*links: str) -> Any:
    """A feed that is sent once, and then said to be as it was."""
    feed, tag = rss(*links), f'"{len(links)}"'
    return lambda request: (
        Reply(status=304, kind="")
        if request.headers.get("If-None-Match") == tag
        else Reply(feed, RSS, headers={"ETag": tag})
    )


def visits(index: Index, followed: FollowedFeeds) -> list[str]:
    """What a round of visits brings, in short."""
    told = []
    for _, item in visit_all(everything, followed, fetcher("127.0.0.1"), index.add):
        if isinstance(item, Outcome):
            told.append(f"{item.kind} {item.where.rsplit('/', 1)[1]}")
        else:
            told.append(f"failed: {item.failure}" if item.failure else "visited" if item.changed else "unchanged")
    return told


def only(followed: FollowedFeeds) -> FollowedFeed:
    (feed,) = followed.all()
    return feed


def test_following_a_feed_takes_nothing_yet(site: Site, index: Index, followed: FollowedFeeds) -> None:
    assert followed.all() == []
    assert not followed.path.exists()
    site.replies["/feed"] = Reply(rss("/a", "/b"), RSS)
    feed, new = follow(site.url("/feed"), followed, fetcher("127.0.0.1"))
    assert (feed.title, len(feed.entries), new) == ("Harbour Post", 2, True)
    assert not follow(site.url("/feed"), followed, fetcher("127.0.0.1"))[1]
    assert (only(followed).title, only(followed).articles, only(followed).last_success) == ("Harbour Post", 0, None)
    assert "/a" not in site.asked


@pytest.mark.parametrize("reply", [Reply(page()), Reply("words", "text/plain"), Reply(status=500)])
def test_what_is_no_feed_is_not_followed(site: Site, followed: FollowedFeeds, reply: Reply) -> None:
    site.replies["/feed"] = reply
    with pytest.raises(Unreadable):
        follow(site.url("/feed"), followed, fetcher("127.0.0.1"))
    assert followed.all() == []


def test_each_article_is_fetched_once_and_a_feed_that_is_as_it_was_is_not_sent(
    site: Site, index: Index, followed: FollowedFeeds
) -> None:
    site.replies["/feed"] = tagged("/a")
    follow(site.url("/feed"), followed, fetcher("127.0.0.1"))
    assert visits(index, followed) == ["added a", "visited"]
    assert visits(index, followed) == ["unchanged"]
    site.replies["/feed"] = tagged("/b", "/a")
    assert visits(index, followed) == ["added b", "visited"]
    assert (site.asked.count("/a"), site.asked.count("/b")) == (1, 1)
    assert (only(followed).articles, only(followed).failure) == (2, "")
    assert only(followed).tag == Tag('"2"')


def test_an_article_that_fails_is_tried_again_and_given_up_in_the_end(
    site: Site, index: Index, followed: FollowedFeeds
) -> None:
    site.replies["/feed"] = tagged("/a", "/late", "/never")
    follow(site.url("/feed"), followed, fetcher("127.0.0.1"))
    assert visits(index, followed) == ["added a", "refused late", "refused never", "visited"]
    site.replies["/late"] = Reply(page("Late", sentences=(*SENTENCES, "It was late.")))
    assert visits(index, followed) == ["added late", "refused never", "visited"]
    assert visits(index, followed) == ["refused never", "visited"]
    assert visits(index, followed) == ["unchanged"]
    assert (site.asked.count("/never"), only(followed).articles) == (TRIES, 2)


def test_a_feed_that_fails_is_remembered_in_words_and_the_others_go_on(
    site: Site, index: Index, followed: FollowedFeeds
) -> None:
    for name in ("one", "two", "three"):
        site.replies[f"/{name}"] = Reply(rss("/a"), RSS)
        follow(site.url(f"/{name}"), followed, fetcher("127.0.0.1"))
    site.replies["/one"] = Reply(status=503)
    site.replies["/two"] = Reply(page())
    assert visits(index, followed) == [
        "failed: the server answered 503 Service Unavailable. Try again later.",
        "failed: it is not an RSS or Atom feed. Give the address of the feed itself, not of a page about it",
        "added a",
        "visited",
    ]
    one, two, three = followed.all()
    assert one.failure == "the server answered 503 Service Unavailable. Try again later."
    assert (one.last_failure is None, one.last_success) == (False, None)
    assert (two.articles, three.articles, three.last_failure) == (0, 1, None)


def test_a_busy_index_is_no_failure_of_the_feed_and_nothing_is_lost(
    site: Site, index: Index, followed: FollowedFeeds
) -> None:
    site.replies["/feed"] = tagged("/a")
    follow(site.url("/feed"), followed, fetcher("127.0.0.1"))
    with writing(index.home), pytest.raises(IndexBusy, match="is being written by process"):
        visits(index, followed)
    assert (only(followed).last_failure, only(followed).last_success) == (None, None)
    assert visits(index, followed) == ["added a", "visited"]


def test_while_the_index_is_not_being_written_a_slow_feed_lets_others_write(
    site: Site, index: Index, followed: FollowedFeeds
) -> None:
    def slow(_: Any) -> Reply:
        with writing(index.home):  # someone else, while this article is fetched
            return Reply(page("Slow"))

    site.replies["/slow"] = slow
    site.replies["/feed"] = tagged("/slow")
    follow(site.url("/feed"), followed, fetcher("127.0.0.1"))
    assert visits(index, followed) == ["added slow", "visited"]


def test_two_do_not_look_at_the_feeds_at_once(site: Site, index: Index, followed: FollowedFeeds) -> None:
    site.replies["/feed"] = tagged("/a")
    follow(site.url("/feed"), followed, fetcher("127.0.0.1"))
    first = visit_all(everything, followed, fetcher("127.0.0.1"), index.add)
    next(first)
    with pytest.raises(FeedsBusy, match="being checked by another"):
        visits(index, followed)
    assert len(list(first)) == 1
    assert visits(index, followed) == ["unchanged"]


def test_a_feed_somebody_looked_at_a_moment_ago_is_left_alone(
    site: Site, index: Index, followed: FollowedFeeds
) -> None:
    for name in ("one", "two"):
        site.replies[f"/{name}"] = Reply(rss("/a"), RSS)
        follow(site.url(f"/{name}"), followed, fetcher("127.0.0.1"))
    site.replies["/two"] = Reply(status=500)
    assert len(list(filter(unvisited_for(15), followed.all()))) == 2
    visits(index, followed)
    assert list(filter(unvisited_for(15), followed.all())) == []
    assert len(list(filter(unvisited_for(0), followed.all()))) == 2
    assert list(visit_all(unvisited_for(15), followed, fetcher("127.0.0.1"), index.add)) == []


def test_a_feed_is_followed_no_more_and_its_articles_stay(site: Site, index: Index, followed: FollowedFeeds) -> None:
    site.replies["/feed"] = Reply(rss("/a"), RSS)
    follow(site.url("/feed"), followed, fetcher("127.0.0.1"))
    visits(index, followed)
    assert followed.remove(site.url("/feed")).articles == 1
    assert followed.all() == []
    assert index.find(site.url("/a"))
    with pytest.raises(NoSuchFeed, match=r"is not followed\. List the followed feeds: onrecord watch list"):
        followed.remove(site.url("/feed"))


def test_an_article_of_a_feed_removed_meanwhile_is_not_remembered(followed: FollowedFeeds) -> None:
    followed.tried("http://paper.example/feed", "http://paper.example/a", taken=True)
    assert followed.done_with("http://paper.example/feed") == set()


def test_a_feeds_file_that_is_none_is_named(followed: FollowedFeeds) -> None:
    followed.path.write_bytes(b"not a database, but long enough to look at" * 30)
    with pytest.raises(FeedsDamaged, match=r"feeds\.db cannot be used: file is not a database"):
        followed.all()
