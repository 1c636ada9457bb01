"""Brand switching and buy till you die: steps counted, intervals, a fit, each beside a peer; and how often intervals hold.

Steps are counted in a file of the size asked for; intervals come from 1 million purchases, the fit from 100,000 customers,
coverage from 200 panels of each kind whose truth is known.
"""

import sys
from pathlib import Path

import pandas as pd

from benchmarks import counters, coverage, lifetime_fit, measure, peers
from benchmarks.customers import in_own_process, text

PURCHASES, CUSTOMERS, PANELS = 1_000_000, 100_000, 200
DIGITS = 5e-5  # relative: four digits agree


def run(sizes, runs, folder):
    """Measure, compare, print; 0 when all that ran agree, else 1."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    found = [_counts(lines, runs, folder) for lines in sizes]
    file = folder / f"panel-{PURCHASES}.parquet"
    in_own_process("benchmarks.panel", PURCHASES, file)
    found.append(in_own_process("benchmarks.bootstrap", file, check=False))
    found.append(_fits(runs, folder))
    _covered()
    return max(found)


def _counts(lines, runs, folder):
    file = folder / f"panel-{lines}.parquet"
    in_own_process("benchmarks.panel", lines, file)
    figures, frames = _measured(dict.fromkeys(counters.ALL, sys.executable), file, runs, folder)
    print(f"\n{lines:,} purchases to steps between brands, medians of {runs} rounds in turns\n")
    print(f"{text(figures, counters.OURS)}\n", flush=True)
    tables = {name: pd.read_parquet(frame) for name, frame in frames.items() if frame.exists()}
    return _agree(tables, counters.OURS, lambda ours, theirs: ours.equals(theirs))


def _fits(runs, folder):
    file = folder / f"histories-{CUSTOMERS}.parquet"
    in_own_process("benchmarks.lifetime_fit", CUSTOMERS, file)
    pythons = {lifetime_fit.OURS: sys.executable, lifetime_fit.PEER: peers.python(folder)}
    figures, frames = _measured(pythons, file, runs, folder)
    print(f"\nBG/NBD fitted to {CUSTOMERS:,} customers, medians of {runs} rounds in turns\n")
    print(f"{text(figures, lifetime_fit.OURS)}\n", flush=True)
    tables = {name: pd.read_parquet(frame) for name, frame in frames.items() if frame.exists()}
    print(pd.concat(tables).droplevel(1).to_string(float_format=lambda v: f"{v:.6f}"), flush=True)
    return _agree(tables, lifetime_fit.OURS, lambda ours, theirs: ((ours / theirs - 1).abs() < DIGITS).all(axis=None))


def _measured(pythons, file, runs, folder):
    """Figures by contestant, in turns, and where the tables of the first round are."""
    frames = {name: folder / f"switching-{number}.parquet" for number, name in enumerate(pythons)}
    for frame in frames.values():
        frame.unlink(missing_ok=True)
    figures = {name: [] for name in pythons}
    for turn in range(runs):
        for name, python in pythons.items():
            print(f"{file.name}, round {turn + 1} of {runs}: {name}", file=sys.stderr)
            if not any("failed" in f for f in figures[name]):
                figures[name].append(measure.run(python, name, file, frames[name] if turn == 0 else None))
    return figures, frames


def _agree(tables, first, same):
    """Print one line per peer; 1 when one differs from ours or ours is missing."""
    if first not in tables:
        return 1
    wrong = [name for name, table in tables.items() if name != first and not same(tables[first], table)]
    for name in tables:
        if name != first:
            print(f"{'DIFFERS from' if name in wrong else 'agrees with'} {name}")
    return 1 if wrong else 0


def _covered():
    """Print how often 95 % intervals held the truth."""
    print(f"\n95 % intervals that hold the truth, {PANELS} panels of each kind\n")
    print(f"{'':52}{'cells':>8}{'values':>8}{'cells, purchases as independent':>34}")
    kinds = {
        "the demo's panel, 350 members, one matrix for all": coverage.demo,
        "400 very different customers, some buy very much": coverage.heavy,
    }
    for name, made in kinds.items():
        it = made(PANELS)
        print(f"{name:52}{it['cells']:8.1%}{it['values']:8.1%}{it['cells_as_independent']:34.1%}", flush=True)
