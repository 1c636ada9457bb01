"""What is said on standard output and error: a stream that is closed, full or read no more costs no report."""

import contextlib
import os
import sys


def bear():
    """Make both streams bear what there is to say: a closed one swallows it, a letter that one does not know is escaped."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 (open as long as the program)
        with contextlib.suppress(AttributeError, ValueError):  # somebody else's stream
            getattr(sys, name).reconfigure(errors="backslashreplace")


def say(stream, text, end="\n"):
    """Write a text at once; from the first failure on the stream swallows everything."""
    try:
        print(text, file=stream, end=end, flush=True)
    except OSError:
        swallow(stream)


def swallow(stream):
    """Let a stream lead nowhere, also what waits in it: or Python would fail over it when it ends."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
