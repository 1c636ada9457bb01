"""Finished pages in a real browser: whole, silent, inert, readable by everyone and on everything.

Each test reads every page of every folder of ``published_report``.
"""

import shutil
import subprocess
from urllib.parse import unquote, urlsplit

import pytest

from tests.browser import hostile

pytestmark = pytest.mark.browser

GRAVE = ("serious", "critical")


def test_pages_open_from_a_file_without_a_word_on_the_console(open_page, page_files):
    said = {file.name: open_page(file).told for file in page_files}
    assert {name: told for name, told in said.items() if told} == {}


def test_no_request_leaves_a_page(open_page, page_files):
    for file in page_files:
        asked = [url for url in open_page(file).asked if not url.startswith("data:")]
        assert [unquote(urlsplit(url).path) for url in asked] == [str(file.resolve())]


def test_every_image_loads_and_has_a_text_alternative(open_page, page_files):
    for file in page_files:
        images = open_page(file).evaluate("[...document.images].map(i => [i.alt.trim(), i.naturalWidth])")
        assert all(alt and width for alt, width in images), file.name


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_grave(open_page, page_files, scheme, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for file in page_files:
        found = axe.run(open_page(file, width=width, scheme=scheme)).response["violations"]
        grave = [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in GRAVE]
        assert grave == [], f"{file.name}, {scheme}, {width} px"


def test_dark_pages_are_dark_and_charts_stay_on_white(open_page, page_files):
    background = "e => getComputedStyle(e).backgroundColor"
    for file in page_files:
        page = open_page(file, scheme="dark")
        assert sum(map(int, page.eval_on_selector("body", background)[4:-1].split(","))) < 150, file.name
        for card in page.query_selector_all("figure .scroll"):
            assert card.evaluate(background) == "rgb(255, 255, 255)"


def test_no_page_scrolls_sideways_on_a_telephone(open_page, page_files):
    for file in page_files:
        widest = open_page(file, width=360, height=740).evaluate("document.documentElement.scrollWidth")
        assert widest <= 360, file.name


def test_links_inside_a_page_find_their_place(open_page, page_files):
    names = "[...document.querySelectorAll('a[href^=\"#\"]')].map(a => decodeURIComponent(a.hash.slice(1)))"
    for file in page_files:
        assert open_page(file).evaluate(f"{names}.filter(n => !document.getElementById(n))") == [], file.name


def test_the_first_tab_stop_leads_past_the_masthead(open_page, page_files):
    for file in page_files:
        page = open_page(file)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_hostile_text_shows_literally_and_never_runs(open_page, hostile_report):
    for file in sorted(hostile_report.glob("*.html")):
        page = open_page(file)
        page.wait_for_timeout(200)
        assert page.evaluate("window.__pwn") is None
        assert page.evaluate("document.querySelectorAll('script, iframe, body svg, [onerror], [onload]').length") == 0
        seen = page.evaluate("document.body.textContent")
        assert [attack for attack in hostile.ATTACKS if attack not in seen] == []


def test_pages_print_on_a4_with_nothing_cut_at_the_right(open_page, page_files, tmp_path):
    for file in page_files:
        target = tmp_path / f"{file.stem}.pdf"
        open_page(file, scheme="dark").pdf(path=target, prefer_css_page_size=True, print_background=True)
        assert target.read_bytes().startswith(b"%PDF")
        if shutil.which("pdfinfo"):
            told = subprocess.run(["pdfinfo", target], capture_output=True, text=True, check=True).stdout
            assert "A4" in told
            assert int(told.split("Pages:")[1].split()[0]) >= 1
