"""Which level of relationship a segment deserves: Kotler's five, from the number of its customers and their margin.

Source: P. Kotler, *Marketing Management* (after Berry and Parasuraman 1991): basic, reactive, accountable, proactive,
partnership.
"""

import pandas as pd

from crm_analysis.data.errors import TooLittle

# rows: how many customers; columns: how large the margin. "Basic or reactive" in the book is read as basic.
LEVELS = pd.DataFrame(
    {
        "High": {"Many": "Accountable", "Medium": "Proactive", "Few": "Partnership"},
        "Middle": {"Many": "Reactive", "Medium": "Accountable", "Few": "Proactive"},
        "Low": {"Many": "Basic", "Medium": "Reactive", "Few": "Accountable"},
    }
)
MEANING = {
    "Basic": "Sell; no further contact",
    "Reactive": "Sell and invite questions and complaints",
    "Accountable": "Call soon after the sale: is everything as expected?",
    "Proactive": "Call from time to time with hints and new uses",
    "Partnership": "Work together all the time on better results",
}


def levels(table, margin="value_per_customer", many=0.3, few=0.05, high=2.0, low=0.5):
    """The table of segments or tiers with ``size``, ``margin_size``, ``level`` and ``meaning`` of the relationship added.

    ``table`` needs ``customers`` and the column named by ``margin``: what one customer of the segment brings (money).
    *Many*: at least the share ``many`` of all customers; *few*: at most ``few``. *High*: at least ``high`` times the mean over
    all customers; *low*: below ``low`` times it. Segments without customers are left out. Raises ValueError when the
    mean is not positive, for there is nothing to compare with.

    >>> tiers = pd.DataFrame({"customers": [1, 19, 80], "value_per_customer": [900.0, 90.0, 4.0]})
    >>> levels(tiers)["level"].tolist()
    ['Partnership', 'Proactive', 'Basic']
    """
    table = table[table["customers"] > 0]
    total = table["customers"].sum()
    mean = float((table["customers"] * table[margin]).sum() / total) if total else 0.0
    if not mean > 0:
        raise TooLittle(
            f"the mean {margin} over {int(total)} customers is not positive: margins cannot be called high or low"
        )
    if not (0 <= few < many <= 1 and 0 <= low < high):
        raise ValueError(f"few ({few}) must be below many ({many}), both 0-1, and low ({low}) below high ({high})")
    share = table["customers"] / total
    size = ["Many" if s >= many else "Few" if s <= few else "Medium" for s in share]
    margin_size = ["High" if m >= high * mean else "Low" if m < low * mean else "Middle" for m in table[margin]]
    level = [LEVELS.loc[n, m] for n, m in zip(size, margin_size, strict=True)]
    return table.assign(
        size=size, margin_size=margin_size, level=level, meaning=[MEANING[each] for each in level]
    ).reset_index(drop=True)
