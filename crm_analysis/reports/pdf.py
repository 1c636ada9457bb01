"""A page as PDF, printed by an installed Chromium; no other part of the suite needs a browser."""

import os
import shutil
import subprocess
import tempfile

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
SECONDS = 120


class NoBrowser(Exception):
    """A PDF was asked for and no Chromium is to be had."""


def browser():
    """The program that prints: ``CRM_CHROMIUM``, or the first found on the path; raises NoBrowser."""
    program = os.environ.get("CRM_CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if not program:
        raise NoBrowser(
            f"a PDF needs Chromium: install it, or name it in CRM_CHROMIUM (looked for {', '.join(PROGRAMS)})"
        )
    return program


def printed(page, target):
    """Print the HTML file ``page`` to the PDF file ``target``; raises NoBrowser, OSError when nothing came of it."""
    with tempfile.TemporaryDirectory(prefix="crm-pdf-") as profile:
        command = [
            browser(), "--headless", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={profile}",
            "--disable-extensions", "--disable-background-networking", "--no-first-run",
            f"--print-to-pdf={target}", page.resolve().as_uri(),
        ]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium refuses root otherwise; the page is our own and inert
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False)
    if done.returncode or not target.is_file() or not target.read_bytes().startswith(b"%PDF"):
        raise OSError(
            f"{page.name} could not be printed: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}"
        )
