"""All files of a table, each opened and converted, together one Parquet file."""

import os

from crm_analysis.data.errors import DataError, refuse
from crm_analysis.data.files import doors, joins
from crm_analysis.data.reading import agreement, canon
from crm_analysis.data.remote import copies
from crm_analysis.data.sourcefile import plans
from crm_analysis.data.sql import literal, store


def converted(con, table, ready, work):
    """Convert all files of a table into one Parquet file; returns its facts so far."""
    if table.place:
        table = table._replace(files=(copies.copied(table, work),))
    parts, problems, about = [], [], {"files": [], "ignored_columns": [], "warnings": []}
    for number, path in enumerate(table.files):
        folder = os.path.join(work, f"{table.name}.{number}")
        os.makedirs(folder)
        try:
            parts.append(_part(con, path, table, folder, about))
        except DataError as error:
            problems += [p | {"table": p["table"] or table.name} for p in error.problems]
    if problems:
        raise DataError(problems)
    agreement.refuse_disagreement(table.name, parts, table.options)
    target = os.path.join(ready, f"{table.name}.parquet")
    if len(parts) == 1:
        os.replace(parts[0].path, target)
    else:
        listed = ", ".join(literal(p.path) for p in parts)
        store(con, f"SELECT * FROM read_parquet([{listed}], union_by_name = true)", target)
    about |= {"table": table.name, "parts": parts, "rows_in": sum(p.rows_in for p in parts), "dropped": {}}
    for part in parts:
        for reason, n in part.dropped.items():
            about["dropped"][reason] = about["dropped"].get(reason, 0) + n
        about["warnings"] += part.warnings
    about["set_aside"] = [problem for part in parts for problem in part.set_aside]
    about["aside"] = [entry for part in parts for entry in part.aside]
    if not about["rows_in"]:
        refuse(
            "no_rows",
            os.path.basename(table.files[0]),
            "there are no rows: no data below the header",
            mend="Export it again.",
            table=table.name,
        )
    return about


def _part(con, path, table, folder, about):
    raw, file = doors.opened(con, path, table.name, table.options, folder, plans.wanted(table))
    about["files"].append(file)
    about["warnings"] += raw.warnings
    for join in table.join:
        raw, other, warning = joins.looked_up(con, raw, join, table.name, folder)
        about["files"].append(other)
        about["warnings"] += warning
    items, keep, ignored, warnings = plans.planned(raw, table)
    about["ignored_columns"] += [header for header in ignored if header not in about["ignored_columns"]]
    about["warnings"] += warnings
    return canon.convert(con, raw, table.name, items, keep, table.options, folder)
