"""Writes what On Record is made of as CycloneDX: all that is installed, and the models' weights with their SHA-256.

python -m scripts.sbom CYCLONEDX-PY FILE
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from assistant.reader.weights_loader import SHIPPED, locate_reader
from indexes.embedding.embedder import PACKAGED_MODEL, locate_model, sha256_of


def main(tool: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    environment = (tool, "environment", sys.executable, "--output-reproducible", "--of", "JSON", "-o", str(target))
    subprocess.run(environment, check=True)
    bill = json.loads(target.read_text(encoding="utf-8"))
    bill.setdefault("components", []).extend(weights())
    target.write_text(json.dumps(bill, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{target}: {len(bill['components'])} components, {len(weights())} of them models")


def weights() -> list[dict[str, Any]]:
    """The models that come with On Record, as components."""
    encoder, reader = locate_model(PACKAGED_MODEL), locate_reader(SHIPPED)
    assert reader.layers is not None
    return [_model(PACKAGED_MODEL, encoder.sha256), _model(SHIPPED, sha256_of(reader.layers))]


def _model(name: str, sha256: str) -> dict[str, Any]:
    hashes = [{"alg": "SHA-256", "content": sha256}]
    return {"type": "machine-learning-model", "bom-ref": f"model-{name}", "name": name, "hashes": hashes}


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
