"""Alerts: thresholds on headline figures that the source file sets; see ``data/sourcefile``.

Each is a mapping: ``headline`` (its key), perhaps ``notebook``, and bounds: ``above`` and ``below`` in the figure's own
unit (a share is 0-1), ``change_above`` and ``change_below`` for the relative change since the earlier run (0.1 is 10 %
more). A bound itself is not crossed.
"""

from crm_analysis.display import messages
from crm_analysis.display.words import sentence

BOUNDS = ("above", "below", "change_above", "change_below")


def checked(alerts, headlines, earlier, whole):
    """Every alert that was raised or could not be checked, as dicts; none when all is well.

    ``headlines``: stem -> figures of this run; ``earlier``: the run to compare with or None; ``whole``: every notebook
    ran, so that a figure that is not there is nowhere. Keys: ``stem``, ``label``, ``kind``, ``value``, ``bound``,
    ``limit``, ``change``; of an alert without a figure ``stem`` and ``value`` are None, and ``label`` is the key.
    """
    raised = []
    for alert in alerts:
        stems = [alert["notebook"]] if alert.get("notebook") else list(headlines)
        same = [(s, f) for s in stems for f in headlines.get(s, []) if f["key"] == alert["headline"]]
        hits = [(s, f) for s, f in same if _is_figure(f["value"])]
        for stem, figure in hits:
            raised += _raised(alert, stem, figure, earlier)
        if not hits and (same or whole or alert.get("notebook") in headlines):
            raised.append({"stem": None, "label": alert["headline"], "kind": "text", "value": None,
                           "bound": "missing", "limit": None, "change": None})  # fmt: skip
    return raised


def declined(report, cause):
    """The alert that a report is missing, for the data were too little for it; ``report``: its title."""
    about = {"stem": None, "label": report, "kind": "text", "value": None, "change": None}
    return about | {"bound": "declined", "limit": cause}


def _raised(alert, stem, figure, earlier):
    value, found = figure["value"], []
    change = _change(value, stem, figure["key"], earlier)
    for bound in BOUNDS:
        measured = change if bound.startswith("change") else value
        if bound in alert and measured is not None:
            crossed = measured > alert[bound] if bound.endswith("above") else measured < alert[bound]
            if crossed:
                about = {"stem": stem, "label": figure["label"], "kind": figure["kind"], "value": value}
                found.append(about | {"bound": bound, "limit": alert[bound], "change": change})
    return found


def _change(value, stem, key, earlier):
    """The relative change since the earlier run; None when there is none to tell."""
    figures = earlier.log.get("headlines", {}).get(stem, []) if earlier else []
    before = next((f["value"] for f in figures if f["key"] == key), None)
    return (value - before) / abs(before) if _is_figure(before) and before else None


def _is_figure(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def told(alert, currency=""):
    """One raised alert as a sentence."""
    figure, value = alert["label"], (alert["value"], alert["kind"])
    if alert["bound"] == "declined":
        return sentence("Not in this report: “{report}”. {cause}.", report=figure, cause=messages.told(alert["limit"]))
    limit, change = (alert["limit"], alert["kind"]), (alert["change"], "change")
    if alert["bound"] == "above":
        return sentence(
            "{figure}: {value}, above the limit of {limit}.", currency, figure=figure, value=value, limit=limit
        )
    if alert["bound"] == "below":
        return sentence(
            "{figure}: {value}, below the limit of {limit}.", currency, figure=figure, value=value, limit=limit
        )
    limit = (alert["limit"], "change")
    if alert["bound"] == "change_above":
        return sentence("{figure}: a change of {change}, more than {limit}.", figure=figure, change=change, limit=limit)
    if alert["bound"] == "change_below":
        return sentence("{figure}: a change of {change}, less than {limit}.", figure=figure, change=change, limit=limit)
    return sentence("The alert on {figure} could not be checked: no report has such a figure.", figure=figure)
