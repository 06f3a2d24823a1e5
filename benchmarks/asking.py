"""How long a question takes to become an answer, and how much memory the process then holds.

    ONRECORD_HOME=… python -m benchmarks.asking questions.jsonl.gz

Over the index in ONRECORD_HOME, one question after the other, as the web app asks them. "shown" is when the answer is,
"whole" when what the articles disagree on stands under it, where they do. "cold" is from the start of the process to
the first answer.
"""

from __future__ import annotations

import time

_STARTED = time.perf_counter()

import argparse  # noqa: E402
from pathlib import Path  # noqa: E402

from assistant.answers import Answered  # noqa: E402
from assistant.assistant import Assistant  # noqa: E402
from assistant.evaluation.questions import read_questions  # noqa: E402
from assistant.evaluation.timing import timing  # noqa: E402
from assistant.settings import load_settings, open_assistant, open_index  # noqa: E402
from benchmarks import machine  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--ask", type=int, default=200)
    given = parser.parse_args()
    questions = [question.text for question in read_questions(given.questions)[0]][: given.ask]
    settings = load_settings()
    with open_index(settings) as index:
        assistant = open_assistant(settings, index)
        assistant.ask(questions[0])
        print(f"cold: {time.perf_counter() - _STARTED:.1f} s to the first answer")
        shown, whole, answered = _asked(assistant, questions)
        print(f"{index.store.counts().passages} passages, {len(questions)} questions, {answered} answered")
        for name, took in (("shown", shown), ("whole", whole)):
            times = timing(took)
            print(f"{name}: median {times.median:.0f} ms, 95th percentile {times.p95:.0f} ms")
    print(f"resident memory: {machine.resident_megabytes():.0f} MB")


def _asked(assistant: Assistant, questions: list[str]) -> tuple[list[float], list[float], int]:
    """Seconds until each answer was shown, seconds until it was whole, and how many questions were answered."""
    shown, whole, answered = [], [], 0
    for question in questions:
        start = time.perf_counter()
        turns = assistant.converse(question)
        answered += isinstance(next(turns).answer, Answered)
        shown.append(time.perf_counter() - start)
        for _ in turns:
            pass
        whole.append(time.perf_counter() - start)
    return shown, whole, answered


if __name__ == "__main__":
    main()
