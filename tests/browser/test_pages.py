"""Finished pages in a real browser: whole, silent, inert, readable by everyone and on everything.

Each test reads every page of every folder of ``published_report``.
"""

import shutil
import subprocess
from urllib.parse import unquote, urlsplit

import pytest

from tests.browser import hostile

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("demo_report")]

GRAVE = ("serious", "critical")
A4_INNER_PIXELS = 673  # 210 mm less two margins of 16 mm, at 96 pixels to the inch


def test_pages_open_from_a_file_without_a_word_on_the_console(opened_pages):
    assert {page.file.name: page.told for page in opened_pages if page.told} == {}


def test_no_request_leaves_a_page(opened_pages):
    for page in opened_pages:
        asked = [url for url in page.asked if not url.startswith("data:")]
        assert [unquote(urlsplit(url).path) for url in asked] == [str(page.file.resolve())]


def test_every_image_loads_and_has_a_text_alternative(opened_pages):
    for page in opened_pages:
        images = page.evaluate("[...document.images].map(i => [i.alt.trim(), i.naturalWidth])")
        assert all(alt and width for alt, width in images), page.file.name


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_nothing_grave(pages_seen, demo_report, axe, scheme, width):
    for page in pages_seen(width, scheme):
        if scheme == "dark" and page.file.parent == demo_report and page.file.stem > "02":
            continue  # colours are those of the style sheet, the same on every page
        found = axe.run(page).response["violations"]
        grave = [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in GRAVE]
        assert grave == [], f"{page.file.name}, {scheme}, {width} px"


def test_dark_pages_are_dark_and_charts_stay_on_white(pages_seen):
    background = "e => getComputedStyle(e).backgroundColor"
    for page in pages_seen(scheme="dark"):
        assert sum(map(int, page.eval_on_selector("body", background)[4:-1].split(","))) < 150, page.file.name
        cards = page.eval_on_selector_all("figure .scroll", f"all => all.map({background})")
        assert set(cards) <= {"rgb(255, 255, 255)"}, page.file.name


def test_no_page_scrolls_sideways_on_a_telephone(pages_seen):
    for page in pages_seen(width=360):
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, page.file.name


def test_a_heading_sorts_its_table_and_gives_the_order_back(open_page, handmade_report):
    page = open_page(handmade_report / "02_rfm.html")
    customers = "[...document.querySelector('table.crm').tBodies[0].rows].map(r => r.cells[1].textContent)"
    before = page.evaluate(customers)
    button = page.locator("table.crm").first.locator("thead button").nth(1)
    seen = []
    for _ in range(3):
        button.click()
        seen.append(page.evaluate(customers))
    figures = sorted(before, key=lambda text: int(text.replace(",", "")))
    assert seen == [figures[::-1], figures, before]


def test_a_long_table_can_be_filtered(open_page, handmade_report):
    page = open_page(handmade_report / "02_rfm.html")
    field = page.locator("input.filter").first
    rows = "document.querySelector('input.filter').nextElementSibling.querySelectorAll('tbody tr:not([hidden])').length"
    whole = page.evaluate(rows)
    field.fill("no such text")
    assert page.evaluate(rows) == 0
    field.fill("")
    assert page.evaluate(rows) == whole == 12


def test_the_reader_chooses_light_or_dark(open_page, handmade_report):
    page = open_page(handmade_report / "02_rfm.html")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.locator(".theme").click()
    assert page.evaluate(paper) != light
    page.locator(".theme").click()
    assert page.evaluate(paper) == light


def test_links_inside_a_page_find_their_place(opened_pages):
    names = "[...document.querySelectorAll('a[href^=\"#\"]')].map(a => decodeURIComponent(a.hash.slice(1)))"
    for page in opened_pages:
        assert page.evaluate(f"{names}.filter(n => !document.getElementById(n))") == [], page.file.name


def test_the_first_tab_stop_leads_past_the_masthead(open_page, handmade_report):
    for file in sorted(handmade_report.glob("*.html")):
        page = open_page(file)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_hostile_text_shows_literally_and_never_runs(opened_pages, hostile_report):
    attacked = [page for page in opened_pages if page.file.parent == hostile_report]
    assert len(attacked) == 3
    for page in attacked:
        assert page.evaluate("window.__pwn") is None
        assert page.evaluate("document.querySelectorAll('iframe, body svg, [onerror], [onload]').length") == 0
        assert page.evaluate("document.scripts.length") == 1, "our own"
        seen = page.evaluate("document.body.textContent")
        assert [attack for attack in hostile.ATTACKS if attack not in seen] == []


def test_a_printed_page_is_hardly_wider_than_a4(pages_seen):
    for page in pages_seen(width=A4_INNER_PIXELS, media="print"):
        # Chromium shrinks a page that is somewhat too wide; beyond that the last columns would be cut.
        assert page.evaluate("document.documentElement.scrollWidth") <= 1.3 * A4_INNER_PIXELS, page.file.name


def test_pages_print_to_pdf_on_a4(pages_seen, tmp_path):
    for page in pages_seen(scheme="dark"):
        page.emulate_media(media="print")
        target = tmp_path / f"{page.file.stem}.pdf"
        page.pdf(path=target, prefer_css_page_size=True, print_background=True)
        assert target.read_bytes().startswith(b"%PDF")
        if shutil.which("pdfinfo"):
            told = subprocess.run(["pdfinfo", target], capture_output=True, text=True, check=True).stdout
            assert "(A4)" in told
            assert int(told.split("Pages:")[1].split()[0]) >= 1
