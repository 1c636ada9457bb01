"""Parts of a source: every row is in exactly one of them, and a part reads like any other prepared folder."""

import json
from decimal import Decimal

import pytest

from crm_analysis.data import customers, frames, slices, sources
from crm_analysis.data.errors import DataError

LINES = """customer_id,order_id,order_date,amount
1,a,2024-01-05,10.10
1,b,2024-02-05,-2.00
2,c,2024-02-07,20.00
3,d,2024-03-01,5.00
4,e,2024-03-02,7.00
"""
PEOPLE = """customer_id,region,contactable
1,North,yes
2,O'Neil's,no
3,North,
9,South,yes
"""


@pytest.fixture
def prepared(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "transactions.csv").write_text(LINES)
    (folder / "customers.csv").write_text(PEOPLE)
    sources.prepare(str(folder), str(tmp_path / "prepared"))
    return tmp_path / "prepared"


def test_values_are_those_of_customers_who_bought_and_none_stands_last(prepared):
    assert slices.values(str(prepared), "region") == [("North", 2), ("O'Neil's", 1), (None, 1)]


def test_a_part_holds_its_customers_and_says_what_it_left_out(prepared, tmp_path):
    facts = slices.cut(str(prepared), "region", "North", str(tmp_path / "north"))
    tables = sources.read(str(tmp_path / "north"))
    assert sorted(tables["transactions"].fetchnumpy()["order_id"]) == ["a", "b", "d"]
    assert sorted(tables["customer_table"].fetchnumpy()["customer_id"]) == ["1", "3"]
    assert facts["amount_sum"] == "13.10"
    assert (facts["customers"], facts["orders"]) == (2, 3)
    assert (facts["date_min"], facts["date_max"]) == ("2024-01-05", "2024-03-01")
    assert facts["as_of"] == "2024-03-03", "the day of the whole source, not that of the part"
    assert facts["tables"]["transactions"]["dropped"] == {"other_part": 2}
    assert json.loads((tmp_path / "north" / "facts.json").read_text(encoding="utf-8")) == facts
    assert tables.facts["name"].endswith(", North")


def test_the_parts_and_the_customers_without_a_value_add_up_to_the_whole(prepared, tmp_path):
    whole = json.loads((prepared / "facts.json").read_text())
    parts = [
        slices.cut(str(prepared), "region", value, str(tmp_path / f"part{i}"))
        for i, (value, _) in enumerate(slices.values(str(prepared), "region"))
        if value
    ]
    assert sum(Decimal(p["amount_sum"]) for p in parts) + 7 == Decimal(whole["amount_sum"])
    for part in parts:
        for table in part["tables"].values():
            assert table["rows_in"] == table["rows_kept"] + sum(table["dropped"].values())


def test_the_customer_table_of_a_part_is_the_one_its_lines_give(prepared, tmp_path):
    facts = slices.cut(str(prepared), "region", "North", str(tmp_path / "north"))
    tables = sources.read(str(tmp_path / "north"))
    made = frames.to_pandas(customers.table(tables["transactions"], facts["as_of"]))
    kept = frames.to_pandas(tables["customer_table"])
    order = ["customer_id"]
    assert made.sort_values(order, ignore_index=True).equals(kept.sort_values(order, ignore_index=True))


def test_a_flag_cuts_too(prepared, tmp_path):
    assert slices.values(str(prepared), "contactable") == [("false", 1), ("true", 1), (None, 2)]
    assert slices.cut(str(prepared), "contactable", "true", str(tmp_path / "yes"))["customers"] == 1


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("brand", "Choose one of channel, region, contactable"),
        ("channel", "the source tells no channel of its customers"),
    ],
)
def test_what_cannot_cut_is_refused(prepared, column, says):
    with pytest.raises(DataError, match=says):
        slices.values(str(prepared), column)


def test_a_value_that_nobody_with_orders_has_is_refused(prepared, tmp_path):
    with pytest.raises(DataError, match="no transaction is left where region is South"):
        slices.cut(str(prepared), "region", "South", str(tmp_path / "south"))
