"""Publishing: a report's folder is whole or absent, and the last good one stays until the next is complete.

``reports/NAME`` is a link to ``reports/.runs/NAME/000007``; switching it is one rename. Where links cannot be made
(Windows without the right to) the folder itself is renamed into place.
"""

import contextlib
import errno
import os
from pathlib import Path

from crm_analysis import signals
from crm_analysis.reports import record, removal

KEEP = 5
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)  # no link, and no folder either
OLD = "old"  # what is being replaced, where one rename cannot do it


class Locked(Exception):
    """Another run of the same report is at work. Exit code 75."""


class CannotWrite(Exception):
    """The report folder cannot be written. Exit code 74."""


def free(out, batch=False):
    """Raise CannotWrite where a report, or with ``batch`` the folder of many, would take the place of something else."""
    ours = runs(out).resolve()
    if out.is_symlink() and Path(os.path.realpath(out)).parent != ours:
        raise CannotWrite(f"{out} is a link to somewhere else: move it away, or choose another --out")
    if out.exists() and not out.is_dir():
        raise CannotWrite(f"{out} exists and is no report of ours: move it away, or choose another --out")
    if batch:
        index = out / "index.html"
        if out.is_symlink() or record.is_ours(out) or (index.exists() and not (out / ".runs").is_dir()):
            raise CannotWrite(f"{out} holds something else than reports of a batch: choose another --out")
    elif out.is_dir() and not out.is_symlink() and not record.is_ours(out):
        raise CannotWrite(f"{out} exists and is no report of ours: move it away, or choose another --out")
    inside = Path(os.path.realpath(out.parent))
    within = next((each for each in (inside, *inside.parents) if record.is_ours(each)), None)
    if within:
        raise CannotWrite(f"{out} lies in the published report {within}: choose another --out")


@contextlib.contextmanager
def lock(out, batch=False):
    """Hold the report name while a run is at work; the lock ends with the process, however it ends.

    With ``batch`` it is the folder of many reports. Raises Locked, and CannotWrite also for what :func:`free` refuses.
    """
    free(out, batch)
    try:
        runs(out).mkdir(mode=0o700, parents=True, exist_ok=True)
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
    """A fresh folder beside the published ones, on the same disk; it is gone afterwards unless published, however we end."""
    with _cannot_write(runs(out)):
        _mend(out)
    folder = runs(out) / f"draft-{os.getpid()}"
    with removal.watched(folder):
        with _cannot_write(runs(out)):
            folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            removal.remove(folder)


def _mend(out):
    """Clear up after a run that was killed: its lock is free, or we would not be here."""
    for left in runs(out).glob("draft-*"):
        removal.remove(left)
    old = runs(out) / OLD
    if old.exists() and not out.exists():  # killed between two renames
        os.replace(old, out)
    removal.remove(old)


def switch(folder, out, expected, keep=(), then=lambda: None):
    """Make the finished ``folder`` the published report ``out``, keep the last runs and those numbered in ``keep``.

    ``expected`` names the files that must be there and not empty, or nothing is switched. ``then`` is called as soon as
    the report is published. Signals wait while the switch is made; one that came is obeyed only if nothing was switched.
    """
    absent = [name for name in expected if not _is_written(folder / name)]
    if absent:
        raise CannotWrite(f"not published, incomplete: {', '.join(absent)}")
    removal.all_but(folder, expected)  # what a notebook left beside them is no part of the report
    free(out)
    with _cannot_write(out):
        _sync(folder)
    with signals.waiting() as obey:
        numbers = [int(p.name) for p in runs(out).iterdir() if is_number(p.name)]
        kept = runs(out) / f"{max(numbers, default=0) + 1:06d}"
        try:
            with _cannot_write(out):
                os.replace(folder, kept)
                _point(out, kept)
        except BaseException:
            if not _points_to(out, kept):
                removal.remove(kept)
                obey()
                raise
        then()
        for number in sorted(numbers, reverse=True)[KEEP - 1 :]:
            if number not in keep:
                removal.remove(runs(out) / f"{number:06d}")


def _is_written(path):
    return path.is_file() and not path.is_symlink() and path.stat().st_size > 0


def _point(out, kept):
    link, old = out.with_name(f".{out.name}.link"), runs(out) / OLD
    try:
        with contextlib.suppress(FileNotFoundError):
            link.unlink()
        link.symlink_to(kept.relative_to(out.parent), target_is_directory=True)
    except OSError as error:
        removal.remove(link)
        if error.errno in NO_ROOM:
            raise
        _swap(kept, out, old)
        return
    try:
        if out.is_dir() and not out.is_symlink():
            _swap(link, out, old)
        else:
            os.replace(link, out)
    finally:
        removal.remove(link)
    with contextlib.suppress(OSError):  # it is published; a power failure now would at worst show the one before
        _sync_folder(out.parent)


def _swap(new, out, old):
    """Put ``new`` in the place of the folder ``out``, which one rename cannot."""
    if out.exists():
        os.replace(out, old)
    try:
        os.replace(new, out)
    except OSError:
        if old.exists():
            os.replace(old, out)
        raise
    removal.remove(old)


def _points_to(out, kept):
    return out.is_symlink() and os.path.realpath(out) == os.path.realpath(kept)


@contextlib.contextmanager
def _cannot_write(place):
    try:
        yield
    except OSError as error:
        raise CannotWrite(f"cannot write to {place}: {error.strerror or error}") from error


def is_number(name):
    """Whether a folder is called as published runs are."""
    return name.isascii() and name.isdigit()


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
