"""The options that settle how a file is read, checked once."""

import datetime
import difflib
import re
import zoneinfo

from crm_analysis.data.errors import refuse, shown
from crm_analysis.data.reading import forms

CHOICES = {
    "on_bad_row": ("refuse", "quarantine"),
    "decimal": (".", ","),
    "thousands": (".", ",", " ", "'", ""),
    "date_order": ("ymd", "dmy", "mdy"),
}
TEXT = ("encoding", "delimiter", "tz", "stored_tz", "sheet", "sql", "date_format", "currency", "as_of", "db_table")
KNOWN = (*CHOICES, *TEXT, "dayfirst", "read_only", "skip_lines")
READING = tuple(name for name in KNOWN if name not in ("as_of", "currency"))  # those of a single table


def checked(options, where="options"):
    """The options without empty ones. Raises DataError ``option`` naming the option and its choices."""
    kept = {}
    for name, value in options.items():
        if name not in KNOWN:
            near = difflib.get_close_matches(name, KNOWN, 1)
            refuse("option", where, f"there is no option {shown(name)}",
                   mend=f"Did you mean {near[0]}?" if near else f"Options are {', '.join(KNOWN)}.")  # fmt: skip
        if value is None or value == "":
            continue
        if name in CHOICES and value not in CHOICES[name]:
            refuse(
                "option",
                where,
                f"{name} is {shown(value)}",
                mend=f"Choose one of {', '.join(map(repr, CHOICES[name]))}.",
            )
        kept[name] = str(value) if name in TEXT else value
    _check_texts(kept, where)
    return kept


def _check_zone(name, where):
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        refuse(
            "option", where, f"there is no time zone {shown(name)}", mend="Give a name such as Asia/Shanghai or UTC."
        )


def _check_texts(options, where):
    if "encoding" in options:
        try:
            "".encode(options["encoding"])  # refuses codecs that are not of text, such as hex
        except (LookupError, ValueError):
            refuse(
                "option",
                where,
                f"there is no text encoding {shown(options['encoding'])}",
                mend="Try utf-8, gb18030, cp1252 or latin-1.",
            )
    if "delimiter" in options:
        options["delimiter"] = {"tab": "\t", "\\t": "\t"}.get(options["delimiter"], options["delimiter"])
        if len(options["delimiter"]) != 1 or options["delimiter"] in '"\r\n' or not options["delimiter"].isascii():
            refuse(
                "option",
                where,
                f"the delimiter {shown(options['delimiter'])} is not one character",
                mend="Give one of , ; | or tab.",
            )
    for name in ("tz", "stored_tz"):
        _check_zone(options.get(name, "UTC"), where)
    if "stored_tz" in options and "tz" not in options:
        refuse(
            "option",
            where,
            "stored_tz says on whose clock times were written, but not where days are counted",
            mend="Add tz.",
        )
    if options.get("decimal") and options.get("decimal") == options.get("thousands"):
        refuse("option", where, "decimal and thousands are the same mark", mend="Give two different marks.")
    form = forms.order_told(options)
    if form and form not in forms.ORDERS and not re.fullmatch(r"(?:%[dmYyHMSfbBpIj]|[-/., :T年月日])+", form):
        refuse(
            "option",
            where,
            f"date_format is {shown(form)}",
            mend=f"Write e.g. %d/%m/%Y, or one of {', '.join(forms.ORDERS)}.",
        )
    if "as_of" in options:
        options["as_of"] = day(options["as_of"], where).isoformat()
    if "skip_lines" in options and (
        not isinstance(options["skip_lines"], int) or not 0 <= options["skip_lines"] < 1000
    ):
        refuse(
            "option",
            where,
            "skip_lines is not a whole number below 1000",
            mend="Give the number of lines above the header.",
        )


def day(text, where="as_of"):
    """A day from ISO text. Raises DataError ``option``."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d(?:[ T]00:00(?::00)?)?", str(text), re.ASCII):
            return datetime.date.fromisoformat(str(text)[:10])
        raise ValueError(text)
    except ValueError:
        refuse("option", where, f"as_of is {shown(text)}, not a day", mend="Write a day such as 2026-11-01.")
