"""Imports run one way, heavy libraries load when they are needed, and the repository holds only what it should."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from indexes import Index
from scripts import structure

ROOT = Path(__file__).parent.parent
MEGABYTE = 1_000_000
HEAVY = {"torch", "chromadb", "gradio", "llama_index", "transformers", "sentence_transformers", "numpy", "sqlalchemy"}
SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{36}|\bhf_[A-Za-z]{34}\b"
    r"|\bsk-[\w-]{20,}|\bxox[abpr]-[\w-]{10,}|://[^/\s:@]+:[^/\s:@]+@"
)

LAYERS = (
    ("indexes/types", "prompts"),
    ("indexes/embedding", "indexes/loaders"),
    ("indexes/loaders/sandbox", "indexes/storage"),
    ("indexes/ingest", "indexes/search"),
    ("indexes/ingest/ray", "indexes/fetch", "indexes"),
    ("assistant/text",),
    ("assistant/types", "assistant/reader"),
    ("assistant/claims", "assistant/output", "assistant/settings"),
    ("assistant/accounts", "assistant/answering"),
    ("assistant/backup", "assistant/conversation", "assistant/generation", "assistant/history"),
    ("assistant",),
    ("assistant/evaluation", "assistant/llama_index", "assistant/web/http"),
    ("assistant/web/pages",),
    ("assistant/web/middleware", "assistant/web/widget"),
    ("assistant/web/auth", "assistant/web/services"),
    ("assistant/web/api", "assistant/web/chat"),
    ("assistant/web",),
    ("assistant/web/server",),
    ("assistant/cli",),
    (".",),
)
"""The folders of the product, from the bottom up. A folder imports only from the layers below its own."""

FILES = structure.modules()
IMPORTS = structure.module_imports(FILES)
FOLDERS = structure.folder_imports(FILES, IMPORTS)


def loaded_by(code: str, folder: Path) -> set[str]:
    """Names of the top-level modules in a fresh interpreter once ``code`` has run."""
    told = (
        f"{code}\nimport json, sys\nprint('\\n' + json.dumps(sorted({{name.split('.')[0] for name in sys.modules}})))"
    )
    done = subprocess.run([sys.executable, "-c", told], cwd=folder, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def imports_of(file: Path) -> set[str]:
    """Top-level names ``file`` imports anywhere, inside functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            found.add((node.module or "").split(".")[0])
    return found


def modules_of(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_importing_indexes_loads_nothing_heavy_and_nothing_above_it(tmp_path: Path) -> None:
    loaded = loaded_by("import indexes", tmp_path)
    assert "indexes" in loaded
    assert not loaded & (HEAVY | {"assistant", "app", "pydantic"})


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    loaded = loaded_by(
        "import sys\nfrom assistant.cli import main\nsys.argv = ['onrecord', '--help']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code",
        tmp_path,
    )
    assert "typer" in loaded
    assert not loaded & (HEAVY | {"pydantic", "fastapi"})


def test_asking_from_the_command_line_loads_nothing_that_only_other_models_need(samples: Index) -> None:
    loaded = loaded_by(
        "import os, sys\nfrom assistant.cli import main\n"
        f"os.environ['ONRECORD_HOME'] = {str(samples.home)!r}\nsys.argv = ['onrecord', 'ask', 'Who denied the call?']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code",
        samples.home,
    )
    assert {"torch", "chromadb", "tantivy"} <= loaded
    slow = {"transformers", "sentence_transformers", "sklearn", "scipy", "pandas", "llama_index", "gradio", "fastapi"}
    assert not loaded & (slow | {"matplotlib", "sympy", "accelerate", "datasketch", "trafilatura", "dateparser"})


def test_every_folder_has_its_place_in_the_order() -> None:
    placed = [folder for layer in LAYERS for folder in layer]
    assert len(placed) == len(set(placed))
    assert set(placed) ^ set(FOLDERS) == set(), "a new folder of the product gets a place in LAYERS"


def test_no_import_goes_up() -> None:
    height = {folder: at for at, layer in enumerate(LAYERS) for folder in layer}
    wrong = [
        f"{name} ({own}) imports {other} ({others})"
        for name, imported in IMPORTS.items()
        for other in sorted(imported)
        for own, others in [(structure.folder_of(name, FILES), structure.folder_of(other, FILES))]
        if own != others and height.get(others, 0) >= height.get(own, 0)
    ]
    assert not wrong, "\n".join(["a folder imports only from the layers below its own (LAYERS)", *wrong])


def test_no_modules_and_no_folders_go_round_in_circles() -> None:
    assert structure.circles(IMPORTS) == []
    assert structure.circles(FOLDERS) == []
    assert structure.mutual(FOLDERS) == []


def test_a_module_is_told_from_others_by_its_name() -> None:
    shared = structure.shared_names(FILES.values())
    assert len(shared) <= 8, sorted(shared)


def test_a_module_holds_enough_to_be_one() -> None:
    small = [file.name for file, count in structure.lengths(FILES.values()).items() if count < structure.SMALL]
    assert len(small) <= 12, small


def test_a_folder_can_be_taken_in_at_one_look() -> None:
    sizes = structure.folder_sizes(FILES.values())
    assert {str(folder): size for folder, size in sizes.items() if size > 20} == {}


def test_a_migration_imports_nothing_of_ours() -> None:
    steps = [file for file in (*modules_of("indexes"), *modules_of("assistant")) if "migrations" in file.parts]
    assert steps
    assert [file.name for file in steps if imports_of(file) & {"indexes", "assistant", "app", "prompts"}] == []


def test_serving_loads_nothing_that_only_an_extra_installs(tmp_path: Path) -> None:
    served = "import assistant.web.create_app, assistant.web.server.server, assistant.web.chat.page"
    extras = {"mcp", "mcp_types", "openai", "ollama", "anthropic", "psycopg", "ray", "sklearn"}
    assert not loaded_by(served, tmp_path) & extras


def test_nothing_tracked_is_over_a_megabyte_but_the_readers_weights() -> None:
    large = [file for file in tracked_files() if file.stat().st_size > MEGABYTE]
    assert large == [ROOT / "assistant" / "reader" / "weights" / "reader.safetensors"]
    assert large[0].stat().st_size <= 25 * MEGABYTE


@pytest.mark.parametrize("package", ["indexes", "assistant"])
def test_what_is_served_does_not_need_what_trained_it(package: str) -> None:
    assert not [file.name for file in modules_of(package) if imports_of(file) & {"training", "sklearn"}]


def test_nothing_tracked_looks_like_a_secret() -> None:
    texts = {file.name: file.read_bytes().decode(errors="ignore") for file in tracked_files()}
    assert {name: found[0] for name, text in texts.items() if (found := SECRETS.search(text))} == {}
    assert not [name for name in texts if name == ".env" or name.endswith((".pem", ".key", ".sqlite3", ".db"))]


def test_prompts_are_files_and_not_buried_in_the_code() -> None:
    buried = re.compile(r"\byou are (a|an|the) |\brespond only\b|\banswer only (with|from)\b", re.IGNORECASE)
    sources = [ROOT / "app.py", *modules_of("indexes"), *modules_of("assistant")]
    assert [file.name for file in sources if buried.search(file.read_text(encoding="utf-8"))] == []
