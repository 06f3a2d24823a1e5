"""A newsroom evaluation as a table for a terminal, as JSON and as a page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assistant.evaluation.matching import Figure
from assistant.evaluation.newsroom import NewsroomEvaluation, NewsroomReply
from assistant.evaluation.questions import DatasetError
from assistant.evaluation.report import STYLE, environment
from assistant.evaluation.terminal import new_table, printing

FILE, PAGE = "newsroom.json", "newsroom.html"
Before = Mapping[str, Figure]


def summary(done: NewsroomEvaluation) -> dict[str, Any]:
    """The figures, without the replies."""
    return {
        "dataset": done.name,
        "when": done.when.isoformat(timespec="seconds"),
        "articles": done.articles,
        "notices": list(done.notices),
        "figures": done.figures,
    }


def save(done: NewsroomEvaluation, folder: Path, before: Before) -> None:
    """Writes newsroom.json and newsroom.html into ``folder``."""
    whole = summary(done) | {"replies": [asdict(reply) for reply in done.replies]}
    (folder / FILE).write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    (folder / PAGE).write_text(page(done, before), encoding="utf-8")


def kept_figures(path: Path) -> dict[str, Figure]:
    """The figures of an earlier run, given its folder or its newsroom.json.

    Raises:
        DatasetError: there is none.
    """
    file = path / FILE if path.is_dir() else path
    try:
        saved = json.loads(file.read_text(encoding="utf-8"))["figures"]
        return {name: (float(value), int(n)) for name, (value, n) in saved.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetError(f"{file} is not an earlier newsroom run: {error}") from None


def show(done: NewsroomEvaluation, say: Callable[[str], None], before: Before) -> None:
    """Prints the notices and the figures, beside those from before if there are any."""
    for notice in done.notices:
        say(f"Note: {notice}")
    table = new_table("kind", "questions", *(["before"] if before else []), "score")
    for name, (value, n) in done.figures.items():
        table.add_row(name, str(n), *([_earlier(before, name)] if before else []), f"{value:.3f}")
    printing().print(table)


def page(done: NewsroomEvaluation, before: Before) -> str:
    """The report: the table, and every question with what was shown, the worst of each kind first."""
    by_kind = dict[str, list[NewsroomReply]]()
    for reply in sorted(done.replies, key=lambda one: one.score):
        by_kind.setdefault(reply.kind, []).append(reply)
    style = STYLE.read_text(encoding="utf-8")
    template = environment().get_template("newsroom.html")
    kinds = {kind: by_kind[kind] for kind in done.figures if kind in by_kind}
    earlier = {name: _earlier(before, name) for name in done.figures} if before else {}
    return template.render(done=done, kinds=kinds, earlier=earlier, style=style)


def _earlier(before: Before, name: str) -> str:
    return f"{before[name][0]:.3f}" if name in before else ""
