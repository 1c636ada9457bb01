"""Who moved between two dates: segments or tiers of the same customers, scored twice by the same profile.

``classes`` are the names from best to worst; the order decides what is up and what is down.
"""

import datetime

import narwhals as nw

from crm_analysis.data import frames
from crm_analysis.data.errors import WrongParameter

NEW, GONE = "New", "Gone"
UP, DOWN, SAME = "Up", "Down", "Same"
DIRECTIONS = (UP, DOWN, SAME, NEW, GONE)


def earlier_day(as_of, compare_with=""):
    """The day to compare with, a date: ``compare_with`` (ISO text), or one year before ``as_of`` when it is empty.

    Raises ValueError when it is no date or not before ``as_of``.

    >>> earlier_day(datetime.date(2026, 7, 1))
    datetime.date(2025, 7, 1)
    """
    if not compare_with:
        return as_of - datetime.timedelta(days=365)
    try:
        day = datetime.date.fromisoformat(compare_with)
    except ValueError:
        raise WrongParameter(f"compare_with is {compare_with!r}, not a day such as 2025-12-31") from None
    if day >= as_of:
        raise WrongParameter(f"compare_with is {day}, which is not before the day of the report, {as_of}")
    return day


def covered(customers, earlier, window_days=0):
    """Whether the log reaches back far enough for a window that ends on ``earlier``; ``customers``: of the whole log.

    If it does not, customers seem to have risen since who were only not seen before.

    >>> import pandas as pd
    >>> base = pd.DataFrame({"first_order_day": [100, 400]})
    >>> covered(base, "1971-01-01", 200), covered(base, "1971-01-01", 300)
    (True, False)
    """
    first = frames.to_pandas(nw.from_native(customers).select(nw.col("first_order_day").min())).iloc[0, 0]
    return bool(first <= frames.day_number(earlier) - max(window_days - 1, 0))


def moves(before, after, column, classes):
    """One row per customer of either table, lazily: ``customer_id``, ``before``, ``after``, ``direction``.

    ``before`` and ``after`` are two scored customer tables of the same kind with the class in ``column``. Whoever is in
    only one of them is ``New`` before or ``Gone`` after. ``direction`` is one of ``DIRECTIONS``.
    """
    then = nw.from_native(before).select("customer_id", before=nw.col(column))
    now = nw.from_native(after).select("customer_id", after=nw.col(column))
    stayed = now.join(then, on="customer_id", how="left").with_columns(
        before=nw.when(nw.col("before").is_null()).then(nw.lit(NEW)).otherwise(nw.col("before"))
    )
    left = then.join(now, on="customer_id", how="anti").with_columns(after=nw.lit(GONE))
    columns = ["customer_id", "before", "after"]
    pairs = nw.concat([stayed.select(columns), left.select(columns)])
    was, became = _place("before", classes), _place("after", classes)
    direction = nw.when(nw.col("after") == GONE).then(nw.lit(GONE)).otherwise(nw.lit(SAME))
    direction = nw.when(nw.col("before") == NEW).then(nw.lit(NEW)).otherwise(direction)
    known = (was > 0) & (became > 0)
    direction = nw.when(known & (became < was)).then(nw.lit(UP)).otherwise(direction)
    direction = nw.when(known & (became > was)).then(nw.lit(DOWN)).otherwise(direction)
    return pairs.with_columns(direction=direction).to_native()


def counts(moved):
    """Customers per pair: ``before``, ``after``, ``direction``, ``customers``; a pandas frame, largest first."""
    found = frames.to_pandas(nw.from_native(moved).group_by("before", "after", "direction").agg(customers=nw.len()))
    found["customers"] = found["customers"].astype(int)
    return found.sort_values(["customers", "before", "after"], ascending=[False, True, True]).reset_index(drop=True)


def matrix(counted, classes):
    """Customers from each class (rows) to each class (columns), 0 where nobody moved that way.

    ``counted`` is the table of :func:`counts`. A first row ``New`` and a last column ``Gone`` stand where there are
    such customers. Row and column totals are the class sizes at the two dates.

    >>> import pandas as pd
    >>> found = pd.DataFrame({"before": ["A", "A", "New"], "after": ["A", "B", "B"], "customers": [5, 2, 1]})
    >>> matrix(found, ["A", "B"]).to_numpy().tolist()
    [[0, 1], [5, 2], [0, 0]]
    """
    seen_before, seen_after = set(counted["before"]), set(counted["after"])
    classes = [*classes, *sorted((seen_before | seen_after) - set(classes) - {NEW, GONE})]
    rows = [*([NEW] if NEW in seen_before else []), *classes]
    columns = [*classes, *([GONE] if GONE in seen_after else [])]
    table = counted.pivot_table(index="before", columns="after", values="customers", aggfunc="sum", fill_value=0)
    table = table.reindex(index=rows, columns=columns).fillna(0).astype(int)
    return table.rename_axis(index="before", columns="after")


def totals(counted):
    """Customers by direction, a dict with every direction in it, in small letters.

    >>> import pandas as pd
    >>> totals(pd.DataFrame({"direction": ["Up", "Up", "Same"], "customers": [2, 1, 7]}))
    {'up': 3, 'down': 0, 'same': 7, 'new': 0, 'gone': 0}
    """
    found = counted.groupby("direction")["customers"].sum()
    return {direction.lower(): int(found.get(direction, 0)) for direction in DIRECTIONS}


def listed(moved, after, columns=(), directions=(DOWN, UP)):
    """The customers who moved, lazily: ``customer_id``, ``direction``, ``before``, ``after`` and ``columns`` of the later
    table.

    Ordered by direction as asked, then by ``before``, ``after`` and ``customer_id``: the same data give the same list.
    """
    found = nw.from_native(moved).filter(nw.col("direction").is_in(list(directions)))
    beside = nw.from_native(after).select("customer_id", *columns)
    found = found.join(beside, on="customer_id", how="left").with_columns(at_=_place("direction", directions))
    found = found.sort("at_", "before", "after", "customer_id")
    return found.select("customer_id", "direction", "before", "after", *columns).to_native()


def shares(table):
    """Each row of a matrix as shares of the row (0-1); a row without customers is missing."""
    sums = table.sum(axis=1)
    return table.div(sums.where(sums > 0), axis=0).astype(float)


def _place(column, classes):
    """1 for the best class, 2 for the next, 0 for what is no class."""
    expression = nw.lit(0)
    for at, name in enumerate(classes, start=1):
        expression = nw.when(nw.col(column) == name).then(nw.lit(at)).otherwise(expression)
    return expression
