"""Where a source is, and what it is called; light, for those who need nothing else of a source."""

import os
from pathlib import Path

from crm_analysis.data.errors import refuse


def name(source=""):
    """The short name of a source, after which its report is called: the file's or folder's own, ``demo`` for none.

    >>> name("somewhere/shop orders.csv.gz"), name()
    ('shop orders', 'demo')
    """
    return os.path.basename(os.path.normpath(located(source))).split(".")[0] or "report"


def located(source=""):
    """The path of a source as text; '' is the demo company.

    >>> located("orders.csv")
    'orders.csv'
    """
    if "://" in str(source):  # not repeated: it may hold a password
        refuse(
            "url",
            "the source",
            "a source is a path, not a URL",
            mend="Name the environment variable that holds the URL in a source file.",
        )
    try:
        str(source).encode()
    except UnicodeEncodeError:
        refuse("path", str(source), "the path is no UTF-8", mend="Rename the file or its folder.")
    return str(source) or _demo()


def _demo():
    file = Path(__file__).parents[2] / "data" / "demo" / "demo.yml"
    if not file.is_file():
        refuse("not_found", "demo", "the demo data is not here: this is not a checkout", mend="Name a source.")
    return str(file)
