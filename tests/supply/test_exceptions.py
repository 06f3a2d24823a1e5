"""What audit-exceptions.toml says of Chroma holds: neither its server nor what loads foreign models is reached."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = [*(ROOT / "indexes").rglob("*.py"), *(ROOT / "assistant").rglob("*.py"), ROOT / "app.py"]
LIFE = """
import builtins, json, pickle, sys
from pathlib import Path

reached = []
def reach(event, args):
    if event == "pickle.find_class":
        reached.append(f"pickle {args}")
    if event == "import" and args[0].startswith(("chromadb.server", "chromadb.cli")):
        reached.append(f"import {args[0]}")
sys.addaudithook(reach)

import chromadb
import torch
from chromadb.api.models.CollectionCommon import CollectionCommon
from chromadb.api import collection_configuration

class Watched(pickle._Unpickler):
    def __init__(self, *args, **named):
        reached.append("a pickle is loaded")
        super().__init__(*args, **named)

def told(name):
    return lambda *args, **named: reached.append(name)

torch.load = told("torch.load")
pickle.load, pickle.loads, pickle.Unpickler = told("pickle.load"), told("pickle.loads"), Watched
CollectionCommon._embed = told("an embedding function is called")
collection_configuration.load_collection_configuration_from_json = told("a configuration is read")

from assistant.settings import Settings, open_assistant
from indexes import Index, read_paths

home, samples = Path(sys.argv[1]), Path(sys.argv[2])
with Index(home) as index:
    outcomes = [o.kind for o in index.add(read_paths([samples]))]
    index.remove([index.store.article_ids()[0]])
with Index(home) as index:
    health = index.dense.health
    answer = open_assistant(Settings(home=home), index).ask("who denied the call?")
before = list(reached)
pickle.loads(pickle.dumps(Path))
print(json.dumps({"added": len(outcomes), "health": health, "kind": type(answer).__name__, "reached": before,
                  "control": len(reached) > len(before)}))
"""


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


def test_no_source_asks_chroma_for_texts_or_has_it_serve_or_loads_a_pickle() -> None:
    wrong = {"query_texts", "upsert", "pickle", "joblib", "dill", "cloudpickle", "marshal", "shelve"}
    for file in SOURCES:
        names = names_in(file)
        assert not names & wrong, file
        assert not [name for name in names if name.startswith(("chromadb.server", "chromadb.cli"))], file


def test_adding_removing_and_asking_load_no_pickle_and_have_chroma_make_no_embedding_function(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LIFE, str(tmp_path / "home"), str(ROOT / "samples" / "wire.jsonl")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["reached"] == []
    assert found["control"]
