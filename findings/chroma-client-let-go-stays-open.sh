#!/bin/sh
# chromadb 1.5.9, Python 3.11, Linux: a PersistentClient that nothing refers to any more, also after a collection of
# garbage, goes on holding its database and index files open until the process ends: the library itself keeps what is
# behind each folder's clients in a table. Only close() lets them go.
#
# A server that replaces its index folder now and then, and lets the old client go out of scope, so keeps the files of
# every folder it ever opened, the deleted ones included.
#
# Seen: "let go: 5 of 5 deleted folders still have files open" and "closed: 0 of 5 deleted folders still have files open".
# Exits with 0 while this is so, with 1 when it has changed, with 2 when the package cannot be installed.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "chromadb==1.5.9" || exit 2

cat >"$folder/run.py" <<'PYTHON'
import gc
import os
import pathlib
import shutil
import sys

import chromadb


def used(folder: pathlib.Path, close: bool) -> None:
    client = chromadb.PersistentClient(str(folder))
    collection = client.create_collection("words", embedding_function=None)
    collection.add(ids=["a", "b"], embeddings=[[1.0, 0.0], [0.0, 1.0]])
    collection.query(query_embeddings=[[1.0, 0.1]], n_results=1)
    if close:
        client.close()


def still_open(folders: list[pathlib.Path]) -> int:
    links = []
    for number in os.listdir("/proc/self/fd"):
        try:
            links.append(os.readlink(f"/proc/self/fd/{number}"))
        except OSError:
            pass
    return sum(any(link.startswith(f"{folder}/") for link in links) for folder in folders)


def main(home: pathlib.Path) -> int:
    seen = {}
    for name, close in (("let go", False), ("closed", True)):
        folders = [home / f"{name}-{n}" for n in range(5)]
        for folder in folders:
            used(folder, close)
            gc.collect()
            shutil.rmtree(folder)
        seen[name] = still_open(folders)
        print(f"{name}: {seen[name]} of 5 deleted folders still have files open")
    return 0 if seen == {"let go": 5, "closed": 0} else 1


sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
PYTHON
ANONYMIZED_TELEMETRY=False "$folder/venv/bin/python" "$folder/run.py" "$folder"
