"""Store the outputs of the notebooks' ``check`` cells anew, and nothing else: ``python -m tests.notebooks.refresh``."""

from pathlib import Path

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def refreshed(path):
    """The notebook run as it stands, stripped of all outputs but those of its check cells."""
    notebook = nbformat.read(path, as_version=4)
    config = Config(KernelManager={"transport_encryption": "auto"})
    NotebookClient(notebook, resources={"metadata": {"path": str(NOTEBOOKS)}}, kernel_name="python3", config=config).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code" and "check" not in cell.metadata.get("tags", []):
            cell.outputs, cell.execution_count = [], None
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


if __name__ == "__main__":
    for path in sorted(NOTEBOOKS.rglob("[0-9]*.ipynb")):
        nbformat.write(refreshed(path), path)
