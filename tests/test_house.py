"""The house: what the files at the top promise holds together."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ROOMS = {"data": set(), "methods": {"data"}, "display": set(), "reports": {"data", "display"}}


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def needs(lines):
    return {plain(re.match(r"[\w.-]+", line)[0]): line[re.match(r"[\w.-]+", line).end() :].strip() for line in lines}


def test_environment_yml_agrees_with_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = [d for d in environment["dependencies"] if isinstance(d, str)]
    pip = next(d["pip"] for d in environment["dependencies"] if isinstance(d, dict))
    stated = needs(d for d in conda if not re.match(r"(python|pip)\b(?!-)", d))
    extras = [r for name, rows in PROJECT["optional-dependencies"].items() if name == "dev" for r in rows]
    assert stated | needs(d for d in pip if not d.startswith("-e")) == needs([*PROJECT["dependencies"], *extras])
    assert any(d.startswith("-e .") for d in pip)
    assert f"python{PROJECT['requires-python']}" in conda


def test_every_dependency_has_a_lower_bound_no_upper_one_and_a_locked_version():
    rows = [*PROJECT["dependencies"], *(r for extra in PROJECT["optional-dependencies"].values() for r in extra)]
    assert all(re.fullmatch(r"[\w.-]+(\[\w+\])?>=[\d.]+", row) for row in rows)
    lock = needs((ROOT / "requirements.lock").read_text(encoding="utf-8").split("\n")[:-1])
    assert set(needs(rows)) <= set(lock)


def test_every_dependency_is_defended_in_contributing():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").lower()
    rows = [*PROJECT["dependencies"], *(r for extra in PROJECT["optional-dependencies"].values() for r in extra)]
    assert [name for name in needs(rows) if f"| {name} |" not in text] == []


def committed():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_address_of_a_registry_and_no_path_of_one_machine_is_committed():
    registry = "|".join([r"pyp" + r"i\.org", r"python" + r"hosted", r"npm" + r"js\.", r"conda\." + "anaconda"])
    home = "|".join([r"/" + r"work/main", r"/" + r"home/\w+/", r"/" + r"root/"])
    for path in committed():
        if path.suffix not in {".csv", ".otf", ".png"} and path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not re.search(f"{registry}|{home}", text), path


def imports(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{a.name}" for a in node.names)


@pytest.mark.parametrize("room", ROOMS)
def test_imports_run_one_way(room):
    modules = sorted((ROOT / "crm_analysis" / room).rglob("*.py"))
    assert modules
    for path in modules:
        found = {name.split(".")[1] for name in imports(path) if name.startswith("crm_analysis.")}
        assert found & set(ROOMS) <= ROOMS[room] | {room}, path


def test_modules_are_small():
    for path in (ROOT / "crm_analysis").rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 350, path


def test_make_help_lists_every_command():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = set(re.search(r"^\.PHONY: (.*)$", text, re.M)[1].split())
    assert commands == set(re.findall(r"^([a-z-]+):.*## ", text, re.M))


def test_the_map_of_the_methods_names_every_file_once():
    folder = ROOT / "crm_analysis" / "methods"
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))).split("::\n")[1]
    named = [word for line in text.splitlines() for word in re.split(r" {3,}", line)[-1].split() if line.strip()]
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert sorted(word for word in named if word in files or "_" in word) == sorted(files)
