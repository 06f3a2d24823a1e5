"""An outlet that is only claimed is shown as claimed, wherever an outlet is shown, and kept so."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from assistant.generation.grounding import Given
from assistant.generation.prompt_format import listed, may_be_sent
from assistant.history.turn_codec import turn_from_json, turn_to_json
from assistant.output.lines import answer_lines, near_lines
from assistant.output.receipts import Receipt, ReceiptFields, receipt_of
from assistant.output.serialization import article_json
from assistant.output.text_export import MARKDOWN, PLAIN, copied
from assistant.types.answers import Answered, CitedSentence, NotFound
from assistant.types.citations import cite, near
from assistant.types.turns import Turn
from assistant.web.api.openai import closing
from assistant.web.pages.templates import Pages, ShownArticle
from indexes import Hit, Passage, Sentence
from indexes.types.article import new_article

NOTE = "says it is Quay Chronicle, fetched from evil.example"
SENTENCE = "The bridge is closed."
KNOWN = new_article(SENTENCE, id="bridge", title="Bridge closed", source="Quay Chronicle", url="https://evil.example/b")
BARE = new_article(SENTENCE, id="bare")
SAID = replace(KNOWN, source_note=NOTE, fetched_from="evil.example")
HIT = Hit(Passage("bridge:1:0", "bridge", 1, 0, (Sentence(0, len(SENTENCE)),)), SAID, 0.5, 1, ("dense",))
CITED = Answered("Is it open?", (CitedSentence(SENTENCE, (cite(SAID, 0, len(SENTENCE)),)),))
NEAR = NotFound("Who built it?", (near(HIT),))
WHEN = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def receipt(answer: Answered | NotFound) -> Receipt:
    return receipt_of("ID", Turn(answer.question, answer.question, answer), WHEN)


SHOWN: list[Callable[[], str]] = [
    lambda: Pages().answer(CITED),
    lambda: Pages().answer(NEAR),
    lambda: Pages().article(ShownArticle(SAID, [1])),
    lambda: Pages().article(ShownArticle(BARE, [1], copies=(replace(SAID, id="other"),))),
    lambda: Pages().articles([SAID], 1),
    lambda: Pages().receipt(receipt(CITED)),
    lambda: Pages().receipt(receipt(NEAR)),
    lambda: copied(receipt(CITED), PLAIN),
    lambda: copied(receipt(NEAR), PLAIN),
    lambda: copied(receipt(CITED), MARKDOWN).replace("\\", ""),
    lambda: "\n".join(answer_lines(CITED)),
    lambda: "\n".join(answer_lines(NEAR)),
    lambda: "\n".join(near_lines([near(HIT)])),
    lambda: json.dumps(ReceiptFields.of(receipt(CITED)).json_dict()),
    lambda: json.dumps(article_json(SAID, [1])),
    lambda: closing(CITED),
    lambda: listed([Given(1, SAID, Sentence(0, len(SENTENCE)))]),
]


@pytest.mark.parametrize("shown", SHOWN)
def test_an_outlet_is_never_shown_without_who_says_so(shown: Callable[[], str]) -> None:
    assert NOTE in shown()
    assert "Quay Chronicle" not in shown().replace(NOTE, "").replace('"source": "Quay Chronicle"', "")


def test_a_kept_turn_and_a_receipt_keep_who_says_so() -> None:
    for answer in (CITED, NEAR):
        kept = turn_from_json(turn_to_json(receipt(answer).turn))
        assert copied(replace(receipt(answer), turn=kept), PLAIN) == copied(receipt(answer), PLAIN)


def test_what_must_not_be_sent_is_not_sent_either_where_it_is_only_claimed() -> None:
    assert not may_be_sent(SAID, ["Quay Chronicle"])
    assert not may_be_sent(SAID, ["evil.example"])
