"""What every chart shares: style, colours, axes with figures for people, and the finished picture.

Colours are Okabe and Ito's (2008), told apart by every kind of colour vision; labels are plain text, so that a
``$`` or a leading underscore in a brand name stays what it is. Chinese is drawn with the type that lies in ``fonts/``
(GB 2312), the same on every machine, in a Chinese report first and in an English one where a name needs it.
"""

import functools
import io
import textwrap
import unicodedata
from pathlib import Path
from typing import NamedTuple

import matplotlib
import matplotlib.pyplot as plt
from matplotlib import font_manager
from matplotlib.category import StrCategoryFormatter
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter, FuncFormatter, MaxNLocator

from crm_analysis.display import language, numbers, words

BLUE, ORANGE, GREEN, SKY, RED, PURPLE, YELLOW, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#56B4E9", "#D55E00", "#CC79A7", "#F0E442", "#6b6b6b",
)  # fmt: skip
SEQUENTIAL = "cividis"
BLACK_FROM = 0.47  # on the colours from here on black type is read more easily than white: 4.5 to 1 on either side
FONTS = Path(__file__).parents[1] / "fonts"
LATIN, CHINESE = "DejaVu Sans", "Noto Sans SC GB2312"
UNDRAWABLE = "\u25a1"  # stands for a character that no font here has


class Chart(NamedTuple):
    """A finished picture: scalable, self-contained (type is drawn as outlines), with a text alternative.

    ``told``: what it says to the index page besides, as JSON by MIME type.
    """

    svg: str
    alt: str
    caption: str
    told: dict = {}

    def __repr__(self):
        return self.alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"image/svg+xml": self.svg, "text/plain": self.alt} | self.told
        return data, {"image/svg+xml": {"alt": self.alt, "caption": self.caption}}


def use_style(lang="en"):
    """Choose the reader's language and set matplotlib up for our charts; a notebook calls this once."""
    language.use(lang)
    _register_fonts()
    matplotlib.use("agg")
    plt.rcParams.update({
        "figure.figsize": (8, 4), "figure.constrained_layout.use": True, "figure.facecolor": "white",
        "axes.spines.top": False, "axes.spines.right": False, "axes.titlelocation": "left", "axes.titlesize": 12,
        "axes.titleweight": "bold", "axes.labelsize": 10, "axes.grid": True, "axes.axisbelow": True,
        "grid.color": "#e3e3e3", "grid.linewidth": 0.8, "axes.edgecolor": "#888888", "text.parse_math": False,
        "axes.unicode_minus": True, "axes.formatter.use_mathtext": False, "xtick.labelsize": 9, "ytick.labelsize": 9,
        "legend.frameon": False, "svg.fonttype": "path", "svg.hashsalt": "crm-analysis",
        "font.family": [CHINESE, LATIN] if lang == "zh" else [LATIN, CHINESE],
    })  # fmt: skip


@functools.cache
def _register_fonts():
    for path in sorted(FONTS.glob("*.otf")):
        font_manager.fontManager.addfont(path)


@functools.cache
def _drawn():
    """The characters that the fonts can draw."""
    paths = [font_manager.findfont(LATIN), *sorted(FONTS.glob("*.otf"))]
    return frozenset().union(*(font_manager.get_font(path).get_charmap() for path in paths))


def drawable(text):
    """The text with a box for each character that no font here has, so that drawing never warns.

    >>> drawable("北京 €"), drawable("\U00013080 x")
    ('北京 €', '□ x')
    """
    return "".join(c if c == "\n" or ord(c) in _drawn() else UNDRAWABLE for c in text)


def fitted(name, wide=20):
    """A long name on two lines of so many letters (half as many Chinese ones), the rest left out: the tables say it whole.

    >>> fitted("Harbour"), fitted("Harbour and Sons' Old Roasting House of Hull")
    ('Harbour', "Harbour and Sons'\\nOld Roasting House…")
    """
    if any(unicodedata.east_asian_width(c) in "WF" for c in name):
        wide //= 2
    first, *more = textwrap.wrap(name, wide) or [""]
    if len(more) > 1:
        more = [f"{more[0][: wide - 1].rstrip()}…"]
    return "\n".join([first, *more])


def finish(figure, alt, caption=""):
    """The figure as a :class:`Chart` with its caption looked up; the figure is closed."""
    for text in figure.findobj(Text):
        text.set_text(drawable(text.get_text()))
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        formatter = axis.get_major_formatter()
        if isinstance(formatter, FuncFormatter | FixedFormatter | StrCategoryFormatter):  # what names the ticks
            axis.set_major_formatter(FuncFormatter(lambda at, place, named=formatter: drawable(named(at, place))))
    # laid out once: with an engine in place, saving would draw everything twice
    figure.get_layout_engine().execute(figure)
    with plt.rc_context({"figure.constrained_layout.use": False}):
        figure.set_layout_engine(None)
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(figure)
    svg = buffer.getvalue()
    return Chart(svg[svg.index("<svg") :], alt, words.tr(caption))


def axis_numbers(axis, kind):
    """Axis figures for people: 1,000 separated, shares in percent, money in thousands or millions when large."""
    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10], integer=kind == "count"))
    axis.set_major_formatter(FuncFormatter(lambda value, _: _short(value, kind)))


def _short(value, kind):
    """Large figures with a unit: thousands, millions and milliards, in Chinese ten thousands and hundred millions."""
    if kind == "share":
        return numbers.text(value, "share", decimals=0)
    if language.current() == "zh":
        sizes = ((1e8, 1e8, "亿"), (1e4, 1e4, "万"))
    else:
        sizes = ((1e9, 1e9, " bn"), (1e6, 1e6, " m"), (1e4, 1e3, " k"))
    for least, scale, name in sizes:
        if abs(value) >= least:
            return numbers.minus(f"{value / scale:,.4g}") + name
    return numbers.minus(f"{value:,.4g}")


def unit_label(label, kind, currency):
    """An axis label, looked up, with its unit: money names its currency."""
    return words.with_unit(words.tr(label), currency if kind == "money" else "")
