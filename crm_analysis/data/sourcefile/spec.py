"""The source file: a small YAML that says where each table is and how to read it.

A path alone needs no YAML. See ``data/sources/`` for examples; every key is checked, and a wrong one is answered with
the nearest right one.
"""

import difflib
import glob
import os
import re
from typing import NamedTuple

import yaml

from crm_analysis.data.errors import refuse, shown
from crm_analysis.data.sourcefile import formula, options, places, thresholds
from crm_analysis.data.tables import TABLES

TOP = ("name", "currency", "as_of", "tables", "alerts")
TABLE = ("file", *places.KEYS, "columns", "computed", "filter", "join", "unique")
JOIN = ("file", "on", "columns")
UNIQUE = {"columns": (), "exact": ("refuse", "first", "quarantine"), "conflicts": ("refuse", "quarantine")}
READING = options.READING
DATA = (".csv", ".tsv", ".txt", ".gz", ".zip", ".parquet", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods",
        ".sqlite", ".sqlite3", ".db", ".duckdb")  # fmt: skip


class Unique(NamedTuple):
    """Columns that together stand in one row only, and what is done with rows that share them.

    ``exact``: rows equal in every column read are refused (``refuse``), or the first is kept and the others are counted
    (``first``) or set aside (``quarantine``). ``conflicts``: rows that differ are refused, or all of them set aside.
    """

    columns: tuple
    exact: str = "refuse"
    conflicts: str = "refuse"


class Table(NamedTuple):
    """Where one table is and how to read it; ``columns`` maps contract names to the file's.

    ``place``: not in files but in a database (``database`` names the environment variable with its URL, and ``table``
    or ``query``) or on a cluster (``spark``: a table or path); with ``copy`` its rows are copied here first.
    """

    name: str
    files: tuple
    columns: dict = {}
    computed: dict = {}
    filter: formula.Formula | None = None
    join: tuple = ()
    unique: Unique | None = None
    options: dict = {}
    place: dict = {}


class Source(NamedTuple):
    """A whole source."""

    name: str
    file: str
    tables: dict
    currency: str = ""
    as_of: str = ""
    alerts: tuple = ()


def understood(path, given):
    """The Source of a path: a YAML file, a folder, or one file holding transactions. ``given``: checked options."""
    name = os.path.basename(os.path.normpath(path))
    if os.path.isdir(path):
        tables = _folder(path, given)
        if not tables:
            refuse("no_table", name, "the folder holds no file named after a table",
                   mend=f"Name files after the tables, e.g. transactions.csv; tables are {', '.join(TABLES)}.")  # fmt: skip
        return Source(name, name, tables, given.get("currency", ""), given.get("as_of", ""))
    if not os.path.exists(path):
        refuse("not_found", name, "there is no such file or folder", mend="Check the path.")
    if path.lower().endswith((".yml", ".yaml")):
        return _yaml(path, name, given)
    stem = name.split(".")[0]
    return Source(
        stem,
        name,
        {"transactions": Table("transactions", (path,), options=given)},
        given.get("currency", ""),
        given.get("as_of", ""),
    )


def _folder(path, given):
    found = {}
    for table in TABLES:
        hits = [p for p in sorted(glob.glob(os.path.join(glob.escape(path), table + ".*"))) if p.lower().endswith(DATA)]
        parts = os.path.join(path, table)
        if len(hits) > 1:
            refuse("ambiguous_file", os.path.basename(path), f"{len(hits)} files for the table {table}: "
                   f"{', '.join(os.path.basename(h) for h in hits)}", mend="Keep one, or name it in a source file.", table=table)  # fmt: skip
        if not hits and os.path.isdir(parts):
            hits = [
                p
                for p in sorted(glob.glob(os.path.join(glob.escape(parts), "**"), recursive=True))
                if p.lower().endswith(DATA)
            ]
        if hits:
            found[table] = Table(table, tuple(hits), options=given)
    return found


def _yaml(path, name, given):
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read(1 << 20)
        if text.count("&") > 20 and text.count("*") > 100:
            raise yaml.YAMLError("too many aliases")
        told = yaml.load(text, _Strict)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        at = f" at line {mark.line + 1}" if mark else ""
        refuse(
            "source_file",
            name,
            f"not a YAML file{at}: {getattr(error, 'problem', None) or error}",
            mend="Mend its layout.",
        )
    _mapping(told, name, "the file", TOP)
    if "tables" not in told:
        refuse("source_file", name, "the key tables is missing", mend="Write tables: {transactions: orders.csv}.")
    _mapping(told["tables"], name, "tables", tuple(TABLES))
    for key in ("name", "currency", "as_of"):
        if key in told and (told[key] is None or isinstance(told[key], (dict, list))):
            refuse("source_file", name, f"{key} is not a text", mend=f"Write {key}: …")
    base = {k: v for k, v in given.items() if k not in ("as_of", "currency")}
    currency = str(given.get("currency") or told.get("currency") or "")
    tables = {t: _table(name, os.path.dirname(path), t, entry, base, currency) for t, entry in told["tables"].items()}
    if not tables:
        refuse("source_file", name, "no table is named under tables", mend="Write tables: {transactions: orders.csv}.")
    as_of = given.get("as_of") or (options.day(told["as_of"], name).isoformat() if told.get("as_of") else "")
    alerts = thresholds.checked(told.get("alerts"), name)
    return Source(str(told.get("name") or name.rsplit(".", 1)[0]), name, tables, currency, as_of, alerts)


class _Strict(yaml.SafeLoader):
    """Safe YAML that refuses a key given twice, leaves dates as text, and takes ``on`` and ``no`` for words."""

    yaml_implicit_resolvers = {
        first: [(tag, rule) for tag, rule in rules if tag.rpartition(":")[2] not in ("timestamp", "bool")]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Strict.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false|True|False)$"), list("tfTF"))


def _unique_keys(loader, node, deep=False):
    seen = set()
    for key, _ in node.value:
        if key.value in seen:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key.value!r} is given twice", key.start_mark)
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


_Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_keys)


def _mapping(value, file, where, known):
    if not isinstance(value, dict):
        refuse("source_file", file, f"{where} is not a mapping of keys", mend=f"Its keys are {', '.join(known[:12])}.")
    for key in value:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            refuse("source_file", file, f"{where} has the unknown key {shown(key)}",
                   mend=f"Did you mean {near[0]}?" if near else f"Its keys are {', '.join(known[:30])}.")  # fmt: skip


def _table(file, folder, table, entry, base, currency):
    where = f"tables.{table}"
    entry = {"file": entry} if isinstance(entry, (str, list)) else entry
    _mapping(entry, file, where, TABLE + READING)
    place = places.place(file, folder, where, entry)
    names = {c.name: c for c in TABLES[table]}
    columns, computed = entry.get("columns") or {}, entry.get("computed") or {}
    for key, value in (("columns", columns), ("computed", computed)):
        _mapping(value, file, f"{where}.{key}", tuple(names))
        for column, told in value.items():
            if not isinstance(told, str) or not told.strip():
                refuse(
                    "source_file",
                    file,
                    f"{where}.{key}.{column} is not a text",
                    mend="Write a name or formula, in quotes if need be.",
                )
    both = set(columns) & set(computed)
    if both:
        refuse(
            "source_file", file, f"{where}: {', '.join(sorted(both))} is both renamed and computed", mend="Keep one."
        )
    read = {k: entry[k] for k in READING if k in entry} | base | ({"currency": currency} if currency else {})
    dates = tuple(columns.get(n, n) for n, c in names.items() if c.kind == "date")
    keep = _formula(file, f"{where}.filter", entry["filter"], dates, "truth") if entry.get("filter") else None
    made = {c: _formula(file, f"{where}.computed.{c}", f, dates, _wanted(names[c].kind)) for c, f in computed.items()}
    unique = _unique(file, f"{where}.unique", entry.get("unique"), tuple(names))
    joins = tuple(_join(file, folder, f"{where}.join", j) for j in _listed(entry.get("join")))
    return Table(
        table,
        () if place else places.files(file, folder, entry["file"]),
        dict(columns),
        made,
        keep,
        joins,
        unique,
        options.checked(read, f"{file}: {where}"),
        place,
    )


def _wanted(kind):
    return {"id": "text", "text": "text", "date": "date", "flag": "truth"}.get(kind, "number")


def _formula(file, where, text, dates, wanted):
    try:
        found = formula.parsed(text, dates)
        if found.type != wanted:
            raise formula.FormulaError(f"it makes a {found.type}, not a {wanted}")
    except formula.FormulaError as error:
        refuse("source_file", file, f"{where}: {error}", mend="Mend the formula.")
    return found


def _listed(value):
    return value if isinstance(value, list) else [value] if value else []


def _unique(file, where, told, known):
    """The Unique of a table: names of columns alone, or with what is done with rows that share them."""
    if not isinstance(told, dict):
        told = {"columns": told} if told else None
    if not told:
        return None
    _mapping(told, file, where, tuple(UNIQUE))
    for key in ("exact", "conflicts"):
        if told.get(key, "refuse") not in UNIQUE[key]:
            refuse("source_file", file, f"{where}.{key} is {shown(told[key])}",
                   mend=f"Choose one of {', '.join(UNIQUE[key])}.")  # fmt: skip
    columns = _names(file, f"{where}.columns", told.get("columns"), known)
    if not columns:
        refuse("source_file", file, f"{where}.columns is missing", mend="Name the columns that together are unique.")
    return Unique(**(told | {"columns": columns}))


def _names(file, where, value, known):
    value = _listed(value)
    for name in value:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, 1)
            refuse(
                "source_file",
                file,
                f"{where} has the unknown column {shown(name)}",
                mend=f"Did you mean {near[0]}?" if near else "",
            )
    return tuple(value)


def _join(file, folder, where, entry):
    _mapping(entry, file, where, JOIN + READING)
    if "file" not in entry or "on" not in entry:
        refuse(
            "source_file",
            file,
            f"{where} needs file and on",
            mend="Write join: {file: products.csv, on: [product_id]}.",
        )
    found = places.files(file, folder, entry["file"])
    if len(found) != 1:
        refuse("source_file", file, f"{where}.file names {len(found)} files", mend="Name one.")
    read = options.checked({k: entry[k] for k in READING if k in entry}, f"{file}: {where}")
    return {
        "file": found[0],
        "on": tuple(map(str, _listed(entry["on"]))),
        "columns": tuple(map(str, _listed(entry.get("columns")))),
        "options": read,
    }
