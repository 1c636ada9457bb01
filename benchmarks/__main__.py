"""``python -m benchmarks [customers] [--lines N …] [--runs N] [--folder DIR]``."""

import argparse
import sys
from pathlib import Path

from benchmarks import customers

ALL = {"customers": customers.run}


def main(arguments=None):
    """Run one benchmark; 1 when results differ, so that speed is never bought with wrong numbers."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="speed and memory beside named peers")
    parser.add_argument("which", nargs="?", choices=ALL, default="customers")
    parser.add_argument("--lines", nargs="+", type=int, default=[1_000_000, 10_000_000], help="order lines")
    parser.add_argument("--runs", type=int, default=3, help="rounds in turns; the medians are printed")
    parser.add_argument(
        "--folder", type=Path, default=Path("build/benchmarks"), help="kept: the lines, the peers' environment"
    )
    asked = parser.parse_args(arguments)
    if asked.runs < 1 or min(asked.lines) < 1000:
        parser.error("at least 1 round and 1000 lines")
    return ALL[asked.which](asked.lines, asked.runs, asked.folder.absolute())


if __name__ == "__main__":
    sys.exit(main())
