"""A source file of a database, and what must be equal whichever way the table came in."""

import pandas as pd

from crm_analysis.data import sources


def source(folder, tables="{database: SHOP_DB, table: transactions}", more=""):
    path = folder / "shop.yml"
    path.write_text(f"tables:\n  transactions: {tables}\n{more}", encoding="utf-8")
    return path


def by_id(relation):
    frame = relation.df() if hasattr(relation, "df") else relation
    return frame.sort_values("customer_id", ignore_index=True)


def told(found):
    """What must be equal whichever way the table came in."""
    about = found["tables"]["transactions"]
    names = ("customers", "orders", "amount_sum", "date_min", "date_max", "as_of")
    counts = {name: about[name] for name in ("rows_in", "rows_kept", "dropped", "columns")}
    return {name: found[name] for name in names} | counts | {"warnings": sorted(w["code"] for w in about["warnings"])}


def same(reference, folder, path):
    found = sources.prepare(path, folder / "out")
    assert told(found) == reference[0]
    table = by_id(sources.read(folder / "out")["customer_table"])
    pd.testing.assert_frame_equal(table, reference[1], check_exact=True)
