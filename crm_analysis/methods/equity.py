"""Customer equity: the value of all customers of a category to each brand, whence it comes, and how sure that is.

CE_b = population x mean CLV_b; a brand's share of it is CE_b / sum CE. By the brand a customer bought last it falls
into what comes from keeping one's own (retention) and what is won from each rival (acquisition), exactly:
CE_b = population x sum over j of S_0[j] V[j, b].

Source: R. T. Rust, K. N. Lemon and V. A. Zeithaml (2004), Journal of Marketing 68.
"""

import numpy as np
import pandas as pd

from crm_analysis.methods import clv, moves, occasions, switching

RETENTION, ACQUISITION = "kept customers", "won customers"


def table(sample, terms, level=0.95):
    """One row per state: value per customer, equity, and share of all equity, each with its interval.

    Columns ``brand``; ``clv``, ``clv_low``, ``clv_high`` (per customer); ``equity``, ``equity_low``, ``equity_high``;
    ``equity_share``, ``equity_share_low``, ``equity_share_high``; ``purchase_share`` (today's ``start``),
    ``margin`` (contribution per purchase).
    """
    worth = switching.interval(sample, lambda model: clv.per_customer(model, terms), level)
    share = switching.interval(sample, lambda model: _shares(clv.per_customer(model, terms)), level, 0.0, 1.0)
    model = switching.model(sample)
    columns = {"brand": list(sample.names)}
    columns |= {f"clv{end}": worth[column] for end, column in _ENDS}
    columns |= {f"equity{end}": worth[column] * terms.population for end, column in _ENDS}
    columns |= {f"equity_share{end}": share[column] for end, column in _ENDS}
    columns |= {"purchase_share": model.start, "margin": clv.margins(model, terms)}
    return pd.DataFrame(columns)


_ENDS = (("", "value"), ("_low", "low"), ("_high", "high"))


def _shares(values):
    return values / values.sum()


def split(sample, terms, level=0.95):
    """Where each brand's equity comes from: one row per brand and brand bought last.

    Columns ``brand``, ``from_brand``, ``kind`` (:data:`RETENTION` or :data:`ACQUISITION`), ``equity``, ``low``,
    ``high``, ``part`` (0-1, of the brand's equity). The rows of a brand add up to its equity.
    """
    names, k = sample.names, len(sample.names)

    def parts(model):
        return (model.start[:, None] * clv.by_last_brand(model, terms)).T * terms.population

    found = switching.interval(sample, parts, level)
    rows = pd.DataFrame(
        {
            "brand": np.repeat(np.asarray(names, dtype=object), k),
            "from_brand": np.tile(np.asarray(names, dtype=object), k),
            "equity": found["value"],
            "low": found["low"],
            "high": found["high"],
        }
    )
    own = rows["brand"] == rows["from_brand"]
    rows.insert(2, "kind", np.where(own, RETENTION, ACQUISITION))
    whole = rows.groupby("brand")["equity"].transform("sum")
    return rows.assign(part=(rows["equity"] / whole).where(whole != 0, 0.0))


def change(now, before, terms, level=0.95):
    """Shares of equity of two samples of the same states, side by side: a pandas frame.

    Columns ``brand``, ``before``, ``now``, ``change``, ``low``, ``high``. The interval takes the two as independent,
    which customers seen in both are not; it is then rather too wide than too narrow when they are alike.
    """
    if now.names != before.names:
        raise ValueError(f"the states differ: {', '.join(now.names)} now, {', '.join(before.names)} before")
    two = [switching.interval(s, lambda m: _shares(clv.per_customer(m, terms)), level) for s in (now, before)]
    step = two[0]["value"] - two[1]["value"]
    half = np.hypot(*(0.5 * (t["high"] - t["low"]) for t in two))
    columns = {
        "before": two[1]["value"],
        "now": two[0]["value"],
        "change": step,
        "low": step - half,
        "high": step + half,
    }
    return pd.DataFrame({"brand": list(now.names)} | columns)


def since(lines, sample, day, terms, level=0.95):
    """:func:`change` from an earlier ``day`` to now: the same ``lines``, cut after that day, under the same rules.

    None when too little had been bought by then for every state to have steps, or nothing could be learned.
    """
    states = [name for name in sample.names if name not in moves.SILENT]
    seen = occasions.table(lines, states, sample.rules, day)
    try:
        before = switching.sample(moves.count(seen, states, sample.rules, day), sample.rules)
    except ValueError:
        return None
    if (before.counts.sum(axis=1) == 0).any():
        return None
    return change(sample, before, terms, level)
