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

# What is no message to a user: SQL, patterns, the data dictionary, and modules that speak of other things.
NO_MESSAGE = r"\b(SELECT|FROM|WHERE|CASE|WHEN|COPY|CREATE|ORDER BY|OVER|CAST|NULL|UNION|EXCLUDE)\b|\(\?|^\w+\(|^\S+ AS |\bAND\b|\|\||^\{\{'|^(file_row_number|SET|DROP|RESET|COLLATE|NOT|_drop|pip) |exactly one cell|^not of the form|^audience is|\bJOIN\b|``"
NO_ERRORS = {"tables.py", "proposal.py", "quality.py", "errors.py"}
NO_FIELD = {
    "shown",
    "len",
    "join",
    "map",
    "sorted",
    "str",
    "repr",
    "min",
    "max",
    "sum",
    "type",
    "engine_said",
    "json",
    "dumps",
}
# Messages that are put together from two
COMPOSED = (
    "{n} cell(s) that are not a number but {value}, which stands for a missing value",
    "{mend}, or set the rows aside (option on_bad_row: quarantine).",
    "{mend}; a formula without a stored value is empty too: open the workbook and save it again",
    "{first}; {second}",
    "unknown parameter {name}; did you mean {near}?",
    "unknown parameter {name}; there are {known}",
    "parameter {name} needs",
    "parameter {name} needs a whole number, not {text}",
    "parameter {name} needs a number, not {text}",
    "{name} is {value}",
    "{where}: {message}",
    "Say how dates are written: option date_format, e.g. %d/%m/%y (day first) or %m/%d/%y (month first).",
    # a notebook that did not come to its end
    "{stem}, cell {cell} under {heading}: {cause}; executed notebook: {path}",
    "{stem}, cell {cell} under {heading}: {cause}",
    "{stem}, cell {cell}: {cause}; executed notebook: {path}",
    "{stem}, cell {cell}: {cause}",
    "{stem}: {cause}",
    "{file}: {message}. {mend} [{code}]",
    "the kernel died (killed, out of memory, or it ended itself)",
    "the notebook ended itself before its last cell",
    "the notebook took away the folder that it works in",
    "the kernel did not start: {error}",
    # a file of answers, or its codebook, that a parameter names
    "an item stands twice or has no name",
    "an item has no block",
    "low and high are not two numbers, the lower first",
    "reversed is neither yes nor no",
    "an answer is not on its scale, {low} to {high}",
    # the verdict of `crm-analysis check` and the command's own words
    "Rejected.",
    "Accepted.",
    "No warnings.",
    "{n} warning(s):",
    "{n} dropped: {reason} ({why})",
    "{n} dropped: {reason}",
    "{count} × {message}",
    "{warning}. {advice} [{code}]",
    "{warning}. [{code}]",
    "customers: {n}",
    "orders: {n}",
    "sum of amounts: {sum}",
    "period: {first} to {last}",
    "as of: {day}",
    "stopped; the last published report stands",
    "internal error, please report it: {error}",
)
HEAD = 'msgid ""\nmsgstr ""\n"Language: {lang}\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'

READS_LIKE_TEXT = r"[A-Z][^A-Z_]*[a-z]|[A-Z]{2,} [a-z]{2,} |\{\w+\}[^A-Z_]* [a-z]"
PIECE = r"[a-z{][^<>=/]* [^<>=/]* [^<>=/]*$"  # a part of a sentence: three words or more, no markup
NOT_FOR_PEOPLE = {"Rule", "DejaVu Sans", "Noto Sans SC GB2312", "Date", "Creator", "Regular", "Bold", "PuOr_r"}
LOWER_CASE = ("left out", "counted twice", "without end", "good")  # words in the data that do not begin like a text
REFUSALS = ("refuse", "problem")  # functions whose texts belong to the errors


def texts(lang="zh"):
    """Catalog name -> its English texts in order; a text that several parts show belongs to the first of them.

    The errors stand apart: they are looked up among themselves.
    """
    parts = {"interface": interface(), "vocabulary": vocabulary()}
    parts |= {path.stem: notebook(path) for path in notebooks()}
    taken, found = set(), {}
    for name, said in parts.items():
        found[name] = [text for text in dict.fromkeys(said) if text not in taken]
        taken.update(found[name])
    return found | {language.ERRORS: list(dict.fromkeys(errors()))}


def notebooks():
    """All notebooks: the reports, those for the classroom, and the one to start from."""
    return translate.notebooks(ROOT / "notebooks")


def interface():
    """What pages, charts, tables and sentences say."""
    for path in sorted((PACKAGE / "display").rglob("*.py")):
        yield from both(ast.parse(path.read_text(encoding="utf-8")), PIECE)
    for path in sorted((PACKAGE / "reports").rglob("*.py")):
        yield from looked_up(ast.parse(path.read_text(encoding="utf-8")))
    for path in sorted((PACKAGE / "reports" / "template").glob("*.html")):
        yield from in_template(path.read_text(encoding="utf-8"))


def both(tree, pieces=""):
    """Texts that are looked up, and literals that read like a text and are looked up where they are shown."""
    return dict.fromkeys([*looked_up(tree), *capitalised(tree, pieces)])


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
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield from dict.fromkeys([*capitalised(tree), *constants(tree)])
    yield from (*LOWER_CASE, *rfm.DIMENSIONS, *quality.ENABLES.values(), *TABLES)
    yield from (column.name for column in TABLES["transactions"])


def capitalised(tree, pieces=""):
    """Literals that begin like a text people read, or match ``pieces``; not docstrings, errors and formatted ones."""
    silent = docstrings(tree)
    for node in ast.walk(tree):
        refusal = isinstance(node, ast.Call) and _name(node.func) in REFUSALS
        exported = isinstance(node, ast.Assign) and _name(node.targets[0]) == "__all__"
        if isinstance(node, ast.Raise | ast.JoinedStr) or refusal or exported:
            silent.update(ast.walk(node))
    for node in walked(tree):
        told = isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in silent
        pattern = f"{READS_LIKE_TEXT}|{pieces}" if pieces else READS_LIKE_TEXT
        if told and re.match(pattern, node.value) and node.value not in NOT_FOR_PEOPLE:
            yield node.value


def constants(tree):
    """Names of several words among a module's constants: ``WITH_CARE = "with care"``."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and all(
            n.id.isupper() for n in ast.walk(node.targets[0]) if isinstance(n, ast.Name)
        ):
            yield from (text for text in _strings(node.value) if re.fullmatch(r"[a-z][\w,'-]*( [\w,'-]+)+", text))


def docstrings(tree):
    """The nodes of a module's docstrings."""
    bodies = [node.body for node in ast.walk(tree) if isinstance(getattr(node, "body", None), list) and node.body]
    return {body[0].value for body in bodies if isinstance(body[0], ast.Expr)}


def errors():
    """What failures are told with: by the data door, by the runner and by the analyses."""
    yield from COMPOSED
    for path in sorted(PACKAGE.rglob("*.py")):
        if not set(path.parts) & {"demo", "guessing", "methods", "display"} and path.name not in NO_ERRORS:
            yield from templates(ast.parse(path.read_text(encoding="utf-8")), whole="data" in path.parts)
        elif "methods" in path.parts:
            kinds = ("TooLittle", "WrongParameter")  # the others tell the analyst who called the method
            yield from templates(ast.parse(path.read_text(encoding="utf-8")), whole=False, kinds=kinds)


def templates(tree, whole, kinds=()):
    """Messages as templates: a text as it stands, a formatted one with a field for each value.

    With ``whole`` every text that reads like a message counts, otherwise only what is raised, of certain ``kinds`` if told.
    """
    silent = docstrings(tree)
    inside = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    raises = [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    raises = [node for node in raises if not kinds or getattr(getattr(node.exc, "func", None), "id", "") in kinds]
    if kinds:
        raises += [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) in REFUSALS]
    raised = {part for node in raises for part in ast.walk(node)}
    for node in walked(tree):
        told = isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and node not in inside)
        if told and node not in silent and (whole or node in raised):
            text = template(node)
            words = re.findall(r"[A-Za-z]{2,}", re.sub(r"\{\w+\}", " ", text))
            if (
                re.match(r"[\w{'-].* ", text)
                and re.search(r"[a-z]{3}", text)
                and len(words) >= 2
                and not re.search(NO_MESSAGE, text)
            ):
                yield text.strip()


def template(node):
    """A text with its values as fields, each named after what it shows."""
    if isinstance(node, ast.Constant):
        text = str(node.value) if isinstance(node.value, str) else ""
        return text if re.search(r"\{n\}", text) else text.replace("{", "{{").replace("}", "}}")
    pieces, names = [], []
    for part in node.values:
        if isinstance(part, ast.Constant):
            pieces.append(part.value.replace("{", "{{").replace("}", "}}"))
        else:
            found = [
                n.id if isinstance(n, ast.Name) else n.attr
                for n in ast.walk(part)
                if isinstance(n, ast.Name | ast.Attribute)
            ]
            name = next((n for n in found if n not in NO_FIELD), "value").strip("_").lower()
            names.append(name)
            pieces.append("{" + name + (str(names.count(name)) if names.count(name) > 1 else "") + "}")
    return "".join(pieces)


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


def as_po(entries, lang):
    """A catalog as the text of its file; babel's own quoting."""
    from babel.messages.pofile import normalize

    shown = (f"\nmsgid {normalize(text, width=0)}\nmsgstr {normalize(told, width=0)}\n" for text, told in entries)
    return HEAD.format(lang=lang) + "".join(shown)


def update(lang="zh"):
    """Write the catalogs anew; returns the texts without translation by catalog."""
    there = {path.stem: language.entries(path) for path in language.files(lang)}
    known = {text: told for entries in there.values() for text, told in entries.items() if told}
    found, folder = texts(lang), language.LOCALE / lang
    for path in language.files(lang):
        if not found.get(path.stem):
            path.unlink()
    for name, said in found.items():
        if said:
            own = {text: there.get(name, {}).get(text) or known.get(text, "") for text in said}
            (folder / f"{name}.po").write_text(as_po(own.items(), lang), encoding="utf-8")
    return {name: [text for text in said if not known.get(text)] for name, said in found.items()}


if __name__ == "__main__":
    for name, missing in update().items():
        print(f"{name}: {len(missing)} without translation")
