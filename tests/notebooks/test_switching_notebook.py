"""Notebook 05 on every kind of source: it runs, and says what can be told and what cannot."""

import shutil

import pandas as pd
import pytest

from tests.notebooks.test_loyalty_notebooks import ROOT, TRANSACTIONS, shown

NAME = "05_brand_switching_clv"


def text(told):
    return "\n".join(map(repr, told.values()))


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("asked")
    shutil.copy(ROOT / "data" / "demo" / "survey.csv", folder)
    return str(folder)


@pytest.mark.slow
def test_a_panel_tells_everything():
    told = shown(NAME, cost=100.0)
    assert "rivals are seen" in text(told)
    assert "At a cost of EUR" in text(told)
    assert "return on marketing is +" in text(told)
    assert "Seen as hard-core loyal buyers and switchers" in text(told)
    assert "customers to keep hold" in text(told)
    assert "Our own log alone" in text(told)
    assert "This section needs" not in text(told)
    keys = {f["key"] for f in list(told.values())[-1].figures}
    assert keys == {"clv", "equity", "equity_share", "retention", "best_lever", "own_clv"}


@pytest.mark.slow
def test_transactions_of_many_brands_are_a_retailers_and_the_limit_is_said():
    told = text(shown(NAME, source=TRANSACTIONS))
    assert "in one retailer's own log" in told
    assert "who buys elsewhere meanwhile is not seen" in told
    assert "Price of" not in told, "no shelf prices, no drivers"


@pytest.mark.slow
def test_transactions_without_brands_give_no_brand_matrix_and_say_so(tmp_path):
    plain = pd.read_csv(TRANSACTIONS, dtype=str)[["customer_id", "order_id", "order_date", "amount"]]
    plain.to_csv(tmp_path / "transactions.csv", index=False)
    told = text(shown(NAME, source=str(tmp_path / "transactions.csv")))
    assert "A brand switching matrix cannot be had from one company's own log" in told
    assert "bought from us or not" in told
    assert "Win back one more of 100 who bought nothing lately" in told
    assert "Our own log alone, by the buy-till-you-die model" in told


def test_a_survey_that_asks_for_brands_gives_the_matrix_and_says_what_cannot_be_checked(asked):
    told = shown(NAME, source=asked)
    assert "Brands named in the survey" in text(told)
    assert "These are answers, not purchases" in text(told)
    assert "It passes the few checks that answers allow" in text(told)
    assert text(told).count("cannot be told from this data") == 6
    assert "This section needs: Table transactions" in text(told)
    assert "own_clv" not in {f["key"] for f in list(told.values())[-1].figures}


def test_a_survey_of_satisfaction_alone_gives_no_value_and_says_what_would(asked, tmp_path):
    answers = pd.read_csv(f"{asked}/survey.csv", dtype=str).drop(columns=["last_brand", "next_brand"])
    answers.to_csv(tmp_path / "survey.csv", index=False)
    told = shown(NAME, source=str(tmp_path))
    assert "Nothing here tells of brands" in text(told)
    assert "Table purchases, or last_brand and next_brand in the survey" in text(told)
    assert list(told.values())[-1].figures == ()


@pytest.mark.slow
def test_it_speaks_chinese_throughout_and_writes_the_list_asked_for(tmp_path):
    told = text(shown(NAME, lang="zh", lists=str(tmp_path)))
    assert "品牌转换矩阵" in told
    assert "Seen as" not in told
    assert "What if" not in told
    assert sorted(p.name for p in tmp_path.iterdir()) == ["clv_groups.csv", "clv_groups.xlsx"]
