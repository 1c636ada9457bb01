"""PDF: an A4 print of a page, or a clear word about why not."""

import os
import shutil

import pytest

from crm_analysis.reports import pdf


@pytest.mark.browser
@pytest.mark.slow
def test_a_page_is_printed_with_a_path_of_blanks_and_chinese(tmp_path):
    if not any(map(shutil.which, pdf.PROGRAMS)) and not os.environ.get("CRM_CHROMIUM"):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium is installed")
    page = tmp_path / "客 户 {1}.html"
    page.write_text("<!doctype html><title>t</title><p>Seven customers", encoding="utf-8")
    pdf.printed(page, tmp_path / "客 户.pdf", tmp_path)
    assert (tmp_path / "客 户.pdf").read_bytes().startswith(b"%PDF")


def test_without_a_browser_the_refusal_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CRM_CHROMIUM", raising=False)
    with pytest.raises(pdf.NoBrowser, match="install it, or name it in CRM_CHROMIUM"):
        pdf.printed(tmp_path / "page.html", tmp_path / "page.pdf", tmp_path)


def test_a_browser_that_prints_nothing_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("CRM_CHROMIUM", shutil.which("true"))
    with pytest.raises(OSError, match=r"page\.html could not be printed: no reason given"):
        pdf.printed(tmp_path / "page.html", tmp_path / "page.pdf", tmp_path)
