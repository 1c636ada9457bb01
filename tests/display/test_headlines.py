"""Headline figures are data first, and shown second."""

import json

import numpy as np
import pandas as pd

from crm_analysis.display import headlines


def test_headlines_are_emitted_as_plain_json_and_as_text():
    shown = headlines.show(
        "EUR", customers=("Customers", np.int64(3000), "count"), kept=("Kept", np.float64(0.25), "share")
    )
    bundle = shown._repr_mimebundle_()
    figures = json.loads(json.dumps(bundle[headlines.MIME]))["headlines"]
    assert figures == [
        {"key": "customers", "label": "Customers", "kind": "count", "value": 3000, "text": "3,000"},
        {"key": "kept", "label": "Kept", "kind": "share", "value": 0.25, "text": "25.0\xa0%"},
    ]
    assert bundle["text/plain"] == "Customers: 3,000\nKept: 25.0\xa0%"


def test_a_figure_that_the_data_cannot_give_is_left_out():
    shown = headlines.show(growth=("Growth", None, "change"), gap=("Gap", pd.NA, "days"), n=("N", 1, "count"))
    assert [f["key"] for f in shown.figures] == ["n"]


def test_labels_and_values_are_escaped():
    html = headlines.show(x=("<img src=x>", "<script>", "text"))._repr_html_()
    assert "<img" not in html
    assert "<script" not in html
