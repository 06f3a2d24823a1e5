"""Text that others wrote is shown as it is, and nothing unseen in it turns words round."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import pytest

from assistant.cli.output import complain, say
from assistant.output.receipts import receipt_of
from assistant.output.text_export import MARKDOWN, PLAIN, Style, copied
from assistant.text.control_characters import (
    CONTROLS,
    MARK,
    NAMES,
    hidden,
    isolated,
    marked,
    plain,
    printable,
    seen,
    without_controls,
)
from assistant.types.answers import Answered, CitedSentence
from assistant.types.citations import cite
from assistant.types.turns import Turn
from indexes.types.article import new_article

TURNED = "The \u202ereyam\u202c won 3\u200f-\u200f5"
HEBREW, ARABIC = "ראש העיר, דנה לוי!\u200f 40 חברים", "قال رئيس البلدية: نعم"


def text_of(markup: str) -> str:
    return html.unescape(re.sub("<[^>]+>", "", markup))


@pytest.mark.parametrize("control", NAMES)
def test_each_control_character_stays_in_the_text_and_is_seen(control: str) -> None:
    text = f"9 {control} 5 <b>"
    assert text_of(marked(text)) == text
    assert f'title="Hidden character: {NAMES[control]} (U+{ord(control):04X})">{control}</bdi>' in marked(text)
    assert (seen(text), hidden(text)) == (f"9 {MARK} 5 <b>", [f"{NAMES[control]} (U+{ord(control):04X})"])
    assert without_controls(text) == "9  5 <b>"


def test_what_is_markup_in_a_text_is_escaped() -> None:
    assert marked("<b>&\"'\u202e") == marked("<b>&\"'") + marked("\u202e")
    assert marked("<b>&") == "&lt;b&gt;&amp;"
    assert isolated("<i>") == "<bdi>&lt;i&gt;</bdi>"


@pytest.mark.parametrize("text", [HEBREW, ARABIC, "Quay Chronicle (3)", "שלום-\u200f", "C++\u200e ו", "می\u200cخواهم"])
def test_text_as_people_write_it_is_left_as_it_is(text: str) -> None:
    assert marked(text) == text
    assert seen(text) == text


@pytest.mark.parametrize(
    "text", ["3\u200f-\u200f5", "\u200f3-5", "a \u200f 5", "א\n\u200f3-5", "ב 3\u200f-\u200f5 א", "א\u200e 5"]
)
def test_a_mark_of_direction_far_from_letters_of_that_direction_is_seen(text: str) -> None:
    assert MARK in seen(text)


def test_plain_text_among_other_text_is_isolated_where_it_runs_from_right_to_left() -> None:
    assert plain(HEBREW) == f"\u2068{HEBREW}\u2069"
    assert plain("Quay Chronicle") == "Quay Chronicle"
    assert plain("a\u2069b") == f"a{MARK}b"


def test_what_cannot_be_printed_is_replaced() -> None:
    assert printable("a\x1b[2J\n\u202eb") == "a\ufffd[2J\ufffd\ufffdb"
    assert printable("a\nb", "_") == "a_b"


def told(quote: str, title: str) -> Turn:
    cited = cite(new_article(quote, title=title, source=title, url="https://x.example/a"), 0, len(quote))
    return Turn("Who won?", "Who won?", Answered("Who won?", (CitedSentence(quote, (cited,)),)))


@pytest.mark.parametrize("style", [PLAIN, MARKDOWN], ids=["plain", "markdown"])
def test_a_copied_answer_has_the_quotation_as_it_is_and_nothing_beside_it_is_turned(style: Style) -> None:
    made = copied(receipt_of("id", told(TURNED, TURNED), datetime(2026, 11, 23, tzinfo=UTC)), style)
    shown = made if style is PLAIN else html.unescape(made).replace("\\", "")
    quoting = next(line for line in shown.split("\n") if "\u202e" in line)
    assert quoting.removeprefix("> ") == TURNED
    after = shown.split("\n")[shown.split("\n").index(quoting) + 1].removeprefix("> ")
    assert after.startswith("[1] [Hidden characters in this quotation: right-to-left override (U+202E), pop ")
    assert not set(shown.replace(TURNED, "")) & set(CONTROLS)
    assert f"“The {MARK}reyam{MARK} won 3{MARK}-{MARK}5”" in shown
    if style is MARKDOWN:
        assert not set(made) & set(CONTROLS)


def test_a_copied_answer_isolates_real_right_to_left_text_and_changes_no_quotation() -> None:
    made = copied(receipt_of("id", told(HEBREW, ARABIC), datetime(2026, 11, 23, tzinfo=UTC)), PLAIN)
    assert f"{HEBREW}\n[1]\n" in made
    assert f"[1] \u2068{ARABIC}\u2069, “\u2068{ARABIC}\u2069”, " in made
    assert "Hidden" not in made


def test_a_terminal_shows_a_mark_and_no_control_character(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\u202eb\x1b[2J")
    complain("a\u2069b\nc")
    assert tuple(capsys.readouterr()) == (f"a{MARK}b[2J\n", f"a{MARK}bc\n")
