"""Reading back what an earlier run learned, so that this run scores by the same rule; and how far inputs moved since.

``profile.json`` is written by the report runner from what notebooks keep (``display.kept``): under ``profiles`` one
mapping per name, with the fields of the NamedTuple that a method's ``learn`` returned.
"""

import json
import typing
from pathlib import Path

from crm_analysis.data.drift import psi

__all__ = ["psi", "read"]
_REMEDY = "choose the profile of another run, or leave it empty to learn afresh"


def read(path, name, kind):
    """The profile ``name`` of the file ``path`` as ``kind``, a NamedTuple class; None when there is none to read.

    None for an empty ``path`` and for a file without that name, so that
    ``profiles.read(profile, "rfm", rfm.Profile) or rfm.learn(customers)`` reads or learns. Lists come back as tuples.
    Raises ValueError when there is no such file, it is no profile, or its fields are not those of ``kind``.

    >>> read("", "rfm", tuple) is None
    True
    """
    if not path:
        return None
    path = Path(path)
    profiles = _profiles(path)
    return _made(profiles[name], kind, f"{path.name}: {name}") if name in profiles else None


def _profiles(path):
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"the profile {path.name} cannot be read ({error.strerror}): {_REMEDY}") from None
    except ValueError as error:
        raise ValueError(f"{path.name} is no JSON file ({error}): {_REMEDY}") from None
    profiles = told.get("profiles") if isinstance(told, dict) else None
    if not isinstance(profiles, dict):
        raise ValueError(f"{path.name} holds no profiles: {_REMEDY}")
    return profiles


def _made(told, kind, where):
    """``told`` as a ``kind``, checked field by field."""
    if not isinstance(told, dict):
        raise ValueError(f"{where} is no mapping of fields: {_REMEDY}")
    unknown = [field for field in told if field not in kind._fields]
    absent = [field for field in kind._fields if field not in told and field not in kind._field_defaults]
    if unknown or absent:
        parts = [f"{word} {', '.join(fields)}" for word, fields in (("has", unknown), ("lacks", absent)) if fields]
        raise ValueError(f"{where} {' and '.join(parts)}, so it is of another version of the method: {_REMEDY}")
    types = typing.get_type_hints(kind)
    return kind(**{field: _value(value, types.get(field), f"{where}.{field}") for field, value in told.items()})


def _value(value, wanted, where):
    if hasattr(wanted, "_fields"):
        return _made(value, wanted, where)
    value = _tuples(value)
    plain = typing.get_origin(wanted) or wanted
    number = plain is float and isinstance(value, int) and not isinstance(value, bool)
    wrong = plain is int and isinstance(value, bool)
    checked = plain in (tuple, dict, str, bool, int, float)
    if checked and (wrong or not (number or isinstance(value, plain))):
        raise ValueError(f"{where} is {value!r}, not a {plain.__name__}: {_REMEDY}")
    return value


def _tuples(value):
    if isinstance(value, list):
        return tuple(_tuples(each) for each in value)
    return {key: _tuples(each) for key, each in value.items()} if isinstance(value, dict) else value
