"""Rows that share a key: refused unless the source file says what is right, and accounted for either way."""

import pytest

from crm_analysis.data import checks, sources
from crm_analysis.data.errors import DataError
from tests.data.made import HEADER
from tests.data.test_quarantine import rows_of

# O1 stands three times (two equal rows, one that differs), O2 twice (equal), O3 twice (different), O4 once.
LINES = ["O1,C1,2024-05-01,A,P,1,5", "O2,C2,2024-05-02,A,P,1,7.0", "O1,C1,2024-05-01,A,P,1,5.00", "O3,C3,2024-05-03,A,P,1,1",
         "O2,C2,2024-05-02,A,P,1,7", "O4,C4,2024-05-04,A,P,1,2", "O3,C3,2024-05-03,A,Q,1,1", "O1,C1,2024-05-01,A,P,2,9"]  # fmt: skip


def source(folder, unique, lines=LINES, more=""):
    (folder / "orders.csv").write_text("\n".join([HEADER, *lines]) + "\n")
    path = folder / "shop.yml"
    path.write_text(f"tables: {{transactions: {{file: orders.csv, unique: {unique}{more}}}}}")
    return path


def refused(path):
    with pytest.raises(DataError) as caught:
        sources.prepare(path, path.parent / "ready")
    return {(p["code"], p["count"], tuple(e["value"] for e in p["examples"])) for p in caught.value.problems}


def orders(folder, path, **options):
    """(orders kept, rows dropped by reason, (row, order, reason) of those set aside)."""
    facts = sources.prepare(path, folder / "ready", **options)
    about = facts["tables"]["transactions"]
    assert about["rows_in"] == about["rows_kept"] + sum(about["dropped"].values())
    kept = [order for (order,) in sources.read(folder / "ready")["transactions"].select("order_id").fetchall()]
    aside = (
        [(int(r["row"]), r["order_id"], r["reason"]) for r in rows_of(folder / "ready")]
        if "quarantine" in facts
        else []
    )
    return kept, about["dropped"], aside


def test_equal_rows_and_differing_rows_are_two_problems_and_both_are_refused(tmp_path):
    assert refused(source(tmp_path, "[order_id]")) == {
        ("duplicate_key", 2, ("O1", "O2")),  # one copy of O1 and one of O2
        ("duplicate_key", 2, ("O1", "O3")),
    }


def test_a_settled_choice_leaves_the_other_open(tmp_path):
    conflicts = {("duplicate_key", 2, ("O1", "O3"))}
    assert refused(source(tmp_path, "{columns: [order_id], exact: first}")) == conflicts
    copies = {("duplicate_key", 2, ("O1", "O2"))}
    assert refused(source(tmp_path, "{columns: [order_id], conflicts: quarantine}")) == copies


def test_the_first_of_equal_rows_is_kept_and_the_others_are_counted(tmp_path):
    path = source(tmp_path, "{columns: [order_id], exact: first}", LINES[:3] + LINES[4:6])
    assert orders(tmp_path, path) == (["O1", "O2", "O4"], {"exact_duplicate": 2}, [])


def test_copies_and_conflicts_are_set_aside_with_their_rows(tmp_path):
    path = source(tmp_path, "{columns: [order_id], exact: quarantine, conflicts: quarantine}")
    kept, dropped, aside = orders(tmp_path, path)
    assert kept == ["O2", "O4"], "which of two differing rows is right is not guessed"
    assert dropped == {"conflicting_key": 4, "repeated_row": 2}
    assert aside == [
        (1, "O1", "conflicting_key"), (3, "O1", "repeated_row"), (4, "O3", "conflicting_key"), (5, "O2", "repeated_row"),
        (7, "O3", "conflicting_key"), (8, "O1", "conflicting_key"),
    ]  # fmt: skip
    cells = {int(r["row"]): r for r in rows_of(tmp_path / "ready")}
    assert [cells[row]["amount"] for row in (1, 3, 5)] == ["5", "5.00", "7"], "as they stand, not as they were read"
    assert cells[3]["line"] == "4"


def test_rows_are_told_by_their_own_file_and_number_whatever_else_was_left_out(tmp_path):
    first = [HEADER, "O9,C9,soon,A,P,1,5", *LINES[:2], "O8,C8,2024-05-01,B,P,1,5"]
    second = [HEADER, "O8,C8,2024-05-01,B,P,1,5", *LINES[2:3], LINES[4], "O5,C5,2024-05-01,A,P,1,5"]
    (tmp_path / "a.csv").write_text("\n".join(first) + "\n")
    (tmp_path / "b.csv").write_text("\n".join(second) + "\n")
    (tmp_path / "shop.yml").write_text(
        "tables: {transactions: {file: [a.csv, b.csv], filter: brand == 'A', on_bad_row: quarantine, "
        "unique: {columns: [order_id, product], exact: quarantine}}}"
    )
    kept, dropped, _ = orders(tmp_path, tmp_path / "shop.yml")
    assert kept == ["O1", "O2", "O5"]
    assert dropped == {"bad_date": 1, "filtered": 2, "repeated_row": 2}
    places = [(r["file"], r["line"], r["row"], r["reason"]) for r in rows_of(tmp_path / "ready")]
    assert places == [
        ("a.csv", "2", "1", "bad_date"),
        ("b.csv", "3", "2", "repeated_row"),
        ("b.csv", "4", "3", "repeated_row"),
    ]


def test_a_row_that_was_not_known_yet_is_in_nobodys_way(tmp_path):
    lines = ["O1,C1,2024-05-01,A,P,1,5", "O1,C1,2024-07-01,A,P,1,9"]
    path = source(tmp_path, "[order_id]", lines)
    assert refused(path) == {("duplicate_key", 1, ("O1",))}
    assert orders(tmp_path, path, as_of="2024-06-01") == (["O1"], {"after_as_of": 1}, [])


def test_an_empty_cell_of_a_key_is_equal_to_another_empty_one(tmp_path):
    lines = ["O1,C1,2024-05-01,A,,1,5", "O1,C1,2024-05-01,A,,1,5", "O1,C1,2024-05-01,A,P,1,5"]
    path = source(tmp_path, "{columns: [order_id, product], exact: first}", lines)
    assert orders(tmp_path, path)[:2] == (["O1", "O1"], {"exact_duplicate": 1})


def test_a_table_with_a_key_of_its_own_can_be_settled_too(tmp_path):
    (tmp_path / "people.csv").write_text("customer_id,region\nC1,N\nC1,N\nC2,S\n")
    path = source(tmp_path, "[]", LINES[:1])
    told = path.read_text().removesuffix("}")
    path.write_text(told + ", customers: people.csv}")
    assert refused(path) == {("duplicate_key", 1, ("C1",))}
    path.write_text(told + ", customers: {file: people.csv, unique: {columns: customer_id, exact: first}}}")
    tables = sources.read(path)
    assert tables["customers"].fetchall() == [("C1", "N"), ("C2", "S")]
    assert tables.facts["tables"]["customers"]["dropped"] == {"exact_duplicate": 1}


def test_the_order_of_the_rows_decides_nothing_but_which_copy_is_the_first(tmp_path):
    unique = "{columns: [order_id], exact: first, conflicts: quarantine}"
    forward = orders(tmp_path, source(tmp_path, unique))
    backward = orders(tmp_path, source(tmp_path, unique, LINES[::-1]))
    assert (forward[0], forward[1]) == (backward[0][::-1], backward[1])
    assert sorted(order for _, order, _ in forward[2]) == sorted(order for _, order, _ in backward[2])


@pytest.mark.parametrize(
    ("unique", "told"),
    [
        ("{columns: [order_id], exact: frist}", "exact is 'frist'. Choose one of refuse, first, quarantine."),
        ("{columns: [order_id], conflicts: first}", "conflicts is 'first'. Choose one of refuse, quarantine."),
        ("{columns: [order_id], exat: first}", "Did you mean exact?"),
        ("{exact: first}", "unique.columns is missing"),
        ("[ordr_id]", "Did you mean order_id?"),
    ],
)
def test_a_slip_in_the_choice_is_answered(unique, told, tmp_path):
    verdict = checks.check(source(tmp_path, unique))
    assert told in verdict["error"]["message"]
