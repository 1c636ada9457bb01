"""What is asked of a table that stays where it is: its rows staged like a file's, counted, and told by examples.

Everything here is an Ibis expression; only aggregates and up to five examples per problem are fetched.
"""

import functools
import operator

from crm_analysis.data import facts
from crm_analysis.data.errors import problem
from crm_analysis.data.frames import day_number
from crm_analysis.data.reading.careful import REASONS
from crm_analysis.data.remote import expressions
from crm_analysis.data.tables import day_name
from crm_analysis.data.wording import BAD, mended, told

EXACT = "_exact"  # beside amount, a double: the same as an exact decimal


def one(there, expression):
    """The single row of an aggregate, as a dict."""
    return fetched(there, expression)[0]


def fetched(there, expression):
    """The rows of a small result, as dicts."""
    return [row for batch in there.batches(expression) for row in batch.to_pylist()]


def clean(items, there):
    """Columns of text without a cell that has to be trimmed or looked at closely: later queries need not do it."""
    texts = {i.column: i for i in items if i.kind in ("id", "text") and not i.formula and i.sort in ("text", "other")}
    if not texts:
        return []
    wanted = {}
    for n, column in enumerate(texts):
        text = there.raw[column].cast("string")
        wanted[f"n{n}"] = (text.notnull() & ~expressions.plain(text)).ifelse(1, 0).sum()
    found = one(there, there.raw.aggregate(**wanted))
    return [column for n, column in enumerate(texts) if not found[f"n{n}"]]


def staged(table, items, there, clean):
    """Every row with ``v`` (value), ``b`` (what is wrong), ``r`` (as it stands there), ``t`` (trimmed) of each item, and ``_drop``.

    Between costly steps stands a fence: an engine that merges them would do the first once per use in the second.
    """
    rules = expressions.Rules(
        there.dialect, table.options.get("tz", ""), table.options.get("stored_tz", ""), tuple(clean)
    )
    told = [i for i in items if not i.formula]
    stage, dirty = _texts(there.raw, told, rules)
    stage = there.fenced(stage) if dirty else stage
    made = {}
    for item in told:
        made |= _made(stage[f"x{item.i}"], item, rules, stage[f"k{item.i}"] if item.i in dirty else None)
    stage = stage.select(**made)
    stage = there.fenced(stage) if dirty else stage
    operand = {item.header: f"v{item.i}" for item in items if not item.name}
    stage = _computed(table, items, there, stage, rules, functools.partial(_column, stage, operand))
    return stage.mutate(_drop=_drop(table, items, there, stage, functools.partial(_column, stage, operand)))


def _texts(raw, items, rules):
    """(columns ``x`` as they stand there and ``k`` stripped, numbers of the items that have a ``k``)."""
    made = {f"x{item.i}": raw[item.column] for item in items}
    stripped = {item.i: expressions.stripped(raw[item.column], item, rules) for item in items}
    stripped = {i: text for i, text in stripped.items() if text is not None}
    return raw.select(**made, **{f"k{i}": text for i, text in stripped.items()}), set(stripped)


def _computed(table, items, there, stage, rules, column):
    made = {}
    for item in items:
        if item.formula:
            value = expressions.formula(table.computed[item.name].tree, column, there.label)
            made |= _made(value, item, rules, expressions.stripped(value, item, rules))
    return stage.mutate(**made) if made else stage


def _drop(table, items, there, stage, column):
    """Why a row is left out, '' if it is not: the order of reasons is that of files."""
    import ibis

    bad = {item.i: stage[f"b{item.i}"] != "" for item in items}
    told = [stage[f"r{i.i}"] for i in items if not i.formula]
    blank = functools.reduce(operator.and_, [text.isnull() | (text.strip() == "") for text in told])
    cases = [(blank, "blank_row"), *((bad[item.i], "bad") for item in items if not item.name)]
    if table.filter:
        keep = expressions.formula(table.filter.tree, column, there.label)
        cases.append((~ibis.coalesce(keep, False), "filtered"))
    return ibis.cases(*cases, *((condition, "bad") for condition in bad.values()), else_="")


def _column(stage, operand, name):
    return stage[operand[name]]


def _made(x, item, rules, stripped):
    cell = expressions.cell(x, item, rules, stripped)
    made = {f"v{item.i}": cell.value, f"b{item.i}": cell.bad, f"r{item.i}": x.cast("string")}
    return made if cell.changed is None else made | {f"t{item.i}": cell.changed}


def counted(staged, items, there):
    wanted = {"rows": staged.count()}
    for item in items:
        for code in expressions.CODES[item.kind]:
            wanted[f"n{item.i}_{code}"] = (
                ((staged["_drop"] == "bad") & (staged[f"b{item.i}"] == code)).ifelse(1, 0).sum()
            )
        if f"t{item.i}" in staged.columns:
            wanted[f"t{item.i}"] = staged[f"t{item.i}"].ifelse(1, 0).sum()
    return {name: int(n or 0) for name, n in one(there, staged.aggregate(**wanted)).items()}


def problems(table, items, there, staged, row):
    found = []
    for item in items:
        for code in sorted(expressions.CODES[item.kind], key=list(BAD).index):
            n = row[f"n{item.i}_{code}"]
            if n:
                these = staged.filter((staged["_drop"] == "bad") & (staged[f"b{item.i}"] == code))
                rows = fetched(there, these.select(value=these[f"r{item.i}"].substr(0, 300)).limit(5))
                examples = [{"row": None, "line": None, "value": r["value"]} for r in rows]
                public, message, mend = mended(code, item, n, [e["value"] for e in examples])
                found.append(problem(public, there.label, message, mend=mend, table=table.name,
                                     column=item.name or item.header, count=n, examples=examples))  # fmt: skip
    return sorted(found, key=lambda p: p["code"] not in ("encoding", "control_character"))


def dropped(staged, items, there):
    """[(reason, rows)] of all rows that are left out; a bad row counts under its first bad column."""
    import ibis

    out = staged.filter(staged["_drop"] != "")
    chain = [(out["_drop"] != "bad", out["_drop"])]
    chain += [(out[f"b{i.i}"] != "", ibis.literal(REASONS.get(i.name, "bad_" + (i.name or i.header)))) for i in items]
    out = out.select(reason=ibis.cases(*chain, else_="bad"))
    return [
        (r["reason"], r["n"])
        for r in fetched(there, out.group_by("reason").aggregate(n=out.count()).order_by("reason"))
    ]


def canonical(table, items, there, clean, as_of):
    """The good rows up to ``as_of`` with the contract's columns, as an Ibis table; ``_exact`` is the amount as an exact decimal."""
    import ibis

    rows = staged(table, items, there, clean)
    rows = rows.filter(rows["_drop"] == "")
    made = {}
    for item in items:
        if item.name:
            value = rows[f"v{item.i}"]
            made[item.name] = value.cast("float64") if item.kind in ("money", "number") else value
            if item.kind == "date":
                made[day_name(item.name)] = expressions.day_number(value)
            if item.name == "amount":
                made[EXACT] = value.cast("decimal(38, 4)")
    lines = rows.select(**made)
    if as_of:
        lines = lines.filter(lines["order_day"] <= ibis.literal(day_number(as_of)))
    return there.settled(lines)


def figures(there, lines, about):
    """Customers, orders, exact sum, first and last day; adds warnings to ``about``."""
    columns = [c for c in lines.columns if c != EXACT]
    about["columns"] = columns
    with there.safe():
        ids = lines.select("customer_id").distinct()
        people = one(there, ids.aggregate(n=ids.count(), folded=ids["customer_id"].lower().nunique()))
        orders = lines.group_by("order_id").aggregate(a=lines["customer_id"].min(), b=lines["customer_id"].max())
        orders = one(
            there, orders.aggregate(n=orders.count(), conflicts=(orders["a"] != orders["b"]).ifelse(1, 0).sum())
        )
        filled = {f"filled_{c}": lines[c].count() for c in ("brand", "category", "product") if c in columns}
        total = one(there, lines.aggregate(
            total=lines[EXACT].sum(), first=lines["order_date"].min(), last=lines["order_date"].max(),
            positive=(lines["amount"] > 0).ifelse(1, 0).sum(), **filled))  # fmt: skip
        distinct = lines.select(*columns).distinct()
        repeated = about["rows_kept"] - one(there, distinct.aggregate(n=distinct.count()))["n"]
    for code, n, column in (("ids_case_collision", people["n"] - people["folded"], "customer_id"),
                            ("order_id_conflict", orders["conflicts"], "order_id"), ("duplicate_rows", repeated, None)):  # fmt: skip
        if n:
            about["warnings"].append(told(code, column, int(n)))
    if not total["positive"]:
        about["warnings"].append(told("no_positive_amounts", "amount", about["rows_kept"]))
    about["warnings"] += [told(f"{c[7:]}_empty", c[7:], about["rows_kept"]) for c in filled if not total[c]]
    return {"customers": people["n"], "orders": orders["n"], "amount_sum": facts.money(total["total"]),
            "date_min": str(total["first"])[:10], "date_max": str(total["last"])[:10]}  # fmt: skip
