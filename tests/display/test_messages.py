"""What failures say, in Chinese: recognised by their template, with every value kept."""

import re

import pytest

from crm_analysis.data import checks
from crm_analysis.data.errors import DataError, problem
from crm_analysis.display import language, messages
from tests.data import made


@pytest.fixture
def chinese():
    with language.using("zh"):
        yield


def filled(template):
    """A message with values that no translation can hold by chance, and the values."""
    names = re.findall(r"(?<!\{)\{(\w+)\}(?!\})", template)
    values = {name: f"«{i}»" for i, name in enumerate(names)}
    told = re.sub(r"(?<!\{)\{(\w+)\}(?!\})", lambda m: values[m[1]], template)
    return told.replace("{{", "{").replace("}}", "}"), values.values()


def translated():
    catalog = language.LOCALE / "zh" / f"{language.ERRORS}.po"
    return [text for text, told in language.entries(catalog).items() if told]


def test_every_message_is_recognised_and_keeps_its_values(chinese):
    lost = []
    for template in translated():
        message, values = filled(template)
        if not re.search(r"[a-z]", re.sub(r"\{\w+\}", "", template)):
            continue  # only joins two messages
        told = messages.told(message)
        if told == message or not all(value in told for value in values):
            lost.append((template, told))
    assert lost == []


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("there is no sheet 'Orders'", "没有名为'Orders'的工作表"),
        ("Write tables: {transactions: orders.csv}.", "请写tables: {transactions: orders.csv}。"),
        ("--as-of: as_of is 2020, not a day", "--as-of：as_of的值是2020，不是日期"),
        ("parameter 'n' needs a whole number, not 'q'", "参数'n'需要整数，而不是'q'"),
        (
            "unknown parameter 'a'; did you mean 'b'?; parameter 'c' is given twice",
            "未知的参数'a'；是否指'b'？；参数'c'给出了两次",
        ),
        (
            "02_rfm, cell 9 under '评分': the kernel died (killed, out of memory, or it ended itself)",
            "02_rfm的第9个单元（“'评分'”之下）：内核终止（被强行结束、内存不足，或自行退出）",
        ),
        ("nobody: has translated; this", "nobody: has translated; this"),
        ("", ""),
    ],
)
def test_a_message_is_told_in_chinese(chinese, message, told):
    assert messages.told(message) == told


def test_in_english_a_message_is_left_alone():
    assert messages.told("there is no sheet 'Orders'") == "there is no sheet 'Orders'"


PROBLEM = problem(
    "number", "orders.csv", "1 cell(s) that are not a number", table="transactions", column="amount", count=7,
    mend="Mend the numbers, or set the rows aside (option on_bad_row: quarantine).",
    examples=[{"row": 3, "line": 4, "value": "x\x1b[2J"}],
)  # fmt: skip


def test_a_refusal_says_where_what_how_many_and_the_remedy(chinese):
    assert messages.refusal([PROBLEM]) == (
        "orders.csv、数据表transactions、列amount：有1个单元格不是数字。第4行（文件行号）、第3条数据、值'x\\x1b[2J'；另有6处。"
        "请修正数字，或者把这些行搁置（选项on_bad_row: quarantine）。[number]"
    )
    assert messages.refusal([PROBLEM, PROBLEM]).startswith("共2个问题：\n1. orders.csv")


def test_in_english_a_refusal_tells_what_the_error_tells():
    told = messages.refusal([PROBLEM])
    words = set(re.findall(r"[\w.]+", str(DataError([PROBLEM])))) - {"and", "more"}
    assert words <= set(re.findall(r"[\w.]+", told))


HEADER = made.HEADER
NASTY = {
    "empty": b"",
    "header alone": f"{HEADER}\n".encode(),
    "no amount": b"customer_id,order_id,order_date\nC1,O1,2024-05-01\n",
    "a column twice": f"{HEADER},amount\nO1,C1,2024-05-01,A,T,1,1,1\n".encode(),
    "cells too many": f"{HEADER}\nO1,C1,2024-05-01,A,T,1,1,9,9\n".encode(),
    "no number": f"{HEADER}\nO1,C1,2024-05-01,A,T,1,much\n".encode(),
    "two readings of a number": f'{HEADER}\nO1,C1,2024-05-01,A,T,1,"1,234"\n'.encode(),
    "two currencies": f"{HEADER}\nO1,C1,2024-05-01,A,T,1,EUR 5\nO2,C2,2024-05-02,A,T,1,USD 6\n".encode(),
    "no day": f"{HEADER}\nO1,C1,2024-13-45,A,T,1,1\n".encode(),
    "two readings of a day": f"{HEADER}\nO1,C1,03/04/2024,A,T,1,1\n".encode(),
    "no customer": f"{HEADER}\nO1,,2024-05-01,A,T,1,1\n".encode(),
    "no end of a quote": f'{HEADER}\nO1,C1,2024-05-01,"A,T,1,1\n'.encode(),
    "no UTF-8": f"{HEADER}\nO1,C1,2024-05-01,A,".encode() + b"\xff\xfe\xfa,1,1\n",
    "zeros between": f"{HEADER}\nO1,C1,2024-05-01,A,T,1,1\n".encode().replace(b"A", b"\0"),
    "a page": b"<html><body>Please log in</body></html>\n",
    "no archive": b"PK\x03\x04 but no more",
}


def test_no_refusal_keeps_an_english_sentence(chinese, tmp_path):
    left, codes = {}, set()
    for name, content in NASTY.items():
        path = tmp_path / f"{name}.csv"
        path.write_bytes(content)
        result = checks.check(str(path))
        assert result["outcome"] == "reject", name
        codes.add(result["error"]["code"])
        told = messages.refusal(result["error"]["problems"])
        bare = re.sub(r"'[^']*'|\([^)]*\)|（[^）]*）|\[\w+\]|[\w-]+: |\S+\.\w+", " ", told.replace(name, ""))
        if re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", bare):
            left[name] = told
    assert left == {}
    assert len(codes) > 8
