"""What On Record is made of: every file locked by its hash, no pickle loaded, weights refused when a byte differs."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from assistant.reader.weights_loader import SHIPPED_FOLDER, WEIGHTS, shipped
from benchmarks.trial import Row, Trial
from indexes.embedding.embedder import PACKAGED_MODEL, check_packaged, locate_model
from indexes.types.errors import ModelNotFound

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-tools.lock")
TOOLS = ROOT / "build" / "tools" / "bin"
_LIFE = "adding, removing, asking: pickles and torch files loaded, Chroma's embedding functions and server reached"


def run(short: bool) -> Iterator[Row | str]:
    """``short`` asks no database and installs nothing."""
    for lock in LOCKS:
        entries = re.split(r"^(?=[a-z0-9])", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
        hashed = sum("--hash=sha256:" in entry for entry in entries)
        yield Row(f"{lock}: packages with hashes", f"{hashed} of {len(entries)}", "all", hashed == len(entries), "37")
    yield from _weights()
    yield from _pickles()
    if not short:
        yield _audited()
        yield _billed()


def _weights() -> Iterator[Row]:
    """Flips one byte in copies of both models' weights, at the beginning, in the middle and at the end."""
    places = (9, 0.5, -1)
    refused = sum(_is_refused(place) for place in places)
    of = 2 * len(places)
    yield Row("models' weights with one byte flipped, refused", f"{refused} of {of}", "all", refused == of, "38")


def _is_refused(place: float) -> int:
    with TemporaryDirectory() as folder:
        reader, encoder = Path(folder) / "reader", Path(folder) / "encoder"
        shutil.copytree(SHIPPED_FOLDER, reader)
        shutil.copytree(locate_model(PACKAGED_MODEL).folder, encoder)
        _flip(reader / WEIGHTS, place)
        _flip(encoder / "model.safetensors", place)
        return _refuses(lambda: shipped(reader)) + _refuses(lambda: check_packaged(encoder))


def _refuses(load: object) -> bool:
    try:
        load()  # type: ignore[operator]
    except ModelNotFound:
        return True
    return False


def _flip(weights: Path, place: float) -> None:
    data = bytearray(weights.read_bytes())
    data[int(len(data) * place) if isinstance(place, float) else int(place)] ^= 1
    weights.write_bytes(data)


def _pickles() -> Iterator[Row]:
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.faults.pickles", folder, str(ROOT / "samples")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        found = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {}
    reached = ", ".join(found.get("reached", [done.stderr[-200:]])) or "none"
    holds = found.get("reached") == [] and found["answers"] > 0
    yield Row(_LIFE, reached, "none", holds, "36, 38")
    seen = bool(found.get("control"))
    yield Row("a pickle loaded on purpose", "seen" if seen else "not seen", "seen", seen, "38")


def _audited() -> Row:
    """Not knowing is no soundness: without a database the row is missed."""
    done = subprocess.run([TOOLS / "python", "-m", "scripts.audit"], cwd=ROOT, capture_output=True, text=True)
    told = (done.stdout or done.stderr).strip().splitlines()[-1]
    return Row("known vulnerabilities without a written reason", told, "0", done.returncode == 0, "36")


def _billed() -> Row:
    bill = ROOT / "build" / "sbom.json"
    command = [sys.executable, "-m", "scripts.sbom", str(TOOLS / "cyclonedx-py"), str(bill)]
    twice = []
    for _ in range(2):
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        twice.append(bill.read_bytes())
    count = len(json.loads(twice[0])["components"])
    same = "two are the same" if twice[0] == twice[1] else "two differ"
    return Row("the bill of materials", f"{count} components, {same}", "two are the same", twice[0] == twice[1], "37")


TRIAL = Trial("supply", "What it is made of", run)
