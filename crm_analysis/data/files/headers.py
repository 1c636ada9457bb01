"""Names of columns: which header is which column of the contract."""

import difflib
import re

from crm_analysis.data.errors import refuse, shown
from crm_analysis.data.tables import TABLES


def normal(name):
    """A header name in the form that is compared: trimmed, lower case, blanks and hyphens as underscores.

    >>> normal(" Order ID")
    'order_id'
    """
    return re.sub(r"[\s\-]+", "_", str(name).strip().strip("\ufeff").strip().lower())


def located(raw, table, renames, computed, operands):
    """{contract name or operand: (header, SQL column, sort)} of the columns to read, and the headers ignored.

    Raises DataError ``missing_column`` or ``duplicate_column``. Also says whether a header had to be normalised.
    """
    by_name = {}
    for entry in raw.columns:
        by_name.setdefault(normal(entry[0]), []).append(entry)
    found, normalised = {}, False
    wanted = [(c.name, renames.get(c.name, c.name), c.required) for c in TABLES[table] if c.name not in computed]
    wanted += [(None, operand, True) for operand in operands]
    missing = []
    for name, header, required in wanted:
        exact = [e for e in raw.columns if e[0] == header]
        hits = by_name.get(normal(header), [])
        if len(hits) > 1 and not (len(exact) == 1 and name in renames):
            refuse("duplicate_column", raw.name, f"{len(hits)} columns are named {shown(header)}", table=table,
                   column=name or header, mend=f"Rename or remove one: which is {name or header} is not guessed.")  # fmt: skip
        if hits:
            entry = exact[0] if exact else hits[0]
            if entry[2] == "nested":
                refuse("type", raw.name, f"the column {shown(entry[0])} holds lists or records, not single values",
                       table=table, column=name or header, mend="Write one value per cell.")  # fmt: skip
            normalised = normalised or entry[0] != header
            found[name or ("operand", header)] = entry
        elif required or name in renames:
            missing.append((name, header))
    if missing:
        _refuse_missing(raw, table, missing, {entry[0] for entry in found.values()})
    used = {entry[1] for entry in found.values()}
    return found, [entry[0] for entry in raw.columns if entry[1] not in used], normalised


def _refuse_missing(raw, table, missing, used):
    """Name all (contract name, header) that are missing, what the header has, and what of it could be meant."""
    there = [header for header, *_ in raw.columns]
    told = ", ".join(f"{name} (as {header})" if name and name != header else header for name, header in missing)
    unused, near = {normal(header): header for header in there if header not in used}, ""
    for _, header in missing:
        for like in difflib.get_close_matches(normal(header), unused, 1, 0.75):
            near += f"Is {shown(unused[like])} meant for {header}? "
    refuse("missing_column", raw.name, f"no column {told}; the header has {', '.join(map(shown, there[:30]))}",
           table=table, column=missing[0][0] or missing[0][1],
           mend=near + "Rename the columns, or map them in a source file (columns: {customer_id: …}).")  # fmt: skip
