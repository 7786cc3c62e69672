"""Digits, units, money, series, calendar, errors: golden values worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterbook.model.authorization import Authorization, Relation, Scope
from meterbook.model.calendar import interval_ends, zone
from meterbook.model.channel import DAY_S, MONTH_S, Channel
from meterbook.model.digits import decimal_text, integers
from meterbook.model.errors import InputError, MalformedRecord, UnknownCode, Where
from meterbook.model.identity import ExternalId, IdScheme
from meterbook.model.money import dollars
from meterbook.model.series import IntervalSeries
from meterbook.model.units import Unit, source_unit

CHANNEL = Channel(utility="u", account="1", service_location="2", meter="m")


@given(st.lists(st.integers(-(10**8), 10**8), min_size=1, max_size=50), st.integers(0, 6))
def test_decimals_survive_a_json_decoder(whole: list[int], scale: int) -> None:
    floats = np.array([float(Decimal(n).scaleb(-scale)) for n in whole])
    ints, found, inexact = integers(floats, 0)
    assert not inexact.any()
    assert [Decimal(n).scaleb(-found) for n in ints.tolist()] == [Decimal(n).scaleb(-scale) for n in whole]


def test_a_portals_float_noise_is_not_taken_for_digits() -> None:
    ints, scale, inexact = integers(np.array([57.029999999999994, 0.1 + 0.2, 0.29]), 3)
    assert (ints.tolist(), scale, inexact.any()) == ([57030, 300, 290], 3, False)


def test_a_small_value_is_not_taken_for_noise() -> None:
    for text in ("0.000001", "0.000000001", "1.000000001"):
        ints, scale, inexact = integers(np.array([float(text)]), 0)
        assert (Decimal(int(ints[0])).scaleb(-scale), inexact.any()) == (Decimal(text), False)


def test_more_digits_than_the_finest_scale_are_marked() -> None:
    ints, scale, inexact = integers(np.array([0.5, 1 / 3]), 3)
    assert (ints.tolist(), scale, inexact.tolist()) == ([500_000_000, 333_333_333], 9, [False, True])


@given(st.integers(-(10**12), 10**12), st.integers(0, 9))
def test_decimal_text_is_exact(value: int, scale: int) -> None:
    assert Decimal(decimal_text(value, scale)) == Decimal(value).scaleb(-scale)


def test_an_unknown_unit_is_refused_by_name() -> None:
    with pytest.raises(UnknownCode, match="FURLONG"):
        source_unit("FURLONG", Where(source="poll", field="unitOfMeasure"))


def test_hundred_cubic_feet_are_a_hundred() -> None:
    assert (source_unit("CCF", "x").factor, source_unit("CCF", "x").unit) == (Decimal(100), Unit.CUBIC_FOOT)


def test_money_is_taken_as_sent() -> None:
    assert [dollars(118.42), dollars(0.1 + 0.2), dollars(-6.2)] == [
        Decimal("118.42"),
        Decimal("0.30"),
        Decimal("-6.20"),
    ]


def series(starts: list[int], scale: int = 3) -> IntervalSeries:
    return IntervalSeries(
        channel=CHANNEL,
        start=np.array(starts, np.int64),
        value=np.array(starts, np.int64),
        quality=np.zeros(len(starts), np.int8),
        scale=scale,
    )


def test_a_series_that_is_not_sorted_or_not_unique_is_refused() -> None:
    for starts in ([900, 0], [0, 0]):
        with pytest.raises(MalformedRecord):
            series(starts)


def test_refining_keeps_the_value_and_coarsening_is_refused() -> None:
    assert series([1, 2]).rescaled(5).value.tolist() == [100, 200]
    with pytest.raises(ValueError, match="coarser"):
        series([1]).rescaled(2)
    with pytest.raises(ValueError, match="int64"):
        series([2**60]).rescaled(9)


def test_clipping_is_half_open() -> None:
    assert series([0, 900, 1800]).clip(0, 1800).start.tolist() == [0, 900]


def test_calendar_intervals_end_where_the_calendar_says() -> None:
    tz = zone("America/New_York")
    autumn = int(datetime(2026, 11, 1, tzinfo=tz).timestamp())
    assert (interval_ends(np.array([autumn]), DAY_S, tz) - autumn).tolist() == [25 * 3600]
    january = int(datetime(2026, 1, 31, tzinfo=tz).timestamp())
    assert interval_ends(np.array([january]), MONTH_S, tz).tolist() == [
        int(datetime(2026, 2, 28, tzinfo=tz).timestamp())
    ]
    assert interval_ends(np.array([autumn]), 900, tz).tolist() == [autumn + 900]


def test_an_unknown_zone_is_a_clear_error() -> None:
    with pytest.raises(InputError, match="Mars/Olympus"):
        zone("Mars/Olympus")


def test_keys_of_different_channels_never_meet() -> None:
    one = Channel(utility="u", account="1/2", service_location="3", meter="m")
    two = Channel(utility="u", account="1", service_location="2/3", meter="m")
    assert one.key != two.key


def test_an_error_becomes_a_problem_with_all_it_knows() -> None:
    error = UnknownCode(
        "unit 'X' is not known", where=Where(source="a.csv", record=3, field="unit"), expected="kWh", hint="h"
    )
    assert error.to_problem() == {
        "type": "https://meterbook.example/problems/input.unknown-code",
        "title": "unit 'X' is not known",
        "status": 400,
        "code": "input.unknown-code",
        "where": "a.csv, record 3, field unit",
        "expected": "kWh",
        "hint": "h",
    }


def test_an_identifier_holds_from_its_first_day_to_the_day_before_its_end() -> None:
    held = ExternalId(scheme=IdScheme.ESI_ID, value="001", since=date(2025, 1, 1), until=date(2026, 1, 1))
    days = [date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31), date(2026, 1, 1)]
    assert [held.holds_on(day) for day in days] == [False, True, True, False]


def test_a_revoked_grant_no_longer_holds() -> None:
    def at(day: int) -> datetime:
        return datetime(2026, 1, day, tzinfo=UTC)

    grant = Authorization(
        id=1, grantor="m", grantee="c", relation=Relation.CONSULTANT, purpose="p", scopes=frozenset({Scope.USAGE}),
        starts=at(2), ends=at(20), revoked=at(10), accounts=("7",),
    )  # fmt: skip
    assert [grant.holds_at(at(day)) for day in (1, 2, 9, 10)] == [False, True, True, False]
    assert grant.covers("7", Scope.USAGE)
    assert not grant.covers("8", Scope.USAGE)
    assert not grant.covers("7", Scope.BILLS)
