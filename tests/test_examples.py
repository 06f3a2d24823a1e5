"""The examples in docs/ and in docstrings run as they stand."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path
from typing import Any

import pytest

import assistant
import indexes
from assistant.types.answers import CitedSentence
from assistant.types.citations import cite
from tests.support.fast_index import HashedWords

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PAGES = ("python.md", "llama-index.md")
MODULES = (
    "assistant.assistant",
    "assistant.factory",
    "assistant.settings.settings",
    "assistant.types.answers",
    "assistant.types.citations",
    "assistant.types.turns",
    "indexes.index",
    "indexes.types.article",
    "indexes.types.passages",
)


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_a_page_run_in_their_order(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        lines_before = text.count("\n", 0, block.start(1))
        exec(compile("\n" * lines_before + block[1], page, "exec"), names)


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_module_say_what_happens(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    public = {name: getattr(package, name) for package in (indexes, assistant) for name in package.__all__}
    names = {**public, "CitedSentence": CitedSentence, "cite": cite}
    result = doctest.testmod(importlib.import_module(module), extraglobs=names, optionflags=doctest.ELLIPSIS)
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize("noun", ["Index", "Article", "Hit", "new_article", "open_index"])
def test_what_the_index_shows_has_an_example(noun: str) -> None:
    assert ">>>" in (getattr(indexes, noun).__doc__ or "")


@pytest.mark.parametrize("noun", ["Assistant", "Answered", "NotFound", "Notice", "Turn", "load_settings"])
def test_what_the_assistant_shows_has_an_example(noun: str) -> None:
    assert ">>>" in (getattr(assistant, noun).__doc__ or "")


def test_what_a_package_does_not_show_cannot_be_imported_from_it() -> None:
    with pytest.raises(ImportError, match="no_such_thing"):
        exec("from assistant import no_such_thing")


def test_the_model_of_the_tests_is_one_anybody_could_hand_over() -> None:
    model: indexes.EmbeddingModel = HashedWords()
    assert model.embed(["The ferry."]).shape == (1, model.dimension)
