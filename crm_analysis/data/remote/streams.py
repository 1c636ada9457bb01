"""Any other database that SQLAlchemy knows: one table or query, streamed into a Parquet file and then read like a file."""

import decimal
import os

from crm_analysis.data.errors import refuse, shown
from crm_analysis.data.files import embedded, texts
from crm_analysis.data.remote import databases


def streamed(told, target):
    """Write the table or query of any SQLAlchemy URL to the Parquet file ``target`` as text, batch by batch.

    Columns keep their names; a number is written so that it has one reading only.
    """
    name = databases.label(told)
    with databases.safe(told):
        import sqlalchemy

        engine = sqlalchemy.create_engine(databases.url(told["database"], name), poolclass=sqlalchemy.pool.NullPool)
        _exists(engine, name)
        with engine.connect() as con:
            _only_reading(con, engine.dialect.name)
            statement = _statement(told, name, engine.dialect.name)
            result = con.execution_options(stream_results=True, max_row_buffer=databases.BATCH).execute(statement)
            _write_text(result, target)
            result.close()
            con.rollback()


def _exists(engine, name):
    """SQLite makes a file that is not there; an empty database is not what was meant."""
    path = engine.url.database
    if (
        engine.dialect.name == "sqlite"
        and path
        and path != ":memory:"
        and not path.startswith("file:")
        and not os.path.isfile(path)
    ):
        refuse("connection", name, "there is no such SQLite file", mend="Check the path in the URL.")


def _only_reading(con, dialect):
    if dialect == "sqlite":
        con.connection.dbapi_connection.set_authorizer(embedded.only_reading)
    elif dialect == "oracle":
        con.exec_driver_sql("SET TRANSACTION READ ONLY")


def _statement(told, name, dialect):
    import sqlalchemy

    if told.get("query"):
        known = {"mssql": "tsql", "sqlite": "sqlite", "oracle": "oracle", "trino": "trino", "redshift": "redshift"}
        databases.only_select(told["query"], name, known.get(dialect))
        # A colon in the query is no parameter.
        return sqlalchemy.text(told["query"].strip().rstrip(";").replace(":", "\\:"))
    *place, table = (sqlalchemy.sql.quoted_name(part, quote=True) for part in told["table"].split("."))
    if len(place) > 1 or not table:
        refuse(
            "no_table", name, f"{shown(told['table'])} is not the name of a table", mend="Write table or schema.table."
        )
    return sqlalchemy.select(sqlalchemy.text("*")).select_from(
        sqlalchemy.table(table, schema=place[0] if place else None)
    )


def _write_text(result, target):
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = list(result.keys())
    schema = pa.schema([(name, pa.string()) for name in names])
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for rows in result.partitions(databases.BATCH):
            columns = zip(*rows, strict=True)
            writer.write_table(pa.table([pa.array(map(_text, c), pa.string()) for c in columns], schema=schema))


def _text(value):
    """A cell as text; 1.234 becomes 1.2340, which has one reading only.

    >>> _text(decimal.Decimal("1.234")), _text(decimal.Decimal("5.00")), _text("1.234")
    ('1.2340', '5.00', '1.234')
    """
    if isinstance(value, decimal.Decimal):
        return f"{value:f}" + "0" * (value.is_finite() and value.as_tuple().exponent == -3)
    return texts.text(value)
