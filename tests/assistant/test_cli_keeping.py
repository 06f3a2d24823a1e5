"""``onrecord info``, ``remove``, ``reindex`` and ``doctor``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from commands import onrecord
from newsroom import Newsroom

pytestmark = pytest.mark.slow


def test_info_counts_what_the_index_holds(newsroom: Newsroom) -> None:
    (facts,) = newsroom.ask("info", "--json").objects
    assert (facts["articles"], facts["versions"], facts["passages"], facts["outlets"]) == (5, 5, 5, 1)
    assert (facts["earliest"], facts["latest"]) == ("2026-10-02", "2026-10-02")
    assert (facts["model"], facts["passage_tokens"]) == ("all-MiniLM-L6-v2", 240)
    assert facts["home"] == str(newsroom.home.resolve())


def test_info_for_people_has_a_line_for_each_fact(newsroom: Newsroom) -> None:
    told = newsroom.ask("info")
    assert (told.code, told.err) == (0, "")
    assert "articles       5" in told.lines
    assert "model          all-MiniLM-L6-v2" in told.lines


def test_info_of_no_index_yet_counts_nothing(tmp_path: Path) -> None:
    (facts,) = onrecord(tmp_path, "info", "--json").objects
    assert (facts["articles"], facts["passages"], facts["model"]) == (0, 0, None)


def test_articles_are_listed_with_their_ids(newsroom: Newsroom) -> None:
    told = newsroom.ask("info", "--articles")
    assert len(told.lines) == 5
    assert "qc-77  Quay Chronicle, “Library roof mended”" in told.lines


def test_articles_are_listed_for_machines(newsroom: Newsroom) -> None:
    listed = {article["title"]: article for article in newsroom.ask("info", "--articles", "--json").objects}
    ferry = listed["Aldmoor ferry to stop for the winter"]
    assert ferry.keys() == {"article_id", "version", "title", "source", "source_note", "published", "url", "sha256"}
    assert (ferry["source"], ferry["published"]) == ("Quay Chronicle", "2026-10-02")
    assert ferry["url"] == "https://quaychronicle.example/aldmoor-ferry"


def test_articles_are_removed_by_id_url_and_file(newsroom: Newsroom, copied_home: Path) -> None:
    names = ["qc-77", "https://quaychronicle.example/aldmoor-ferry", "articles/lanterns.txt"]
    removed = newsroom.ask("remove", *names, home=copied_home)
    assert (removed.code, removed.err) == (0, "")
    assert removed.lines == [
        "removed    Library roof mended",
        "removed    Aldmoor ferry to stop for the winter",
        "removed    Lantern market keeps its Sundays",
    ]
    left = newsroom.ask("info", "--articles", "--json", home=copied_home).objects
    assert sorted(article["title"] for article in left) == [
        "Red \x1b[31mpaint\x07 on the quay",
        "Tide tables were wrong",
    ]


def test_an_unknown_name_stops_the_removal_of_all(newsroom: Newsroom, copied_home: Path) -> None:
    refused = newsroom.ask("remove", "qc-77", "qc-78", home=copied_home)
    assert (refused.code, refused.out) == (1, "")
    assert "'qc-78' is not the id, URL or file of an article here" in refused.complaint
    assert len(newsroom.ask("info", "--articles", home=copied_home).lines) == 5


def test_reindex_keeps_every_article(newsroom: Newsroom, copied_home: Path) -> None:
    rebuilt = newsroom.ask("reindex", "--json", home=copied_home)
    assert (rebuilt.code, rebuilt.objects) == (0, [{"articles": 5, "passages": 5}])


def test_doctor_finds_nothing_wrong_with_a_sound_index(newsroom: Newsroom) -> None:
    told = newsroom.ask("doctor")
    assert (told.code, told.err) == (0, "")
    names = ("model", "reader", "reading", "disk", "index")
    assert [line.split()[:2] for line in told.lines] == [["ok", name] for name in names]
    assert told.lines[-1].endswith("5 articles in 5 passages, all checks passed")


@pytest.mark.parametrize(
    ("file", "step"), [("chroma/*/chroma.sqlite3", "onrecord reindex"), ("onrecord.db", "Restore it from a backup.")]
)
def test_doctor_names_a_cut_off_file_and_what_to_do(
    newsroom: Newsroom, copied_home: Path, file: str, step: str
) -> None:
    (damaged,) = copied_home.glob(file)
    os.truncate(damaged, damaged.stat().st_size // 3)
    told = newsroom.ask("doctor", home=copied_home)
    assert (told.code, told.err) == (1, "")
    (problem,) = [line for line in told.lines if not line.startswith("ok ")]
    assert problem.startswith("PROBLEM  index ")
    assert str(damaged.parent) in problem
    assert problem.endswith(step)


@pytest.mark.parametrize(("setting", "check"), [("embedding_model", "model"), ("reader_model", "reader")])
def test_doctor_names_a_model_that_is_not_here(setting: str, check: str, tmp_path: Path) -> None:
    told = onrecord(tmp_path, "doctor", "--json", **{setting: "models/none"})
    assert told.code == 1
    (problem,) = [one for one in told.objects if not one["ok"]]
    assert problem["check"] == check
    assert "'models/none'" in problem["detail"]


def test_another_model_than_the_indexs_own_answers_nothing(newsroom: Newsroom) -> None:
    asked = newsroom.ask("ask", "When does the ferry stop?", embedding_model="models/none")
    assert asked.code == 1
    assert "1. " not in asked.out
    assert "'models/none'" in asked.complaint
