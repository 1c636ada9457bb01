"""Failure at the n-th file operation, for every n: the last good report stays or the new one is whole, nothing else does."""

import builtins
import errno
import io
import json
import os
from pathlib import Path

import pytest

from crm_analysis.data import sources
from crm_analysis.reports import index, publish, record, render, run
from tests.reports import stand_ins
from tests.reports.outside import fingerprint, leftovers

MAKING = ("mkdir", "open", "symlink", "fsync", "chmod", "write")
CHANGING = (*MAKING, "replace", "rename", "unlink", "rmdir")


@pytest.fixture
def published(monkeypatch, tmp_path, notebook, orders):
    """Run and publish without processes and without rendering, which are not what fails here."""
    sources.prepare(str(orders), str(tmp_path / "prepared"))
    emits = {
        "headlines": stand_ins.figures(note=("text", "x")),
        "profile": {"profiles": {"rfm": {"cuts": [1, 2]}}},
        "list": {"name": "best", "caption": "Best", "rows": 1, "files": ["best.csv"]},
    }
    stand_ins.install(monkeypatch, lambda job: tmp_path / "prepared", lambda job: emits)
    monkeypatch.setattr(render, "page", lambda *_, **__: "a page")
    monkeypatch.setattr(index, "page", lambda report: json.dumps(report["notebooks"]))
    out = tmp_path / "reports" / "r"
    call = run.Call((str(notebook("note")),), str(orders), out=str(out))
    return out, lambda note="x": run.report(call._replace(given=(("note", note),)))


class Fault:
    """Makes the n-th operation below a folder fail: once, or (a full disk) every one that writes from then on."""

    def __init__(self, monkeypatch, folder, at, lasting):
        self.folder, self.at, self.lasting, self.count = str(folder), at, lasting, 0
        for name in ("mkdir", "replace", "rename", "unlink", "rmdir", "symlink", "fsync", "chmod"):
            monkeypatch.setattr(os, name, self.failing(name, getattr(os, name)))
        opened = self.failing("open", builtins.open)
        monkeypatch.setattr(builtins, "open", opened)
        monkeypatch.setattr(io, "open", opened)

    def failing(self, name, real):
        def called(*args, **more):
            if self.concerns(name, args, more):
                self.count += 1
                if self.count == self.at or (self.lasting and self.count > self.at and name in MAKING):
                    raise OSError(errno.ENOSPC, "No space left on device")
            return real(*args, **more)

        return called

    def concerns(self, name, args, more):
        if stand_ins.at_work:
            return False
        if name == "fsync":
            return True
        if name == "open" and "r" in (args[1:] or (more.get("mode", "r"),))[0]:
            return False
        place = args[0] if isinstance(args[0], (str, os.PathLike)) else ""
        return more.get("dir_fd") is not None or str(place).startswith(self.folder)


@pytest.mark.slow
@pytest.mark.parametrize("lasting", [False, True])
def test_whichever_operation_fails_a_whole_report_is_there(published, monkeypatch, tmp_path, lasting):
    out, publishes = published
    for i in range(publish.KEEP):
        publishes(f"run {i}")
    outcomes = set()
    for n in range(1, 500):
        before, at = fingerprint(out), os.readlink(out)
        with monkeypatch.context() as patched:
            fault = Fault(patched, tmp_path / "reports", n, lasting)
            refused = ""
            try:
                publishes(f"fault {n}")
            except publish.CannotWrite as error:
                refused = str(error)
        outcomes.add(bool(refused))
        if refused:
            assert "No space left on device" in refused
            assert fingerprint(out) == before, n
            assert os.readlink(out) == at, n
        else:
            assert record.verify(out) == ([], 5), n
            assert os.readlink(out) != at, n
        assert leftovers(out) == [], n
        if fault.count < n:
            break
    assert outcomes == {True, False}
    assert 40 < n < 500, "so many operations there are, and each has failed once"


def test_a_finished_run_can_be_verified_and_tampering_is_told(published, crm):
    out, publishes = published
    publishes()
    assert crm("verify", out).out.strip() == "as published: 5 files"
    assert crm("verify", out / "index.html").code == 0
    (out / "99_test.html").write_text("another page")
    (out / "index.html").unlink()
    (out / "notebooks" / "more.txt").write_text("new")
    (out / "lists" / "elsewhere").symlink_to(out.parent, target_is_directory=True)
    done = crm("verify", out)
    assert done.code == 1
    assert done.out.splitlines() == [
        "missing: index.html", "added: lists/elsewhere", "added: notebooks/more.txt", "changed: 99_test.html",
    ]  # fmt: skip
    (out / "run.json").write_text("{")
    assert crm("verify", out).out.strip() == "changed: run.json cannot be read"
    assert crm("verify", out.parent).code == 2


def test_files_that_hold_ids_are_for_their_owner_only(published):
    out, publishes = published
    publishes()
    modes = {p.relative_to(out).as_posix(): p.stat().st_mode & 0o777 for p in out.rglob("*")}
    assert modes.pop("lists") == modes.pop("notebooks") == 0o700
    assert set(modes.values()) == {0o600}
    assert out.stat().st_mode & 0o777 == 0o700


def test_where_links_cannot_be_made_a_failing_swap_is_undone(monkeypatch, tmp_path):
    """Two renames are needed there, so the folder that is replaced must come back when the second one fails."""

    def unlinked(*_, **__):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "symlink_to", unlinked)
    out = tmp_path / "reports" / "r"

    def publishes(text):
        with publish.lock(out), publish.draft(out) as draft:
            (draft / "run.json").write_text(
                json.dumps(dict.fromkeys(("version", "asked", "outputs", "facts")) | {"as_of": text})
            )
            publish.switch(draft, out, ["run.json"])

    publishes("first")
    for n in range(1, 100):
        before = fingerprint(out)
        with monkeypatch.context() as patched:
            fault, refused = Fault(patched, tmp_path / "reports", n, lasting=False), False
            try:
                publishes(f"fault {n}")
            except (OSError, publish.CannotWrite):
                refused = True
        assert (fingerprint(out) == before) == refused, n
        assert leftovers(out) == [], n
        if fault.count < n:
            break
    assert 8 < n < 100
    os.replace(out, publish.runs(out) / publish.OLD)  # killed between the two renames
    publishes("the next run finds its way")
    assert json.loads((out / "run.json").read_text())["as_of"] == "the next run finds its way"
    assert leftovers(out) == []
