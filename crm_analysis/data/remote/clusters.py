"""Spark: a table of the catalog or a path that the cluster reads, queried where it is.

The session is Spark's own: ``getOrCreate`` under ``SPARK_REMOTE`` or ``SPARK_MASTER`` of the environment. Expressions
are written in Ibis, which only compiles them; Spark gets one SELECT and gives a DataFrame.
"""

import contextlib
import itertools
import os
import re
import urllib.parse
import warnings

from crm_analysis.data.errors import DataError, problem, refuse, shown
from crm_analysis.data.remote.databases import OURS, There

FORMATS = {".parquet": "parquet", ".orc": "orc", ".avro": "avro"}
NAME = re.compile(r"(?:[^\W\d]\w*|`[^`]+`)(?:\.(?:[^\W\d]\w*|`[^`]+`)){0,2}")
_numbers = itertools.count(1)


def label(told):
    """The name of a table for people: ``spark sales.orders``; of a path its last part."""
    return f"spark {os.path.basename(told['spark'].rstrip('/'))}"


def opened(told, tz=""):
    """The There of ``{spark: table or path}``; instants (TIMESTAMP) are shown on the clock of ``tz`` (UTC by default).

    Raises DataError ``not_installed``, ``no_table``, ``not_allowed`` or ``sql``.
    """
    name = label(told)
    with _safe(name):
        session = _session()
        frame = _frame(session, told["spark"], name)
        instants = frozenset(f.name for f in frame.schema.fields if f.dataType.typeName() == "timestamp")
        frame = _bare_clock(frame, instants, tz or "UTC")
        compiled = _compiler()
        raw = _viewed(frame, compiled)

    def native(expression):
        return session.sql(_unsubstituted(compiled.to_sql(expression, dialect="pyspark"), name))

    def batches(expression):
        return fetched(native(expression)).to_batches()

    def fenced(expression):
        return _viewed(native(expression), compiled)

    return There(
        name, raw, "pyspark", native, batches, lambda expression: expression, fenced, lambda: _safe(name), instants
    )


def _viewed(frame, compiled):
    """A DataFrame as an Ibis table, under a name of its own in the session."""
    view = f"crm_analysis_{os.getpid()}_{next(_numbers)}"
    frame.createOrReplaceTempView(view)
    return compiled.table(_schema(frame), name=view)


def safe(told):
    """A context in which what Spark says becomes a DataError."""
    return _safe(label(told))


def _session():
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    if os.environ.get("SPARK_MASTER") and not os.environ.get("SPARK_REMOTE") and not SparkSession.getActiveSession():
        builder = builder.master(os.environ["SPARK_MASTER"])
    return builder.getOrCreate()


def _compiler():
    """Ibis, once it knows its Spark compiler."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PySpark warns of pandas 3 on import; results are handed over as Arrow
        import ibis
        import ibis.backends.pyspark  # noqa: F401

        ibis.pyspark  # noqa: B018 (sets the options that its compiler reads)
    return ibis


def _schema(frame):
    import ibis
    from ibis.backends.pyspark.datatypes import PySparkType

    return ibis.schema({f.name: PySparkType.to_ibis(f.dataType, nullable=f.nullable) for f in frame.schema.fields})


def _frame(session, told, name):
    """A table is named, never pasted into SQL; what is not a name is a path."""
    ending = os.path.splitext(told.rstrip("/"))[1].lower()
    if "/" in told or ending in FORMATS:
        parts = urllib.parse.urlsplit(told)
        if parts.password:
            refuse(
                "not_allowed",
                name,
                "the path holds a password",
                mend="Give the cluster its credentials in its own settings.",
            )
        return session.read.format(FORMATS.get(ending, "parquet")).load(told)
    if not NAME.fullmatch(told):
        refuse(
            "no_table",
            name,
            f"{shown(told)} is not the name of a table",
            mend="Write table or schema.table, or a path.",
        )
    return session.table(told)


def _bare_clock(frame, instants, tz):
    """Instants as the clock of ``tz`` showed them, whatever the session's own zone is."""
    from pyspark.sql import functions as F

    made = []
    for name in frame.columns:
        column = F.col("`" + name.replace("`", "``") + "`")
        if name in instants:
            micros = F.unix_micros(F.from_utc_timestamp(column, tz))
            column = F.timestamp_add("MICROSECOND", micros, F.lit("1970-01-01").cast("timestamp_ntz")).alias(name)
        made.append(column)
    return frame.select(*made) if instants else frame


def _unsubstituted(sql, name):
    if "${" in sql:
        refuse(
            "not_allowed",
            name,
            "a name or formula holds ${, which Spark would replace",
            mend="Rename the column, or mend the formula.",
        )
    return sql


def fetched(frame):
    """The one place where rows of a cluster come to this machine, as Arrow."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return frame.toArrow()


@contextlib.contextmanager
def _safe(name):
    """Turn what Spark says into a DataError: its first line."""
    try:
        yield
    except OURS:
        raise
    except ImportError:
        refuse(
            "not_installed",
            name,
            "pyspark or ibis-framework is not installed",
            mend="pip install 'crm-analysis[spark]'",
        )
    except Exception as error:
        told = f"{type(error).__name__}: {next(iter(str(error).splitlines()), '')[:200]}"
    else:
        return
    raise DataError(
        [problem("sql", name, f"Spark refuses ({told})", mend="Check the table or path, and the rights.")]
    ) from None
