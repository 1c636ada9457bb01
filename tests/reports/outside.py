"""The runner as others see it: as a command in a process of its own, by the files it leaves, by the processes it leaves."""

import contextlib
import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def arguments(*given):
    """The command line of ``crm-analysis``."""
    return [sys.executable, "-m", "crm_analysis", *map(str, given)]


def command(*given, **options):
    """Run it to its end."""
    return subprocess.run(
        arguments(*given), **({"capture_output": True, "text": True, "cwd": ROOT, "timeout": 300} | options)
    )


def fingerprint(folder):
    """Name -> hash of every file below ``folder``."""
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(Path(folder).rglob("*"))
        if p.is_file()
    }


def leftovers(out):
    """What a run must not leave beside its report."""
    runs = out.parent / ".runs" / out.name
    left = [p.name for p in runs.iterdir() if not (p.name.isdigit() or p.name in ("lock", "failed"))]
    return sorted(left + [p.name for p in out.parent.iterdir() if p.name not in (out.name, ".runs")])


def processes(out):
    """Processes still at work for a report: they carry the run's mark, its draft folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            mark = f"CRM_ANALYSIS_RUN={out.parent / '.runs' / out.name}/".encode()
            if mark in (process / "environ").read_bytes() and int(process.name) != os.getpid():
                found.append((process / "cmdline").read_bytes())
    return found
