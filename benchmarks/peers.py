"""The peers' own virtual environment, so that the project's stays as it was locked."""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def python(folder):
    """The interpreter of the peers' environment in ``folder``, made on first use and when the requirements change."""
    home = Path(folder) / "peers"
    interpreter = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    mark = home / "installed"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not (mark.exists() and mark.read_text() == wanted):
        print("installing the peers into an environment of their own; once, a few minutes", file=sys.stderr)
        venv.create(home, with_pip=True, clear=True)
        command = [interpreter, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*command, "-r", REQUIREMENTS], check=True, stdout=sys.stderr)
        mark.write_text(wanted)
    return str(interpreter)
