"""Tiny files for the tests of the way in."""

import zipfile
from xml.sax.saxutils import escape

from crm_analysis.data import checks

HEADER = "order_id,customer_id,order_date,brand,product,quantity,amount"


def accepted(path, **options):
    """The verdict on a file that must be accepted, its rows reconciled."""
    verdict = checks.check(path, **options)
    assert verdict["outcome"] == "accept", verdict["error"]["message"]
    assert verdict["rows_in"] == verdict["rows_kept"] + sum(verdict["dropped"].values())
    return verdict


def refused(path, **options):
    """The error of a file that must be refused, by its name."""
    verdict = checks.check(path, **options)
    assert verdict["outcome"] == "reject", verdict
    assert path.name in verdict["error"]["message"]
    return verdict["error"]


def csv(
    path, dates=("2024-05-01",), amounts=("10.50",), ids=("C1", "C2"), quantities=("1",), rows=4, header=HEADER, sep=","
):
    """A file of a few orders whose cells cycle through the values given; returns its path."""
    lines = [header.replace(",", sep)]
    for i in range(rows):
        cells = (f"O{i}", ids[i % len(ids)], dates[i % len(dates)], "Aurora", "Tea", quantities[i % len(quantities)])
        lines.append(sep.join([*cells, amounts[i % len(amounts)]]))
    path.write_bytes(("\n".join(lines) + "\n").encode())
    return path


def workbook(path, sheets):
    """An Excel file from {sheet: rows}; numbers become number cells, texts text cells, None no cell."""
    names = list(sheets)
    content = "http://schemas.openxmlformats.org"
    relations = f"{content}/officeDocument/2006/relationships"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        parts = "".join(f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="application/vnd.openxmlformats-'
                        f'officedocument.spreadsheetml.worksheet+xml"/>' for i in range(1, len(names) + 1))  # fmt: skip
        file.writestr("[Content_Types].xml", f'<Types xmlns="{content}/package/2006/content-types"><Default Extension="rels" '
                      'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
                      'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
                      f"{parts}</Types>")  # fmt: skip
        file.writestr("_rels/.rels", f'<Relationships xmlns="{content}/package/2006/relationships"><Relationship Id="r1" '
                      f'Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>')  # fmt: skip
        listed = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="r{i}"/>' for i, n in enumerate(names, 1))
        file.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{content}/spreadsheetml/2006/main" xmlns:r="{relations}"><sheets>{listed}</sheets></workbook>',
        )
        links = "".join(
            f'<Relationship Id="r{i}" Type="{relations}/worksheet" Target="worksheets/sheet{i}.xml"/>'
            for i in range(1, len(names) + 1)
        )
        file.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{content}/package/2006/relationships">{links}</Relationships>',
        )
        for i, name in enumerate(names, 1):
            body = "".join(_row(r, cells) for r, cells in enumerate(sheets[name], 1))
            file.writestr(
                f"xl/worksheets/sheet{i}.xml",
                f'<worksheet xmlns="{content}/spreadsheetml/2006/main"><sheetData>{body}</sheetData></worksheet>',
            )
    return path


def _row(r, cells):
    made = ""
    for c, value in enumerate(cells):
        place = f"{chr(65 + c)}{r}"
        if isinstance(value, (int, float)):
            made += f'<c r="{place}"><v>{value}</v></c>'
        elif value is not None:
            made += f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<row r="{r}">{made}</row>'
