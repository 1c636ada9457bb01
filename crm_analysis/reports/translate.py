"""A notebook in the reader's language: its prose, and what its comments say, from the catalogs; its code stays."""

import copy
import io
import re
import tokenize
from pathlib import Path

from crm_analysis.display import language

LIMITS = re.compile(r"\s*(\[[^\]]*\]|\{[^}]*\})$")  # what closes a parameter's comment: its range or its choices


def translated(notebook, lang):
    """A copy of the notebook with its prose and comments in ``lang``; what has no entry stays English.

    Code is not touched: what it shows is looked up when it is shown.
    """
    notebook = copy.deepcopy(notebook)
    with language.using(lang):
        for cell in notebook["cells"]:
            told = language.tr(cell["source"]) if cell["cell_type"] == "markdown" else _commented(cell["source"])
            cell["source"] = told
    return notebook


def comments(source):
    """The comments of a code cell as ``(row, column, text)``, rows from 0; a parameter's without range and choices.

    >>> comments("n: int = 5  # levels per score [2, 10]")
    [(0, 12, 'levels per score')]
    """
    found = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        text = token.string.lstrip("#").strip()
        if token.type == tokenize.COMMENT and text:
            found.append((token.start[0] - 1, token.start[1], LIMITS.sub("", text)))
    return found


def _commented(source):
    lines = source.split("\n")
    for row, column, text in comments(source):
        lines[row] = lines[row][:column] + lines[row][column:].replace(text, language.tr(text), 1)
    return "\n".join(lines)


def notebooks(folder):
    """The notebooks in a folder and below it, reports first; not the copies that Jupyter keeps while one works."""
    found = [path for path in Path(folder).rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts]
    return sorted(found, key=lambda path: (path.parent != Path(folder), path.name))


def write(notebooks, lang, folder):
    """Write copies of the notebooks (paths) in ``lang`` into ``folder`` for JupyterLab; returns the new paths.

    Each copy speaks ``lang`` when it is run. Raises FileExistsError for the first copy that is there already, before
    anything is written: it may hold someone's work.
    """
    import nbformat

    targets = [Path(folder) / Path(path).name for path in notebooks]
    for target in targets:
        if target.exists():
            raise FileExistsError(f"{target} exists and may hold your work: move it away, or choose another folder")
    Path(folder).mkdir(parents=True, exist_ok=True)
    for path, target in zip(notebooks, targets, strict=True):
        notebook = translated(nbformat.read(path, as_version=4), lang)
        for cell in notebook.cells:
            if "parameters" in cell.metadata.get("tags", []):
                cell.source = re.sub(r'^lang: str = "\w+"', f'lang: str = "{lang}"', cell.source, flags=re.MULTILINE)
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, target)
    return targets
