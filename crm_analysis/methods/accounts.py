"""A watch list of key accounts: signs of decline, what is at stake, what to do, and when contact is due."""

import narwhals as nw
import pandas as pd

from crm_analysis.data import frames

# The first row whose signs are all there is the advice; "-" means that the sign does not matter.
ACTIONS = pd.DataFrame(
    [
        ("Yes", "-", "-", "-", "Settle the complaint first, then call in person"),
        ("-", "Yes", "Yes", "-", "Visit: ask what has changed and who else supplies them"),
        ("-", "Yes", "-", "-", "Call: the usual order is overdue"),
        ("-", "-", "Yes", "Yes", "Review the account: which categories went where?"),
        ("-", "-", "Yes", "-", "Review the account: why do they spend less?"),
        ("-", "-", "-", "Yes", "Offer the categories that fell away"),
        ("-", "-", "-", "-", "Keep the rhythm of contact"),
    ],
    columns=["complaint_open", "order_overdue", "spending_falls", "range_narrows", "advice"],
)
SIGNS = ("complaint_open", "order_overdue", "spending_falls", "range_narrows")
YES, NO = "Yes", "No"
OVERDUE, FALLS, NARROWS = 2.0, -0.3, 0.67


def rhythm(customers):
    """The customer table with ``usual_gap_days`` (mean days between purchase days, from three of them on, else missing) and
    ``gap_ratio`` (days since the last order / usual gap), lazily.

    >>> base = pd.DataFrame({"first_order_day": [0, 0], "last_order_day": [60, 9], "purchase_days": [4, 2],
    ...                      "recency_days": [50, 5]})
    >>> rhythm(base)[["usual_gap_days", "gap_ratio"]].values.tolist()
    [[20.0, 2.5], [nan, nan]]
    """
    span, gaps = nw.col("last_order_day") - nw.col("first_order_day"), nw.col("purchase_days") - 1
    frame = nw.from_native(customers).with_columns(usual_gap_days=nw.when(gaps >= 2).then(span / gaps))
    return frame.with_columns(gap_ratio=nw.col("recency_days") / nw.col("usual_gap_days")).to_native()


def key(customers, scored, before=None):
    """The customer table of the accounts to watch, lazily: the first tier now, or on the earlier day.

    ``customers``: of the whole log; ``scored`` and ``before``: the tables of ``pyramid.score`` now and then. Adds ``tier`` (whoever
    has none now keeps that of then: that is the decline one would miss) and ``revenue_at_stake``, the larger of the
    revenues now and then.
    """
    now = nw.from_native(scored).select("customer_id", "tier_rank", now_=nw.col("tier"), gain_=nw.col("revenue"))
    first = now.filter(nw.col("tier_rank") == 1).select("customer_id")
    if before is None:
        then = now.select("customer_id", "tier_rank", then_=nw.col("now_"), was_=nw.col("gain_"))
    else:
        then = nw.from_native(before).select("customer_id", "tier_rank", then_=nw.col("tier"), was_=nw.col("revenue"))
        first = nw.concat([first, then.filter(nw.col("tier_rank") == 1).select("customer_id")]).unique()
    chosen = first.join(now.drop("tier_rank"), on="customer_id", how="left")
    chosen = chosen.join(then.drop("tier_rank"), on="customer_id", how="left")
    gain, was = nw.col("gain_").fill_null(0.0), nw.col("was_").fill_null(0.0)
    chosen = chosen.select(
        "customer_id",
        tier=nw.coalesce("now_", "then_"),
        revenue_at_stake=nw.when(gain > was).then(gain).otherwise(was),
    )
    return nw.from_native(customers).join(chosen, on="customer_id", how="inner").to_native()


def watch(
    key, trends, playbook, as_of, service=None, contacts=None, overdue=OVERDUE, falls=FALLS, narrows=NARROWS
):  # fmt: skip
    """The key accounts with their signs of decline: a pandas frame, most signs first, then the most at stake.

    ``key``: the table of :func:`key`; ``trends``: ``trend.windows``; ``playbook``: the
    table of ``playbook.table``; ``service`` and ``contacts`` as in the contract, None when there are none.

    Columns ``customer_id``, ``tier``; ``revenue_at_stake``; the signs, Yes or No:
    ``complaint_open`` (not resolved at ``as_of``), ``order_overdue`` (the gap since the last order is at least ``overdue`` times
    the own usual gap), ``spending_falls`` (trend at most ``falls``), ``range_narrows`` (categories bought down to ``narrows`` of those
    of the window before, or less); ``signs`` (their number); ``recency_days``, ``usual_gap_days``, ``trend``; ``advice``;
    ``due_on`` (date: the last contact or order plus the tier's rhythm; ``as_of`` when that is past or a sign is there).
    A sign that the data cannot show is "No".
    """
    today = frames.day_number(as_of)
    frame = nw.from_native(rhythm(key)).select(
        "customer_id", "tier", "revenue_at_stake", "last_order_day", "recency_days", "usual_gap_days", "gap_ratio"
    )
    table = frames.to_pandas(frame.join(nw.from_native(trends), on="customer_id", how="left"))
    complaints = _open(service, today) if service is not None else set()
    signs = {
        "complaint_open": table["customer_id"].isin(complaints),
        "order_overdue": table["gap_ratio"] >= overdue,
        "spending_falls": table["trend"] <= falls,
        "range_narrows": _narrowed(table, narrows),
    }
    flags = pd.DataFrame(signs, index=table.index)
    table["signs"] = flags.sum(axis=1).astype(int)
    table = table.assign(**{c: flags[c].map({True: YES, False: NO}) for c in SIGNS})
    table["advice"] = _advice(table)
    rhythm_days = table["tier"].map(playbook.set_index("tier")["contact_every_days"]).fillna(365)
    touched = table["last_order_day"]
    if contacts is not None:
        last = _last_contact(contacts, today)
        touched = pd.concat([touched, table["customer_id"].map(last)], axis=1).max(axis=1)
    due = (touched + rhythm_days).where(table["signs"] == 0, today).clip(lower=today)
    days = {d: frames.day(d) for d in due.unique()}
    table["due_on"] = [days[d] for d in due]
    columns = ["customer_id", "tier", "revenue_at_stake", *SIGNS, "signs", "recency_days", "usual_gap_days", "trend"]
    table = table[[*columns, "advice", "due_on"]].round({"usual_gap_days": 1, "trend": 4})
    order = ["signs", "revenue_at_stake", "customer_id"]
    return table.sort_values(order, ascending=[False, False, True]).reset_index(drop=True)


def totals(watched):
    """The watch list in figures, a dict: ``accounts``, ``declining`` (with a sign), ``at_stake`` (their revenue)."""
    declining = watched[watched["signs"] > 0]
    return {
        "accounts": len(watched),
        "declining": len(declining),
        "at_stake": float(declining["revenue_at_stake"].sum()),
    }


def summary(watched):
    """One row per piece of advice that occurs, the most at stake first: ``advice``, ``customers``, ``revenue_at_stake``."""
    found = watched.groupby("advice").agg(
        customers=("customer_id", "size"), revenue_at_stake=("revenue_at_stake", "sum")
    )
    return found.sort_values("revenue_at_stake", ascending=False, kind="stable").reset_index()


def _narrowed(table, narrows):
    if "recent_categories" not in table:
        return pd.Series(False, index=table.index)
    fewer = table["recent_categories"] <= narrows * table["earlier_categories"]
    return fewer & (table["earlier_categories"] > 0)


def _open(service, today):
    """Ids of customers with a complaint opened by then and not resolved by then."""
    frame = nw.from_native(service)
    here = nw.col("opened_day") <= today
    if "resolved_day" in frame.collect_schema().names():
        here = here & (nw.col("resolved_day").is_null() | (nw.col("resolved_day") > today))
    return set(frames.to_pandas(frame.filter(here).select("customer_id"))["customer_id"])


def _last_contact(contacts, today):
    """Day of the last contact of each customer who was contacted."""
    made = nw.from_native(contacts).filter(nw.col("treated"), nw.col("contacted_day") <= today)
    found = frames.to_pandas(made.group_by("customer_id").agg(last=nw.col("contacted_day").max()))
    return found.set_index("customer_id")["last"]


def _advice(table):
    found = {}
    for row in table[list(SIGNS)].drop_duplicates().itertuples(index=False):
        fits = (r.advice for r in ACTIONS.itertuples() if all(getattr(r, s) in ("-", getattr(row, s)) for s in SIGNS))
        found[tuple(row)] = next(fits)
    return [found[signs] for signs in zip(*(table[s] for s in SIGNS), strict=True)]
