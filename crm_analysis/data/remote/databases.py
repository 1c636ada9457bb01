"""Databases and warehouses: opened by the *name* of an environment variable, read only, one SELECT at a time.

The URL, its user and its password stay in the environment: no message, file or report repeats them. Engines that Ibis
knows are queried where they are; from any other SQLAlchemy URL a query is streamed into Parquet.
"""

import contextlib
import difflib
import functools
import os
import re
import urllib.parse
from typing import NamedTuple

from crm_analysis.data.errors import DataError, problem, refuse, shown

IBIS = {"postgresql": "postgres", "postgres": "postgres", "mysql": "mysql", "bigquery": "bigquery",
        "snowflake": "snowflake", "databricks": "databricks"}  # fmt: skip
# Text compares by code point, as in files: no collation puts "a1" and "A1" together or sorts by a language.
COLLATION = {"postgres": 'COLLATE "C"', "mysql": "COLLATE utf8mb4_bin"}
READ_ONLY = {
    # In strings a backslash is a letter: what is quoted by the standard's rule stays quoted.
    "postgres": ("SET default_transaction_read_only = on", "SET standard_conforming_strings = on"),
    "mysql": ("SET SESSION TRANSACTION READ ONLY",),
}
BATCH = 50_000
OURS = (
    DataError,
    AssertionError,
    AttributeError,
    NameError,
    TypeError,
    KeyError,
)  # said or made by us, not by a driver


class There(NamedTuple):
    """A table that stays where it is.

    ``label`` names it for people; ``raw`` is it as an Ibis table; ``dialect`` the engine; ``native(expression)`` gives
    the frame that analyses use (an Ibis table, a Spark DataFrame); ``batches(expression)`` yields Arrow record batches;
    ``instants``: columns that were moved to a clock; ``settled(expression)`` is the same table with text that compares by code point;
    ``fenced(expression)`` the same, done before what is built on it; ``safe`` is a context in which
    what the engine says becomes a DataError without secrets.
    """

    label: str
    raw: object
    dialect: str
    native: object
    batches: object
    settled: object
    fenced: object
    safe: object
    instants: frozenset = frozenset()


def safe(told):
    """A context in which what the database says becomes a DataError without secrets."""
    name = label(told)
    return _safe(name, _secrets(url(told["database"], name)))


def fetched(con, expression):
    """The one place where rows of a database come to this machine, as Arrow record batches."""
    return con.to_pyarrow_batches(expression, chunk_size=BATCH)


def url(name, file):
    """The URL that the environment variable ``name`` holds. Raises DataError ``no_url``; never repeats its value."""
    told = os.environ.get(name, "").strip()
    if not told:
        refuse(
            "no_url",
            file,
            f"the environment variable {name} is not set",
            mend=f"Set {name} to the URL of the database.",
        )
    if not re.match(r"[a-zA-Z][\w+.-]*://", told):
        refuse("no_url", file, f"the environment variable {name} holds no URL", mend="A URL begins like postgresql://")
    return told


def stays(told):
    """Whether Ibis can group where the data is; a table of any other database is copied."""
    return _scheme(url(told["database"], label(told))) in IBIS


def label(told):
    """The name of a table for people: the variable's name and the table's, never what the variable holds."""
    return f"{told['database']} {told.get('table') or 'query'}"


def opened(told):
    """The There of ``{database, table or query}``. Raises DataError ``no_url``, ``not_installed``, ``connection``,
    ``no_table``, ``sql`` or ``not_allowed``.
    """
    name = label(told)
    address = url(told["database"], name)
    dialect, safe = IBIS[_scheme(address)], functools.partial(_safe, name, _secrets(address))
    with safe():
        con = _connected(address, dialect, name)
        raw = _query(con, dialect, told["query"], name) if told.get("query") else _table(con, told["table"], name)
    return There(
        name, raw, dialect, lambda expression: expression,
        lambda expression: fetched(con, expression),
        functools.partial(_settled, con, dialect), functools.partial(_fenced, con), safe,
    )  # fmt: skip


def _scheme(address):
    return address.split("://")[0].split("+")[0].lower()


def _secrets(address):
    """What must not be said: the URL, and every part of it that could tell where or who."""
    found = {address}
    with contextlib.suppress(ValueError):
        parts = urllib.parse.urlsplit(address)
        found |= {parts.netloc, parts.username, parts.password, parts.hostname, parts.query}
        found |= {value for _, value in urllib.parse.parse_qsl(parts.query)}
    found = {part for part in found if part}
    return found | {urllib.parse.unquote(part) for part in found}


@contextlib.contextmanager
def _safe(name, secrets):
    """Turn what a driver says into a DataError; its words are kept only when they hold no part of the URL."""
    try:
        yield
    except OURS:
        raise
    except ImportError as error:
        refuse("not_installed", name, f"the package {error.name or 'of this engine'} is not installed",
               mend="Install the extra of the engine, e.g. pip install 'crm-analysis[postgres]'.")  # fmt: skip
    except Exception as error:
        text = next(iter(str(error).splitlines()), "")[:200]
        lost = type(error).__name__ in ("OperationalError", "ConnectionTimeout", "DatabaseError", "InterfaceError")
        plain = not lost and not any(part.lower() in text.lower() for part in secrets)
        told = f"{type(error).__name__}: {text}" if plain and text else type(error).__name__
    else:
        return
    if lost:
        _connected.cache_clear()
    mend = (
        "the URL, the network, the rights, and the name of the table" if lost else "the table, the query and the rights"
    )
    # From None: the driver's own error, with its text, must not be shown above ours.
    raise DataError(
        [problem("connection" if lost else "sql", name, f"the database refuses ({told})", mend=f"Check {mend}.")]
    ) from None


@functools.lru_cache(maxsize=8)
def _connected(address, dialect, name):
    import ibis

    scheme, rest = address.split("://", 1)
    con = ibis.connect(f"{scheme.split('+')[0]}://{rest}")
    if dialect == "postgres":
        con.con.read_only = True  # each transaction begins READ ONLY, whatever a query does to the session
    for statement in READ_ONLY.get(dialect, ()):
        con.raw_sql(statement).close()
    return con


def _table(con, told, name):
    import ibis

    *place, table = told.split(".")
    if len(place) > 2 or not all([*place, table]):
        refuse("no_table", name, f"{shown(told)} is not the name of a table", mend="Write table or schema.table.")
    database = tuple(place) if len(place) == 2 else place[0] if place else None
    with contextlib.suppress(ibis.common.exceptions.TableNotFound):
        return con.table(table, database=database)
    return refuse_table(told, con.list_tables(database=database), name)


def refuse_table(told, there, name):
    """Refuse (``no_table``) a table that is not there, naming those of a like name, or some that are."""
    near = difflib.get_close_matches(told.split(".")[-1], there, 3) or sorted(there)[:10]
    mend = f"Is one of these meant: {', '.join(map(shown, near))}?" if near else "Check the schema."
    refuse("no_table", name, f"there is no table {shown(told)}", mend=mend)


def only_select(query, name, dialect=None):
    """Refuse (``not_allowed``) what is not exactly one SELECT that only reads; returns its tree.

    The engine's read-only transaction stands behind this; here the mistake gets a sentence.
    """
    import sqlglot
    from sqlglot import exp

    try:
        found = [tree for tree in sqlglot.parse(query, read=dialect) if tree is not None]
    except (sqlglot.errors.SqlglotError, RecursionError):
        found = []
    writes = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Into, exp.Lock, exp.Command)
    if len(found) != 1 or not isinstance(found[0], exp.Query) or any(found[0].find(kind) for kind in writes):
        refuse(
            "not_allowed",
            name,
            "only one SELECT is run, and nothing is written",
            mend="Give one SELECT that the engine understands.",
        )
    return found[0]


def _query(con, dialect, query, name):
    only_select(query, name, con.dialect)
    query = query.strip().rstrip(";").strip()
    if dialect != "postgres":
        return con.sql(query)
    return con.sql(query, schema=_schema(con, query))


def _schema(con, query):
    """The types of a query's columns, asked without making a view, which a read-only transaction forbids."""
    import ibis

    with con.begin() as cursor:
        # The newline ends a comment that stands last in the query.
        described = cursor.execute(f"SELECT * FROM ({query}\n) AS q LIMIT 0").description
        types = {}
        for column in described:
            name = cursor.execute("SELECT format_type(%s, %s)", (column.type_code, _modifier(column))).fetchone()[0]
            types[column.name] = con.compiler.type_mapper.from_string(name, nullable=True)
    return ibis.schema(types)


def _modifier(column):
    """The type modifier of a NUMERIC's precision and scale, as PostgreSQL packs them; -1: none."""
    if column.precision is None or column.scale is None or column.type_code != 1700:
        return -1
    return ((column.precision << 16) | (column.scale & 0x7FF)) + 4


def _settled(con, dialect, expression):
    if dialect not in COLLATION:
        return expression
    schema = expression.schema()
    columns = []
    for name, kind in schema.items():
        quoted = _quoted(con, name)
        columns.append(f"{quoted} {COLLATION[dialect]} AS {quoted}" if kind.is_string() else quoted)
    return con.sql(f"SELECT {', '.join(columns)} FROM ({con.compile(expression)}) AS q", schema=schema)


def _fenced(con, expression):
    # OFFSET 0 keeps PostgreSQL from merging the inner query with the outer one.
    end = " OFFSET 0" if con.name == "postgres" else ""
    return con.sql(f"SELECT * FROM ({con.compile(expression)}) AS q{end}", schema=expression.schema())


def _quoted(con, name):
    import sqlglot

    return sqlglot.to_identifier(name, quoted=True).sql(con.dialect)
