"""Adding, searching, updating, removing and rebuilding, on a real SQLite, Chroma and MiniLM."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from indexes import Article, Index, read_paths
from indexes.storage.writer_lock import writing
from indexes.types.article import new_article
from indexes.types.errors import IndexBusy, IndexDamaged, IndexMismatch, ModelNotFound, NoSuchArticle

pytestmark = pytest.mark.slow

Add = Callable[..., list[str]]
CANAL = "Lock keepers on the Osmund Canal went on strike on Monday.\nThe union said 4,200 workers had walked out."


def test_a_question_finds_the_passage_that_answers_it(index: Index, add: Add, article: Article) -> None:
    add(article, new_article(CANAL, id="canal", title="Canal workers strike"))
    hits = index.search("how many people stopped working on the waterway?")
    assert hits[0].article.id == "canal"
    assert [hit.rank for hit in hits] == [1, 2]
    assert hits[0].text == hits[0].article.text[hits[0].passage.start : hits[0].passage.end]


def test_a_hit_names_the_channels_that_found_it(index: Index, add: Add, article: Article) -> None:
    add(article)
    assert index.search("Verrin")[0].channels == ("dense", "keyword")
    assert index.search("zebra")[0].channels == ("dense",)


def test_an_empty_index_finds_nothing(index: Index) -> None:
    assert index.is_empty()
    assert index.search("who denied the call?") == []


def test_adding_the_same_again_changes_nothing(index: Index, add: Add, article: Article) -> None:
    assert add(article) == ["added"]
    before = index.store.revision()
    assert add(article, replace(article)) == ["unchanged", "unchanged"]
    assert index.store.revision() == before
    assert index.store.versions("call") == [1]


def test_a_changed_article_becomes_a_new_version_and_the_old_one_stays_readable(
    index: Index, add: Add, article: Article
) -> None:
    changed = replace(article, text=article.text.replace("3.1", "4.7"))
    assert add(article, changed) == ["added", "updated"]
    assert index.store.article("call").text == changed.text
    assert index.store.article("call", 1).text == article.text
    assert {hit.passage.version for hit in index.search("shares fell percent")} == {2}


def test_a_version_seen_before_is_not_added_again(index: Index, add: Add, article: Article) -> None:
    changed = replace(article, title="Corrected")
    assert add(article, changed, article, changed) == ["added", "updated", "unchanged", "unchanged"]


def test_a_changed_file_without_url_is_still_the_same_article(index: Index, tmp_path: Path) -> None:
    file = tmp_path / "story.txt"
    file.write_text("Harbour reopens\nThe harbour reopened on Friday after the storm.", encoding="utf-8")
    (first,) = index.add(read_paths([file]))
    file.write_text("Harbour reopens\nThe harbour reopened on Saturday after the storm.", encoding="utf-8")
    (second,) = index.add(read_paths([file]))
    assert first.article is not None
    assert second.article is not None
    assert (second.kind, second.article.id, second.article.version) == ("updated", first.article.id, 2)


def test_an_article_without_a_sentence_is_refused_and_the_rest_is_added(
    index: Index, add: Add, article: Article
) -> None:
    assert add(new_article("...\n", id="dots", title="..."), article) == ["refused", "added"]


def test_removing_removes_every_version_everywhere(index: Index, add: Add, article: Article) -> None:
    add(article, replace(article, title="Second"), new_article(CANAL, id="canal"))
    assert [gone.id for gone in index.remove(["call"])] == ["call"]
    assert {hit.article.id for hit in index.search("who denied the call?")} == {"canal"}
    assert index.store.versions("call") == []
    assert index.problems() == []
    with pytest.raises(NoSuchArticle):
        index.store.article("call", 1)


def test_removing_all_or_none(index: Index, add: Add, article: Article) -> None:
    add(article)
    with pytest.raises(NoSuchArticle):
        index.remove(["call", "nowhere"])
    assert index.store.versions("call") == [1]


def test_a_removed_article_can_come_back(index: Index, add: Add, article: Article) -> None:
    add(article)
    index.remove(["call"])
    assert index.is_empty()
    assert add(article) == ["added"]
    assert index.search("who denied the call?")[0].article.id == "call"


def test_articles_are_found_by_id_url_and_file(index: Index, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("Title\nA sentence.", encoding="utf-8")
    outcomes = list(index.add([*read_paths([file]), new_article("Another one.", url="https://x.example/1")]))
    first, second = (outcome.article.id for outcome in outcomes if outcome.article)
    assert index.find(first) == [first]
    assert index.find(str(file)) == [first]
    assert index.find("https://x.example/1") == [second]
    with pytest.raises(NoSuchArticle, match=r"nothing\.txt"):
        index.find("nothing.txt")


def test_a_second_writer_is_refused_and_told_who_writes(index: Index, add: Add, article: Article) -> None:
    with writing(index.home), pytest.raises(IndexBusy, match=r"process [0-9]+"):
        add(article)
    assert add(article) == ["added"]


def test_a_reader_sees_what_was_added_while_it_had_the_index_open(index: Index, add: Add, article: Article) -> None:
    with Index(index.home) as reader:
        assert reader.search("call") == []
        add(article)
        assert reader.search("who denied the call?")[0].article.id == "call"
        add(new_article(CANAL, id="canal"))
        assert reader.search("who is on strike?")[0].article.id == "canal"
        index.remove(["canal"])
        assert {hit.article.id for hit in reader.search("who is on strike?")} == {"call"}


def test_other_passage_settings_are_refused_until_reindexed(index: Index, add: Add, article: Article) -> None:
    long = new_article("\n".join(f"Sentence number {n} stands in this article." for n in range(60)), id="long")
    add(article, long)
    few = index.store.counts().passages
    with Index(index.home, passage_tokens=64) as other:
        with pytest.raises(IndexMismatch, match="onrecord reindex"):
            other.search("call")
        with pytest.raises(IndexMismatch, match="64 tokens"):
            list(other.add([article]))
        assert list(other.reindex())[-1] == 2
        assert other.search("who denied the call?")[0].article.id == "call"
        assert other.store.counts().passages > few
        assert other.problems() == []
    with pytest.raises(IndexMismatch):
        index.search("call")


def test_an_interrupted_reindex_goes_on_and_searches_go_on_meanwhile(index: Index, add: Add) -> None:
    add(*(new_article(f"The ship number {n} left the harbour.", id=f"ship{n}") for n in range(130)))
    with Index(index.home, passage_tokens=64) as other:
        interrupted = other.reindex()
        assert next(interrupted) == 64
        interrupted.close()
        assert len(index.search("ship", top=5)) == 5
        assert list(other.reindex()) == [64, 128, 130]
        assert other.store.counts().passages == 130
        assert other.problems() == []


def test_reindexing_without_a_change_embeds_nothing(index: Index, add: Add, article: Article) -> None:
    add(article)
    before = index.search("who denied the call?")
    shutil.rmtree(index.home / "keywords")
    assert list(index.reindex()) == []
    assert index.search("who denied the call?") == before


def test_a_model_that_is_not_here_is_named_at_once(index: Index) -> None:
    with Index(index.home, model="no-such-model") as other, pytest.raises(ModelNotFound, match="no-such-model"):
        list(other.add([new_article("A sentence.")]))


def test_without_its_model_an_index_is_searched_by_words_and_says_so(index: Index, add: Add, article: Article) -> None:
    add(article, new_article(CANAL, id="canal"))
    with Index(index.home, model="no-such-model") as other:
        with pytest.raises(ModelNotFound, match="searched by their words: onrecord search"):
            other.search("who went on strike?")
        assert [hit.article.id for hit in other.search("who went on strike?", channels=("keyword",))] == ["canal"]


def test_a_file_that_is_no_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / "onrecord.db").write_bytes(b"not a database at all, but long enough to look at" * 100)
    with pytest.raises(IndexDamaged, match=r"onrecord\.db"):
        Index(tmp_path)


def test_ten_articles_in_any_order_give_the_same_index(tmp_path: Path) -> None:
    articles = [new_article(f"Minister number {n} resigned on day {n}.", id=f"m{n}") for n in range(10)]
    with Index(tmp_path / "a") as one, Index(tmp_path / "b") as other:
        list(one.add(articles))
        list(other.add(reversed(articles)))
        found = [(hit.passage.id, round(hit.score, 9)) for hit in one.search("which minister resigned?")]
        assert {id for id, _ in found} == {hit.passage.id for hit in other.search("which minister resigned?")}
        ids = [sorted(id for batch, *_ in index.store.vectors(1) for id in batch) for index in (one, other)]
        assert ids[0] == ids[1]


def test_articles_are_listed_by_part_of_a_title_outlet_or_author_whatever_the_capitals(index: Index, add: Add) -> None:
    add(
        new_article("Prices rose.", id="a", title="100 % mehr", source="Ärzteblatt", authors=("José Ñandú",)),
        new_article("Prices fell.", id="b", title="100 x more", source="Post", authors=('O\'Brien "Ob"', "Li")),
    )

    def found(named: str) -> list[str]:
        assert index.store.count_articles(named) == len(index.store.latest_articles(9, named=named))
        return [article.id for article in index.store.latest_articles(9, named=named)]

    assert [found(named) for named in ("100", "0 %", "_", "ÄRZTE", "josé ñ", "o'brien \"", "i", "")] == [
        ["a", "b"], ["a"], [], ["a"], ["a"], ["b"], ["b"], ["a", "b"]
    ]  # fmt: skip
    assert (found("a\u0308rzte"), found('["'), found("%"), found("\\")) == (["a"], [], ["a"], [])
