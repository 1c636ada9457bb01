"""What the package says of failures, in the reader's language.

An error is raised in English, where it is found, with its values already in place. Its catalog holds the templates;
here the finished message is recognised by its template and told anew with the same values. A message that no
template fits stays English: better a foreign sentence than a lost one.
"""

import functools
import re

from crm_analysis.display import language, words

_FIELD = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")


def told(message):
    """A finished message in the reader's language, each of its values as it was.

    >>> with language.using("zh"):
    ...     told("there is no sheet 'Orders'"), told("nobody knows this message")
    ("没有名为'Orders'的工作表", 'nobody knows this message')
    """
    if language.current() == "en" or not message:
        return message
    bare = message.strip()
    return message.replace(bare, _best(bare)[1])


def _best(message, depth=4):
    """(letters that templates account for, the message told): of all templates that fit, the most telling one.

    A value may hold a message again, as the cause in "2 problems: …", so each is looked up too.
    """
    best = (0, message)
    for pattern, fields, template in _templates(language.current()) if depth else ():
        found = pattern.fullmatch(message)
        if found:
            inner = {name: _best(found[i].strip(), depth - 1) for i, name in enumerate(fields, 1)}
            literal = sum(c.isalnum() for c in message) - sum(c.isalnum() for value in found.groups() for c in value)
            covered = literal + sum(n for n, _ in inner.values())
            if covered > best[0]:
                pieces = _FIELD.split(template)  # text and names of fields in turn
                told_anew = (inner[piece][1] if i % 2 else _plain(piece) for i, piece in enumerate(pieces))
                best = (covered, "".join(told_anew))
    return best


@functools.cache
def _templates(lang):
    """Pattern, names of its fields and translation of every message."""
    known = language.entries(language.LOCALE / lang / f"{language.ERRORS}.po")
    return [
        (_pattern(text, fitting), _FIELD.findall(text), told_so)
        for text, told_so in known.items()
        if told_so
        for fitting in ("(.+?)", "(.+)")[: _FIELD.sub("{}", text).count("{}") or 1]
    ]


def _pattern(template, field):
    literal = (re.escape(_plain(piece)) for piece in _FIELD.split(template)[::2])
    return re.compile(field.join(literal), re.DOTALL)


def _plain(text):
    return text.replace("{{", "{").replace("}}", "}")


def refusal(problems):
    """The problems of a refused source (those of a ``DataError``) as one text in the reader's language."""
    if len(problems) == 1:
        return _problem(problems[0])
    lines = [words.sentence("{n} problems:", n=(len(problems), "count"))]
    lines += [words.sentence("{i}. {problem}", i=str(i), problem=_problem(p)) for i, p in enumerate(problems, 1)]
    return "\n".join(lines)


def _problem(problem):
    what = told(problem["message"])
    where = _where(problem)
    parts = [words.sentence("{where}: {message}.", where=where, message=what) if where else f"{what}{words.tr('.')}"]
    if problem["examples"]:
        more = problem["count"] - len(problem["examples"])
        places = [_place(example) for example in problem["examples"]]
        if more > 0:
            places.append(words.sentence("and {n} more", n=(more, "count")))
        parts.append(words.tr("; ").join(places) + words.tr("."))
    if problem["mend"]:
        parts.append(told(problem["mend"]))
    return functools.reduce(_followed, [*parts, f"[{problem['code']}]"])


def _followed(first, second):
    return words.sentence("{first} {second}", first=first, second=second)


def _where(problem):
    named = []
    if problem["file"]:
        named.append(str(problem["file"]))
    if problem["table"]:
        named.append(words.sentence("table {table}", table=problem["table"]))
    if problem["column"]:
        named.append(words.sentence("column {column}", column=problem["column"]))
    return words.tr(", ").join(named)


def _place(example):
    places = []
    if example.get("line") is not None:
        places.append(words.sentence("line {line}", line=str(example["line"])))
    if example.get("row") is not None:
        places.append(words.sentence("row {row}", row=str(example["row"])))
    if example.get("value") is not None:
        places.append(words.sentence("value {value}", value=_shown(str(example["value"]))))
    return words.tr(", ").join(places)


def _shown(value, limit=60):
    """A value in quotes, short, without characters that could move a terminal's cursor."""
    safe = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in repr(value[:limit]))
    return safe if len(value) <= limit else f"{safe}…"
