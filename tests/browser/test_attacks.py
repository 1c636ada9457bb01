"""Every report of the suite on a source full of attacks: nothing runs, names are shown as names, lists come back."""

import zipfile

import pandas as pd
import pytest
import python_calamine

from crm_analysis.display import exports
from tests.browser import hostile_source
from tests.browser.hostile_source import BRANDS, CATEGORIES, IDS, KINDS, NAME, SEGMENTS

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("attacks")]

SHOWN = {  # what each report must show literally
    "02_rfm": SEGMENTS,
    "05_brand_switching_clv": (*BRANDS, CATEGORIES[0]),
    "06_loyalty": CATEGORIES,
    "07_satisfaction_service": KINDS,
}


@pytest.fixture(scope="module")
def attacked_pages(open_page, attacked_reports):
    """Every page, opened in a fresh window."""
    return [open_page(file) for file in sorted(attacked_reports.glob("*/*.html"))]


def test_every_report_of_the_suite_was_attacked(attacked_pages, attacked_reports):
    from tests.reports.outside import ROOT

    stems = {path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")} | {"index"}
    assert {page.file.stem for page in attacked_pages} == stems
    assert {p.name for p in attacked_reports.iterdir()} <= {"business", "classroom", ".runs"}, "no file lies elsewhere"


def test_nothing_runs_and_nothing_becomes_markup(attacked_pages):
    for page in attacked_pages:
        assert page.told == [], page.file.name
        assert page.evaluate("window.__pwn") is None, page.file.name
        markup = "iframe, body svg, body style, [onerror], [onload], [onclick], [href^='javascript:']"
        assert page.eval_on_selector_all(markup, "all => all.map(e => e.outerHTML)") == [], page.file.name
        assert page.evaluate("document.scripts.length") == 1, "our own"
        assert page.evaluate("getComputedStyle(document.body).display") != "none", "no style of theirs hides the page"


def test_names_are_shown_as_the_names_they_are(attacked_pages):
    for page in attacked_pages:
        seen = page.evaluate("document.body.textContent + [...document.images].map(i => i.alt).join()")
        wanted = (NAME, *SHOWN.get(page.file.stem, ()))
        assert [name for name in wanted if name not in seen] == [], page.file


def test_no_customer_stands_on_a_page(attacked_pages):
    """Lists are for those who asked for them; pages are passed on."""
    own = set(IDS) - {
        *KINDS,
        *hostile_source.CAMPAIGNS,
        "+1+1",
        "-2+3",
        "=1+1",
        "@SUM(A1:A9)",
    }  # those are names elsewhere too
    for page in attacked_pages:
        cells = set(page.eval_on_selector_all("td, dd, li, p", "all => all.map(e => e.textContent.trim())"))
        assert not own & cells, page.file.name


def test_lists_hold_nothing_live_and_come_back_with_the_ids_of_the_source(attacked_reports):
    lists = sorted((attacked_reports / "business" / "lists").rglob("*.csv"))
    assert {"rfm_customers.csv", "loyalty_index.csv", "service_calls.csv"} <= {path.name for path in lists}
    people = set(pd.read_csv(next(attacked_reports.parent.glob("customers*.csv")), dtype=str)["customer_id"])
    assert len(people) == 90
    for path in lists:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        back = exports.read_csv(path)
        ids = back["customer_id"].tolist()
        assert set(ids) <= people, path.name
        assert not [v for v in raw["customer_id"] if v[:1] in set("=+-@\t\r＝＋－＠")], path.name
        sheet = python_calamine.CalamineWorkbook.from_path(path.with_suffix(".xlsx")).get_sheet_by_index(0)
        rows = sheet.to_python(skip_empty_area=False)[1:]
        at = back.columns.get_loc("customer_id")
        assert [row[at] for row in rows][: len(ids)] == ids, path.name
        with zipfile.ZipFile(path.with_suffix(".xlsx")) as book:
            inside = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in inside
        assert "hyperlink" not in inside.lower()
    everybody = exports.read_csv(next(path for path in lists if path.name == "rfm_customers.csv"))
    assert set(everybody["customer_id"]) == people, "nobody is lost or renamed"
    assert set(everybody["segment"]) == set(SEGMENTS)


def test_a_batch_by_a_column_of_attacks_has_plain_folders_and_an_inert_index(open_page, attacked_reports, tmp_path):
    from tests.reports.outside import command

    source = attacked_reports.parent / "shop.yml"
    asked = ("01_customer_base", "--by", "region", "--source", source, "--out", tmp_path / "by")
    done = command("report", *asked, timeout=1500)
    assert done.returncode == 0, done.stderr
    parts = [path.name for path in (tmp_path / "by").iterdir() if path.is_dir() and path.name != ".runs"]
    assert len(parts) == len(hostile_source.REGIONS)
    assert not [name for name in parts if set(name) & set("<>\"'&{}/\\")]
    page = open_page(tmp_path / "by" / "index.html")
    assert page.told == []
    assert page.evaluate("window.__pwn") is None
    seen = page.evaluate("document.body.textContent")
    assert [region for region in hostile_source.REGIONS if region not in seen] == []
