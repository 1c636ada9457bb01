"""What changed since an earlier run: every headline figure, and how the customers' figures are distributed."""

import contextlib

import narwhals as nw

from crm_analysis.data import drift, frames
from crm_analysis.reports import history

YEAR = 365  # what a first run compares with
ALIKE = 0.1  # spans that differ by a smaller part count as equal: months are not equally long
SOME, MAJOR = 0.10, 0.25  # Siddiqi (2006); see data/drift.py


def distributions(table):
    """The distribution of each number per customer: column -> ``{"cuts", "shares"}``; see ``drift.bins``.

    Days since 1970 are left out, they move with the calendar.
    """
    schema = nw.from_native(table).collect_schema()
    return drift.bins(table, [name for name, kind in schema.items() if kind.is_numeric() and not name.endswith("_day")])


def changes(now, facts, earlier, learned, kept, table):
    """What the index says of change, as data; words and formats are the index's.

    ``now`` is this run's log with ``headlines`` and ``parameters``, ``earlier`` the run to compare with (:class:`history.Run`) or None, ``learned`` the profile that was scored with
    ({} when this run learned afresh), ``kept`` what the notebooks kept, ``table`` the customer table or None. Returns a
    dict: ``since`` (day, or None for the first report), ``figures``
    (dicts ``stem, key, label, kind, now, then``), ``unlike`` (what differs and makes comparing unsafe: names),
    ``spans`` (days that this run and the earlier one look back for movement; with an earlier run only),
    ``drift`` (dicts ``column, psi``), ``drift_since`` (a day, or None) and ``drift_from`` (``profile`` or ``run``).
    """
    found = {"since": None, "figures": [], "unlike": [], "drift": [], "drift_since": None, "drift_from": ""}
    if earlier:
        log = earlier.log
        found |= {"since": earlier.as_of, "figures": _figures(now["headlines"], log.get("headlines", {}))}
        both = now["parameters"].keys() & log.get("parameters", {}).keys()
        if any(now["parameters"][stem] != log["parameters"][stem] for stem in both):
            found["unlike"].append("parameters")
        if log.get("currency", "") != facts["currency"]:
            found["unlike"].append("currency")
            found["figures"] = [f | {"then": None} if f["kind"] == "money" else f for f in found["figures"]]
        found["spans"] = spans = _span(facts["as_of"], earlier.as_of), _looked_back(earlier)
        if max(spans) > (1 + ALIKE) * min(spans):
            found["unlike"].append("spans")
    base = learned or (earlier.log if earlier else {})
    if base.get("inputs") and table is not None:
        found |= {"drift_since": base["as_of"], "drift_from": "profile" if learned else "run"}
        found["drift"] = _drift(base["inputs"], table)
    if earlier:
        found["drift_since"] = found["drift_since"] or earlier.as_of
        found["drift"] += _shares(history.profiles(earlier), kept)
    return found


def _span(day, before):
    return frames.day_number(day) - frames.day_number(before)


def _looked_back(run):
    """Days between an earlier run and the day that it compared with."""
    with_run = run.log.get("compared_with")
    return _span(run.as_of, with_run["as_of"]) if with_run else YEAR


def _figures(now, then):
    """Every headline of either run, in this run's order, then those that only the earlier one had."""
    rows = []
    for stem in [*now, *(s for s in then if s not in now)]:
        new, old = ({f["key"]: f for f in run.get(stem, [])} for run in (now, then))
        for key in [*new, *(k for k in old if k not in new)]:
            figure = new.get(key) or old[key]
            values = {"now": new.get(key, {}).get("value"), "then": old.get(key, {}).get("value")}
            rows.append({"stem": stem, "key": key, "label": figure["label"], "kind": figure["kind"]} | values)
    return rows


def _drift(inputs, table):
    """One row per column that both know, the one that moved most first."""
    shares = drift.counted(table, {column: about["cuts"] for column, about in inputs.items()})
    rows = [{"column": c, "psi": drift.psi(inputs[c]["shares"], shares[c])} for c in shares]
    return sorted(rows, key=lambda row: (-row["psi"], row["column"]))


def _shares(then, now):
    """Shares by name, such as a market's by brand, that both runs kept in a field that ends in ``shares``."""
    rows = []
    for name in sorted(then.keys() & now.keys()):
        for field in (f for f in now[name] if f.endswith("shares") and isinstance(now[name][f], dict)):
            with contextlib.suppress(ValueError, TypeError, AttributeError):  # another version's field of that name
                rows.append({"column": field, "psi": drift.psi(then[name][field], now[name][field])})
    return rows
