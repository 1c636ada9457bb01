"""What changed since an earlier run: which run, which figures, which distributions; and alerts on it."""

import json

import pandas as pd
import pytest

from crm_analysis.reports import alerts, changes, history, index, publish
from tests.reports.stand_ins import figures

FACTS = {"currency": "EUR", "as_of": "2024-03-01"}


def headlines(**values):
    return figures(**values)["headlines"]


def log(stem="02_rfm", parameters=None, **values):
    return {"headlines": {stem: headlines(**values)}, "parameters": {stem: parameters or {}}, "currency": "EUR"}


def run(as_of="2024-02-01", folder=None, **told):
    return history.Run(1, as_of, folder, {"as_of": as_of} | told)


def compared(now, earlier, learned=(), kept=(), table=None):
    return changes.changes(now, FACTS, earlier, dict(learned), dict(kept), table)


def published(folder, number, as_of, **told):
    place = folder / ".runs" / "r" / f"{number:06d}"
    place.mkdir(parents=True)
    (place / "run.json").write_text(json.dumps({"as_of": as_of} | told))


def test_the_run_to_compare_with_speaks_of_an_earlier_day_so_that_doing_it_again_says_the_same(tmp_path):
    for number, as_of in enumerate(["2024-01-01", "2024-03-01", "2024-02-01", "2024-02-01"], 1):
        published(tmp_path, number, as_of)
    (tmp_path / ".runs" / "r" / "000009").mkdir()
    (tmp_path / ".runs" / "r" / "failed").mkdir()
    runs = history.published(tmp_path / "r")
    assert [r.number for r in runs] == [1, 3, 4, 2]
    assert history.before(runs, "2024-03-01").number == 4
    assert history.before(runs, "2024-02-01").number == 1
    assert history.before(runs, "2024-01-01") is None
    assert history.latest(runs, "2024-02-15").number == 4
    assert history.latest(runs, "2023-12-31") is None


def test_every_headline_of_either_run_has_its_row():
    now, then = log(revenue=("money", 120.0), share=("share", 0.5)), log(share=("share", 0.4), gone=("count", 3))
    found = compared(now, run(**then))
    assert [(f["key"], f["now"], f["then"]) for f in found["figures"]] == [
        ("revenue", 120.0, None), ("share", 0.5, 0.4), ("gone", None, 3),
    ]  # fmt: skip
    assert found["since"] == "2024-02-01"


def test_what_makes_comparing_unsafe_is_told():
    then = log(revenue=("money", 100.0), parameters={"levels": 5}) | {"currency": "USD"}
    found = compared(log(revenue=("money", 120.0), parameters={"levels": 4}), run(**then))
    assert found["unlike"] == ["parameters", "currency", "spans"]
    assert found["figures"][0]["then"] is None


def test_movement_over_unlike_spans_is_told_and_months_are_alike():
    first = compared(log(), run(currency="EUR"))
    assert (first["unlike"], first["spans"]) == (["spans"], (29, 365))
    moved = {
        "title": "T",
        "sides": ["2024-02-01", "2024-03-01"],
        "moved": dict.fromkeys(("up", "down", "same", "new", "gone"), 9),
    }
    told = index.page(
        {"name": "demo", "as_of": "2024-03-01", "source": "x", "currency": "", "facts": {}, "changes": first}
        | {"notebooks": [CARD | {"moves": [moved]}]}
    )
    assert "This run counts movement over 29 days, that one over 365" in told
    assert "counts movement over" not in page(first), "nothing of movement on this page"
    monthly = compared(log(), run(currency="EUR", compared_with={"run": 1, "as_of": "2024-01-01"}))
    assert (monthly["unlike"], monthly["spans"]) == ([], (29, 31))


def test_the_first_report_has_nothing_to_compare_with():
    found = compared(log(revenue=("money", 1.0)), None)
    assert (found["since"], found["figures"], found["drift"]) == (None, [], [])


BASE = pd.DataFrame({"revenue": [float(v) for v in range(100)], "orders": [1, 2] * 50, "first_order_day": range(100)})


def test_drift_is_that_of_numbers_per_customer_and_of_no_calendar_day():
    inputs = changes.distributions(BASE)
    assert set(inputs) == {"revenue", "orders"}
    same = compared(log(), run(inputs=inputs), table=BASE)
    assert [row["psi"] for row in same["drift"]] == [0, 0]
    moved = compared(log(), run(inputs=inputs), table=BASE.assign(revenue=BASE["revenue"] + 50))
    assert [row["column"] for row in moved["drift"]] == ["revenue", "orders"], "what moved most stands first"
    assert moved["drift"][0]["psi"] > changes.MAJOR
    assert (moved["drift_since"], moved["drift_from"]) == ("2024-02-01", "run")


def test_with_a_profile_drift_counts_from_the_customers_it_was_learned_on():
    learned = {"as_of": "2023-12-01", "inputs": changes.distributions(BASE)}
    found = compared(log(), run(inputs={}), learned=learned, table=BASE)
    assert (found["drift_since"], found["drift_from"]) == ("2023-12-01", "profile")
    assert [row["psi"] for row in found["drift"]] == [0, 0]


def test_shares_by_name_that_both_runs_kept_are_compared(tmp_path):
    (tmp_path / "profile.json").write_text(
        json.dumps(
            {"profiles": {"brands": {"market_shares": {"A": 0.5, "B": 0.5}, "sizes": [1], "odd_shares": {"A": 9}}}}
        )
    )
    kept = {"brands": {"market_shares": {"A": 0.6, "B": 0.4}, "sizes": [1], "odd_shares": {"A": 1}}, "new": {}}
    (row,) = compared(log(), run(folder=tmp_path), kept=kept)["drift"]
    assert row == {"column": "market_shares", "psi": pytest.approx(0.0405, abs=1e-4)}


CARD = {"stem": "02_rfm", "title": "RFM", "href": "02_rfm.html", "notebook_href": None, "summary": ""}


def page(changed, raised=(), lang="en"):
    report = {"name": "demo", "as_of": "2024-03-01", "source": "x", "currency": "EUR", "facts": {}, "lang": lang}
    return index.page(report | {"notebooks": [CARD], "changes": changed, "alerts": list(raised)})


@pytest.mark.parametrize(
    ("kind", "now", "then", "told"),
    [
        ("count", 120, 100, "+20 (+20.0\xa0%)"),
        ("count", 80, 100, "−20 (−20.0\xa0%)"),
        ("money", 1250.0, 1000.0, "+250 (+25.0\xa0%)"),
        ("share", 0.25, 0.2, "+5.0 points"),
        ("change", -0.05, 0.05, "−10.0 points"),
        ("share", 0.27004, 0.27, "hardly changed"),
        ("number", 2.0, 0, "+2"),
        ("count", 5, 5, "unchanged"),
        ("text", "b", "a", "changed"),
        ("count", 5, None, "new"),
        ("count", None, 5, "no longer told"),
    ],
)
def test_a_difference_is_told_in_the_figures_own_unit(kind, now, then, told):
    assert index._difference(now, then, kind) == told


def test_the_index_tells_figures_drift_and_unlike_parameters_in_words():
    now = log(revenue=("money", 120.0), orders=("count", 5), parameters={"n": 1})
    earlier = run(**log(revenue=("money", 100.0), orders=("count", 5)), inputs=changes.distributions(BASE))
    shown = page(compared(now, earlier, table=BASE.assign(orders=[9] * 100)))
    assert "Compared with the run as of 2024-02-01: 1 figures are higher, 0 lower, 1 unchanged." in shown
    assert "Parameters differ from those of that run" in shown
    assert "<td>RFM</td><td>Revenue</td>" in shown
    assert "EUR\xa0120" in shown
    assert "a major shift" in shown
    assert "no change to speak of" in shown
    assert "There is no earlier run of this report to compare with." in page(compared(now, None))


def test_equal_runs_give_equal_pages():
    earlier = run(**log(revenue=("money", 100.0)), inputs=changes.distributions(BASE))
    shuffled = BASE.sample(frac=1, random_state=5)
    now = log(revenue=("money", 120.0))
    assert page(compared(now, earlier, table=BASE)) == page(compared(now, earlier, table=shuffled))


def raised(alert, value=150000.0, before=None, kind="money", whole=True):
    earlier = run(**log(lost=(kind, before))) if before is not None else None
    return alerts.checked([{"headline": "lost"} | alert], {"02_rfm": headlines(lost=(kind, value))}, earlier, whole)


@pytest.mark.parametrize(
    ("alert", "before", "told"),
    [
        ({"above": 100000}, None, "Lost: EUR\xa0150,000, above the limit of EUR\xa0100,000."),
        ({"above": 150000}, None, None),
        ({"below": 200000}, None, "Lost: EUR\xa0150,000, below the limit of EUR\xa0200,000."),
        ({"change_above": 0.1}, 100000.0, "Lost: a change of +50.0\xa0%, more than +10.0\xa0%."),
        ({"change_above": 0.6}, 100000.0, None),
        ({"change_below": -0.2}, 300000.0, "Lost: a change of −50.0\xa0%, less than −20.0\xa0%."),
        ({"change_above": 0.1}, None, None),
        ({"change_above": 0.1}, 0.0, None),
        ({"change_below": -0.5}, -100000.0, None),
        ({"above": 1, "notebook": "02_rfm"}, None, "Lost: EUR\xa0150,000, above the limit of EUR\xa01.00."),
    ],
)
def test_an_alert_is_raised_beyond_its_bound_only(alert, before, told):
    assert [alerts.told(a, "EUR") for a in raised(alert, before=before)] == ([told] if told else [])


def test_an_alert_that_could_never_fire_is_an_alert_when_every_notebook_ran():
    (found,) = raised({"headline": "lsot", "above": 1})
    assert alerts.told(found) == "The alert on lsot could not be checked: no report has such a figure."
    assert raised({"headline": "lsot", "above": 1}, whole=False) == []
    assert len(raised({"headline": "lost", "notebook": "03_other", "above": 1})) == 1
    (found,) = raised({"above": 1}, value="much", kind="text", whole=False)
    assert alerts.told(found) == "The alert on lost could not be checked: no report has such a figure."


def test_alerts_stand_on_the_card_of_their_report_and_those_of_none_above_all():
    shown = page(compared(log(), None), [*raised({"above": 1}), *raised({"headline": "lsot", "above": 1})])
    general, card = shown.split('<ul class="cards">')
    assert "could not be checked" in general
    assert "above the limit" in card.split("</article>")[0]
    assert "above the limit" not in general


def test_a_run_that_was_compared_with_is_kept_however_often_the_next_is_made(tmp_path):
    out = tmp_path / "r"
    for _ in range(publish.KEEP + 3):
        with publish.lock(out), publish.draft(out) as draft:
            (draft / "run.json").write_text("{}")
            publish.switch(draft, out, ["run.json"], keep=(1,))
    numbers = sorted(int(p.name) for p in publish.runs(out).iterdir() if p.name.isdigit())
    assert numbers == [1, *range(4, 9)]
