"""Notebooks in Chinese: prose and comments translated, code untouched, copies that speak Chinese when run."""

import ast
import re

import nbformat
import pytest

from crm_analysis.reports import parameters, translate
from tests.display import catalogs

NOTEBOOKS = catalogs.notebooks()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_translated_notebook_has_the_same_code_and_chinese_prose(path):
    english = nbformat.read(path, as_version=4)
    chinese = translate.translated(english, "zh")
    assert [c.id for c in chinese.cells] == [c.id for c in english.cells]
    for before, after in zip(english.cells, chinese.cells, strict=True):
        if before.cell_type == "code":
            assert ast.dump(ast.parse(after.source)) == ast.dump(ast.parse(before.source))
        else:
            assert re.search(r"[\u4e00-\u9fff]", after.source), before.source
    declared, told = parameters.declared(english), parameters.declared(chinese)
    assert {n: p._replace(help="") for n, p in told.items()} == {n: p._replace(help="") for n, p in declared.items()}
    assert all(re.search(r"[\u4e00-\u9fff]", p.help) for p in told.values())


def test_english_is_left_as_it_is_and_the_notebook_given_is_never_changed(notebook):
    given = nbformat.read(notebook("source  # source file, data file or folder; empty: the demo company"), as_version=4)
    before = nbformat.writes(given)
    assert translate.translated(given, "en") == given
    translated = translate.translated(given, "zh")
    assert translated.cells[3].source == "source  # 数据源文件、数据文件或文件夹；留空：示范公司"
    assert translated.cells[0].source == given.cells[0].source, "nobody has translated it"
    assert nbformat.writes(given) == before


def test_copies_speak_chinese_and_are_never_written_over_work(tmp_path):
    (copy,) = translate.write(NOTEBOOKS[:1], "zh", tmp_path / "中文")
    written = nbformat.read(copy, as_version=4)
    assert parameters.declared(written)["lang"].default == "zh"
    assert written.cells[0].source.startswith("# 客户群")
    assert not any(c.get("outputs") for c in written.cells)
    copy.write_text("my work", encoding="utf-8")
    with pytest.raises(FileExistsError, match="may hold your work"):
        translate.write(NOTEBOOKS, "zh", tmp_path / "中文")
    assert [p.name for p in copy.parent.iterdir()] == [copy.name]
    assert copy.read_text(encoding="utf-8") == "my work"


def test_a_hash_inside_a_text_is_no_comment():
    assert translate.comments('x = "# no"  # yes {a, b}\n# alone') == [(0, 12, "yes"), (1, 0, "alone")]
