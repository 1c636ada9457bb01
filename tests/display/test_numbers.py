"""Figures as people read them."""

import datetime
import math

import numpy as np
import pytest

from crm_analysis.display import numbers


@pytest.mark.parametrize(
    ("value", "kind", "reads"),
    [
        (0, "count", "0"),
        (1234567, "count", "1,234,567"),
        (np.int64(12), "count", "12"),
        (19.44, "days", "19.4"),
        (383.2, "days", "383"),
        (0.253, "share", "25.3\xa0%"),
        (0.00049, "share", "0.0\xa0%"),
        (-0.00049, "change", "+0.0\xa0%"),
        (0.382, "change", "+38.2\xa0%"),
        (-0.05, "change", "−5.0\xa0%"),
        (99.995, "money", "EUR\xa0100.00"),
        (12345.5, "money", "EUR\xa012,346"),
        (-7, "money", "EUR\xa0−7.00"),
        (2.5, "number", "2.50"),
        (3.0, "number", "3"),
        (datetime.date(2026, 7, 1), "date", "2026-07-01"),
        ("3–5", "count", "3–5"),
        (None, "money", "–"),
        (math.nan, "share", "–"),
        ("$ <b>", "text", "$ <b>"),
    ],
)
def test_a_figure_reads_as_people_write_it(value, kind, reads):
    assert numbers.text(value, kind, "EUR") == reads


def test_rounding_goes_away_from_nought_at_the_half():
    assert [numbers.round_half_up(v) for v in (0.5, 1.5, 2.5, -0.5, -2.5)] == [1, 2, 3, -1, -3]
    assert numbers.round_half_up(1.005, 2) == 1.01
    assert math.copysign(1, numbers.round_half_up(-0.2)) == 1, "no minus nought"


def test_the_name_of_a_column_says_what_is_in_it():
    expected = {"revenue_share": "share", "repeat_rate": "share", "recency_days": "days", "top_brand": "text"}
    assert {name: numbers.kind_of(name) for name in expected} == expected
