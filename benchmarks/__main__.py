"""``python -m benchmarks [customers | suite] [--lines N …] [--source FILE] [--runs N] [--folder DIR]``."""

import argparse
import sys
from pathlib import Path

from benchmarks import customers, suite

ALL = ("customers", "suite")


def main(arguments=None):
    """Run one benchmark; 1 when results differ, so that speed is never bought with wrong numbers."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="speed and memory beside named peers")
    parser.add_argument("which", nargs="?", choices=ALL, default="customers")
    parser.add_argument("--lines", nargs="+", type=int, default=[1_000_000, 10_000_000], help="order lines")
    parser.add_argument("--source", default="", help="what the suite reads; none: the demo company")
    parser.add_argument("--notebooks", nargs="+", default=[], help="only these of the suite, such as 02_rfm")
    parser.add_argument("--runs", type=int, default=3, help="rounds in turns; the medians are printed")
    parser.add_argument(
        "--folder", type=Path, default=Path("build/benchmarks"), help="kept: the lines, the peers' environment"
    )
    asked = parser.parse_args(arguments)
    if asked.runs < 1 or min(asked.lines) < 1000:
        parser.error("at least 1 round and 1000 lines")
    if asked.which == "suite":
        return suite.run(asked.runs, asked.folder.absolute(), asked.source, asked.notebooks)
    return customers.run(asked.lines, asked.runs, asked.folder.absolute())


if __name__ == "__main__":
    sys.exit(main())
