"""Makes the weights that are shipped out of a run: the encoder's layers and the answer head, as int8, as safetensors.

    python -m training.export RUN... [--out assistant/reader/weights]

Of several runs the averages of their weights are taken. The word vectors stay in the packaged encoder: training left
them as they were.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated

import typer

from assistant.reader.weights_loader import MANIFEST, SHIPPED_FOLDER, WEIGHTS, packed
from training.train import CHECKPOINT


def export(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs; their weights are averaged.")],
    out: Annotated[Path, typer.Option(help="Folder for the weights and their manifest.")] = SHIPPED_FOLDER,
    average: Annotated[bool, typer.Option(help="Take each run's running average, not its last weights.")] = False,
    pack: Annotated[bool, typer.Option(help="Matrices as int8; without, as they were trained, in fp32.")] = True,
) -> None:
    """Writes the shipped weights and reader.json, which names their hash, their encoder and their recipe."""
    import torch
    from safetensors.torch import save_file

    kept = [torch.load(run / CHECKPOINT, weights_only=True) for run in runs]
    names = kept[0]["average"]
    taken = [state["average"] if average else {name: state["model"][name] for name in names} for state in kept]
    weights = {name: torch.stack([one[name] for one in taken]).mean(0) for name in names}
    out.mkdir(parents=True, exist_ok=True)
    save_file(packed(weights) if pack else weights, out / WEIGHTS)
    recipes = [json.loads((run / "manifest.json").read_text(encoding="utf-8")) for run in runs]
    manifest = {
        "sha256": hashlib.sha256((out / WEIGHTS).read_bytes()).hexdigest(),
        "encoder": recipes[0]["encoder"],
        "averaged": average,
        "runs": [{**recipe, "step": state["step"]} for recipe, state in zip(recipes, kept, strict=True)],
    }
    (out / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    print(f"{(out / WEIGHTS).stat().st_size / 1e6:.1f} MB in {out / WEIGHTS}")


if __name__ == "__main__":
    typer.run(export)
