"""RFM: recency, frequency and monetary scores with learned cut points, and segments as a table of rules.

``learn`` finds the cut points once, ``score`` applies them to every customer by comparison alone, so that equal
customers always get equal scores, and next month can be scored with this month's profile.

Sources: Hughes, *Strategic Database Marketing* (independent and nested fifths); Miglautsch (2000), Journal of Database
Marketing 8(1) (behaviour quintiles, repeated means). Ties are kept together instead of being split to force groups of
equal size, so the sizes of the groups are reported and never forced; ``rfm_exact`` splits them as Hughes did.
"""

from typing import NamedTuple

import narwhals as nw

from crm_analysis.data.errors import WrongParameter
from crm_analysis.methods import rfm_cuts, rfm_maps

DIMENSIONS = ("recency", "frequency", "monetary")
SCORES = ("r_score", "f_score", "m_score")
CUTS = ("quantile", "behaviour", "mean", "jenks", "rfm-compatible")
MOST_LEVELS = 10  # of one dimension: a map of more would be a map of anecdotes
TIES = ("lower", "upper")


class Profile(NamedTuple):
    """What RFM learned: ascending cut points per dimension (days, orders or the like, money) and their columns.

    ``ties`` says where a value equal to a cut point belongs: ``lower`` to the interval below it (closed on the right),
    ``upper`` to the one above. Recency runs the other way: few days are a high score. When ``nested``,
    ``frequency_cuts`` holds one tuple per recency score and ``monetary_cuts`` one tuple per recency score of one per
    frequency score, all from score 1 up. ``weights`` make the composite ``rfm_score``.
    """

    recency_cuts: tuple
    frequency_cuts: tuple
    monetary_cuts: tuple
    recency: str = "recency_days"
    frequency: str = "orders"
    monetary: str = "revenue"
    nested: bool = False
    ties: str = "lower"
    weights: tuple = (1, 1, 1)

    @property
    def levels(self):
        """Number of scores per dimension."""
        f, m = self.frequency_cuts, self.monetary_cuts
        return tuple(
            len(cuts) + 1 for cuts in (self.recency_cuts, f[0] if self.nested else f, m[0][0] if self.nested else m)
        )


def learn(
    customers, levels=(5, 5, 5), frequency="orders", monetary="revenue", cuts="quantile", nested=False, ties="lower",
    weights=(1, 1, 1),
):  # fmt: skip
    """Cut points of the three dimensions: a :class:`Profile`.

    ``customers`` is any frame with one row per customer and the columns ``recency_days`` and those named by
    ``frequency`` and ``monetary``. ``levels``: for R, F and M a number of levels, or ascending shares (0-1) that are
    the percentiles to cut at. ``cuts``: how, one word for all or one each for R, F and M, or a tuple of cut points in
    place of a word, which then decides the number of levels:

    * ``quantile``: equal shares of the customers (type 7);
    * ``behaviour``: equal shares of the sum, so few customers score high (recency, which has no sum: quantile);
    * ``mean``: repeated means (recency: quantile); * ``jenks``: natural breaks;
    * ``rfm-compatible``: type 7 quantiles + 1, equal values above, as the R package rfm has it. For whole numbers only:
      the + 1 depends on the unit of money.

    ``nested``: frequency is cut inside each recency score and money inside each of their cells (quantile only); an
    F of 5 then means "among people of the same R" and compares with no other R. ``weights``: of R, F, M in
    ``rfm_score``. Raises ValueError when there is no customer, a column is missing or a parameter makes no sense.
    """
    ways, levels = _asked(levels, cuts, nested, ties, weights)
    columns = ("recency_days", frequency, monetary)
    _refuse_absent(customers, columns)
    if ways[0] == "rfm-compatible":
        found = [tuple(round(c + 1, rfm_cuts.DECIMALS) for c in way) for way in _quantiles(customers, columns, levels)]
        return Profile(*found, *columns, False, "upper", weights)
    plain = _quantiles(customers, columns, levels)
    if nested:
        return _nested(customers, columns, levels, plain)._replace(ties=ties, weights=weights)
    found = [
        _cut(customers, column, shares, way, quantiles)
        for column, shares, way, quantiles in zip(columns, levels, ways, plain, strict=True)
    ]
    return Profile(*found, *columns, False, ties, weights)


def cuts(text):
    """How to cut, from a parameter's text: a word of ``CUTS`` for all, or three parts for R, F and M between slashes, each a
    word or cut points of your own.

    >>> cuts("jenks"), cuts("30, 90, 365 / mean / 100, 500")
    ('jenks', ((30.0, 90.0, 365.0), 'mean', (100.0, 500.0)))
    """
    parts = [part.strip() for part in text.split("/")]
    if len(parts) == 1:
        return parts[0]
    return tuple(rfm_cuts.parsed(part, "cuts") if part[:1].isdigit() else part for part in parts)


def levels(asked):
    """Levels from a parameter, a number or text: one part for all, or three for R, F and M between slashes, each a number of levels or
    ascending shares (0-1) of the customers to cut at. Raises ValueError for anything else, and for more than 10 levels.

    >>> levels(5), levels("5 / 4 / 0.5, 0.9")
    ((5, 5, 5), (5, 4, (0.5, 0.9)))
    """
    parts = [rfm_cuts.parsed(part, "levels") for part in str(asked).split("/")]
    if len(parts) not in (1, 3) or any(len(part) == 1 and part[0] >= 1 and part[0] % 1 for part in parts):
        raise WrongParameter(f"levels are one number of them, or three such as 5/4/3, not {asked!r}")
    if max(part[0] if len(part) == 1 else len(part) + 1 for part in parts) > MOST_LEVELS:
        raise WrongParameter(f"levels are at most {MOST_LEVELS} each, not {asked}")
    found = tuple(int(part[0]) if len(part) == 1 and part[0] >= 1 else part for part in parts)
    return found * 3 if len(found) == 1 else found


def weights(text):
    """Weights of R, F and M from a parameter's text.

    >>> weights("5, 3, 2"), weights("1, 0.5, 0")
    ((5, 3, 2), (1, 0.5, 0))
    """
    return tuple(int(w) if w % 1 == 0 else w for w in rfm_cuts.parsed(text, "weights"))


def score(customers, profile, segment_map=rfm_maps.DEFAULT):
    """The customer table with ``r_score``, ``f_score``, ``m_score`` (1 = worst), ``rfm_score`` (their weighted sum) and
    ``segment`` added, lazily. A missing value scores 1.

    >>> import pandas as pd
    >>> base = pd.DataFrame({"recency_days": [3, 40, 40, 400], "orders": [9, 2, 2, 1],
    ...                      "revenue": [500.0, 60.0, 60.0, 20.0]})
    >>> score(base, learn(base, levels=(2, 2, 2)))[["r_score", "f_score", "m_score"]].values.tolist()
    [[2, 2, 2], [2, 1, 1], [2, 1, 1], [1, 1, 1]]
    """
    r = nw.lit(profile.levels[0] + 1) - _rank(profile.recency, profile.recency_cuts, profile.ties)
    frame = nw.from_native(customers).with_columns(
        r_score=nw.when(~nw.col(profile.recency).is_null()).then(r).otherwise(1)
    )
    f, m = profile.frequency_cuts, profile.monetary_cuts
    if profile.nested:
        frame = frame.with_columns(f_score=_chosen("r_score", [_rank(profile.frequency, c, profile.ties) for c in f]))
        inner = [_chosen("f_score", [_rank(profile.monetary, c, profile.ties) for c in row]) for row in m]
        frame = frame.with_columns(m_score=_chosen("r_score", inner))
    else:
        frame = frame.with_columns(
            f_score=_rank(profile.frequency, f, profile.ties), m_score=_rank(profile.monetary, m, profile.ties)
        )
    parts = (nw.col(s) * w for s, w in zip(SCORES, profile.weights, strict=True) if w)
    frame = frame.with_columns(rfm_score=nw.sum_horizontal(*parts))
    return frame.with_columns(segment=rfm_maps.segment(segment_map, profile.levels)).to_native()


def listed(scored, profile):
    """Every customer of :func:`score` in one list, the best scores first, lazily: ``customer_id``, ``segment``, the scores and
    what they rest on.
    """
    columns = ["customer_id", "segment", *SCORES, "rfm_score", profile.recency, profile.frequency, profile.monetary]
    frame = nw.from_native(scored).sort("rfm_score", "customer_id", descending=[True, False])
    return frame.select(list(dict.fromkeys(columns))).to_native()


def _rank(column, cuts, ties):
    """1 + the number of cut points passed: ties can never be parted."""
    value = nw.col(column)
    passed = [value > cut if ties == "lower" else value >= cut for cut in cuts]
    return nw.sum_horizontal(nw.lit(1), *(nw.when(p).then(1).otherwise(0) for p in passed))


def _chosen(column, expressions):
    """The expression that belongs to the value of ``column``: the first for 1, the second for 2, ..."""
    result = expressions[0]
    for at, expression in enumerate(expressions[1:], start=2):
        result = nw.when(nw.col(column) == at).then(expression).otherwise(result)
    return result


def _cut(customers, column, shares, way, quantiles):
    if isinstance(way, tuple):
        return way
    if way == "jenks":
        return rfm_cuts.jenks(rfm_cuts.column(customers, column), len(shares) + 1)
    if column != "recency_days" and way == "behaviour":
        return rfm_cuts.behaviour(rfm_cuts.column(customers, column), shares)
    if column != "recency_days" and way == "mean":
        return rfm_cuts.mean_method(customers, column, len(shares) + 1)
    return quantiles


def _quantiles(customers, columns, levels):
    found = iter(
        rfm_cuts.quantile(customers, [(c, s) for c, shares in zip(columns, levels, strict=True) for s in shares])
    )
    cuts = [tuple(next(found) for _ in shares) for shares in levels]
    if any(cut is None for way in cuts for cut in way):
        raise ValueError("no customers: RFM cut points cannot be learned from an empty table")
    return cuts


def _nested(customers, columns, levels, plain):
    """Frequency cuts per recency score, money cuts per cell; an empty cell takes the cuts of its recency score."""
    (r_cuts, f_plain, m_plain), (_, f_shares, m_shares) = plain, levels
    top = len(r_cuts) + 1
    scored = score(customers, Profile(*plain, *columns))
    r_is = [nw.col("r_score") == r for r in range(1, top + 1)]
    frequency = [nw.when(cell).then(nw.col(columns[1])) for cell in r_is]
    money = [nw.when(cell).then(nw.col(columns[2])) for cell in r_is]
    f_found = _by_cell(scored, frequency, f_shares, [f_plain] * top)
    m_of_r = _by_cell(scored, money, m_shares, [m_plain] * top)
    inner = score(customers, Profile(r_cuts, f_found, tuple(((),) * (len(f_plain) + 1) for _ in r_is), *columns, True))
    cells = [(r, f) for r in range(1, top + 1) for f in range(1, len(f_plain) + 2)]
    money = [nw.when((nw.col("r_score") == r) & (nw.col("f_score") == f)).then(nw.col(columns[2])) for r, f in cells]
    m_found = _by_cell(inner, money, m_shares, [m_of_r[r - 1] for r, _ in cells])
    width = len(f_plain) + 1
    m_cuts = tuple(m_found[i : i + width] for i in range(0, len(m_found), width))
    return Profile(r_cuts, f_found, m_cuts, *columns, True)


def _by_cell(scored, expressions, shares, otherwise):
    found = iter(rfm_cuts.quantile(scored, [(e, s) for e in expressions for s in shares]))
    cells = [tuple(next(found) for _ in shares) for _ in expressions]
    return tuple(plain if None in cell else cell for cell, plain in zip(cells, otherwise, strict=True))


def _asked(levels, cuts, nested, ties, weights):
    """The way to cut per dimension (a word or a tuple of cut points) and the shares; checked."""
    ways = (cuts,) * 3 if isinstance(cuts, str) or cuts is None else tuple(cuts)
    if len(ways) != 3 or len(levels) != 3 or len(weights) != 3:
        raise ValueError("levels, cuts and weights are given for recency, frequency and monetary: three each")
    ways = tuple(tuple(float(c) for c in way) if not isinstance(way, str) else way for way in ways)
    for way in ways:
        if isinstance(way, str) and way not in CUTS:
            raise WrongParameter(f"cuts must be one of {', '.join(CUTS)}, or a tuple of cut points, not {way!r}")
        if isinstance(way, tuple) and (not way or any(a >= b for a, b in zip(way, way[1:], strict=False))):
            raise WrongParameter(f"cut points must ascend, with at least one of them, not {way}")
    if "rfm-compatible" in ways and set(ways) != {"rfm-compatible"}:
        raise WrongParameter("rfm-compatible cuts are for all three dimensions or none: they decide the ties as well")
    if nested and set(ways) != {"quantile"}:
        raise WrongParameter("nested scores are cut by quantile only")
    if ties not in TIES:
        raise ValueError(f"ties must be one of {', '.join(TIES)}, not {ties!r}")
    if min(weights) < 0 or max(weights) <= 0:
        raise WrongParameter(f"weights must not be negative, and one must be above 0, not {tuple(weights)}")
    return ways, [_shares(asked) for asked in levels]


def _shares(asked):
    if isinstance(asked, int):
        if asked < 2:
            raise WrongParameter(f"levels must be at least 2 each, not {asked}")
        return rfm_cuts.even(asked)
    shares = tuple(float(s) for s in asked)
    if not shares or not all(0 < a < b for a, b in zip((0.0, *shares)[1:], (*shares[1:], 1.0), strict=True)):
        raise WrongParameter(f"shares to cut at must ascend strictly between 0 and 1, not {shares}")
    return shares


def _refuse_absent(customers, columns):
    have = nw.from_native(customers).collect_schema().names()
    absent = [c for c in columns if c not in have]
    if absent:
        raise WrongParameter(
            f"the customer table has no column {', '.join(absent)}: choose one of its columns, or add to the "
            "transactions what it is made of (orders: order_id; margin: cost)"
        )
