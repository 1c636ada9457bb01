"""What is known of the prepared tables: counts, sums, dates, and what deserves a warning."""

import datetime
import os
from decimal import Decimal

from crm_analysis.data import keys
from crm_analysis.data.errors import DataError, refuse
from crm_analysis.data.frames import day_number
from crm_analysis.data.sourcefile import spec
from crm_analysis.data.sql import describe, parquet, quoted, store
from crm_analysis.data.tables import TABLES, day_name
from crm_analysis.data.wording import told

TOLD = ("files", "rows_in", "rows_kept", "dropped", "columns", "ignored_columns", "warnings", "set_aside")
WHEN = {  # the day that decides whether a row was known on a given day
    "transactions": "order_date", "customers": "acquired_on", "costs": "period_end", "purchases": "purchase_date",
    "prices": "week_start", "survey": "answered_on", "service": "opened_at", "engagement": "month_start",
    "contacts": "contacted_on",
}  # fmt: skip
KEYS = {"customers": spec.Unique(("customer_id",)), "service": spec.Unique(("case_id",))}


def gathered(con, source, made, folder):
    """The facts of all tables; leaves out rows after ``as_of`` and refuses keys that are not unique."""
    found = {
        "name": source.name,
        "source": source.file,
        "currency": source.currency,
        "as_of": source.as_of,
        "tables": {},
    }
    if source.alerts:
        found["alerts"] = list(source.alerts)
    problems = []
    for name, about in made.items():
        path = os.path.join(folder, f"{name}.parquet")
        there, last = describe(con, parquet(path)), day_number(source.as_of) if source.as_of else None
        unique = source.tables[name].unique or KEYS.get(name)
        if unique:
            problems += keys.settled(con, path, unique, about, f"({_after(name, there, last)}) IS NOT TRUE")
        if last is not None:
            _cut(con, path, name, about, there, last)
        kept = con.execute(f"SELECT count(*) FROM {parquet(path)}").fetchone()[0]
        if not kept and name == "transactions":
            refuse("no_rows", about["files"][0]["name"], f"no rows are left of {about['rows_in']:,}: {_reasons(about)}",
                   mend="Look at the filter, the day as_of, and the rows set aside.", table=name)  # fmt: skip
        dropped = {reason: n for reason, n in sorted(about["dropped"].items()) if n}
        if kept + sum(dropped.values()) != about["rows_in"]:
            raise AssertionError(f"{name}: {about['rows_in']} rows in, {kept} kept, {dropped} dropped")
        about |= {"rows_kept": kept, "dropped": dropped, "columns": list(there)}
        found["tables"][name] = {part: about[part] for part in TOLD}
    if problems:
        raise DataError(problems)
    if "transactions" in made:
        found |= _transactions(
            con,
            os.path.join(folder, "transactions.parquet"),
            made["transactions"]["warnings"],
            found["tables"]["transactions"],
        )
    if not found["as_of"]:
        found["as_of"] = _last_known(con, folder, made, found)
    return found


def _reasons(about):
    return ", ".join(f"{n:,} {reason}" for reason, n in about["dropped"].items()) or "the file has none"


def _after(name, there, last):
    """SQL: the row was not known on day number ``last``."""
    column = WHEN.get(name)
    return f"{quoted(day_name(column))} > {last}" if last is not None and column in there else "false"


def _cut(con, path, name, about, there, last):
    """Leave out rows after ``as_of`` and empty later dates of the others: on that day neither was known."""
    own, after = WHEN.get(name), _after(name, there, last)
    days = [(c.name, day_name(c.name)) for c in TABLES[name] if c.kind == "date" and c.name in there and c.name != own]
    later = " OR ".join(f"{quoted(day)} > {last}" for _, day in days) or "false"
    dropped, emptied = con.execute(
        f"SELECT count(*) FILTER (WHERE {after}), count(*) FILTER (WHERE ({after}) IS NOT TRUE AND ({later})) "
        f"FROM {parquet(path)}"
    ).fetchone()
    if not dropped and not emptied:
        return
    emptying = ", ".join(
        f"CASE WHEN {quoted(day)} <= {last} THEN {quoted(c)} END AS {quoted(c)}"
        for date, day in days
        for c in (date, day)
    )
    columns = f"* REPLACE ({emptying})" if emptying else "*"
    store(con, f"SELECT {columns} FROM {parquet(path)} WHERE ({after}) IS NOT TRUE", path + ".cut")
    os.replace(path + ".cut", path)
    about["dropped"]["after_as_of"] = dropped
    if emptied:
        about["warnings"].append(told("known_later", None, emptied))


def _transactions(con, path, warnings, about):
    """Customers, orders, exact sum and first and last day of the transactions; adds warnings."""
    source = parquet(path)
    con.execute(f"CREATE OR REPLACE TEMP TABLE ids AS SELECT DISTINCT customer_id AS id FROM {source}")
    customers, folded = con.execute("SELECT count(*), count(DISTINCT lower(id)) FROM ids").fetchone()
    orders, conflicts = con.execute(
        f"SELECT count(*), count(*) FILTER (WHERE a <> b) FROM (SELECT min(hash(customer_id)) a, max(hash(customer_id)) b FROM {source} GROUP BY order_id)"
    ).fetchone()
    total, first, last, positive = con.execute(
        f"SELECT sum(CAST(amount AS DECIMAL(18, 4))), min(order_date), max(order_date), count(*) FILTER (WHERE amount > 0) FROM {source}"
    ).fetchone()
    duplicates = _repeated(
        con, source, [c for c in ("order_id", "amount", "quantity", "product") if c in about["columns"]]
    )
    if duplicates:
        duplicates = _repeated(con, source, about["columns"])
    for code, n in (
        ("ids_case_collision", customers - folded),
        ("order_id_conflict", conflicts),
        ("duplicate_rows", duplicates),
    ):
        if n:
            warnings.append(told(code, {"i": "customer_id", "o": "order_id"}.get(code[0]), n))
    if not positive:
        warnings.append(told("no_positive_amounts", "amount", about["rows_kept"]))
    for column in ("brand", "category", "product"):
        if (
            column in about["columns"]
            and not con.execute(f"SELECT count({quoted(column)}) FROM {source}").fetchone()[0]
        ):
            warnings.append(told(f"{column}_empty", column, about["rows_kept"]))
    con.execute("DROP TABLE ids")
    return {
        "customers": customers,
        "orders": orders,
        "amount_sum": money(total),
        "date_min": str(first)[:10],
        "date_max": str(last)[:10],
    }


def _repeated(con, source, columns):
    """How many rows are equal to another one in ``columns``, the first of each not counted."""
    listed = ", ".join(map(quoted, columns))
    rows, distinct = con.execute(f"SELECT count(*), count(DISTINCT hash({listed})) FROM {source}").fetchone()
    return rows - distinct


def money(total):
    """An exact decimal as text, with at least two decimals.

    >>> money(Decimal("12.5000"))
    '12.50'
    """
    text = f"{Decimal(total):f}".rstrip("0")
    whole, _, part = text.partition(".")
    return f"{whole}.{part:0<2}"


def _last_known(con, folder, made, found):
    """The day after the last transaction, or after the last row of any table."""
    last = found.get("date_max")
    if last is None:
        days = []
        for name in made:
            column, path = WHEN.get(name), os.path.join(folder, f"{name}.parquet")
            if column in describe(con, parquet(path)):
                days += [
                    row
                    for (row,) in con.execute(
                        f"SELECT max(CAST({quoted(column)} AS DATE)) FROM {parquet(path)}"
                    ).fetchall()
                    if row
                ]
        last = str(max(days)) if days else "1970-01-01"
    return day_after(last)


def day_after(day):
    """The day after an ISO day, as ISO text.

    >>> day_after("2024-02-28")
    '2024-02-29'
    """
    return (datetime.date.fromisoformat(day) + datetime.timedelta(days=1)).isoformat()
