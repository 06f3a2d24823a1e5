"""What audit-exceptions.toml says of Chroma holds: neither its server nor what loads foreign models is reached."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = [*(ROOT / "indexes").rglob("*.py"), *(ROOT / "assistant").rglob("*.py"), ROOT / "app.py"]


def names_in(file: Path) -> set[str]:
    """Attributes, keywords and modules that a source names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.keyword) and node.arg:
            found.add(node.arg)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def sent_without_vectors(file: Path) -> list[int]:
    """Lines that send Chroma something and leave it to Chroma to embed it."""
    calls = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    named = [(call, {keyword.arg for keyword in call.keywords}) for call in calls]
    sends = [(call, given) for call, given in named if isinstance(call.func, ast.Attribute) and "ids" in given]
    return [
        call.lineno
        for call, given in sends
        if getattr(call.func, "attr", "") in ("add", "upsert", "update") and "embeddings" not in given
    ]


def test_no_source_asks_chroma_for_texts_or_has_it_serve_or_loads_a_pickle() -> None:
    wrong = {"query_texts", "pickle", "joblib", "dill", "cloudpickle", "marshal", "shelve"}
    for file in SOURCES:
        names = names_in(file)
        assert sent_without_vectors(file) == [], file
        assert not names & wrong, file
        assert not [name for name in names if name.startswith(("chromadb.server", "chromadb.cli"))], file


def test_adding_removing_and_asking_load_no_pickle_and_have_chroma_make_no_embedding_function(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "tests.faults.pickles",
        str(tmp_path / "home"),
        str(ROOT / "samples" / "wire.jsonl"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["answers"], found["reached"], found["control"]) == (3, [], True)
