"""Pseudonyms: ids replaced by keyed HMAC-SHA-256 (RFC 2104), so that reports can be shared without naming anyone.

The same key gives the same pseudonym in every table and every month; without the key nobody can find the id by trying
out all ids, as with a plain hash. There is no fallback: no key, no run.
"""

import os
import stat
from pathlib import Path

from crm_analysis.data.errors import refuse
from crm_analysis.data.sql import describe, parquet, quoted, store
from crm_analysis.data.tables import TABLES

KEY_BYTES = 32
HEX_DIGITS = 32  # 128 bits of the 256: short enough to read, and no two of a billion ids meet
_BLOCK = 64  # block of SHA-256 in bytes


def key(where):
    """The key from a file that only its owner can read, or from the environment (``env:NAME``): bytes, 32 or more.

    Raises DataError when there is none, when it is too short, or when others may read the file.
    """
    if where.startswith("env:"):
        name = where.removeprefix("env:")
        found = os.environ.get(name, "").encode()
        if not found:
            refuse("pseudonym_key", name, "the environment variable with the key for pseudonyms is not set",
                   mend=f"Set {name} to {KEY_BYTES} or more random bytes.")  # fmt: skip
    else:
        found, name = _read(Path(where)), Path(where).name
    if len(found) < KEY_BYTES:
        refuse("pseudonym_key", name, f"the key for pseudonyms has {len(found)} bytes; it needs {KEY_BYTES} or more",
               mend="Make one, for example with: openssl rand -hex 32")  # fmt: skip
    return found


def _read(path):
    try:
        mode, found = path.stat().st_mode, path.read_bytes().strip()
    except OSError as error:
        refuse("pseudonym_key", path.name, f"the key file for pseudonyms cannot be read ({error.strerror})",
               mend="Check the path, or make one: (umask 077; openssl rand -hex 32 > KEYFILE)")  # fmt: skip
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        refuse("pseudonym_key", path.name, "the key file for pseudonyms can be read by others",
               mend=f"Protect it: chmod 600 {path.name}")  # fmt: skip
    return found


def replace(con, folder, names, secret):
    """Replace all ids (columns of kind ``id``) in the Parquet files of the tables ``names`` in ``folder``."""
    inner, outer = _pads(secret)
    # As variables: a key must not stand in the text of a query, which errors quote.
    con.execute("SET VARIABLE inner_pad = ?", [inner])
    con.execute("SET VARIABLE outer_pad = ?", [outer])
    try:
        for name in names:
            path = os.path.join(folder, f"{name}.parquet")
            there = describe(con, parquet(path))
            made = ", ".join(
                f"{_hmac(c.name)} AS {quoted(c.name)}" for c in TABLES[name] if c.kind == "id" and c.name in there
            )
            store(con, f"SELECT * REPLACE ({made}) FROM {parquet(path)}", path + ".new")
            os.replace(path + ".new", path)
    finally:
        con.execute("RESET VARIABLE inner_pad")
        con.execute("RESET VARIABLE outer_pad")


def _pads(secret):
    """The key, exclusive-or'ed with the two constants of RFC 2104."""
    import hashlib

    block = (hashlib.sha256(secret).digest() if len(secret) > _BLOCK else secret).ljust(_BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)


def _hmac(column):
    """SQL: the first hexadecimal digits of HMAC-SHA-256 of a text; missing stays missing."""
    inner = f"unhex(sha256(getvariable('inner_pad') || encode({quoted(column)})))"
    return f"left(sha256(getvariable('outer_pad') || {inner}), {HEX_DIGITS})"
