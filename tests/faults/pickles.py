"""Adds, removes, asks and evaluates, and tells which pickles were loaded meanwhile and what of Chroma was reached.

python -m tests.faults.pickles HOME ARTICLES
"""

from __future__ import annotations

import io
import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

QUESTIONS = ("who denied the call?", "Who won the World Cup?", "When did the strike end?")


def watched() -> list[str]:
    """What is reached from now on. An audit hook sees the C unpickler; what is called by name is replaced."""
    reached: list[str] = []

    def hook(event: str, args: Any) -> None:
        if event == "pickle.find_class":
            reached.append(f"pickle of {args[0]}.{args[1]}")
        if event == "import" and str(args[0]).startswith(("chromadb.server", "chromadb.cli")):
            reached.append(str(args[0]))

    sys.addaudithook(hook)
    import torch
    from chromadb.api import collection_configuration
    from chromadb.api.models.CollectionCommon import CollectionCommon

    def told(name: str) -> Callable[..., None]:
        return lambda *_, **__: reached.append(name)

    for owner, name in (
        (torch, "load"),
        (pickle, "load"),
        (pickle, "loads"),
        (CollectionCommon, "_embed"),
        (collection_configuration, "load_collection_configuration_from_json"),
    ):
        setattr(owner, name, told(f"{getattr(owner, '__name__', owner)}.{name}"))
    reached.clear()  # what the libraries themselves do while they are imported comes from no file of anyone's
    return reached


def live(home: Path, articles: Path) -> int:
    """How many answers there were."""
    from assistant.factory import open_assistant
    from assistant.settings import Settings
    from indexes import Index, read_paths

    with Index(home) as index:
        list(index.add(read_paths([articles])))
        index.remove(index.store.article_ids(limit=1))
    with Index(home) as index:
        assistant = open_assistant(Settings.model_validate({"home": home}), index)
        return len([assistant.ask(question) for question in QUESTIONS])


def main() -> None:
    reached = watched()
    answers = live(Path(sys.argv[1]), Path(sys.argv[2]))
    before = list(reached)
    pickle.Unpickler(io.BytesIO(pickle.dumps(Path("x")))).load()
    seen = len(reached) > len(before)
    print(json.dumps({"answers": answers, "reached": before, "control": seen}))


if __name__ == "__main__":
    main()
