"""Figures beside their intervals."""

import math

import pandas as pd

from crm_analysis.display import ranges, tables, words


def test_an_interval_stands_right_of_its_figure_in_the_place_of_its_ends():
    frame = pd.DataFrame(
        {
            "dimension": ["a", "b"],
            "gap": [-1.0, 0.5],
            "gap_low": [-1.5, math.nan],
            "gap_high": [-0.5, math.nan],
            "n": [5, 1],
        }
    )
    shown = ranges.beside(frame, "gap")
    assert list(shown.columns) == ["dimension", "gap", "gap_interval", "n"]
    assert shown["gap_interval"].tolist() == ["−1.50 to −0.50", "–"]
    named = ranges.beside(frame.rename(columns={"gap_low": "low", "gap_high": "high"}), "gap", "low", "high", "share")
    assert named["gap_interval"][0] == "−150.0\xa0% to −50.0\xa0%"


ROWS = pd.DataFrame({
    "measure": list("abcde"), "value": [0.25, 3.4, -7.41, 17.44, math.nan], "low": [0.2, 3.1, -14.4, 16, math.nan],
    "high": [0.3, 3.7, -0.4, 18, math.nan], "kind": ["share", "1-5", "points", "minutes", "number"],
})  # fmt: skip


def test_rows_of_several_kinds_tell_their_unit():
    shown = ranges.by_kind(ROWS)
    assert shown["value"].tolist() == ["25.0\xa0%", "3.40 on 1 to 5", "−7.4 points", "17.4 minutes", "–"]
    assert shown["value_interval"].tolist() == [
        "20.0\xa0% to 30.0\xa0%",
        "3.10 to 3.70",
        "−14.4 to −0.4",
        "16.0 to 18.0",
        "–",
    ]


def test_units_and_to_are_looked_up_in_the_readers_language():
    with words.using("zh"):
        shown = ranges.by_kind(ROWS)
        assert "to" not in "".join(shown["value_interval"])
        assert not any("points" in v or "minutes" in v for v in shown["value"])


def test_every_column_that_it_makes_has_a_heading():
    shown = ranges.beside(pd.DataFrame({"loyalty": [0.5], "low": [0.4], "high": [0.6]}), "loyalty", "low", "high")
    assert "95 % interval" in tables.show(shown, "Index").plain
