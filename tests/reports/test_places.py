"""Where a report may be written: nothing that is not a report of ours is replaced, and no report is written into another."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.reports import batch, history, plans, publish
from tests.reports.outside import fingerprint, leftovers


@pytest.fixture
def report(crm, notebook, orders, tmp_path):
    """A published report of one notebook."""
    out = tmp_path / "reports" / "r"
    assert crm("report", notebook("note"), "--source", orders, "--out", out).code == 0
    return out


def refused(crm, notebook, source, out, *more):
    """Ask for a report there: it is refused before anything was read, in one line."""
    done = crm("report", notebook("note"), "--source", source, "--out", out, *more)
    assert done.code == 74
    assert done.err.count("\n") == 1
    assert "choose another --out" in done.last


def test_a_file_also_the_source_itself_is_not_replaced(crm, notebook, orders):
    before = orders.read_bytes()
    refused(crm, notebook, orders, orders)
    assert orders.read_bytes() == before


@pytest.mark.parametrize("found", ['{"mine": 1}', "[1]", "no json", "[" * 100_000])
def test_a_folder_of_somebody_elses_is_not_replaced(crm, notebook, orders, tmp_path, found):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "run.json").write_text(found)
    (theirs / "thesis.doc").write_text("years of work")
    before = fingerprint(theirs)
    refused(crm, notebook, orders, theirs)
    (tmp_path / "link").symlink_to(theirs)
    refused(crm, notebook, orders, tmp_path / "link")
    assert fingerprint(theirs) == before


def test_no_report_is_written_into_a_published_one(crm, notebook, orders, report):
    before = fingerprint(report)
    refused(crm, notebook, orders, report / "sub")
    refused(crm, notebook, orders, report, "--by", "region")
    refused(crm, notebook, orders, report / "regions", "--by", "region")
    assert fingerprint(report) == before
    assert crm("verify", report).code == 0


def test_an_index_of_somebody_elses_is_not_replaced_by_that_of_a_batch(crm, notebook, orders, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("my site")
    refused(crm, notebook, orders, tmp_path / "site", "--by", "region")
    assert [p.name for p in (tmp_path / "site").iterdir()] == ["index.html"]


@pytest.mark.slow
def test_what_a_notebook_leaves_in_the_draft_is_no_part_of_the_report(crm, notebook, orders, tmp_path):
    (tmp_path / "outside.txt").write_text("theirs")
    (tmp_path / "outside.txt").chmod(0o644)
    code = f"""import os
open('../evil.html', 'w').write('x')
os.makedirs('../deep/er')
open('../notebooks/more.txt', 'w').write('x')
os.symlink({str(tmp_path / "outside.txt")!r}, '../link.html')"""
    out = tmp_path / "reports" / "r"
    assert crm("report", notebook(code), "--source", orders, "--out", out).code == 0
    assert crm("verify", out).code == 0
    assert sorted(fingerprint(out)) == ["99_test.html", "index.html", "notebooks/99_test.ipynb", "run.json"]
    assert not (out / "deep").exists()
    assert (tmp_path / "outside.txt").stat().st_mode & 0o777 == 0o644
    assert leftovers(out) == []


@given(st.lists(st.text(max_size=80), unique=True, max_size=8))
def test_every_value_has_a_folder_of_its_own_that_every_system_can_keep(names):
    found = batch.folders(names)
    assert list(found) == names
    assert len({folder.lower() for folder in found.values()}) == len(names)
    assert not any(map(plans.unfit, found.values()))


def test_a_value_of_long_letters_has_a_folder_too():
    names = ["𠀀" * 60, "𠀀" * 61, "a" * 300]
    assert len(set(batch.folders(names).values())) == 3


def test_a_folder_does_not_depend_on_who_else_is_there():
    assert batch.folders(["a-b", "a/b"])["a/b"] == batch.folders(["a/b"])["a/b"] != "a-b"


def test_runs_of_another_part_are_none_of_this_report(tmp_path):
    for number, part in enumerate([["region", "a-b"], ["region", "a/b"], []], 1):
        place = publish.runs(tmp_path / "r") / f"{number:06d}"
        place.mkdir(parents=True)
        (place / "run.json").write_text(json.dumps({"as_of": "2024-01-01", "asked": {"part": part}}))
    numbers = [[r.number for r in history.published(tmp_path / "r", part)] for part in (("region", "a/b"), ())]
    assert numbers == [[2], [3]]


@pytest.mark.slow
@pytest.mark.parametrize(
    "damage",
    [
        {"headlines": []}, {"headlines": {"99_test": ["x"]}}, {"headlines": {"99_test": [{"key": 1}]}}, {"inputs": [1]},
        {"inputs": {"amount": 5}}, {"inputs": {"orders": {"cuts": [1], "shares": [1]}}}, {"as_of": "0"}, {"as_of": 7},
        {"asked": 3}, "[" * 100_000,
    ],
    ids=str,
)  # fmt: skip
def test_a_damaged_run_among_those_kept_does_not_keep_the_next_from_being_made(report, damage):
    log = (report / "run.json").resolve()
    told = json.loads(log.read_text(encoding="utf-8"))
    assert len(history.published(report)) == 1
    log.write_text(damage if isinstance(damage, str) else json.dumps(told | damage), encoding="utf-8")
    (publish.runs(report) / "²").mkdir()
    assert history.published(report) == []
