"""Answers as JSON and as lines, from small answers made by hand. No model."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from assistant.output.answer_models import turn_fields
from assistant.output.lines import answer_lines, near_lines, shortened
from assistant.output.quotation_models import FoundFields, PlaceFields, Shape, articles_in
from assistant.output.receipts import receipt_of
from assistant.output.text_export import MARKDOWN, PLAIN, copied
from assistant.types.answers import (
    NOT_FOUND,
    Answer,
    Answered,
    CitedSentence,
    NotFound,
    Notice,
    Part,
    Scope,
    Section,
    Talk,
)
from assistant.types.citations import Citation, Near, cite
from assistant.types.citations import near as near_of
from assistant.types.claims import Claim, Differing, Disagreement, Quantity, Stance, Voice
from assistant.types.turns import Turn
from assistant.web.api.openai import closing, said
from assistant.web.pages.templates import Pages
from indexes import Article, Hit, Passage, Sentence
from indexes.types.article import new_article

DATED = new_article(
    "The bridge is closed. It will open in May.",
    id="bridge",
    title="Bridge closed",
    source="Quay Chronicle",
    published=date(2026, 3, 4),
    url="https://quaychronicle.example/bridge",
)
BARE = new_article("The bridge is closed. Nobody was hurt.", id="bare")


def cited(article: Article, sentence: str) -> Citation:
    start = article.text.index(sentence)
    return cite(article, start, start + len(sentence))


def hit(article: Article, rank: int = 1) -> Hit:
    passage = Passage(f"{article.id}:1:0", article.id, 1, 0, (Sentence(0, len(article.text)),))
    return Hit(passage, article, 0.5, rank, ("dense", "keyword"))


def near(article: Article, rank: int = 1) -> Near:
    return near_of(hit(article, rank))


def answer_json(answer: Answer, id: str | None) -> dict[str, Any]:
    return turn_fields(Turn(answer.question, answer.question, answer), id).json_dict()


CLOSED, CLOSED_TOO, OPENS = (
    cited(DATED, "The bridge is closed."),
    cited(BARE, "The bridge is closed."),
    cited(DATED, "It will open in May."),
)
ANSWERED = Answered(
    "Is the bridge open?",
    (
        CitedSentence("The bridge is closed.", (CLOSED, CLOSED_TOO)),
        CitedSentence("It will open in May.", (OPENS, CLOSED)),
    ),
)
IN_PARTS = Answered(
    "Is it closed, who says so, and when will it open?",
    ANSWERED.sentences,
    parts=(
        Part("Is it closed?", "closed", 1),
        Part("who says so?", None, 0),
        Part("when will it open?", None, 1),
    ),
)
TIMELINE = Answered(
    "What happened to the bridge?",
    ANSWERED.sentences,
    form="timeline",
    sections=(
        Section("3 March 2026", 1, (date(2026, 3, 3), date(2026, 3, 3)), resolved=True),
        Section("May 2026", 1, (date(2026, 5, 1), date(2026, 5, 31))),
    ),
    scope=Scope(3, 2, date(2026, 3, 4)),
)
KINDS: list[tuple[Answer, str]] = [
    (ANSWERED, "answered"),
    (NotFound("Who built it?", (near(BARE),)), "not_found"),
    (NotFound("Who built it?", ()), "not_found"),
    (Notice("Who built it?", "The model is missing."), "notice"),
    (Talk("Hello", "Hello. Ask about a bridge.", ("Who built it?",)), "talk"),
    (IN_PARTS, "answered"),
    (TIMELINE, "answered"),
]


def test_citations_are_numbered_as_they_first_appear_and_a_shared_one_keeps_its_number() -> None:
    answer = answer_json(ANSWERED, "q1")
    assert [sentence["citations"] for sentence in answer["sentences"]] == [[1, 2], [3, 1]]
    assert [(c["n"], c["article_id"], c["quote"]) for c in answer["citations"]] == [
        (1, "bridge", "The bridge is closed."),
        (2, "bare", "The bridge is closed."),
        (3, "bridge", "It will open in May."),
    ]


def test_who_wrote_and_what_is_doubtful_is_said() -> None:
    written = replace(ANSWERED, sentences=(replace(ANSWERED.sentences[0], doubt="the number 3 …"),), writer="tiny on x")
    made = answer_json(written, None)
    assert (made["written_by"], made["sentences"][0]["doubt"]) == ("tiny on x", "the number 3 …")
    assert {"   doubtful: the number 3 …", "Written by tiny on x, checked against these sentences."} <= {
        *answer_lines(written)
    }


def test_both_sides_of_a_disagreement_are_shown_with_the_copies_that_carry_them() -> None:
    said = Voice(Claim("Ida Orm", Stance.ASSERTED, "the bridge is closed", CLOSED), (CLOSED_TOO,))
    denied = Voice(Claim("the port", Stance.DENIED, "", OPENS))
    answer = replace(ANSWERED, disagreement=Disagreement((said,), (denied,)))
    made = answer_json(answer, None)["disagreement"]
    assert [(v["speaker"], v["stance"], v["citation"]["quote"]) for side in made.values() for v in side] == [
        ("Ida Orm", "asserted", "The bridge is closed."),
        ("the port", "denied", "It will open in May."),
    ]
    assert [c["article_id"] for c in made["said"][0]["also"]] == ["bare"]
    lines = answer_lines(answer)
    assert lines.index("- Ida Orm: said") < lines.index("- The port: denied")
    assert "     also, the same text: “The bridge is closed. Nobody was hurt.”" in lines


def differing(superseded: bool) -> Disagreement:
    numbers = Quantity(9, "At least nine", "dead", CLOSED), Quantity(14, "14", "dead", OPENS)
    return Disagreement(numbers=(Differing(numbers, superseded),))


def test_differing_numbers_lead_the_answer_the_newest_first() -> None:
    lines = answer_lines(replace(ANSWERED, short="14", disagreement=differing(superseded=True)))
    assert lines[:3] == ["14", "", "The articles give different numbers. Earlier: at least nine; later: 14."]
    assert [line.split(":")[0] for line in lines[3:5]] == ["- 14", "- At least nine"]
    assert lines[5:7] == ["", "The bridge is closed. [1][2]"]
    assert "The articles disagree." not in lines


def test_differing_numbers_are_in_json_oldest_first_with_their_sentences() -> None:
    made = answer_json(replace(ANSWERED, disagreement=differing(superseded=True)), None)["disagreement"]
    assert (made["said"], made["denied"]) == ([], [])
    (numbers,) = made["numbers"]
    assert (numbers["words"], numbers["superseded"]) == ("Earlier: at least nine; later: 14.", True)
    assert [(one["text"], one["citation"]["quote"]) for one in numbers["quantities"]] == [
        ("At least nine", "The bridge is closed."),
        ("14", "It will open in May."),
    ]


@pytest.mark.parametrize("form", ["answer", "page", "text", "markdown"])
def test_where_the_articles_disagree_stands_between_the_short_answer_and_the_sentences(form: str) -> None:
    voice = Voice(Claim("the port", Stance.DENIED, "", CLOSED_TOO))
    disagreement = replace(differing(superseded=True), said=(voice,), denied=(voice,))
    turn = Turn(ANSWERED.question, "?", replace(ANSWERED, short="In spring", disagreement=disagreement))
    receipt = receipt_of("id", turn, datetime(2026, 11, 23, tzinfo=UTC))
    told = {
        "answer": lambda: Pages().answer(turn.answer),
        "page": lambda: Pages().receipt(receipt),
        "text": lambda: copied(receipt, PLAIN),
        "markdown": lambda: copied(receipt, MARKDOWN),
    }[form]()
    wanted = ["In spring", "The articles give different numbers", "at least nine; later", "The articles disagree"]
    places = [told.index(one) for one in wanted]
    assert places == sorted(places)
    assert places[-1] < told.index("It will open in May.", places[-1])
    between = told[places[2] + len("at least nine; later: 14") : places[3]]
    assert between.index("14") < between.index("At least nine")


def test_in_a_stream_the_disagreement_comes_after_what_was_said() -> None:
    answer = replace(ANSWERED, disagreement=differing(superseded=False))
    assert said(answer) == said(ANSWERED)
    assert "The articles give different numbers." in closing(answer)


def test_lines_number_citations_like_json() -> None:
    assert answer_lines(ANSWERED) == [
        "The bridge is closed. [1][2]",
        "",
        "It will open in May. [3][1]",
        "",
        "[1] Quay Chronicle, 4 March 2026, “Bridge closed”, https://quaychronicle.example/bridge",
        "[2] “The bridge is closed. Nobody was hurt.”",
        "[3] Quay Chronicle, 4 March 2026, “Bridge closed”, https://quaychronicle.example/bridge",
    ]


def test_a_citation_says_where_it_stands() -> None:
    assert answer_json(ANSWERED, None)["citations"][2] == {
        "n": 3,
        "article_id": "bridge",
        "version": 1,
        "sha256": DATED.sha256,
        "start": 22,
        "end": 42,
        "quote": "It will open in May.",
        "title": "Bridge closed",
        "source": "Quay Chronicle",
        "source_note": "",
        "published": "2026-03-04",
        "url": "https://quaychronicle.example/bridge",
        "authors": [],
        "page": f"/articles/bridge?version=1&start=22&end=42&sha256={DATED.sha256[:16]}#cited",
    }


def test_what_is_not_known_of_an_article_is_empty_and_never_guessed() -> None:
    bare = answer_json(ANSWERED, None)["citations"][1]
    assert (bare["source"], bare["published"], bare["url"]) == ("", None, "")


def test_a_short_answer_comes_first() -> None:
    short = Answered("When?", (CitedSentence("It will open in May.", (OPENS,)),), short="in May")
    assert answer_json(short, None)["answer"] == "in May"
    assert answer_lines(short)[:3] == ["in May", "", "It will open in May. [1]"]


def test_a_sentence_over_two_lines_is_shown_on_one() -> None:
    article = new_article("The bridge\nis closed.", id="wrapped")
    broken = Answered("?", (CitedSentence(article.text, (cite(article, 0, 21),)),))
    assert answer_lines(broken)[0] == "The bridge is closed. [1]"
    assert answer_json(broken, None)["citations"][0]["quote"] == "The bridge\nis closed."


@pytest.mark.parametrize(("answer", "kind"), KINDS)
def test_every_kind_of_answer_has_the_same_fields(answer: Answer, kind: str) -> None:
    made = answer_json(answer, "q1")
    assert list(made) == [
        "id", "question", "kind", "answer", "certainty", "parts", "form", "sections", "scope", "sentences",
        "citations", "written_by", "disagreement", "notice", "text", "starters", "nearest", "searched", "filter",
        "remarks", "basis",
    ]  # fmt: skip
    assert (made["id"], made["question"], made["kind"]) == ("q1", answer.question, kind)
    assert json.loads(json.dumps(made)) == made


@pytest.mark.parametrize(("answer", "kind"), KINDS)
def test_a_failure_is_never_shown_as_not_in_the_articles(answer: Answer, kind: str) -> None:
    made = answer_json(answer, None)
    assert (made["notice"] is not None) == (kind == "notice")
    assert bool(made["sentences"]) == bool(made["citations"]) == (kind == "answered")
    assert (NOT_FOUND in answer_lines(answer)) == (kind == "not_found" or answer is IN_PARTS)


@pytest.mark.parametrize(("answer", "kind"), KINDS)
def test_an_answer_of_every_kind_comes_back_from_its_fields(answer: Answer, kind: str) -> None:
    assert turn_fields(Turn(answer.question, answer.question, answer)).to_answer() == answer


def test_of_several_questions_each_has_its_own_answer_and_one_without_says_so() -> None:
    assert answer_lines(IN_PARTS)[:9] == [
        "Is it closed?",
        "closed",
        "",
        "The bridge is closed. [1][2]",
        "",
        "who says so?",
        NOT_FOUND,
        "",
        "when will it open?",
    ]
    page = Pages().answer(IN_PARTS)
    assert page.index("who says so?") < page.index(NOT_FOUND) < page.index("It will open in May.")


def test_a_sentence_of_no_part_is_refused() -> None:
    with pytest.raises(ValueError, match="belongs to one of them"):
        Answered("?", ANSWERED.sentences, parts=(Part("Is it closed?", None, 1),))


def test_the_sections_of_a_timeline_are_days_and_say_what_they_were_chosen_from() -> None:
    made = answer_json(TIMELINE, None)
    assert (made["form"], made["scope"]) == ("timeline", {"articles": 3, "outlets": 2, "newest": "2026-03-04"})
    assert [list(section.values()) for section in made["sections"]] == [
        ["3 March 2026", 1, "2026-03-03", "2026-03-03", True],
        ["May 2026", 1, "2026-05-01", "2026-05-31", False],
    ]
    assert answer_lines(TIMELINE)[:9] == [
        "From 3 articles by 2 outlets, the newest from 4 March 2026.",
        "",
        "3 March 2026 (worked out from the day of publication):",
        "",
        "The bridge is closed. [1][2]",
        "",
        "May 2026:",
        "",
        "It will open in May. [3][1]",
    ]


def test_a_notice_is_its_one_line() -> None:
    assert answer_lines(Notice("Who?", "The model is missing.")) == ["The model is missing."]


def test_the_receipt_of_an_answer_whose_article_was_removed_opens() -> None:
    turn = Turn("When?", "When?", Notice("When?", "An article that this answer quoted was removed."))
    page = Pages().receipt(receipt_of("7", turn, datetime(2026, 3, 4, tzinfo=UTC)))
    assert '<p class="notice">An article that this answer quoted was removed.</p>' in page


def test_what_is_near_is_set_apart_from_an_answer() -> None:
    assert answer_lines(NotFound("Who built it?", (near(BARE, 1), near(DATED, 2)))) == [
        "I found no sentence that answers this.",
        "",
        "Nearest extracts, not an answer:",
        "1. The bridge is closed. Nobody was hurt.",
        "   “The bridge is closed. Nobody was hurt.”",
        "",
        "2. The bridge is closed. It will open in May.",
        "   Quay Chronicle, 4 March 2026, “Bridge closed”, https://quaychronicle.example/bridge",
    ]
    assert answer_lines(NotFound("Who built it?", ())) == ["I found no sentence that answers this."]


def test_search_gives_its_hits_in_order() -> None:
    found = FoundFields.of("bridge", [hit(DATED, 1), hit(BARE, 2)], "q1").json_dict()
    assert (found["id"], found["question"]) == ("q1", "bridge")
    assert found["hits"][0] == {
        "rank": 1,
        "score": 0.5,
        "article_id": "bridge",
        "passage_id": "bridge:1:0",
        "start": 0,
        "end": 42,
        "text": "The bridge is closed. It will open in May.",
        "title": "Bridge closed",
        "source": "Quay Chronicle",
        "source_note": "",
        "published": "2026-03-04",
        "url": "https://quaychronicle.example/bridge",
        "version": 1,
        "sha256": DATED.sha256,
        "authors": [],
        "page": f"/articles/bridge?version=1&start=0&end=42&sha256={DATED.sha256[:16]}#cited",
        "channels": ["dense", "keyword"],
        "copies": [],
    }
    assert [h["rank"] for h in found["hits"]] == [1, 2]
    assert FoundFields.of("bridge", []).json_dict() == {"id": None, "question": "bridge", "hits": []}
    assert near_lines([]) == []


def test_a_long_passage_is_shortened_between_words() -> None:
    assert shortened("one two  three\nfour", width=15) == "one two three …"
    assert shortened("one two  three\nfour", width=18) == "one two three four"


def test_copies_are_listed_under_the_hit_they_copy() -> None:
    found = replace(hit(DATED), copies=(hit(BARE, 2),))
    (shown,) = FoundFields.of("open?", [found]).json_dict()["hits"]
    assert [copy["article_id"] for copy in shown["copies"]] == ["bare"]
    assert near_lines([near_of(found)])[-1] == "   also: “The bridge is closed. Nobody was hurt.”"
    assert "/articles/bare" in Pages().answer(NotFound("Who built it?", (near_of(found),)))


def test_whatever_part_of_an_answer_names_an_article_is_found_to_quote_it() -> None:
    def below(shape: type[Shape]) -> list[type[Shape]]:
        return [shape, *(one for inner in shape.__subclasses__() for one in below(inner))]

    naming = {shape for shape in below(Shape) if "article_id" in shape.model_fields}
    assert naming == set(below(PlaceFields))
    both = replace(near(DATED), copies=(near(BARE),))
    said, denied = Claim("Ida", Stance.ASSERTED, "", CLOSED), Claim("Bo", Stance.DENIED, "", OPENS)
    disputed = Disagreement((Voice(said),), (Voice(denied, (CLOSED_TOO,)),))
    numbers = Differing((Quantity(3, "three", "car", CLOSED), Quantity(4, "four", "car", CLOSED_TOO)), superseded=False)
    so = Answered("?", (CitedSentence("So.", (CLOSED,)),))
    differ = replace(so, disagreement=Disagreement(numbers=(numbers,)))
    for answer in (NotFound("?", (both,)), replace(so, disagreement=disputed), differ):
        assert articles_in(turn_fields(Turn("?", "?", answer))) == {"bridge", "bare"}
    assert articles_in(turn_fields(Turn("?", "?", Notice("?", "bridge")))) == set()
