"""The locks hold everything that is installed, each file by its hash, and fit what pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from scripts.lock import without_the_machines

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-tools.lock")
ASKED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MINE = {"torch", "onrecord"}


def entries(lock: str) -> list[tuple[Requirement, int]]:
    """What it names, with how many hashes."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    return [(Requirement(line.split("--hash=")[0]), line.count("--hash=sha256:")) for line in lines]


def asked(*extras: str) -> list[Requirement]:
    """What pyproject.toml asks for, the extras that an extra names too."""
    found = [Requirement(line) for line in ASKED["dependencies"]]
    for extra in extras:
        for line in ASKED["optional-dependencies"][extra]:
            one = Requirement(line)
            found += asked(*one.extras) if one.name == "onrecord" else [one]
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_is_one_version_with_hashes(lock: str) -> None:
    found = entries(lock)
    assert len(found) > 20
    for requirement, hashes in found:
        assert re.fullmatch(r"==[^*,]+", str(requirement.specifier)), requirement
        assert hashes, requirement


@pytest.mark.parametrize(("lock", "extras"), [("requirements.lock", ()), ("requirements-dev.lock", ("dev",))])
def test_a_lock_fits_what_is_asked_for(lock: str, extras: tuple[str, ...]) -> None:
    versions: dict[str, list[Version]] = {}
    for requirement, _ in entries(lock):
        version = str(requirement.specifier).removeprefix("==")
        versions.setdefault(canonicalize_name(requirement.name), []).append(Version(version))
    for one in asked(*extras):
        name = canonicalize_name(one.name)
        stale = name not in MINE and not all(v in one.specifier for v in versions.get(name, [Version("0")]))
        assert not stale, f"{lock} is stale for {one}: make lock"


def test_what_the_tests_run_with_is_what_is_served() -> None:
    dev = {str(requirement) for requirement, _ in entries("requirements-dev.lock")}
    assert {str(requirement) for requirement, _ in entries("requirements.lock")} <= dev


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_nothing_of_one_machine(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not [
        requirement for requirement, _ in entries(lock) if re.match("torch$|triton|nvidia|cuda", requirement.name)
    ]


def test_pytorch_and_what_its_build_brings_are_left_to_the_machine() -> None:
    sympy, torch, cublas = (f"{name}==1 \\\n    --hash=sha256:a\n" for name in ("sympy", "torch", "nvidia-cublas"))
    assert without_the_machines(sympy + torch + cublas) == sympy
    assert any(one.name == "torch" and str(one.specifier).startswith("==") for one in asked())
