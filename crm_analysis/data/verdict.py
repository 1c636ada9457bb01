"""The verdict of ``checks.check`` said to people: what was read, what was left out and why, and what to do next."""

from crm_analysis.data import quarantine
from crm_analysis.data.wording import WARNINGS

ADVICE = {  # warning -> what to do; a warning not named here needs no action
    "ids_invisible": "Look at these ids: two that look alike may be one customer.",
    "ids_replacement": "Export the ids again with the right encoding.",
    "text_replacement": "Export again with the right encoding if these texts matter.",
    "decimal_comma": "Say decimal: ',' in the source file to make it certain.",
    "date_format_inferred": "Say date_order in the source file to make it certain.",
    "timezone_kept": "Say tz in the source file if days should be counted elsewhere.",
    "join_unmatched": "Look for keys that the looked-up file lacks.",
    "ids_case_collision": "If they are the same customers, bring the ids to one case before the export.",
    "order_id_conflict": "Are order ids used again, per shop or per year? Make them unique, e.g. with concat under computed.",
    "duplicate_rows": "If a line cannot occur twice, remove them, or name the key under unique to refuse them.",
    "no_positive_amounts": "Turn the sign under computed (amount: -amount) if returns should be negative.",
    "brand_empty": "Leave brand out of the source file, or fill it.",
    "category_empty": "Leave category out of the source file, or fill it.",
    "product_empty": "Leave product out of the source file, or fill it.",
}
REASONS = {
    "after_as_of": "after the day as_of", "filtered": "left out by the filter", "bad_date": "the date cannot be read",
    "bad_amount": "the amount cannot be read", "missing_id": "an id is missing", "ragged": "another number of fields than the header",
    "other_part": "of customers in another part of the report",
}  # fmt: skip


def verdict(result):
    """The verdict as text; ``result``: what ``checks.check`` returns."""
    if result["outcome"] != "accept":
        return f"Rejected. {result['error']['message']}"
    lines = ["Accepted."]
    lines += [line for name, table in result["tables"].items() for line in _table(name, table)]
    if "customers" in result:
        rows = [
            ("customers", f"{result['customers']:,}"),
            ("orders", f"{result['orders']:,}" if result["orders"] is not None else "unknown: there is no order_id"),
            ("sum of amounts", " ".join(filter(None, [_grouped(result["amount_sum"]), result.get("currency", "")]))),
            ("period", f"{result['date_min']} to {result['date_max']}"),
            ("as of", result["as_of"]),
        ]
        lines += ["", *(f"{name + ':':<16}{value}" for name, value in rows)]
    warnings = [w | {"table": name} for name, table in result["tables"].items() for w in table["warnings"]]
    lines += ["", f"{len(warnings)} warning(s):"] + list(map(_warning, warnings)) if warnings else ["", "No warnings."]
    return "\n".join(lines)


def _table(name, table):
    dropped = sum(table["dropped"].values())
    yield f"Table {name}: {table['rows_in']:,} rows read = {table['rows_kept']:,} kept + {dropped:,} dropped"
    for reason, n in table["dropped"].items():
        yield f"  {n:,} dropped: {reason}" + (f" ({REASONS[reason]})" if reason in REASONS else "")
    if table["quarantined"]:
        yield f"  {table['quarantined']:,} of these rows set aside: a report keeps them in {quarantine.FILE}, beside the prepared data"


def _warning(one):
    where = one["table"] + (f".{one['column']}" if one["column"] else "")
    count = f"{one['count']:,} × " if one["count"] else ""
    advice = f" {ADVICE[one['code']]}" if one["code"] in ADVICE else ""
    return f"  {where}: {count}{WARNINGS.get(one['code'], one['code'])}.{advice} [{one['code']}]"


def _grouped(amount):
    """An exact decimal as text, its thousands grouped.

    >>> _grouped("-1234567.50")
    '-1,234,567.50'
    """
    whole, _, part = amount.partition(".")
    return f"{int(whole):,}.{part}" if whole not in ("-0",) else amount
