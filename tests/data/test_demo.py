"""The demo company: it keeps the contract, it can be made again byte for byte, and its planted facts are there."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crm_analysis.data.demo import company as demo
from crm_analysis.data.tables import DETERMINANTS, TABLES, columns

DATA = Path(__file__).parents[2] / "data"
DEVOTED, REGULAR, BARGAIN, OCCASIONAL, ONE_TIMER = range(5)


@pytest.fixture(scope="module")
def tables():
    return {name: pd.read_csv(DATA / "demo" / f"{name}.csv", dtype=str, keep_default_na=False) for name in TABLES}


@pytest.fixture(scope="module")
def truth():
    return json.loads((DATA / "demo" / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def segment(tables, truth):
    return pd.Series(truth["customers"]["segment"], index=tables["customers"]["customer_id"])


@pytest.fixture(scope="module")
def orders(tables):
    """One row per order, returns left out: customer_id, day, amount."""
    lines = tables["transactions"]
    lines = lines[~lines["order_id"].str.endswith("-R")]
    lines = lines.assign(day=pd.to_datetime(lines["order_date"]), amount=lines["amount"].astype(float))
    return lines.groupby("order_id").agg(
        customer_id=("customer_id", "first"), day=("day", "first"), amount=("amount", "sum")
    )


@pytest.fixture(scope="module")
def contribution(tables):
    """Margin less all costs by customer, in euros."""
    lines, costs = tables["transactions"], tables["costs"]
    margin = (lines["amount"].astype(float) - lines["cost"].astype(float)).groupby(lines["customer_id"]).sum()
    spent = costs[["acquire", "sell", "serve"]].astype(float).sum(axis=1).groupby(costs["customer_id"]).sum()
    return margin - spent


def _hours(cases, column):
    opened, done = pd.to_datetime(cases["opened_at"]), pd.to_datetime(cases[column], errors="coerce")
    return (done - opened).dt.total_seconds() / 3600


def test_the_dictionary_names_every_table_and_column_and_whether_it_is_required():
    sections = re.split(r"^### ", (DATA / "README.md").read_text(encoding="utf-8"), flags=re.M)
    described = {s.split("\n", 1)[0].strip("`"): s for s in sections}
    for table, wanted in TABLES.items():
        rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (\w+) \| [^|]* \| (.+) \|$", described[table], flags=re.M)
        assert rows == [(c.name, "required" if c.required else "optional", c.kind, c.meaning) for c in wanted]


def test_making_the_company_again_gives_the_committed_bytes(tmp_path):
    files = demo.write(tmp_path / "again")
    assert sorted(f.name for f in files) == sorted(f.name for f in (DATA / "demo").iterdir() if f.suffix != ".yml")
    for file in files:
        assert file.read_bytes() == (DATA / "demo" / file.name).read_bytes(), file.name


def test_another_seed_gives_another_company(tmp_path, tables):
    demo.write(tmp_path, seed=7)
    other = pd.read_csv(tmp_path / "customers.csv", dtype=str, keep_default_na=False)
    assert len(other) == len(tables["customers"])
    assert not other.equals(tables["customers"])


def test_all_files_together_stay_small():
    assert sum(f.stat().st_size for f in (DATA / "demo").iterdir()) < 3_000_000
    assert (DATA / "demo" / "truth.json").stat().st_size < 250_000


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_the_columns_of_the_contract_in_its_order(tables, table):
    assert tuple(tables[table].columns) == columns(table)


@pytest.mark.parametrize("table", TABLES)
def test_every_cell_is_of_its_columns_kind(tables, table):
    patterns = {
        "id": r".+", "text": r".+", "date": r"\d{4}-\d\d-\d\d( \d\d:\d\d)?", "money": r"-?\d+\.\d\d",
        "number": r"-?\d+(\.\d+)?", "count": r"\d+", "flag": r"yes|no", "rating": r"\d+",
    }  # fmt: skip
    for column in TABLES[table]:
        cells = tables[table][column.name]
        filled = cells[cells != ""]
        assert filled.str.fullmatch(patterns[column.kind]).all(), column.name
        assert not column.required or len(filled) == len(cells), column.name


def test_customer_ids_are_text_with_leading_zeros_and_known_everywhere(tables):
    known = tables["customers"]["customer_id"]
    assert known.is_unique
    assert known.str.fullmatch(r"0\d{5}").all()
    for table, frame in tables.items():
        if "customer_id" in frame:
            assert set(frame["customer_id"]) <= set(known), table
    assert set(tables["transactions"]["customer_id"]) == set(known)


def test_the_period_is_thirty_months_and_every_order_lies_in_it(tables):
    days = tables["transactions"]["order_date"]
    assert days.min() >= "2024-01-01"
    assert days.max() <= "2026-06-30"
    assert days.str[:7].nunique() == 30


def test_customers_are_acquired_on_the_day_of_their_first_order(tables, orders):
    first = orders.groupby("customer_id")["day"].min().dt.strftime("%Y-%m-%d")
    assert first.to_dict() == tables["customers"].set_index("customer_id")["acquired_on"].to_dict()


def test_a_return_takes_back_at_most_what_an_earlier_order_sold(tables):
    lines = tables["transactions"].assign(order=lambda t: t["order_id"].str.removesuffix("-R"))
    lines[["amount", "quantity"]] = lines[["amount", "quantity"]].astype(float)
    back = lines[lines["order_id"].str.endswith("-R")]
    assert (back["amount"] < 0).all()
    assert (lines.loc[~lines.index.isin(back.index), "amount"] > 0).all()
    by = ["order", "customer_id", "brand", "category", "product"]
    sold = lines[~lines.index.isin(back.index)].groupby(by).agg(on=("order_date", "first"), units=("quantity", "sum"))
    found = back.groupby(by).agg(back_on=("order_date", "first"), back_units=("quantity", "sum")).join(sold)
    assert found["on"].notna().all()
    assert (found["back_on"] > found["on"]).all()
    assert (-found["back_units"] <= found["units"]).all()
    assert (-found["back_units"] < found["units"]).any()  # some come back in part


def test_the_company_looks_like_a_retailer(tables, orders):
    lines = tables["transactions"]
    amount = lines["amount"].astype(float)
    revenue = amount.groupby(lines["customer_id"]).sum().sort_values(ascending=False)
    assert 0.35 < (orders["customer_id"].value_counts() > 1).mean() < 0.60
    assert 0.55 < revenue.head(600).sum() / revenue.sum() < 0.75
    assert 0.02 < (amount < 0).mean() < 0.05
    monthly = amount.groupby(lines["order_date"].str[:7]).sum()
    assert monthly["2024-01":"2024-12"].idxmax() == "2024-12"
    assert monthly["2025-01":"2025-12"].idxmax() == "2025-12"
    assert monthly["2025-01":"2025-12"].sum() > 1.3 * monthly["2024-01":"2024-12"].sum()


def test_nobody_orders_after_the_end_of_the_relationship(tables, orders, truth):
    ended = pd.Series(truth["customers"]["ended"], index=tables["customers"]["customer_id"], dtype=float)
    last_day = (orders["day"] - pd.Timestamp(truth["period"]["start"])).dt.days
    ends = ended.reindex(orders["customer_id"]).to_numpy()
    assert (np.isnan(ends) | (last_day.to_numpy() <= ends)).all()


def test_devoted_customers_order_at_their_planted_rate(tables, orders, segment, truth):
    customers, planted = tables["customers"], truth["customers"]
    began = (pd.to_datetime(customers["acquired_on"]) - pd.Timestamp("2024-01-01")).dt.days
    ended = pd.Series(planted["ended"], dtype=float).fillna(911).clip(upper=911)
    expected = pd.Series(planted["orders_per_year"]) * (ended - began) / 365.25
    later = orders["customer_id"].value_counts().reindex(customers["customer_id"]).to_numpy() - 1
    devoted = segment.to_numpy() == DEVOTED
    assert later[devoted].sum() == pytest.approx(expected[devoted].sum(), rel=0.05)


def test_bargain_hunters_rarely_buy_at_list_price(tables, segment):
    lines = tables["transactions"]
    off = lines.groupby("customer_id")["discount"].agg(lambda d: (d.astype(float) != 0).mean())
    by_segment = off.groupby(segment).mean()
    assert by_segment[BARGAIN] > 0.9
    assert by_segment.drop(BARGAIN).max() < 0.15


def test_planted_segments_can_be_found_but_not_perfectly(tables, orders, segment):
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score

    lines = tables["transactions"]
    money = lines[["amount", "discount"]].astype(float).groupby(lines["customer_id"]).sum()
    by = orders.groupby("customer_id")["day"]
    as_of = pd.Timestamp("2026-07-01")
    features = pd.DataFrame({
        "recency": np.log1p((as_of - by.max()).dt.days), "frequency": np.log1p(by.size()),
        "money": np.log1p(money["amount"].clip(lower=0)), "tenure": (as_of - by.min()).dt.days,
        "discount": money["discount"] / (money.sum(axis=1)).clip(lower=0.01),
    }).reindex(segment.index)  # fmt: skip
    features = (features - features.mean()) / features.std(ddof=0)
    found = KMeans(5, n_init=20, random_state=1).fit_predict(features)
    assert 0.5 <= adjusted_rand_score(segment, found) < 0.9


def test_some_customers_cost_more_than_they_bring(contribution, truth):
    assert 0.08 < (contribution < 0).mean() < 0.15
    assert contribution[contribution > 0].sum() / contribution.sum() > 1.03  # the whale curve's peak
    demanding = contribution[truth["named_customers"]["demanding"]]
    assert (demanding < 0).mean() > 0.7
    offices = contribution[truth["named_customers"]["office"]]
    assert (offices < -100).any()  # a large account is not always a good one


def test_acquisition_is_paid_once_in_the_first_quarter(tables):
    costs = tables["costs"]
    paid = costs[costs["acquire"] != "0.00"].set_index("customer_id")["period_end"]
    began = tables["customers"].set_index("customer_id")["acquired_on"]
    assert paid.index.is_unique
    quarter = pd.PeriodIndex(pd.to_datetime(began.reindex(paid.index)), freq="Q")
    assert (quarter == pd.PeriodIndex(pd.to_datetime(paid), freq="Q")).all()
    assert (costs[["acquire", "sell", "serve"]].astype(float).sum(axis=1) > 0).all()


def test_referrers_were_customers_first(tables):
    customers = tables["customers"].set_index("customer_id")
    referred = customers[customers["referred_by"] != ""]
    assert 0.10 < len(referred) / len(customers) < 0.16
    assert (referred["channel"] == "referral").all()
    assert (customers["acquired_on"].reindex(referred["referred_by"]).to_numpy() < referred["acquired_on"]).all()


def test_coffee_purchases_follow_the_planted_switching_matrix(tables, truth):
    planted, panel = truth["coffee_switching"], tables["purchases"]
    coffee = panel[panel["category"] == "coffee"].sort_values(["customer_id", "purchase_date"], kind="stable")
    following = coffee.groupby("customer_id")["brand"].shift(-1)
    counts = pd.crosstab(coffee["brand"], following).loc[planted["brands"], planted["brands"]]
    share = counts.div(counts.sum(axis=1), axis=0)
    assert np.abs(share.to_numpy() - np.array(planted["matrix"])).max() < 0.05
    first = coffee.drop_duplicates("customer_id")["brand"].value_counts(normalize=True)[planted["brands"]]
    assert np.abs(first.to_numpy() - np.array(planted["initial"])).max() < 0.08


def test_tea_purchases_follow_the_planted_logit(tables, truth):
    """At the maximum of the likelihood its slope is zero; at the truth it must be zero within chance."""
    planted, panel, prices = truth["tea_logit"], tables["purchases"], tables["prices"]
    tea = panel[panel["category"] == "tea"].sort_values(["customer_id", "purchase_date"], kind="stable")
    days = pd.to_datetime(tea["purchase_date"])
    week = (days - pd.to_timedelta(days.dt.day_of_week, unit="D")).dt.strftime("%Y-%m-%d")
    shelf = prices[prices["category"] == "tea"].assign(
        price=lambda t: t["price"].astype(float), promoted=lambda t: (t["promoted"] == "yes").astype(float)
    )
    wide = shelf.pivot(index="week_start", columns="brand", values=["price", "promoted"]).loc[week]
    price, promoted = (wide[c][planted["brands"]].to_numpy() for c in ("price", "promoted"))
    bought = pd.get_dummies(tea["brand"])[planted["brands"]].astype(float)
    last = bought.groupby(tea["customer_id"]).shift(1).fillna(0).to_numpy()
    utility = (
        np.array(planted["intercept"]) + planted["inertia"] * last + planted["price_per_euro"] * price
        + planted["promoted"] * promoted
    )  # fmt: skip
    chance = np.exp(utility) / np.exp(utility).sum(axis=1, keepdims=True)
    for driver in (last, price, promoted):
        mean = (chance * driver).sum(axis=1)
        variance = ((chance * driver**2).sum(axis=1) - mean**2).sum()
        slope = ((bought.to_numpy() - chance) * driver).sum()
        assert abs(slope) < 3 * variance**0.5


def test_panel_money_is_quantity_times_the_shelf_price(tables):
    panel = tables["purchases"]
    days = pd.to_datetime(panel["purchase_date"])
    panel = panel.assign(week_start=(days - pd.to_timedelta(days.dt.day_of_week, unit="D")).dt.strftime("%Y-%m-%d"))
    priced = panel.merge(tables["prices"], on=["category", "brand", "week_start"], validate="many_to_one")
    assert len(priced) == len(panel)
    cents = (priced["price"].astype(float) * 100).round() * priced["quantity"].astype(int)
    assert (cents == (priced["amount"].astype(float) * 100).round()).all()
    assert panel["customer_id"].nunique() == 350


def test_importance_points_sum_to_a_hundred_or_are_missing_together(tables):
    points = tables["survey"][[f"importance_{d}" for d in DETERMINANTS]].replace("", None).astype(float)
    answered = points.notna().sum(axis=1)
    assert set(answered) == {0, 10}
    assert (points[answered == 10].sum(axis=1) == 100).all()


def test_survey_blocks_hang_together_and_answers_stay_on_their_scales(tables):
    survey = tables["survey"].replace("", None)
    for block, high in (("expected", 7), ("perceived", 7), ("cognitive", 5), ("affective", 5), ("behavioural", 5),
                        ("value", 7), ("cost", 7)):  # fmt: skip
        items = survey[[c for c in survey if c.startswith(block + "_")]].astype(float)
        assert items.min().min() >= 1
        assert items.max().max() <= high
        whole = items.dropna()
        k = whole.shape[1]
        alpha = k / (k - 1) * (1 - whole.var().sum() / whole.sum(axis=1).var())
        assert 0.7 < alpha < 0.9, block
    assert 0.02 < survey.iloc[:, 2:].isna().to_numpy().mean() < 0.07


def test_satisfaction_follows_the_planted_determinants(tables, truth):
    survey = tables["survey"].replace("", None)
    items = survey[["satisfaction", *(f"perceived_{d}" for d in DETERMINANTS)]].astype(float).dropna()
    x = np.column_stack([np.ones(len(items)), items.iloc[:, 1:]])
    slopes = np.linalg.lstsq(x, items["satisfaction"].to_numpy(), rcond=None)[0][1:]
    planted = (
        np.array(list(truth["survey"]["satisfaction_weights"].values())) * truth["survey"]["satisfaction"]["slope"]
    )
    assert np.abs(slopes - planted).max() < 0.12


def test_recommending_jumps_at_the_top_box(tables):
    survey = tables["survey"].replace("", None)[["satisfaction", "recommend", "rebuy"]].astype(float).dropna()
    mean = survey.groupby("satisfaction")[["recommend", "rebuy"]].mean()
    assert (mean.loc[4:].diff().dropna() > 0).all().all()
    assert ((mean.loc[7] - mean.loc[6]) > 1.5 * (mean.loc[6] - mean.loc[5])).all()


def test_four_hundred_people_answer_and_many_of_them_twice(tables):
    survey = tables["survey"]
    waves = survey.groupby(survey["answered_on"].str[:7])["customer_id"]
    assert list(waves.groups) == ["2025-03", "2026-03"]
    assert 370 <= survey["customer_id"].nunique() <= 430
    assert survey["customer_id"].duplicated().sum() > 150
    assert all(ids.is_unique for _, ids in waves)


def test_a_badly_handled_complaint_costs_the_next_order(tables, orders, segment, truth):
    cases = tables["service"].assign(bad=lambda t: ~(_hours(t, "resolved_at") <= 72))
    cases = cases[(cases["opened_at"] < "2026-01-01") & (cases["customer_id"].map(segment) != ONE_TIMER)]
    cases = cases.sort_values("opened_at").drop_duplicates("customer_id")
    last = cases["customer_id"].map(orders.groupby("customer_id")["day"].max())
    again = last > pd.to_datetime(cases["opened_at"]) + pd.Timedelta(days=3)
    assert again[~cases["bad"]].mean() > 0.8
    assert again[cases["bad"]].mean() < 0.55
    assert len(truth["named_customers"]["lost_to_complaint"]) > 40


def test_complaint_steps_come_in_order_and_some_cases_are_still_open(tables):
    cases = tables["service"]
    steps = cases[["opened_at", "first_response_at", "resolved_at", "archived_at"]].apply(
        pd.to_datetime, errors="coerce"
    )
    for earlier, later in zip(steps.columns[:-1], steps.columns[1:], strict=True):
        both = steps[[earlier, later]].dropna()
        assert (both[earlier] < both[later]).all()
        assert not (steps[earlier].isna() & steps[later].notna()).any()
    assert steps.max().max() < pd.Timestamp("2026-07-01")
    assert (cases["resolved_at"] == "").any()
    assert (cases["valid"] == "").any()
    assert (cases.loc[cases["resolved_at"] == "", "resolution"] == "").all()


def test_complaints_name_an_order_of_the_same_customer_made_before(tables, orders):
    cases = tables["service"]
    named = cases[cases["order_id"] != ""]
    order = orders.reindex(named["order_id"])
    assert 0.9 < len(named) / len(cases) < 1
    assert (order["customer_id"].to_numpy() == named["customer_id"].to_numpy()).all()
    assert (order["day"].to_numpy() < pd.to_datetime(named["opened_at"]).to_numpy()).all()


def test_campaign_revenue_is_what_the_transactions_show(tables, orders):
    contacts = tables["contacts"].reset_index()
    bought = contacts.merge(orders, on="customer_id")
    after = (bought["day"] - pd.to_datetime(bought["contacted_on"])).dt.days
    revenue = bought[after.between(1, 21)].groupby("index")["amount"].sum().reindex(contacts.index, fill_value=0.0)
    assert np.allclose(revenue, contacts["revenue"].astype(float), atol=0.005)
    assert ((contacts["responded"] == "yes") == (revenue > 0)).all()
    assert (contacts.loc[contacts["treated"] == "no", "cost"].astype(float) == 0).all()


def test_contacted_people_respond_more_often_than_the_control_group(tables):
    contacts = tables["contacts"]
    rate = (contacts["responded"] == "yes").groupby([contacts["campaign"], contacts["treated"]]).mean().unstack()
    assert (rate["yes"] - rate["no"] > 0.03).all()


def test_only_contactable_customers_are_selected(tables):
    contactable = tables["customers"].set_index("customer_id")["contactable"]
    assert (contactable.reindex(tables["contacts"]["customer_id"]) == "yes").all()


def test_visits_fade_before_the_end(tables, segment, truth):
    seen = tables["engagement"].assign(visits=lambda t: t["visits"].astype(float))
    ended = pd.Series(truth["customers"]["ended"], index=segment.index, dtype=float)
    month = (pd.to_datetime(seen["month_start"]) - pd.Timestamp("2024-01-01")).dt.days
    left = seen["customer_id"].map(ended) - month
    regular = seen["customer_id"].map(segment) == REGULAR
    assert seen.loc[regular & left.between(0, 30), "visits"].mean() < seen.loc[regular & (left > 120), "visits"].mean()
