"""A clean file with one random edit is accepted and adds up, or is refused with a word to its owner."""

import random

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


@pytest.mark.slow
@pytest.mark.parametrize("tenth", range(10))
def test_a_random_edit_is_reconciled_or_refused(tenth, tmp_path):
    path = tmp_path / "fuzzed.csv"
    for seed in range(tenth, SEEDS, 10):
        rng = random.Random(seed)
        made = edited(rng, clean(rng))
        path.write_bytes(made if isinstance(made, bytes) else made.encode())
        for bad_rows in ("refuse", "quarantine"):
            verdict = checks.check(path, on_bad_row=bad_rows)
            if verdict["outcome"] == "accept":
                assert verdict["rows_in"] == verdict["rows_kept"] + sum(verdict["dropped"].values()), seed
            else:
                assert verdict["error"]["code"] != "unreadable", (seed, verdict["error"]["message"])
                assert "fuzzed.csv" in verdict["error"]["message"], seed
