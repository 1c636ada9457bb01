"""A real browser and finished pages to open in it.

``CRM_CHROMIUM`` names the browser's program if it is not on the path. ``CRM_REPORT_FOLDERS`` names published report
folders, separated like ``PATH``: the same tests then read those as well as the pages made here by hand.
"""

import importlib
import os
import shutil
from pathlib import Path

import pytest

from tests.browser import hostile, hostile_source, pages

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def _absent(what):
    """A missing tool skips these tests at home; in CI it must not go unnoticed."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)


def _module(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return _absent(f"{name} is not installed; it comes with the extra `dev`")


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium."""
    program = os.environ.get("CRM_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        _absent(f"no browser: none of {', '.join(BROWSERS)} is on the path and CRM_CHROMIUM is not set")
    with _module("playwright.sync_api").sync_playwright() as running:
        # Without a sandbox, because CI containers run as root; the pages are our own files.
        chromium = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def axe():
    """axe-core, which judges accessibility."""
    return _module("axe_playwright_python.sync_playwright").Axe()


@pytest.fixture(scope="session")
def handmade_report(tmp_path_factory):
    """A folder of pages made by hand: a business report, a classroom report, their index."""
    return pages.publish(tmp_path_factory.mktemp("handmade report"))


@pytest.fixture(scope="session")
def hostile_report(tmp_path_factory):
    """A folder of pages in which every text that data can reach is an attack."""
    return hostile.publish(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="session")
def attacked_reports(tmp_path_factory):
    """Every report of the suite, run on a source full of attacks: in English for business with customer lists, and one
    in Chinese for the classroom.
    """
    from tests.reports.outside import command

    folder = tmp_path_factory.mktemp("attacked")
    source, reports = hostile_source.write(folder), folder / "reports"
    given = ["-p", "own_brands", ", ".join(hostile_source.OWN), "-p", "segment_map", hostile_source.segment_map(folder)]
    wanted = {
        "business": [*given, "--lists"],
        "classroom": ["06_loyalty", *given[:3], "--lang", "zh"],
    }
    for audience, asked in wanted.items():
        out = reports / audience
        done = command("report", *asked, "--source", source, "--audience", audience, "--out", out, timeout=1500)
        assert done.returncode == 0, done.stderr
    return reports


@pytest.fixture(scope="session")
def published_report(handmade_report, hostile_report, demo_report):
    """All folders that the tests read: pages made by hand, pages of attacks, the report on the demo company."""
    given = [Path(folder) for folder in os.environ.get("CRM_REPORT_FOLDERS", "").split(os.pathsep) if folder]
    return [handmade_report, hostile_report, demo_report, *given]


@pytest.fixture(scope="session")
def page_files(published_report):
    """Every HTML page of every folder; a folder without pages would test nothing."""
    found = {folder: sorted(Path(folder).glob("*.html")) for folder in published_report}
    empty = [str(folder) for folder, files in found.items() if not files]
    assert not empty, f"no pages in {', '.join(empty)}"
    return [file for files in found.values() for file in files]


@pytest.fixture(scope="session")
def open_page(browser):
    """Open a file in a fresh window; ``page.told`` is all that the console said, ``page.asked`` all it requested."""

    def opened(file):
        page = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light").new_page()
        page.file, page.told, page.asked = Path(file), [], []
        page.on("console", lambda message: page.told.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: page.told.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (page.told.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(Path(file).resolve().as_uri(), wait_until="load")
        return page

    return opened


@pytest.fixture(scope="session")
def opened_pages(open_page, page_files):
    """Every page, opened once and looked at by every test: tests may change the light and the width, no more."""
    return [open_page(file) for file in page_files]


@pytest.fixture
def pages_seen(opened_pages):
    """The opened pages as a reader at a desk sees them, in light mode."""

    def seen(width=1280, scheme="light", media="screen"):
        for page in opened_pages:
            page.emulate_media(color_scheme=scheme, media=media)
            page.set_viewport_size({"width": width, "height": 900})
            yield page

    return seen
