"""Receipts: whole, to the letter, safe to paste, checkable, and their owner's alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from kept import (
    ANSWERED,
    BASIS,
    DISAGREEING,
    HOSTILE,
    HOSTILE_TURN,
    HULL,
    NOT_FOUND,
    STOP,
    TIMELINE,
    WRITTEN,
    ComesAs,
    put,
)
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import escape
from starlette.testclient import TestClient
from typer.testing import CliRunner

from assistant.accounts.database import database_at
from assistant.accounts.permissions import BY_ROLE, Action, Role
from assistant.cli import app as onrecord
from assistant.desk import Desk
from assistant.output.receipts import FORMAT
from assistant.output.text_export import MARKDOWN
from assistant.types.answers import Answered, CitedSentence
from assistant.types.turns import Turn
from assistant.web.http.request import NOBODY, Visitor
from assistant.web.pages.receipt_page import receipt_pages
from assistant.web.pages.templates import Pages
from indexes import Index

TURNS = {
    "answered": ANSWERED,
    "disagreeing": DISAGREEING,
    "not found": NOT_FOUND,
    "written": WRITTEN,
    "timeline": TIMELINE,
}
TEXT = """And when?

Searched for: When does the ferry stop?
Filter: source:"Quay Chronicle"
“when” is about the ferry.

14 October

The *Aldmoor* ferry
will stop on 14 October. [1]

[1] Quay Chronicle, 2 October 2026, Jo Roe, Bo Li, “Ferry to stop”, https://quaychronicle.example/ferry
Article ferry, version 1, characters 0 to 44

Asked of On Record, 23 November 2026, 09:30 UTC. 1,300 articles, index revision 7. Receipt ID.
"""
IN_MARKDOWN = r"""**And when?**

Searched for: When does the ferry stop?\
Filter: source\:"Quay Chronicle"\
“when” is about the ferry.

**14 October**

> The \*Aldmoor\* ferry\
> will stop on 14 October. \[1\]

\[1\] Quay Chronicle, 2 October 2026, Jo Roe, Bo Li, “Ferry to stop”, `https://quaychronicle.example/ferry`\
Article ferry, version 1, characters 0 to 44

Asked of On Record, 23 November 2026, 09\:30 UTC. 1,300 articles, index revision 7. Receipt ID.
"""
ACTS = {"link_open", "image", "html_inline", "html_block", "fence", "code_block", "heading_open", "hr"}
MARKUP = MarkdownIt("gfm-like", {"html": True})


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index(tmp_path_factory.mktemp("receipts")) as index:
        put(index)
        yield index


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(database_at(tmp_path / "desk.db")) as desk:
        yield desk


class Newsroom:
    """A desk whose receipts are asked for by whoever ``visitor`` is: at first its one owner."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.owner = desk, desk.users.anonymous()
        app = FastAPI()
        app.include_router(receipt_pages(desk, Pages("/news")))
        self._gate = ComesAs(app, Visitor(BY_ROLE[Role.READER], self.owner))
        self._client = TestClient(self._gate)

    def keep(self, turn: Turn) -> str:
        return self.desk.conversations.start(self.owner.id, turn)[1].id

    def receipt(self, id: str, form: str = "page", visitor: Visitor | None = None) -> Any:
        self._gate.visitor = visitor or Visitor(BY_ROLE[Role.READER], self.owner)
        return self._client.get(f"/receipts/{id}", params={"as": form})

    def told(self, turn: Turn, form: str) -> str:
        id = self.keep(turn)
        answer = self.receipt(id, form)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        escaped = id.replace("_", "\\_")
        return str(answer.text).replace(escaped, "ID").replace(id, "ID")


@pytest.fixture
def newsroom(desk: Desk) -> Newsroom:
    return Newsroom(desk)


def plain(page: str) -> str:
    """The words of a page, in order."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def acting(tokens: list[Token]) -> set[str]:
    """Kinds of markup that were not there to be written down."""
    inner = [child for token in tokens for child in token.children or ()]
    return {token.type for token in (*tokens, *inner)} & ACTS


def rendered(markdown: str) -> str:
    """What a reader of it sees, blanks as they are."""
    return unescape(re.sub(r"<[^>]*>", "", MARKUP.render(markdown)))


def test_the_text_is_to_the_letter(newsroom: Newsroom) -> None:
    assert newsroom.told(ANSWERED, "text") == TEXT


def test_the_markdown_renders_to_it(newsroom: Newsroom) -> None:
    markdown = newsroom.told(ANSWERED, "markdown")
    assert markdown == IN_MARKDOWN
    assert STOP.quote in rendered(markdown)
    assert acting(MARKUP.parse(markdown)) == set()


@pytest.mark.parametrize("turn", TURNS.values(), ids=TURNS)
@pytest.mark.parametrize("form", ["page", "text", "markdown"])
def test_every_form_tells_all_that_was_said_and_where_it_stands(newsroom: Newsroom, turn: Turn, form: str) -> None:
    told = newsroom.told(turn, form)
    told = plain(told) if form == "page" else rendered(told) if form == "markdown" else told
    cited = [*turn.answer.citations] if isinstance(turn.answer, Answered) else [STOP]
    for citation in cited:
        where = f"version 1, characters {citation.start} to {citation.end}"
        assert (where in told) == (turn is not NOT_FOUND)
        assert " ".join(citation.quote.split()) in " ".join(told.split())
        assert citation.title in told
    assert "23 November 2026, 09:30 UTC" in told
    assert {
        "answered": "14 October" in told,
        "disagreeing": "The articles disagree" in told and "The port" in told and "Said" in told and "Denied" in told,
        "not found": "I found no sentence that answers this." in told and "Nearest extracts, not an answer" in told,
        "timeline": "From 9 articles by 4 outlets" in told and "1 October 2026" in told,
        "written": "Written by tiny on this machine" in told and "Doubtful: the number 2" in told,
    }[next(name for name, one in TURNS.items() if one is turn)]


def test_the_page_states_hashes_and_the_index_as_it_was(newsroom: Newsroom) -> None:
    page = plain(newsroom.told(WRITTEN, "page"))
    assert f"SHA-256 {STOP.sha256}" in page
    assert "Revision 7 Articles 1,300, in 4,200 passages Model all-MiniLM-L6-v2" in page
    assert f"Model SHA-256 {BASIS.model_sha256} On Record version 0.1.0" in page
    assert "onrecord check-receipt FILE" in page
    assert "The model was slow." in page


def test_a_turn_kept_without_its_index_says_so(newsroom: Newsroom) -> None:
    turn = Turn("?", "?", Answered("?", (CitedSentence(HULL.quote, (HULL,)),)))
    assert "State not recorded for this answer" in plain(newsroom.told(turn, "page"))
    assert "revision" not in newsroom.told(turn, "text")


def test_nothing_an_article_or_a_question_supplies_acts_in_the_page(newsroom: Newsroom) -> None:
    page = newsroom.told(HOSTILE_TURN, "page")
    assert not re.search(r"<(script|img)", page)
    assert re.findall(r'(?:href|src)="([^"]*)"', page) == [
        "/news/site/receipt.css", "/news/site/showing.css", "/news/site/sections.css", "?as=json", "?as=text",
        "?as=markdown",
    ]  # fmt: skip
    for words in (HOSTILE.title, HOSTILE.source, HOSTILE.authors[0], HOSTILE.url, HOSTILE.text, HOSTILE.id):
        assert escape(words) in page


def test_nothing_an_article_or_a_question_supplies_acts_in_the_markdown(newsroom: Newsroom) -> None:
    markdown = newsroom.told(HOSTILE_TURN, "markdown")
    assert acting(MARKUP.parse(markdown)) == set()
    seen = rendered(markdown)
    for words in (HOSTILE.title, HOSTILE.source, HOSTILE.authors[0], HOSTILE.url, HOSTILE.text, HOSTILE.id):
        assert words in seen


SIGNS = "\\`*_{}[]()<>#+-.!|~&$:/@='\"^%1 ax\n\t;w"
PIECES = [*SIGNS, "http://evil.example", "www.evil.com", "jo@evil.com", "//evil.com"]
MARKED = st.lists(st.sampled_from(PIECES), min_size=1, max_size=40).map("".join)


@settings(deadline=None)
@given(MARKED)
def test_whatever_is_quoted_in_markdown_is_seen_as_it_is(words: str) -> None:
    tokens = MARKUP.parse(MARKDOWN.quoted(words))
    assert {token.type for token in tokens} <= {
        "blockquote_open", "blockquote_close", "paragraph_open", "paragraph_close", "inline",
    }  # fmt: skip
    inner = {child.type for token in tokens for child in token.children or ()}
    assert inner <= {"text", "text_special", "softbreak", "hardbreak"}
    assert rendered(MARKDOWN.quoted(words)).split() == words.split()


@settings(deadline=None)
@given(MARKED)
def test_whatever_is_named_in_markdown_is_seen_as_it_is(words: str) -> None:
    words = f"a{words}"
    for made in (MARKDOWN.words(words), MARKDOWN.address(words)):
        line = f"By {made}, it says"
        assert acting(MARKUP.parse(line)) == set()
        assert rendered(line).split() == f"By {' '.join(words.split())}, it says".split()


@pytest.mark.parametrize(
    ("words", "made"),
    [
        ("see http://evil.example/x", r"> see http\://evil\.example/x"),
        ("www.evil.example", r"> www\.evil\.example"),
        ("jo@evil.example", r"> jo\@evil\.example"),
        ("1. One\n2) Two", "> 1\\. One\\\n> 2\\) Two"),
        ("- One", r"> \- One"),
        ("    One", "> &#32;&#32;&#32;&#32;One"),
        ("One\n\nTwo", "> One\n>\n> Two"),
        ("It fell 3.1 percent, he said.", r"> It fell 3\.1 percent, he said."),
    ],
)
def test_only_what_could_act_is_escaped(words: str, made: str) -> None:
    assert MARKDOWN.quoted(words) == made


def test_nobody_else_sees_it_and_it_looks_as_if_it_were_not_there(newsroom: Newsroom, desk: Desk) -> None:
    id = newsroom.keep(TIMELINE)
    other = desk.users.known("proxy", "bo", "Bo", Role.ADMIN)
    key = Visitor(frozenset(Action))
    for form in ("page", "text", "markdown", "json", "csv", "ics"):
        assert newsroom.receipt(id, form).status_code == 200
        missing = newsroom.receipt("nowhere", form)
        assert missing.status_code == 404
        for visitor in (Visitor(BY_ROLE[Role.ADMIN], other), key, NOBODY, Visitor(frozenset(), newsroom.owner)):
            refused = newsroom.receipt(id, form, visitor)
            assert (refused.status_code, refused.text) == (404, missing.text)


def test_a_timeline_and_nothing_else_is_also_a_table_and_goes_into_a_calendar(newsroom: Newsroom) -> None:
    id = newsroom.keep(TIMELINE)
    table, calendar = newsroom.receipt(id, "csv"), newsroom.receipt(id, "ics")
    assert table.content.startswith(b"\xef\xbb\xbffirst_day,")
    assert "2026-10-14,2026-10-14,no," in table.text
    assert "DTSTART;VALUE=DATE:20261014\r\n" in calendar.text
    assert [one.headers["content-type"] for one in (table, calendar)] == [
        "text/csv; charset=utf-8", "text/calendar; charset=utf-8",
    ]  # fmt: skip
    assert f'filename="onrecord-timeline-{id[:8]}.ics"' in calendar.headers["content-disposition"]
    links = ('href="?as=csv"', 'href="?as=ics"')
    assert all(link in newsroom.told(TIMELINE, "page") for link in links)
    assert not any(link in newsroom.told(ANSWERED, "page") for link in links)
    refused = newsroom.receipt(newsroom.keep(ANSWERED), "csv")
    assert (refused.status_code, refused.headers["cache-control"]) == (404, "no-store")
    assert "This answer is not a timeline" in refused.text


def test_the_headings_of_sections_are_strong_in_markdown(newsroom: Newsroom) -> None:
    markdown = newsroom.told(TIMELINE, "markdown")
    assert "**1 October 2026 (worked out from the day of publication)**\n\n> Its hull needs new steel" in markdown
    assert "**14 October 2026**" in markdown
    assert acting(MARKUP.parse(markdown)) == set()


def test_an_unknown_form_is_an_error(newsroom: Newsroom) -> None:
    assert newsroom.receipt(newsroom.keep(ANSWERED), "docx").status_code == 422


@pytest.mark.parametrize("turn", [*TURNS.values(), HOSTILE_TURN], ids=[*TURNS, "hostile"])
def test_every_place_in_the_json_stands_in_the_articles(newsroom: Newsroom, index: Index, turn: Turn) -> None:
    receipt = json.loads(newsroom.told(turn, "json"))
    made = receipt["turn"]
    sides = made["disagreement"] or {"said": [], "denied": []}
    voices = [*sides["said"], *sides["denied"]]
    claimed = [place for voice in voices for place in (voice["citation"], *voice["also"])]
    claimed += [one["citation"] for differing in sides.get("numbers", []) for one in differing["quantities"]]
    near = [{**hit, "quote": hit["text"]} for hit in made["nearest"]]
    places = [*made["citations"], *near, *claimed]
    assert places
    for place in places:
        article = index.store.article(place["article_id"], place["version"])
        assert article.sha256 == place["sha256"]
        assert article.text[place["start"] : place["end"]] == place["quote"]
        assert list(article.authors) == place["authors"]
    assert (receipt["format"], made["basis"]["revision"], receipt["asked"]) == (FORMAT, 7, "2026-11-23T09:30:00Z")


@pytest.fixture
def check(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Runs ``onrecord check-receipt`` on what a file holds: its exit code and what it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONRECORD_HOME", str(index.home))

    def run(receipt: Any, *options: str) -> tuple[int, str]:
        file = tmp_path / "receipt.json"
        file.write_text(receipt if isinstance(receipt, str) else json.dumps(receipt), encoding="utf-8")
        done = CliRunner().invoke(onrecord, ["check-receipt", str(file), *options])
        return done.exit_code, done.output

    return run


Check = Callable[..., tuple[int, str]]


@pytest.mark.parametrize("turn", [*TURNS.values(), HOSTILE_TURN], ids=[*TURNS, "hostile"])
def test_a_true_receipt_checks_out(newsroom: Newsroom, check: Check, turn: Turn) -> None:
    code, said = check(newsroom.told(turn, "json"))
    assert (code, "WRONG" in said) == (0, False)
    assert said.startswith("ok       ")


def _other_quote(turn: Any) -> None:
    turn["citations"][0]["quote"] = turn["citations"][0]["quote"].replace("14", "15")
    turn["sentences"][0]["text"] = turn["citations"][0]["quote"]


def _moved(turn: Any) -> None:
    turn["citations"][0]["start"] += 1


def _outside(turn: Any) -> None:
    turn["citations"][0]["end"] = 10**30


def _other_hash(turn: Any) -> None:
    turn["citations"][0]["sha256"] = "0" * 64


def _other_version(turn: Any) -> None:
    turn["citations"][0]["version"] = 2**70


def _other_outlet(turn: Any) -> None:
    turn["citations"][0]["source"] = "Harbour Post"


def _other_author(turn: Any) -> None:
    turn["citations"][0]["authors"] = []


def _other_sentence(turn: Any) -> None:
    turn["sentences"][0]["text"] = "The ferry will never stop."


def _other_claim(turn: Any) -> None:
    turn["disagreement"]["denied"][0]["citation"]["quote"] = "The port said that the ferry will stop."


@pytest.mark.parametrize(
    ("tamper", "where", "wrong"),
    [
        (_other_quote, "[1]", "says something else at characters 0 to 44"),
        (_moved, "[1]", "says something else at characters 1 to 44"),
        (_outside, "[1]", "has no characters 0 to 1000"),
        (_other_hash, "[1]", f"has a different text: its SHA-256 is {STOP.sha256}"),
        (_other_version, "[1]", "is not in the index; it may have been removed"),
        (_other_outlet, "[1]", "differs in: source"),
        (_other_author, "[1]", "differs in: authors"),
        (_other_sentence, "sentence 1", "differs from what it cites"),
        (_other_claim, "denied: the port", "says something else at characters 0 to 41"),
    ],
)
def test_a_tampered_receipt_is_found_out(
    newsroom: Newsroom, check: Check, tamper: Callable[[Any], None], where: str, wrong: str
) -> None:
    receipt = json.loads(newsroom.told(DISAGREEING, "json"))
    tamper(receipt["turn"])
    code, said = check(receipt, "--json")
    found = [one for one in map(json.loads, said.splitlines()) if not one["ok"]]
    assert (code, [one["where"] for one in found]) == (3, [where])
    assert wrong in found[0]["wrong"]


@pytest.mark.parametrize("file", ["no JSON", "[]", "{}", "[[[", '{"format": "onrecord-receipt-1"}'])
def test_what_is_no_receipt_is_refused_in_a_line(check: Check, file: str) -> None:
    code, said = check(file)
    assert (code, said.count("\n")) == (1, 1)
    assert "not a receipt" in said


@pytest.mark.parametrize("place", [None, 7, {}, {"n": 1, "article_id": 3}, {"n": 1, "start": "x"}])
def test_a_receipt_that_lacks_something_is_refused_in_a_line(newsroom: Newsroom, check: Check, place: Any) -> None:
    receipt = json.loads(newsroom.told(ANSWERED, "json"))
    receipt["turn"]["citations"] = [place]
    code, said = check(receipt)
    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith("onrecord: the receipt is incomplete or malformed")
