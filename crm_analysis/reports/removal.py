"""Removing what a run leaves, for good: also a folder that a notebook has locked, and one in which others still write.

As a program, ``python removal.py FOLDER``, it removes a folder when whoever started it has died without a word. It imports
nothing of ours, so that it stands at once.
"""

import contextlib
import os
import shutil
import subprocess
import sys
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


@contextlib.contextmanager
def watched(folder):
    """See to it that ``folder`` goes even when this process is killed meanwhile."""
    watcher = None
    with contextlib.suppress(OSError):  # no room for another process: then the next run will clear up
        command = [sys.executable, "-I", os.path.abspath(__file__), os.fspath(folder)]
        watcher = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   start_new_session=True)  # fmt: skip
    try:
        yield
    finally:
        if watcher:
            with contextlib.suppress(OSError):
                watcher.communicate(b"all is well")


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


def _main(folder):
    if not sys.stdin.buffer.read():
        remove_for_good(folder)


def _open(folder):
    """Give the owner back every right to a folder and those in it."""
    for root, folders, _ in os.walk(folder):
        for path in (root, *(os.path.join(root, name) for name in folders)):
            if not os.path.islink(path):
                with contextlib.suppress(OSError):
                    os.chmod(path, 0o700)


if __name__ == "__main__":
    _main(*sys.argv[1:])
