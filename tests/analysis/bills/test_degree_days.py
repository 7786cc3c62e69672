"""Degree days and the robust fit behind unusual bills, against values worked out apart from them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterbook.analysis.bills.checks.robust import huber, spread
from meterbook.analysis.bills.degree_days import degree_days, degree_days_of_mean

DAY = st.tuples(st.integers(-30, 110), st.integers(0, 40)).map(lambda pair: (float(pair[0]), float(sum(pair))))


def test_a_mild_month_has_both_which_its_mean_does_not_show() -> None:
    lows, highs = [40.0, 70.0], [60.0, 90.0]
    assert degree_days(lows, highs) == (15.0, 15.0)
    assert degree_days_of_mean(55.0, 75.0, 2) == (0.0, 0.0)


def test_days_without_a_high_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        degree_days([40.0, 41.0], [60.0])


@given(st.lists(DAY, max_size=40), st.sampled_from([55.0, 60.0, 65.0, 70.0]))
def test_heating_less_cooling_is_the_base_less_the_mean_of_all_days(
    days: list[tuple[float, float]], base: float
) -> None:
    found = degree_days([low for low, _ in days], [high for _, high in days], base)
    means = [(low + high) / 2 for low, high in days]
    assert found.heating >= 0
    assert found.cooling >= 0
    assert found.heating - found.cooling == pytest.approx(sum(base - one for one in means))


def test_a_few_odd_bills_do_not_bend_the_fit() -> None:
    dice = np.random.default_rng(1)
    cold = dice.uniform(0, 30, 24)
    use = 12 + 1.5 * cold + dice.normal(0, 0.5, 24)
    use[[3, 17]] *= 6
    columns = np.column_stack([np.ones(24), cold])
    found = huber(columns, use)
    plain = np.linalg.lstsq(columns, use, rcond=None)[0]
    assert found == pytest.approx([12, 1.5], rel=0.08)
    assert abs(plain[0] - 12) > 3 * abs(found[0] - 12)
    assert spread(use - columns @ found) < 1.0


@pytest.mark.parametrize("count", [1, 2, 9, 10])
def test_the_spread_is_the_median_deviation(count: int) -> None:
    values = np.random.default_rng(count).normal(0, 3, count)
    assert spread(values) == pytest.approx(1.4826 * float(np.median(np.abs(values))))


def test_a_past_without_any_cold_still_gives_a_fit() -> None:
    columns = np.column_stack([np.ones(12), np.zeros(12)])
    assert huber(columns, np.full(12, 20.0)) == pytest.approx([20.0, 0.0])
