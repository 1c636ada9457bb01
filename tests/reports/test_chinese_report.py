"""A Chinese report of the demo company is Chinese from its title to its last line."""

import html
import json
import re

import pytest

from tests.display import catalogs
from tests.reports.test_run import command

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("chinese_report")]

# What stays as it is on a Chinese page: names of things, and works that are cited under their own titles.
NAMES = (
    "Harbour & Hill", "Harbour & Hill Roastery", "crm-analysis", "scikit-learn", "scikit learn", "profile.json", "data/demo",
    *(column for table in catalogs.TABLES.values() for column in (c.name for c in table)), *catalogs.TABLES,
)  # fmt: skip


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    out = tmp_path_factory.mktemp("reports") / "中文 报告"
    done = command("report", "--lang", "zh", "--out", out)
    assert done.returncode == 0, done.stderr
    return out


def english(page):
    """Runs of three or more English words on a page that are neither code, nor names, nor works that are cited."""
    body = page.split("<body")[1].split("<script>")[0]
    body = re.sub(r"<(code|pre|math|style)\b.*?</\1>", " ", body, flags=re.DOTALL)
    body = re.sub(r"<p>参考文献：.*?</p>", " ", body, flags=re.DOTALL)
    shown = " ".join([*re.findall(r'(?:alt|aria-label|title|data-\w+)="([^"]*)"', body), re.sub(r"<[^>]+>", "|", body)])
    shown = html.unescape(shown)
    for name in sorted(NAMES, key=len, reverse=True):
        shown = shown.replace(name, "|")
    return re.findall(r"[A-Za-z][a-z]+(?:[ ,;:]+[A-Za-z][a-z]+){2,}", shown)


def test_no_page_holds_an_english_sentence(report):
    found = {page.name: english(page.read_text(encoding="utf-8")) for page in sorted(report.glob("*.html"))}
    assert set(found) == {"index.html", *(f"{p.stem}.html" for p in catalogs.notebooks() if p.name[0].isdigit())}
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_english_would_be_found():
    assert english("<body><p>Nobody has translated this.</p>") == ["Nobody has translated this"]
    assert english("<body><p>参考文献：A. Gini (1914), Nobody has translated this</p>") == []


def test_the_pages_say_that_they_are_chinese_and_show_chinese_figures(report):
    for page in report.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert '<html lang="zh-CN">' in text
        assert "\xa0%" not in text
    front = (report / "01_customer_base.html").read_text(encoding="utf-8")
    assert re.search(r"<dd>[\d,]+欧元</dd>", front)
    assert "年" in front


def test_the_figures_are_those_of_the_english_report(report, demo_report):
    def figures(folder):
        headlines = json.loads((folder / "run.json").read_text(encoding="utf-8"))["headlines"]
        return {f"{stem}.{h['key']}": h["value"] for stem, each in headlines.items() for h in each}

    assert figures(report) == pytest.approx(figures(demo_report))


def test_an_error_is_told_in_chinese(tmp_path):
    done = command("report", "--lang", "zh", "--out", tmp_path / "out", "--source", tmp_path / "nothing.csv")
    assert done.returncode == 3
    assert "没有这个文件或文件夹" in done.stderr
    done = command("report", "--lang", "zh", "--out", tmp_path / "out", "-p", "levls", "4")
    assert done.returncode == 2
    assert "未知的参数'levls'" in done.stderr
    assert command("report", "--lang", "fr", "--out", tmp_path / "out").returncode == 2


def test_the_command_writes_chinese_copies_of_the_notebooks(tmp_path):
    done = command("notebooks", "--lang", "zh", tmp_path / "copies")
    assert done.returncode == 0, done.stderr
    assert {p.name for p in (tmp_path / "copies").iterdir()} == {p.name for p in catalogs.notebooks()}
    again = command("notebooks", "--lang", "zh", tmp_path / "copies")
    assert again.returncode == 2
    assert "可能有您的工作" in again.stderr
