"""The index: one card per report, its headline figures, its links."""

import re

from crm_analysis.reports import index

FIGURE = {"key": "revenue", "label": "Revenue", "kind": "money", "value": 1.0, "text": "EUR 1.00"}
CARD = {
    "stem": "02_rfm", "title": "RFM", "summary": "Who buys?", "href": "02_rfm.html",
    "notebook_href": "notebooks/02_rfm.ipynb", "headlines": [FIGURE], "seconds": 1.5,
}  # fmt: skip
REPORT = {
    "name": "demo", "as_of": "2025-01-01", "source": "data/demo", "currency": "EUR",
    "facts": {"customers": 3, "orders": 4, "amount_sum": 5.0}, "notebooks": [CARD],
}  # fmt: skip


def test_a_card_shows_title_summary_headlines_and_links():
    made = index.page(REPORT)
    assert '<a href="02_rfm.html">RFM</a>' in made
    assert "<p>Who buys?</p>" in made
    assert "<dt>Revenue</dt><dd>EUR 1.00</dd>" in made
    assert '<a href="notebooks/02_rfm.ipynb">' in made


def test_a_card_tells_the_first_two_steps():
    made = index.page(REPORT | {"notebooks": [CARD | {"steps": ["Call <b>", "Write", "Wait"]}]})
    assert re.findall(r"<li>(.*)</li>", made.split("What to do first")[1])[:3] == ["Call &lt;b&gt;", "Write"]
    assert "What to do first" not in index.page(REPORT)


def test_movement_is_told_by_direction_and_few_customers_are_withheld():
    moved = {
        "title": "Tiers",
        "sides": ["2024-01-01", "2025-01-01"],
        "moved": {"down": None, "gone": None, "new": 7, "same": 0, "up": 1200},
    }
    nothing = {"since": None, "figures": [], "unlike": [], "drift": []}
    made = index.page(REPORT | {"notebooks": [CARD | {"moves": [moved]}], "changes": nothing})
    row = re.search(r"<tr><td>RFM</td><td>Tiers</td>(.*)</tr>", made)[1]
    assert re.findall(r"<td[^>]*>([^<]*)</td>", row) == ["2024-01-01", "1,200", "*", "0", "7", "*"]
    assert "withheld: fewer than 5 customers" in made
    assert "moved between groups" not in index.page(REPORT | {"changes": nothing})


def test_every_report_has_its_card_in_order():
    cards = [CARD | {"stem": f"0{n}", "title": f"Report {n}", "href": f"0{n}.html"} for n in (2, 1, 3)]
    made = index.page(REPORT | {"notebooks": cards})
    assert re.findall(r'<h2 id="report-0\d"><a href="0\d.html">(Report \d)</a>', made) == [
        "Report 2",
        "Report 1",
        "Report 3",
    ]


def test_a_card_needs_neither_headlines_nor_a_notebook():
    bare = {key: CARD[key] for key in ("stem", "title", "href")}
    assert "Notebook" not in index.page(REPORT | {"notebooks": [bare]})


def test_seconds_do_not_change_the_page():
    assert index.page(REPORT) == index.page(REPORT | {"notebooks": [CARD | {"seconds": 99}]})


def test_links_stay_in_the_folder():
    made = index.page(REPORT | {"notebooks": [CARD | {"href": "javascript:pwn()", "notebook_href": "a b/客.ipynb"}]})
    assert 'href="javascript%3Apwn%28%29"' in made
    assert 'href="a%20b/%E5%AE%A2.ipynb"' in made


def test_hostile_text_shows_literally():
    attack = "</script><script>pwn()</script><img src=x onerror=pwn()>"
    figure = FIGURE | {"label": attack, "text": attack}
    card = CARD | {"stem": attack, "title": attack, "summary": attack, "headlines": [figure]}
    made = index.page(REPORT | {"name": attack, "source": attack, "as_of": attack, "notebooks": [card]})
    assert made.count("<script") == 1, "our own"
    assert "<script>pwn" not in made
    assert "<img" not in made
    assert made.count("&lt;script&gt;") >= 6
