"""The parameters a notebook declares: typed, with help, checked before anything runs.

They stand in the cell tagged ``parameters``, one per line: ``levels: int = 5  # scores per dimension [2, 10]``. The
comment is the help; a trailing ``[low, high]`` is the allowed range, a trailing ``{a, b}`` the allowed values.
"""

import ast
import difflib
import json
import math
import re
from typing import NamedTuple

import yaml


class UsageError(Exception):
    """The call itself is wrong: nothing was started. Exit code 2."""


class Parameter(NamedTuple):
    """One declared parameter; ``type`` is ``str``, ``int``, ``float`` or ``bool``."""

    name: str
    type: str
    default: object
    help: str
    limits: tuple | None = None
    choices: tuple | None = None


_TYPES = ("str", "int", "float", "bool")
MOST = 1 << 16  # characters of a file of parameters
_WORDS = {"true": True, "yes": True, "false": False, "no": False}


def declared(notebook):
    """Name -> :class:`Parameter` of a notebook; an undeclarable line is the author's mistake (ValueError)."""
    cells = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    if len(cells) != 1:
        raise ValueError(f"a notebook needs exactly one cell tagged 'parameters', not {len(cells)}")
    source = cells[0].source
    lines, found = source.splitlines(), {}
    for node in ast.parse(source).body:
        typed = isinstance(node, ast.AnnAssign) and isinstance(node.annotation, ast.Name) and node.value is not None
        if not (typed and node.annotation.id in _TYPES):
            raise ValueError(f"not of the form `name: type = value  # help`: {lines[node.lineno - 1]}")
        comment = lines[node.end_lineno - 1][node.end_col_offset :].partition("#")[2].strip()
        limits = re.search(r"\[\s*([^,\]]+),\s*([^,\]]+)\]$", comment)
        choices = re.search(r"\{([^}]+)\}$", comment)
        default = ast.literal_eval(node.value)
        if type(default).__name__ != node.annotation.id and (node.annotation.id, type(default)) != ("float", int):
            raise ValueError(f"the value is no {node.annotation.id}: {lines[node.lineno - 1]}")
        if limits and node.annotation.id not in ("int", "float"):
            raise ValueError(f"a range is for numbers: {lines[node.lineno - 1]}")
        found[node.target.id] = Parameter(
            node.target.id,
            node.annotation.id,
            default,
            re.sub(r"\s*(\[[^\]]*\]|\{[^}]*\})$", "", comment),
            tuple(float(x) for x in limits.groups()) if limits else None,
            tuple(c.strip() for c in choices.group(1).split(",")) if choices else None,
        )
    return found


def checked(given, declarations):
    """Values for the notebooks: ``given`` is a list of (name, text), ``declarations`` name -> Parameter.

    The text of a ``str`` parameter is passed on as it is (``00123`` stays text). Raises UsageError for an unknown
    name, a repeated one, a value of another type, out of range or not among the choices; all at once.
    """
    values, problems = {}, []
    for name, text in given:
        try:
            if name not in declarations:
                raise UsageError(f"unknown parameter {name!r}{_nearest(name, declarations)}")
            if name in values:
                raise UsageError(f"parameter {name!r} is given twice")
            values[name] = value(text, declarations[name])
        except UsageError as problem:
            problems.append(str(problem))
    if problems:
        raise UsageError("; ".join(problems))
    return values


def value(text, parameter):
    """``text`` as the parameter's type; UsageError says what would be right.

    >>> value("00123", Parameter("name", "str", "", "")), value("7", Parameter("n", "int", 5, ""))
    ('00123', 7)
    """
    wanted = f"parameter {parameter.name!r} needs"
    if parameter.type == "str":
        result = text
        if any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in text):
            raise UsageError(f"{wanted} text without control characters, not {json.dumps(text)}")
    elif parameter.type == "bool":
        result = _WORDS.get(text.strip().lower())
        if result is None:
            raise UsageError(f"{wanted} true or false, not {text!r}")
    else:
        result = _number(text, parameter, wanted)
    if parameter.limits and not parameter.limits[0] <= result <= parameter.limits[1]:
        raise UsageError(f"{wanted} a value from {parameter.limits[0]:g} to {parameter.limits[1]:g}, not {text}")
    if parameter.choices and result not in parameter.choices:
        raise UsageError(f"{wanted} one of {', '.join(parameter.choices)}, not {text!r}")
    return result


def _number(text, parameter, wanted):
    # Python's own readers would take "1_000", " 7 " and "nan"
    if parameter.type == "int" and re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII):
        return int(text)
    if parameter.type == "float" and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text, re.ASCII):
        result = float(text)
        if math.isfinite(result):
            return result
    raise UsageError(f"{wanted} {'a whole number' if parameter.type == 'int' else 'a number'}, not {text!r}")


def _nearest(name, names):
    near = difflib.get_close_matches(name, names, 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(names))}"


def cell(values):
    """The source of the cell that sets ``values`` in a kernel: Python's own literals, which read back unchanged.

    >>> cell({"levels": 7, "note": "it's 'so'"})
    'levels = 7\\nnote = "it\\'s \\'so\\'"'
    """
    return "\n".join(f"{name} = {v!r}" for name, v in values.items())


def from_file(path):
    """(name, text) pairs of a YAML file ``name: value``; UsageError for anything but plain values, each named once.

    Values are the text that stands in the file: ``00123``, ``no`` and ``12:30:45`` stay what they are.
    """
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read(MOST + 1)
        if len(text) > MOST:
            raise UsageError(f"{path} is longer than {MOST:,} characters: it is no file of parameters")
        node = yaml.compose(text, _Plain)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        at = f", line {mark.line + 1}" if mark else ""
        raise UsageError(f"{path}{at}: {getattr(error, 'problem', None) or 'it is no YAML file'}") from None
    if node is None:
        return []
    if not isinstance(node, yaml.MappingNode):
        raise UsageError(f"{path}: write one parameter per line, name: value")
    for name, value in node.value:
        if not (isinstance(name, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)):
            raise UsageError(
                f"{path}, line {value.start_mark.line + 1}: a value is one text or number, no list or mapping"
            )
    return [(name.value, value.value) for name, value in node.value]


class _Plain(yaml.SafeLoader):
    """YAML without aliases, which could grow beyond all bounds."""

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "an alias has no place here", self.peek_event().start_mark)
        return super().compose_node(parent, index)
