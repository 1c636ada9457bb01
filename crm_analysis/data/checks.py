"""The verdict on a source: accepted with its figures, or rejected with everything that is wrong."""

import os
import tempfile

import duckdb

from . import options, sources
from .errors import DataError, engine_said
from .sql import connect, parquet

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
            found = sources.checked(sources.located(path_or_source), folder, work, told)
            return _accepted(found, folder, work)
    except DataError as error:
        return {"outcome": "reject", "error": error.as_dict()}
    except (duckdb.Error, OSError) as error:
        return {"outcome": "reject", "error": {"code": "unreadable", "message": f"{os.path.basename(str(path_or_source))}: {engine_said(error, path_or_source)}"}}


def _accepted(found, folder, work):
    verdict = {"outcome": "accept"}
    main = found["tables"].get("transactions")
    if main:
        con = connect(work)
        source = parquet(os.path.join(folder, "transactions.parquet"))
        verdict |= {"rows_in": main["rows_in"], "rows_kept": main["rows_kept"]}
        verdict |= {name: found[name] for name in ("customers", "orders", "amount_sum", "date_min", "date_max")}
        verdict["brands"] = _distinct(con, source, "brand") if "brand" in main["columns"] else []
        verdict["ids"] = _distinct(con, source, "customer_id")
        con.close()
    tables = found["tables"].values()
    verdict["warnings"] = list(dict.fromkeys(w["code"] for table in tables for w in table["warnings"]))
    verdict["dropped"] = dict(main["dropped"]) if main else {}
    verdict["as_of"] = found["as_of"]
    verdict["tables"] = {name: {"rows_in": t["rows_in"], "rows_kept": t["rows_kept"], "dropped": t["dropped"]} for name, t in found["tables"].items()}
    return verdict


def _distinct(con, source, column):
    rows = con.execute(f"SELECT DISTINCT {column} FROM {source} WHERE {column} IS NOT NULL LIMIT {LISTED + 1}").fetchall()
    return sorted(value for value, in rows) if len(rows) <= LISTED else None
