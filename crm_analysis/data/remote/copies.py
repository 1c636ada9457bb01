"""Tables that are copied from a database or cluster into a Parquet file and then read like a file."""

import os
import re

from crm_analysis.data.files import headers
from crm_analysis.data.remote import clusters, databases, expressions, streams, transactions
from crm_analysis.data.sourcefile import plans


def copied(table, work):
    """The path of a table as a Parquet file in ``work``, under its own name; of its columns those that are asked for."""
    import pyarrow.parquet as pq

    place = table.place
    folder = os.path.join(work, f"copied.{table.name}")
    os.makedirs(folder)
    label = clusters.label(place) if "spark" in place else databases.label(place)
    target = os.path.join(folder, re.sub(r"[^\w .-]", "_", label))
    if "database" in place and not databases.stays(place):
        streams.streamed(place, target)
        return target
    there = transactions.opened(table)
    wanted = plans.wanted(table)
    kinds = {name: kind for name, kind in there.raw.schema().items() if headers.normal(name) in wanted}
    with there.safe():
        columns = {
            n: there.raw[n].cast("string") if expressions.sort(k) == "other" else there.raw[n] for n, k in kinds.items()
        }
        raw = there.raw.select(**columns) if columns else there.raw.limit(0)
        schema = raw.schema().to_pyarrow()
        with pq.ParquetWriter(target, schema, compression="zstd") as writer:
            for batch in there.batches(raw):
                writer.write_batch(batch.cast(schema))
    return target
