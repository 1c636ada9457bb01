"""The key ``alerts`` of a source file: headline figures to watch, and their bounds."""

import difflib

from crm_analysis.data.errors import refuse, shown

BOUNDS = ("above", "below", "change_above", "change_below")
KEYS = ("headline", "notebook", *BOUNDS)


def checked(told, file):
    """The alerts of a source file as a tuple of dicts; DataError (``source_file``) for anything that is none.

    Each names a ``headline`` by its key and has at least one bound: ``above`` and ``below`` in the figure's own unit (a
    share is 0-1), ``change_above`` and ``change_below`` relative to the earlier run (0.1 is 10 % more). ``notebook``
    (``02_rfm``) is needed where several notebooks use the key.

    >>> checked([{"headline": "at_risk_revenue", "above": 100000}], "my.yml")
    ({'headline': 'at_risk_revenue', 'above': 100000},)
    """
    if told is None:
        return ()
    if not isinstance(told, list):
        refuse(
            "source_file",
            file,
            "alerts is not a list",
            mend="Write alerts: [{headline: at_risk_revenue, above: 100000}].",
        )
    for number, alert in enumerate(told, 1):
        _check(alert, file, f"alerts, entry {number}")
    return tuple(told)


def _check(alert, file, where):
    if not isinstance(alert, dict):
        refuse("source_file", file, f"{where} is not a mapping of keys", mend=f"Its keys are {', '.join(KEYS)}.")
    for key in alert:
        if key not in KEYS:
            near = difflib.get_close_matches(str(key), KEYS, 1)
            mend = f"Did you mean {near[0]}?" if near else f"Its keys are {', '.join(KEYS)}."
            refuse("source_file", file, f"{where} has the unknown key {shown(key)}", mend=mend)
    for key in ("headline", "notebook"):
        if not isinstance(alert.get(key, "" if key == "notebook" else None), str):
            refuse("source_file", file, f"{where}: {key} is not a text", mend=f"Write {key}: with a name.")
    bounds = [key for key in BOUNDS if key in alert]
    if not bounds:
        refuse("source_file", file, f"{where} has no bound", mend=f"Add one of {', '.join(BOUNDS)}.")
    for key in bounds:
        value = alert[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not -1e300 < value < 1e300:
            refuse(
                "source_file",
                file,
                f"{where}: {key} is {shown(value)}, not a number",
                mend="Write a number such as 0.25.",
            )
