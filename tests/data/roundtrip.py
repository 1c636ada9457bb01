"""One awkward table, and how it is written to every kind of place."""

import datetime
import sqlite3
import zipfile
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

D = datetime.date
COLUMNS = ("customer_id", "order_id", "order_date", "amount", "cost", "brand")
ROWS = [
    ("007", "000001", D(2024, 1, 3), Decimal("10.55"), Decimal("4.10"), "Blå"),
    ("NA", "000002", D(2024, 1, 31), Decimal("20.00"), Decimal("9.99"), "A"),
    ("NA", "000002", D(2024, 2, 29), Decimal("-5.10"), Decimal("-2.00"), "A"),
    ("NA", "000003", D(2024, 3, 1), Decimal("0.07"), None, "a"),
    ("张伟", "000004", D(2024, 3, 1), Decimal("0.10"), Decimal("0.01"), "B,;b"),
    ("o\"b'x", "000005", D(2024, 3, 5), Decimal("123456.78"), Decimal("0.20"), "a"),
    ("o\"b'x", "000006", D(2024, 3, 6), Decimal("7.00"), Decimal("3.00"), "A"),
    ("null", "000007", D(2024, 3, 6), Decimal("-7.25"), Decimal("-3.00"), "A"),
    ("7", "000008", D(2024, 3, 6), Decimal("3.33"), Decimal("1.11"), None),
]
FACTS = {"customers": 6, "orders": 8, "amount_sum": "123485.48", "date_min": "2024-01-03", "date_max": "2024-03-06"}


def table():
    """The rows as Arrow, ids as text and money as exact decimals."""
    types = [pa.string(), pa.string(), pa.date32(), pa.decimal128(12, 2), pa.decimal128(12, 2), pa.string()]
    return pa.table(
        [pa.array(column, kind) for column, kind in zip(zip(*ROWS, strict=True), types, strict=True)], COLUMNS
    )


def csv(path):
    """Text with every cell in quotes."""
    lines = [COLUMNS, *[["" if v is None else str(v) for v in row] for row in ROWS]]
    text = "\n".join(",".join('"' + v.replace('"', '""') + '"' for v in line) for line in lines)
    path.write_text(text + "\n", encoding="utf-8")


def parquet(path):
    """Parquet with types."""
    pq.write_table(table(), path)


def xlsx(path):
    """The smallest workbook: one sheet with texts in place, numbers as numbers, days in a date format."""
    sheet = "".join(f"<row>{''.join(map(_cell, line))}</row>" for line in [COLUMNS, *ROWS])
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kinds}.styles+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        f'<sheet name="orders" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="{office}/styles" '
        f'Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as book:
        for name, text in parts.items():
            book.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + text)


def _cell(value):
    if value is None:
        return "<c/>"
    if isinstance(value, Decimal):
        return f"<c><v>{value}</v></c>"
    if isinstance(value, datetime.date):
        return f'<c s="1"><v>{(value - D(1899, 12, 30)).days}</v></c>'
    text = value.replace("&", "&amp;").replace("<", "&lt;")
    return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def sqlite(path):
    """SQLite has no decimals and no dates: REAL and ISO text."""
    with sqlite3.connect(path) as con:
        con.execute(
            "CREATE TABLE transactions (customer_id TEXT, order_id TEXT, order_date TEXT, amount REAL, cost REAL, brand TEXT)"
        )
        rows = [
            tuple(float(v) if isinstance(v, Decimal) else str(v) if isinstance(v, D) else v for v in row)
            for row in ROWS
        ]
        con.executemany("INSERT INTO transactions VALUES (?, ?, ?, ?, ?, ?)", rows)
    con.close()


def duck(path):
    """A DuckDB file."""
    with duckdb.connect(str(path)) as con:
        arrow = table()
        con.register("arrow", arrow)
        con.execute("CREATE TABLE transactions AS FROM arrow")


def postgres(connection):
    """A table ``transactions`` with the types a shop's database has."""
    connection.execute(
        "CREATE TABLE transactions (customer_id text, order_id varchar(20), order_date date, amount numeric(12, 2), "
        "cost numeric(12, 2), brand text)"
    )
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO transactions VALUES (%s, %s, %s, %s, %s, %s)", ROWS)
