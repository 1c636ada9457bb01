"""Tables that are copied from a database or cluster into a Parquet file and then read like a file."""

import os
import re

from crm_analysis.data.files import headers
from crm_analysis.data.files.raw import Raw
from crm_analysis.data.remote import clusters, databases, expressions, streams, transactions
from crm_analysis.data.sourcefile import plans


def copied(table, work):
    """The path of a table as a Parquet file in ``work``, under its own name; of its columns those that are asked for.

    Raises DataError ``missing_column`` or ``duplicate_column`` before any row is copied.
    """
    place = table.place
    folder = os.path.join(work, f"copied.{table.name}")
    os.makedirs(folder)
    label = clusters.label(place) if "spark" in place else databases.label(place)
    target = os.path.join(folder, re.sub(r"[^\w .-]", "_", label))
    if "database" in place and not databases.stays(place):
        streams.streamed(place, target, lambda names: _chosen(table, label, [(name, "text") for name in names]))
    else:
        _fetched(table, target)
    return target


def _chosen(table, label, sorts):
    """The columns that the table needs, of those there are: (name, sort)."""
    plans.planned(Raw(label, "", [(name, name, sort) for name, sort in sorts]), table)
    wanted = plans.wanted(table)
    return [name for name, _ in sorts if headers.normal(name) in wanted]


def _fetched(table, target):
    import pyarrow.parquet as pq

    there = transactions.opened(table)
    sorts = {name: expressions.sort(kind) for name, kind in there.raw.schema().items()}
    chosen = _chosen(table, there.label, sorts.items())
    with there.safe():
        columns = {n: there.raw[n].cast("string") if sorts[n] == "other" else there.raw[n] for n in chosen}
        raw = there.raw.select(**columns)
        schema = raw.schema().to_pyarrow()
        with pq.ParquetWriter(target, schema, compression="zstd") as writer:
            for batch in there.batches(raw):
                writer.write_batch(batch.cast(schema))
