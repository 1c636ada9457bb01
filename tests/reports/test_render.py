"""An executed notebook becomes a page that shows what it should, hides what it should, and obeys nothing in the data."""

import base64
import hashlib
import re

import nbformat.v4 as v4
import pandas as pd
import pytest

from crm_analysis.display import charts, headlines, tables, words
from crm_analysis.reports import markup, render

ATTACKS = ("</script><script>window.__pwn=1</script>", "<img src=x onerror=window.__pwn=2>", '"><svg onload=pwn()>')
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
FACTS = {
    "name": "demo", "source": "data/demo", "currency": "EUR", "as_of": "2025-01-01", "customers": 3, "orders": 1200,
    "amount_sum": 98765.4, "date_min": "2024-01-01", "date_max": "2024-12-31",
    "tables": {
        "transactions": {
            "files": [{"name": "transactions.csv", "sha256": "0123456789abcdef" * 4, "bytes": 1024}],
            "rows_in": 1500, "rows_kept": 1490, "dropped": {"no customer": 7, "exact duplicate": 3},
            "columns": ["customer_id", "amount"], "ignored_columns": ["till"],
            "warnings": [{"code": "negative", "message": "Amounts below zero are returns.", "count": 12}],
        }
    },
}  # fmt: skip
PARAMETERS = [{"name": "n_bins", "type": "int", "value": 5, "help": "levels per score"}]


def prose(source, *tags):
    return v4.new_markdown_cell(source, metadata={"tags": list(tags)})


def code(source, *outputs, tags=()):
    return v4.new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def shown(data, about=None):
    return v4.new_output("display_data", data=data, metadata=about or {})


def table(frame, caption="Segments"):
    made = tables.show(frame, caption)
    return shown({"text/html": made._repr_html_(), "text/plain": repr(made)})


def chart(alt="Bars", caption="By segment"):
    data, about = charts.Chart(SVG, alt, caption)._repr_mimebundle_()
    return shown(data, about)


def strip(**figures):
    return shown(headlines.show("EUR", **figures)._repr_mimebundle_())


def page(*cells, audience="business", facts=FACTS, parameters=PARAMETERS):
    return render.page(v4.new_notebook(cells=list(cells)), facts, parameters, audience)


def text_of(html_page):
    body = html_page.split("</style>")[1].split("<script>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def test_the_first_thing_in_the_head_is_a_policy_that_forbids_all_but_our_own_style_and_script():
    made = page(prose("# A"))
    css = re.search(r"<style>(.*?)</style>", made, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    first = made[made.index("<head>") + len("<head>") :].lstrip()
    assert first.startswith('<meta http-equiv="Content-Security-Policy"')
    js = re.search(r"<script>(.*?)</script>", made, re.DOTALL)[1]
    ours = base64.b64encode(hashlib.sha256(js.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; script-src 'sha256-{ours}'; "
    assert f"content=\"{policy}base-uri 'none'; form-action 'none'\"" in first
    assert made.count("<script") == 1
    assert 'style="' not in made


def test_nothing_on_the_page_has_an_address_outside_it():
    addresses = re.findall(
        r'(?:src|href|action|srcset)="([^"]*)"', page(prose("# A\n\n## B\n\ntext"), code("1", chart()))
    )
    assert {a.split(":")[0] if ":" in a else a[0] for a in addresses} == {"#", "data", "i"}  # i: index.html
    assert "url(" not in page(prose("# A")).split("</style>")[0]


def test_the_same_notebook_gives_the_same_bytes_whatever_its_cell_ids():
    def made():
        return page(prose("# A\n\n## B"), code("1", chart(), table(pd.DataFrame({"segment": ["x"]}))))

    first = v4.new_markdown_cell("## Tell")
    assert made() == made()
    assert first["id"] not in page(prose("# A"), first, prose("text"))


def test_the_title_is_the_one_heading_of_level_one():
    made = page(prose("# RFM: *who* buys & why?\n\nA question."), prose("# Another\n\ntext"))
    assert made.count("<h1>") == 1
    assert "<h1>RFM: who buys &amp; why?</h1>" in made
    assert re.search(r'<h2 id="another">.*Another</h2>', made)
    assert "<title>RFM: who buys &amp; why? – demo</title>" in made


def test_headings_never_skip_a_level():
    made = page(prose("# A\n\n## B\n\n#### C\n\ntext\n\n###### D\n\ntext"))
    levels = [int(n) for n in re.findall(r"<h(\d)", made)]
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


def test_headline_figures_stand_before_the_first_section_and_only_there():
    made = page(
        prose("# A\n\n## B\n\ntext"), prose("## Headlines"), code("1", strip(revenue=("Revenue", 1234.5, "money")))
    )
    assert made.count("EUR\xa01,235") == 1
    assert made.index("EUR\xa01,235") < made.index('<h2 id="contents">') < made.index('<h2 id="b">')
    assert "Headlines</h2>" not in made  # nothing is left under that heading


def test_headlines_are_read_from_data_not_from_html():
    notebook = v4.new_notebook(cells=[code("1", strip(a=("A", 1, "count"))), code("2", strip(b=("B", 0.5, "share")))])
    assert [(f["key"], f["text"]) for f in render.headlines(notebook)] == [("a", "1"), ("b", "50.0\xa0%")]


def test_contents_list_every_section_by_number_and_link_to_it():
    made = page(prose("# A\n\n## Data\n\nx\n\n## Data\n\ny\n\n## Limits & more\n\nz"))
    listed = re.findall(r'<li><a href="#([^"]+)"><span class="no">(\d)</span> ([^<]+)</a>', made)
    assert listed == [("data", "1", "Data"), ("data-2", "2", "Data"), ("limits-more", "3", "Limits &amp; more")]
    for address, number, words_ in listed:
        assert f'<h2 id="{address}"><span class="no">{number}</span> {words_}</h2>' in made


def test_a_section_never_takes_an_address_that_the_page_uses_itself():
    ids = re.findall(
        r'id="([^"]+)"', page(prose("# A\n\n## Contents\n\nx\n\n## Method\n\ny\n\n## Main\n\nz\n\n## 客户\n\n好"))
    )
    assert len(ids) == len(set(ids))
    assert "客户" in ids


CELLS = (
    prose("# A\n\nLead."),
    code("n_bins: int = 5", tags=["parameters"]),
    code("n_bins = 7  # injected", tags=["injected-parameters"]),
    code("import pandas", tags=["setup"]),
    prose("## Scores\n\nProse."),
    prose("Definition of a score.", "teach"),
    code("secret_call()", v4.new_output("stream", name="stderr", text="FutureWarning: soon")),
    prose("## Checks"),
    code("1", v4.new_output("stream", name="stdout", text="checked figures"), tags=["check"]),
)


def test_business_sees_no_code_no_teaching_no_checks_no_warnings():
    made = page(*CELLS)
    for hidden in ("secret_call", "import pandas", "n_bins: int", "injected", "Definition", "checked", "FutureWarning"):
        assert hidden not in made
    assert "Checks" not in made  # a heading over hidden cells alone announces nothing
    assert "Prose." in made


def test_classroom_sees_code_teaching_and_checks():
    made = page(*CELLS, audience="classroom")
    text = text_of(made)
    for seen in ("secret_call", "import pandas", "n_bins : int", "Definition", "checked figures", "Checks"):
        assert seen.replace(" ", "") in text.replace(" ", ""), seen
    assert "injected" not in made
    assert "<summary>Setup</summary>" in made


def test_an_unknown_audience_is_refused():
    with pytest.raises(ValueError, match="audience is 'boss'; it must be one of business, classroom"):
        page(prose("# A"), audience="boss")


@pytest.mark.parametrize("audience", ["business", "classroom"])
def test_errors_in_outputs_are_never_shown(audience):
    made = page(
        code("1", v4.new_output("error", ename="KeyError", evalue="oops", traceback=["Trace"])), audience=audience
    )
    assert not re.search("KeyError|oops|Trace", made)


def test_a_figure_is_an_image_with_its_text_alternative_and_caption():
    made = page(prose("# A\n\n## B"), code("1", chart("Bars: 3 & 4", "By <segment>")))
    source, alt = re.search(r'<img src="data:image/svg\+xml;base64,([^"]+)" alt="([^"]+)">', made).groups()
    assert base64.b64decode(source).decode() == SVG
    assert alt == "Bars: 3 &amp; 4"
    assert '<figcaption><span class="label">Figure 1</span> By &lt;segment&gt;</figcaption>' in made
    assert "<svg" not in made


def test_a_figure_without_a_text_alternative_still_gets_one():
    made = page(code("1", shown({"image/svg+xml": SVG, "text/plain": "<Figure>"}), shown({"image/svg+xml": SVG})))
    assert re.findall(r'<img [^>]*alt="([^"]*)"', made) == ["&lt;Figure&gt;", "Figure 2"]


def test_a_table_can_be_scrolled_by_keyboard_and_is_numbered():
    made = page(prose("# A\n\n## B"), code("1", table(pd.DataFrame({"revenue": [12.5]}), "Top & tail")))
    assert (
        '<div class="scroll" role="region" tabindex="0" aria-label="Table 1: Top &amp; tail"><table class="crm">'
        in made
    )
    assert '<span class="label">Table 1</span> Top &amp; tail' in made
    assert '<td class="number">12.50</td>' in made


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("audience", ["business", "classroom"])
def test_hostile_text_from_data_shows_literally_wherever_it_appears(attack, audience):
    facts = FACTS | {"name": attack, "source": attack, "currency": attack}
    bad = {"files": [{"name": attack, "sha256": attack, "bytes": 1}], "rows_in": 1, "rows_kept": 0, "dropped": {attack: 1},
           "columns": [attack], "ignored_columns": [attack], "warnings": [{"message": attack, "count": 1}]}  # fmt: skip
    facts["tables"] = {attack: bad}
    said = words.say(attack)
    made = page(
        prose("# A\n\n## B"),
        code("1", table(pd.DataFrame({attack: [attack]}), attack)),
        code("2", chart(attack, attack)),
        code("3", strip(bad=(attack, attack, "text"))),
        code("4", shown({"text/html": said._repr_html_(), "text/plain": repr(said)})),
        code("5", v4.new_output("stream", name="stdout", text=attack), shown({"text/plain": attack})),
        audience=audience,
        facts=facts,
        parameters=[{"name": attack, "type": "str", "value": attack, "help": attack}],
    )
    assert attack not in made
    assert made.count("<script") == 1, "our own"
    for tag in ("<script src", "<script>window", "<img src=x", "<svg", "onerror=window.__pwn=2>"):
        assert tag not in made
    assert made.count("&lt;") >= 12


@pytest.mark.parametrize(
    "html",
    [
        "<script>pwn()</script>",
        "<div>not ours</div>",
        "<p>ours?<script>pwn()</script></p>",
        '<p>ours?<img src="x" onerror="pwn()"></p>',
        '<p onclick="pwn()">x</p>',
        '<p>x<a href="javascript:pwn()">y</a></p>',
        '<p style="position:fixed">x</p>',
        '<p id="main">x</p>',
        "<p>x</p></section></main>",
        '<table class="crm"><tr><td>x',
        '<table class="crm"><tr><td>x</tr></table>',
        "<p>x<!-- c --></p>",
        "<p>x<br/></p>",
        "<p><![CDATA[<script>pwn()</script>]]></p>",
        "<p>x<?php ?></p>",
        '<p class="a&quot; onclick=pwn()">x</p>',
    ],
)
def test_html_that_our_helpers_did_not_write_is_replaced_by_its_plain_text(html):
    assert markup.known_html(html) is None
    made = page(code("1", shown({"text/html": html, "text/plain": "plain & simple"})))
    assert "plain &amp; simple" in made
    assert "pwn" not in made


def test_html_of_our_helpers_passes_unchanged():
    frame = pd.DataFrame({"segment": ["a <b> & 'c' \"d\""], "revenue": [1.0]})
    made = tables.show(frame, "x > y")._repr_html_()
    assert markup.known_html(made) == made.replace("&#x27;", "'").replace("&quot;", '"')


def test_printed_text_loses_colour_codes_and_memory_addresses():
    block = markup.plain_block("\x1b[31mred\x1b[0m <Axes at 0x7f12ab>")
    assert "red &lt;Axes&gt;" in block


def test_formulas_become_mathml_and_what_cannot_be_set_stays_readable():
    made = page(prose("# A\n\n## B\n\nLet $x_i$ be.\n\n$$\\frac{a}{b}$$\n\nBad: $\\frac{$ and $\\nosuch{x}$."))
    assert "<msub><mi>x</mi><mi>i</mi></msub>" in made
    assert 'display="block"' in made
    assert "<code>\\frac{</code>" in made
    assert "<code>\\nosuch{x}</code>" in made


def test_aligned_formulas_carry_no_equation_numbers():
    assert "(1)" not in markup.formula(r"\begin{aligned}a&=b\\c&=d\end{aligned}", block=True)
    assert "<mtr>" in markup.formula(r"\begin{align}a&=b\\c&=d\end{align}", block=True)


def test_the_method_box_tells_parameters_rows_reasons_files_and_versions():
    text = text_of(page(prose("# A")))
    for told in (
        "n_bins 5 levels per score", "transactions 1,500 1,490 10 no customer 7, exact duplicate 3",
        "customer_id, amount till", "Amounts below zero are returns. 12", "transactions.csv 1,024 0123456789ab ",
        "Read from data/demo; money in EUR", "Python 3.", "pandas 3.", "Period 2024-01-01 to 2024-12-31",
    ):  # fmt: skip
        assert told in text, told


def test_parameters_show_values_as_they_are():
    given = [{"name": n, "type": "", "value": v, "help": ""} for n, v in (("a", "00123"), ("b", None), ("c", [1, "é"]))]
    text = text_of(page(prose("# A"), parameters=given))
    assert "a 00123" in text
    assert "b –" in text
    assert "c [1, &#34;é&#34;]" in text


def test_facts_may_be_scarce():
    assert "<h1>A</h1>" in page(prose("# A"), facts={"name": "x"}, parameters=[])


def test_summary_is_the_first_paragraph_after_the_title():
    notebook = v4.new_notebook(cells=[prose("# A\n\nWho *buys*,\nand [why](x.html)?\n\nMore."), prose("## B\n\nNo.")])
    assert render.summary(notebook) == "Who buys, and why?"
    assert render.summary(v4.new_notebook(cells=[prose("# A"), prose("## B\n\nNo.")])) == ""


def test_a_page_stays_small_before_its_figures():
    made = page(
        *CELLS, *[code("1", table(pd.DataFrame({"segment": ["x"] * 20}))) for _ in range(10)], audience="classroom"
    )
    assert len(made.encode()) < 150_000


def test_a_printed_page_keeps_a_heading_with_what_it_announces_unless_that_is_a_long_table():
    short, long = (table(pd.DataFrame({"segment": [f"s{i}" for i in range(n)]})) for n in (3, 30))
    cells = [prose("# T: q?\n\nLead."), prose("## One\n\nSay."), code("x", short), code("y", short)]
    cells += [prose("## Two\n\nSay."), code("z", long)]
    page = render.page(v4.new_notebook(cells=cells), FACTS, PARAMETERS)
    one, two = re.findall(r'<div class="opening">(.*?)</div>\n(?=<div class="scroll"|</section>)', page, re.S)[:2]
    assert (one.count("<table"), two.count("<table")) == (1, 0)
    assert "Say." in one
    assert "Say." in two


def test_a_picture_higher_than_wide_is_given_more_of_a_printed_page():
    def is_tall(box):
        return markup.is_tall({"image/svg+xml": f'<svg viewBox="0 0 {box}"></svg>'})

    assert (is_tall("576 600.5"), is_tall("576 288"), markup.is_tall({"image/png": "x"})) == (True, False, False)
