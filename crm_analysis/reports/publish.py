"""Publishing: a report's folder is whole or absent, and the last good one stays until the next is complete.

``reports/NAME`` is a link to ``reports/.runs/NAME/000007``; switching it is one rename. Where links cannot be made
(Windows without the right to) the folder itself is renamed into place.
"""

import contextlib
import os
import shutil
from pathlib import Path

KEEP = 5


class Locked(Exception):
    """Another run of the same report is at work. Exit code 75."""


class CannotWrite(Exception):
    """The report folder cannot be written. Exit code 74."""


@contextlib.contextmanager
def lock(out):
    """Hold the report name while a run is at work; the lock ends with the process, however it ends."""
    try:
        runs(out).mkdir(parents=True, exist_ok=True)
        handle = open(runs(out) / "lock", "a+")  # noqa: SIM115 (kept open on purpose)
    except OSError as error:
        raise CannotWrite(f"cannot write to {out.parent}: {error.strerror}") from error
    with handle:
        if not _try_lock(handle):
            raise Locked(f"another run of the report {out.name!r} is at work; try again when it has ended")
        yield


def _try_lock(handle):
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def draft(out):
    """A fresh folder beside the published ones, on the same disk; it is gone afterwards unless published."""
    for left in runs(out).glob("draft-*"):  # of a run that was killed: its lock is free, or we would not be here
        shutil.rmtree(left, ignore_errors=True)
    folder = runs(out) / f"draft-{os.getpid()}"
    try:
        folder.mkdir()
    except OSError as error:
        raise CannotWrite(f"cannot write to {runs(out)}: {error.strerror}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def switch(folder, out, expected):
    """Make the finished ``folder`` the published report ``out``.

    ``expected`` names the files that must be there and not empty, or nothing is switched.
    """
    absent = [name for name in expected if not (folder / name).is_file() or not (folder / name).stat().st_size]
    if absent:
        raise CannotWrite(f"not published, incomplete: {', '.join(absent)}")
    if out.is_dir() and not out.is_symlink() and not (out / "run.json").is_file():
        raise CannotWrite(f"{out} exists and is no report of ours: move it away, or choose another --out")
    try:
        _sync(folder)
        numbers = [int(p.name) for p in runs(out).iterdir() if p.name.isdigit()]
        kept = runs(out) / f"{max(numbers, default=0) + 1:06d}"
        os.replace(folder, kept)
        _point(out, kept)
        for number in sorted(numbers, reverse=True)[KEEP - 1 :]:
            shutil.rmtree(runs(out) / f"{number:06d}", ignore_errors=True)
    except OSError as error:
        raise CannotWrite(f"cannot publish {out}: {error.strerror}") from error


def _point(out, kept):
    link = out.with_name(f".{out.name}.link")
    with contextlib.suppress(FileNotFoundError):
        link.unlink()
    try:
        link.symlink_to(kept.relative_to(out.parent), target_is_directory=True)
    except OSError:
        old = kept.with_name("old")
        if out.exists():
            os.replace(out, old)
        os.replace(kept, out)
        shutil.rmtree(old, ignore_errors=True)
    else:
        if out.is_dir() and not out.is_symlink():
            shutil.rmtree(out)
        os.replace(link, out)
        _sync_folder(out.parent)


def runs(out):
    """Where the runs of a report lie: published ones by number, the lock, and what failed."""
    return out.parent / ".runs" / out.name


def _sync(folder):
    """Everything on the disk before the name points to it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            path.chmod(0o600)
            with open(path, "rb") as handle:
                os.fsync(handle.fileno())
    for path in [folder, *(p for p in folder.rglob("*") if p.is_dir())]:
        _sync_folder(path)


def _sync_folder(path: Path):
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
