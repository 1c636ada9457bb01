"""Profiles: what was kept comes back unchanged, and what does not fit is refused in words."""

import json
from typing import NamedTuple

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_analysis.display import kept
from crm_analysis.methods import profiles, rfm


class Inner(NamedTuple):
    share: float
    name: str


class Learned(NamedTuple):
    cuts: tuple
    shares: dict
    n: int
    exact: float
    known: bool
    inner: Inner
    pairs: tuple[tuple[str, float], ...] = ()
    maybe: float | None = None


def written(folder, **learned):
    path = folder / "profile.json"
    path.write_text(json.dumps({"profiles": kept.show(**learned).profiles}), encoding="utf-8")
    return path


numbers = st.floats(allow_nan=False, allow_infinity=False)
learned = st.builds(
    Learned, st.lists(numbers).map(tuple), st.dictionaries(st.text(), numbers), st.integers(), numbers, st.booleans(),
    st.builds(Inner, numbers, st.text()), st.lists(st.tuples(st.text(), numbers)).map(tuple), st.none() | numbers,
)  # fmt: skip


@given(learned)
def test_whatever_is_kept_comes_back_unchanged(tmp_path_factory, profile):
    path = written(tmp_path_factory.getbasetemp(), it=profile)
    back = profiles.read(path, "it", Learned)
    assert back == profile
    assert isinstance(back.inner, Inner)


def test_a_read_profile_scores_as_the_learned_one(tmp_path):
    base = pd.DataFrame(
        {"recency_days": [3, 40, 41, 400], "orders": [9, 2, 3, 1], "revenue": [500.0, 60.0, 61.0, 20.0]}
    )
    learned = rfm.learn(base, levels=(2, 3, 4))
    back = profiles.read(str(written(tmp_path, rfm=learned)), "rfm", rfm.Profile)
    assert back == learned
    pd.testing.assert_frame_equal(rfm.score(base, back), rfm.score(base, learned))


def test_without_a_path_or_a_name_there_is_nothing_to_read(tmp_path):
    assert profiles.read("", "rfm", rfm.Profile) is None
    assert profiles.read(written(tmp_path, tiers=Inner(0.1, "x")), "rfm", rfm.Profile) is None


GOOD = {"cuts": [1.0], "shares": {}, "n": 1, "exact": 1, "known": True, "inner": {"share": 0.5, "name": "a"}}


def test_a_whole_number_is_a_number_and_defaults_may_be_absent(tmp_path):
    path = tmp_path / "p.json"
    path.write_text(json.dumps({"profiles": {"it": GOOD}}))
    assert profiles.read(path, "it", Learned) == Learned((1.0,), {}, 1, 1, True, Inner(0.5, "a"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "p.json cannot be read"),
        ("{", "p.json is no JSON file"),
        ("[]", "holds no profiles"),
        ('{"profiles": []}', "holds no profiles"),
        ('{"profiles": {"it": 5}}', "p.json: it is no mapping of fields"),
        (GOOD | {"n": True}, "p.json: it.n is True, not a int"),
        (GOOD | {"n": 1.5}, "it.n is 1.5, not a int"),
        (GOOD | {"cuts": "abc"}, "it.cuts is 'abc', not a tuple"),
        (GOOD | {"cats": 1}, "it has cats, so it is of another version"),
        ({k: v for k, v in GOOD.items() if k != "inner"}, "it lacks inner"),
        (GOOD | {"inner": {"share": "much", "name": "a"}}, "it.inner.share is 'much', not a float"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_remedy(tmp_path, text, says):
    path = tmp_path / "p.json"
    if text is not None:
        path.write_text(text if isinstance(text, str) else json.dumps({"profiles": {"it": text}}))
    with pytest.raises(ValueError, match=says) as error:
        profiles.read(path, "it", Learned)
    assert "leave it empty to learn afresh" in str(error.value)
