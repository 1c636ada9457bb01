"""What notebooks import, read from their code without running it, so that it can be imported once for all of them."""

import ast
from collections import Counter
from functools import cache
from pathlib import Path

# Importing these starts no thread and opens nothing that a forked process could not share (a test counts the threads).
SOUND = (
    "crm_analysis",
    "pandas",
    "numpy",
    "duckdb",
    "narwhals",
    "pyarrow",
    "matplotlib",
    "seaborn",
    "sklearn",
    "scipy",
)
OURS = "crm_analysis"
ALWAYS = ("ipykernel.kernelapp", "ipykernel.zmqshell", "IPython.core.completerlib")
LATE = {"matplotlib": ("matplotlib.backends.backend_svg", "matplotlib.backends.backend_agg")}  # what it imports to draw


def modules(notebooks):
    """Names of modules to import before forking kernels for these notebooks (papermill's nodes), in a sound order.

    What their cells import, and what the methods and displays among it import anywhere, also late inside functions.
    Of several notebooks, what two need: what only one needs it imports while the others are at work already.
    Of ``from a import b`` nobody knows without looking whether b is a module, so ``a.b`` is named too.
    """
    needed = _needed(notebooks)
    shared = [name for name, times in needed.items() if times > 1 or len(notebooks) == 1]
    return [*ALWAYS, *shared, *(late for name in shared for late in LATE.get(name, ()))]


def longest_first(notebooks):
    """The places of the notebooks in the order in which to start them, so that no long one runs alone at the end.

    Nobody knows how long one will take: those that import a library for themselves come first, then those that need most
    modules.
    """
    needed = _needed(notebooks)

    def length(at):
        names = _of_notebook(notebooks[at])
        alone = [name for name in names if needed[name] == 1 and not name.startswith(OURS)]
        return bool(alone), len(names)

    return sorted(range(len(notebooks)), key=length, reverse=True)


def _needed(notebooks):
    """How many of the notebooks need each module."""
    return Counter(name for notebook in notebooks for name in _of_notebook(notebook))


def _of_notebook(notebook):
    found, waiting = [], [name for cell in notebook.cells for name in _of_cell(cell)]
    while waiting:
        name = waiting.pop(0)
        if name not in found and name.split(".")[0] in SOUND:
            found.append(name)
            waiting += _of_module(name)
    return found


@cache
def _of_module(name):
    """What one of our methods or displays imports; the doors to the data import databases and Spark, late and seldom."""
    if not name.startswith(("crm_analysis.methods.", "crm_analysis.display.")):
        return ()
    path = Path(__file__).parents[1].joinpath(*name.split(".")[1:])
    if path.with_suffix(".py").is_file():
        return tuple(_imported(path.with_suffix(".py").read_text(encoding="utf-8"), name.rpartition(".")[0]))
    if (path / "__init__.py").is_file():
        return tuple(_imported((path / "__init__.py").read_text(encoding="utf-8"), name))
    return ()


def _of_cell(cell):
    if cell.cell_type != "code":
        return ()
    try:
        return tuple(_imported(cell.source))
    except SyntaxError:  # a magic, or a mistake that the run will show
        return ()


def _imported(source, package=""):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)
