"""``run.json``: what was run on what, with which outcome, and the hash of every file; and ``verify``, which recomputes."""

import contextlib
import datetime
import hashlib
import json
import os
import shutil
import time
from pathlib import Path

from crm_analysis import signals
from crm_analysis.data.errors import ascii_controls

VERSION = 1
LOG = "run.json"


def is_ours(folder):
    """Whether a folder is a published report, by its ``run.json``."""
    path = Path(folder) / LOG
    try:
        log = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(log, dict) and {"version", "asked", "outputs", "facts"} <= log.keys()


class NoReport(Exception):
    """There is no report of ours at that place. Exit code 2."""


def begun(call, plan):
    """The log of a run that begins: what was asked, and every parameter of every notebook, also those left alone."""
    asked = call._asdict()
    asked |= {
        "notebooks": list(call.notebooks),
        "given": [list(pair) for pair in call.given],
        "part": list(call.part[1:]),
    }
    return {
        "version": VERSION, "status": "failed", "cause": "", "begun_at": _now(), "seconds": time.monotonic(), "asked": asked,
        "parameters": {each.stem: {p.name: each.values.get(p.name, p.default) for p in each.declared.values()} for each in plan},
        "notebooks": {each.stem: {"status": "not run", "seconds": None, "cause": ""} for each in plan},
    }  # fmt: skip


def _now():
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def write(folder, log, files):
    """Complete the log and write it beside the finished ``files`` (names inside ``folder``), whose hashes it holds."""
    with signals.unbroken():
        from crm_analysis.reports import render

    log |= {"seconds": round(time.monotonic() - log["seconds"], 2), "versions": dict(render.versions())}
    log["sources"] = {name: table.get("files", []) for name, table in log.get("facts", {}).get("tables", {}).items()}
    log["outputs"] = {name: sha256(folder / name) for name in sorted(files) if name != LOG}
    # a path may hold what is no UTF-8: told as the escape that JSON knows
    text = json.dumps(log, indent=1, ensure_ascii=False) + "\n"
    (folder / LOG).write_text(text, encoding="utf-8", errors="backslashreplace")


def failed(folder, log, error):
    """Leave the log of a run that failed in ``folder``, beside the executed notebook; a disk that is full allows none."""
    log |= {"status": "failed", "cause": f"{type(error).__name__}: {error}"}
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        kept = [name for name, about in log["notebooks"].items() if about["status"] == "failed"]
        for old in folder.iterdir():
            if old.stem not in kept:
                old.unlink()
        write(folder, log, [p.name for p in folder.iterdir()])


def keep_executed(folder, executed):
    """Copy the executed notebook of a failed run to where it can be looked at; its new path, or None."""
    with contextlib.suppress(OSError):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        return shutil.copy(executed, folder / Path(executed).name)
    return None


def verify(report):
    """What is no longer as it was published: sentences, none when all is well; and how many files were looked at.

    ``report`` is the report's folder or its ``index.html``. Raises NoReport.
    """
    folder = Path(report)
    folder = folder.parent if folder.name == "index.html" else folder
    if not (folder / LOG).is_file():
        raise NoReport(f"{report} is no report: there is no {LOG} in it")
    try:
        told = json.loads((folder / LOG).read_text(encoding="utf-8"))["outputs"]
        told = {name: str(digest) for name, digest in told.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return [f"changed: {LOG} cannot be read"], 0
    found = {p.relative_to(folder).as_posix() for p in _files(folder)} - {LOG}
    wrong = [f"missing: {name}" for name in sorted(told.keys() - found)]
    wrong += [f"added: {name}" for name in sorted(found - told.keys())]
    wrong += [f"changed: {name}" for name in sorted(found & told.keys()) if _digest(folder / name) != told[name]]
    return [ascii_controls(each) for each in wrong], len(told)


def _files(folder):
    for root, folders, names in os.walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(root, name))]  # no report of ours holds links
        yield from (Path(root, name) for name in [*names, *links])


def _digest(path):
    try:
        return sha256(path) if path.is_file() and not path.is_symlink() else None
    except OSError:
        return None


def sha256(path):
    """The SHA-256 of a file as hexadecimal text."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
