"""A figure: its value, and the number of things it is over. 0 over none."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean

Figure = tuple[float, int]


def average(values: Sequence[float]) -> Figure:
    return (mean(values) if values else 0.0), len(values)


def share(part: int, of: int) -> Figure:
    """0 to 1."""
    return (part / of if of else 0.0), of
