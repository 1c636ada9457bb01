"""The index page carries the headlines of loyalty and satisfaction, with the change since the last run of the report."""

import json
import re

import pytest

from crm_analysis.display import numbers

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("profile_runs")]
STEMS = ("06_loyalty", "07_satisfaction_service")
SHARES = ("repeat", "requirements", "full_price", "satisfied", "result", "returned")


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory):
    """The demo company as of the end of March and of June, under one name: what both said, and the second index."""
    from tests.reports.outside import command

    out, said = tmp_path_factory.mktemp("demo") / "loyalty", []
    for day in ("2026-04-01", "2026-07-01"):
        done = command("report", *STEMS, "--as-of", day, "--out", out, timeout=1500)
        assert done.returncode == 0, done.stderr
        log = json.loads((out / "run.json").read_text(encoding="utf-8"))
        said.append({f["key"]: f["value"] for stem in STEMS for f in log["headlines"][stem]})
    return *said, (out / "index.html").read_text(encoding="utf-8")


def test_the_cards_show_this_runs_figures(two_runs):
    _, june, index = two_runs
    for label, key in (
        ("Buyers who ordered again in the window", "repeat"),
        ("Results within the promised time", "result"),
    ):
        assert f"<dt>{label}</dt><dd>{numbers.text(june[key], 'share')}</dd>" in index


def test_every_figure_stands_with_its_last_value_and_the_difference(two_runs):
    march, june, index = two_runs
    rows = [re.sub("<[^>]+>", "|", row) for row in re.findall(r"<tr>(.*?)</tr>", index, re.S)]
    told = [re.sub(r"\|\s*\|", "|", row) for row in rows]
    for key in SHARES:
        now, then = numbers.text(june[key], "share"), numbers.text(march[key], "share")
        points = numbers.text(abs(june[key] - march[key]) * 100, "number", decimals=1)
        change = f"{'+' if june[key] > march[key] else '−'}{points} points" if points != "0.0" else "hardly changed"
        change = "unchanged" if june[key] == march[key] else change
        assert any(now in row and then in row and change in row for row in told), (key, now, then, change)
    assert "Compared with the run as of 2026-04-01" in index
    assert {key for key in SHARES if june[key] != march[key]}, "three months change something"
