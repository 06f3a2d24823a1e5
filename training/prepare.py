"""Prepares training data: the examples, and for each the texts that look as if they answered it and do not.

    python -m training.prepare TRAIN.jsonl.gz [--out build/training/data]

A negative is among the nearest texts of the pool (all contexts) by cosine and words together, from another context,
and does not hold the answer. Only questions that say what they are about get any: "who said something?" is answered
by half the pool. Takes about ten minutes on two cores.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.text.wording import normalise_answer
from indexes.embedding.embedder import PACKAGED_MODEL, Embedder, locate_model
from training.examples import Example, read_examples

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEGATIVES = 8
_VAGUE = ("qasrl", "qanom")


def prepare(
    train: Annotated[Path, typer.Argument(help="Examples: source, question, context, answer, start.")],
    out: Annotated[Path, typer.Option(help="Folder for what is prepared.")] = Path("build/training/data"),
    nearest: Annotated[int, typer.Option(help="How many texts are looked at for each question.")] = 40,
) -> None:
    """Mines negatives for every example and writes them beside the examples."""
    import numpy as np

    examples = read_examples(train)
    contexts = list(dict.fromkeys(example.context for example in examples))
    print(f"{len(examples)} examples over {len(contexts)} contexts")
    number = {context: n for n, context in enumerate(contexts)}
    plain = [f" {normalise_answer(context)} " for context in contexts]
    mined = np.full((len(examples), NEGATIVES), -1, np.int32)
    asked = [n for n, example in enumerate(examples) if is_specific(example)]
    for n, found in zip(asked, _nearest([examples[n].question for n in asked], contexts, nearest), strict=True):
        kept = _without_answer(examples[n], found, plain, number)
        mined[n, : len(kept)] = kept
    out.mkdir(parents=True, exist_ok=True)
    np.save(out / "negatives.npy", mined)
    (out / "contexts.json").write_text(json.dumps(contexts), encoding="utf-8")
    rows = [[e.source, e.question, number[e.context], e.answer, e.start] for e in examples]
    (out / "examples.json").write_text(json.dumps(rows), encoding="utf-8")
    manifest = {
        "train": train.name,
        "sha256": hashlib.sha256(train.read_bytes()).hexdigest(),
        "examples": len(examples),
        "contexts": len(contexts),
        "negatives": float((mined[asked] >= 0).sum(1).mean()),
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    print(f"{manifest['negatives']:.1f} negatives for each of {len(asked)} specific questions; written to {out}")


def is_specific(example: Example) -> bool:
    """Whether the question says what it is about; those of QA-SRL and QANom are about "someone" and "something"."""
    return not example.source.startswith(_VAGUE)


def load(folder: Path) -> tuple[list[Example], list[str], NDArray[np.int32]]:
    """What was prepared: the examples, the pool of contexts, and for each example the numbers of its negatives,
    int32 of shape (examples, 8), -1 where there are fewer.
    """
    import numpy as np

    contexts: list[str] = json.loads((folder / "contexts.json").read_text(encoding="utf-8"))
    rows: list[list[Any]] = json.loads((folder / "examples.json").read_text(encoding="utf-8"))
    examples = [Example(source, question, contexts[n], answer, start) for source, question, n, answer, start in rows]
    return examples, contexts, np.load(folder / "negatives.npy")


def _without_answer(example: Example, found: Sequence[int], plain: Sequence[str], number: dict[str, int]) -> list[int]:
    """The texts of ``found`` that lack the answer; ``plain`` are all texts, normalised, between spaces."""
    answer = f" {normalise_answer(example.answer)} "
    own = number[example.context]
    others = (n for n in found if n != own)
    return [n for n in others if answer not in plain[n]][:NEGATIVES]


def _nearest(questions: Sequence[str], contexts: Sequence[str], count: int) -> list[list[int]]:
    """For each question the numbers of the nearest contexts: by cosine of meaning plus cosine of TF-IDF."""
    import numpy as np
    from rich.progress import track
    from sklearn.feature_extraction.text import TfidfVectorizer

    files = locate_model(PACKAGED_MODEL)
    embedder = Embedder(files, files.number_format("auto"))
    words = TfidfVectorizer(sublinear_tf=True, stop_words="english")
    pool_words = words.fit_transform(contexts).T.tocsr()
    print("embedding the contexts …", flush=True)
    pool = embedder.embed(contexts).T
    found: list[list[int]] = []
    batches = [questions[n : n + 512] for n in range(0, len(questions), 512)]
    for batch in track(batches, description="mining"):
        scores = embedder.embed(batch) @ pool + (words.transform(batch) @ pool_words).toarray()
        found += np.argsort(-scores, axis=1)[:, :count].tolist()
    return found


if __name__ == "__main__":
    typer.run(prepare)
