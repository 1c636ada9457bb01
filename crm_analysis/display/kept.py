"""What a notebook learned, emitted as data: from it the runner makes ``profile.json``, with which a later run can score."""

import html
import math
from typing import NamedTuple

from crm_analysis.display import words

MIME = "application/vnd.crm-analysis.profile+json"


class Kept(NamedTuple):
    """Profiles by name as plain JSON values, and one line for the eye."""

    profiles: dict
    line: str

    def __repr__(self):
        return self.line

    def _repr_html_(self):
        return f"<p>{html.escape(self.line)}</p>"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {MIME: {"profiles": self.profiles}, "text/html": self._repr_html_(), "text/plain": self.line}


def show(**learned):
    """Keep what was learned, by name: each a NamedTuple of numbers, text, tuples and dicts.

    ``methods.profiles.read`` gives each back unchanged under the same name. Raises ValueError where a field holds
    anything else, naming it.

    >>> class Cuts(NamedTuple):
    ...     levels: int
    ...     cuts: tuple
    >>> show(rfm=Cuts(2, (30.5,)))
    Kept in profile.json for later runs: rfm.
    """
    profiles = {name: _fields(profile, name) for name, profile in learned.items()}
    if not profiles:
        raise ValueError("nothing is given to keep: name what was learned, as in show(rfm=learned)")
    line = words.sentence("Kept in profile.json for later runs: {names}.", names=words.joined(profiles))
    return Kept(profiles, line)


def _fields(profile, name):
    if not hasattr(profile, "_fields"):
        raise ValueError(
            f"{name} is no NamedTuple but {type(profile).__name__}: keep the small profile that was learned"
        )
    return {field: _plain(getattr(profile, field), f"{name}.{field}") for field in profile._fields}


def _plain(value, where):
    """The value as JSON holds it; what would come back as something else is refused."""
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()  # a scalar of numpy
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{where} holds {value}, which JSON cannot: keep None where there is no number")
        return value
    if hasattr(value, "_fields"):
        return _fields(value, where)
    if isinstance(value, tuple):
        return [_plain(each, where) for each in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _plain(each, where) for key, each in value.items()}
    raise ValueError(f"{where} holds a {type(value).__name__}: keep numbers, text, tuples, and dicts with text as keys")
