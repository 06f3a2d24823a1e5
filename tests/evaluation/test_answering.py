"""The figures of answers, by arithmetic that can be checked by eye."""

from __future__ import annotations

import pytest

from assistant.evaluation.answering import Answering, Reply
from assistant.evaluation.matching import exact_match, f1


def reply(id: str, confidence: float, f1: float = 0.0, answered: bool = True) -> Reply:
    return Reply(id, "x", confidence, answered, float(f1 == 1), f1, f1 > 0, 0.1)


@pytest.mark.parametrize(
    ("given", "answers", "em", "wanted"),
    [
        ("The Kremlin", ["Kremlin"], 1, 1.0),
        ("Dmitry Peskov", ["Kremlin spokesman Dmitry Peskov"], 0, 2 / 3),
        ("$7 billion", ["seven", "7 billion"], 1, 1.0),
        ("", ["x"], 0, 0.0),
        ("the", ["a"], 1, 1.0),
        ("a dog dog", ["dog cat"], 0, 0.5),
    ],
)
def test_short_answers_are_compared_as_for_squad(given: str, answers: list[str], em: float, wanted: float) -> None:
    assert exact_match(given, answers) == em
    assert f1(given, answers) == pytest.approx(wanted)


def test_the_figures_count_refusals_and_what_articles_were_withheld_from() -> None:
    answering = Answering(
        replies=(reply("a", 0.9, 1.0), reply("b", 0.6, 0.5), reply("c", 0.2, 1.0, answered=False), reply("d", 0.7)),
        withheld=(reply("a", 0.8), reply("b", 0.1, answered=False), reply("c", 0.05, answered=False)),
        answerable=frozenset("abc"),
    )
    figures = {name: value for name, (value, _) in answering.figures.items()}
    assert figures["EM"] == 0.5
    assert figures["F1"] == 0.625
    assert figures["EM, refusals count as wrong"] == 0.25
    assert figures["EM of what is answered"] == pytest.approx(1 / 3)
    assert figures["EM where articles are relevant"] == pytest.approx(2 / 3)
    assert figures["right answers kept"] == pytest.approx(2 / 3)
    assert figures["refused without the articles"] == pytest.approx(2 / 3)
    assert answering.refused_at(1.0) == pytest.approx(2 / 3)
    assert answering.refused_at(0.3) == 1.0
    assert answering.milliseconds.median == pytest.approx(100)


def test_nothing_to_measure_is_no_error() -> None:
    nothing = Answering((), (), frozenset())
    assert nothing.curve == []
    assert nothing.figures["EM"] == (0.0, 0)
