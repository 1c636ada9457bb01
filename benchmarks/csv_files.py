"""A CSV file checked and made canonical: ours beside DuckDB's typed read and pandas with conversions, in turns."""

import sys
from pathlib import Path

from benchmarks import measure, readers
from benchmarks.customers import in_own_process, text


def run(sizes, runs, folder):
    """Measure every size and print its table; 0 when all that ran read the same lines and ours ran, else 1."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return max(_size(lines, runs, folder) for lines in sizes)


def _size(lines, runs, folder):
    files = {how: folder / f"lines-{lines}-{how}.csv" for how in ("tidy", "untidy")}
    for how, file in files.items():
        in_own_process("benchmarks.texts", lines, file, how)
    frames = {name: folder / f"read-{number}.parquet" for number, name in enumerate(readers.ALL)}
    for frame in frames.values():
        frame.unlink(missing_ok=True)
    figures = {name: [] for name in readers.ALL}
    for turn in range(runs):
        for name in readers.ALL:
            print(f"{lines} lines of CSV, round {turn + 1} of {runs}: {name}", file=sys.stderr)
            file = files["untidy" if name == readers.UNTIDY else "tidy"]
            if not any("failed" in f for f in figures[name]):
                figures[name].append(measure.run(sys.executable, name, file, frames[name] if turn == 0 else None))
    size = files["tidy"].stat().st_size / 1e6
    print(
        f"\n{lines:,} lines of CSV ({size:,.0f} MB), medians of {runs} rounds in turns\n\n{text(figures, readers.OURS)}\n",
        flush=True,
    )
    if not frames[readers.OURS].exists():
        return 1
    others = [(name, frame) for name, frame in frames.items() if name != readers.OURS and frame.exists()]
    return max(in_own_process("benchmarks.same_lines", frames[readers.OURS], *other, check=False) for other in others)
