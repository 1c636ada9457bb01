"""RFM levels of exactly equal size, ties parted by rule: Hughes' sort-and-count, and Stone's points.

Neither learns a profile: a rank says nothing about a customer who was not there. Use ``rfm`` unless group sizes must
be equal, for example to mail exactly a fifth.
"""

import narwhals as nw

from crm_analysis.data import frames

STONE_DAYS = ((91, 20), (183, 10), (274, 5), (365, 3), (730, 1))
"""Points for a last order within 3, 6, 9, 12 and 24 months."""


def scores(customers, levels=(5, 5, 5), frequency="orders", monetary="revenue", nested=False):
    """The customer table with ``r_score``, ``f_score``, ``m_score`` from ranks: ceil(levels x rank / n), rank 1 worst.

    Ties are parted by the other dimensions (recency by frequency and money, frequency by money and recency, money by
    recency and frequency) and at last by ``customer_id``, so equal customers may score differently. ``nested`` ranks
    frequency inside each recency score and money inside each cell of the two. Group sizes differ by at most one.

    Source: A. M. Hughes, *Strategic Database Marketing*.

    >>> import pandas as pd
    >>> base = pd.DataFrame({"customer_id": ["a", "b", "c", "d"], "recency_days": [1, 1, 9, 9],
    ...                      "orders": [1, 1, 1, 1], "revenue": [5.0, 4.0, 5.0, 4.0]})
    >>> scores(base, (2, 2, 2))[["r_score", "f_score", "m_score"]].values.tolist()
    [[2, 2, 2], [2, 1, 1], [1, 2, 2], [1, 1, 1]]
    """
    frame = nw.from_native(customers).with_columns(one_=nw.lit(1), newness_=-nw.col("recency_days"))
    plans = (
        ("r_score", ["newness_", frequency, monetary]),
        ("f_score", [frequency, monetary, "newness_"]),
        ("m_score", [monetary, "newness_", frequency]),
    )
    inside = []
    for (name, keys), n in zip(plans, levels, strict=True):
        rank = nw.col("one_").cum_sum().over(*inside, order_by=[*keys, "customer_id"])
        frame = frame.with_columns(rank_=rank)
        size = nw.col("one_").sum().over(*inside) if inside else nw.lit(_number(frame))
        # ceil(n rank / size) in whole numbers
        frame = frame.with_columns(size_=size).with_columns(
            ((nw.col("rank_") * n + nw.col("size_") - 1) // nw.col("size_")).cast(nw.Int64).alias(name)
        )
        inside = [*inside, name] if nested else []
    return frame.drop("one_", "newness_", "rank_", "size_").to_native()


def stone_points(customers, frequency="orders", monetary="revenue"):
    """Stone's points: ``r_points`` 20/10/5/3/1 for a last order within 3/6/9/12/24 months, ``f_points`` 4 per order up to
    20, ``m_points`` a tenth of the spending up to 20, and their sum ``stone_points`` (0-60).

    Source: B. Stone, *Successful Direct Marketing Methods*, as told by Miglautsch (2000). The tenth is of dollars: in
    another currency scale the money first.

    >>> import pandas as pd
    >>> base = pd.DataFrame({"recency_days": [60, 400], "orders": [2, 9], "revenue": [120.0, 900.0]})
    >>> stone_points(base)["stone_points"].tolist()
    [40.0, 41.0]
    """
    recency = nw.lit(0)
    for days, points in reversed(STONE_DAYS):
        recency = nw.when(nw.col("recency_days") <= days).then(nw.lit(points)).otherwise(recency)
    frame = nw.from_native(customers).with_columns(
        r_points=recency,
        f_points=_capped(nw.col(frequency) * 4),
        m_points=_capped(nw.col(monetary) * 0.1),
    )
    total = nw.col("r_points") + nw.col("f_points") + nw.col("m_points")
    return frame.with_columns(stone_points=total * 1.0).to_native()


def _capped(points):
    return nw.when(points > 20).then(nw.lit(20)).otherwise(nw.when(points < 0).then(nw.lit(0)).otherwise(points))


def _number(frame):
    return max(int(frames.to_pandas(frame.select(n=nw.len())).iloc[0, 0]), 1)
