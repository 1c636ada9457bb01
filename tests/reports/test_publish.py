"""Publishing: whole or absent, and the last good report stays."""

import contextlib
import json
import os

import pytest

from crm_analysis.reports import publish

LOG = json.dumps(dict.fromkeys(("version", "asked", "outputs", "facts")))


def publish_text(out, text):
    with publish.lock(out), publish.draft(out) as draft:
        (draft / "index.html").write_text(text)
        (draft / "run.json").write_text(LOG)
        publish.switch(draft, out, ["index.html", "run.json"])


def test_a_report_is_published_under_its_name_and_replaced_by_the_next(tmp_path):
    out = tmp_path / "reports" / "weekly report 周报 {x}"
    publish_text(out, "one")
    assert (out / "index.html").read_text() == "one"
    publish_text(out, "two")
    assert (out / "index.html").read_text() == "two"
    assert [p.name for p in out.parent.iterdir() if not p.name.startswith(".")] == [out.name]


def test_a_draft_with_a_file_missing_or_empty_is_not_published(tmp_path):
    out = tmp_path / "r"
    publish_text(out, "good")
    with publish.lock(out), publish.draft(out) as draft:
        (draft / "index.html").write_text("")
        with pytest.raises(publish.CannotWrite, match=r"incomplete: index\.html, run\.json"):
            publish.switch(draft, out, ["index.html", "run.json"])
    assert (out / "index.html").read_text() == "good"


def test_a_draft_leaves_nothing_behind_when_the_run_fails(tmp_path):
    out = tmp_path / "r"
    with contextlib.suppress(RuntimeError), publish.lock(out), publish.draft(out) as draft:
        (draft / "half").write_text("x")
        raise RuntimeError
    assert not out.exists()
    assert [p.name for p in publish.runs(out).iterdir()] == ["lock"]


def test_only_the_last_runs_are_kept(tmp_path):
    out = tmp_path / "r"
    for i in range(publish.KEEP + 3):
        publish_text(out, str(i))
    kept = sorted(p.name for p in publish.runs(out).iterdir() if p.name.isdigit())
    assert len(kept) == publish.KEEP
    assert (out / "index.html").read_text() == str(publish.KEEP + 2)


def test_a_second_run_of_the_same_report_is_locked_out_and_another_report_is_not(tmp_path):
    with publish.lock(tmp_path / "a"):
        with pytest.raises(publish.Locked, match="'a'"), publish.lock(tmp_path / "a"):
            pass
        with publish.lock(tmp_path / "b"):
            pass
    with publish.lock(tmp_path / "a"):
        pass


def test_a_folder_that_is_no_report_is_never_overwritten(tmp_path):
    out = tmp_path / "thesis"
    out.mkdir()
    (out / "chapter1.txt").write_text("years of work")
    with pytest.raises(publish.CannotWrite, match="no report of ours"):
        publish_text(out, "x")
    assert (out / "chapter1.txt").read_text() == "years of work"


def test_where_links_cannot_be_made_the_folder_itself_is_switched(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError("no links here")

    monkeypatch.setattr("pathlib.Path.symlink_to", refuse)
    out = tmp_path / "r"
    publish_text(out, "one")
    publish_text(out, "two")
    assert (out / "index.html").read_text() == "two"
    assert not out.is_symlink()


def test_published_files_are_for_their_owner_only(tmp_path):
    publish_text(tmp_path / "r", "x")
    if os.name == "posix":
        assert (tmp_path / "r" / "index.html").stat().st_mode & 0o077 == 0


def test_a_name_that_cannot_be_written_is_said_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(publish.CannotWrite), publish.lock(tmp_path / "file" / "r"):
        pass
