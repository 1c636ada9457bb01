"""The shape in which a table leaves its door."""

from typing import NamedTuple

from crm_analysis.data.files import delimited


class Raw(NamedTuple):
    """A table as it lies in its source, ready to be queried.

    ``source``: FROM clause; ``columns``: header -> (SQL column, sort); ``text``: the delimited file, if it is one;
    ``path``: the Parquet file, if it is one; ``ragged``: rows that the door left out.
    """

    name: str
    source: str
    columns: dict
    text: delimited.Delimited | None = None
    path: str = ""
    numbered: bool = False
    ragged: int = 0
    warnings: tuple = ()
