"""Prompt texts, one file each, with named holes."""

from __future__ import annotations

from importlib.resources import files
from string import Template


def fill(name: str, **holes: str) -> str:
    """The text of ``prompts/<name>.md`` with its holes (``$like_this``) filled.

    Raises:
        KeyError: a hole is left unfilled.
    """
    return Template(files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8")).substitute(holes)
