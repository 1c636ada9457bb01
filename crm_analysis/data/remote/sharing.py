"""Rows that share a key which should be unique, where they are: the rules of ``keys`` as Ibis expressions."""

import os

from crm_analysis.data import keys
from crm_analysis.data.errors import DataError
from crm_analysis.data.remote import aside, queries


def alone(lines, unique):
    """The lines that are kept; ``unique``: the ``spec.Unique`` of the table, or None."""
    if unique is None:
        return lines
    lines = lines.distinct() if unique.exact != "refuse" else lines
    if unique.conflicts == "refuse":
        return lines
    return _counted(lines, unique).filter(lambda t: t["_rows"] == 1).drop("_rows")


def _counted(lines, unique):
    import ibis

    return lines.mutate(_rows=lines.count().over(ibis.window(group_by=list(unique.columns))))


def settled(there, lines, unique, rows, folder):
    """({reason: rows left out}, [Aside]) of the ``rows`` lines; raises DataError with what the source file leaves open."""
    if unique is None:
        return {}, []
    with there.safe():
        once = lines.distinct()
        copies = rows - queries.one(there, once.aggregate(n=once.count()))["n"]
        shared = once.group_by(list(unique.columns)).aggregate(_rows=once.count()).filter(lambda t: t["_rows"] > 1)
        conflicts = queries.one(there, shared.aggregate(keys=shared.count(), rows=shared["_rows"].sum()))
        twice = lines.group_by(lines.columns).aggregate(_rows=lines.count()).filter(lambda t: t["_rows"] > 1)
        examples = {"exact": _examples(there, twice, unique) if copies else [],
                    "conflicts": _examples(there, shared, unique) if conflicts["keys"] else []}  # fmt: skip
    problems = keys.refused(there.label, "transactions", unique, copies, conflicts["keys"], examples)
    if problems:
        raise DataError(problems)
    dropped, asides = {}, []
    if copies:
        dropped[keys.TAKEN[unique.exact]] = copies
        if unique.exact == "quarantine":
            asides.append(_aside(there, twice.mutate(times=twice["_rows"] - 1), unique, keys.REPEATED, folder))
    if conflicts["keys"]:
        dropped[keys.CONFLICT] = int(conflicts["rows"])
        rows = _counted(once, unique).filter(lambda t: t["_rows"] > 1)
        asides.append(_aside(there, rows, unique, keys.CONFLICT, folder))
    return dropped, asides


def _examples(there, rows, unique):
    found = queries.fetched(there, rows.select(*unique.columns).distinct().order_by(list(unique.columns)).limit(5))
    return [{"row": None, "line": None, "value": " / ".join(str(row[c]) for c in unique.columns)} for row in found]


def _aside(there, rows, unique, reason, folder):
    """The file of such rows; they are told as they were read, by the contract's names."""
    import ibis

    headers = tuple(c for c in rows.columns if c not in ("_rows", "times", queries.EXACT))
    made = {
        "reason": ibis.literal(reason),
        "column": ibis.literal(", ".join(unique.columns)),
        "problem": ibis.literal(reason),
    }
    made |= {"times": rows["times"]} if "times" in rows.columns else {}
    made |= {f"cell{k}": rows[c].cast("string") for k, c in enumerate(headers)}
    with there.safe():
        return aside.taken(there, rows.select(**made), headers, os.path.join(folder, f"{reason}.parquet"))
