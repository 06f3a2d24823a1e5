"""Scores the shipped reader, or another, on a file of questions.

    python -m training.evaluate FILE.jsonl.gz [--model FOLDER] [--json]

Reading examples (question, context, answer) give EM and F1, answers forced: every question has one. Answer sentences
(question, candidates with label 0 or 1) give MAP and MRR over the clean questions, those with a right and a wrong
candidate.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Annotated, Any

import typer

from assistant.evaluation.matching import exact_match, f1
from assistant.reader.model import ReaderModel
from assistant.reader.weights_loader import SHIPPED, locate_reader
from training.examples import Example, read_examples, records
from training.texts import read_text, sentence_scores


def evaluate(
    file: Annotated[Path, typer.Argument(help="Reading examples or answer sentences, .jsonl or .jsonl.gz.")],
    model: Annotated[
        str, typer.Option(help="The shipped reader, a folder with one, or what training.export wrote.")
    ] = SHIPPED,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
    limit: Annotated[int, typer.Option(help="Only so many questions, evenly drawn; 0 is all.")] = 0,
) -> None:
    """Scores a reader on a file of questions."""
    from assistant.settings import load_settings

    load_settings()
    reader = ReaderModel(locate_reader(model))
    first = next(records(file))
    found = _sentences(reader, file, limit) if "candidates" in first else _reading(reader, file, limit)
    if as_json:
        print(json.dumps({"model": model, "file": file.name, "scores": found}))
    else:
        for name, scores in found.items():
            shown = "  ".join(f"{measure} {100 * value:5.1f}" for measure, value in scores.items() if measure != "n")
            print(f"{name:<28} {shown}  ({scores['n']:.0f} questions)")


def _reading(reader: ReaderModel, file: Path, limit: int) -> dict[str, dict[str, float]]:
    by_source: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for example in _some(read_examples(file), limit):
        given = answer_to(reader, example)
        by_source[example.source].append((exact_match(given, [example.answer]), f1(given, [example.answer])))
    everything = [pair for pairs in by_source.values() for pair in pairs]
    return {
        source: {"EM": mean(e for e, _ in pairs), "F1": mean(f for _, f in pairs), "n": len(pairs)}
        for source, pairs in [*sorted(by_source.items()), ("all", everything)]
    }


def answer_to(reader: ReaderModel, example: Example) -> str:
    """The best span of the example's context, whatever its score."""
    spans = read_text(reader, example.question, example.context)
    best = max(spans, key=lambda span: span.score)
    return example.context[best.start : best.end]


def _sentences(reader: ReaderModel, file: Path, limit: int) -> dict[str, dict[str, float]]:
    import ir_measures
    from ir_measures import AP, RR

    qrels: dict[str, dict[str, int]] = {}
    run: dict[str, dict[str, float]] = {}
    for number, record in enumerate(_some(list(records(file)), limit)):
        candidates: Any = record["candidates"]
        labels = [int(candidate["label"]) for candidate in candidates]
        if len(set(labels)) < 2:
            continue
        scores = sentence_scores(reader, str(record["question"]), [candidate["text"] for candidate in candidates])
        qrels[str(number)] = {str(n): label for n, label in enumerate(labels)}
        run[str(number)] = {str(n): score for n, score in enumerate(scores)}
    found = ir_measures.calc_aggregate([AP, RR], qrels, run)
    return {file.name.split(".")[0]: {"MAP": found[AP], "MRR": found[RR], "n": len(qrels)}}


def _some(items: Sequence[Any], limit: int) -> Sequence[Any]:
    return items[:: max(1, len(items) // limit)] if limit else items


if __name__ == "__main__":
    typer.run(evaluate)
