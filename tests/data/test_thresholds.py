"""Alerts in a source file: what is understood, and what is refused before anything runs."""

import pytest

from crm_analysis.data import sources
from crm_analysis.data.errors import DataError

LINES = "customer_id,order_id,order_date,amount\n1,a,2024-01-05,10\n2,b,2024-02-05,20\n"


def prepared(folder, alerts):
    (folder / "orders.csv").write_text(LINES)
    (folder / "my.yml").write_text(f"tables: {{transactions: orders.csv}}\nalerts: {alerts}\n", encoding="utf-8")
    return sources.prepare(str(folder / "my.yml"), str(folder / "out"))


def test_alerts_are_part_of_the_facts(tmp_path):
    facts = prepared(
        tmp_path, "[{headline: revenue, below: 5, change_below: -0.1}, {headline: x, notebook: 02_rfm, above: 1}]"
    )
    assert facts["alerts"] == [
        {"headline": "revenue", "below": 5, "change_below": -0.1},
        {"headline": "x", "notebook": "02_rfm", "above": 1},
    ]


def test_without_alerts_there_are_none(tmp_path):
    assert "alerts" not in prepared(tmp_path, "")


@pytest.mark.parametrize(
    ("alerts", "says"),
    [
        ("yes", "alerts is not a list"),
        ("[5]", "alerts, entry 1 is not a mapping"),
        (
            "[{headline: a, above: 1}, {headline: a, abov: 1}]",
            "entry 2 has the unknown key 'abov'. Did you mean above?",
        ),
        ("[{above: 1}]", "headline is not a text"),
        ("[{headline: a}]", "has no bound"),
        ("[{headline: a, above: much}]", "above is 'much', not a number"),
        ("[{headline: a, above: .nan}]", "above is 'nan', not a number"),
        ("[{headline: a, below: 1" + 400 * "0" + "}]", "below is '1000"),
        ("[{headline: a, above: true}]", "above is 'True', not a number"),
    ],
)
def test_what_could_never_fire_is_refused(tmp_path, alerts, says):
    with pytest.raises(DataError) as error:
        prepared(tmp_path, alerts)
    assert error.value.code == "source_file"
    assert says in str(error.value)
