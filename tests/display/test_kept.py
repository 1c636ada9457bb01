"""What a notebook keeps: plain JSON, one line for the eye, and nothing that would come back as something else."""

import json
from typing import NamedTuple

import numpy as np
import pytest

from crm_analysis.display import kept


class Learned(NamedTuple):
    cuts: tuple
    name: str = "x"


def test_it_emits_json_by_name_and_one_line():
    made = kept.show(rfm=Learned((1.5, np.float64(2.5), np.int64(3))), tiers=Learned((), "<b>"))
    data = made._repr_mimebundle_()
    assert data[kept.MIME] == {
        "profiles": {"rfm": {"cuts": [1.5, 2.5, 3], "name": "x"}, "tiers": {"cuts": [], "name": "<b>"}}
    }
    assert json.loads(json.dumps(data[kept.MIME], allow_nan=False)) == data[kept.MIME]
    assert data["text/plain"] == repr(made) == "Kept in profile.json for later runs: rfm and tiers."
    assert data["text/html"] == f"<p>{repr(made)}</p>"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (float("nan"), "rfm.cuts holds nan"),
        ((1.0, float("inf")), "rfm.cuts holds inf"),
        ([1, 2], "rfm.cuts holds a list"),
        (np.array([1.0]), "rfm.cuts holds a ndarray"),
        ({1: "a"}, "rfm.cuts holds a dict"),
        ({"a": object()}, "rfm.cuts holds a object"),
    ],
)
def test_what_would_come_back_as_something_else_is_refused(value, says):
    with pytest.raises(ValueError, match=says):
        kept.show(rfm=Learned(value))


def test_a_profile_is_a_named_tuple_and_there_is_at_least_one():
    with pytest.raises(ValueError, match="rfm is no NamedTuple but dict"):
        kept.show(rfm={"cuts": 1})
    with pytest.raises(ValueError, match="nothing is given to keep"):
        kept.show()
