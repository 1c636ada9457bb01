"""The reader's language: looked up when shown, English where nobody has translated, free in English."""

import datetime
import subprocess
import sys

import pandas as pd
import pytest

from crm_analysis.display import headlines, language, numbers, tables, words


@pytest.fixture
def chinese():
    with language.using("zh"):
        yield


def test_an_unknown_language_is_refused_by_name():
    with pytest.raises(ValueError, match="lang is 'fr'; it must be one of en, zh"):
        words.use("fr")
    assert language.current() == "en"


def test_a_language_ends_with_its_block_even_when_the_block_fails():
    def failing():
        with words.using("zh"):
            raise KeyError(language.current())

    with pytest.raises(KeyError, match="zh"):
        failing()
    assert language.current() == "en"


def test_speaking_english_reads_no_catalog_and_imports_no_babel():
    code = (
        "import sys\nfrom crm_analysis.display import numbers, words\nwords.tr('Customers')\n"
        "numbers.text(1, 'money', 'EUR')\nsys.exit('babel' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_text_nobody_translated_stays_english(chinese):
    assert words.tr("Nobody has translated this") == "Nobody has translated this"
    assert words.sentence("{n} things", n=(1200, "count")) == "1,200 things"


@pytest.mark.parametrize(
    ("value", "kind", "reads"),
    [
        (1234567, "count", "1,234,567"),
        (0.253, "share", "25.3%"),
        (0.2, "part", "20%"),
        (0.382, "change", "+38.2%"),
        (12345.5, "money", "12,346欧元"),
        (-7, "money", "−7.00欧元"),
        (datetime.date(2026, 7, 1), "date", "2026年7月1日"),
        ("2026-11-01", "date", "2026年11月1日"),
        ("soon", "date", "soon"),
        (pd.Timestamp(2026, 11, 1), "month", "2026年11月"),
        (datetime.date(2026, 11, 1), "month_name", "2026年11月"),
        ("Champions", "term", "冠军客户"),
        ("Champions", "text", "Champions"),
        ("Middle group 12", "term", "中间群12"),
        ({"after_as_of": 3, "filtered": 0, "no such": 1200}, "term", "晚于截至日期 3、no such 1,200"),
        ({}, "text", "无"),
        (None, "date", "–"),
    ],
)
def test_a_figure_reads_as_chinese_write_it(chinese, value, kind, reads):
    assert numbers.text(value, kind, "EUR") == reads


@pytest.mark.parametrize(("code", "name"), [("CNY", "元"), ("USD", "美元"), ("HKD", "港元"), ("分", "分"), ("", "")])
def test_a_currency_has_its_chinese_name_and_one_unknown_keeps_its_own(chinese, code, name):
    assert numbers.unit(code) == name


def test_months_and_parts_in_english():
    day = datetime.date(2026, 11, 1)
    told = [numbers.text(day, kind) for kind in ("date", "month", "month_name")] + [numbers.text(0.025, "part")]
    assert told == ["2026-11-01", "2026-11", "November 2026", "2.5\xa0%"]


def test_a_table_speaks_the_language_but_leaves_the_data_alone(chinese):
    frame = pd.DataFrame({"segment": ["At risk", "Champions"], "brand": ["At risk", "Champions"], "customers": [9, 8]})
    shown = tables.show(frame.assign(revenue=[1.0, 2.0]), "Rows read, used and dropped", "EUR")
    assert repr(shown).splitlines()[0] == "读入、使用和剔除的行数"
    assert repr(shown).splitlines()[1].split() == ["客户细分", "品牌", "客户数", "收入（欧元）"]
    assert repr(shown).splitlines()[2].split() == ["流失风险客户", "At", "risk", "9", "1.00"]


def test_a_headline_is_told_in_the_language_and_keyed_without_it(chinese):
    (figure,) = headlines.show("EUR", revenue=("Revenue", 1234.5, "money")).figures
    assert figure == {"key": "revenue", "label": "收入", "kind": "money", "value": 1234.5, "text": "1,235欧元"}


def test_names_are_joined_as_each_language_joins_them():
    assert words.joined(["a", "b", "c"]) == "a, b and c"
    with words.using("zh"):
        assert words.joined(["甲", "乙", "丙"]) == "甲、乙和丙"
        assert words.interval(2, 6.5) == "大于2、不超过6.50"
        assert words.interval(None, None) == "不限"
