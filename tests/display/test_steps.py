"""What to do first is data for the index and a list for the eye."""

from crm_analysis.display import steps
from crm_analysis.reports import markup


def test_steps_are_emitted_in_order_and_remarks_are_not_steps():
    shown = steps.show(["Call <them>", "", "Write"], "", "It is late.")
    bundle = shown._repr_mimebundle_()
    assert bundle[steps.MIME] == {"steps": ["Call <them>", "Write"]}
    assert bundle["text/plain"] == "Call <them>\nWrite\nIt is late."
    assert bundle["text/html"] == '<ol class="steps"><li>Call &lt;them&gt;</li><li>Write</li></ol><p>It is late.</p>'


def test_a_page_shows_them_as_they_are():
    html = steps.show(["Call"], "It is late.")._repr_html_()
    assert markup.known_html(html) == html


def test_without_steps_there_is_no_list():
    assert steps.show([], "Nothing is known.")._repr_html_() == "<p>Nothing is known.</p>"
