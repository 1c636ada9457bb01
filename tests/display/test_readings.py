"""Sentences follow from the figures: other figures, other sentences."""

import datetime

import pandas as pd

from crm_analysis.display import readings

TOTALS = {"customers": 100, "buyers": 100, "orders": 300, "revenue": 9000.0, "returns": 10.0}


FINDINGS = pd.DataFrame(
    [("Rows dropped", 0, 0.0, "Mend it"), ("Lines far above the usual amount", 50, 0.5, "Check them"),
     ("Customers not seen for long", 10, 0.1, "Leave them out")],
    columns=["finding", "number", "share", "advice"],
)  # fmt: skip


def said(best=0.8, repeat=0.4, growth=0.1, kept=0.2, first=5, findings=FINDINGS, **totals):
    tops = pd.DataFrame({"top_share": [0.1, 0.2], "revenue_share": [0.5, best]})
    months = pd.DataFrame({"month": [datetime.date(2025, 1, 1)], "new_customers": [first]})
    return readings.customer_base(TOTALS | totals, months, repeat, tops, growth, kept, findings, "EUR")


def base(**figures):
    return repr(said(**figures))


def test_the_80_20_rule_is_tested_not_asserted():
    assert "close to the 80/20 rule" in base(best=0.80)
    assert "less concentrated than the 80/20 rule" in base(best=0.55)
    assert "more concentrated than the 80/20 rule" in base(best=0.93)


def test_the_lever_follows_from_the_repeat_rate():
    assert "the second order is where most customers are lost" in base(repeat=0.4)
    assert "most buyers return" in base(repeat=0.9)


def test_what_is_not_observed_is_not_said():
    assert "12 months before" not in base(growth=None)
    assert "twelfth month" not in base(kept=None)
    assert "lower than in the 12 months before" in base(growth=-0.1)
    assert "no returns among them" in base(returns=0.0)


def test_the_most_pressing_step_comes_first():
    ends = [step.split(":")[0] for step in said(repeat=0.9).steps]
    assert ends == ["Know the best customers by name"]
    pressing = FINDINGS.assign(number=[300, 50, 40], share=[0.03, 0.5, 0.4])
    steps = said(repeat=0.3, growth=-0.2, findings=pressing).steps
    assert [step.split(":")[0].split(" (")[0] for step in steps] == [
        "Mend the data first", "Find out why revenue fell", "Win the second order", "Decide about 40 customers",
        "Know the best customers by name",
    ]  # fmt: skip
    assert steps[0] == "Mend the data first: Rows dropped, 300 (3.0\xa0%). Mend it."


def test_a_log_that_begins_with_the_old_base_says_so():
    assert "the old base" in base(first=80)
    assert "the old base" not in base(first=5)


def segments(**customers):
    frame = pd.DataFrame({"segment": ["Champions", "At risk", "Cannot lose them", "Hibernating"]})
    frame["customers"] = [customers.get(s.split()[0], 10) for s in frame["segment"]]
    frame["revenue"] = [500.0, 100.0, 50.0, 10.0]
    frame["customer_share"] = frame["customers"] / frame["customers"].sum()
    frame["revenue_share"] = frame["revenue"] / frame["revenue"].sum()
    frame["mean_recency_days"] = [5.0, 100.0, 200.0, 300.0]
    frame["advice"] = "Reward them"
    return frame


GROUPS = pd.DataFrame(
    {
        "dimension": ["frequency"] * 5,
        "score": range(1, 6),
        "customers": [60, 0, 10, 15, 15],
        "customer_share": [0.6, 0, 0.1, 0.15, 0.15],
    }
)


def test_who_is_at_risk_is_told_with_days_and_money():
    said = repr(readings.rfm(segments(At=30, Cannot=10), GROUPS, "EUR"))
    assert "40 customers used to buy often but not lately: their last order is 125 days back" in said
    assert "EUR\xa0150 so far, 22.7\xa0% of all revenue" in said
    assert "used to buy" not in repr(readings.rfm(segments(At=0, Cannot=0), GROUPS))


def test_ties_are_told_only_where_they_bite():
    assert "60.0\xa0% of the customers share one frequency score" in repr(readings.rfm(segments(), GROUPS))
    even = GROUPS.assign(customers=20, customer_share=0.2)
    assert "unequal size" not in repr(readings.rfm(segments(), even))
