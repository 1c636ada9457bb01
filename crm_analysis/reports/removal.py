"""Removing what a run leaves, for good: also a folder that a notebook has locked, and one in which others still write."""

import contextlib
import os
import shutil
import time


def remove(path):
    """Remove a file, link or folder: what fails once may succeed the next time, and a folder that is locked is opened."""
    for _ in range(3):
        if os.path.islink(path) or os.path.isfile(path):
            with contextlib.suppress(OSError):
                os.unlink(path)
        else:
            shutil.rmtree(path, ignore_errors=True)
        if not os.path.lexists(path):
            return
        _open(path)


def remove_for_good(path, seconds=3.0, calm=0.3):
    """Remove a folder in which processes that are just ending may still write: until it has stayed away for a while."""
    until, gone_since = time.monotonic() + seconds, None
    while (now := time.monotonic()) < until and (gone_since is None or now < gone_since + calm):
        if os.path.lexists(path):
            remove(path)
            gone_since = None
        gone_since = gone_since or now
        time.sleep(0.05)


def all_but(folder, names):
    """Remove everything in ``folder`` but the files ``names`` (relative, with ``/``) and the folders that they lie in."""
    for root, folders, files in os.walk(folder, topdown=False):
        for name in (*files, *folders):
            path = os.path.join(root, name)
            inside = os.path.relpath(path, folder).replace(os.sep, "/")
            if inside not in names and not any(kept.startswith(f"{inside}/") for kept in names):
                remove(path)


def _open(folder):
    """Give the owner back every right to a folder and those in it."""
    for root, folders, _ in os.walk(folder):
        for path in (root, *(os.path.join(root, name) for name in folders)):
            if not os.path.islink(path):
                with contextlib.suppress(OSError):
                    os.chmod(path, 0o700)
