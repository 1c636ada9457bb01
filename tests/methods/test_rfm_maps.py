"""Segment maps: shipped ones as published, gaps and overlaps found, rules of your own."""

import itertools

import numpy as np
import pandas as pd
import pytest

from crm_analysis.methods import rfm, rfm_maps, rfm_tables

DEFAULT = rfm_maps.DEFAULT


@pytest.mark.parametrize("levels", [(5, 5, 5), (3, 3, 3), (2, 2, 2), (4, 6, 2), (10, 10, 10)])
@pytest.mark.parametrize("segment_map", [DEFAULT, rfm_maps.EIGHT_TYPES], ids=lambda m: m.name)
def test_the_default_map_and_the_eight_types_have_no_gap_and_no_overlap(segment_map, levels):
    cells = rfm_maps.coverage(segment_map, levels)
    assert len(cells) == np.prod(levels)
    assert (cells["claims"] == 1).all(), cells[cells["claims"] != 1]


def test_the_default_map_is_the_published_one_on_recency_and_frequency():
    """Martin (2019), with his patterns of R and F written out cell by cell."""
    published = {
        "Hibernating": ("11", "12", "21", "22"), "At risk": ("13", "14", "23", "24"), "Cannot lose them": ("15", "25"),
        "About to sleep": ("31", "32"), "Need attention": ("33",), "Loyal customers": ("34", "35", "44", "45"),
        "Promising": ("41",), "New customers": ("51",), "Potential loyalists": ("42", "43", "52", "53"),
        "Champions": ("54", "55"),
    }  # fmt: skip
    cells = rfm_maps.coverage(DEFAULT)
    for segment, pairs in published.items():
        found = cells[cells["segments"].map(lambda names, segment=segment: names == (segment,))]
        assert {f"{r}{f}" for r, f in found[["r_score", "f_score"]].to_numpy()} == set(pairs)


def test_the_map_of_the_r_package_holds_its_documented_bounds():
    """rfm 0.3.0, help page of rfm_segment: lower and upper bounds of R, F and M."""
    rules = rfm_maps.RFM_PACKAGE.rules
    assert rules["r_from"].tolist() == [5, 3, 2, 3, 4, 1, 1, 1, 2, 1]
    assert rules["r_to"].tolist() == [5, 5, 4, 4, 5, 2, 2, 3, 3, 1]
    assert rules["f_from"].tolist() == [5, 3, 2, 1, 1, 3, 2, 3, 1, 1]
    assert rules["f_to"].tolist() == [5, 5, 4, 3, 3, 4, 5, 5, 3, 5]
    assert rules["m_from"].tolist() == [5, 2, 2, 3, 1, 4, 4, 3, 1, 1]
    assert rules["m_to"].tolist() == [5, 5, 4, 5, 5, 5, 5, 5, 4, 5]


def test_the_linter_tells_that_the_package_s_map_overlaps_and_leaves_gaps():
    found = rfm_maps.lint(rfm_maps.RFM_PACKAGE).set_index("check")
    assert found.loc["Gap", "number"] > 0
    assert found.loc["Overlap", "number"] > 0
    assert found.loc["Unreachable rule", "number"] == 0


def test_the_linter_finds_a_gap_an_overlap_and_an_idle_rule():
    rules = DEFAULT.rules.copy()
    rules.loc[rules["segment"] == "Champions", "f_from"] = 5  # leaves R 5, F 4 to nobody: 5 cells
    rules.loc[rules["segment"] == "Promising", "f_to"] = 2  # claims R 4, F 2 too: 5 cells
    rules.loc[len(rules)] = ("Never", 3, 3, 3, 3, 1, 5, "")
    broken = DEFAULT._replace(rules=rules)
    found = rfm_maps.lint(broken).set_index("check")
    assert found["number"].to_dict() == {"Gap": 5, "Overlap": 10, "Unreachable rule": 1}
    assert found.loc["Unreachable rule", "which"] == "Never"
    cells = rfm_maps.coverage(broken).set_index(["r_score", "f_score", "m_score"])
    assert (cells.loc[(5, 4, 1), "claims"], cells.loc[(4, 2, 1), "claims"]) == (0, 2)
    assert cells.loc[(4, 2, 1), "segments"] == ("Potential loyalists", "Promising")


def test_the_linter_reads_a_name_with_a_comma_as_one_name():
    rules = DEFAULT.rules.assign(segment="Quiet, but large").iloc[[0, 0]]
    found = rfm_maps.lint(DEFAULT._replace(rules=rules.reset_index(drop=True))).set_index("check")
    assert found.loc["Overlap", "number"] == 0, "two rules of one segment do not overlap"


def test_the_linter_weighs_gaps_by_customers():
    base = pd.DataFrame({"recency_days": [1, 1, 9, 9], "orders": [9, 9, 1, 1], "revenue": [9.0, 9, 1, 1]})
    only = DEFAULT._replace(rules=DEFAULT.rules[DEFAULT.rules["segment"] == "Champions"])
    scored = rfm.score(base, rfm.learn(base, (2, 2, 2)), only)
    gap = rfm_maps.lint(only, (2, 2, 2), rfm_tables.cells(scored)).set_index("check").loc["Gap"]
    assert (gap["customers"], gap["customer_share"]) == (2, 0.5)


@pytest.mark.parametrize("segment_map", rfm_maps.MAPS.values(), ids=rfm_maps.MAPS)
def test_rules_fall_on_other_numbers_of_levels_as_stated(segment_map):
    """Score s of L stands for the level ceil(B s / L) of the map."""
    own = segment_map.levels
    for levels in range(2, 11):
        scaled = rfm_maps.on_levels(segment_map, (levels, levels, levels))
        stands = {s: -(-own * s // levels) for s in range(1, levels + 1)}
        pairs = zip(segment_map.rules.itertuples(), scaled.itertuples(), strict=True)
        for (rule, there), s in itertools.product(pairs, range(1, levels + 1)):
            assert (there.f_from <= s <= there.f_to) == (rule.f_from <= stands[s] <= rule.f_to)


def test_the_first_rule_that_fits_wins():
    base = pd.DataFrame({"recency_days": [1, 1, 9], "orders": [9, 9, 1], "revenue": [9.0, 9, 1]})
    rules = pd.DataFrame(
        [("First", 1, 2, 1, 2, 1, 2, ""), ("Second", 1, 2, 1, 2, 1, 2, "")], columns=list(rfm_maps.COLUMNS)
    )
    both = rfm_maps.SegmentMap("both", "made here", 2, rules)
    assert set(rfm.score(base, rfm.learn(base, (2, 2, 2)), both)["segment"]) == {"First"}


def test_rules_of_your_own_are_read_from_a_file(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("segment,r_from,r_to,f_from,f_to,m_from,m_to\nAll,1,3,1,3,1,3\n")
    mine = rfm_maps.named(str(file))
    assert (mine.name, mine.levels, mine.rules["advice"].tolist()) == ("mine.csv", 3, [""])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("segment,r_from,r_to\nA,1,3\n", "lacks the column f_from"),
        ("segment,r_from,r_to,f_from,f_to,m_from,m_to\n", "holds no rule"),
        ("segment,r_from,r_to,f_from,f_to,m_from,m_to\nA,1,3,1,3,1,3\nB,3,1,1,3,1,3\n", r"1 rule\(s\).*row 2"),
        ("segment,r_from,r_to,f_from,f_to,m_from,m_to\nA,1,x,1,3,1,3\n", "make no sense"),
        ("segment,r_from,r_to,f_from,f_to,m_from,m_to\n,1,3,1,3,1,3\n", "make no sense"),
    ],
)
def test_rules_that_make_no_sense_are_refused_with_the_row(tmp_path, text, says):
    file = tmp_path / "mine.csv"
    file.write_text(text)
    with pytest.raises(ValueError, match=says):
        rfm_maps.named(str(file))


def test_an_unknown_map_is_refused_with_the_names_there_are():
    with pytest.raises(ValueError, match="neither one of the maps recency-frequency, rfm-package, eight-types"):
        rfm_maps.named("putler")
    with pytest.raises(ValueError, match="no file absent.csv"):
        rfm_maps.named("absent.csv")
