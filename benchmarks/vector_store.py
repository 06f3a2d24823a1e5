"""Chroma by itself beside LlamaIndex's ChromaVectorStore: adding, asking and disk, on the same made-up vectors.

pip install -e ".[eval]" && python -m benchmarks.vector_store [--vectors 20000]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.settings import load_settings
from indexes.search.chroma_local import open_collection

if TYPE_CHECKING:
    from indexes.embedding.embedder import Vectors

    Add = Callable[[list[str], Vectors], Any]
    Ask = Callable[[Vectors], Any]

BATCH = 500
QUESTIONS = 200


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--vectors", type=int, default=20_000)
    count = arguments.parse_args().vectors
    load_settings()
    rows = np.random.default_rng(0).normal(size=(count, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    print(f"{'':<18} {'added/s':>8} {'ms/query':>9} {'MB':>6}")
    for name, adapter in (("Chroma", _plain), ("ChromaVectorStore", _through_llama_index)):
        with tempfile.TemporaryDirectory() as folder:
            client, collection = open_collection(Path(folder), create=True)
            add, ask = adapter(collection)
            added, asked = _timed(rows, add, ask)
            client.close()
            size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
        print(f"{name:<18} {count / added:>8.0f} {1000 * asked:>9.1f} {size / 1e6:>6.0f}")


def _timed(rows: Vectors, add: Add, ask: Ask) -> tuple[float, float]:
    """Seconds to add all rows, and the median seconds of a query for fifty."""
    start = time.perf_counter()
    for at in range(0, len(rows), BATCH):
        add([f"article:1:{n}" for n in range(at, min(at + BATCH, len(rows)))], rows[at : at + BATCH])
    added = time.perf_counter() - start
    asked = []
    for row in rows[:QUESTIONS]:
        start = time.perf_counter()
        ask(row)
        asked.append(time.perf_counter() - start)
    return added, statistics.median(asked)


def _plain(collection: Any) -> tuple[Add, Ask]:
    return (
        lambda ids, rows: collection.add(ids=ids, embeddings=rows),
        lambda row: collection.query(query_embeddings=row.reshape(1, -1), n_results=50, include=["distances"]),
    )


def _through_llama_index(collection: Any) -> tuple[Add, Ask]:
    from llama_index.core.schema import TextNode
    from llama_index.core.vector_stores.types import VectorStoreQuery
    from llama_index.vector_stores.chroma import ChromaVectorStore

    store = ChromaVectorStore(chroma_collection=collection)
    return (
        lambda ids, rows: store.add(
            [TextNode(id_=id, embedding=row.tolist()) for id, row in zip(ids, rows, strict=True)]
        ),
        lambda row: store.query(VectorStoreQuery(query_embedding=row.tolist(), similarity_top_k=50)),
    )


if __name__ == "__main__":
    main()
