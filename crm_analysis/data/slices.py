"""A prepared source cut by a column of the table ``customers``, such as region: one part per value.

A part is a prepared folder like any other: the customers of that value with everything that is theirs, and tables that
know no customers as they are. Every row is in one part, or its customer has no value.
"""

import json
import os
import shutil

from crm_analysis.data import facts
from crm_analysis.data.errors import refuse
from crm_analysis.data.remote import transactions
from crm_analysis.data.sources import CUSTOMER_TABLE, FACTS
from crm_analysis.data.sql import connect, describe, literal, parquet, quoted, store
from crm_analysis.data.tables import TABLES

ELSEWHERE = "other_part"  # the reason why a row of the source is not in this part
KINDS = ("text", "flag")


def values(folder, column):
    """``(value, customers)`` for each value of the column as text, ordered by value; None stands for no value.

    Counted are customers with a transaction. Raises DataError when the prepared folder's customers have no such column.
    """
    con = connect(folder)
    try:
        _require(con, folder, column)
        found = con.execute(
            f"SELECT CAST(c.{quoted(column)} AS VARCHAR) AS value, count(*) FROM {_source(folder, CUSTOMER_TABLE)} t "
            f"LEFT JOIN {_source(folder, 'customers')} c USING (customer_id) GROUP BY value ORDER BY value NULLS LAST"
        )
        return found.fetchall()
    finally:
        con.close()


def cut(folder, column, value, target):
    """Write the part of a prepared folder whose customers have ``value`` to the new folder ``target``; returns its facts."""
    con = connect(os.path.dirname(target))
    try:
        _require(con, folder, column)
        with open(os.path.join(folder, FACTS), encoding="utf-8") as file:
            found = json.load(file)
        os.makedirs(target)
        chosen = f"SELECT customer_id FROM {_source(folder, 'customers')} WHERE CAST({quoted(column)} AS VARCHAR) = {literal(value)}"
        for name in [*found["tables"], CUSTOMER_TABLE]:
            _part(con, folder, name, chosen, target, found["tables"].get(name))
        about = found["tables"]["transactions"]
        if not about["rows_kept"]:
            refuse(
                "no_rows",
                found["name"],
                f"no transaction is left where {column} is {value}",
                mend="Look at the values.",
            )
        found["name"] = f"{found['name']}, {value}"
        found["part"] = {"column": column, "value": value}
        found |= _totals(con, _source(target, "transactions"))
        with open(os.path.join(target, FACTS), "w", encoding="utf-8") as file:
            json.dump(found, file, ensure_ascii=False, indent=1)
        return found
    finally:
        con.close()


def _source(folder, table):
    return parquet(os.path.join(folder, f"{table}.parquet"))


def _require(con, folder, column):
    """The column, or why the source cannot be cut by it."""
    known = [c.name for c in TABLES["customers"] if c.kind in KINDS]
    if transactions.kept(folder):
        refuse(
            "part",
            "transactions",
            "a table that stays where it is cannot be cut into parts",
            mend="Export it to a file.",
        )
    if column not in known:
        refuse("part", "customers", f"a report cannot be made by {column!r}", mend=f"Choose one of {', '.join(known)}.")
    there = os.path.isfile(os.path.join(folder, "customers.parquet"))
    if not there or column not in describe(con, _source(folder, "customers")):
        refuse("part", "customers", f"the source tells no {column} of its customers",
               mend="Add the table customers with that column; see data/README.md.")  # fmt: skip


def _totals(con, lines):
    customers, orders, total, first, last = con.execute(
        "SELECT count(DISTINCT customer_id), count(DISTINCT order_id), sum(CAST(amount AS DECIMAL(18, 4))), "
        f"min(order_date), max(order_date) FROM {lines}"
    ).fetchone()
    days = {"date_min": str(first)[:10], "date_max": str(last)[:10]}
    return {"customers": customers, "orders": orders, "amount_sum": facts.money(total)} | days


def _part(con, folder, name, chosen, target, about):
    source, path = _source(folder, name), os.path.join(target, f"{name}.parquet")
    if "customer_id" not in describe(con, source):
        shutil.copyfile(os.path.join(folder, f"{name}.parquet"), path)
        return
    store(con, f"SELECT * FROM {source} WHERE customer_id IN ({chosen})", path)
    if about:
        kept = con.execute(f"SELECT count(*) FROM {parquet(path)}").fetchone()[0]
        about["dropped"] = about["dropped"] | (
            {ELSEWHERE: about["rows_kept"] - kept} if kept < about["rows_kept"] else {}
        )
        about["rows_kept"] = kept
