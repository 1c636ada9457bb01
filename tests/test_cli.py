"""The commands that look at a source: what they print, what they write, and how they end."""

import json
import os
import subprocess
import sys

import pytest

from crm_analysis.cli import main
from tests.reports.outside import ROOT

GOOD = (
    "customer_id,order_id,order_date,amount\n001,A,2024-05-03,10.10\n001,A,2024-05-03,10.10\n002,B,2024-05-05,-2.00\n"
)


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "shop.csv"
    path.write_text(GOOD)
    return path


def test_check_says_what_was_read_and_what_to_do(shop, capsys):
    assert main(["check", str(shop)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Accepted.\nTable transactions: 3 rows read = 3 kept + 0 dropped\n")
    for line in (
        "customers:      2",
        "orders:         2",
        "sum of amounts: 18.20",
        "period:         2024-05-03 to 2024-05-05",
    ):
        assert line in said
    assert (
        "transactions: 1 × rows are equal to an earlier row in every column; they were kept. If a line cannot occur twice"
        in said
    )


def test_check_as_json_holds_exactly_what_scripts_are_promised(shop, capsys):
    assert main(["check", str(shop), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    promised = {
        "outcome": "accept", "rows_in": 3, "rows_kept": 3, "customers": 2, "orders": 2, "amount_sum": "18.20",
        "date_min": "2024-05-03", "date_max": "2024-05-05", "brands": [], "warnings": ["duplicate_rows"], "dropped": {},
    }  # fmt: skip
    assert {name: told[name] for name in promised} == promised


def test_rows_after_as_of_are_counted_as_dropped(shop, capsys):
    assert main(["check", str(shop), "--as-of", "2024-05-04"]) == 0
    said = capsys.readouterr().out
    assert "3 rows read = 2 kept + 1 dropped" in said
    assert "1 dropped: after_as_of (after the day as_of)" in said


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", GOOD + "003,C,2024-05-33,1\n", GOOD.replace("-2.00", "two")])
def test_a_rejected_source_ends_with_3_and_says_why(shop, capsys, text):
    shop.write_text(text)
    assert main(["check", str(shop)]) == 3
    said = capsys.readouterr()
    assert said.out.startswith("Rejected. shop.csv")
    assert "Traceback" not in said.out + said.err
    assert main(["check", str(shop), "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert told["outcome"] == "reject"
    assert {"code", "column", "row", "line", "value", "message"} <= set(told["error"])


def test_a_wrong_day_is_a_rejection_too(shop, capsys):
    assert main(["check", str(shop), "--as-of", "tomorrow"]) == 3
    assert "Write a day such as 2026-11-01" in capsys.readouterr().out


def test_source_then_check_is_the_way_from_a_file_to_its_figures(shop, capsys):
    shop.write_text(GOOD.replace("customer_id", "会员号").replace("amount", "Revenue"))
    assert main(["source", "shop.csv"]) == 0
    said = capsys.readouterr().out
    assert "customer_id <- 会员号" in said
    assert "Written to shop.yml" in said
    assert main(["check", "shop.yml"]) == 0
    assert "sum of amounts: 18.20" in capsys.readouterr().out


def test_source_overwrites_nothing(shop, capsys):
    assert main(["source", "shop.csv", "--out", "mine.yml"]) == 0
    before = (shop.parent / "mine.yml").read_bytes()
    assert main(["source", "shop.csv", "--out", "mine.yml"]) == 74
    assert "not overwritten" in capsys.readouterr().err
    assert (shop.parent / "mine.yml").read_bytes() == before


@pytest.mark.parametrize("name", ["missing.csv", "nothing.csv", "picture.csv", "."])
def test_source_refuses_what_it_cannot_map_and_writes_nothing(shop, capsys, name):
    shop.unlink()
    (shop.parent / "nothing.csv").write_text("a,b\n1,2\n")
    (shop.parent / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert main(["source", name, "--out", "x.yml"]) == 3
    said = capsys.readouterr()
    assert said.err.startswith("crm-analysis: ")
    assert "internal error" not in said.err
    assert not (shop.parent / "x.yml").exists()


@pytest.mark.slow
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_who_has_read_enough_is_no_failure(shop, unbuffered):
    reader, writer = subprocess.Popen(["true"], stdin=subprocess.PIPE), [sys.executable, "-m", "crm_analysis"]
    reader.wait(30)
    done = subprocess.run(
        [*writer, "check", str(shop)], stdout=reader.stdin, stderr=subprocess.PIPE, text=True, timeout=60,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (141 if unbuffered else 0, "")
