"""A clean file with one random edit is accepted and adds up, or is refused with a word to its owner."""

import csv
import io
import random
import unicodedata
from decimal import Decimal, InvalidOperation

import pytest

from crm_analysis.data import checks
from tests.data.made import HEADER

SEEDS = 300
PIECES = (
    '"', ",", ";", "\n", "\r", "\t", "\0", " ", "\u00a0", "\ufeff", "-", "\u2212", "(", ")", ".", "9", "e", "E+10", "N", "NaN", "1e308",
    "9999-12-31", "$", "€", "é", "\u0301", "/", "\\", "'", "|", "\u200b", "x" * 200_000, "12,5", "1.234", "03/04/2024", '"\n"', "=1+1",
    "2024-02-30", "\u202e", "\u2028",
)  # fmt: skip


def clean(rng):
    rows = [HEADER]
    for i in range(30):
        product = rng.choice(("Tea", '"Tea, green"', '"a ""b"" c"', "Käse", '"two\nlines"'))
        day = f"2024-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
        rows.append(
            f"O{i},C{rng.randrange(9):03d},{day},{rng.choice('AB')},{product},{rng.randrange(1, 9)},{rng.randrange(-500, 9999) / 100:.2f}"
        )
    return "\r\n".join(rows) + "\r\n"


def edited(rng, text):
    at, kind, lines = rng.randrange(len(text)), rng.randrange(7), text.split("\r\n")
    if kind == 0:
        return text[:at] + rng.choice(PIECES) + text[at:]
    if kind == 1:
        return text[:at] + text[at + 1 + rng.randrange(3) :]
    if kind == 2:
        return text[:at] + rng.choice(PIECES) + text[at + 1 :]
    if kind == 3:
        lines.insert(rng.randrange(len(lines)), rng.choice(lines))
    elif kind == 4:
        cells = lines[-2].split(",")
        cells[rng.randrange(len(cells))] = rng.choice(PIECES)
        lines[-2] = ",".join(cells)
    elif kind == 5:
        return text[:at]
    else:
        return text[:at].encode() + bytes([rng.randrange(256)]) + text[at:].encode()
    return "\r\n".join(lines)


def plainly_read(made):
    """(rows, ids, sum) by the standard library alone, or None where a cell is not a plain number."""
    rows = [
        row
        for row in csv.reader(io.StringIO(made.decode("utf-8-sig"), newline=""))
        if any(cell.strip() for cell in row)
    ]
    header = [name.strip().lower() for name in rows[0]]
    ids = {
        unicodedata.normalize("NFC", row[header.index("customer_id")].strip("\ufeff \t\r\n\u00a0\u2028"))
        for row in rows[1:]
    }
    try:
        return len(rows) - 1, sorted(ids), sum(Decimal(row[header.index("amount")].strip()) for row in rows[1:])
    except InvalidOperation:
        return None


@pytest.mark.slow
@pytest.mark.parametrize("tenth", range(10))
def test_a_random_edit_is_read_right_or_refused(tenth, tmp_path):
    path = tmp_path / "fuzzed.csv"
    for seed in range(tenth, SEEDS, 10):
        rng = random.Random(seed)
        made = edited(rng, clean(rng))
        made = made if isinstance(made, bytes) else made.encode()
        path.write_bytes(made)
        verdict = checks.check(path)
        if verdict["outcome"] == "accept":
            known = plainly_read(made)
            assert verdict["rows_in"] == verdict["rows_kept"] + sum(verdict["dropped"].values()), seed
            assert known in (None, (verdict["rows_kept"], verdict["ids"], Decimal(verdict["amount_sum"]))), seed
            continue
        assert verdict["error"]["code"] != "unreadable", (seed, verdict["error"]["message"])
        assert "fuzzed.csv" in verdict["error"]["message"], seed
        lenient = checks.check(path, on_bad_row="quarantine")
        if lenient["outcome"] == "accept":
            assert lenient["rows_in"] == lenient["rows_kept"] + sum(lenient["dropped"].values()), seed
