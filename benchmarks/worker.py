"""One measured run in a fresh process: ``python -m benchmarks.worker NAME FILE RESULT.json [FRAME]``."""

import json
import resource
import shutil
import sys
import time

from benchmarks import contestants, counters, lifetime_fit, readers, scoring, size

ALL = contestants.ALL | counters.ALL | lifetime_fit.ALL | readers.ALL | scoring.ALL | size.ALL

UNIT = 1 if sys.platform == "darwin" else 1024
"""What getrusage counts memory in: bytes on macOS, KiB elsewhere."""


def peak_bytes():
    """The most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT


def cpu_seconds():
    """Processor time of this process, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(name, file, result, frame=None):
    """Run ``name`` on ``file``; write the figures to ``result`` and, when asked, the table to ``frame``."""
    work = ALL[name]()
    at_rest, cpu, start = peak_bytes(), cpu_seconds(), time.perf_counter()
    table = work(file)
    written = isinstance(table, readers.Written)
    figures = {"seconds": time.perf_counter() - start, "cpu": cpu_seconds() - cpu}
    figures |= {"peak": peak_bytes(), "at_rest": at_rest, "rows": table.rows if written else len(table)}
    if frame and written:
        shutil.move(table.path, frame)
    elif frame:
        table.to_parquet(frame, index=False)
    with open(result, "w", encoding="utf-8") as out:
        json.dump(figures, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
