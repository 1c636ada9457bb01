"""Any other database that SQLAlchemy knows: one table or query, streamed into a Parquet file and then read like a file."""

import decimal
import os

from crm_analysis.data.errors import refuse, shown
from crm_analysis.data.files import embedded, texts
from crm_analysis.data.remote import databases


def streamed(told, target, chosen):
    """Write the table or query of any SQLAlchemy URL to the Parquet file ``target`` as text, batch by batch.

    ``chosen(names)`` says which columns are wanted, or refuses; they keep their names. A number is written so that it
    has one reading only. Raises DataError ``connection``, ``no_table``, ``not_allowed`` or ``sql``.
    """
    name = databases.label(told)
    with databases.safe(told):
        import sqlalchemy

        engine = sqlalchemy.create_engine(databases.url(told["database"], name), poolclass=sqlalchemy.pool.NullPool)
        _exists(engine, name)
        statement = _query(told, name, engine) if told.get("query") else _table(told["table"], name, engine, chosen)
        with engine.connect() as con:
            _only_reading(con, engine.dialect.name)
            result = con.execution_options(stream_results=True, max_row_buffer=databases.BATCH).execute(statement)
            _write_text(result, target, chosen(list(result.keys())))
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


def _query(told, name, engine):
    import sqlalchemy

    known = {"mssql": "tsql", "sqlite": "sqlite", "oracle": "oracle", "trino": "trino", "redshift": "redshift"}
    databases.only_select(told["query"], name, known.get(engine.dialect.name))
    # A colon in the query is no parameter.
    return sqlalchemy.text(told["query"].strip().rstrip(";").replace(":", "\\:"))


def _table(told, name, engine, chosen):
    """A SELECT of the chosen columns of a table; every name is quoted."""
    import sqlalchemy

    *place, table = told.split(".")
    if len(place) > 1 or not all([*place, table]):
        refuse("no_table", name, f"{shown(told)} is not the name of a table", mend="Write table or schema.table.")
    schema = place[0] if place else None
    there = sqlalchemy.inspect(engine)
    try:
        names = [column["name"] for column in there.get_columns(table, schema)]
    except sqlalchemy.exc.NoSuchTableError:
        databases.refuse_table(told, there.get_table_names(schema) + there.get_view_names(schema), name)
    quoted = {part: sqlalchemy.sql.quoted_name(part, quote=True) for part in (table, schema, *names) if part}
    columns = [sqlalchemy.column(quoted[column]) for column in chosen(names)]
    return sqlalchemy.select(*columns).select_from(sqlalchemy.table(quoted[table], schema=quoted.get(schema)))


def _write_text(result, target, wanted):
    import pyarrow as pa
    import pyarrow.parquet as pq

    at = [i for i, name in enumerate(result.keys()) if name in wanted]
    schema = pa.schema([(name, pa.string()) for name in result.keys() if name in wanted])  # noqa: SIM118 (not a dict)
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for rows in result.partitions(databases.BATCH):
            columns = [pa.array([_text(row[i]) for row in rows], pa.string()) for i in at]
            writer.write_table(pa.table(columns, schema=schema))


def _text(value):
    """A cell as text; 1.234 becomes 1.2340, which has one reading only.

    >>> _text(decimal.Decimal("1.234")), _text(decimal.Decimal("5.00")), _text("1.234")
    ('1.2340', '5.00', '1.234')
    """
    if isinstance(value, decimal.Decimal):
        return f"{value:f}" + "0" * (value.is_finite() and value.as_tuple().exponent == -3)
    return texts.text(value)
