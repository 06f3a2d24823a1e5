"""Prints how the code is laid out: circles of imports, folders that import each other, names used twice, small modules.

    python -m scripts.structure

Imports inside functions count, those for type checking too: a reader follows them all. Migrations do not: each is the
record of one change, and stays as it is.
"""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("indexes", "assistant", "prompts")
SMALL = 40
_HISTORY = "migrations"
_UNNAMED = {"__init__", "__main__"}

Graph = dict[str, set[str]]
"""What each module, or folder, imports of the others."""


def modules(root: Path = ROOT) -> dict[str, Path]:
    """The product's modules by their dotted names; a package has the name of its folder."""
    found = [root / "app.py", *(file for package in PACKAGES for file in sorted((root / package).rglob("*.py")))]
    kept = [file for file in found if file.is_file() and _HISTORY not in file.parts]
    return {_dotted(file.relative_to(root)): file for file in kept}


def _dotted(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def module_imports(files: Mapping[str, Path]) -> Graph:
    return {name: {one for one in _imported(file, files) if one != name} for name, file in files.items()}


def _imported(file: Path, files: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in files)
        elif isinstance(node, ast.ImportFrom) and (package := node.module or "") in files:
            inner = [f"{package}.{alias.name}" for alias in node.names]
            yield from (one if one in files else package for one in inner)


def folder_imports(files: Mapping[str, Path], imports: Graph) -> Graph:
    """What each folder imports of the others. A folder's face (its ``__init__``) belongs to the folder."""
    folders: Graph = {folder_of(name, files): set() for name in files}
    for name, imported in imports.items():
        own = folder_of(name, files)
        folders[own] |= {folder_of(one, files) for one in imported} - {own}
    return folders


def folder_of(name: str, files: Mapping[str, Path]) -> str:
    """The folder of a module, from the repository's root: ``assistant/web``, or ``.`` for the root itself."""
    return str(files[name].parent.relative_to(_root_of(name, files)))


def _root_of(name: str, files: Mapping[str, Path]) -> Path:
    file = files[name]
    depth = name.count(".") + (file.name == "__init__.py")
    return file.parents[depth]


def circles(graph: Graph) -> list[list[str]]:
    """Groups that reach each other by imports, each with more than one in it (Tarjan 1972)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(one: str) -> None:
        order[one] = low[one] = len(order)
        stack.append(one)
        for other in graph[one]:
            if other not in order:
                visit(other)
                low[one] = min(low[one], low[other])
            elif other in stack:
                low[one] = min(low[one], order[other])
        if low[one] == order[one]:
            at = stack.index(one)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for one in graph:
        if one not in order:
            visit(one)
    return sorted(found)


def mutual(graph: Graph) -> list[tuple[str, str]]:
    """Pairs that import each other."""
    return sorted((one, other) for one in graph for other in graph[one] if one < other and one in graph[other])


def shared_names(files: Iterable[Path]) -> dict[str, list[Path]]:
    """Base names that more than one module has."""
    named = defaultdict[str, list[Path]](list)
    for file in files:
        named[file.stem].append(file)
    return {name: found for name, found in sorted(named.items()) if len(found) > 1 and name not in _UNNAMED}


def lengths(files: Iterable[Path]) -> dict[Path, int]:
    """Lines of each module that is more than its package's face."""
    return {file: len(file.read_text(encoding="utf-8").splitlines()) for file in files if file.stem not in _UNNAMED}


def folder_sizes(files: Iterable[Path]) -> Counter[Path]:
    """How many modules each folder holds, its face aside."""
    return Counter(file.parent for file in files if file.stem not in _UNNAMED)


def main() -> None:
    files = modules()
    imports = module_imports(files)
    folders = folder_imports(files, imports)
    lines, sizes, shared = lengths(files.values()), folder_sizes(files.values()), shared_names(files.values())
    total = sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files.values())
    print(f"modules                      {len(files)}, {total} lines")
    _print("circles of modules", circles(imports))
    _print("circles of folders", circles(folders))
    _print("folders importing each other", [" <-> ".join(pair) for pair in mutual(folders)])
    _print("base names used twice", [f"{name} {len(found)}" for name, found in shared.items()])
    _print(f"modules below {SMALL} lines", [_short(file) for file, count in lines.items() if count < SMALL])
    _print("modules above 300 lines", [f"{_short(file)} {count}" for file, count in lines.items() if count > 300])
    _print("largest folders", [f"{_short(folder)} {count}" for folder, count in sizes.most_common(5)], counted=False)


def _short(file: Path) -> str:
    return str(file.relative_to(ROOT))


def _print(what: str, found: Iterable[object], counted: bool = True) -> None:
    listed = list(found)
    print(f"{what:<28} {len(listed) if counted else ''}")
    for one in listed:
        print(f"    {', '.join(one) if isinstance(one, list) else one}")


if __name__ == "__main__":
    main()
