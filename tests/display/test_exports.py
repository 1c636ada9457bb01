"""Customer lists: nothing in them is live, and they come back as they were."""

import stat
import zipfile

import duckdb
import pandas as pd
import pytest
import python_calamine
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.display import exports

HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "'=1+1", "''@x", "'plain", "=HYPERLINK(\"http://x\",\"y\")",
    "http://example.org", "00123", "1e5", "NA", "王芳", "a,b\"c", "=cmd|' /C calc'!A0", "＝1+1", "{=1}", "mailto:x@y.z",
]  # fmt: skip


def written(tmp_path, frame):
    shown = exports.show(frame, "calls", "Call today", tmp_path / "lists")
    return shown, tmp_path / "lists" / "calls.csv", tmp_path / "lists" / "calls.xlsx"


def cells(path):
    sheet = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    return sheet.to_python(skip_empty_area=False)[1:]


def test_hostile_texts_come_back_from_both_files_as_they_were(tmp_path):
    frame = pd.DataFrame({"customer_id": HOSTILE, "revenue": [1.5] * len(HOSTILE)})
    _, csv, xlsx = written(tmp_path, frame)
    assert exports.read_csv(csv)["customer_id"].tolist() == HOSTILE
    assert [row[0] for row in cells(xlsx)] == HOSTILE


def test_no_cell_of_the_csv_begins_like_a_formula(tmp_path):
    _, csv, _ = written(tmp_path, pd.DataFrame({"=head": HOSTILE, "revenue": [-1.0] * len(HOSTILE)}))
    raw = pd.read_csv(csv, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    texts = [*raw.columns, *raw.iloc[:, 0]]
    assert not [t for t in texts if t[:1] in set("=+-@\t\r\n＝＋－＠")]
    assert set(raw["revenue"]) == {"-1.0"}, "figures stay figures"


def test_the_workbook_holds_no_formula_and_no_link(tmp_path):
    _, _, xlsx = written(tmp_path, pd.DataFrame({"customer_id": HOSTILE}))
    with zipfile.ZipFile(xlsx) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<hyperlink" not in sheet.lower()


@pytest.mark.slow
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1), min_size=1, max_size=8))
def test_any_text_comes_back_from_the_csv(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("any")
    exports.show(pd.DataFrame({"customer_id": texts}), "calls", "Call today", folder)
    assert exports.read_csv(folder / "calls.csv")["customer_id"].tolist() == texts


def test_files_are_for_their_owner_only_and_the_same_each_time(tmp_path):
    frame = pd.DataFrame({"customer_id": ["a"], "due_on": pd.to_datetime(["2026-01-02"]), "revenue": [2.0]})
    _, *files = written(tmp_path, frame)
    first = [f.read_bytes() for f in files]
    written(tmp_path, frame)
    assert [f.read_bytes() for f in files] == first
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}


def test_dates_and_figures_are_typed_in_the_workbook(tmp_path):
    frame = pd.DataFrame({"customer_id": ["a"], "due_on": pd.to_datetime(["2026-01-02"]), "revenue": [2.25]})
    _, csv, xlsx = written(tmp_path, frame)
    assert cells(xlsx) == [["a", pd.Timestamp("2026-01-02").date(), 2.25]]
    assert csv.read_text("utf-8-sig") == '"customer_id","due_on","revenue"\n"a","2026-01-02",2.25\n'


def test_without_a_folder_nothing_is_written_and_the_note_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = exports.show(pd.DataFrame({"customer_id": ["a", "b"]}), "calls", "Call today")
    assert repr(shown) == "Customer list “Call today”: 2 customers; not written in this run."
    assert shown._repr_mimebundle_()[exports.MIME] == {"name": "calls", "caption": "Call today", "rows": 2, "files": []}
    assert list(tmp_path.iterdir()) == []


def test_a_text_too_long_for_a_cell_is_written_whole_as_csv_alone(tmp_path):
    text = "x" * 32_768
    shown, csv, xlsx = written(tmp_path, pd.DataFrame({"customer_id": [text]}))
    assert shown.files == ("calls.csv",)
    assert exports.read_csv(csv)["customer_id"].tolist() == [text]
    assert not xlsx.exists()


@pytest.mark.parametrize("name", ["../calls", "Calls", "", "a b", "a.csv"])
def test_a_name_that_could_lead_elsewhere_is_refused(name, tmp_path):
    with pytest.raises(ValueError, match="lower case"):
        exports.show(pd.DataFrame({"customer_id": ["a"]}), name, "Call today", tmp_path)


def test_a_list_of_a_database_is_written_piece_by_piece_as_the_same_list_at_once(tmp_path, monkeypatch):
    """Whole numbers stay whole beside missing ones, reasons stand beside every row, and the order stays."""
    frame = pd.DataFrame({
        "customer_id": [f"c{i:02d}" for i in range(25)], "segment": ["Champions", "Lost"] * 12 + ["Lost"],
        "orders": pd.array([10, None] * 12 + [3], dtype="Int64"), "revenue": [1 / 3, 2.0, None, -1.5, 10.0] * 5,
    })  # fmt: skip
    why = pd.DataFrame({"segment": ["Champions", "Lost"], "why": ["=best", "gone"]})
    relation = duckdb.connect().from_df(frame)
    for name, table, size in (("whole", frame, 100), ("pieces", frame, 7), ("relation", relation, 7)):
        monkeypatch.setattr(exports, "PIECE", size)
        assert exports.show(table, name, "Call today", tmp_path, why).rows == 25
    whole = (tmp_path / "whole.csv").read_bytes()
    assert whole.count(b"\n") == 26
    assert b'"c00","Champions",10,0.3333,"\'=best"\n"c01","Lost","",2.0,"gone"\n' in whole
    assert {(tmp_path / f"{name}.csv").read_bytes() for name in ("pieces", "relation")} == {whole}
    assert cells(tmp_path / "relation.xlsx") == cells(tmp_path / "whole.xlsx")
    assert cells(tmp_path / "whole.xlsx")[-1] == ["c24", "Lost", 3, 10, "gone"]


def test_a_list_longer_than_a_worksheet_is_written_as_csv_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(exports, "SHEET_ROWS", 3)
    shown, csv, xlsx = written(tmp_path, pd.DataFrame({"customer_id": list("abcd")}))
    assert shown.files == ("calls.csv",)
    assert len(exports.read_csv(csv)) == 4
    assert not xlsx.exists(), "never a workbook with a part of the list"


def test_a_list_of_a_database_is_only_counted_where_no_folder_is_asked_for(monkeypatch):
    relation = duckdb.connect().from_df(pd.DataFrame({"customer_id": ["a", "b"]}))
    monkeypatch.setattr(exports, "_pieces", None)
    assert exports.show(relation, "calls", "Call today").rows == 2
