"""The verdict on a source: accepted with its figures, or rejected with everything that is wrong."""

import functools
import os
import tempfile

import duckdb

from crm_analysis.data import places, sources
from crm_analysis.data.errors import DataError, engine_said, problem
from crm_analysis.data.remote import transactions
from crm_analysis.data.sourcefile import options
from crm_analysis.data.sql import connect, locked, parquet

LISTED = 10_000


def check(path_or_source, **given):
    """Read and check a source; the verdict as JSON types. Never raises for what is wrong with the data.

    ``given``: ``on_bad_row``, ``encoding``, ``delimiter``, ``decimal``, ``thousands``, ``date_format``, ``date_order``,
    ``tz``, ``stored_tz``, ``sheet``, ``sql``, ``currency``, ``as_of``, ``skip_lines``, ``read_only`` (a source is always read only).
    ``ids`` and ``brands`` are lists when they hold at most 10,000 values, else None.
    """
    try:
        told = options.checked(given)
        with tempfile.TemporaryDirectory(prefix="crm-analysis-") as work:
            folder = os.path.join(work, "ready")
            found = sources.checked(places.located(path_or_source), folder, work, told)
            return _accepted(found, folder, work)
    except DataError as error:
        return {"outcome": "reject", "error": error.as_dict()}
    except (duckdb.Error, OSError) as error:
        name = os.path.basename(os.path.normpath(str(path_or_source)))
        unreadable = DataError([problem("unreadable", name, engine_said(error, path_or_source))])
        return {"outcome": "reject", "error": unreadable.as_dict()}


def _accepted(found, folder, work):
    verdict = {"outcome": "accept"}
    main = found["tables"].get("transactions")
    if main:
        con = locked(connect(work), [], [work])
        source = parquet(os.path.join(folder, "transactions.parquet"))
        verdict |= {"rows_in": main["rows_in"], "rows_kept": main["rows_kept"]}
        verdict |= {name: found[name] for name in ("customers", "orders", "amount_sum", "date_min", "date_max")}
        if transactions.kept(folder):
            lines = transactions.lines(folder, found)
            listed = functools.partial(transactions.distinct, lines, most=LISTED)
        else:
            listed = functools.partial(_distinct, con, source)
        verdict["brands"] = listed("brand") if "brand" in main["columns"] else []
        verdict["ids"] = listed("customer_id")
        con.close()
    tables = found["tables"].values()
    verdict["warnings"] = list(dict.fromkeys(w["code"] for table in tables for w in table["warnings"]))
    verdict["dropped"] = dict(main["dropped"]) if main else {}
    verdict |= {"as_of": found["as_of"], "currency": found["currency"]}
    verdict |= {"quarantine": found["quarantine"]} if "quarantine" in found else {}
    told = ("rows_in", "rows_kept", "dropped", "quarantined", "warnings")
    verdict["tables"] = {name: {part: table[part] for part in told} for name, table in found["tables"].items()}
    return verdict


def _distinct(con, source, column):
    rows = con.execute(
        f"SELECT DISTINCT {column} FROM {source} WHERE {column} IS NOT NULL LIMIT {LISTED + 1}"
    ).fetchall()
    return sorted(value for (value,) in rows) if len(rows) <= LISTED else None
