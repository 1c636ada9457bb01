"""What docs/sources.md shows works as it stands there."""

import re
from pathlib import Path

import pytest
import yaml

from crm_analysis.data.sourcefile import formula, options, spec

PAGE = (Path(__file__).parents[3] / "docs" / "sources.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.M | re.S)


@pytest.mark.parametrize("text", EXAMPLES, ids=[yaml.safe_load(text)["name"] for text in EXAMPLES])
def test_every_source_file_shown_is_understood(text, tmp_path):
    (tmp_path / "exports").mkdir()
    for name in ("exports/orders-1.csv", "exports/orders-2.csv", "artikel.xlsx", "kunden.parquet"):
        (tmp_path / name).touch()
    (tmp_path / "my.yml").write_text(text, encoding="utf-8")
    found = spec.understood(str(tmp_path / "my.yml"), {})
    assert list(found.tables) == list(yaml.safe_load(text)["tables"])
    assert found.currency == "EUR"


def test_the_page_tells_every_key_option_and_function():
    told = set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]*)`", PAGE)) + " ".join(EXAMPLES)))
    known = {*spec.TOP, *spec.TABLE, *spec.JOIN, *spec.UNIQUE, *options.KNOWN, *formula.FUNCTIONS}
    assert known - told == {"read_only"}  # an option of the check that every source is held to anyway
