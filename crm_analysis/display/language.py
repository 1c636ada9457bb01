"""The reader's language: chosen once, looked up by the whole English text.

The catalogs are gettext's ``locale/LANGUAGE/*.po``, several small ones merged. They are read when the first text is
looked up, never in English, so that importing costs nothing. A text without an entry stays English; a test says so.
"""

import contextlib
import functools
import re
from pathlib import Path

LANGUAGES = ("en", "zh")
ERRORS = "errors"  # the catalog of what failures are told with; see messages.py
LOCALE = Path(__file__).parent / "locale"

_now = "en"


def use(lang):
    """Speak ``lang`` from now on: ``en`` or ``zh``. Raises ValueError for any other."""
    global _now
    if lang not in LANGUAGES:
        raise ValueError(f"lang is {lang!r}; it must be one of {', '.join(LANGUAGES)}")
    _now = lang


def current():
    """The language spoken now."""
    return _now


@contextlib.contextmanager
def using(lang):
    """Speak ``lang`` inside a ``with`` block."""
    before = _now
    use(lang)
    try:
        yield
    finally:
        use(before)


def tr(text):
    """A fixed text of ours in the reader's language; a numbered name is looked up as ``… {number}``.

    >>> with using("zh"):
    ...     tr("Customers"), tr("a text that nobody translated")
    ('客户数', 'a text that nobody translated')
    """
    if _now == "en" or not text:
        return text
    known = catalog(_now)
    numbered = None if text in known else re.fullmatch(r"(.*\D)(\d+)", text)
    if numbered and (template := known.get(f"{numbered[1]}{{number}}")):
        return template.replace("{number}", numbered[2])
    return known.get(text, text)


@functools.cache
def catalog(lang):
    """All entries of a language, from the English text to the translated one, but for those of failures."""
    shown = (path for path in files(lang) if path.stem != ERRORS)
    return {text: told for path in shown for text, told in entries(path).items() if told}


def files(lang):
    """The catalogs of a language, by name."""
    return sorted((LOCALE / lang).glob("*.po"))


def entries(path):
    """One catalog: English text -> translation, which is empty where nobody has written it yet."""
    from babel.messages.pofile import read_po

    with open(path, "rb") as handle:
        return {message.id: message.string for message in read_po(handle) if message.id}
