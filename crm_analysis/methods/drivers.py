"""Purchases with the price and promotion that stood beside each brand in that week, ready for the choice model."""

import narwhals as nw
import numpy as np
import pandas as pd

from crm_analysis.data import frames
from crm_analysis.methods import choice, clustered, clv, switching, whatif

PRICE, PROMOTED = "price", "promoted"


def choices(lines, prices, category, names):
    """The ``choice.Choices`` of a panel: every purchase but each customer's first, with the brand bought before it.

    ``lines``: ``customer_id``, ``purchase_day``, ``brand``; ``prices``: the table of that name. Several purchases of a
    day are taken in the order of ``names``. Only the brands of ``names`` that have a price take part; purchases of
    others, and in weeks where a price is missing, are left out. Terms: an intercept for each brand but the first,
    inertia, price, and promotion where it is known. None when the prices do not cover two brands of the category.
    """
    shelf = frames.to_pandas(nw.from_native(prices).filter(nw.col("category") == category))
    brands = tuple(name for name in names if name in set(shelf["brand"]))
    if len(brands) < 2:
        return None
    bought = frames.to_pandas(nw.from_native(lines).select("customer_id", "purchase_day", "brand"))
    bought = bought[bought["brand"].isin(brands)].assign(
        place=lambda t: t["brand"].map({b: i for i, b in enumerate(brands)})
    )
    bought = bought.sort_values(["customer_id", "purchase_day", "place"], ignore_index=True)
    last = bought.groupby("customer_id")["place"].shift()
    bought = bought.assign(last=last, week=bought["purchase_day"] - (bought["purchase_day"] + 3) % 7)[last.notna()]
    wide = {column: _wide(shelf, column, brands) for column in (PRICE, PROMOTED) if column in shelf}
    known = bought["week"].isin(wide[PRICE].dropna().index)
    bought = bought[known].astype({"last": int})
    parts = [np.broadcast_to(np.eye(len(brands))[:, 1:], (len(bought), len(brands), len(brands) - 1))]
    parts.append(np.eye(len(brands))[bought["last"]][:, :, None])
    terms = [f"brand {name}" for name in brands[1:]] + [choice.LAST]
    for column, values in wide.items():
        cells = values.fillna(0.0).reindex(bought["week"]).to_numpy(dtype=float)
        if cells.std() > 0:
            parts.append(cells[:, :, None])
            terms.append(column)
    return choice.Choices(
        np.concatenate(parts, axis=2),
        bought["place"].to_numpy(),
        bought["customer_id"].to_numpy(),
        brands,
        tuple(terms),
    )


def _wide(shelf, column, brands):
    table = shelf.assign(value=shelf[column].astype(float)).pivot_table(
        index="week_start_day", columns="brand", values="value", aggfunc="mean"
    )
    return table.reindex(columns=list(brands))


def ordinary(choices):
    """The attributes of an ordinary purchase, brands x terms: prices and promotion at their mean over the purchases."""
    return choices.attributes.mean(axis=0)


def effect(sample, fit, attributes, brand, terms, change, cost=0.0, level=0.95):
    """What a change of one brand's drivers is worth: a dict like that of ``whatif.effect``.

    ``attributes``: brands x terms as they are now; ``change``: a dict from term to what is added for ``brand`` (``{"price":
    -0.1}``). The value is that of the model's matrix after less before, for the ``sample``'s customers, frequency and
    money per purchase. The interval joins the doubt of the coefficients and that of the sample, taken as independent.
    Raises ValueError when the brands of the fit are not those of the sample.
    """
    if tuple(fit.brands) != tuple(sample.names):
        raise ValueError(
            f"the choice model knows {', '.join(fit.brands)}, the matrix {', '.join(sample.names)}: learn both for the same "
            "brands, without a lapsed state"
        )
    place = whatif.position(sample.names, brand)
    after = np.array(attributes, dtype=float)
    for term, step in change.items():
        after[place, fit.terms.index(term)] += step

    def gain(model, beta):
        worth = [
            clv.per_customer(model._replace(matrix=choice.matrix(fit, x, beta)), terms)[place]
            for x in (after, attributes)
        ]
        return np.array([worth[0] - worth[1]]) * terms.population

    found = switching.interval(sample, lambda model: gain(model, fit.coefficients), level).iloc[0]
    slope = clustered.jacobian(lambda beta: gain(switching.model(sample), beta), fit.coefficients)[:, 0]
    error = float(np.sqrt(found["error"] ** 2 + slope @ fit.covariance @ slope))
    half = float(clustered.quantile(found["degrees"], level)) * error
    value = float(found["value"])
    gains = {"gain": value, "gain_low": value - half, "gain_high": value + half}
    return gains | whatif.returns(gains, cost) | {"cost": float(cost)}


def actions(sample, found, brand, terms, price_cut=0.1, promoted_more=0.1, level=0.95):
    """What price and promotion of one brand would do: a pandas frame, empty where they cannot be learned.

    ``found``: the :func:`choices` of the panel, or None. Columns ``action`` (``price`` or ``promotion``), ``step`` (what
    changes, as a share), ``coefficient`` with ``coefficient_low`` and ``coefficient_high``, and those of :func:`effect`.
    The price falls by ``price_cut`` of its mean at an unchanged margin per purchase, so the gain is before what it costs.
    """
    columns = ["action", "step", "coefficient", "coefficient_low", "coefficient_high", "gain", "gain_low", "gain_high"]
    if found is None or tuple(found.brands) != tuple(sample.names) or brand not in found.brands:
        return pd.DataFrame(columns=columns)
    fit, now, place = choice.learn(found), ordinary(found), found.brands.index(brand)
    known, rows = choice.table(fit, level).set_index("term"), []
    for action, term, step in (("price", PRICE, -price_cut), ("promotion", PROMOTED, promoted_more)):
        if term in fit.terms:
            much = step * now[place, fit.terms.index(term)] if term == PRICE else step
            told = effect(sample, fit, now, brand, terms, {term: float(much)}, level=level)
            row = known.loc[term]
            rows.append((action, step, row["coefficient"], row["low"], row["high"], *(told[c] for c in columns[-3:])))
    return pd.DataFrame(rows, columns=columns)
