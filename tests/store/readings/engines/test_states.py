"""Partial answers as bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterbook.model.errors import StoreError
from meterbook.store.readings.engines.states import combined, failed, packed, unpacked
from meterbook.store.readings.query.partial import Partial, united

int64 = st.integers(-(2**63), 2**63 - 1)
small = st.integers(-(10**6), 10**6)
NAMES = ("code", "sum", "count", "max", "min", "max_at")


def partials(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[Partial]:
    def made(rows: dict[int, tuple[int, ...]], scale: int, extremes: int) -> Partial:
        columns = np.array([(code, *rows[code]) for code in sorted(rows)], np.int64).reshape(len(rows), 6).T
        return Partial(**dict(zip(NAMES[: 3 + extremes], columns, strict=False)), scale=scale if rows else 0)

    rows = st.dictionaries(st.integers(0, 2**62), st.tuples(*[numbers] * 5), max_size=20)
    return st.builds(made, rows, st.integers(-2, 9), st.sampled_from([0, 1, 3]))


@given(partial=partials(int64))
def test_every_digit_comes_back(partial: Partial) -> None:
    again = unpacked(packed(partial))
    assert again.scale == partial.scale
    for name in NAMES:
        before, after = getattr(partial, name), getattr(again, name)
        assert (before is None or not len(partial)) if after is None else after.tolist() == before.tolist()


@given(parts=st.lists(partials(small), min_size=1, max_size=4))
def test_states_combine_as_what_they_stand_for_does(parts: list[Partial]) -> None:
    parts = [part for part in parts if (part.max is None) == (parts[0].max is None)]
    parts = [part for part in parts if (part.min is None) == (parts[0].min is None)]
    expected = united(parts)
    found = unpacked(combined([packed(part) for part in parts]))
    assert found.code.tolist() == expected.code.tolist()
    assert found.sum.tolist() == expected.sum.tolist()
    assert found.count.tolist() == expected.count.tolist()


def test_a_failure_is_raised_where_the_answer_is_wanted_with_all_that_it_said() -> None:
    state = failed(StoreError("too large", expected="less", hint="Ask for less."))
    with pytest.raises(StoreError, match="too large; expected less") as raised:
        unpacked(combined([packed(unpacked(combined([packed(united([]))]))), state]))
    assert raised.value.hint == "Ask for less."


def test_a_months_quarter_hours_take_a_fraction_of_their_columns() -> None:
    rng = np.random.default_rng(5)
    total = (2_000_000 + 400_000 * np.sin(np.arange(2_976) / 15) + rng.normal(0, 20_000, 2_976)).astype(np.int64)
    partial = Partial(code=np.arange(2_976), sum=total, count=rng.integers(2_140, 2_157, 2_976), scale=3)
    assert len(packed(partial)) < partial.code.nbytes * 3 / 6
