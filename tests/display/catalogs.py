"""What people read, gathered for translation: ``python -m tests.display.catalogs`` brings the catalogs up to date.

Each catalog in ``crm_analysis/display/locale/zh/`` then holds every English text of its part of the suite, in the order
of the code, with the translations that were there; what nobody has translated yet stands with an empty ``msgstr``, and
what is no longer said is dropped. ``interface`` is what the package shows, ``vocabulary`` the words in the data
(segments, advice, reasons), ``errors`` what the data door says, and each notebook has one by its name.
"""

import ast
import re
from pathlib import Path

import nbformat

from crm_analysis.data import quality
from crm_analysis.data.tables import TABLES
from crm_analysis.display import language
from crm_analysis.methods import rfm
from crm_analysis.reports import translate

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "crm_analysis"
LOOKED_UP = ("tr", "sentence", "_eighty_twenty")  # functions whose first argument is looked up
HEAD = 'msgid ""\nmsgstr ""\n"Language: {lang}\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'

READS_LIKE_TEXT = r"[A-Z][^A-Z_]*[a-z]|\{\w+\}[^A-Z_]* [a-z]"
NOT_FOR_PEOPLE = {"DejaVu Sans", "Noto Sans SC GB2312", "Date", "Creator", "Regular", "Bold"}
REFUSALS = ("refuse", "problem")  # functions whose texts belong to the errors


def texts(lang="zh"):
    """Catalog name -> its English texts in order; a text that several parts show belongs to the first of them."""
    parts = {"interface": interface(), "vocabulary": vocabulary(), "errors": errors()}
    parts |= {path.stem: notebook(path) for path in notebooks()}
    taken, found = set(), {}
    for name, said in parts.items():
        found[name] = [text for text in dict.fromkeys(said) if text not in taken]
        taken.update(found[name])
    return found


def notebooks():
    """All notebooks, those for the classroom too."""
    return sorted((ROOT / "notebooks").rglob("[0-9]*.ipynb"))


def interface():
    """What pages, charts, tables and sentences say."""
    for path in sorted((PACKAGE / "display").rglob("*.py")):
        yield from both(ast.parse(path.read_text(encoding="utf-8")))
    for path in sorted((PACKAGE / "reports").rglob("*.py")):
        yield from looked_up(ast.parse(path.read_text(encoding="utf-8")))
    for path in sorted((PACKAGE / "reports" / "template").glob("*.html")):
        yield from in_template(path.read_text(encoding="utf-8"))


def both(tree):
    """Texts that are looked up, and literals that read like a text and are looked up where they are shown."""
    return dict.fromkeys([*looked_up(tree), *capitalised(tree)])


def looked_up(tree):
    """Texts given to ``tr`` or ``sentence``, and those in tables of headings and texts (``LABELS``, ``…_TEXTS``)."""
    for node in walked(tree):
        if isinstance(node, ast.Call) and _name(node.func) in LOOKED_UP and node.args:
            yield from _strings(node.args[0])
        elif isinstance(node, ast.Assign) and any(re.search(r"(^|_)(LABELS|TEXTS)$", _name(t)) for t in node.targets):
            values = node.value.values if isinstance(node.value, ast.Dict) else [node.value]
            for value in values:
                yield from _strings(value)


def walked(tree):
    """The nodes in the order of the code."""
    placed = [node for node in ast.walk(tree) if hasattr(node, "lineno")]
    return sorted(placed, key=lambda node: (node.lineno, node.col_offset))


def _name(node):
    return getattr(node, "attr", getattr(node, "id", ""))


def _strings(node):
    """All texts in an expression but those it only compares or looks up with."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and node.value:
            yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*_strings(node.body), *_strings(node.orelse))
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from _strings(value)
    elif isinstance(node, ast.Tuple | ast.List | ast.Set):
        for element in node.elts:
            yield from _strings(element)
    elif isinstance(node, ast.Subscript | ast.BoolOp):
        for value in [node.value] if isinstance(node, ast.Subscript) else node.values:
            yield from _strings(value)


def in_template(source):
    """Texts that a page template looks up."""
    from jinja2 import Environment

    environment = Environment(extensions=["jinja2.ext.i18n"])
    for _, _, said in environment.extract_translations(source, gettext_functions=LOOKED_UP):
        yield from [said] if isinstance(said, str) else [text for text in said[:1] if text]


def vocabulary():
    """Words that stand in the data: literals of the methods and of the data room that are capitalised, and others by name."""
    for path in sorted([*(PACKAGE / "methods").rglob("*.py"), PACKAGE / "data" / "quality.py"]):
        yield from capitalised(ast.parse(path.read_text(encoding="utf-8")))
    yield from (*rfm.DIMENSIONS, *quality.ENABLES.values(), *TABLES)
    yield from (column.name for column in TABLES["transactions"])


def capitalised(tree):
    """Literals that begin like a text people read, but for docstrings, errors and formatted ones."""
    silent = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            silent.add(body[0].value)
        refusal = isinstance(node, ast.Call) and _name(node.func) in REFUSALS
        exported = isinstance(node, ast.Assign) and _name(node.targets[0]) == "__all__"
        if isinstance(node, ast.Raise | ast.JoinedStr) or refusal or exported:
            silent.update(ast.walk(node))
    for node in walked(tree):
        told = isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in silent
        if told and re.match(READS_LIKE_TEXT, node.value) and node.value not in NOT_FOR_PEOPLE:
            yield node.value


def errors():
    """What the data door says of bad files."""
    return []


def notebook(path):
    """A notebook's prose, what its comments say, and the texts in its code."""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            yield cell.source
            continue
        yield from (text for _, _, text in translate.comments(cell.source))
        tags = cell.metadata.get("tags", [])
        if "setup" not in tags and "parameters" not in tags:
            tree = ast.parse(cell.source)
            yield from both(tree)


def written(lang):
    """All translations there are: English text -> translation."""
    return {text: told for path in language.files(lang) for text, told in language.entries(path).items() if told}


def as_po(entries, lang):
    """A catalog as the text of its file; babel's own quoting."""
    from babel.messages.pofile import normalize

    shown = (f"\nmsgid {normalize(text, width=0)}\nmsgstr {normalize(told, width=0)}\n" for text, told in entries)
    return HEAD.format(lang=lang) + "".join(shown)


def update(lang="zh"):
    """Write the catalogs anew; returns the texts without translation by catalog."""
    there, folder = written(lang), language.LOCALE / lang
    found = texts(lang)
    for path in language.files(lang):
        if not found.get(path.stem):
            path.unlink()
    for name, said in found.items():
        if said:
            text = as_po([(text, there.get(text, "")) for text in said], lang)
            (folder / f"{name}.po").write_text(text, encoding="utf-8")
    return {name: [text for text in said if text not in there] for name, said in found.items()}


if __name__ == "__main__":
    for name, missing in update().items():
        print(f"{name}: {len(missing)} without translation")
