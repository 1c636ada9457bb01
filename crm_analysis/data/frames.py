"""The few things every table needs, on every engine: day numbers, and the small end of a lazy chain."""

import datetime

import narwhals as nw

EPOCH = datetime.date(1970, 1, 1)


def day_number(day):
    """Whole days from 1970-01-01 to ``day`` (a date, or ISO text).

    >>> day_number("1970-01-11")
    10
    """
    day = datetime.date.fromisoformat(day) if isinstance(day, str) else day
    return (datetime.date(day.year, day.month, day.day) - EPOCH).days


def day(number):
    """The date of a day number.

    >>> day(10)
    datetime.date(1970, 1, 11)
    """
    return EPOCH + datetime.timedelta(days=int(number))


def told(column, texts):
    """The text that belongs to each value of ``column``, as an expression; missing where none does."""
    found = nw.lit(None).cast(nw.String)
    for value, text in texts.items():
        found = nw.when(nw.col(column) == value).then(nw.lit(text)).otherwise(found)
    return found


def to_pandas(frame):
    """A small result as a pandas frame, whatever engine it was computed on."""
    frame = nw.from_native(frame)
    frame = frame.collect("pyarrow") if isinstance(frame, nw.LazyFrame) else frame
    return frame.to_pandas()
