"""Plots as inline SVG: no files or fonts of their own, drawn in the page's text colour.

Draws numbers only: no text from an article or a file gets into a plot.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = ("#3f7fbf", "#d07c1f", "#3f9457", "#9267bd", "#bf4b52")
_MARKERS = ("o", "s", "^", "D", "v")
_GOOD, _BAD = "#3f9457", "#bf4b52"
_INK = "#010203"
"""Placeholder for the page's text colour, which SVG calls currentColor."""

_STYLE = {
    "svg.fonttype": "none",
    "font.size": 11,
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}

_ABOVE: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1), "ncols": 2, "borderaxespad": 0}
"""Legend positions that cover nothing."""


def recall_curve(curves: Mapping[str, Sequence[float]]) -> str:
    """Recall among the first k, a line for each system."""

    def draw(axes: Axes) -> None:
        for number, (name, heights) in enumerate(curves.items()):
            style: dict[str, Any] = {"color": _COLOURS[number % 5], "marker": _MARKERS[number % 5]}
            axes.plot(range(1, len(heights) + 1), heights, label=name, markersize=4, **style)
        axes.set(xlabel="among the first k", ylabel="share of questions", ylim=(0, 1), xticks=(1, 5, 10, 15, 20))
        axes.grid(axis="y", alpha=0.25)
        axes.legend(loc="lower right")

    return _svg("curve", draw)


def score_histograms(right: Sequence[float], others: Sequence[float]) -> str:
    """The distribution of scores over relevant passages and over the others; each sums to 1."""
    import numpy as np

    bins = [float(edge) for edge in np.histogram_bin_edges([*right, *others] or [0.0, 1.0], bins=25)]

    def draw(axes: Axes) -> None:
        for scores, name, colour in ((others, "not right", _BAD), (right, "right", _GOOD)):
            if scores:
                shares = np.full(len(scores), 1 / len(scores))
                axes.hist(scores, bins=bins, weights=shares, label=name, color=colour, alpha=0.6)
        axes.set(xlabel="score", ylabel="share of the passages")
        axes.locator_params(axis="x", nbins=5)
        axes.legend(**_ABOVE)

    return _svg("scores", draw)


def tradeoff(curve: Sequence[tuple[float, float]], chosen: tuple[float, float]) -> str:
    """Right answers kept against unanswerable questions refused; ``chosen`` is the current threshold's point."""

    def draw(axes: Axes) -> None:
        axes.plot([kept for kept, _ in curve], [refused for _, refused in curve], color=_GOOD)
        axes.plot(*chosen, "o", color=_BAD, label="as it is set")
        axes.set(xlabel="right answers kept", ylabel="unanswerable refused", xlim=(0, 1.02), ylim=(0, 1.02))
        axes.grid(alpha=0.25)
        axes.legend(loc="lower left")

    return _svg("tradeoff", draw)


def wins_and_losses(differences: Sequence[float]) -> str:
    """Each question's difference, largest win first."""
    ordered = sorted(differences, reverse=True)

    def draw(axes: Axes) -> None:
        edges = range(len(ordered) + 1)
        axes.stairs([max(d, 0.0) for d in ordered], edges, fill=True, color=_GOOD, label="won")
        axes.stairs([min(d, 0.0) for d in ordered], edges, fill=True, color=_BAD, label="lost")
        axes.axhline(0, color=_INK, linewidth=0.8)
        axes.set(
            xlabel="questions, best for the first", ylabel="difference", xlim=(0, len(ordered)), ylim=(-1.05, 1.05)
        )
        axes.legend(**_ABOVE)

    return _svg("wins", draw)


def _svg(name: str, draw: Any) -> str:
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(5.2, 3.4), layout="constrained")
        draw(figure.add_subplot())
        drawn = io.StringIO()
        none = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(drawn, format="svg", transparent=True, metadata=none)
    return _inline(drawn.getvalue())


def _inline(svg: str) -> str:
    """The SVG without what only a standalone file needs, its text in the page's font and colour."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(
        r'<svg [^>]*viewBox="([^"]+)"[^>]*>', r'<svg viewBox="\1" role="img" aria-hidden="true">', svg, count=1
    )
    svg = re.sub(r'<g id="[^"]*"', "<g", svg).replace("xlink:href", "href")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", svg)
    return svg.replace(_INK, "currentColor")
