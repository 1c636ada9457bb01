"""The checks of a switching matrix put together, each with a verdict by a stated rule.

The rules are a table and parameters, not laws; they are printed with the result.
"""

import math

import pandas as pd

from crm_analysis.methods import chains, clustered, moves, switching, switching_checks, switching_forecast

GOOD, CARE, BAD = "good", "with care", "not good"
ENOUGH, FEW = 30, 10  # effective customers behind the thinnest row
DIFFERENT, MOSTLY = 0.5, 0.8  # part of repeat buying that difference between people explains
LEVEL = 0.05
CHECKS = (
    "enough customers", "the last brand matters", "one purchase back is enough", "inertia, not only different people",
    "the matrix lasts", "light and heavy buyers alike", "no trap in the chain", "it foretells",
)  # fmt: skip


def table(occasions, states, rules, as_of, sample):
    """One row per check of :data:`CHECKS`: a pandas frame.

    Columns ``check``, ``verdict`` (:data:`GOOD`, :data:`CARE`, :data:`BAD`, or missing where the data do not allow the
    check), ``value`` and ``other`` (the figures it rests on), ``p_value``, ``name`` (a brand, a rule or a finding it is
    about), ``name_to``. ``occasions`` is None for a survey, which allows only the checks of the matrix itself.
    """
    found = [_enough(sample), *[_NOT_POSSIBLE] * 5, _chain(sample), _NOT_POSSIBLE] if occasions is None else None
    found = found or _all(occasions, states, rules, as_of, sample)
    columns = ["verdict", "value", "other", "p_value", "name", "name_to"]
    rows = [dict(zip(columns, row, strict=True)) for row in found]
    return pd.DataFrame([{"check": check} | row for check, row in zip(CHECKS, rows, strict=True)])


def _all(occasions, states, rules, as_of, sample):
    plain = rules._replace(lapsed_days=0, weight="purchases")
    counted = moves.count(occasions, states, plain._replace(basket=_single(plain)), as_of)
    found = [_enough(sample), *_order(occasions, states, plain), _inertia(counted)]
    found += [_lasting(occasions, states, plain, as_of), _alike(sample), _chain(sample)]
    return [*found, _foretelling(occasions, states, plain, as_of)]


def overall(checks):
    """The verdict on the whole: that of the worst check.

    >>> overall(pd.DataFrame({"verdict": ["good", "with care", None]}))
    'with care'
    """
    said = set(checks["verdict"].dropna())
    return next((verdict for verdict in (BAD, CARE) if verdict in said), GOOD)


_NOT_POSSIBLE = (None, math.nan, math.nan, math.nan, "", "")


def _single(rules):
    return "dominant" if rules.basket == "fractional" else rules.basket


def _enough(sample):
    k = len(sample.names)
    behind = clustered.support(sample.ratios)["effective_customers"].iloc[:k]
    least = int(behind.to_numpy().argmin())
    n = float(behind.iloc[least])
    return (GOOD if n >= ENOUGH else CARE if n >= FEW else BAD, n, float(ENOUGH), math.nan, sample.names[least], "")


def _order(occasions, states, rules):
    if len(states) < 2:
        return [_NOT_POSSIBLE, _NOT_POSSIBLE]
    try:
        tested = switching_checks.order(occasions, states, rules)
    except ValueError:
        return [_NOT_POSSIBLE, _NOT_POSSIBLE]
    best = int(tested["bic"].idxmin())
    gain = float(tested["bic"].iloc[0] - tested["bic"].iloc[1])
    last = (GOOD if gain > 0 else BAD, gain, math.nan, tested["p_value"].iloc[1], "", "")
    further = float(tested["bic"].iloc[1] - tested["bic"].iloc[2])
    return [last, (CARE if best == 2 else GOOD, further, math.nan, tested["p_value"].iloc[2], "", "")]


def _inertia(counted):
    it = switching_checks.inertia(counted)
    part = it["explained"]
    if math.isnan(part) or math.isnan(it["z"]):  # two purchases each tell nothing of their order
        return _NOT_POSSIBLE
    verdict = GOOD if part < DIFFERENT else CARE if part < MOSTLY else BAD
    return (verdict if it["z"] > 0 else BAD, part, it["repeat_rate"], it["p_value"], "", "")


def _lasting(occasions, states, rules, as_of):
    try:
        (first, second), _ = switching_checks.halves(occasions, states, rules, as_of)
    except ValueError:
        return _NOT_POSSIBLE
    return _sameness(switching_checks.same(first, second))


def _alike(sample):
    light, heavy = switching_checks.by_frequency(sample)
    if not (light.counts.sum() and heavy.counts.sum()):
        return _NOT_POSSIBLE
    return _sameness(switching_checks.same(light, heavy))


def _sameness(it):
    if math.isnan(it["f_p_value"]):
        return _NOT_POSSIBLE
    verdict = GOOD if it["f_p_value"] >= LEVEL else CARE
    return (verdict, it["largest_difference"], math.nan, it["f_p_value"], it["from_brand"], it["to_brand"])


def _chain(sample):
    if chains.triangular(sample.counts):  # as counted: a row that nobody left is not yet completed
        return (BAD, 1.0, math.nan, math.nan, chains.SORTED, ", ".join(sample.names))
    odd = chains.shape(switching.model(sample).matrix, sample.names)
    if odd.empty:
        return (GOOD, 0.0, math.nan, math.nan, "", "")
    first = odd.iloc[0]
    verdict = BAD if first["finding"] in (chains.SORTED, chains.SEPARATE) else CARE
    return (verdict, float(len(odd)), math.nan, math.nan, first["finding"], first["states"])


def _foretelling(occasions, states, rules, as_of):
    try:
        told = switching_forecast.table(occasions, states, rules, as_of).set_index("rule")
    except ValueError:
        return _NOT_POSSIBLE
    ours = told.loc[switching_forecast.MATRIX]
    beaten = ours["low"] > 0 and ours["brier"] < told.loc[switching_forecast.REPEAT, "brier"]
    best = told.index[0]
    verdict = BAD if not beaten else CARE if best == switching_forecast.PERSONAL and _clearly(told) else GOOD
    return (verdict, float(ours["brier_gain"]), float(ours["hit_rate"]), math.nan, best, "")


def _clearly(told):
    """Own shares foretell better by more than a twentieth of the matrix's own gain."""
    personal, ours = (told.loc[rule, "brier_gain"] for rule in (switching_forecast.PERSONAL, switching_forecast.MATRIX))
    return personal > 1.05 * ours
