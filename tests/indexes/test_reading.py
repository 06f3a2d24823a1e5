"""Files give articles with what they state and nothing else; what cannot be read is refused, and nothing else lost."""

import gzip
import json
from datetime import date, datetime
from pathlib import Path

import docx
import pytest

from indexes.ingest.files import FILE_ENDINGS, Refusal, count_articles, read_file, read_paths
from indexes.loaders import registry
from indexes.types.article import Article

SAMPLES = Path(__file__).parents[2] / "samples"
BINARY = bytes(range(256)) * 20
CLOSED = "The harbour board closed the east pier on 4 June 2025 after a diver found a crack in a pillar."
BUILT = "Engineers said the pier, built in 1931, would stay shut until autumn while they worked on it."
BARE_PAGE = f"<html><head><title>Pier shut</title></head><body><article><p>{CLOSED}</p><p>{BUILT}</p></article></body>"
WEB_PAGE = f"""<!doctype html>
<html lang="en-GB"><head><title>East pier shut | Harbour Post</title>
<meta property="og:title" content="Harbour board shuts east pier">
<meta property="og:site_name" content="Harbour Post">
<meta name="author" content="Mara Quill; Jon Ferrow">
<meta property="article:published_time" content="2026-06-03T08:15:00Z">
<link rel="canonical" href="https://post.example/pier"></head><body>
<nav><a href="/">Home</a> <a href="/sport">Subscribe to our letters</a></nav>
<article><h1>Harbour board shuts east pier</h1><p>{CLOSED}</p><p>{BUILT}</p></article>
<footer>Contact the newsroom desk</footer><script>track("visitor")</script>
</body></html>"""
FRONT_MATTER = """---
id: wire-7
title: Harbour board shuts east pier
source: Harbour Post
authors: [Mara Quill, Jon Ferrow]
published: 2026-06-03
url: https://post.example/pier
language: de
---
"""
RECORD = {
    "id": "wire-7",
    "title": "Harbour board shuts east pier",
    "source": "Harbour Post",
    "authors": ["Mara Quill", "Jon Ferrow"],
    "published": "2026-06-03",
    "url": "https://post.example/pier",
    "language": "de",
    "text": CLOSED,
    "section": "not a field of ours",
}
AUTHORS = ("Mara Quill", "Jon Ferrow")
EVERYTHING = ("Harbour board shuts east pier", "Harbour Post", AUTHORS, date(2026, 6, 3), "https://post.example/pier")


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def only(path: Path) -> Article:
    (article,) = read_file(path)
    assert isinstance(article, Article), article
    return article


def stated(article: Article) -> tuple[object, ...]:
    return article.title, article.source, article.authors, article.published, article.url


def told(path: Path, max_bytes: int = 20_000_000) -> list[str]:
    """An article's text, or ``name: reason`` of a refusal."""
    found = read_file(path, max_bytes)
    return [
        i.text if isinstance(i, Article) else f"{i.where}: {i.reason}".removeprefix(f"{path.parent}/") for i in found
    ]


def start_of(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()[:2000]


def test_plain_text_has_its_first_line_as_title_and_nothing_else(tmp_path: Path) -> None:
    article = only(write(tmp_path / "pier.txt", f"Pier shut\n\nBy Mara Quill, 3 June 2026\n\n{CLOSED}"))
    assert stated(article) == ("Pier shut", "", (), None, "")
    assert (article.language, article.origin) == ("en", str((tmp_path / "pier.txt").resolve()))


@pytest.mark.parametrize("text", [f"{CLOSED}\n\n{BUILT}", "The board voted to shut the\neast pier.", "Pier shut"])
def test_a_first_line_that_is_no_headline_is_no_title(tmp_path: Path, text: str) -> None:
    assert only(write(tmp_path / "pier.txt", text)).title == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_text_is_read_in_the_encoding_its_byte_order_mark_names(tmp_path: Path, encoding: str) -> None:
    article = only(write(tmp_path / "PIER.TXT", "Café shut\r\n\r\nThe café is shut.".encode(encoding)))
    assert (article.title, article.text) == ("Café shut", "Café shut\n\nThe café is shut.")


def test_markdown_states_everything_in_its_front_matter(tmp_path: Path) -> None:
    article = only(write(tmp_path / "pier.md", f"{FRONT_MATTER}\n# A subheading\n\n{CLOSED}\n"))
    assert stated(article) == EVERYTHING
    assert (article.id, article.language, article.text) == ("wire-7", "de", f"A subheading\n\n{CLOSED}")


def test_markdown_without_front_matter_has_its_heading_as_title_and_nothing_else(tmp_path: Path) -> None:
    assert stated(only(write(tmp_path / "pier.md", f"# Pier *shut*\n\n{CLOSED}"))) == ("Pier shut", "", (), None, "")


def test_a_date_in_front_matter_that_can_be_read_two_ways_is_left_out(tmp_path: Path) -> None:
    assert only(write(tmp_path / "pier.md", f"---\npublished: 03/04/2026\n---\n{CLOSED}")).published is None


def test_the_marks_of_markdown_are_not_in_the_text(tmp_path: Path) -> None:
    markdown = (
        "## What *happens* next\n\n**Lund** said [the pier](https://post.example/pier) is `shut`\nfor now.\n\n"
        "> It is __over__.\n\n* Shops close\n\n1. First\n\n<div class='ad'>\n\n| A |\n|---|\n| b |\n"
    )
    assert only(write(tmp_path / "pier.md", markdown)).text == (
        "What happens next\n\nLund said the pier is shut for now.\n\nIt is over.\n\n- Shops close\n\n- First\n\nA\n\nb"
    )


def test_a_web_page_states_its_metadata(tmp_path: Path) -> None:
    article = only(write(tmp_path / "pier.html", WEB_PAGE))
    assert (stated(article), article.language) == (EVERYTHING, "en")


def test_a_web_page_keeps_its_article_and_drops_navigation_footer_and_scripts(tmp_path: Path) -> None:
    text = only(write(tmp_path / "pier.htm", WEB_PAGE)).text
    assert text.count(CLOSED) == text.count(BUILT) == 1
    assert not [word for word in ("Subscribe", "Home", "Contact", "track", "<p>") if word in text]


def test_a_date_or_author_in_the_words_of_a_page_is_not_taken_for_its_own(tmp_path: Path) -> None:
    article = only(write(tmp_path / "pier.html", BARE_PAGE.replace("</article>", "<p>By Mara Quill</p></article>")))
    assert stated(article) == ("Pier shut", "", (), None, "")


@pytest.mark.parametrize("charset", ["windows-1252", "cp1252", "iso-8859-1"])
def test_a_page_is_read_in_the_charset_it_declares_unless_it_is_utf8(tmp_path: Path, charset: str) -> None:
    page = BARE_PAGE.replace("<head>", f'<head><meta charset="{charset}">').replace("a diver", "“José”")
    for encoding in ("cp1252", "utf-8"):
        assert "after “José” found" in only(write(tmp_path / "pier.html", page.encode(encoding))).text


def test_a_word_file_has_its_title_style_and_author_but_never_its_files_date(tmp_path: Path) -> None:
    document = docx.Document()
    document.core_properties.author, document.core_properties.title = "Mara Quill", "draft 3 FINAL"
    document.core_properties.created = document.core_properties.modified = datetime(2026, 6, 3)
    document.add_paragraph("Pier shut", style="Title")
    document.add_table(1, 2).rows[0].cells[1].text = "40 boats"
    document.add_paragraph(BUILT)
    document.save(str(tmp_path / "pier.docx"))
    article = only(tmp_path / "pier.docx")
    assert stated(article) == ("Pier shut", "", ("Mara Quill",), None, "")
    assert article.text == f"Pier shut\n\n\t40 boats\n\n{BUILT}"


def test_a_word_file_that_names_no_author_has_none(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(CLOSED)
    document.save(str(tmp_path / "pier.docx"))
    assert stated(only(tmp_path / "pier.docx")) == ("", "", (), None, "")


@pytest.mark.parametrize(
    ("name", "title", "author"),
    [
        ("bank-1-merger.pdf", "Vessen Bank to buy Quillmarsh for 3.8 billion crowns", "Tilda Rask"),
        ("rail-1-inquiry.pdf", "Tarn Hollow train was far over the limit, inquiry finds", "Jonas Treville"),
    ],
)
def test_a_pdf_has_its_title_and_author_but_never_its_files_date(name: str, title: str, author: str) -> None:
    article = only(SAMPLES / name)
    assert stated(article) == (title, "", (author,), None, "")
    assert article.text.startswith(title + "\n")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("wire.json", json.dumps(RECORD)),
        ("wire.json", json.dumps([RECORD])),
        ("wire.jsonl", "\ufeff" + json.dumps(RECORD) + "\n"),
        ("wire.jsonl.gz", gzip.compress(json.dumps(RECORD).encode())),
    ],
)
def test_a_record_states_everything_in_its_fields(tmp_path: Path, name: str, content: str | bytes) -> None:
    article = only(write(tmp_path / name, content))
    assert stated(article) == EVERYTHING
    assert (article.id, article.language, article.text) == ("wire-7", "de", CLOSED)


def test_a_record_that_states_only_a_text_has_nothing_else(tmp_path: Path) -> None:
    assert stated(only(write(tmp_path / "a.json", '{"text": "Shut.", "authors": null}'))) == ("", "", (), None, "")


NOT_ARTICLES = [
    ("a.txt", b"", "the file is empty"),
    ("a.jsonl", b"", "there are no articles in it"),
    ("a.txt", b" \n\t\r\n", "there is no text in it"),
    ("a.md", b" \n\n", 'it has no "text"'),
    ("a.html", b"<p></p>", "no article was found on the page"),
    ("a.json", b'{"text": "Shut.",}', "it is not JSON"),
    ("a.json", b"[", "it is not JSON"),
    ("a.txt", BINARY, "it holds binary data, not text"),
    ("a.html", BINARY, "it holds binary data, not text"),
    ("a.pdf", BINARY, "it is damaged or not a PDF"),
    ("a.docx", BINARY, "it is damaged or not a Word document"),
    ("a.pdf", start_of("bank-1-merger.pdf"), "it is damaged or not a PDF"),
    ("a.docx", start_of("call-5-analysis.docx"), "it is damaged or not a Word document"),
    ("a.txt", b"caf\xe9", "byte 4 is not UTF-8 text. Save the file as UTF-8"),
    ("a.html", b'<meta charset="klingon"><p>caf\xe9</p>', "it says it is in 'klingon', an unknown encoding"),
    ("a.md", b"---\ntitle: [Pier\n---\n\nShut.", "its front matter is not YAML"),
    ("a.jsonl", b'{"a": 1}\n3\nwords\n', 'none of its 3 records is an article; the first one: it has no "text"'),
    ("a.jsonl.gz", b"not gzip at all", "it is damaged: not a gzipped file"),
    ("a.rtf", b"{\\rtf1 Shut.}", "not a kind of file On Record reads (.txt, .md,"),
]


@pytest.mark.parametrize(("name", "content", "reason"), NOT_ARTICLES)
def test_what_is_no_article_is_refused_in_one_line(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (refusal,) = read_file(write(tmp_path / name, content))
    assert isinstance(refusal, Refusal)
    assert refusal.where.startswith(str(tmp_path / name))
    assert refusal.reason.startswith(reason)
    assert "\n" not in refusal.where + refusal.reason
    assert "Traceback" not in refusal.reason


def test_files_that_cannot_be_read_cost_nothing_but_themselves(tmp_path: Path) -> None:
    for number, (name, content, _) in enumerate(NOT_ARTICLES):
        write(tmp_path / f"{number:03}-{name}", content)
    write(tmp_path / "!.txt", "The pier is shut.")
    write(tmp_path / "zzz.txt", "The pier is open.")
    found = list(read_paths([tmp_path / "gone.txt", tmp_path]))
    assert found[0] == Refusal(str(tmp_path / "gone.txt"), "there is no such file or folder")
    assert [item.text for item in found if isinstance(item, Article)] == ["The pier is shut.", "The pier is open."]
    assert len(found) == 1 + len(NOT_ARTICLES) + 2


def test_a_file_over_the_limit_is_refused_and_one_at_the_limit_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "x" * 2000)
    assert told(path, 2000) == ["x" * 2000]
    assert "over the limit of 0.001999 MB for one article" in told(path, 1999)[0]


def test_a_bad_line_between_good_ones_is_refused_with_its_number(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", b'{"text": "One."}\n\n{oops\n{"text": 4}\n\xff\n{"text": "Two."}\n')
    one, broken, textless, undecoded, two = told(path)
    assert (one, textless, two) == ("One.", 'a.jsonl:4: it has no "text"', "Two.")
    assert broken.startswith("a.jsonl:3: it is not JSON")
    assert undecoded.startswith("a.jsonl:5: byte 1 is not UTF-8 text")


def test_a_bad_item_of_a_list_is_refused_with_its_place(tmp_path: Path) -> None:
    assert told(write(tmp_path / "a.json", '[{"text": "One."}, 3, {"text": "Two."}]')) == [
        "One.",
        "a.json[1]: it is not a JSON object",
        "Two.",
    ]


def test_a_line_over_the_limit_is_skipped_and_the_lines_around_it_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"text": "One."}\n{"text": "' + "x" * 5000 + '"}\n{"text": "Two."}\n')
    assert told(path, 1000) == ["One.", "a.jsonl:2: over the limit of 0.001 MB for one article", "Two."]


def test_a_line_over_the_limit_by_its_line_end_does_not_cost_the_next_line(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"text": "' + "x" * 88 + '"}\n{"text": "Two."}\n')
    assert told(path, 100)[-1] == "Two."


def test_a_damaged_gzip_gives_what_stands_before_the_damage_and_a_refusal(tmp_path: Path) -> None:
    whole = gzip.compress(b"".join(b'{"text": "Number %d."}\n' % n for n in range(2000)))
    *articles, refused = told(write(tmp_path / "a.jsonl.gz", whole[: len(whole) // 2]))
    assert articles[:2] == ["Number 0.", "Number 1."]
    assert refused.startswith("a.jsonl.gz: it is damaged: ")


def test_a_folder_is_read_in_the_order_of_names_without_hidden_files_and_readmes(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "c/b.txt", "c/a/z.txt", "README.md", "c/readme.txt", ".git/a.txt", "c/.b.txt"):
        write(tmp_path / name, name)
    assert [article.text for article in read_paths([tmp_path])] == ["a.txt", "b.txt", "c/a/z.txt", "c/b.txt"]


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "README.md", "Nothing here.")
    assert list(read_paths([tmp_path])) == [Refusal(str(tmp_path), "there are no files in this folder")]


def test_articles_are_counted_by_file_and_by_line(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "The pier is shut.")
    write(tmp_path / "b.jsonl", '{"text": "One."}\n\n{"text": "Two."}')
    write(tmp_path / "c.jsonl.gz", gzip.compress(b'{"text": "Three."}\n'))
    write(tmp_path / "d.jsonl.gz", "not gzip at all")
    assert count_articles([tmp_path, tmp_path / "gone.txt"]) == 4


LINES = b'{"text": "One."}\n\n{"text": 4}\n{"text": "Two."}\n'
TOO_MANY = "only 3 records are read at once, blank and refused ones included; the rest was not read. "


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.jsonl", LINES, ["One.", 'a.jsonl:3: it has no "text"']),
        ("a.jsonl.gz", gzip.compress(LINES, mtime=0), ["One.", 'a.jsonl.gz:3: it has no "text"']),
        ("a.jsonl", b"\n" * 4 + b'{"text": "One."}', []),
        (
            "a.json",
            b'[{"text": "One."}, 5, {"text": "Two."}, 6]',
            ["One.", "a.json[1]: it is not a JSON object", "Two."],
        ),
        ("a.json", b"[1, 2, 3, 4]", []),
    ],
)
def test_no_more_records_are_read_than_may_be(name: str, content: bytes, found: list[str], tmp_path: Path) -> None:
    path = write(tmp_path / name, content)
    *before, last = [
        item.text if isinstance(item, Article) else f"{Path(item.where).name}: {item.reason}"
        for item in read_file(path, max_records=3)
    ]
    assert before == found
    assert last == f"{name}: {TOO_MANY}Send it in parts, or add the file on the server: onrecord add"
    assert list(read_file(path, max_records=5)) == list(read_paths([path]))


@pytest.mark.parametrize("ending", FILE_ENDINGS)
def test_every_kind_of_file_that_is_opened_has_a_loader(ending: str) -> None:
    assert callable(registry.loader(ending))
