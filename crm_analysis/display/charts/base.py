"""What every chart shares: style, colours, axes with figures for people, and the finished picture.

Colours are Okabe and Ito's (2008), told apart by every kind of colour vision; labels are plain text, so that a
``$`` or a leading underscore in a brand name stays what it is.
"""

import io
from typing import NamedTuple

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.ticker import FuncFormatter, MaxNLocator

from crm_analysis.display import numbers

BLUE, ORANGE, GREEN, SKY, RED, PURPLE, YELLOW, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#56B4E9", "#D55E00", "#CC79A7", "#F0E442", "#6b6b6b",
)  # fmt: skip
SEQUENTIAL = "cividis"


class Chart(NamedTuple):
    """A finished picture: scalable, self-contained (type is drawn as outlines), with a text alternative."""

    svg: str
    alt: str
    caption: str

    def __repr__(self):
        return self.alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"image/svg+xml": self.svg, "text/plain": self.alt}
        return data, {"image/svg+xml": {"alt": self.alt, "caption": self.caption}}


def use_style():
    """Set matplotlib up for our charts; a notebook calls this once, nothing else changes global state."""
    matplotlib.use("agg")
    plt.rcParams.update({
        "figure.figsize": (8, 4), "figure.constrained_layout.use": True, "figure.facecolor": "white",
        "axes.spines.top": False, "axes.spines.right": False, "axes.titlelocation": "left", "axes.titlesize": 12,
        "axes.titleweight": "bold", "axes.labelsize": 10, "axes.grid": True, "axes.axisbelow": True,
        "grid.color": "#e3e3e3", "grid.linewidth": 0.8, "axes.edgecolor": "#888888", "text.parse_math": False,
        "axes.unicode_minus": False, "axes.formatter.use_mathtext": False, "xtick.labelsize": 9, "ytick.labelsize": 9,
        "legend.frameon": False, "svg.fonttype": "path", "svg.hashsalt": "crm-analysis",
    })  # fmt: skip


def finish(figure, alt, caption=""):
    """The figure as a :class:`Chart`; the figure is closed."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    svg = buffer.getvalue()
    return Chart(svg[svg.index("<svg") :], alt, caption)


def axis_numbers(axis, kind):
    """Axis figures for people: 1,000 separated, shares in percent, money in thousands or millions when large."""
    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10], integer=kind == "count"))
    axis.set_major_formatter(FuncFormatter(lambda value, _: _short(value, kind)))


def _short(value, kind):
    if kind == "share":
        return numbers.text(value, "share", decimals=0)
    for size, unit in ((1e9, "bn"), (1e6, "m"), (1e4, "k")):
        if abs(value) >= size:
            scale = 1e3 if unit == "k" else size
            return f"{value / scale:,.4g} {unit}"
    return f"{value:,.4g}"


def unit_label(label, kind, currency):
    """An axis label with its unit: money names its currency."""
    return f"{label} ({currency})" if kind == "money" and currency else label
