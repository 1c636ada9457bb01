"""From satisfaction to loyalty: how recommending, buying again and later purchases go with satisfaction.

Satisfaction is a condition of loyalty, not a cause that a survey could prove: whoever likes the firm answers well to
every question, and whoever buys much has other reasons too. Loyalty may rise in a step at the best answer (Jones and
Sasser 1995, Harvard Business Review 73), so the step is estimated beside the slope.
"""

import math

import narwhals as nw
import numpy as np
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.methods import intervals, ordered, survey

OUTCOMES = {"recommend": "Would recommend", "rebuy": "Would buy again"}  # item: what people read
GROUPS = ((1, 3), (4, 5), (6, 7))  # low, middle and high satisfaction on a scale of seven
LINKS = ["outcome", "n", "correlation", "low", "high", "rank_correlation", "per_point", "per_point_low", "per_point_high",
         "top_step", "top_step_low", "top_step_high", "odds_ratio", "odds_low", "odds_high"]  # fmt: skip


def links(answers, codebook=survey.CODEBOOK, outcomes=OUTCOMES, least=20):
    """How each outcome goes with overall satisfaction: one row per outcome that the survey asks for.

    Columns ``outcome``, ``n``; ``correlation`` (Pearson) with ``low`` and ``high``, ``rank_correlation`` (Spearman);
    ``per_point`` and ``top_step``: an ordinary regression on satisfaction and on having given the best answer, each with its
    ends; ``odds_ratio``: an ordered logit on satisfaction alone, the factor on the odds of a higher answer per point.
    Fewer than ``least`` respondents: no figures but ``n``.
    """
    score = survey.items(answers, codebook, "satisfaction")
    rows = []
    for outcome in outcomes:
        if not score or outcome not in answers:
            continue
        pairs = survey.aligned(answers, codebook)[[score[0], outcome]].dropna().astype(float)
        row = {"outcome": outcomes[outcome], "n": len(pairs)}
        if len(pairs) >= least and pairs[score[0]].nunique() > 2 and pairs[outcome].nunique() > 1:
            row |= _linked(pairs[score[0]], pairs[outcome], codebook.set_index("item").loc[score[0], "high"])
        rows.append(row)
    return pd.DataFrame(rows, columns=LINKS)


def by_answer(answers, codebook=survey.CODEBOOK, outcomes=OUTCOMES, min_cell=5):
    """The outcomes by answer to the satisfaction question: one row per answer and outcome, ``satisfaction``, ``outcome``,
    ``n``, ``mean``, ``low``, ``high``, ``scale_low``, ``scale_high``; answers given by fewer than ``min_cell`` respondents keep their ``n`` alone.
    """
    score, rows = survey.items(answers, codebook, "satisfaction"), []
    for outcome in outcomes:
        if not score or outcome not in answers:
            continue
        pairs = survey.aligned(answers, codebook)[[score[0], outcome]].dropna()
        scale = codebook.set_index("item").loc[outcome]
        for answer, part in pairs.groupby(score[0]):
            found = intervals.mean(part[outcome])
            shown = found[:3] if found.n >= min_cell else (math.nan,) * 3
            rows.append((int(answer), outcomes[outcome], found.n, *shown, scale["low"], scale["high"]))
    names = ["satisfaction", "outcome", "n", "mean", "low", "high", "scale_low", "scale_high"]
    return pd.DataFrame(rows, columns=names)


def later_purchases(answers, transactions, as_of, within_days=180, codebook=survey.CODEBOOK, groups=GROUPS):
    """Who bought after answering, by satisfaction: one row per group of answers.

    Used is each customer's last answer that lies more than ``within_days`` before ``as_of``. Columns ``group`` ("1-3"),
    ``n``, ``bought_share`` (a purchase within ``within_days`` after the answer) with ``low`` and ``high`` (Wilson), and
    ``bought_before_share`` (the same span before the answer): where the two differ between groups alike, the satisfied were
    the better customers already.
    """
    names = ["group", "n", "bought_share", "low", "high", "bought_before_share"]
    score = survey.items(answers, codebook, "satisfaction")
    if not score or transactions is None:
        return pd.DataFrame(columns=names)
    table = answers[[survey.WHO, survey.WHEN, score[0]]].dropna()
    table = table.assign(day=(table[survey.WHEN] - pd.Timestamp(frames.EPOCH)).dt.days)
    table = table[table["day"] + within_days < frames.day_number(as_of)]
    table = table.sort_values("day", kind="stable").drop_duplicates(survey.WHO, keep="last")
    bought = _purchase_days(transactions, table[survey.WHO])
    near = table[[survey.WHO, "day"]].merge(bought, on=survey.WHO)
    gap = near["order_day"] - near["day"]
    after, before = (
        set(near.loc[where, survey.WHO]) for where in (gap.between(1, within_days), gap.between(-within_days, 0))
    )
    rows = []
    for low, high in groups:
        part = table[table[score[0]].between(low, high)]
        found = intervals.share(int(part[survey.WHO].isin(after).sum()), len(part))
        rows.append(
            (f"{low}-{high}", len(part), *found[:3], part[survey.WHO].isin(before).mean() if len(part) else math.nan)
        )
    return pd.DataFrame(rows, columns=names) if len(table) else pd.DataFrame(columns=names)


def _linked(satisfaction, outcome, highest):
    x = pd.DataFrame({"one": 1.0, "satisfaction": satisfaction, "top": (satisfaction == highest).astype(float)})
    found = intervals.correlation(satisfaction, outcome)
    rank = intervals.correlation(satisfaction.rank(), outcome.rank()).value
    row = {"correlation": found.value, "low": found.low, "high": found.high, "rank_correlation": rank}
    used = x if 0 < x["top"].sum() < len(x) and satisfaction.nunique() > 2 else x[["one", "satisfaction"]]
    estimates, half = _regression(used.to_numpy(), outcome.to_numpy(dtype=float))
    for name, column in (("per_point", "satisfaction"), ("top_step", "top")):
        if column in used:
            at = list(used.columns).index(column)
            ends = (estimates[at], estimates[at] - half[at], estimates[at] + half[at])
            row |= dict(zip((name, f"{name}_low", f"{name}_high"), map(float, ends), strict=True))
    odds = ordered.fit(outcome, x[["satisfaction"]])
    if odds.converged:
        row |= dict(zip(("odds_ratio", "odds_low", "odds_high"), ordered.odds_ratio(odds, "satisfaction"), strict=True))
    return row


def _regression(x, y, level=0.95):
    """Least squares: estimates and the half widths of their Student intervals."""
    inverse = np.linalg.inv(x.T @ x)
    estimates = inverse @ x.T @ y
    freedom = len(y) - x.shape[1]
    variance = ((y - x @ estimates) ** 2).sum() / freedom
    return estimates, intervals.student_quantile(freedom, level) * np.sqrt(variance * np.diag(inverse))


def _purchase_days(transactions, wanted):
    lines = nw.from_native(transactions).filter(nw.col("amount") >= 0, nw.col("customer_id").is_in(sorted(set(wanted))))
    return frames.to_pandas(lines.select("customer_id", "order_day").unique())
