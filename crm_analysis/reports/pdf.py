"""A page as PDF, printed by an installed Chromium; no other part of the suite needs a browser."""

import math
import os
import shutil
import subprocess
import tempfile
import time

from crm_analysis.reports import processes

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
SECONDS = 120


class NoBrowser(Exception):
    """A PDF was asked for and no Chromium is to be had."""


class TooSlow(Exception):
    """The browser did not print a page in the time that it had."""


def browser():
    """The program that prints: ``CRM_CHROMIUM``, or the first found on the path; raises NoBrowser."""
    named = os.environ.get("CRM_CHROMIUM")
    program = next(filter(None, map(shutil.which, [named] if named else PROGRAMS)), None)
    if not program and named:
        raise NoBrowser(f"a PDF needs Chromium, and CRM_CHROMIUM names {named!r}, which is no program that can be run")
    if not program:
        raise NoBrowser(
            f"a PDF needs Chromium: install it, or name it in CRM_CHROMIUM (looked for {', '.join(PROGRAMS)})"
        )
    return program


def printed(page, target, folder, until=math.inf):
    """Print the HTML file ``page`` to the PDF file ``target``.

    The browser keeps what it needs in ``folder``; it has until ``until`` (of the monotonic clock), 120 seconds at most, and
    ends with everything it started. Raises TooSlow, and OSError when nothing came of it.
    """
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as private:
        command = [
            browser(), "--headless", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={private}",
            "--disable-extensions", "--disable-background-networking", "--no-first-run",
            f"--print-to-pdf={target}", page.resolve().as_uri(),
        ]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium refuses root otherwise; the page is our own and inert
        with open(os.path.join(private, "said"), "w+", encoding="utf-8", errors="replace") as said:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said)
            try:
                process.wait(max(0.0, min(SECONDS, until - time.monotonic())))
            except subprocess.TimeoutExpired:
                raise TooSlow(f"{page.name} was not printed in time") from None
            finally:
                processes.end(process.pid)
                process.wait()
            said.seek(0)
            reasons = said.read().strip().splitlines()
    if process.returncode or not _is_pdf(target):
        raise OSError(f"{page.name} could not be printed: {(reasons or ['no reason given'])[-1]}")


def _is_pdf(path):
    """Whether a file is there and is a whole PDF, by its first and last line."""
    content = path.read_bytes() if path.is_file() else b""
    return content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")
