"""The customer table from Parquet: ours beside a pandas group-by, lifetimes and pymc-marketing, in turns."""

import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks import contestants, measure, peers

OURS = next(iter(contestants.ALL))


def run(sizes, runs, folder):
    """Measure every size and print its table; 0 when all that ran agree and ours ran, else 1."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    of_peers = peers.python(folder)
    pythons = {name: of_peers if name in contestants.PEERS else sys.executable for name in contestants.ALL}
    return max(_size(lines, runs, folder, pythons) for lines in sizes)


def _size(lines, runs, folder, pythons):
    file = folder / f"lines-{lines}.parquet"
    in_own_process("benchmarks.lines", lines, file)
    frames = {name: folder / f"table-{number}.parquet" for number, name in enumerate(pythons)}
    for frame in frames.values():
        frame.unlink(missing_ok=True)
    figures = {name: [] for name in pythons}
    for turn in range(runs):
        for name, python in pythons.items():
            print(f"{lines} lines, round {turn + 1} of {runs}: {name}", file=sys.stderr)
            if not any("failed" in f for f in figures[name]):
                figures[name].append(measure.run(python, name, file, frames[name] if turn == 0 else None))
    print(f"\n{lines:,} lines, medians of {runs} rounds in turns\n\n{text(figures)}\n", flush=True)
    return _agreement(frames)


def _agreement(frames):
    """Compare every table with ours; 1 when one differs or ours is missing."""
    if not frames[OURS].exists():
        return 1
    there = [(name, frame) for name, frame in frames.items() if name != OURS and frame.exists()]
    return max([in_own_process("benchmarks.agree", frames[OURS], *other, check=False) for other in there], default=0)


def in_own_process(module, *arguments, check=True):
    """Run a module of the benchmark in a process of its own: this one stays small, for a child's peak counts it."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.run(command, cwd=measure.ROOT, check=check).returncode


def text(figures, first=OURS):
    """The aligned table; ``x`` columns are multiples of the ``first`` contestant.

    >>> print(text({"crm_analysis": [{"seconds": 2.0, "cpu": 3.0, "peak": 4e8, "at_rest": 1e8, "rows": 9}],
    ...             "other": [{"seconds": 9.0, "cpu": 9.0, "peak": 6e8, "at_rest": 2e8, "rows": 9}],
    ...             "third": [{"failed": "over 600 s"}]}))
                    time s       x   cpu s  peak MB       x   of it imports MB      rows
    crm_analysis       2.0     1.0     3.0      400     1.0                100         9
    other              9.0     4.5     9.0      600     1.5                200         9
    third           over 600 s
    """
    wide = max(map(len, figures)) + 2
    rows = [f"{'':{wide}}{'time s':>8}{'x':>8}{'cpu s':>8}{'peak MB':>9}{'x':>8}{'of it imports MB':>19}{'rows':>10}"]
    ours = _medians(figures[first])
    for name, runs in figures.items():
        failed = [f["failed"] for f in runs if "failed" in f]
        rows.append(f"{name:{wide}}" + (f"  {failed[0]}" if failed else _row(_medians(runs), ours)))
    return "\n".join(rows)


def _medians(runs):
    if not runs or any("failed" in f for f in runs):
        return None
    return {key: statistics.median(f[key] for f in runs) for key in runs[0]}


def _row(it, ours):
    def times(key):
        return f"{it[key] / ours[key]:8.1f}" if ours else f"{'':8}"

    return (
        f"{it['seconds']:8.1f}{times('seconds')}{it['cpu']:8.1f}{it['peak'] / 1e6:9.0f}{times('peak')}"
        f"{it['at_rest'] / 1e6:19.0f}{it['rows']:10.0f}"
    )
