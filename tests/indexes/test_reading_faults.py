"""What is odd in a file costs that file or field alone."""

import re
import zipfile
from pathlib import Path

import docx
import pytest

from indexes.ingest.files import Refusal, read_file
from indexes.types.article import Article

PAGE = (
    "<html><head>{head}<title>Pier shut</title></head><body><article><p>The harbour board closed the east pier after "
    "a diver found a crack in a pillar.</p><p>Engineers said the pier would stay shut until autumn.</p></article>"
    "</body></html>"
)


def read(path: Path, content: str | bytes) -> list[Article | Refusal]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_file(path))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.md", "---\nurl: http://[post.example\n---\n\nThe pier is shut."),
        ("a.json", '{"text": "The pier is shut.", "url": "http://[post.example"}'),
    ],
)
def test_a_broken_url_does_not_stop_the_reading(tmp_path: Path, name: str, content: str) -> None:
    assert len(read(tmp_path / name, content)) == 1


def test_a_line_with_a_broken_url_is_not_called_broken_json(tmp_path: Path) -> None:
    (found,) = read(tmp_path / "a.jsonl", '{"text": "The pier is shut.", "url": "http://[post.example"}')
    assert "not JSON" not in str(found)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.md", "---\nauthors: 5\n---\n\nThe pier is shut."),
        ("a.json", '{"text": "The pier is shut.", "authors": 5}'),
        ("a.jsonl", '{"text": "The pier is shut.", "authors": true}\n{"text": "It is open."}'),
    ],
)
def test_authors_that_are_a_number_do_not_stop_the_reading(tmp_path: Path, name: str, content: str) -> None:
    assert read(tmp_path / name, content)


def test_the_keys_of_an_author_object_are_no_authors(tmp_path: Path) -> None:
    (article,) = read(tmp_path / "a.json", '{"text": "Shut.", "authors": {"name": "Mara Quill"}}')
    assert isinstance(article, Article)
    assert article.authors in ((), ("Mara Quill",))


def test_a_charset_named_undefined_does_not_stop_the_reading(tmp_path: Path) -> None:
    page = PAGE.format(head='<meta charset="undefined">').encode() + b"\xe9"
    assert isinstance(read(tmp_path / "a.html", page)[0], Refusal)


def test_norwegian_is_a_language_in_front_matter(tmp_path: Path) -> None:
    (article,) = read(tmp_path / "a.md", "---\nlanguage: no\n---\n\nBroen er stengt.")
    assert isinstance(article, Article)
    assert article.language == "no"


def test_a_paragraph_between_two_rules_is_not_lost(tmp_path: Path) -> None:
    (article,) = read(tmp_path / "a.md", "---\n\nThe pier is shut.\n\n---\n\nIt will open in May.")
    assert isinstance(article, Article)
    assert "The pier is shut." in article.text


@pytest.mark.parametrize(
    "head",
    [
        '<meta name="date" content="03/04/2026">',
        '<meta name="date" content="06/2026">',
        '<meta property="article:modified_time" content="2026-07-09T08:00:00Z">',
    ],
)
def test_a_page_that_states_no_full_day_of_publication_has_none(tmp_path: Path, head: str) -> None:
    (article,) = read(tmp_path / "a.html", PAGE.format(head=head))
    assert isinstance(article, Article)
    assert article.published is None


def test_a_word_file_without_properties_is_not_titled_word_document(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("The pier is shut.")
    document.save(str(tmp_path / "whole.docx"))
    with zipfile.ZipFile(tmp_path / "whole.docx") as whole, zipfile.ZipFile(tmp_path / "a.docx", "w") as bare:
        for name in whole.namelist():
            if name != "docProps/core.xml":
                bare.writestr(name, re.sub(rb"<Relationship [^>]*core-properties[^>]*/>", b"", whole.read(name)))
    (article,) = read_file(tmp_path / "a.docx")
    assert isinstance(article, Article)
    assert article.title == ""


def test_a_line_end_in_a_files_name_is_not_in_the_refusal(tmp_path: Path) -> None:
    (refusal,) = read(tmp_path / "pier\nshut.txt", "")
    assert isinstance(refusal, Refusal)
    assert "\n" not in refusal.where
