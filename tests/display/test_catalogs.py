"""The Chinese catalogs: complete, used, true to the placeholders and the shape of what they translate, drawable."""

import ast
import re
from collections import Counter

import nbformat
import pytest

from crm_analysis.display import language
from crm_analysis.display.charts import base
from crm_analysis.display.fonts import make
from tests.display import catalogs

LANG = "zh"
HOW = "run `python -m tests.display.catalogs` and fill in the empty msgstr"
HANZI = r"[\u4e00-\u9fff]"

# The course texts' own words: where the English says the one, the Chinese says the other.
TERMS = {
    r"customer pyramid": "金字塔",
    r"lifetime value": "终生价值",
    r"brand[- ]switching": "品牌转换",
    r"switching matrix": "转换矩阵",
    r"\bloyal(ty)?\b": "忠诚",
    r"\bsatisf(action|ied)\b": "满意",
    r"\bchurn": "流失",
    r"win[- ]back": "挽回|挽留|赢回",
    r"\bcomplaint": "投诉",
    r"life ?cycle": "生命周期",
    r"customer equity": "客户资产",
    r"word of mouth": "口碑",
    r"delivered value": "让渡价值",
    r"below[- ]zero": "负值",
}


@pytest.fixture(scope="module")
def said():
    return catalogs.texts(LANG)


@pytest.fixture(scope="module")
def told():
    return {path.stem: language.entries(path) for path in language.files(LANG)}


@pytest.fixture(scope="module")
def pairs(told):
    return [(text, words) for entries in told.values() for text, words in entries.items() if words]


def test_every_text_that_people_read_has_a_chinese_one(said, told):
    lacking = {name: [t for t in texts if not told.get(name, {}).get(t)] for name, texts in said.items()}
    assert {name: texts for name, texts in lacking.items() if texts} == {}, HOW


def test_no_catalog_holds_what_nobody_says_any_more(said, told):
    stale = {name: [t for t in entries if t not in said.get(name, [])] for name, entries in told.items()}
    assert {name: texts for name, texts in stale.items() if texts} == {}, "run `python -m tests.display.catalogs`"


def placeholders(text):
    return Counter(re.findall(r"(?<!\{)\{(\w+)\}(?!\})", text))


def test_a_translation_has_the_placeholders_of_its_text(pairs):
    templates = [(t, w) for t, w in pairs if not t.startswith("#") and "$" not in t]
    assert [(t, w) for t, w in templates if set(placeholders(t)) != set(placeholders(w))] == []


def shape(text):
    """What translation must not change: headings with their level, formulas, code, links, table rows, lists."""
    prose = re.sub(r"\$\$.*?\$\$", "", text, flags=re.DOTALL)
    return {
        "headings": re.findall(r"^#+(?= )", text, re.M),
        "display formulas": len(re.findall(r"\$\$.*?\$\$", text, re.DOTALL)),
        "formulas": len(re.findall(r"\$[^$\n]+\$", prose)),
        "code": sorted(re.findall(r"`[^`]+`", text)),
        "links": re.findall(r"\]\(([^)]+)\)", text),
        "rows": len(re.findall(r"^\|", text, re.M)),
        "items": len(re.findall(r"^\s*(?:[-*]|\d+\.) ", text, re.M)),
    }


def test_a_translated_cell_keeps_headings_formulas_code_links_rows_and_items(pairs):
    cells = [(t, w) for t, w in pairs if "\n" in t or t.startswith("#")]
    assert len(cells) > 10
    different = [(t.splitlines()[0], shape(t), shape(w)) for t, w in cells if shape(t) != shape(w)]
    assert different == []


def test_chinese_is_punctuated_as_chinese(pairs):
    half = rf"{HANZI}[,;:?!()]|[,;:?!]{HANZI}|{HANZI}\s+{HANZI}|{HANZI}\.(\s|$)"
    prose = [(re.sub(r"`[^`]*`|\$[^$]*\$", "", w), w) for _, w in pairs]
    assert [w for plain, w in prose if re.search(half, re.sub(r"\n+", "\n", plain).replace("\n", "¶"))] == []


def test_the_terms_are_those_of_the_course(pairs):
    wrong = [
        (term, text, words)
        for text, words in pairs
        for term, chinese in TERMS.items()
        if re.search(term, text, re.I) and not text.startswith("## Limits") and not re.search(chinese, words)
    ]
    assert wrong == []


def test_every_character_of_the_catalogs_can_be_drawn(pairs):
    ours = make.characters()
    drawn = base._drawn()
    missing = {c for _, words in pairs for c in words if ord(c) not in drawn and not c.isspace()}
    hanzi = {c for _, words in pairs for c in words if re.match(HANZI, c) and ord(c) not in ours}
    assert (missing, hanzi) == (set(), set())


def test_the_fonts_hold_what_their_maker_promises():
    from matplotlib import font_manager

    for path in sorted(base.FONTS.glob("*.otf")):
        drawn = set(font_manager.get_font(path).get_charmap())
        assert make.characters() - drawn <= set(range(0x20)), path
        assert path.stat().st_size < 1_600_000
    assert "SIL OPEN FONT LICENSE" in (base.FONTS / "OFL.txt").read_text(encoding="utf-8")


def english_in_formatted(tree):
    """Pieces of English in f-strings, where no catalog can reach them; errors and markup are not looked at."""
    silent = {n for node in ast.walk(tree) if isinstance(node, ast.Raise) for n in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and node not in silent:
            pieces = "\0".join(v.value for v in node.values if isinstance(v, ast.Constant))
            words = re.sub(r"<[^>]*>?|[\w-]+=\"|&\w+;", " ", pieces)
            if re.search(r"[A-Za-z]{3,} |[ \0][A-Za-z]{3,}", words):
                yield ast.unparse(node)


def test_no_english_hides_in_formatted_text():
    found = {}
    for room in ("charts", "readings"):
        for path in (catalogs.PACKAGE / "display" / room).glob("*.py"):
            found[path.name] = list(english_in_formatted(ast.parse(path.read_text(encoding="utf-8"))))
    for path in catalogs.notebooks():
        cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
        found[path.name] = [f for c in cells for f in english_in_formatted(ast.parse(c.source))]
    assert {name: texts for name, texts in found.items() if texts} == {}, "use words.sentence"


def test_catalogs_are_written_as_they_are_read():
    entries = {'a "b" \\ {c}\n\n$$\\frac{1}{2}$$': "甲“乙”", "empty": ""}
    text = catalogs.as_po(entries.items(), LANG)
    from io import BytesIO

    from babel.messages.pofile import read_po

    assert {m.id: m.string for m in read_po(BytesIO(text.encode())) if m.id} == entries


def test_an_update_keeps_translations_moves_them_with_their_text_and_drops_the_rest(tmp_path, monkeypatch):
    monkeypatch.setattr(language, "LOCALE", tmp_path)
    (tmp_path / LANG).mkdir()
    old = tmp_path / LANG / "one.po"
    old.write_text(catalogs.as_po([("A", "甲"), ("B", "乙"), ("gone", "去")], LANG), encoding="utf-8")
    monkeypatch.setattr(catalogs, "texts", lambda lang: {"one": ["A", "new"], "two": ["B"]})
    assert catalogs.update(LANG) == {"one": ["new"], "two": []}
    assert {p.stem: language.entries(p) for p in language.files(LANG)} == {
        "one": {"A": "甲", "new": ""},
        "two": {"B": "乙"},
    }
    first = old.read_bytes()
    catalogs.update(LANG)
    assert old.read_bytes() == first
