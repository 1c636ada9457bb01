"""Everything that is learned from one panel, in one place: states, rules, occasions, counted steps, the sample.

From purchases all of it; from a survey, which has one stated step per respondent and no occasions in time, the sample alone.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from crm_analysis.methods import (
    chains,
    clustered,
    clv,
    clv_customers,
    equity,
    moves,
    occasions,
    panels,
    switching,
    switching_checks,
    switching_given,
    switching_personal,
)


class Study(NamedTuple):
    """``panel`` it was learned from; ``names`` of the states; ``rules``; ``seen`` (``occasions.table``) and ``counted``
    (``moves.count``), both None for a survey; ``sample`` (``switching.Sample``); ``as_of``.
    """

    panel: panels.Panel
    names: tuple
    rules: occasions.Rules
    seen: object
    counted: moves.Moves | None
    sample: switching.Sample
    as_of: object


def learn(panel, brands, as_of, step="auto", lapsed_days=0, earlier=None):
    """The :class:`Study` of a ``panels.Panel`` whose ``brands`` (of ``panels.brands``) are known.

    ``earlier``: a ``clv_customers.Worth`` learned before, whose states and rules are then used.
    """
    names = clv_customers.states(earlier) if earlier else panels.states(brands)
    if panel.kind == "survey":
        answers = panels.pooled(panel.answers, brands)
        return Study(panel, names, occasions.Rules(), None, None, switching_given.from_survey(answers, names), as_of)
    rules = earlier.rules if earlier else panels.rules(panel, step, lapsed_days=lapsed_days)
    seen = occasions.table(panel.lines, names, rules, as_of)
    counted = moves.count(seen, names, rules, as_of)
    return Study(panel, names, rules, seen, counted, switching.sample(counted, rules), as_of)


def ahead(study, terms, brand, day, level=0.95):
    """What lies ahead of one brand and how its figures were come by: a dict.

    ``run``, ``run_low``, ``run_high``: expected purchases in a row of the brand once bought, that one included (infinite
    ends where the interval of staying reaches 1); ``end``, ``end_low``, ``end_high``: its share in the steady state, None
    where that depends on the start; ``steps`` to the steady state, None without one; ``conserved`` (``clv.conservation``);
    ``personal`` (``switching_personal.table``, or None); ``change`` since ``day`` (``equity.since``, or None) and ``day``;
    ``loyal`` (:func:`loyal`); ``counts`` (:func:`counts`); ``terms`` as a dict.
    """
    sample, place = study.sample, study.sample.names.index(brand)
    model = switching.model(sample)
    found = _with_ends("run", _run(sample, place, level)) | _with_ends("end", _end(sample, place, level))
    found |= {"steps": chains.steps_to_steady(model.matrix, model.start), "conserved": clv.conservation(model, terms)}
    found |= {"loyal": loyal(sample, brand), "counts": counts(study), "day": day, "terms": terms._asdict()}
    if study.seen is None:
        return found | {"personal": None, "change": None}
    found["personal"] = switching_personal.table(study.seen, study.counted, sample, terms)
    return found | {"change": equity.since(study.panel.lines, sample, day, terms)}


def _with_ends(name, values):
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))


def _run(sample, place, level):
    """1 / (1 - p) at the ends of the interval of p, which is better behaved near 1 than its own."""
    cell = place * len(sample.names) + place
    it = clustered.shares(sample.ratios, np.array([cell]), level).iloc[0]
    stay = (float(switching.model(sample).matrix[place, place]), float(it["low"]), float(it["high"]))
    return tuple(float(1 / (1 - p)) if not p >= 1 else np.inf for p in stay)


def _end(sample, place, level):
    if chains.limit(switching.model(sample).matrix) is None:
        return None, None, None
    it = switching.interval(sample, lambda m: chains.steady(m.matrix)[[place]], level, 0.0, 1.0).iloc[0]
    return tuple(float(it[c]) for c in ("value", "low", "high"))


def loyal(sample, brand):
    """Colombo and Morrison's hard-core loyal buyers of one brand: a dict, or None where the model cannot be fitted.

    ``loyal_share`` of its buyers (0-1), ``switcher_share`` (what others buy of it), ``p_value`` of the fit.
    """
    k = len(sample.names)
    if k < 3 or set(sample.names) & set(moves.SILENT) or (sample.counts.sum(axis=1) <= 0).any():
        return None
    table, fit = switching_checks.hard_core(sample.counts, sample.names)
    row = table.set_index("brand").loc[brand]
    return {"loyal_share": float(row["loyal_share"]), "switcher_share": float(row["switcher_share"]), **fit}


def counts(study):
    """What the rules had to decide: a dict of counts.

    ``customers``, ``once`` (with one occasion only: they stand somewhere, but add no step), ``new`` (first seen in the last
    year), ``steps``; and of ``occasions.facts`` what purchases have (``occasions``, ``shared_occasions``,
    ``tied_occasions``). A survey has ``customers`` and ``steps``.
    """
    found = {"customers": len(study.sample.customers), "steps": float(study.sample.counts.sum())}
    if study.seen is None:
        return found
    span, rules = study.counted.span, study.rules
    year = switching.DAYS_PER_YEAR / (rules.period_days if rules.step == "period" else 1)
    new = span["first_at"] > study.counted.today - year
    return found | {"once": int((span["occasions"] < 1.5).sum()), "new": int(new.sum())} | occasions.facts(study.seen)


def by_segment(study):
    """Cells of light and of heavy buyers side by side: a pandas frame like that of ``switching.matrix`` with ``buyers``.

    None for a survey, and where all have made equally many steps.
    """
    light, heavy = switching_checks.by_frequency(study.sample)
    if study.seen is None or not (light.counts.sum() and heavy.counts.sum()):
        return None
    parts = {"Light buyers": light, "Heavy buyers": heavy}
    return pd.concat([switching.matrix(part).assign(buyers=name) for name, part in parts.items()], ignore_index=True)
