"""Open a source: a path or a source file in, checked tables out.

``prepare`` checks everything and writes canonical Parquet files with ``facts.json``; ``read`` opens such a folder,
or prepares anything else into a private folder that is gone when the program ends.
"""

import datetime
import functools
import json
import os
import shutil
import tempfile

import duckdb

from crm_analysis.data import customers, facts, parts, pseudonyms, quarantine
from crm_analysis.data.errors import engine_said, refuse
from crm_analysis.data.places import located
from crm_analysis.data.remote import transactions
from crm_analysis.data.sourcefile import options, spec
from crm_analysis.data.sql import connect, locked, parquet

FACTS = "facts.json"
CUSTOMER_TABLE = "customer_table"
FEW = 200_000  # rows in all tables
_private = []  # temporary folders: TemporaryDirectory removes each when the program ends


class Tables(dict):
    """Table name -> DuckDB relation over the prepared file; ``facts`` (dict) and ``as_of`` (date) beside them.

    Transactions that stay in a database or on a cluster are an Ibis table or a Spark DataFrame with the same columns.
    """

    def __init__(self, relations, facts, connection):
        super().__init__(relations)
        self.facts, self.connection = facts, connection
        self.as_of = datetime.date.fromisoformat(facts["as_of"])
        self._held = []

    def hold(self, frame):
        """A lazy result computed once: a table of this run's DuckDB, which moves to disk what memory does not hold.

        ``frame`` is of whichever engine; rows that another one computed come here batch by batch. What is held can be
        joined with every table here, and what was held already is given back as it is.
        """
        if any(frame is held for held in self._held):
            return frame
        name = f"held_{len(self._held)}"
        if isinstance(frame, duckdb.DuckDBPyRelation):
            frame.create(name)
        else:
            self.connection.from_arrow(transactions.reader(frame)).create(name)
        self._held.append(self.connection.table(name))
        return self._held[-1]

    def customers_on(self, day):
        """The customer table as the base stood at the end of ``day``, held."""
        return self.hold(customers.table(self["transactions"], day))


def read(source="", as_of="", **given):
    """The tables of a source, checked. ``given``: options such as ``encoding``; see ``options.KNOWN``.

    ``source``: '' for the demo company, a file, a folder, a YAML source file, or a folder that ``prepare`` wrote.
    ``as_of``: rows after that day are left out; by default the day after the last transaction.
    Raises DataError with everything that is wrong.
    """
    source = located(source)
    if os.path.isfile(os.path.join(source, FACTS)):
        return _opened(source, as_of)
    private = tempfile.TemporaryDirectory(prefix="crm-analysis-")
    _private.append(private)
    folder = os.path.join(private.name, "prepared")
    prepare(source, folder, as_of, **given)
    return _opened(folder, "")


def prepare(source, folder, as_of="", pseudonym_key="", **given):
    """Check a source and write ``<table>.parquet`` and ``facts.json`` to ``folder``; returns the facts.

    Rows set aside stand in ``quarantine.csv``, which the facts name under ``quarantine``; it is readable by its owner only.
    The folder is made, or replaced if an earlier ``prepare`` wrote it; it appears whole or not at all. Ids and texts are
    VARCHAR, money and numbers DOUBLE (rounded to 4 decimals), counts BIGINT, ratings SMALLINT, flags BOOLEAN, dates
    DATE or TIMESTAMP; each date column has a companion in whole days since 1970-01-01 (``order_day``).
    ``pseudonym_key``: where the key is by which ids are replaced, see ``pseudonyms.key``; empty: ids stay.
    Raises DataError.
    """
    secret = pseudonyms.key(pseudonym_key) if pseudonym_key else None
    told = options.checked(given | ({"as_of": str(as_of)} if as_of else {}))
    source, folder = located(source), os.path.abspath(folder)
    _refuse_target(folder)
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".crm-", dir=os.path.dirname(folder)) as work:
        ready = os.path.join(work, "ready")
        found = checked(source, ready, work, told, functools.partial(_finished, secret=secret), bool(secret))
        with open(os.path.join(ready, FACTS), "w", encoding="utf-8") as file:
            json.dump(found, file, ensure_ascii=False, indent=1)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(ready, folder)
    return found


def checked(source, ready, work, told, then=None, nameless=False):
    """Write the canonical files to the new folder ``ready``; returns the facts. ``told``: checked options.

    ``then(connection, facts, ready)`` runs at the end on the same connection; ``nameless``: rows set aside are told
    without their cells. Whatever the engine cannot do with the source becomes a DataError too (``unreadable``).
    """
    os.makedirs(ready)
    try:
        return _prepared(spec.understood(source, told), ready, work, then, nameless)
    except (duckdb.Error, OSError, MemoryError, UnicodeError) as error:
        name = os.path.basename(os.path.normpath(source))
        refuse("unreadable", name, f"it cannot be read ({type(error).__name__}: {engine_said(error, source, ready, work)})",
               mend="Look at the file, or export it again.")  # fmt: skip


def _refuse_target(folder):
    if os.path.isdir(folder) and os.listdir(folder) and not os.path.isfile(os.path.join(folder, FACTS)):
        refuse(
            "target",
            os.path.basename(folder),
            "the folder to write to holds other files",
            mend="Name a new or empty folder.",
        )


def _prepared(source, ready, work, then, nameless):
    stays = {name: table for name, table in source.tables.items() if transactions.stays(table)}
    if stays and nameless:
        refuse("pseudonym_key", source.name, "ids cannot be replaced in a table that stays where it is: the key would have to "
               "travel there, in queries that a server logs", mend="Add copy: true to the table in the source file, so that "
               "its rows are copied here first, or replace the ids in a view of the database.")  # fmt: skip
    read = [path for table in source.tables.values() for path in (*table.files, *(j["file"] for j in table.join))]
    con = locked(connect(work), read, [work])
    try:
        here = {name: table for name, table in source.tables.items() if name not in stays}
        made = {name: parts.converted(con, table, ready, work) for name, table in here.items()}
        found = facts.gathered(con, source, made, ready)
        for name, table in stays.items():
            made[name] = transactions.prepare(table, source.as_of, found, ready, work)
        _tell_of_quarantine(found, quarantine.written(con, made, ready, cells=not nameless))
        if then is not None:
            then(con, found, ready)
        return found
    finally:
        con.close()


def _tell_of_quarantine(found, counts):
    """The facts name the file of rows set aside, and each table how many of them are its own."""
    for name, about in found["tables"].items():
        about["quarantined"] = counts.get(name, 0)
    if counts:
        found["quarantine"] = {"file": quarantine.FILE, "rows": sum(counts.values())}


def _finished(con, found, ready, secret):
    """Ids replaced where asked, and the customer table made of what will be read."""
    if secret:
        pseudonyms.replace(con, ready, found["tables"], secret)
        found["pseudonyms"] = True
        for about in found["tables"].values():  # cells that were set aside may be ids
            about["set_aside"] = [problem | {"examples": []} for problem in about["set_aside"]]
    if "transactions" in found["tables"]:
        _customer_table(con, found, ready)


def _customer_table(con, found, ready):
    """One row per customer, made once here and read by every analysis: ``customer_table.parquet``."""
    target = os.path.join(ready, f"{CUSTOMER_TABLE}.parquet")
    if transactions.kept(ready):
        transactions.customer_table(ready, found, target)
        return
    lines = con.sql(f"SELECT * FROM {parquet(os.path.join(ready, 'transactions.parquet'))}")
    customers.table(lines, found["as_of"]).write_parquet(target)


def _opened(folder, as_of):
    with open(os.path.join(folder, FACTS), encoding="utf-8") as file:
        found = json.load(file)
    if as_of and options.day(as_of).isoformat() != found["as_of"]:
        refuse(
            "as_of",
            os.path.basename(folder),
            f"this folder was prepared as of {found['as_of']}",
            mend=f"Prepare the source again as of {as_of}.",
        )
    con = locked(connect(tempfile.gettempdir()), [], [folder])
    if sum(table["rows_kept"] for table in found["tables"].values()) < FEW:
        con.execute("SET threads = 1")  # more would spend their time waiting for each other
    stays = ["transactions"] if transactions.kept(folder) else []
    names = [name for name in found["tables"] if name not in stays]
    names += [CUSTOMER_TABLE] if "transactions" in found["tables"] else []
    relations = {
        name: con.sql(f"SELECT * FROM {parquet(os.path.join(os.path.abspath(folder), name + '.parquet'))}")
        for name in names
    }
    relations |= {name: transactions.lines(folder, found) for name in stays}
    return Tables(relations, found, con)
