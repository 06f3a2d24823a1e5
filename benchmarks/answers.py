"""How well questions over samples/ are answered: the right sentence, and none where the articles have none.

    python -m benchmarks.answers

The questions are in tests/data/samples-questions.jsonl. Near misses ask about people and events in the articles
what no article says; nothing but a reader that understands the sentence can refuse those.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from assistant.evaluation.matching import exact_match, f1
from assistant.factory import open_assistant
from assistant.settings import load_settings
from assistant.types.answers import Answer, Answered
from benchmarks.samples import DATA, samples_index, shows

QUESTIONS = DATA / "samples-questions.jsonl"


_Pair = tuple[dict[str, Any], Answer]


def main() -> None:
    questions = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    settings = load_settings()
    with samples_index() as index:
        assistant = open_assistant(settings, index)
        given = [(question, assistant.ask(question["question"])) for question in questions]
    answerable = [pair for pair in given if pair[0]["kind"] == "answered"]
    rows: list[tuple[str, list[_Pair], Callable[[dict[str, Any], Answer], bool]]] = [
        ("answerable: answered", answerable, lambda q, a: isinstance(a, Answered)),
        ("answerable: first sentence is right", answerable, lambda q, a: shows(a, q["sentences"], first=1)),
        ("answerable: a right sentence is shown", answerable, lambda q, a: shows(a, q["sentences"], first=3)),
        ("off topic: refused", _unanswerable(given, near=False), lambda q, a: not isinstance(a, Answered)),
        ("near misses: refused", _unanswerable(given, near=True), lambda q, a: not isinstance(a, Answered)),
    ]
    for name, pairs, holds in rows:
        count = sum(holds(question, answer) for question, answer in pairs)
        print(f"{name:<40} {count:>3} of {len(pairs):>3}  {count / len(pairs):.2f}")
    short = [(q["answer"], a.short or "" if isinstance(a, Answered) else "") for q, a in answerable if q["answer"]]
    for name, measure in (("EM", exact_match), ("F1", f1)):
        value = sum(measure(given, [right]) for right, given in short) / len(short)
        print(f"{f'answerable: {name} of the short answer':<40} {'':>3}    {len(short):>3}  {value:.2f}")


def _unanswerable(given: list[_Pair], near: bool) -> list[_Pair]:
    return [pair for pair in given if pair[0]["kind"] == "not_found" and pair[0]["near"] == near]


if __name__ == "__main__":
    main()
