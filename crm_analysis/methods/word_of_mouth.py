"""Word of mouth: who would recommend (net promoter score), who does (referrals), and what the referred bring.

NPS is the share of promoters (9-10 of 10) less that of detractors (0-6), in points from -100 to 100; passives (7-8) and
the number of answers always stand beside it. With shares p and q its variance is (p + q - (p - q)^2) / n: that of a
ticket worth +1, 0 or -1. Source: Reichheld (2003), Harvard Business Review 81; the variance is that of the multinomial.
"""

import math

import narwhals as nw
import numpy as np
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.methods import intervals

PROMOTER, DETRACTOR, HIGHEST = 9, 6, 10
CLASSES = PROMOTERS, PASSIVES, DETRACTORS = "Promoters", "Passives", "Detractors"
REFERRED, OTHERS = "Referred", "Others"
COUNTS = ["n", "promoters", "passives", "detractors"]


def classes(scores):
    """``Promoters``, ``Passives`` or ``Detractors`` for each answer; missing stays missing.

    Raises ValueError for anything but whole numbers from 0 to 10.

    >>> classes(pd.Series([10, 8, 6, None])).tolist()[:3]
    ['Promoters', 'Passives', 'Detractors']
    """
    values = pd.to_numeric(pd.Series(scores), errors="coerce")
    wrong = pd.Series(scores).notna() & ~(values.between(0, HIGHEST) & (values % 1 == 0))
    if wrong.any():
        raise ValueError(f"{int(wrong.sum())} answers are not whole numbers from 0 to {HIGHEST}, the first in row "
                         f"{int(np.flatnonzero(wrong)[0]) + 1}: a net promoter score needs the 0-10 question")  # fmt: skip
    named = np.select([values >= PROMOTER, values > DETRACTOR], [PROMOTERS, PASSIVES], DETRACTORS)
    return pd.Series(named, index=values.index, dtype=object).where(values.notna())


def nps(scores, level=0.95):
    """The score with its interval (Wald): a dict of ``n``, ``promoters``, ``passives``, ``detractors``, ``nps``,
    ``nps_low``, ``nps_high``; points. Without answers the score is missing.
    """
    counts = classes(scores).value_counts().reindex(CLASSES, fill_value=0)
    n = int(counts.sum())
    result = dict(zip(COUNTS, [n, *(int(c) for c in counts)], strict=True))
    if n == 0:
        return result | {"nps": math.nan, "nps_low": math.nan, "nps_high": math.nan}
    p, q = counts[PROMOTERS] / n, counts[DETRACTORS] / n
    score, half = p - q, intervals.normal_quantile(level) * math.sqrt((p + q - (p - q) ** 2) / n)
    low, high = max(-1.0, score - half), min(1.0, score + half)
    return result | {"nps": float(100 * score), "nps_low": float(100 * low), "nps_high": float(100 * high)}


def nps_by(answers, *groups, item="recommend", min_cell=5):
    """The score of all (``group`` "All"), then of each group of each grouping, the best first; a group below ``min_cell``
    has no figures, and if it could be had by subtraction, the next smallest has none either.

    ``answers``: a frame with the columns ``item`` and ``groups``. Columns ``by`` (the grouping, "All" in the first row),
    ``group`` and those of :func:`nps`; the groups of one grouping add up to the first row, unless some respondents belong
    to none.
    """
    if item not in answers or not answers[item].notna().any():
        return pd.DataFrame(columns=["by", "group", *COUNTS, "nps", "nps_low", "nps_high"])
    everybody = pd.DataFrame([{"by": "All", "group": "All"} | nps(answers[item])])
    return pd.concat([everybody, *(_grouped(answers, group, item, min_cell) for group in groups)], ignore_index=True)


def _grouped(answers, group, item, min_cell):
    rows = [{"by": group, "group": name} | nps(part[item]) for name, part in answers.groupby(group, sort=True)]
    table = pd.DataFrame(rows)
    small = _withheld(table["n"], min_cell)
    table = table.astype(dict.fromkeys(COUNTS[1:], float))
    table.loc[small, [*COUNTS[1:], "nps", "nps_low", "nps_high"]] = math.nan
    return table.sort_values(["nps", "group"], ascending=[False, True], na_position="last")


def _withheld(sizes, min_cell):
    """Groups to keep back: the small ones, and one more where those together are still small."""
    small = np.array(sizes < min_cell)
    if 0 < sizes[small].sum() < min_cell and not small.all():
        small[sizes.where(~small).idxmin()] = True
    return small


def referred(people, customer_table, as_of, window_days=365):
    """Referred customers among the new ones of the window, and what each kind brings: a table of two rows.

    ``people``: the table ``customers`` with ``customer_id``, ``acquired_day``, ``referred_by``; ``customer_table`` the
    customer table. New are those acquired in the ``window_days`` up to ``as_of``. Columns ``origin`` ("referred",
    "other"), ``new_customers``, ``new_customer_share`` with ``share_low``, ``share_high`` (Wilson), ``buyers_again``
    (share with two or more orders so far), ``mean_revenue`` (so far, per new customer). An absent table or column gives
    an empty one.
    """
    names = ["origin", "new_customers", "new_customer_share", "share_low", "share_high", "again_share", "mean_revenue"]
    if not _has(people, "referred_by", "acquired_day"):
        return pd.DataFrame(columns=names)
    today = frames.day_number(as_of)
    day = nw.col("acquired_day")
    new = nw.from_native(people).filter(day > today - window_days, day <= today).select("customer_id", "referred_by")
    new = frames.to_pandas(new).merge(_orders_and_revenue(customer_table), on="customer_id", how="left")
    origin = np.where(new["referred_by"].notna(), REFERRED, OTHERS)
    rows = []
    for name in (REFERRED, OTHERS):
        part = new[origin == name]
        again = (part["orders"] >= 2).mean() if len(part) else math.nan
        found = intervals.share(len(part), len(new))
        rows.append((name, len(part), *found[:3], again, part["revenue"].fillna(0).mean() if len(part) else math.nan))
    return pd.DataFrame(rows, columns=names)


def referrers(people, customer_table):
    """One row per customer who brought others: ``customer_id``, ``referred_customers``, ``referred_revenue``.

    The revenue is what the referred have brought so far, all of it: an upper bound of what the referrer caused, since
    some would have come anyway. Nothing is passed on to the referrer's own referrer.
    """
    names = ["customer_id", "referred_customers", "referred_revenue"]
    if not _has(people, "referred_by"):
        return pd.DataFrame(columns=names)
    known = nw.from_native(people).filter(~nw.col("referred_by").is_null()).select("customer_id", "referred_by")
    brought = frames.to_pandas(known).merge(_orders_and_revenue(customer_table), on="customer_id", how="left")
    brought["revenue"] = brought["revenue"].fillna(0)
    table = brought.groupby("referred_by", sort=True)["revenue"].agg(["size", "sum"]).reset_index()
    return table.set_axis(names, axis=1)


def kept_word(answers, brought, item="recommend"):
    """Do promoters do what they say? One row per class: ``group``, ``n``, ``referrers_share``, ``referred_customers``
    (per 100 respondents), ``referred_revenue`` (per respondent). ``brought``: the table of :func:`referrers`.
    """
    names = ["group", "n", "referrer_share", "referrals_per_100", "mean_referred_revenue"]
    if item not in answers or brought.empty:
        return pd.DataFrame(columns=names)
    table = answers[["customer_id", item]].dropna().merge(brought, on="customer_id", how="left")
    table = table.fillna({"referred_customers": 0, "referred_revenue": 0})
    groups = table.assign(group=classes(table[item])).groupby("group")
    result = pd.DataFrame({
        "n": groups.size(),
        "referrer_share": groups["referred_customers"].agg(lambda c: (c > 0).mean()),
        "referrals_per_100": 100 * groups["referred_customers"].mean(),
        "mean_referred_revenue": groups["referred_revenue"].mean(),
    }).reindex([c for c in CLASSES if c in groups.groups])  # fmt: skip
    return result.rename_axis("group").reset_index()


def _orders_and_revenue(customer_table):
    columns = nw.from_native(customer_table).collect_schema().names()
    orders = nw.col("orders") if "orders" in columns else nw.col("purchase_days").alias("orders")
    return frames.to_pandas(nw.from_native(customer_table).select("customer_id", orders, "revenue"))


def _has(table, *columns):
    return table is not None and set(columns) <= set(nw.from_native(table).collect_schema().names())
