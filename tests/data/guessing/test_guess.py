"""A guess names its reasons, settles nothing that two readings fit, and, confirmed, gives the right facts."""

import gzip
import random
import zipfile

import pytest
import yaml

from crm_analysis.data import proposal, sources
from crm_analysis.data.errors import DataError
from crm_analysis.data.guessing import guess, synonyms
from crm_analysis.data.sourcefile import spec
from crm_analysis.data.tables import TABLES

ONLINE_RETAIL = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
CHINESE = "客户编号,订单编号,下单时间,商品名称,数量,实付金额,优惠金额,品牌,备注"


def rows(header, line, n=40):
    return header + "\n" + "".join(line(i) + "\n" for i in range(n))


def english(i):
    return f"{i % 7:03d};{i // 2};{i % 28 + 1:02d}/05/2024;{i},50;note {i}"


def chinese(i):
    return f"{i // 2 % 7:05d},D{i // 2},2024年5月{i % 28 + 1}日,绿茶,{i % 3 + 1},{12.5 * (i % 3 + 1)},0.50,龙井,送礼"


def retail(i):
    return f"{536365 + i // 3},85123A,WHITE HOLDER,{6 - i % 3},12/{i % 28 + 1}/2010 8:26,2.55,{17850 + i // 3 % 7},United Kingdom"


@pytest.fixture
def file(tmp_path):
    def made(text, name="shop.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return made


def confirmed(path):
    """The facts of a file through its guessed source file, and what was said."""
    out = path.parent / "guessed.yml"
    told = proposal.propose(path, str(out))
    return sources.prepare(out, path.parent / "prepared"), told, out.read_text(encoding="utf-8")


def workbook(path, sheets):
    """A workbook of text cells: {name: rows of cells}."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {"[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>'}
    root = f'<Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/>'
    parts["_rels/.rels"] = f'<Relationships xmlns="{package}/relationships">{root}</Relationships>'
    listed = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(sheets, 1))
    parts["xl/workbook.xml"] = f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{listed}</sheets></workbook>'
    linked = "".join(
        f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="worksheets/{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    parts["xl/_rels/workbook.xml.rels"] = f'<Relationships xmlns="{package}/relationships">{linked}</Relationships>'
    for n, table in enumerate(sheets.values(), 1):
        lines = "".join(
            "<row>" + "".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in row) + "</row>" for row in table
        )
        parts[f"xl/worksheets/{n}.xml"] = f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData></worksheet>'
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)


def test_each_sheet_of_a_workbook_may_be_a_table_of_its_own(tmp_path):
    orders = [["会员号", "小票号", "交易日期", "成交金额"], ["001", "1", "2024-05-03", "1.25"]]
    workbook(
        tmp_path / "book.xlsx",
        {"Orders": orders, "Members": [["会员号", "渠道"], ["001", "shop"]], "Notes": [["hello"]]},
    )
    facts, told, text = confirmed(tmp_path / "book.xlsx")
    assert {name: t["rows_kept"] for name, t in facts["tables"].items()} == {"transactions": 1, "customers": 1}
    assert "sheet: Orders" in text
    assert "Notes" in told
    assert "is not used: no table of the contract fits its header: 'hello'" in told


def test_two_sheets_of_orders_are_both_named_and_none_is_chosen(tmp_path):
    orders = [["会员号", "小票号", "交易日期", "成交金额"], ["001", "1", "2024-05-03", "1.25"]]
    workbook(tmp_path / "book.xlsx", {"2023": orders, "2024": orders})
    told = proposal.propose(tmp_path / "book.xlsx", str(tmp_path / "x.yml"))
    assert "2 candidates, none chosen: book.xlsx, sheet '2023', book.xlsx, sheet '2024'" in told
    assert '#     sheet: "2023"' in (tmp_path / "x.yml").read_text(encoding="utf-8")


def headers(one):
    return {name: match.header for name, match in one.matches.items()}


@pytest.mark.parametrize("table", TABLES)
def test_within_a_table_no_name_belongs_to_two_columns(table):
    columns = [c.name for c in TABLES[table]] + ["unit_price"] * (table == "transactions")
    names = [name for column in columns for name in synonyms.names(column)]
    assert sorted(names) == sorted(set(names))


def test_every_name_in_the_table_of_synonyms_is_of_a_column_of_the_contract():
    assert set(synonyms.NAMES) - {"unit_price"} <= {c.name for columns in TABLES.values() for c in columns}


def test_an_english_file_with_decimal_comma_and_day_first_is_mapped_and_reads_right(file):
    facts, told, text = confirmed(file(rows("Client No;Invoice No.;Date;Revenue (EUR);Remark", english)))
    assert (facts["customers"], facts["orders"], facts["amount_sum"]) == (7, 20, "800.00")
    assert (facts["date_min"], facts["date_max"]) == ("2024-05-01", "2024-05-28")
    table = yaml.safe_load(text)["tables"]["transactions"]
    assert table["columns"] == {
        "customer_id": "Client No",
        "order_id": "Invoice No.",
        "order_date": "Date",
        "amount": "Revenue (EUR)",
    }
    assert (table["delimiter"], table["decimal"], table["date_order"]) == (";", ",", "dmy")
    assert "Not used: 'Remark'" in told
    assert "perhaps: a name that often means it; 100% of its cells are dates" in told


def test_a_chinese_file_in_gb18030_is_mapped_and_its_encoding_proved_by_its_header(file):
    facts, told, text = confirmed(file(rows(CHINESE, chinese), "订单.csv", "gb18030"))
    assert (facts["customers"], facts["orders"], facts["amount_sum"]) == (7, 20, "987.50")
    table = yaml.safe_load(text)["tables"]["transactions"]
    assert table["encoding"] == "gb18030"
    assert table["columns"] == {
        "customer_id": "客户编号", "order_id": "订单编号", "order_date": "下单时间", "amount": "实付金额",
        "quantity": "数量", "discount": "优惠金额", "brand": "品牌", "product": "商品名称",
    }  # fmt: skip
    assert "Proved: encoding 'gb18030'" in told


def test_the_header_of_uci_online_retail_gets_its_amount_computed(file):
    facts, told, text = confirmed(file(rows(ONLINE_RETAIL, retail)))
    table = yaml.safe_load(text)["tables"]["transactions"]
    assert table["computed"] == {"amount": "Quantity * UnitPrice"}
    assert table["columns"] == {
        "customer_id": "CustomerID", "order_id": "InvoiceNo", "order_date": "InvoiceDate", "quantity": "Quantity", "product": "StockCode",
    }  # fmt: skip
    assert table["date_order"] == "mdy"
    assert (facts["orders"], facts["customers"]) == (14, 7)
    assert facts["amount_sum"] == "512.55"  # 13 × (6 + 5 + 4) + 6 = 201 units at 2.55


def test_two_columns_that_fit_equally_well_are_both_named_and_none_is_chosen(file):
    path = file(rows("customer_id,order_id,order_date,Revenue,Net Sales", lambda i: f"{i},{i},2024-05-03,2.50,1.50"))
    found = guess.guessed(path)
    assert found.tables[0].choices == {"amount": ("Revenue", "Net Sales")}
    assert not proposal.settled(found)
    text = proposal.written(found, path.parent / "x.yml")
    assert "amount" not in yaml.safe_load(text)["tables"]["transactions"]["columns"]
    assert "# choose: amount" in text
    assert "# amount: Revenue\n      # amount: Net Sales" in text
    assert "'Revenue' or 'Net Sales'  ambiguous: nothing chosen" in proposal.told(found)


def test_the_cells_decide_between_two_names_where_only_one_holds_dates(file):
    path = file(rows("customer_id,order_id,Order Time,Purchase Date,amount", lambda i: f"{i},{i},noon,2024-05-03,1.50"))
    one = guess.guessed(path).tables[0]
    assert headers(one)["order_date"] == "Purchase Date"
    assert one.matches["order_date"].others == ("Order Time",)


def test_a_column_named_like_a_date_without_dates_is_not_taken_and_another_is_hinted_at(file):
    path = file(rows("customer_id,order_id,Date,Tag,amount", lambda i: f"{i},{i},monday,2024-05-03,1.50"))
    one = guess.guessed(path).tables[0]
    assert one.missing == ("order_date",)
    assert one.hints == {"order_date": ("Tag",)}
    assert "named like order_date, but 0% of its cells are dates" in one.notes[0]


def test_an_order_of_day_and_month_that_no_cell_proves_stays_open_with_its_choices(file):
    path = file(rows("customer_id,order_id,order_date,amount", lambda i: f"{i},{i},03/04/2024,1.50"))
    found = guess.guessed(path)
    assert [(o.option, o.choices) for o in found.tables[0].open] == [("date_order", ("dmy", "mdy"))]
    assert "    # date_order: dmy\n    # date_order: mdy\n" in proposal.written(found, path.parent / "x.yml")


def test_a_day_above_12_far_below_the_first_rows_proves_the_order(file):
    text = (
        rows("customer_id,order_id,order_date,amount", lambda i: f"{i},{i},03/04/2024,1.50", 5000)
        + "x,x,25/04/2024,1.00\n"
    )
    assert guess.guessed(file(text)).tables[0].settled["date_order"][0] == "dmy"


def test_an_encoding_that_the_header_does_not_prove_stays_open_and_shows_what_each_makes_of_a_cell(file):
    path = file(
        rows("customer_id,order_id,order_date,amount,brand", lambda i: f"{i},{i},2024-05-03,1.50,Köln"),
        encoding="cp1252",
    )
    (opened,) = guess.guessed(path).tables[0].open
    assert opened.option == "encoding"
    assert {"gb18030", "cp1252"} <= set(opened.choices)
    assert "cp1252 (Western European) makes one cell 'Köln'" in opened.why


def test_some_damaged_bytes_in_utf8_are_not_taken_for_another_encoding(tmp_path):
    path = tmp_path / "shop.csv"
    text = rows("customer_id,order_id,order_date,amount,brand", lambda i: f"{i},{i},2024-05-03,1.50,Köln")
    path.write_bytes(text.encode().replace(b"K\xc3\xb6ln", b"K\xffln", 1))
    with pytest.raises(DataError) as refused:
        guess.guessed(path)
    assert refused.value.code == "encoding"


def test_utf16_without_a_mark_is_proved_by_its_header(file):
    facts, _, text = confirmed(file(rows("Client No;Invoice No.;Date;Revenue;Remark", english), encoding="utf-16-le"))
    assert facts["amount_sum"] == "800.00"
    assert "encoding: utf-16-le" in text


def test_the_title_of_a_report_above_the_header_is_skipped(file):
    facts, told, text = confirmed(
        file("Sales report;;;;\n\n" + rows("Client No;Invoice No.;Date;Revenue;Remark", english))
    )
    assert facts["amount_sum"] == "800.00"
    assert yaml.safe_load(text)["tables"]["transactions"]["skip_lines"] == 2
    assert "the names of columns stand in line 3" in told


def test_empty_customers_are_told_and_left_to_the_analyst(file):
    path = file(rows("customer_id,order_id,order_date,amount", lambda i: f"{'' if i % 4 else i},{i},2024-05-03,1.50"))
    one = guess.guessed(path).tables[0]
    assert [(o.option, o.choices) for o in one.open] == [("on_bad_row", ("quarantine",))]
    assert "75.0% are empty" in one.matches["customer_id"].why


def test_a_currency_in_the_cells_is_proved_where_its_sign_means_one_only(file):
    def text(sign):
        return rows("customer_id,order_id,order_date,amount", lambda i: f"{i},{i},2024-05-03,{sign}1.50")

    assert guess.guessed(file(text("€"))).tables[0].settled["currency"][0] == "EUR"
    dollars = guess.guessed(file(text("$"))).tables[0].open
    assert dollars[0].option == "currency"
    assert dollars[0].choices[:2] == ("USD", "CAD")


@pytest.mark.parametrize("header", ["a,b,c", "name,colour,customer_id"])
def test_a_file_that_fits_no_table_is_refused_with_its_header(file, header):
    with pytest.raises(DataError) as refused:
        guess.guessed(file(header + "\n1,2,3\n"))
    assert refused.value.code == "no_table"
    assert header.split(",")[1] in refused.value.message


@pytest.mark.slow
@pytest.mark.parametrize("table", TABLES)
def test_a_file_with_the_contracts_own_names_is_known_for_its_table(file, table):
    names = [c.name for c in TABLES[table]]
    found = guess.guessed(file(",".join(names) + "\n", "table.csv"))
    assert found.tables[0].table == table
    assert headers(found.tables[0]) == {name: name for name in names}


def test_a_folder_gives_one_table_per_kind_of_file_and_names_two_that_compete(tmp_path, file):
    file(rows("customer_id,order_id,order_date,amount", lambda i: f"{i},{i},2024-05-03,1.50"), "sales.csv")
    file(rows("member no,渠道,地区", lambda i: f"{i},shop,north"), "members.csv")
    file("just a text\n", "readme.txt")
    found = guess.guessed(tmp_path)
    assert [t.table for t in found.tables] == ["transactions", "customers"]
    assert list(found.unused) == ["readme.txt"]
    file(rows("cust id,receipt,date,total", lambda i: f"{i},{i},2024-05-03,1.50"), "till.csv")
    found = guess.guessed(tmp_path)
    assert list(found.clashes) == ["transactions"]
    assert "sales.csv, till.csv" in proposal.told(found)
    assert set(yaml.safe_load(proposal.written(found, tmp_path / "x.yml"))["tables"]) == {"customers"}


def test_files_of_one_header_in_a_folder_are_parts_of_one_table(tmp_path, file):
    for month in (5, 6):
        file(
            rows("cust id,receipt,date,total", lambda i, m=month: f"{i},{m}-{i},2024-0{m}-03,1.50", 3),
            f"till{month}.csv",
        )
    facts, told, _ = confirmed_folder(tmp_path)
    assert (facts["orders"], facts["customers"], facts["amount_sum"]) == (6, 3, "9.00")
    assert "till5.csv … till6.csv (2 files)" in told


def confirmed_folder(folder):
    out = folder / "guessed.yml"
    told = proposal.propose(folder, str(out))
    return sources.prepare(out, folder / "prepared"), told, out.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["csv", "gz", "parquet", "xlsx"])
def test_the_same_table_is_guessed_alike_from_every_kind_of_file(file, tmp_path, kind):
    pandas = pytest.importorskip("pandas")
    text = rows("会员号,小票号,交易日期,成交金额", lambda i: f"{i:03d},{i},2024-05-{i % 28 + 1:02d},1.25", 20)
    path = tmp_path / f"till.{kind}"
    frame = pandas.read_csv(file(text), dtype={"会员号": str}, parse_dates=["交易日期"])
    if kind == "csv":
        path = file(text)
    elif kind == "gz":
        path.write_bytes(gzip.compress(text.encode()))
    elif kind == "parquet":
        frame.to_parquet(path)
    else:
        workbook(path, {"till": [line.split(",") for line in text.splitlines()]})
    facts, _, text = confirmed(path)
    assert (facts["customers"], facts["amount_sum"], facts["date_max"]) == (20, "25.00", "2024-05-20")
    assert yaml.safe_load(text)["tables"]["transactions"]["columns"]["customer_id"] == "会员号"


def test_an_existing_file_is_never_overwritten(file):
    path = file(rows(ONLINE_RETAIL, retail))
    out = path.parent / "mine.yml"
    out.write_text("mine")
    with pytest.raises(DataError, match="not overwritten") as refused:
        proposal.propose(path, str(out))
    assert refused.value.code == "target"
    assert out.read_text() == "mine"


@pytest.mark.parametrize(
    "header",
    ["null", "yes", "a: b", "# x", "it's", 'say "hi"', " 客户 ", "1.0", "- x", "{a}", "&a", "tab\there", "\u2028", "%"],
)
def test_any_header_survives_the_way_through_yaml(header):
    assert yaml.safe_load(f"x: {proposal.scalar(header)}  # a comment") == {"x": header}


@pytest.mark.slow
def test_a_guess_from_any_mix_of_known_names_is_a_source_file_that_is_understood(file):
    pick = random.Random(7)
    for turn in range(15):
        names = []
        for column in ("customer_id", "order_id", "order_date", "amount"):
            strong = synonyms.NAMES[column][0].split(", ")
            names.append(pick.choice(strong).strip().title().replace(" ", pick.choice([" ", "_", ""])))
        pick.shuffle(names)
        order = {synonyms.key(n): n for n in names}
        path = file(
            rows(
                ",".join(names),
                lambda i, names=names: ",".join(
                    "2024-05-03" if synonyms.level("order_date", n) else str(i) for n in names
                ),
            )
        )
        found = guess.guessed(path)
        assert proposal.settled(found), names
        out = path.parent / f"{turn}.yml"
        out.write_text(proposal.written(found, out), encoding="utf-8")
        assert set(spec.understood(str(out), {}).tables["transactions"].columns.values()) == set(order.values())
