"""The loyalty index: the eight indicators, each brought to 0-1 with high meaning loyal, and their weighted mean.

``learn`` finds how each measure is spread over the base, ``score`` applies that to every customer as column arithmetic.
Scaling by rank: the share of the base that a customer is at least as good as (ties in the middle), on a grid of twenty
quantiles. Scaling by range: the distance between the 5 % and the 95 % quantile, cut off beyond. An indicator with a
behavioural and a survey form is the mean of those seen. The index exists where at least three indicators do; its
coverage, the weight of the indicators seen, stands beside it.
"""

import math
from typing import NamedTuple

import narwhals as nw
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.data.errors import WrongParameter
from crm_analysis.methods import intervals, loyalty_measures, reliability, rfm_cuts, survey

SCALINGS = ("rank", "range")
GRID = 20
DECIMALS = 9


class Profile(NamedTuple):
    """What was learned: per measure the cut points (rank: up to 20 quantiles; range: two ends), and the weights.

    ``cuts`` maps a measure to its cut points, ``weights`` the number of an indicator, as text, to its weight.
    """

    cuts: dict
    weights: dict
    scaling: str = "rank"
    least_indicators: int = 3


def equal_weights():
    """A weight of one for each of the eight indicators, by number as text.

    >>> list(equal_weights()) == ["1", "2", "3", "4", "5", "6", "7", "8"]
    True
    """
    return {str(number): 1.0 for number in sorted(set(loyalty_measures.MEASURES["number"]))}


def weights(text):
    """Weights of the eight indicators from text, in their order; ValueError if they are not eight numbers of 0 or more.

    >>> weights("2, 1, 1, 0, 1, 1, 1, 1")["1"], weights("2, 1, 1, 0, 1, 1, 1, 1")["4"]
    (2.0, 0.0)
    """
    known, parts = equal_weights(), [part.strip() for part in text.split(",")]
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) != len(known):
        raise WrongParameter(
            f"the weights are {len(known)} numbers with commas between, one for each indicator, not {text!r}"
        )
    return _checked(dict(zip(known, numbers, strict=True)))


def learn(measures, weights=None, scaling="rank", least_indicators=3):
    """How the measures are spread: a :class:`Profile`. ``measures``: the frame of ``loyalty_measures.table``.

    A measure without any value, or with the same for everybody, tells nobody apart and is left out. ``weights`` by number
    of the indicator, as text, at least one positive; default equal.
    """
    weights = _checked(weights or equal_weights())
    if scaling not in SCALINGS:
        raise ValueError(f"the scaling is rank or range, not {scaling!r}")
    known = loyalty_measures.available(measures)["measure"]
    at = [(i + 0.5) / GRID for i in range(GRID)] if scaling == "rank" else [0.05, 0.95]
    columns = {measure: nw.col(measure).cast(nw.Float64) for measure in known}
    asked = [(column, share) for column in columns.values() for share in (0.0, *at, 1.0)]
    found, cuts = iter(rfm_cuts.quantile(measures, asked)), {}
    for measure in known:
        low, *values, high = [next(found) for _ in range(len(at) + 2)]
        if low is None or not high > low:
            continue
        if scaling == "range" and not values[1] > values[0]:
            values = [low, high]
        cuts[measure] = tuple(values)
    return Profile(cuts, weights, scaling, least_indicators)


def score(measures, profile):
    """The measures with, added lazily: ``loyalty`` (0-1; missing below ``least_indicators``), ``coverage`` (share of the
    weight that was seen), ``indicators`` (how many), and ``indicator_1`` to ``indicator_8``, each 0-1 or missing.

    >>> base = pd.DataFrame({"customer_id": list("abcd"), "orders_in_window": [0, 1, 1, 9],
    ...                      "full_price_share": [0.0, 0.5, 1.0, 1.0], "switched_away": [1, 0.6, 0.4, 0]})
    >>> score(base, learn(base, scaling="range"))["loyalty"].round(2).tolist()
    [0.0, 0.32, 0.57, 1.0]
    """
    frame = nw.from_native(measures)
    table = loyalty_measures.MEASURES
    used = table[table["measure"].isin(profile.cuts)]
    absent = [m for m in used["measure"] if m not in frame.collect_schema().names()]
    if absent:
        raise ValueError(
            f"the profile was learned with {', '.join(absent)}, which this data does not have: learn afresh"
        )
    frame = frame.with_columns(**{f"_{row.measure}": _scaled(row, profile) for row in used.itertuples()})
    numbers = sorted(set(table["number"]))
    forms = {n: [f"_{m}" for m in used.loc[used["number"] == n, "measure"]] for n in numbers}
    frame = frame.with_columns(**{f"indicator_{n}": _mean(forms[n]) for n in numbers})
    frame = frame.drop([f"_{m}" for m in used["measure"]])
    columns = [nw.col(f"indicator_{n}") for n in numbers]
    weights = [profile.weights.get(str(n), 0.0) for n in numbers]
    pairs = list(zip(columns, weights, strict=True))
    frame = frame.with_columns(
        indicators=nw.sum_horizontal(*(_seen(c) for c in columns)),
        _weight=nw.sum_horizontal(*(_seen(c) * w for c, w in pairs)),
        _sum=nw.sum_horizontal(*(nw.when(~c.is_null()).then(c * w).otherwise(nw.lit(0.0)) for c, w in pairs)),
    )
    enough = (nw.col("indicators") >= profile.least_indicators) & (nw.col("_weight") > 0)
    frame = frame.with_columns(
        loyalty=nw.when(enough).then((nw.col("_sum") / nw.col("_weight")).round(DECIMALS)),
        coverage=nw.col("_weight") / sum(weights),
    )
    return frame.drop("_weight", "_sum").to_native()


def by_group(scored, group):
    """The index by group, the most loyal first, after a row for all: ``group``, ``customers``, ``scored`` (with an index),
    ``loyalty`` (mean) with ``low`` and ``high`` (normal; missing below two customers), ``coverage`` (mean of the scored).
    """
    known = nw.col("loyalty")
    frame = nw.from_native(scored).with_columns(_seen=nw.when(~known.is_null()).then(nw.col("coverage")))
    aggregates = {
        "customers": nw.len(),
        "scored": known.count(),
        "loyalty": known.mean(),
        "spread": known.std(ddof=1),
        "coverage": nw.col("_seen").mean(),
    }
    groups = frames.to_pandas(frame.group_by(group).agg(**aggregates)).rename(columns={group: "group"})
    groups = groups.dropna(subset="group").sort_values(
        ["loyalty", "group"], ascending=[False, True], na_position="last"
    )
    everybody = frames.to_pandas(frame.select(**aggregates)).assign(group="All")
    table = pd.concat([everybody, groups], ignore_index=True)
    scored = table["scored"].where(table["scored"] > 1)
    half = intervals.normal_quantile() * table["spread"] / scored**0.5
    table["low"], table["high"] = table["loyalty"] - half, table["loyalty"] + half
    return table[["group", "customers", "scored", "loyalty", "low", "high", "coverage"]]


def listed(scored, group="segment"):
    """Every customer with an index as a list, the most loyal first: ``customer_id``, ``group``, ``loyalty``, ``coverage``,
    ``indicators`` and ``weakest``, the indicator in which the customer stands lowest. A pandas frame.
    """
    frame = nw.from_native(scored).filter(~nw.col("loyalty").is_null())
    names = loyalty_measures.MEASURES.drop_duplicates("number").set_index("number")["indicator"]
    columns = {f"indicator_{number}": name for number, name in names.items()}
    table = frames.to_pandas(frame.select("customer_id", group, "loyalty", "coverage", "indicators", *columns))
    table = table.sort_values(["loyalty", "customer_id"], ascending=[False, True], ignore_index=True)
    parts = table[list(columns)].astype(float)
    table["weakest"] = parts.idxmin(axis=1).map(columns) if len(table) else pd.Series(dtype=object)
    return table.drop(columns=list(columns))


def sensitivity(scored, profile, top_share=0.1):
    """How the ranking depends on the weights: one row per change, each indicator left out and each counted twice.

    Columns ``indicator``, ``change`` ("left out", "counted twice"), ``customers`` (with an index either way),
    ``rank_correlation`` (Spearman, of the two rankings), ``top_kept_share`` (share of the most loyal ``top_share`` that stay
    among them). Indicators that nobody has are left out.
    """
    numbers = [n for n in sorted(set(loyalty_measures.MEASURES["number"])) if profile.weights.get(str(n), 0) > 0]
    names = loyalty_measures.MEASURES.drop_duplicates("number").set_index("number")["indicator"]
    columns = [f"indicator_{n}" for n in numbers]
    known = nw.from_native(scored).filter(~nw.col("loyalty").is_null()).select(*columns)
    parts = frames.to_pandas(known).astype(float)
    weights = pd.Series([profile.weights[str(n)] for n in numbers], index=columns)
    base, rows = _weighted(parts, weights), []
    for number, column in zip(numbers, columns, strict=True):
        if not parts[column].notna().any():
            continue
        for change, factor in (("left out", 0.0), ("counted twice", 2.0)):
            other = _weighted(parts, weights.mul(1.0).where(weights.index != column, weights * factor))
            both = base.notna() & other.notna()
            kept = _top(base[both], top_share) & _top(other[both], top_share)
            rank = base[both].rank().corr(other[both].rank()) if both.sum() > 2 else math.nan
            share = kept.sum() / _top(base[both], top_share).sum() if both.any() else math.nan
            rows.append((names[number], change, int(both.sum()), rank, share))
    return pd.DataFrame(rows, columns=["indicator", "change", "customers", "rank_correlation", "top_kept_share"])


def survey_reliability(answers, codebook=survey.CODEBOOK):
    """Alpha of the survey side of the index; the standardised one counts, since the items have different scales."""
    columns = survey.items(answers, codebook, "indicator")
    return reliability.alpha(survey.aligned(answers, codebook)[columns])


def _scaled(row, profile):
    """One measure on 0-1, high is loyal; missing stays missing."""
    column, cuts = nw.col(row.measure).cast(nw.Float64), profile.cuts[row.measure]
    if profile.scaling == "range":
        low, high = cuts
        inner = (column - low) / (high - low)
        value = (
            nw.when(column <= low)
            .then(nw.lit(0.0))
            .otherwise(nw.when(column >= high).then(nw.lit(1.0)).otherwise(inner))
        )
    else:
        often = pd.Series(cuts).value_counts().sort_index() / len(cuts)
        above = [(column > cut).cast(nw.Float64) * share for cut, share in often.items()]
        level = [(column == cut).cast(nw.Float64) * (share / 2) for cut, share in often.items()]
        value = nw.sum_horizontal(*above, *level)
    value = nw.lit(1.0) - value if row.reversed else value
    return nw.when(~nw.col(row.measure).is_null()).then(value.round(DECIMALS))


def _mean(columns):
    if not columns:
        return nw.lit(None, dtype=nw.Float64)
    seen = nw.sum_horizontal(*(_seen(nw.col(c)) for c in columns))
    total = nw.sum_horizontal(*(nw.when(~nw.col(c).is_null()).then(nw.col(c)).otherwise(nw.lit(0.0)) for c in columns))
    return nw.when(seen > 0).then(total / seen)


def _seen(column):
    return nw.when(~column.is_null()).then(nw.lit(1)).otherwise(nw.lit(0))


def _weighted(parts, weights):
    seen = parts.notna().mul(weights, axis=1).sum(axis=1)
    return (parts.fillna(0).mul(weights, axis=1).sum(axis=1) / seen.where(seen > 0)).round(DECIMALS)


def _top(values, share):
    """The best ``share`` of the customers; everybody equal to the last of them belongs to them too."""
    return (
        values >= values.sort_values(ascending=False).iloc[max(0, math.ceil(share * len(values)) - 1)]
        if len(values)
        else values
    )


def _checked(weights):
    known = equal_weights()
    unknown = [name for name in weights if name not in known]
    wrong = [name for name, weight in weights.items() if not weight >= 0 or math.isinf(weight)]
    if unknown or wrong or not any(weight > 0 for weight in weights.values()):
        raise WrongParameter(f"weights are numbers of 0 or more by number of the indicator, 1 to 8, one of them positive, "
                         f"not {weights!r}")  # fmt: skip
    return {name: float(weight) for name, weight in weights.items()}
