"""How customers moved between groups, as data: from it the index page tells what changed, group by group on the pages."""

from crm_analysis.display import disclosure, words

MIME = "application/vnd.crm-analysis.moves+json"
DIRECTIONS = ("Up", "Down", "Same", "New", "Gone")


def told(totals, title, sides):
    """The customers by direction as JSON by MIME type: ``{"title", "sides", "moved"}``; None where they are too few to be told.

    ``totals``: number by direction; ``sides``: the two days.

    >>> told({"Up": 10, "Down": 3, "Same": 40}, "Tiers", ("2025-01-01", "2026-01-01"))[MIME]["moved"]
    {'up': None, 'down': None, 'same': 40, 'new': 0, 'gone': 0}
    """
    sizes = [int(totals.get(direction, 0)) for direction in DIRECTIONS]
    hidden = disclosure.cells([sizes])[0]
    moved = {name.lower(): None if h else n for name, n, h in zip(DIRECTIONS, sizes, hidden, strict=True)}
    return {MIME: {"title": words.tr(title), "sides": [str(day) for day in sides], "moved": moved}}
