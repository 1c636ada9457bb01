"""Who is measured: each builds one row per customer, as a pandas frame, from the same Parquet file.

Every contestant has two steps: ``ready()`` imports what it needs and is not measured; what it gives back is
measured from the file on disk to the finished frame.
"""

from benchmarks.lines import AS_OF


def ours():
    """``customers.table`` on a DuckDB relation over the file: all its columns, for every customer."""
    return _ours(lambda customers, lines: customers.table(lines, AS_OF))


def ours_like_for_like():
    """The same with what the peers are given (three columns, no returns) and the figures they give (four)."""
    figures = "customer_id, purchase_days, recency_days, tenure_days, gross_revenue"

    def like_for_like(customers, lines):
        return customers.table(lines.filter("amount >= 0").select("customer_id, order_day, amount"), AS_OF).select(
            figures
        )

    return _ours(like_for_like)


def _ours(made):
    import duckdb
    import pandas  # noqa: F401  (its import is not to be measured)
    import pyarrow  # noqa: F401

    from crm_analysis.data import customers, frames

    def work(file):
        with duckdb.connect() as connection:
            connection.execute("set enable_progress_bar = false")
            return frames.to_pandas(made(customers, connection.read_parquet(file)))

    return work


def pandas_groupby():
    """The same columns by pandas as an expert writes it: needed columns only, built-in aggregates, no lambda."""
    import pandas as pd
    import pyarrow  # noqa: F401

    def work(file):
        lines = pd.read_parquet(file, columns=["customer_id", "order_id", "order_day", "amount"])
        as_of = (pd.Timestamp(AS_OF) - pd.Timestamp(0)).days
        lines = lines[lines["order_day"] <= as_of]
        # Codes instead of text: every later group-by then hashes small integers.
        code, customer_ids = pd.factorize(lines["customer_id"])
        lines = lines.drop(columns="customer_id").assign(code=code)
        base = lines.groupby("code").agg(
            any_day=("order_day", "max"), lines=("order_day", "size"), revenue=("amount", "sum")
        )
        bought = lines[lines["amount"] >= 0].groupby("code")
        bought_days = lines.loc[lines["amount"] >= 0, ["code", "order_day"]].drop_duplicates()
        base = base.join(
            bought.agg(
                first_order_day=("order_day", "min"),
                last_order_day=("order_day", "max"),
                orders=("order_id", "nunique"),
                gross_revenue=("amount", "sum"),
            )
        ).join(bought_days.groupby("code").size().rename("purchase_days"))
        base[["gross_revenue", "revenue"]] = base[["gross_revenue", "revenue"]].fillna(0).round(4)
        for column in ("first_order_day", "last_order_day"):
            base[column] = base[column].fillna(base["any_day"]).astype("int64")
        for column in ("orders", "purchase_days"):
            base[column] = base[column].fillna(0).astype("int64")
        base["returns"] = (base["gross_revenue"] - base["revenue"]).round(4)
        base["mean_order_value"] = base["gross_revenue"] / base["orders"].where(base["orders"] > 0)
        base["recency_days"] = as_of - base["last_order_day"]
        base["tenure_days"] = as_of - base["first_order_day"]
        base.insert(0, "customer_id", customer_ids.take(base.index))
        return base.drop(columns="any_day").reset_index(drop=True)

    return work


def lifetimes():
    """``summary_data_from_transaction_data``: purchase days, recency, age, mean spend per purchase day."""
    import pandas as pd
    from lifetimes.utils import summary_data_from_transaction_data as summary

    def work(file):
        return summary(
            _purchases(pd, file), "customer_id", "order_date", "amount",
            observation_period_end=AS_OF, include_first_transaction=True,
        ).reset_index()  # fmt: skip

    return work


def pymc_marketing():
    """``clv.utils.rfm_summary`` as its documentation calls it for RFM."""
    return _rfm_summary(sort_transactions=True)


def pymc_sorted():
    """The same, told that the lines are in the order of time already, which spares it its sort."""
    return _rfm_summary(sort_transactions=False)


def _rfm_summary(**how):
    import pandas as pd
    from pymc_marketing.clv.utils import rfm_summary

    def work(file):
        return rfm_summary(
            _purchases(pd, file), "customer_id", "order_date", "amount",
            observation_period_end=AS_OF, include_first_transaction=True, **how,
        )  # fmt: skip

    return work


def _purchases(pd, file):
    """What the peers need and no more: three columns, returns left out while reading, dates ready to use."""
    return pd.read_parquet(file, columns=["customer_id", "order_date", "amount"], filters=[("amount", ">=", 0)])


ALL = {
    "crm_analysis": ours,
    "crm_analysis, as peers": ours_like_for_like,
    "pandas group-by": pandas_groupby,
    "lifetimes": lifetimes,
    "pymc-marketing": pymc_marketing,
    "pymc-marketing, sorted": pymc_sorted,
}
PEERS = ("lifetimes", "pymc-marketing", "pymc-marketing, sorted")
"""Those that run in the environment of their own."""
