"""What docs/scheduling.md promises: its commands are understood, its units and its DAG are sound, its start notebook runs."""

import ast
import configparser
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
import yaml

from crm_analysis import cli
from crm_analysis.data.sourcefile import thresholds
from crm_analysis.reports import parameters, start
from tests.reports.outside import ROOT

TEXT = (ROOT / "docs" / "scheduling.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.M | re.S)


def commands():
    """Every crm-analysis command in the text, without redirections, with Airflow's templates filled."""
    joined = "\n".join(blocks("cron") + blocks("ini") + blocks("sh")) + "\n" + dag_command()
    found = re.findall(r"crm-analysis (report|verify)([^\n;>]*)", joined)
    return [[verb, *shlex.split(rest)] for verb, rest in found]


def dag_command():
    (tree,) = map(ast.parse, blocks("python"))
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "BashOperator"
    ]
    (call,) = calls
    text = next(ast.literal_eval(k.value) for k in call.keywords if k.arg == "bash_command")
    return text.replace("{{ data_interval_end | ds }}", "2026-11-01")


def test_every_command_is_one_that_the_program_understands():
    assert len(commands()) == 7
    for command in commands():
        options = cli._parser().parse_args(command)
        assert callable(options.command)


def test_the_cron_line_has_five_fields_and_a_command():
    (line,) = blocks("cron")
    *fields, command = line.split(None, 5)
    assert len(fields) == 5
    assert all(re.fullmatch(r"[\d*,/-]+", field) for field in fields)
    assert command.startswith("cd /srv/crm && ")
    assert "%" not in command, "cron would make a line end of it"


def test_the_exit_codes_are_those_of_the_program():
    told = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", TEXT, re.M) for code in row.split(",")}
    codes = {cli.OK, cli.INTERNAL, cli.USAGE, cli.INPUT, cli.ALERT, cli.CELL, cli.KERNEL, cli.CANNOT_WRITE, cli.LOCKED}
    assert told == codes | {cli.TIME_LIMIT, 129, 130, 143}


def test_the_units_are_sound(tmp_path):
    service, timer = blocks("ini")
    for text in (service, timer):
        parser = configparser.ConfigParser(strict=False, interpolation=None)
        parser.optionxform = str
        parser.read_string(text)
        assert parser["Unit"]["Description"]
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not here; the units were parsed only")
    for name, text in (("crm-report.service", service), ("crm-report.timer", timer)):
        (tmp_path / name).write_text(text.replace("/srv/crm/.venv/bin/crm-analysis", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / f"crm-report.{kind}") for kind in ("service", "timer"))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "crm-report" not in done.stdout + done.stderr, done.stderr


def test_the_shell_of_the_dag_gives_an_alert_its_own_exit_code():
    for code, expected in ((0, 0), (4, 99), (5, 5)):
        shell = re.sub(r"cd /srv/crm && \S*crm-analysis [^;]*", f"(exit {code})", dag_command())
        assert subprocess.run(["bash", "-c", shell], check=False).returncode == expected


def test_the_alerts_are_ones_that_a_source_file_may_hold():
    (text,) = blocks("yaml")
    assert len(thresholds.checked(yaml.safe_load(text)["alerts"], "my.yml")) == 4


def test_the_settings_of_jupyterlab_are_those_that_it_knows():
    overrides = json.loads((ROOT / "docs" / "lab" / "overrides.json").read_text(encoding="utf-8"))
    schemas = Path(pytest.importorskip("jupyterlab").__file__).parent / "schemas"
    if not schemas.is_dir():
        from jupyterlab.commands import get_app_dir

        schemas = Path(get_app_dir()) / "schemas"
    for name, settings in overrides.items():
        package, plugin = name.split(":")
        schema = json.loads((schemas / package / f"{plugin}.json").read_text(encoding="utf-8"))
        for key, value in settings.items():
            assert key in schema["properties"], f"{name}: {key}"
            kind = schema["properties"][key].get("type")
            fits = {"boolean": bool, "string": str, "number": (int, float), "object": dict, None: object}[kind]
            assert isinstance(value, fits), f"{name}: {key}"


def test_the_start_notebook_declares_its_parameters_and_lists_every_notebook():
    notebook = nbformat.read(ROOT / "notebooks" / "start.ipynb", as_version=4)
    declared = parameters.declared(notebook)
    assert list(declared) == ["source", "as_of", "lang", "out", "publish"]
    assert all(not cell.get("outputs") for cell in notebook.cells)
    listed = re.findall(r"\]\((\S+\.ipynb)\)", start.contents().markdown)
    assert listed == sorted(p.name for p in (ROOT / "notebooks").glob("[0-9]*.ipynb"))


def test_the_launcher_has_a_card_that_opens_each_notebook():
    cards = yaml.safe_load((ROOT / "docs" / "lab" / "launcher" / "jp_app_launcher.yaml").read_text(encoding="utf-8"))
    opened = [command["args"]["path"] for card in cards for command in card["source"]]
    reports = sorted(p.name for p in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
    assert opened == ["start.ipynb", *reports, "classroom/closing_exercise.ipynb"]
    assert all((ROOT / "notebooks" / path).is_file() for path in opened)
    for card, path in zip(cards, opened, strict=True):
        title = nbformat.read(ROOT / "notebooks" / path, as_version=4).cells[0].source.splitlines()[0]
        assert title == f"# {card['title']}: {card['description']}"


def test_start_tells_whether_a_source_will_do_and_runs_nothing_unasked(tmp_path):
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    assert "Rejected. bad.csv" in start.checked(str(tmp_path / "bad.csv")).markdown
    assert "Nothing was run" in start.made(False).markdown


@pytest.mark.slow
def test_start_publishes_when_asked_and_fails_when_the_run_does(tmp_path, notebook, orders):
    asked = {"notebooks": (str(notebook("note")),), "source": str(orders), "out": str(tmp_path / "r")}
    assert str(tmp_path / "r" / "index.html") in start.made(True, **asked).markdown
    from crm_analysis.data.errors import DataError

    with pytest.raises(DataError, match="there is no such file"):
        start.made(True, **asked | {"source": str(tmp_path / "no.csv")})
