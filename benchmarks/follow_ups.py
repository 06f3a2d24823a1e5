"""How follow-ups are rewritten, against what people rewrote them to.

    python -m benchmarks.follow_ups FILE

FILE is JSON lines, perhaps gzipped, as in CANARD (Elgohary et al., EMNLP 2019): ``id``, ``turns`` (each ``question``
and ``answer``), ``question`` and ``rewrite``. Only questions after others count. BLEU, by NLTK, is that of all of them
together; the trained model of the paper has 51.5.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from pathlib import Path
from typing import Any

from assistant.conversation.follow_up import EarlierTurns
from assistant.evaluation.questions import numbered_records
from assistant.types.turns import Remembered

_NO_ANSWER = "I don't know."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--show", action="store_true", help="show every question that is rewritten")
    given = parser.parse_args()
    pairs = rewritten(given.file)
    for one in pairs if given.show else ():
        if one["ours"] != one["question"]:
            print(f"{one['question']} -> {one['ours']} ({one['rewrite']})")
    kept = [one["ours"] == one["question"] for one in pairs if _tokens(one["question"]) == _tokens(one["rewrite"])]
    print(f"{len(pairs)} questions after others; {len(kept)} that people left as they were, kept {_mean(kept):.3f}")
    for name, key in (("as typed", "question"), ("rewritten", "ours")):
        f1 = _mean([_f1(one[key], one["rewrite"]) for one in pairs])
        print(f"{name:<10} token F1 {f1:.3f}  BLEU {_bleu([(one[key], one['rewrite']) for one in pairs]):.1f}")


def rewritten(file: Path) -> list[dict[str, Any]]:
    """The questions after others, each with ``ours``: what it is rewritten to after the turns before, rewritten too."""
    known, pairs = dict[tuple[str, str], str](), list[dict[str, Any]]()
    row: Any
    for _, row in numbered_records(file):
        conversation = row["id"].split("#")[0]
        earlier = EarlierTurns(
            [
                Remembered(
                    known.get((conversation, turn["question"]), turn["question"]),
                    None if turn["answer"] == _NO_ANSWER else turn["answer"],
                )
                for turn in row["turns"]
            ]
        )
        ours = known[conversation, row["question"]] = earlier.follow_up(row["question"])
        if row["turns"]:
            pairs.append({"question": row["question"], "rewrite": row["rewrite"], "ours": ours})
    return pairs


def _tokens(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _f1(one: str, other: str) -> float:
    mine, theirs = Counter(_tokens(one)), Counter(_tokens(other))
    shared = sum((mine & theirs).values())
    return 2 * shared / (sum(mine.values()) + sum(theirs.values())) if shared else 0.0


def _bleu(pairs: list[tuple[str, str]]) -> float:
    from nltk.translate.bleu_score import corpus_bleu

    return 100 * float(corpus_bleu([[_tokens(right)] for _, right in pairs], [_tokens(ours) for ours, _ in pairs]))


def _mean(values: list[Any]) -> float:
    return sum(values) / len(values) if values else 0.0


if __name__ == "__main__":
    main()
