"""Notebook 04 on the demo, on transactions alone, and on a log too short to compare with."""

import builtins
import csv

import pytest

from tests.notebooks.test_loyalty_notebooks import TRANSACTIONS, shown

NAME = "04_customer_value"


def told(**parameters):
    """All that the notebook shows as text, and the headlines; ``display`` is what a notebook has and a script has not."""
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(builtins, "display", lambda *shown: seen.extend(shown), raising=False)
        cells = shown(NAME, **parameters)
    headlines = {f["key"]: f["value"] for f in list(cells.values())[-1].figures}
    return "\n".join(map(repr, [*cells.values(), *seen])), headlines


@pytest.fixture(scope="module")
def with_lists(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    return folder, *told(lists=str(folder))


def rows(folder, name):
    with open(folder / f"{name}.csv", encoding="utf-8-sig") as handle:
        return list(csv.DictReader(handle))


def test_it_says_all_that_the_demo_allows(with_lists):
    _, said, headlines = with_lists
    for part in ("key accounts: they show signs of decline", "Mend what costs more than it brings", "Gini coefficient",
                 "Value classes", "Good-customer scores by tier", "Playbook", "Partnership", "moved up a tier",
                 "Kept in profile.json for later runs: pyramid, scorecard and classes."):  # fmt: skip
        assert part in said, part
    assert set(headlines) == {"top_fifth", "key_declining", "at_stake", "profit", "lost"}
    assert headlines["profit"] > headlines["lost"] > 0


def test_its_lists_hold_one_line_per_customer_with_a_reason(with_lists):
    folder = with_lists[0]
    names = {"value_customers", "value_accounts", "value_upgrade", "value_moved", "value_mend"}
    assert {p.stem for p in folder.iterdir()} == names
    for name in names:
        found = rows(folder, name)
        ids = [row["customer_id"] for row in found]
        assert len(set(ids)) == len(ids) > 20, name
        assert name == "value_moved" or all(row["why"] for row in found), name
    everyone = {row["customer_id"] for row in rows(folder, "value_customers")}
    for name in ("value_upgrade", "value_moved", "value_mend"):
        assert {row["customer_id"] for row in rows(folder, name)} <= everyone, name
    assert sum(float(r["contribution"]) < 0 for r in rows(folder, "value_customers")) == len(rows(folder, "value_mend"))


@pytest.mark.slow
def test_without_costs_it_says_what_it_cannot_know_and_does_the_rest():
    said, headlines = told(source=TRANSACTIONS, lang="en", value_by="revenue", tiers="5/15/80")
    assert "Bring the table costs" in said
    assert "profit, the whale curve, the value classes and what would mend customers cannot be known" in said
    assert "Tier 1" in said
    assert "ranked by revenue in the last 365 days" in said
    assert "Good-customer scores by tier" in said
    assert set(headlines) == {"top_fifth", "key_declining", "at_stake"}


@pytest.mark.slow
def test_it_shows_no_movement_where_the_log_is_too_short_and_speaks_chinese():
    said, _ = told(source=TRANSACTIONS, lang="zh", compare_with="2024-06-01")
    assert "不显示变动" in said
    assert "客户名单“降层或升层的客户”：共0位客户" in said
    assert "Movement is not shown" not in said


def test_a_company_whose_customers_all_cost_more_than_they_bring_gets_its_report(tmp_path):
    orders = [f"c{i % 30},o{i},2025-{1 + i % 12:02d}-{1 + i % 28:02d},{10 + i % 7},{4 + i % 7}" for i in range(150)]
    spent = [f"c{i},2025-{month}-30,1,20,30" for i in range(30) for month in ("06", "09")]
    for name, head, rows in (("transactions", "customer_id,order_id,order_date,amount,cost", orders),
                             ("costs", "customer_id,period_end,acquire,sell,serve", spent)):  # fmt: skip
        (tmp_path / f"{name}.csv").write_text("\n".join([head, *rows]))
    said, headlines = told(source=str(tmp_path), tiers="platinum/gold/iron/lead")
    assert "Taken together, customers cost more than they bring" in said
    assert "ranked by margin in the last 365 days" in said
    assert headlines["profit"] == -(30 * 102 - 150 * 6)
    assert headlines["lost"] == -headlines["profit"]


def test_what_ranks_customers_must_be_there():
    with pytest.raises(ValueError, match="cannot be ranked by profit"):
        told(source=TRANSACTIONS, value_by="profit")
