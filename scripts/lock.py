"""Writes the locks, by uv: every package with its version and the SHA-256 of its files, for Python 3.11 and newer.

    python -m scripts.lock [--upgrade]

requirements.lock holds what On Record needs to run, requirements-dev.lock what its tests need too,
requirements-tools.lock what `make lock`, `make audit` and `make sbom` are done with. PyTorch is in none of them: which
of its builds fits, for a processor or for graphics cards, is the machine's affair, and so are the libraries that build
brings. Its version is fixed in pyproject.toml.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TOOLS = "cyclonedx-bom>=7,<8\npip-audit>=2.9,<3\nuv>=0.9,<1\n"
ALSO = "setuptools>=77\n"
"""What On Record is built with: then nothing but PyTorch is fetched without a hash."""

_OF_THE_MACHINE = re.compile(r"(torch|triton|nvidia-|cuda-)")
_ENTRY = re.compile(r"^(?=[a-z0-9])", re.MULTILINE)
_HEADER = "# Made by `make lock` from pyproject.toml. Installed by `make`; scripts/lock.py says what is not in it.\n"
_COMPILE = ("pip", "compile", "-q", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    upgrade = ["--upgrade"] if parser.parse_args().upgrade else []
    _lock("requirements-dev.lock", ["pyproject.toml", "-", "--extra", "dev"], upgrade, ALSO)
    _lock("requirements.lock", ["pyproject.toml", "-", "-c", "requirements-dev.lock"], upgrade, ALSO)
    _lock("requirements-tools.lock", ["-"], upgrade, TOOLS)


def _lock(name: str, sources: list[str], upgrade: list[str], more: str) -> None:
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), *_COMPILE, *upgrade, "--output-file", name, *sources]
    subprocess.run(command, cwd=ROOT, check=True, input=more, text=True, stdout=subprocess.DEVNULL)
    file = ROOT / name
    file.write_text(_HEADER + without_the_machines(file.read_text(encoding="utf-8")), encoding="utf-8")


def without_the_machines(lock: str) -> str:
    """The lock without PyTorch and what comes with one of its builds."""
    entries = _ENTRY.split(lock.removeprefix(_HEADER))
    return "".join(entry for entry in entries if not _OF_THE_MACHINE.match(entry))


if __name__ == "__main__":
    main()
