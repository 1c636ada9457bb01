"""Which purchases a brand switching matrix can be learned from, and which brands it tells apart."""

from typing import NamedTuple

import narwhals as nw
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.data.errors import WrongParameter
from crm_analysis.methods.occasions import Rules

OTHERS = "All others"
BOUGHT = "Bought from us"
KINDS = {
    "panel": "a category panel: what the customers bought, wherever they bought it; rivals are seen",
    "retailer": "one retailer's own log of many brands: brands compete in its shops, purchases elsewhere are not seen",
    "categories": "one company's own log with categories: movement between its own categories, rivals are not seen",
    "own": "one company's own log: bought or not bought; rivals are not seen",
    "survey": "a survey: the brand bought last and the brand they intend to buy next; nobody was watched buying",
}

ANSWERS = ("customer_id", "answered_day", "last_brand", "next_brand", "purchases_per_year", "spend_per_purchase")


class Panel(NamedTuple):
    """The purchases to learn from: ``lines`` (``customer_id``, ``purchase_day``, ``brand``, ``amount``), of any engine;
    ``kind``, a key of :data:`KINDS`; ``category``, the one looked at, or '' for all; ``rivals``, whether brands of
    others are among the states; ``answers``, the respondents of a survey (pandas), else None.
    """

    lines: object
    kind: str
    category: str
    rivals: bool
    answers: pd.DataFrame | None = None


def choose(tables, category=""):
    """The :class:`Panel` that the tables of a source allow, the most telling first.

    ``tables``: what ``sources.read`` gives. The table ``purchases`` makes a panel; without it, transactions with a
    brand and a category make a retailer's log; transactions with a category alone are followed between categories;
    the rest is bought or not bought. With neither, a ``survey`` that asks for the last and the next brand; else None.
    ``category``: which one; '' takes that with the most purchases (ties by name). Returns (negative amounts) are left
    out, and so are lines without a brand. A missing amount counts as the quantity, or as 1. Raises ValueError for a
    category that is not there.
    """
    name = "purchases" if "purchases" in tables else "transactions"
    if name not in tables:
        return _asked(tables)
    lines = nw.from_native(tables[name])
    have = set(lines.collect_schema().names())
    if name == "transactions":
        lines = lines.rename({"order_day": "purchase_day"})
    lines = lines.with_columns(amount=_money(have))
    lines = lines.filter(nw.col("amount") >= 0)
    kind = "panel" if name == "purchases" else _kind(lines, have)
    if kind in ("panel", "retailer"):
        lines, category = _within(lines, category)
        lines = lines.filter(~nw.col("brand").is_null())
    elif category:
        raise WrongParameter(f"category {category!r} cannot be chosen: no table names brands within categories")
    elif kind == "categories":
        lines = lines.filter(~nw.col("category").is_null()).with_columns(brand=nw.col("category"))
    else:
        lines = lines.with_columns(brand=nw.lit(BOUGHT))
    lines = lines.select("customer_id", "purchase_day", "brand", "amount")
    return Panel(lines.to_native(), kind, category, kind in ("panel", "retailer"))


def _asked(tables):
    """The panel of a survey: its latest answer of each respondent who names both brands; None where that is not asked."""
    have = set(nw.from_native(tables["survey"]).collect_schema().names()) if "survey" in tables else set()
    if not {"customer_id", "last_brand", "next_brand"} <= have:
        return None
    kept = [c for c in ANSWERS if c in have]
    rows = frames.to_pandas(nw.from_native(tables["survey"]).select(kept)).dropna(subset=["last_brand", "next_brand"])
    if rows.empty:
        return None
    if "answered_day" in rows:
        rows = rows.sort_values(["customer_id", "answered_day"]).drop_duplicates("customer_id", keep="last")
    rows = rows.rename(columns={"spend_per_purchase": "spend"}).reset_index(drop=True)
    day = rows.get("answered_day", 0)
    who = rows[["customer_id"]].assign(purchase_day=day, amount=1.0)
    parts = [who.assign(brand=rows[c]) for c in ("last_brand", "next_brand")]
    return Panel(pd.concat(parts, ignore_index=True), "survey", "", True, rows)


def pooled(answers, brands):
    """Answers whose rare brands are named as they are counted (``state`` of :func:`brands`)."""
    state = brands.set_index("brand")["state"]
    return answers.assign(**{c: answers[c].map(state) for c in ("last_brand", "next_brand")})


def _money(have):
    whole = [nw.col(c).cast(nw.Float64) for c in ("amount", "quantity") if c in have]
    return nw.coalesce(*whole, nw.lit(1.0))


def _kind(lines, have):
    if {"brand", "category"} <= have and _distinct(lines, "brand") > 1:
        return "retailer"
    return "categories" if "category" in have and _distinct(lines, "category") > 1 else "own"


def _distinct(lines, column):
    return int(frames.to_pandas(lines.select(nw.col(column).n_unique())).iloc[0, 0])


def _within(lines, category):
    counts = frames.to_pandas(lines.group_by("category").agg(n=nw.len())).dropna()
    names = counts.sort_values(["n", "category"], ascending=[False, True])["category"].tolist()
    if category and category not in names:
        raise WrongParameter(f"there is no category {category!r}; those with most purchases are {', '.join(names[:5])}")
    if not names:
        raise ValueError("no purchase has a category: there is nothing to choose from")
    category = category or names[0]
    return lines.filter(nw.col("category") == category), category


def rules(panel, step="auto", period_days=91, lapsed_days=0):
    """The ``occasions.Rules`` that suit a :class:`Panel`; ``step`` ``purchase`` or ``period`` overrules ``auto``.

    With rivals a step is a purchase. In a company's own log, where silence is all that is seen of leaving, it is a
    period, and a period without a purchase is a state of its own.
    """
    if step == "auto":
        step = "purchase" if panel.rivals else "period"
    if not panel.rivals and not lapsed_days:
        lapsed_days = period_days
    basket = "dominant" if step == "purchase" else "fractional"
    return Rules(step=step, basket=basket, period_days=period_days, lapsed_days=lapsed_days)


def brands(lines, max_brands=8, min_share=0.02, min_customers=10):
    """The brands of the lines and which of them stand for themselves: a pandas frame, most bought first.

    Columns ``brand``, ``purchases`` (lines), ``purchase_share`` (0-1), ``customers``, ``amount``, ``state`` (its own
    name, or :data:`OTHERS`). A brand stands for itself when it is among the ``max_brands`` most bought (ties by name),
    has at least ``min_share`` of the purchases and at least ``min_customers`` customers; all others are pooled. The
    most bought one always stands for itself. Raises ValueError when there is no purchase.
    """
    if max_brands < 1 or not 0 <= min_share < 1:
        raise ValueError(f"max_brands must be 1 or more and min_share in [0, 1), not {max_brands} and {min_share}")
    per_customer = nw.from_native(lines).group_by("brand", "customer_id").agg(n=nw.len(), amount=nw.col("amount").sum())
    table = frames.to_pandas(
        per_customer.group_by("brand").agg(
            purchases=nw.col("n").sum(), customers=nw.len(), amount=nw.col("amount").sum()
        )
    )
    if table.empty:
        raise ValueError("there is no purchase to learn from")
    table["purchases"] = table["purchases"].astype(int)
    table = table.sort_values(["purchases", "brand"], ascending=[False, True], ignore_index=True)
    table["purchase_share"] = table["purchases"] / table["purchases"].sum()
    stands = (table["purchase_share"] >= min_share) & (table["customers"] >= min_customers) & (table.index < max_brands)
    stands[0] = True
    table["state"] = table["brand"].where(stands, _name_of_others(table.loc[stands, "brand"]))
    table["amount"] = table["amount"].round(4)
    return table[["brand", "purchases", "purchase_share", "customers", "amount", "state"]]


def _name_of_others(taken):
    name = OTHERS
    while name in set(taken):
        name += "*"
    return name


def states(table):
    """Names of the states, from :func:`brands`: the brands that stand for themselves, and the pool last.

    >>> import pandas as pd
    >>> states(pd.DataFrame({"brand": ["a", "b", "c"], "state": ["a", "All others", "All others"]}))
    ('a', 'All others')
    """
    own = tuple(table.loc[table["state"] == table["brand"], "brand"])
    pooled = tuple(pd.unique(table.loc[table["state"] != table["brand"], "state"]))
    return own + pooled
