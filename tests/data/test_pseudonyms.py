"""Pseudonyms: keyed, the same in every table, and never without a key."""

import hashlib
import hmac
import json

import pytest

from crm_analysis.data import pseudonyms, sources
from crm_analysis.data.errors import DataError
from crm_analysis.reports import run

KEY = b"0123456789abcdef" * 2


@pytest.fixture
def company(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "transactions.csv").write_text(
        "customer_id,order_id,order_date,amount\n00123,o1,2024-01-05,5\n客户,o2,2024-01-06,7\n00123,o3,2024-02-05,5\n"
    )
    (folder / "customers.csv").write_text("customer_id,channel,referred_by\n00123,shop,\n客户,fair,00123\n")
    return folder


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(KEY)
    path.chmod(0o600)
    return path


def expected(text):
    return hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()[: pseudonyms.HEX_DIGITS]


@pytest.mark.parametrize("key", [KEY, b"k" * 64, b"long" * 40])
def test_the_pseudonym_is_the_hmac_of_rfc_2104(company, tmp_path, key):
    (tmp_path / "key").write_bytes(key)
    (tmp_path / "key").chmod(0o600)
    sources.prepare(company, tmp_path / "p", pseudonym_key=str(tmp_path / "key"))
    found = set(sources.read(tmp_path / "p")["customer_table"].df()["customer_id"])
    assert found == {hmac.new(key, t.encode(), hashlib.sha256).hexdigest()[:32] for t in ("00123", "客户")}


def test_ids_still_meet_across_tables_and_no_id_is_left_anywhere(company, key_file, tmp_path):
    facts = sources.prepare(company, tmp_path / "p", pseudonym_key=str(key_file))
    tables = sources.read(tmp_path / "p")
    people = tables["customers"].df().set_index("channel")
    assert people.loc["fair", "referred_by"] == people.loc["shop", "customer_id"] == expected("00123")
    assert people["referred_by"].isna().sum() == 1, "nobody stays nobody"
    assert set(tables["transactions"].df()["order_id"]) == {expected(o) for o in ("o1", "o2", "o3")}
    assert facts["pseudonyms"] is True
    assert facts["customers"] == 2
    for file in (tmp_path / "p").iterdir():
        assert b"00123" not in file.read_bytes()
        assert KEY not in file.read_bytes()


def test_figures_are_the_same_with_and_without_pseudonyms(company, key_file, tmp_path):
    sources.prepare(company, tmp_path / "p", pseudonym_key=str(key_file))
    named, hidden = (sources.read(s)["customer_table"].df() for s in (company, tmp_path / "p"))
    named["customer_id"] = named["customer_id"].map(expected)
    same = [f.sort_values("customer_id").reset_index(drop=True) for f in (named, hidden)]
    assert same[0].equals(same[1])


def test_cells_set_aside_show_no_value(company, key_file, tmp_path):
    with open(company / "transactions.csv", "a") as file:
        file.write("00777,o4,not a day,5\n")
    sources.prepare(company, tmp_path / "p", pseudonym_key=str(key_file), on_bad_row="quarantine")
    assert json.loads((tmp_path / "p" / "facts.json").read_text())["tables"]["transactions"]["dropped"] == {
        "bad_date": 1
    }
    assert "00777" not in (tmp_path / "p" / "facts.json").read_text()
    assert "not a day" not in (tmp_path / "p" / "facts.json").read_text()


def test_without_a_sound_key_nothing_is_read(company, key_file, tmp_path, monkeypatch):
    def refused(where, says):
        with pytest.raises(DataError, match=says):
            sources.prepare(company, tmp_path / "p", pseudonym_key=where)
        assert not (tmp_path / "p").exists()

    refused(str(tmp_path / "nothing"), "cannot be read")
    refused("env:CRM_TEST_KEY", "not set")
    monkeypatch.setenv("CRM_TEST_KEY", "short")
    refused("env:CRM_TEST_KEY", "5 bytes; it needs 32")
    key_file.chmod(0o644)
    refused(str(key_file), "chmod 600")


def test_a_key_from_the_environment_serves_as_well(company, tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_TEST_KEY", KEY.decode())
    sources.prepare(company, tmp_path / "p", pseudonym_key="env:CRM_TEST_KEY")
    assert expected("00123") in set(sources.read(tmp_path / "p")["customer_table"].df()["customer_id"])


@pytest.mark.slow
def test_a_report_with_pseudonyms_names_nobody(company, key_file, tmp_path):
    out = tmp_path / "r"
    run.report(run.Call(("02_rfm",), str(company), out=str(out), pseudonym_key=str(key_file)))
    names = [i.encode() for i in ("00123", "客户")]
    held = {file: file.read_bytes() for file in out.rglob("*") if file.is_file()}
    assert held
    assert not [(file, name) for file, text in held.items() for name in names if name in text]
