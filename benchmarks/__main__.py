"""``python -m benchmarks [customers] [csv] [scoring] [size] [switching] [suite] [--lines N …] [--runs N] [--folder DIR]``; none named: all."""

import argparse
import sys
from pathlib import Path

from benchmarks import csv_files, customers, scoring, size, suite, switching

SIZED = {
    "customers": (customers.run, [1_000_000, 10_000_000]),
    "csv": (csv_files.run, [1_000_000, 10_000_000]),
    "scoring": (scoring.run, [1_000_000, 10_000_000]),
    "size": (size.run, [100_000_000]),
    "switching": (switching.run, [10_000_000]),
}
"""Benchmarks over synthetic lines (scoring: customers), and how many each takes when none are told."""
ALL = (*SIZED, "suite")


def main(arguments=None):
    """Run the benchmarks named; 1 when results differ, so that speed is never bought with wrong numbers."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="speed and memory beside named peers")
    parser.add_argument("which", nargs="*", help=f"{', '.join(ALL)}; none: all of them")
    parser.add_argument(
        "--lines",
        nargs="+",
        type=int,
        default=[],
        help="order lines (scoring: customers); none: those of each benchmark",
    )
    parser.add_argument("--source", default="", help="what the suite reads; none: the demo company")
    parser.add_argument("--notebooks", nargs="+", default=[], help="only these of the suite, such as 02_rfm")
    parser.add_argument("--runs", type=int, default=3, help="rounds in turns; the medians are printed")
    parser.add_argument(
        "--folder", type=Path, default=Path("build/benchmarks"), help="kept: the lines, the peers' environment"
    )
    asked = parser.parse_args(arguments)
    if not set(asked.which) <= set(ALL):
        parser.error(f"benchmarks are {', '.join(ALL)}")
    if asked.runs < 1 or min(asked.lines, default=1000) < 1000:
        parser.error("at least 1 round and 1000 lines")
    return max([_one(which, asked) for which in asked.which or ALL])


def _one(which, asked):
    folder = asked.folder.absolute()
    if which == "suite":
        return suite.run(asked.runs, folder, asked.source, asked.notebooks)
    run, lines = SIZED[which]
    return run(asked.lines or lines, asked.runs, folder)


if __name__ == "__main__":
    sys.exit(main())
