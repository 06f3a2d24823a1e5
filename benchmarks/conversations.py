"""How often follow-ups are answered with the right sentence, over conversations about the sample articles.

    python -m benchmarks.conversations [--split test] [--show]

Each follow-up is asked three ways: as it was typed; as On Record resolves it from the turns before; and as a person
rewrote it to be understood alone, which shows what the search and the reader make of a perfect question. The
conversations are in tests/data/conversations.jsonl; no story is in both splits.
"""

from __future__ import annotations

import json
from typing import Any

from assistant.assistant import Assistant
from assistant.settings import load_settings
from assistant.types.answers import Answer, NotFound
from assistant.types.turns import Turn
from benchmarks.samples import DATA, samples_index, shows, split_parser

CONVERSATIONS = DATA / "conversations.jsonl"
WAYS = ("as typed", "resolved", "rewritten by a person")


def main() -> None:
    parser = split_parser(__doc__)
    parser.add_argument("--show", action="store_true", help="show every follow-up (of dev)")
    given = parser.parse_args()
    load_settings()
    with samples_index() as index:
        counts = count(given.split, Assistant(index), given.show)
    for way, (right, of) in counts.items():
        print(f"{way:<24} {right:>4} of {of:>4}  {right / of:.3f}")


def count(split: str, assistant: Assistant, show: bool = False) -> dict[str, tuple[int, int]]:
    """By the way it was asked: how many follow-ups were answered rightly, of how many."""
    counts = dict.fromkeys(WAYS, (0, 0))
    for line in CONVERSATIONS.read_text(encoding="utf-8").splitlines():
        conversation = json.loads(line)
        if conversation["split"] != split:
            continue
        turns: list[Turn] = []
        for n, asked in enumerate(conversation["turns"]):
            *_, turn = assistant.converse(asked["question"], turns=turns)
            turns.append(turn)
            if n == 0:
                continue
            answers = (assistant.ask(asked["question"]), turn.answer, assistant.ask(asked["standalone"]))
            for way, answer in zip(WAYS, answers, strict=True):
                right, of = counts[way]
                counts[way] = right + is_right(asked, answer), of + 1
            if show:
                marks = "".join("-+"[is_right(asked, answer)] for answer in answers)
                print(f"{conversation['id']} {marks} {asked['question']} -> {turn.searched} ({asked['standalone']})")
    return counts


def is_right(asked: dict[str, Any], answer: Answer) -> bool:
    """Whether a right sentence is shown; where the articles don't say, whether that is said."""
    return shows(answer, asked["sentences"]) if asked["sentences"] else isinstance(answer, NotFound)


if __name__ == "__main__":
    main()
