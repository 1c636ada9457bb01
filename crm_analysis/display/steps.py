"""What to do first: a numbered list for the eye, and the data from which the index page tells of each report."""

import html
from typing import NamedTuple

from crm_analysis.display import words

MIME = "application/vnd.crm-analysis.steps+json"


class Steps(NamedTuple):
    """Steps, the most pressing first, and remarks under them; shows itself as HTML and emits the steps as JSON."""

    steps: tuple
    remarks: tuple

    @property
    def paragraphs(self):
        """Every sentence, the steps first."""
        return self.steps + self.remarks

    def __repr__(self):
        return "\n".join(self.paragraphs)

    def _repr_html_(self):
        items = "".join(f"<li>{html.escape(step)}</li>" for step in self.steps)
        listed = f'<ol class="steps">{items}</ol>' if items else ""
        return listed + words.say(*self.remarks)._repr_html_()

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {MIME: {"steps": list(self.steps)}, "text/html": self._repr_html_(), "text/plain": repr(self)}


def show(steps, *remarks):
    """Steps and remarks, finished sentences both, as one visible thing; empty ones are left out.

    >>> show(["Call them.", ""], "It is late.")
    Call them.
    It is late.
    """
    kept = [tuple(text for text in texts if text) for texts in (steps, remarks)]
    return Steps(*kept)
