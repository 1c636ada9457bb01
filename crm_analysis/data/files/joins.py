"""Looking up columns in another file: a left join on keys that are unique there."""

import os

from crm_analysis.data.errors import refuse, shown
from crm_analysis.data.files import doors
from crm_analysis.data.files.headers import normal
from crm_analysis.data.sql import parquet, quoted, store
from crm_analysis.data.wording import told


def looked_up(con, raw, join, table, folder):
    """(Raw with the columns of the other file, facts of that file, warnings). The order of the rows stays.

    Raises DataError ``missing_column`` or ``duplicate_key``.
    """
    inner = os.path.join(folder, f"join{len(raw.columns)}")
    os.makedirs(inner, exist_ok=True)
    other, file = doors.opened(con, join["file"], table, join["options"], inner, set(map(normal, join["on"])))
    left, right = {e[0]: e for e in raw.columns}, {e[0]: e for e in other.columns}
    for where, columns in ((raw.name, left), (other.name, right)):
        for key in join["on"]:
            if key not in columns:
                refuse(
                    "missing_column",
                    where,
                    f"no column {shown(key)} to join on",
                    mend=f"The columns are {', '.join(columns)}.",
                    column=key,
                    table=table,
                )
    taken = join["columns"] or [name for name in right if name not in left]
    for name in taken:
        if name not in right or name in left:
            refuse(
                "missing_column",
                other.name,
                f"no column {shown(name)} that only this file has",
                mend="Mend the columns of the join.",
                column=name,
                table=table,
            )
    keys = [(_key(left[k]), _key(right[k])) for k in join["on"]]
    _unique(con, other, [k for _, k in keys], join["on"], table)
    target = os.path.join(inner, "joined.parquet")
    source = raw.source if not raw.path else parquet(raw.path, rows=True)
    row = "file_row_number" if raw.path else "row_number() OVER ()"
    names = [e[0] for e in raw.columns] + list(taken)
    wanted = [f"l.{quoted(e[1])} AS c{i}" for i, e in enumerate(raw.columns)]
    wanted += [f"r.{quoted(right[n][1])} AS c{len(raw.columns) + i}" for i, n in enumerate(taken)]
    on = " AND ".join(f"l.k{i} = r.k{i}" for i in range(len(keys)))
    lhs = f"(SELECT *, {', '.join(f'{k} AS k{i}' for i, (k, _) in enumerate(keys))}, {row} AS _at FROM {source})"
    rhs = f"(SELECT *, true AS _hit, {', '.join(f'{k} AS k{i}' for i, (_, k) in enumerate(keys))} FROM {other.source})"
    joined = f"SELECT {', '.join(wanted)}, r._hit AS _hit FROM {lhs} l LEFT JOIN {rhs} r ON {on} ORDER BY l._at"
    store(con, joined, target)
    lost = con.execute(f"SELECT count(*) FROM {parquet(target)} WHERE _hit IS NULL").fetchone()[0]
    columns = [(n, f"c{i}", (left | {k: v for k, v in right.items() if k in taken})[n][2]) for i, n in enumerate(names)]
    joined = raw._replace(source=parquet(target), columns=columns, path=target, text=None, numbered=False)
    return joined, file, [told("join_unmatched", ", ".join(join["on"]), lost)] * bool(lost)


def _key(entry):
    _, column, sort = entry
    if sort == "fraction":
        return f"CASE WHEN {quoted(column)} = floor({quoted(column)}) THEN CAST(CAST({quoted(column)} AS HUGEINT) AS VARCHAR) ELSE CAST({quoted(column)} AS VARCHAR) END"
    return f"nullif(trim(CAST({quoted(column)} AS VARCHAR)), '')"


def _unique(con, other, keys, names, table):
    n = con.execute(f"SELECT count(*) FROM (SELECT 1 FROM {other.source} WHERE {' AND '.join(f'{k} IS NOT NULL' for k in keys)} "
                    f"GROUP BY {', '.join(keys)} HAVING count(*) > 1)").fetchone()[0]  # fmt: skip
    if n:
        refuse("duplicate_key", other.name, f"{n:,} key(s) ({', '.join(names)}) stand in more than one row", table=table, column=names[0],
               mend="A look-up needs one row per key: rows would be counted twice.", count=n)  # fmt: skip
