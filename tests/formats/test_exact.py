"""Exact integers and times from text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterbook.formats.exact import NotANumber, TooLarge, exact_integers
from meterbook.formats.timestamps import NotATime, TimeStyle, parse_times


@given(
    st.lists(st.decimals(-(10**8), 10**8, places=6), min_size=1, max_size=30),
    st.sampled_from([Fraction(1), Fraction(1, 1000), Fraction(1000), Fraction(1, 4), Fraction(-1)]),
)
def test_decimals_times_a_factor_are_exact(values: list[Decimal], factor: Fraction) -> None:
    exact = exact_integers([str(value) for value in values], factor, 0)
    assert [Fraction(value, 10**exact.scale) for value in exact.value.tolist()] == [
        Fraction(value) * factor for value in values
    ]
    assert not exact.noisy.any()
    assert not exact.rounded.any()


@given(st.lists(st.decimals(0, 10**6, places=3), min_size=1, max_size=30))
def test_a_float_that_a_program_wrote_gives_the_decimal_it_stood_for(values: list[Decimal]) -> None:
    noisy = [repr(float(value) + 0.1) for value in values]
    exact = exact_integers(noisy, Fraction(1), 3)
    assert [Decimal(value).scaleb(-exact.scale) for value in exact.value.tolist()] == [
        value + Decimal("0.1") for value in values
    ]


def test_the_scale_is_the_least_that_holds_all() -> None:
    assert exact_integers(["1.50", "2"], Fraction(1), 0).scale == 1
    assert exact_integers(["1.50", "2"], Fraction(1), 0, keep_zeros=True).scale == 2
    assert exact_integers([], Fraction(1), 3).scale == 3


@pytest.mark.parametrize(
    ("text", "value"), [("1e-3", 1), ("+2.5", 2500), ("-.5", -500), ("7.", 7000), ("-0.030", -30), ("1E2", 100000)]
)
def test_usual_spellings_of_numbers_are_read(text: str, value: int) -> None:
    assert exact_integers([text], Fraction(1), 3).value.tolist() == [value]


@pytest.mark.parametrize(
    "text", ["", "x", "1.2.3", "--1", "NaN", "Infinity", "1e999", "1 2", "+", "٣", "0x10", "1_000"]
)
def test_what_is_no_number_is_refused_by_its_place(text: str) -> None:
    with pytest.raises(NotANumber) as caught:
        exact_integers(["1", text], Fraction(1), 3)
    assert caught.value.index == 1


def test_nine_decimals_are_kept_and_more_are_rounded_half_to_even() -> None:
    exact = exact_integers(["0.0000000005", "0.0000000015", "123456789.123456789"], Fraction(1), 3)
    assert exact.value.tolist() == [0, 2, 123456789123456789]
    assert exact.rounded.tolist() == [True, True, False]


def test_what_int64_can_not_hold_is_refused() -> None:
    with pytest.raises(TooLarge):
        exact_integers(["9223372036854775808"], Fraction(1), 0)
    assert exact_integers(["9223372036854775807"], Fraction(1), 0).value.tolist() == [2**63 - 1]


@given(st.lists(st.integers(-(10**9), 4 * 10**9), min_size=1, max_size=20), st.integers(-56, 56))
def test_iso_times_agree_with_the_standard_library_in_bulk_and_singly(times: list[int], quarters: int) -> None:
    zone = timezone(timedelta(minutes=15 * quarters))
    texts = [datetime.fromtimestamp(time, zone).isoformat() for time in times]
    assert parse_times(texts, TimeStyle.ISO).seconds.tolist() == times
    bulk = parse_times(texts * 1001, TimeStyle.ISO)
    assert np.array_equal(bulk.seconds, np.tile(times, 1001))
    assert bool(bulk.absolute.all())


def test_midnight_and_noon_on_a_twelve_hour_clock() -> None:
    texts = ["1/1/1970 12:00 AM", "1/1/1970 12:30 AM", "1/1/1970 12:00 PM", "1/1/1970 11:59 pm"]
    assert parse_times(texts, TimeStyle.US).seconds.tolist() == [0, 1800, 43200, 86340]


@pytest.mark.parametrize("text", ["1/1/2026 13:00 PM", "1/1/2026 0:00 AM", "2/30/2026", "2026-01-01"])
def test_impossible_times_are_refused_by_place(text: str) -> None:
    with pytest.raises(NotATime) as caught:
        parse_times(["1/1/2026", text], TimeStyle.US)
    assert caught.value.index == 1


def test_a_bad_time_is_found_among_many() -> None:
    texts = ["2026-01-01T00:00"] * 5000
    texts[4321] = "2026-13-01T00:00"
    with pytest.raises(NotATime) as caught:
        parse_times(texts, TimeStyle.ISO)
    assert caught.value.index == 4321


def test_epochs_with_parts_of_a_second_are_refused() -> None:
    assert parse_times(["1767225600000"], TimeStyle.EPOCH_MS).seconds.tolist() == [
        int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    ]
    for style, text in ((TimeStyle.EPOCH_MS, "1767225600500"), (TimeStyle.EPOCH_S, "1.5"), (TimeStyle.EPOCH_S, "x")):
        with pytest.raises(NotATime):
            parse_times([text], style)
