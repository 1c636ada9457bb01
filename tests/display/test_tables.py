"""The one helper that makes every table people see."""

from html.parser import HTMLParser

import pandas as pd

from crm_analysis.display import tables, words


class Cells(HTMLParser):
    """Texts of a table's cells, and every tag that stands in it."""

    def __init__(self, html):
        super().__init__()
        self.texts, self.tags = [], set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)

    def handle_data(self, data):
        self.texts.append(data)


HOSTILE = "</td><script>window.__pwn=1</script> & $x$ \"'"


def test_values_headings_and_caption_are_escaped():
    frame = pd.DataFrame({HOSTILE: [HOSTILE], "customers": [3]})
    shown = Cells(tables.show(frame, HOSTILE)._repr_html_())
    assert shown.tags == {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert shown.texts.count(HOSTILE) == 2
    assert HOSTILE.capitalize() in shown.texts


def test_figures_are_formatted_by_column_and_money_headings_carry_the_currency():
    frame = pd.DataFrame(
        {"segment": ["a", "b"], "customers": [1200, 30], "revenue": [10.5, 2000.0], "revenue_share": [0.1, 0.9]}
    )
    html = tables.show(frame, "t", "EUR")._repr_html_()
    assert Cells(html).texts == [
        "t", "Segment", "Customers", "Revenue (EUR)", "Share of revenue",
        "a", "1,200", "11", "10.0\xa0%", "b", "30", "2,000", "90.0\xa0%",
    ]  # fmt: skip
    assert html.count('class="number"') == 9


def test_all_cells_of_a_column_share_their_decimals():
    frame = pd.DataFrame({"mean_frequency": [1.0, 2.25], "revenue": [5.0, 7.125]})
    assert Cells(tables.show(frame, "t")._repr_html_()).texts[-4:] == ["1.00", "5.00", "2.25", "7.13"]


def test_what_is_cut_is_said():
    table = tables.show(pd.DataFrame({"customers": range(100)}), "Many", max_rows=10)
    assert "the first 10 of 100 rows" in table.html
    assert table.html.count("<tr>") == 11


def test_two_ends_are_shown_as_one_interval():
    frame = pd.DataFrame({"low": [None, 2.0, 5.0, 5.0], "high": [2.0, 5.0, 5.0, None], "customers": [10, 20, 0, 40]})
    texts = Cells(tables.show(frame, "t", interval=("low", "high"))._repr_html_()).texts
    assert texts[1:] == ["Values", "Customers", "up to 2", "10", "over 2 to 5", "20", "–", "0", "over 5", "40"]


def test_figures_of_a_few_customers_are_withheld_with_those_that_would_give_them_away():
    frame = pd.DataFrame(
        {"segment": list("abc"), "customers": [3, 50, 9], "revenue": [1.0, 2.0, 7.0], "advice": list("xyz")}
    )
    texts = Cells(tables.show(frame, "t").html).texts
    assert texts[0] == "t. * withheld: fewer than 5 customers, or needed to hide such a figure"
    assert texts[5:] == ["a", "*", "*", "x", "b", "50", "2.00", "y", "c", "*", "*", "z"]


def test_a_table_of_one_group_is_the_base_and_is_shown():
    frame = pd.DataFrame({"segment": ["all", "none"], "customers": [3, 0]})
    assert Cells(tables.show(frame, "t").html).texts[3:] == ["all", "3", "none", "0"]


def test_an_empty_table_still_has_its_headings():
    table = tables.show(pd.DataFrame({"segment": [], "customers": []}), "None")
    assert Cells(table.html).texts == ["None", "Segment", "Customers"]
    assert repr(table).splitlines() == ["None", "Segment  Customers"]


def test_sentences_are_escaped_and_empty_ones_left_out():
    said = words.say(HOSTILE, None, False, "")
    assert Cells(said._repr_html_()).tags == {"p"}
    assert Cells(said._repr_html_()).texts == [HOSTILE]
    assert repr(said) == HOSTILE
