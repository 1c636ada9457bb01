"""What the preparing process answers."""

import errno

import pytest

from crm_analysis.data import sources
from crm_analysis.reports import preparation
from tests.reports.conftest import made_orders


def job(folder, **more):
    return {
        "source": str(made_orders(folder)),
        "folder": str(folder / "work" / "p"),
        "as_of": "",
        "pseudonym_key": "",
        "part": [],
    } | more


def test_facts_of_a_good_source(tmp_path):
    answer = preparation._prepared(job(tmp_path))
    assert answer["event"] == "prepared"
    assert answer["facts"]["customers"] == 2


def test_what_is_wrong_with_a_bad_one(tmp_path):
    answer = preparation._prepared(job(tmp_path, source="file:///etc/passwd"))
    assert answer["event"] == "refused"
    assert answer["problems"][0]["code"] == "url"


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), RuntimeError("a bug")])
def test_a_disk_that_takes_nothing_is_told_from_a_bug(tmp_path, monkeypatch, error):
    def fails(*_):
        raise error

    monkeypatch.setattr(sources, "prepare", fails)
    assert preparation._prepared(job(tmp_path))["event"] == "broken"
    monkeypatch.setattr("pathlib.Path.write_bytes", fails)
    expected = "cannot-write" if isinstance(error, OSError) else "broken"
    assert preparation._prepared(job(tmp_path))["event"] == expected
