"""Real runs one after the other: learned, scored with what was learned, compared, alerted, listed."""

import json
import re
from pathlib import Path

import nbformat
import pytest

from crm_analysis.display import exports
from tests.reports.conftest import made_notebook
from tests.reports.outside import fingerprint

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("profile_runs")]

CODE = """from typing import NamedTuple
import pandas as pd
from crm_analysis.data import sources
from crm_analysis.display import exports, kept
from crm_analysis.methods import profiles
class Mean(NamedTuple):
    revenue: float
base = sources.read(source)["customer_table"].df()
learned = profiles.read(profile, "mean", Mean) or Mean(base["revenue"].mean())
best = base.loc[base["revenue"] > learned.revenue, ["customer_id"]].sort_values("customer_id")
display(exports.show(best, "best", "The best", lists))
kept.show(mean=learned)"""
PARAMETERS = (
    'profile: str = ""  # profile',
    'compare_with: str = ""  # a day',
    'lists: str = ""  # folder',
    'lang: str = "en"  # language',
)
HEADLINE = (
    'best=("Best", len(best), "count"), mean=("Mean", learned.revenue, "money"), day=("Day", compare_with, "text")'
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """60 customers until May; in June ten of them buy much more."""
    folder = tmp_path_factory.mktemp("shop")
    lines = [f"{i:03d},a{i},2024-05-{1 + i % 28:02d},{10 + i}" for i in range(60)]
    lines += [f"{i:03d},b{i},2024-06-{1 + i % 28:02d},1000" for i in range(10)]
    (folder / "orders.csv").write_text("\n".join(["customer_id,order_id,order_date,amount", *lines]) + "\n")
    (folder / "shop.yml").write_text(
        "name: Shop\ncurrency: EUR\ntables: {transactions: orders.csv}\n"
        "alerts: [{headline: best, change_above: 0.1}, {headline: mean, above: 1000}]\n"
    )
    notebook = made_notebook(folder, CODE, "50_best", PARAMETERS, HEADLINE)
    return folder, [notebook, "--source", folder / "shop.yml", "--out", folder / "reports" / "shop"]


def test_what_was_learned_in_may_scores_june(shop, crm):
    folder, asked = shop
    out = folder / "reports" / "shop"
    may = crm("report", *asked, "--as-of", "2024-05-31")
    assert may.code == 0, may.err
    learned = json.loads((out / "profile.json").read_text(encoding="utf-8"))
    assert learned["profiles"] == {"mean": {"revenue": 39.5}}
    assert learned["as_of"] == "2024-05-31"
    index = (out / "index.html").read_text(encoding="utf-8")
    assert "There is no earlier run of this report" in index
    assert "learned from this data" in index
    assert not (out / "lists").exists()

    june = crm("report", *asked, "--as-of", "2024-06-30", "--profile", "last", "--lists")
    assert june.code == 4, june.err
    assert june.last == "crm-analysis: alert: Best: a change of +33.3\xa0%, more than +10.0\xa0%."
    log = json.loads((out / "run.json").read_text(encoding="utf-8"))
    shown = {h["key"]: h["value"] for h in log["headlines"]["50_best"]}
    assert shown == {"best": 40, "mean": 39.5, "day": "2024-05-31"}, "the runner set compare_with to the last run's day"
    assert log["compared_with"] == {"run": 1, "as_of": "2024-05-31"}
    assert log["profile"] == {"mode": "last", "learned_as_of": "2024-05-31", "names": ["mean"]}
    for page in ("index.html", "50_best.html"):
        assert "learned as of 2024-05-31" in (out / page).read_text(encoding="utf-8")
    rows = re.findall(r"<td>Best</td>(.*?)</tr>", (out / "index.html").read_text(encoding="utf-8"))
    assert [re.sub("<[^>]+>", "|", row) for row in rows] == ["|40||30||+10 (+33.3\xa0%)|"]
    assert json.loads((out / "profile.json").read_text(encoding="utf-8")) == learned, "carried on as it was learned"

    best = exports.read_csv(out / "lists" / "best.csv")
    assert len(best) == 40
    assert {p.stat().st_mode & 0o777 for p in (out / "lists").iterdir()} == {0o600}
    index = (out / "index.html").read_text(encoding="utf-8")
    assert 'href="lists/best.csv"' in index
    assert "above the limit" not in index
    assert "more than +10.0" in index
    executed = nbformat.read(out / "notebooks" / "50_best.ipynb", as_version=4)
    assert str(Path(folder)) in next(c.source for c in executed.cells if c.id == "given-parameters")

    before = {name: digest for name, digest in fingerprint(out).items() if name.endswith((".html", ".csv"))}
    again = crm("report", *asked, "--as-of", "2024-06-30", "--profile", out / "profile.json", "--lists")
    assert again.code == 4
    for name, digest in before.items():
        assert fingerprint(out)[name] == digest, f"{name}: same data and same profile, same bytes"
    assert crm("verify", out).code == 0


def test_each_report_says_of_its_own_rules_when_they_were_learned(shop, crm, tmp_path):
    folder, asked = shop
    out = folder / "reports" / "shop"
    other = made_notebook(tmp_path, CODE.replace('"mean"', '"other"').replace("mean=", "other=").replace('"best"', '"rest"'),
                          "60_other", PARAMETERS)  # fmt: skip
    done = crm("report", other, *asked, "--as-of", "2024-06-30", "--profile", out / "profile.json")
    assert done.code == 4, done.err
    told = {name: (out / name).read_text(encoding="utf-8") for name in ("50_best.html", "60_other.html", "index.html")}
    assert "learned as of 2024-05-31" in told["50_best.html"]
    assert "learned from this data" in told["60_other.html"]
    assert "Scoring rules" not in told["index.html"], "they are of two days"
    kept = json.loads((out / "profile.json").read_text(encoding="utf-8"))
    assert kept["learned_on"] == {"mean": "2024-05-31", "other": "2024-06-30"}


def test_rules_of_another_currency_are_refused(shop, crm, tmp_path):
    folder, asked = shop
    (folder / "dollars.yml").write_text("name: Shop\ncurrency: USD\ntables: {transactions: orders.csv}\n")
    profile = folder / "reports" / "shop" / "profile.json"
    done = crm("report", asked[0], "--source", folder / "dollars.yml", "--out", tmp_path / "r", "--profile", profile)
    assert done.code == 2
    assert "it was learned in EUR, and this source is in USD" in done.last
    assert not (tmp_path / "r").exists()
