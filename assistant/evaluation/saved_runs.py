"""Saves an evaluation as run.json and loads it again, to compare later runs with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assistant.evaluation.answering import Answering
from assistant.evaluation.citing import Citing
from assistant.evaluation.evaluation import Evaluation, Measured, SystemComparison
from assistant.evaluation.matching import Figure
from assistant.evaluation.measures import Score
from assistant.evaluation.questions import DatasetError
from assistant.evaluation.runs import Judged, Ranking, median_words, timings
from assistant.evaluation.significance import Contender
from assistant.evaluation.title_probe import TitleProbe
from assistant.text.control_characters import printable

FILE = "run.json"
_FORMAT = 1
_LEFT_OUT = ("title", "source", "snippet")


def summary(evaluation: Evaluation) -> dict[str, Any]:
    """The measurements, without the results for each question."""
    return {
        "format": _FORMAT,
        "dataset": evaluation.dataset.name,
        "path": str(evaluation.dataset.path),
        "when": evaluation.when.isoformat(timespec="seconds"),
        "questions": len(evaluation.dataset.questions),
        "articles": evaluation.articles,
        "notices": list(evaluation.dataset.notices),
        "systems": [_system(measured) for measured in evaluation.results],
        "comparisons": [
            _system_comparison(evaluation.first, system_comparison)
            for system_comparison in evaluation.system_comparisons
        ],
        "versions": dict(evaluation.versions),
        "answers": _answers(evaluation.answering) if evaluation.answering else None,
        "citations": _citing(evaluation.citing) if evaluation.citing else None,
        "titles": _titles(evaluation.title_probe) if evaluation.title_probe else None,
    }


def save(evaluation: Evaluation, folder: Path) -> Path:
    """Writes run.json into ``folder``, with the hits and values of every question."""
    whole = summary(evaluation)
    for system, measured in zip(whole["systems"], evaluation.results, strict=True):
        for name, score in measured.scores.items():
            system["measures"][name]["values"] = score.values
        system["rankings"] = [_ranking(ranking) for ranking in measured.run.rankings]
    if evaluation.answering:
        whole["answers"]["replies"] = [asdict(reply) for reply in evaluation.answering.replies]
        whole["answers"]["withheld"] = [asdict(reply) for reply in evaluation.answering.withheld]
    if evaluation.citing:
        whole["citations"]["drafts"] = [asdict(draft) for draft in evaluation.citing.drafts]
    if evaluation.title_probe:
        whole["titles"]["replies"] = [asdict(reply) for reply in evaluation.title_probe.replies]
    path = folder / FILE
    path.write_text(json.dumps(whole, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    return path


def kept_run(path: Path, system: str) -> Contender:
    """A run saved in ``path`` (run.json or its folder) to compare with: that of ``system``, else the first.

    Raises:
        DatasetError: there is no run there, or it cannot be read.
    """
    file = path / FILE if path.is_dir() else path
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        systems = {one["system"]: one["measures"] for one in kept["systems"]}
        name = system if system in systems else next(iter(systems))
        values = {measure: _values(found["values"]) for measure, found in systems[name].items()}
    except OSError as error:
        raise DatasetError(f"there is no run to compare with in {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
        raise DatasetError(f"{file} is not a run of onrecord evaluate.") from None
    label = printable(f"{file.resolve().parent.name} ({name})", "")
    return Contender(label, values)


def _values(found: Mapping[str, Any]) -> dict[str, float]:
    return {str(id): float(value) for id, value in found.items()}


def _answers(answering: Answering) -> dict[str, Any]:
    return {
        "figures": _figures(answering.figures),
        "milliseconds": asdict(answering.milliseconds),
        "curve": [asdict(point) for point in answering.curve],
    }


def _citing(citing: Citing) -> dict[str, Any]:
    return {"writer": citing.writer, "figures": _figures(citing.figures)}


def _titles(probe: TitleProbe) -> dict[str, Any]:
    return {
        "figures": _figures(probe.figures),
        "tests": {name: asdict(test) for name, test in probe.tests.items()},
    }


def _figures(figures: Mapping[str, Figure]) -> dict[str, Any]:
    return {name: {"value": value, "n": n} for name, (value, n) in figures.items()}


def _system(measured: Measured) -> dict[str, Any]:
    return {
        "system": measured.run.system,
        "settings": dict(measured.run.settings),
        "measures": {name: _score(score) for name, score in measured.scores.items()},
        "milliseconds": {stage: asdict(timing) for stage, timing in timings(measured.run).items()},
        "median_passage_words": median_words(measured.run),
    }


def _score(score: Score) -> dict[str, Any]:
    """A score as JSON; ``mean`` is null if no question could be measured."""
    if not score.n:
        return {"n": 0, "mean": None, "low": None, "high": None}
    low, high = score.interval
    return {"n": score.n, "mean": score.mean, "low": low, "high": high}


def _system_comparison(first: Measured, system_comparison: SystemComparison) -> dict[str, Any]:
    return {
        "first": first.run.system,
        "other": system_comparison.other.label,
        "measures": {name: asdict(comparison) for name, comparison in system_comparison.comparisons.items()},
    }


def _ranking(ranking: Ranking) -> dict[str, Any]:
    return {
        "id": ranking.question.id,
        "seconds": dict(ranking.seconds),
        "hits": [_hit(passage) for passage in ranking.passages],
    }


def _hit(passage: Judged) -> dict[str, Any]:
    kept = {name: value for name, value in vars(passage).items() if name not in _LEFT_OUT}
    return {**kept, "score": round(passage.score, 6)}
