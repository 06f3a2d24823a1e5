"""Answers in sections wherever they become text or a page: each heading stands once, above its own sentences."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape

import pytest
from markupsafe import escape

from assistant.llama_index.conversion import text_of
from assistant.output.lines import answer_lines
from assistant.output.receipts import Receipt, receipt_of
from assistant.output.text_export import MARKDOWN, PLAIN, copied
from assistant.types.answers import Answered, CitedSentence, Form, Scope, Section
from assistant.types.citations import cite
from assistant.types.turns import Turn
from assistant.web.api.openai import Message, citations_in, closing, conversation, said
from assistant.web.pages.templates import Pages, stamp
from indexes.types.article import new_article

ARTICLE = new_article("The mill burned down. Nobody was hurt. It will be rebuilt.", id="mill", title="Mill burns")
SENTENCES = tuple(
    CitedSentence(text, (cite(ARTICLE, start, start + len(text)),))
    for text in ("The mill burned down.", "Nobody was hurt.", "It will be rebuilt.")
    for start in [ARTICLE.text.index(text)]
)
BRIEFING = Answered(
    "What is known of the mill?",
    SENTENCES,
    form="briefing",
    sections=(Section("What happened", 2), Section("What comes next", 1)),
    scope=Scope(4, 2, date(2026, 5, 4)),
)
SCOPE = "From 4 articles by 2 outlets, the newest from 4 May 2026."
IN_ORDER = [
    SCOPE,
    "What happened",
    "The mill burned down.",
    "Nobody was hurt.",
    "What comes next",
    "It will be rebuilt.",
]
EVENING, MAY = date(2026, 5, 3), (date(2026, 5, 1), date(2026, 5, 31))
TIMELINE = replace(
    BRIEFING,
    form="timeline",
    sections=(Section("3 May 2026", 2, (EVENING, EVENING), resolved=True), Section("May 2026", 1, MAY)),
)


def receipt(answer: Answered) -> Receipt:
    return receipt_of("ID", Turn(answer.question, answer.question, answer), datetime(2026, 5, 5, tzinfo=UTC))


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


SHOWN: dict[str, Callable[[Answered], str]] = {
    "chat": lambda answer: words(Pages().answer(answer)),
    "receipt": lambda answer: words(Pages().receipt(receipt(answer))),
    "text": lambda answer: copied(receipt(answer), PLAIN),
    "markdown": lambda answer: copied(receipt(answer), MARKDOWN),
    "terminal": lambda answer: "\n".join(answer_lines(answer)),
    "OpenAI's protocol": said,
    "LlamaIndex": text_of,
}


@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
@pytest.mark.parametrize("form", ["briefing", "statements", "comparison", "list", "timeline"])
def test_each_heading_stands_once_above_its_own_sentences(shown: Callable[[Answered], str], form: Form) -> None:
    told = shown(replace(BRIEFING, form=form)).replace("\\", "")
    places = [told.index(piece) for piece in IN_ORDER]
    assert places == sorted(places)
    assert [told.count(heading) for heading in ("What happened", "What comes next")] == [1, 1]


@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
def test_a_day_that_was_worked_out_is_said_to_be_so(shown: Callable[[Answered], str]) -> None:
    told = shown(TIMELINE)
    assert re.search(r"3 May 2026\s+(\\?\(?worked out from the day of publication|date worked out)", told)
    assert told.count("worked out") == 1


def test_a_terminal_has_a_line_for_each_heading() -> None:
    assert answer_lines(BRIEFING)[:11] == [
        SCOPE, "", "What happened:", "", "The mill burned down. [1]", "", "Nobody was hurt. [2]", "",
        "What comes next:", "", "It will be rebuilt. [3]",
    ]  # fmt: skip


def test_markdown_has_a_strong_line_for_each_heading() -> None:
    start = rf"""**What is known of the mill?**

{SCOPE}

**What happened**

> The mill burned down. \[1\]

> Nobody was hurt. \[2\]

**What comes next**

> It will be rebuilt. \[3\]
"""
    assert copied(receipt(BRIEFING), MARKDOWN).startswith(start)


def test_of_what_a_language_model_wrote_the_sections_show_the_doubts() -> None:
    written = replace(
        BRIEFING, sentences=(*SENTENCES[:2], replace(SENTENCES[2], doubt="nobody said so")), writer="tiny"
    )
    for shown in SHOWN.values():
        assert "nobody said so" in shown(written)


def test_a_timeline_is_a_list_in_order_with_the_times_as_machines_read_them() -> None:
    for page in (Pages().answer(TIMELINE), Pages().receipt(receipt(TIMELINE))):
        assert '<ol class="sections timeline">' in page
        assert re.findall(r'<h3>\s*<time datetime="([^"]*)">', page) == ["2026-05-03", "2026-05"]
        assert 'title="worked out from the day of publication"' in page


def test_a_span_of_days_is_stamped_with_what_holds_it_whole() -> None:
    assert stamp((date(2026, 2, 1), date(2026, 12, 31))) == "2026"
    assert stamp((date(2025, 12, 31), date(2026, 1, 1))) == ""


@pytest.mark.parametrize("form", ["list", "statements", "timeline"])
def test_a_heading_that_an_article_supplied_is_words_and_nothing_else(form: Form) -> None:
    hostile = "<img src=x onerror=alert(1)> **Ada** \u202eadA"
    answer = replace(BRIEFING, form=form, sections=(Section(hostile, 3),))
    for page in (Pages().answer(answer), Pages().receipt(receipt(answer))):
        assert "<img" not in page
        assert str(escape("<img src=x onerror=alert(1)> **Ada** ")) in page
        assert "Hidden character: right-to-left override" in page
    assert r"**\<img src\=x onerror\=alert(1)\> \*\*Ada\*\* ⇄adA**" in copied(receipt(answer), MARKDOWN)
    assert "\u202e" not in copied(receipt(answer), PLAIN)


@pytest.mark.parametrize("short", [None, "burned down"])
@pytest.mark.parametrize("scope", [None, BRIEFING.scope])
def test_a_conversation_in_openais_protocol_is_read_back_without_headings(
    short: str | None, scope: Scope | None
) -> None:
    answer = replace(BRIEFING, short=short, scope=scope)
    turn = Turn(answer.question, answer.question, answer)
    content = said(answer) + closing(answer)
    messages = [("user", answer.question), ("assistant", content), ("user", "And who owns it?")]
    (before,) = conversation([Message(role=role, content=text) for role, text in messages]).turns  # type: ignore[arg-type]
    assert (before.short, before.told) == (short, answer.told)
    assert len(citations_in(content, turn, "")) == 3
