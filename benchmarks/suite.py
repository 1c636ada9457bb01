"""The whole suite on one source: one report run beside papermill's and nbconvert's command lines, once per notebook."""

import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parent.parent
NOTEBOOKS = ROOT / "notebooks"
MIME = "application/vnd.crm-analysis.headlines+json"


def run(runs, folder, source="", notebooks=()):
    """Measure in turns and print the table; 0 when all that ran gave the same headline figures, else 1."""
    folder = Path(folder) / "suite"
    paths = [NOTEBOOKS / f"{name}.ipynb" for name in notebooks] or sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))
    contestants = {
        "crm-analysis report": lambda place: _ours(paths, source, place),
        "papermill + nbconvert": lambda place: _theirs(paths, source, place, at_once=1),
        "the same, two at once": lambda place: _theirs(paths, source, place, at_once=2),
    }
    figures, found = {name: [] for name in contestants}, {}
    for turn in range(runs):
        for number, (name, contestant) in enumerate(contestants.items()):
            print(f"round {turn + 1} of {runs}: {name}", file=sys.stderr)
            place = folder / str(number)
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            begun, used = time.monotonic(), _used()
            found[name] = contestant(place)
            figures[name].append({"seconds": time.monotonic() - begun, "cpu": _used() - used})
    print(f"\n{len(paths)} notebooks, medians of {runs} rounds in turns\n\n{text(figures)}\n", flush=True)
    return _agreement(found)


def _used():
    """Seconds of processor time of all processes that were started here and have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _command(*arguments):
    done = subprocess.run([*map(str, arguments)], cwd=NOTEBOOKS, capture_output=True, text=True, errors="replace")
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, arguments))} failed:\n{done.stderr[-2000:]}")


def _ours(paths, source, place):
    _command(sys.executable, "-m", "crm_analysis", "report", *paths, "--source", source, "--out", place / "report")
    log = json.loads((place / "report" / "run.json").read_text(encoding="utf-8"))
    return {stem: _values(figures) for stem, figures in log["headlines"].items()}


def _theirs(paths, source, place, at_once):
    programs = Path(sys.executable).parent

    def one(path):
        executed = place / path.name
        _command(
            programs / "papermill", path, executed, "-r", "source", source, "--cwd", NOTEBOOKS, "--no-progress-bar"
        )
        _command(programs / "jupyter", "nbconvert", "--to", "html", executed)
        outputs = [o for c in json.loads(executed.read_text(encoding="utf-8"))["cells"] for o in c.get("outputs", [])]
        return _values(f for o in outputs for f in o.get("data", {}).get(MIME, {}).get("headlines", []))

    with ThreadPoolExecutor(at_once) as pool:
        return dict(zip((path.stem for path in paths), pool.map(one, paths), strict=True))


def _values(figures):
    return {figure["key"]: figure["value"] for figure in figures}


def _agreement(found):
    """Compare everyone's headline figures with ours; 1 when one differs by more than the last digits of a sum."""
    ours, *others = found.values()
    told = zip([*found][1:], others, strict=True)
    wrong = [f"{name}: {stem}" for name, theirs in told for stem in ours if not _alike(ours[stem], theirs[stem])]
    print(f"DIFFERENT figures: {'; '.join(wrong)}" if wrong else f"all agree in {sum(map(len, ours.values()))} figures")
    return 1 if wrong else 0


def _alike(ours, theirs):
    return ours.keys() == theirs.keys() and all(
        math.isclose(value, theirs[key], rel_tol=1e-9) if isinstance(value, float) else value == theirs[key]
        for key, value in ours.items()
    )


def text(figures):
    """The aligned table; ``x`` columns are multiples of the first row.

    >>> print(text({"ours": [{"seconds": 10.0, "cpu": 16.0}], "theirs": [{"seconds": 75.0, "cpu": 80.0}]}))
                time s       x   cpu s       x
    ours          10.0     1.0    16.0     1.0
    theirs        75.0     7.5    80.0     5.0
    """
    wide = max(map(len, figures)) + 2
    rows = [f"{'':{wide}}{'time s':>10}{'x':>8}{'cpu s':>8}{'x':>8}"]
    medians = {
        name: [statistics.median(r[key] for r in runs) for key in ("seconds", "cpu")] for name, runs in figures.items()
    }
    first = next(iter(medians.values()))
    for name, (seconds, cpu) in medians.items():
        rows.append(f"{name:{wide}}{seconds:10.1f}{seconds / first[0]:8.1f}{cpu:8.1f}{cpu / first[1]:8.1f}")
    return "\n".join(rows)
