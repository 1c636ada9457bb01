"""Notebooks 06 and 07 say everything that transactions alone can say, and name what is missing."""

import ast
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from crm_analysis.display import words

ROOT = Path(__file__).parents[2]
TRANSACTIONS = str(ROOT / "data" / "demo" / "transactions.csv")


def shown(name, **parameters):
    """What each code cell shows, by cell, run in one namespace with some parameters set."""
    import matplotlib.pyplot as plt

    space, told = {}, {}
    with plt.rc_context():
        try:
            for cell in nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells:
                if cell.cell_type != "code":
                    continue
                tree = ast.parse(cell.source)
                last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
                exec(compile(tree, cell.id, "exec"), space)
                if "parameters" in cell.metadata.get("tags", []):
                    assert set(parameters) <= set(space)
                    space.update(parameters)
                if last is not None:
                    value = eval(compile(ast.Expression(last.value), cell.id, "eval"), space)
                    told[cell.id] = value
        finally:
            words.use("en")
    return told


@pytest.fixture(scope="module")
def loyalty():
    return shown("06_loyalty", source=TRANSACTIONS)


@pytest.fixture(scope="module")
def service():
    return shown("07_satisfaction_service", source=TRANSACTIONS)


def test_06_from_transactions_alone_gives_what_they_can(loyalty):
    told = "\n".join(map(repr, loyalty.values()))
    assert "Win the second order" in told
    assert "Bought at full price, of list value" in told
    assert "5 of the eight indicators can be computed from this data" in told
    assert "Most would be added by: Table survey" in told
    assert "There is no panel: the rivals are the other brands that we sell ourselves" in told
    assert "Loyalty index by segment" in told
    assert told.count("This section needs: Table survey.") == 4


def test_06_shows_a_dash_never_a_zero_where_nothing_is_known(loyalty):
    table = next(t for t in loyalty.values() if "The eight indicators" in repr(t))
    rows = [line for line in repr(table).splitlines() if "Table " in line]
    assert len(rows) == 14
    assert all("–" in row and "0.0" not in row for row in rows)


def test_06_headlines_hold_only_what_is_known(loyalty):
    keys = {f["key"] for f in list(loyalty.values())[-1].figures}
    assert keys == {"repeat", "requirements", "full_price", "index"}


def test_07_from_transactions_alone_speaks_of_returns_and_names_the_rest(service):
    told = "\n".join(map(repr, service.values()))
    assert "Keep a log of complaints" in told
    assert "of the window's revenue came back" in told
    assert "After a return of goods" in told
    assert told.count("This section needs: Table survey.") == 6
    assert told.count("This section needs: Table service.") == 3
    figures = {f["key"]: f["text"] for f in list(service.values())[-1].figures}
    assert set(figures) == {"tables", "returned"}, "no respondents are not 0 respondents"
    assert figures["tables"] == "1"


def test_both_have_headlines_where_nothing_speaks_of_satisfaction_or_loyalty(tmp_path):
    """An order log without returns, brands and discounts is still published: a report without headlines is not."""
    rows = [f"c{i % 9},o{i},2025-{1 + i % 12:02d}-03,{10 + i}" for i in range(40)]
    (tmp_path / "orders.csv").write_text("\n".join(["customer_id,order_id,order_date,amount", *rows]))
    for name, keys in (("06_loyalty", {"repeat"}), ("07_satisfaction_service", {"tables"})):
        told = shown(name, source=str(tmp_path / "orders.csv"))
        assert {f["key"] for f in list(told.values())[-1].figures} == keys
    assert "neither answers nor complaints nor returns" in "\n".join(map(repr, told.values()))


@pytest.mark.slow
def test_both_speak_chinese_throughout():
    for name in ("06_loyalty", "07_satisfaction_service"):
        told = "\n".join(map(repr, shown(name, source=TRANSACTIONS, lang="zh").values()))
        assert "忠诚" in told or "投诉" in told
        assert "This section needs" not in told


def long_form(path):
    """The demo's survey as a CSV file with a row per answer."""
    wide = pd.read_csv(ROOT / "data" / "demo" / "survey.csv", dtype=str, keep_default_na=False)
    rows = wide.melt(["customer_id", "answered_on"], var_name="item", value_name="answer")
    rows[rows["answer"] != ""].to_csv(path, index=False)
    return str(path)


def figures(told):
    return {f["key"]: f["value"] for f in list(told.values())[-1].figures}


@pytest.mark.slow
def test_a_survey_in_long_form_beside_an_order_log_says_the_same_as_the_table_of_a_source(tmp_path):
    file = long_form(tmp_path / "answers.csv")
    for name, keys in (
        ("06_loyalty", {"nps", "spurious"}),
        ("07_satisfaction_service", {"respondents", "satisfied", "quality"}),
    ):
        beside, table = figures(shown(name, source=TRANSACTIONS, survey_file=file)), figures(shown(name))
        assert keys <= set(beside)
        assert {key: beside[key] for key in keys} == pytest.approx({key: table[key] for key in keys})


def test_a_questionnaire_of_ones_own_is_read_through_its_codebook_whatever_its_words(tmp_path):
    """Three dimensions on a scale of five, their names an attack, TeX, and Chinese."""
    names = ("<b>Speed</b>", "$\\frac{$ price", "友好")
    book = [f"{b}{i},{b},{name},1,5,no" for b in ("expected", "perceived") for i, name in enumerate(names)]
    book += [f"importance{i},importance,{name},0,100,no" for i, name in enumerate(names)] + [
        "all,satisfaction,overall,1,5,no"
    ]
    (tmp_path / "book.csv").write_text("\n".join(["item,block,dimension,low,high,reversed", *book]), encoding="utf-8")
    base = pd.read_csv(ROOT / "data" / "demo" / "survey.csv", usecols=["customer_id", "answered_on"], dtype=str).head(
        60
    )
    answers = {f"expected{i}": 4 for i in range(3)} | {
        f"perceived{i}": [1 + (n + i) % 5 for n in range(60)] for i in range(3)
    }
    answers |= {"importance0": 50, "importance1": 30, "importance2": 20, "all": [1 + n % 5 for n in range(60)]}
    base.assign(**answers).to_csv(tmp_path / "answers.csv", index=False)
    told = shown("07_satisfaction_service", source=TRANSACTIONS, survey_file=str(tmp_path / "answers.csv"),
                 codebook=str(tmp_path / "book.csv"), model="codebook")  # fmt: skip
    gaps = next(t for t in told.values() if "Expected and perceived" in repr(t))
    assert all(name in repr(gaps) for name in names)
    assert "<b>Speed" not in gaps._repr_html_()
    assert "&lt;b&gt;Speed" in gaps._repr_html_()
    assert figures(told)["quality"] == pytest.approx(-1.0), "three on average of five, four expected"


@pytest.mark.slow
def test_lists_are_written_where_they_are_asked_for(tmp_path):
    shown("07_satisfaction_service", lists=str(tmp_path))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["service_calls.csv", "service_calls.xlsx"]
    head, *rows = (tmp_path / "service_calls.csv").read_text(encoding="utf-8-sig").splitlines()
    assert head.startswith('"case_id","customer_id","kind"')
    assert len(rows) >= 3
