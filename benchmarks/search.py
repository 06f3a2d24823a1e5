"""How long a question takes to become hits, stage by stage, with and without a filter.

    ONRECORD_HOME=… python -m benchmarks.search questions.jsonl.gz

Over the index in ONRECORD_HOME, ten hits a question. The narrow filter is the month of the latest article, the wide one
all days up to it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from assistant.evaluation.questions import read_questions
from assistant.evaluation.runs import timing
from assistant.factory import open_index
from assistant.settings import load_settings
from indexes import Index
from indexes.types.filters import EVERYTHING, Filter


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--ask", type=int, default=200)
    given = parser.parse_args()
    questions = [question.text for question in read_questions(given.questions)[0]][: given.ask]
    with open_index(load_settings()) as index:
        index.search("ready?")
        counts = index.store.counts()
        print(f"{counts.passages} passages, {len(questions)} questions, milliseconds: median (95th percentile)\n")
        wheres = {"no filter": EVERYTHING}
        if counts.latest:
            wheres["narrow filter"] = Filter(since=counts.latest.replace(day=1), until=counts.latest)
            wheres["wide filter"] = Filter(until=counts.latest)
        for name, where in wheres.items():
            print(f"{name:<14} {_told(_timings(index, questions, where))}", flush=True)


def _timings(index: Index, questions: list[str], where: Filter) -> list[dict[str, float]]:
    rows = []
    for question in questions:
        seconds: dict[str, float] = {}
        index.search(question, where=where, timings=seconds)
        rows.append({**seconds, "total": sum(seconds.values())})
    return rows


def _told(rows: list[dict[str, float]]) -> str:
    shown = []
    for stage in rows[0]:
        took = timing([row[stage] for row in rows])
        shown.append(f"{stage} {took.median:.1f} ({took.p95:.1f})")
    return ", ".join(shown)


if __name__ == "__main__":
    main()
