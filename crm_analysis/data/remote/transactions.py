"""Transactions that stay where they are: checked, counted and grouped by the database or cluster that holds them.

Only aggregates, the examples of a refusal and the customer table come here. ``remote.json`` in the prepared folder says
how to open the table again: names, mapping and formulas, never a URL.
"""

import ast
import json
import os

from crm_analysis.data import customers, facts, quarantine
from crm_analysis.data.errors import DataError, problem, refuse
from crm_analysis.data.files.raw import Raw
from crm_analysis.data.remote import aside, clusters, databases, expressions, queries, sharing
from crm_analysis.data.sourcefile import formula, plans, spec
from crm_analysis.data.tables import TABLES
from crm_analysis.data.wording import told

FILE = "remote.json"
NAME = "transactions"
CHANGED = "Read it again; a day as_of before which nothing is added any more keeps a report whole."


def stays(table):
    """Whether a table is one that is not copied: transactions on an engine that can group them."""
    if not table.place or table.name != NAME or table.place.get("copy"):
        return False
    return "spark" in table.place or databases.stays(table.place)


def prepare(table, as_of, found, folder, work):
    """Check the transactions where they are; adds to the facts ``found`` and writes ``remote.json`` to ``folder``.

    Returns what is known of them; rows set aside are fetched into ``work``. Raises DataError with everything wrong.
    """
    there, items, ignored, warnings = _planned(table)
    _refuse_types(items, there)
    with there.safe():
        clean = queries.clean(items, there)
    about = _checked(table, items, there, clean, work)
    with there.safe():
        lines = queries.canonical(table, items, there, clean, as_of)
        known = queries.one(there, lines.aggregate(n=lines.count()))["n"]
    after = about["rows_in"] - sum(about["dropped"].values()) - known
    if after < 0 or (after and not as_of):
        _refuse_changed(there.label)
    about["dropped"] |= {"after_as_of": after} if after else {}
    dropped, asides = sharing.settled(there, lines, table.unique, known, work)
    about["dropped"], kept = about["dropped"] | dropped, known - sum(dropped.values())
    about["aside"] += asides
    if not kept:
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in about["dropped"].items())
        refuse("no_rows", there.label, f"no rows are left of {about['rows_in']:,}: {reasons}", table=NAME,
               mend="Look at the filter, the day as_of, and the rows set aside.")  # fmt: skip
    about |= {"rows_kept": kept, "ignored_columns": ignored, "warnings": warnings + about["warnings"]}
    found |= queries.figures(there, sharing.alone(lines, table.unique), about)
    found["tables"] = {NAME: {name: about[name] for name in facts.TOLD}} | found["tables"]
    found["as_of"] = as_of or facts.day_after(found["date_max"])
    _remember(table, clean, as_of, folder)
    return about


def _refuse_changed(label, when="while it was read"):
    refuse("changed", label, f"the table changed {when}", mend=CHANGED, table=NAME)


def _planned(table):
    """(There, [Item], ignored headers, warnings) of a table that stays."""
    there = opened(table)
    kinds = there.raw.schema().items()
    raw = Raw(there.label, "", [(name, name, expressions.sort(kind)) for name, kind in kinds])
    items, _, ignored, warnings = plans.planned(raw, table)
    for item in items:
        if item.name and (item.sort == "zoned" or item.column in there.instants):
            warnings.append(told("timezone_converted" if table.options.get("tz") else "timezone_kept", item.name, 0))
    return there, items, ignored, warnings


def opened(table):
    """The There of a table, whichever engine holds it."""
    if "spark" in table.place:
        return clusters.opened(table.place, table.options.get("tz", ""))
    return databases.opened(table.place)


def _checked(table, items, there, clean, work):
    """The facts so far. Raises DataError with everything that is wrong."""
    with there.safe():
        staged = there.fenced(queries.staged(table, items, there, clean))
        counts = queries.counted(staged, items, there)
    if not counts["rows"]:
        refuse("no_rows", there.label, "there are no rows", mend="Check the table or the query.", table=NAME)
    with there.safe():
        problems = queries.problems(table, items, there, staged, counts)
    if problems and table.options.get("on_bad_row") != "quarantine":
        raise DataError(problems)
    with there.safe():
        dropped = dict(queries.dropped(staged, items, there))
        asides = [aside.taken(there, *aside.bad(staged, items), os.path.join(work, "bad.parquet"))] if problems else []
    if sum(entry.rows for entry in asides) != sum(
        n for reason, n in dropped.items() if reason not in quarantine.LEFT_OUT
    ):
        _refuse_changed(there.label)
    trimmed = {item.i: counts.get(f"t{item.i}", 0) for item in items}
    places = [p | {"examples": [e | {"value": None} for e in p["examples"]]} for p in problems]  # no customer's data
    return {
        "files": [{"name": there.label}], "rows_in": counts["rows"], "dropped": dropped, "set_aside": places, "aside": asides,
        "warnings": [told(f"{'ids' if i.kind == 'id' else 'text'}_trimmed", i.name, trimmed[i.i])
                     for i in items if trimmed[i.i]],
    }  # fmt: skip


def _refuse_types(items, there):
    kinds = there.raw.schema()
    problems = [
        problem("column_type", there.label, f"the column {item.header} is of the type {kinds[item.column]}, which does not give "
                f"a {item.kind} without doubt", mend="Convert it in a query, e.g. SELECT CAST(day AS DATE) AS order_date …",
                table=NAME, column=item.name or item.header)
        for item in items if not item.formula and not expressions.fits(item)
    ]  # fmt: skip
    if problems:
        raise DataError(problems)


def _remember(table, clean, as_of, folder):
    """Write ``remote.json``: how to open the table again. The URL's variable by name, formulas as text."""
    said = {
        "place": table.place, "columns": table.columns, "options": table.options, "clean": clean, "as_of": as_of,
        "computed": {name: ast.unparse(made.tree) for name, made in table.computed.items()},
        "filter": ast.unparse(table.filter.tree) if table.filter else "",
        "unique": table.unique._asdict() if table.unique else None,
    }  # fmt: skip
    with open(os.path.join(folder, FILE), "w", encoding="utf-8") as file:
        json.dump({NAME: said}, file, ensure_ascii=False, indent=1)


def kept(folder):
    """What is known of the transactions that stayed elsewhere when ``folder`` was prepared; None when they did not."""
    path = os.path.join(folder, FILE)
    if not os.path.isfile(path):
        return None
    with open(path, encoding="utf-8") as file:
        return json.load(file)[NAME]


def lines(folder, found):
    """The transactions of a prepared folder as a native frame: an Ibis table or a Spark DataFrame.

    ``found``: the facts. Raises DataError ``changed`` when the table no longer holds what was checked: then the figures
    of one report would not fit together.
    """
    said = kept(folder)
    dates = tuple(said["columns"].get(c.name, c.name) for c in TABLES[NAME] if c.kind == "date")
    table = spec.Table(
        NAME, (), said["columns"], options=said["options"], place=said["place"],
        computed={name: formula.parsed(text, dates) for name, text in said["computed"].items()},
        filter=formula.parsed(said["filter"], dates) if said["filter"] else None,
        unique=spec.Unique(**said["unique"]) if said["unique"] else None,
    )  # fmt: skip
    there, items, *_ = _planned(table)
    with there.safe():
        made = sharing.alone(queries.canonical(table, items, there, said["clean"], said["as_of"]), table.unique)
        now = queries.one(there, made.aggregate(n=made.count(), total=made[queries.EXACT].sum()))
    if now["n"] != found["tables"][NAME]["rows_kept"] or facts.money(now["total"] or 0) != found["amount_sum"]:
        _refuse_changed(there.label, "since it was checked")
    with there.safe():
        return there.native(made.drop(queries.EXACT))


def customer_table(folder, found, target):
    """Group the lines to one row per customer where they are, and write those to a Parquet file batch by batch.

    Raises DataError ``changed`` when they are not the lines that were checked.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    native = lines(folder, found)
    writer, n = None, 0
    with _there_safe(kept(folder)):
        for batch in _batches(customers.table(native, found["as_of"])):
            writer = writer or pq.ParquetWriter(target, batch.schema, compression="zstd")
            writer.write_batch(batch)
            n += pc.sum(batch.column("lines")).as_py() or 0
    if writer:
        writer.close()
    if n != found["tables"][NAME]["rows_kept"]:
        _refuse_changed(NAME)


def _there_safe(said):
    return clusters.safe(said["place"]) if "spark" in said["place"] else databases.safe(said["place"])


def _batches(native):
    """Arrow record batches of an Ibis table or a Spark DataFrame."""
    if hasattr(native, "toArrow"):
        return clusters.fetched(native).to_batches()
    return databases.fetched(native.get_backend(), native)


def reader(native):
    """The rows of an Ibis table or a Spark DataFrame as an Arrow reader, which can be read once."""
    if hasattr(native, "toArrow"):
        return clusters.fetched(native).to_reader()
    return databases.fetched(native.get_backend(), native)


def distinct(native, column, most):
    """The sorted values of a text column, or None when there are more than ``most``."""
    import narwhals as nw

    chosen = nw.from_native(native).select(column).filter(~nw.col(column).is_null()).unique().head(most + 1)
    values = [v for batch in _batches(chosen.to_native()) for v in batch.column(0).to_pylist()]
    return sorted(values) if len(values) <= most else None
