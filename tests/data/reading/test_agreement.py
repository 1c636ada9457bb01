"""Files of one table, each clear by itself, that must not be put together."""

import pytest

from crm_analysis.data import checks
from tests.data.made import accepted, csv, refused


@pytest.fixture
def both(tmp_path):
    """Makes a folder whose table stands in two files, made of the cells given for each."""

    def made(*cells):
        folder = tmp_path / "shop"
        (folder / "transactions").mkdir(parents=True, exist_ok=True)
        for name, given in zip("ab", cells, strict=True):
            csv(folder / "transactions" / f"{name}.csv", **given, sep=";")
        return folder

    return made


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ({"amounts": ("$5.00",)}, {"amounts": ("€5.00",)}, "mixed_currency"),
        ({"amounts": ("$5.00",)}, {"amounts": ("5.00",)}, "mixed_currency"),
        ({"amounts": ("5.00 EUR",)}, {"amounts": ("5.00 CHF",)}, "mixed_currency"),
        ({"dates": ("2024-05-01T10:00:00Z",)}, {"dates": ("2024-05-01T10:00:00+08:00",)}, "timezone"),
        ({"dates": ("2024-05-01T10:00:00Z",)}, {"dates": ("2024-05-01 10:00:00",)}, "timezone"),
    ],
)
def test_files_of_two_currencies_or_clocks_are_not_put_together(both, first, second, code):
    for cells in ((first, second), (second, first)):
        verdict = checks.check(both(*cells))
        assert verdict["outcome"] == "reject"
        assert verdict["error"]["code"] == code
        assert "a.csv" in verdict["error"]["message"]
        assert "b.csv" in verdict["error"]["message"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "second", "options"),
    [
        ({"amounts": ("$5.00",)}, {"amounts": ("$5.00",)}, {}),
        ({"amounts": ("$5.00",)}, {"amounts": ("5.00",)}, {"currency": "USD"}),
        ({"amounts": ("5,00",)}, {"amounts": ("5.00",)}, {}),
        ({"dates": ("2024-05-01T10:00:00Z",)}, {"dates": ("2024-05-01T10:00:00+00:00",)}, {}),
        ({"dates": ("2024-05-01T10:00:00Z",)}, {"dates": ("2024-05-01T18:00:00+08:00",)}, {"tz": "UTC"}),
        ({"dates": ("2024-05-01",)}, {"dates": ("2024-05-01 10:00:00",)}, {}),
        ({"amounts": ("$5.00",)}, {"amounts": ("5.00",), "rows": 0}, {}),
    ],
)
def test_files_that_agree_or_are_told_are_put_together(both, first, second, options):
    verdict = accepted(both(first, second), **options)
    n = 4 + second.get("rows", 4)
    assert (verdict["rows_kept"], verdict["date_min"], verdict["date_max"]) == (n, "2024-05-01", "2024-05-01")


def test_columns_of_two_currencies_are_not_subtracted(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("customer_id;order_id;order_date;amount;cost\nC1;O1;2024-05-01;$5.00;€3.00\n")
    assert refused(path)["code"] == "mixed_currency"
    path.write_text("customer_id;order_id;order_date;amount;cost\nC1;O1;2024-05-01;$5.00;3.00\n")
    assert accepted(path)["amount_sum"] == "5.00"
