"""What is imported before a fork: what the notebooks need, and nothing that starts a thread."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from crm_analysis.reports import crew, warm
from tests.reports.outside import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


def notebook(*sources):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])


def test_it_is_what_the_cells_import_of_the_sound_ones():
    found = warm.modules([notebook("import pandas as pd, torch", "%magic", "from duckdb import sql\nimport polars")])
    assert {"pandas", "duckdb", "duckdb.sql"} <= set(found)
    assert not {"torch", "polars"} & set(found)


def test_of_several_notebooks_it_is_what_two_need():
    first, second = notebook("import pandas, seaborn", "import pandas"), notebook("import pandas, scipy")
    assert {"pandas", "seaborn", "scipy"} & set(warm.modules([first, second])) == {"pandas"}
    assert {"pandas", "seaborn"} <= set(warm.modules([first]))


def test_whoever_imports_a_library_alone_starts_first_then_whoever_needs_most_modules():
    few, many = notebook("import pandas"), notebook("import pandas, duckdb")
    both, alone = notebook("import duckdb"), notebook("import scipy")
    assert warm.longest_first([few, many, both, alone]) == [3, 1, 0, 2]
    assert warm.longest_first([]) == []


def test_what_a_method_imports_late_counts_and_what_a_door_to_data_imports_late_does_not():
    found = warm.modules([notebook("from crm_analysis.methods import rfm\nfrom crm_analysis.data import sources")])
    assert "narwhals" in found
    assert not [name for name in found if name.startswith(("ibis", "pyspark", "sqlalchemy"))]


@pytest.mark.skipif(sys.platform != "linux", reason="it forks on Linux only")
@pytest.mark.slow
def test_importing_it_all_starts_no_thread(tmp_path):
    modules = warm.modules([nbformat.read(path, as_version=4) for path in NOTEBOOKS])
    code = (
        "import contextlib, importlib, sys\n"
        "from crm_analysis.reports import kernels, worker\n"
        "for name in sys.argv[1:]:\n"
        "    with contextlib.suppress(Exception):\n"
        "        importlib.import_module(name)\n"
        "print(kernels.threads())"
    )
    done = subprocess.run([sys.executable, "-c", code, *modules, "sklearn.cluster", "scipy.optimize", "seaborn"],
                          env=crew._environment(Path(tmp_path)), capture_output=True, text=True)  # fmt: skip
    assert done.stdout.strip() == "1", done.stderr
