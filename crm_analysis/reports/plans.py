"""What is asked of a run, checked before anything starts: notebooks, parameters, the report's name."""

import datetime
import json
import os
import re
from pathlib import Path
from typing import NamedTuple

import nbformat

from crm_analysis.data import places
from crm_analysis.data.errors import DataError
from crm_analysis.data.sourcefile import options
from crm_analysis.display import language
from crm_analysis.reports import history, parameters, pdf, translate
from crm_analysis.reports.parameters import UsageError

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
# Set by the runner itself, each from an option of its own: the notebooks read the prepared data, not the source.
OWN = {"source": "--source", "as_of": "--as-of", "lang": "--lang", "lists": "--lists", "profile": "--profile"}
AUDIENCES = ("business", "classroom")
WORK = "work"  # the folder inside the draft where the notebooks run
# Windows gives these names to devices, whatever the ending
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


class Call(NamedTuple):
    """One call of the runner.

    ``notebooks`` are names (``02_rfm``) or paths, none meaning all; ``source`` as in :func:`sources.read`; ``out`` is
    the report's folder, by default ``reports/NAME``; ``given`` is a list of (name, text) parameters; ``profile`` is
    ``new``, ``last`` or the path of a ``profile.json``; ``lists`` asks for customer lists; limits are in seconds and
    bytes (0: none); ``pseudonym_key`` as in :func:`sources.prepare`; ``part`` cuts a prepared folder:
    ``(folder, column, value)``.
    """

    notebooks: tuple = ()
    source: str = ""
    as_of: str = ""
    out: str = ""
    given: tuple = ()
    profile: str = "new"
    lang: str = "en"
    audience: str = "business"
    lists: bool = False
    pdf: bool = False
    time_limit: float = 3600
    memory_limit: int = 0
    pseudonym_key: str = ""
    part: tuple = ()


class Planned(NamedTuple):
    """A notebook to run, in the reader's language: its stem, content, declared parameters, and the values given."""

    stem: str
    notebook: object
    declared: dict
    values: dict


def planned(call):
    """The notebooks to run with their values, in order; UsageError for anything in the call that is wrong.

    A parameter may belong to some of the notebooks only; one that no notebook declares is refused.
    """
    _known("--lang", call.lang, language.LANGUAGES)
    _known("--audience", call.audience, AUDIENCES)
    if call.as_of:
        try:
            options.day(call.as_of)
        except DataError as error:
            raise UsageError(f"--as-of: {error}") from None
    if call.profile not in ("new", "last"):
        profile(call.profile)
    if call.pdf:
        try:
            pdf.browser()
        except pdf.NoBrowser as error:
            raise UsageError(f"--pdf: {error}") from None
    paths = list(dict.fromkeys([found(name) for name in call.notebooks] or sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))))
    for path in paths:
        if path.stem.lower() == "index":
            raise UsageError(f"a notebook cannot be called {path.name}: its page would be the report's own index")
    read = {path.stem: _read(path, call.lang) for path in paths}
    if len(read) < len(paths):
        raise UsageError(f"two notebooks have the same name: {', '.join(sorted(path.stem for path in paths))}")
    declared = {stem: _declared(stem, notebook) for stem, notebook in read.items()}
    values = parameters.checked(call.given, _open_to_all(call.given, declared))
    return [
        Planned(stem, read[stem], each, {n: v for n, v in values.items() if n in each})
        for stem, each in declared.items()
    ]


def _read(path, lang):
    try:
        str(path).encode()
        return translate.translated(nbformat.read(path, as_version=4), lang)
    except UnicodeEncodeError:
        raise UsageError(f"the path of the notebook {path.name!r} is no UTF-8: rename it") from None
    except OSError as error:
        raise UsageError(f"the notebook {path.name} cannot be read: {error.strerror}") from None
    except Exception as error:  # whatever a file may be that is no notebook
        raise UsageError(
            f"{path.name} is no notebook: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
        ) from None


def _declared(stem, notebook):
    try:
        return parameters.declared(notebook)
    except Exception as error:  # the author's mistake, of whatever kind
        raise UsageError(f"{stem}: its cell of parameters cannot be understood: {error}") from None


def preparation(call, folder):
    """What the preparing process is asked for."""
    job = {"source": call.source, "folder": str(folder / WORK / "prepared"), "as_of": call.as_of}
    return job | {"pseudonym_key": call.pseudonym_key, "part": list(call.part)}


def profile(path):
    """The content of a ``profile.json``; UsageError when it is none."""
    try:
        learned = json.loads(Path(path).read_text(encoding="utf-8"))
        for day in (learned["as_of"], *learned.get("learned_on", {}).values()):
            datetime.date.fromisoformat(day)
        if isinstance(learned["profiles"], dict) and history.are_inputs(learned.get("inputs", {})):
            return learned
    except OSError as error:
        raise UsageError(f"--profile: {path} cannot be read ({error.strerror}); it is new, last, or a file") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise UsageError(f"--profile: {path} is no profile.json of a report of ours")


def _open_to_all(given, declared):
    for name, _ in given:
        if name in OWN:
            raise UsageError(f"{name!r} is not given with -p: use {OWN[name]}")
    return {name: p for each in declared.values() for name, p in each.items() if name not in OWN}


def _known(option, value, choices):
    if value not in choices:
        raise UsageError(f"{option} is one of {', '.join(choices)}, not {value!r}")


def found(name):
    """The path of a notebook; UsageError lists those there are."""
    if "\0" not in name:
        for path in (Path(name), NOTEBOOKS / name, NOTEBOOKS / f"{name}.ipynb"):
            if path.suffix == ".ipynb" and path.is_file():
                return path.resolve()
    known = sorted(p.stem for p in NOTEBOOKS.glob("[0-9]*.ipynb"))
    raise UsageError(f"there is no notebook {name!r}; there are {', '.join(known)}")


def place(out, source=""):
    """The folder a report is published as, absolute; UsageError for a name that no system could keep.

    >>> place("", "somewhere/shop orders.csv").name
    'shop orders'
    """
    path = Path(os.path.abspath(out)) if out else ROOT / "reports" / places.name(source)
    why = unfit(path.name)
    if why:
        raise UsageError(f"--out: a report cannot be called {path.name[:60]!r}: {why}")
    return path


def unfit(name):
    """Why a report cannot be called so, or an empty text."""
    if not name or name.startswith("."):
        return "the name is empty, or begins with a point"
    if any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in name):
        return "it holds a control character, or one that this system's encoding does not know"
    if len(name.encode("utf-8", "surrogatepass")) > 200:
        return "it is too long"
    return "that is a device on Windows" if _DEVICES.fullmatch(name) else ""
