"""Trains the reader. Stop it any time: started again with the same folder it goes on from its last checkpoint.

    python -m training.train --steps 5000 --decay 800 [--data …] [--out build/training/run]

The learning rate is warmed up, held, and brought down to nothing in the last ``--decay`` steps; a run may be held
(--decay 0) for as long as there is time and then be brought down from any checkpoint. Beside the weights a running
average of them is kept, and both are written.
"""

from __future__ import annotations

import json
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from indexes.embedding.embedder import PACKAGED_MODEL, locate_model
from training.epochs import Epochs
from training.groups import Pool
from training.objective import TOKENS, Batch, loss
from training.prepare import load

if TYPE_CHECKING:
    import torch

_WARM = 200
_AVERAGE = 0.999
CHECKPOINT = "checkpoint.pt"
"""The file in a run's folder that it goes on from."""


def train(
    steps: Annotated[int, typer.Option(help="The last step.")],
    decay: Annotated[int, typer.Option(help="How many of the last steps bring the learning rate down.")] = 0,
    data: Annotated[Path, typer.Option(help="What training.prepare wrote.")] = Path("build/training/data"),
    out: Annotated[Path, typer.Option(help="Folder of the run: checkpoint, weights, log.")] = Path(
        "build/training/run"
    ),
    rate: Annotated[float, typer.Option(help="The learning rate while it is held.")] = 2e-4,
    characters: Annotated[int, typer.Option(help="Characters read in a step: about four to a token.")] = 16_000,
    seed: int = 1,
    every: Annotated[int, typer.Option(help="Steps between checkpoints.")] = 100,
) -> None:
    """Trains from the packaged encoder, or goes on with the run in ``out``."""
    import torch
    from transformers import AutoTokenizer

    torch.manual_seed(seed)
    out.mkdir(parents=True, exist_ok=True)
    encoder = locate_model(PACKAGED_MODEL)
    tokenizer = AutoTokenizer.from_pretrained(str(encoder.folder), local_files_only=True)
    examples, contexts, negatives = load(data)
    epochs = Epochs(examples, Pool(contexts), negatives, seed, characters)
    state = State.begin_or_resume(out, encoder.folder, rate)
    manifest = {"encoder": encoder.sha256, "data": json.loads((data / "manifest.json").read_text(encoding="utf-8"))}
    manifest |= {"steps": steps, "decay": decay, "rate": rate, "characters": characters, "seed": seed, "tokens": TOKENS}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    recent: deque[float] = deque(maxlen=100)
    began, first = time.monotonic(), state.step
    for epoch, groups in epochs.steps(skip=state.step):
        if state.step >= steps:
            break
        recent.append(
            state.take(loss(state.model, Batch(groups, tokenizer)), rate * _schedule(state.step, steps, decay))
        )
        if state.step % 20 == 0:
            pace = (time.monotonic() - began) / (state.step - first)
            line = f"step {state.step}/{steps} epoch {epoch:.3f} loss {sum(recent) / len(recent):.4f} {pace:.2f} s/step"
            print(line, flush=True)
            with (out / "log.txt").open("a", encoding="utf-8") as log:
                log.write(line + "\n")
        if state.step % every == 0:
            state.save(out)
    state.save(out)
    print(f"trained {state.step} steps; weights in {out}")


def _schedule(step: int, steps: int, decay: int) -> float:
    """The share of the learning rate at ``step``: warmed up, held, brought down linearly."""
    return min(1.0, (step + 1) / _WARM, (steps - step) / decay if decay else 1.0)


class State:
    """The model in training with its optimiser and its running average."""

    def __init__(self, model: Any, rate: float) -> None:
        import torch

        self.model, self.step = model.train(), 0
        for parameter in model.base_model.embeddings.parameters():
            parameter.requires_grad_(False)
        trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
        plain = [p for p in trained.values() if p.ndim < 2]
        matrices = [p for p in trained.values() if p.ndim >= 2]
        parts = [{"params": matrices, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(parts, lr=rate, betas=(0.9, 0.98), fused=True)
        self._trained = trained
        self.average = {name: p.detach().clone() for name, p in trained.items()}

    @classmethod
    def begin_or_resume(cls, out: Path, encoder: Path, rate: float) -> State:
        import torch
        from transformers import AutoModelForQuestionAnswering

        model = AutoModelForQuestionAnswering.from_pretrained(
            str(encoder), local_files_only=True, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
        )
        state = cls(model, rate)
        if (out / CHECKPOINT).exists():
            kept = torch.load(out / CHECKPOINT, weights_only=True)
            model.load_state_dict(kept["model"])
            state.optimiser.load_state_dict(kept["optimiser"])
            state.average, state.step = kept["average"], kept["step"]
            print(f"going on from step {state.step}", flush=True)
        return state

    def take(self, loss: torch.Tensor, rate: float) -> float:
        """One step down ``loss``; returns it."""
        import torch

        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._trained.values(), 1.0)
        for part in self.optimiser.param_groups:
            part["lr"] = rate
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.step += 1
        keep = min(_AVERAGE, self.step / (self.step + 20))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.values()), [p.data for p in self._trained.values()], 1 - keep)
        return float(loss.detach())

    def save(self, out: Path) -> None:
        """Writes the checkpoint, whole or not at all, and the weights beside it as models to load."""
        import torch

        kept = {"model": self.model.state_dict(), "optimiser": self.optimiser.state_dict()}
        kept |= {"average": self.average, "step": self.step}
        torch.save(kept, out / "checkpoint.part")
        (out / "checkpoint.part").replace(out / CHECKPOINT)


if __name__ == "__main__":
    typer.run(train)
