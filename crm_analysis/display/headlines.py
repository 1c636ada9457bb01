"""Headline figures: what a reader must see first, and the data from which the index page is built."""

import html
from typing import NamedTuple

from crm_analysis.display import language, numbers

MIME = "application/vnd.crm-analysis.headlines+json"


class Headlines(NamedTuple):
    """A notebook's headline figures; emitted as JSON for the runner and as a strip of figures for the eye."""

    figures: tuple

    def __repr__(self):
        return "\n".join(f"{f['label']}: {f['text']}" for f in self.figures)

    def _repr_html_(self):
        items = "".join(
            f"<div><dt>{html.escape(f['label'])}</dt><dd>{html.escape(f['text'])}</dd></div>" for f in self.figures
        )
        return f'<dl class="headlines">{items}</dl>'

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {
            MIME: {"headlines": list(self.figures)},
            "text/html": self._repr_html_(),
            "text/plain": repr(self),
        }


def show(currency="", **figures):
    """Headlines by key: each is ``(label, value, kind)`` with a kind of :func:`numbers.text`.

    The key is stable from run to run and in every language, so that two reports can be compared; a figure that this
    data cannot give (its value is None) is left out.
    """
    return Headlines(
        tuple(
            {
                "key": key,
                "label": language.tr(label),
                "kind": kind,
                "value": _plain(value),
                "text": numbers.text(value, kind, currency),
            }
            for key, (label, value, kind) in figures.items()
            if not numbers.is_missing(value)
        )
    )


def _plain(value):
    """A JSON value: numpy scalars become Python's, figures have 12 digits. What an engine adds up in another order differs
    in the last of 16, and the same data must give the same bytes.
    """
    value = value.item() if hasattr(value, "item") else value
    return float(f"{value:.12g}") if isinstance(value, float) else value
