"""Each rule finds its fault where it was put, and says nothing of what only looks like one."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from homes import TZ, changed, channel, daily, home, made, moved, net, without

from meterbook.analysis.vee import DEFAULTS, Found, Rule, validate
from meterbook.model.calendar import day_start
from meterbook.model.channel import MONTH_S, FlowDirection, Quantity, ServiceCategory
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.model.units import Unit

DAY = 96
AUTUMN = day_start(date(2025, 11, 2), TZ) + 7200  # 06:00 UTC: the clock goes from 02:00 back to 01:00
SPRING = day_start(date(2026, 3, 8), TZ) + 7200  # 07:00 UTC: 02:00 becomes 03:00


def names(found: tuple[Found, ...]) -> list[str]:
    return [one.finding.name for one in found]


def only(*series: IntervalSeries, rule: Rule) -> Found:
    (found,) = [one for one in validate(series, TZ) if one.finding.name == rule.finding]
    return found


def test_a_sound_home_across_both_changes_of_the_clock_has_no_finding() -> None:
    series = home(days=300)
    assert validate([series, daily(series)], TZ) == ()


@pytest.mark.parametrize("step", [300, 900, 1800, 3600])
def test_a_sound_home_has_no_finding_at_any_interval_length(step: int) -> None:
    series = home(days=100, step=step)
    assert validate([series, daily(series)], TZ) == ()


def test_nothing_that_comes_in_is_changed() -> None:
    series = changed(home(), np.where(np.arange(len(home())) == 5000, 90_000, home().value))
    before = series.start.copy(), series.value.copy(), series.quality.copy()
    assert validate([series], TZ)
    assert all(
        (one == other).all() for one, other in zip(before, (series.start, series.value, series.quality), strict=True)
    )


# -- missing and negative --------------------------------------------------------------------------------------------


def test_gaps_no_more_than_a_day_apart_are_one_finding() -> None:
    series = without(without(home(), 5000, 5003), 4950, 4960)
    found = only(series, rule=Rule.MISSING).finding
    assert dict(found.data) == {"intervals": 13, "gaps": 2}
    assert (found.start, found.end) == (int(home().start[4950]), int(home().start[5003]))


def test_an_hour_missing_at_a_change_of_the_clock_has_a_name_of_its_own() -> None:
    series = home(days=300)
    for at in (AUTUMN, AUTUMN - 3600, SPRING, SPRING - 3600):
        low = int(np.searchsorted(series.start, at))
        found = validate([without(series, low, low + 4)], TZ)
        assert names(found) == ["vee.dst-hole"]
        assert (found[0].finding.start, found[0].finding.end) == (at, at + 3600)


def test_shares_of_time_of_use_periods_miss_no_days() -> None:
    weekdays = daily(home())
    share = replace(weekdays, channel=replace(weekdays.channel, tou_period="ON PEAK"))
    assert validate([without(share, 10, 12)], TZ) == ()
    assert names(validate([without(weekdays, 10, 12)], TZ)) == ["vee.missing"]


def test_negative_use_is_found_unless_it_is_net() -> None:
    value = home().value.copy()
    value[[700, 702]] = -5
    found = only(changed(home(), value), rule=Rule.NEGATIVE).finding
    assert dict(found.data) == {"intervals": 2, "least": "-0.005"}
    assert validate([net(changed(home(), value))], TZ) == ()


# -- spikes ----------------------------------------------------------------------------------------------------------


def test_a_spike_is_found_where_it_is() -> None:
    value = home().value.copy()
    value[6000] = 40_000
    found = only(changed(home(), value), rule=Rule.SPIKE).finding
    assert (found.start, found.end) == (int(home().start[6000]), int(home().start[6001]))
    assert found.data["value"] == "40.000"


def test_several_spikes_do_not_hide_each_other_and_near_ones_are_one() -> None:
    value = home().value.copy()
    value[[5000, 5001, 5500, 9000]] = 40_000
    found = validate([changed(home(), value)], TZ)
    assert names(found) == ["vee.spike"] * 3
    assert [one.finding.data["intervals"] for one in found] == [2, 1, 1]
    assert found[0].finding.end == int(home().start[5002])


def test_spikes_that_a_wrong_multiplier_made_are_not_told_by_themselves() -> None:
    value = home().value.copy()
    value[5000:9000] *= 1000
    assert names(validate([changed(home(), value)], TZ)) == ["vee.multiplier"]


def test_a_water_heater_in_an_empty_home_is_no_spike() -> None:
    # By the trade's check of one day alone (highest against third-highest) every one of these days would fail.
    value = np.full(len(home()), 12) + np.arange(len(home())) % 3
    value[40::DAY] = 1_100  # 4.4 kW for a quarter of an hour
    assert validate([changed(home(), value)], TZ) == ()


def test_a_car_that_charges_from_one_day_on_is_no_spike() -> None:
    value = home().value.copy()
    for day in range(60, 120):
        value[day * DAY + 88 : day * DAY + 96] += 1_800  # 7.2 kW for two hours
    assert validate([changed(home(), value)], TZ) == ()


# -- stuck and without use -------------------------------------------------------------------------------------------


def test_a_stuck_meter_is_found_from_its_first_reading_to_its_last() -> None:
    value = home().value.copy()
    value[5000:5050] = value[5000]
    found = only(changed(home(), value), rule=Rule.STUCK).finding
    assert (found.start, found.end) == (int(home().start[5000]), int(home().start[5050]))


@pytest.mark.parametrize("hours", [1, 2, 5])
def test_equal_readings_for_some_hours_are_no_finding(hours: int) -> None:
    value = home().value.copy()
    value[5000 : 5000 + 4 * hours] = value[5000]
    assert validate([changed(home(), value)], TZ) == ()


def test_coarse_meters_lamps_and_estimates_repeat_by_nature() -> None:
    coarse = changed(home(), home().value // 100 * 100 + 100)  # steps of 0.1 kWh: one, two or three of them
    lamp = changed(home(), np.where(np.arange(len(home())) % DAY < 44, 250, 0))
    steady = changed(home(), np.full(len(home()), 731))
    value = home().value.copy()
    value[5000:5100] = 444
    filled = replace(changed(home(), value), quality=np.where(value == 444, Quality.ESTIMATED, 0).astype(np.int8))
    for series in (coarse, lamp, steady, filled):
        assert "vee.stuck" not in names(validate([series], TZ))


def test_a_meter_that_dies_is_found_and_still_going_on() -> None:
    value = home().value.copy()
    value[-DAY * 9 :] = 0
    found = only(changed(home(), value), rule=Rule.ZERO_RUN).finding
    assert found.data["ongoing"] is True
    assert (found.start, found.end) == (int(home().start[-DAY * 9]), int(home().start[-1]) + 900)


def test_a_meter_whose_other_register_runs_is_alive() -> None:
    value = home().value.copy()
    value[5000:5200] = 0
    dead = changed(home(), value)
    received = replace(home(seed=2), channel=channel(flow=FlowDirection.RECEIVED))
    assert names(validate([dead], TZ)) == ["vee.zero-run"]
    assert validate([dead, received], TZ) == ()


def test_zeros_that_are_usual_are_no_finding() -> None:
    at = np.arange(len(home()))
    sunny = changed(home(), np.where((at % DAY > 36) & (at % DAY < 64), 0, home().value))  # nothing drawn by day
    cabin = changed(home(), np.where(at // DAY % 7 < 5, 0, home().value))  # used at weekends
    gas = replace(changed(home(), np.where(at > 6000, 0, home().value)), channel=channel(category=ServiceCategory.GAS))
    received = replace(sunny, channel=channel(flow=FlowDirection.RECEIVED))
    for series in (sunny, cabin, gas, received):
        assert validate([series], TZ) == ()


def test_a_home_shut_down_each_winter_is_known_by_that() -> None:
    value = home(days=1000).value.copy()
    for first in (100, 465, 830):
        value[first * DAY : (first + 120) * DAY] = 0
    assert "vee.zero-run" not in names(validate([changed(home(days=1000), value)], TZ))


# -- against sums ----------------------------------------------------------------------------------------------------


def test_a_day_that_does_not_add_up_is_found() -> None:
    told = daily(home())
    value = home().value.copy()
    value[50 * DAY + 10] += 500
    found = only(changed(home(), value), told, rule=Rule.DAY_SUM).finding
    assert found.data["difference"] == "-0.500"
    assert found.start == day_start(date(2025, 10, 21), TZ)


def test_daily_readings_that_fit_nowhere_are_one_finding() -> None:
    told = daily(home())
    wrong = changed(told, told.value + np.arange(len(told)) * 37 + 900)
    found = [one.finding for one in validate([home(), wrong], TZ)]
    assert [one.name for one in found] == ["vee.day-sum"]
    assert found[0].data["days"] == 120


def test_days_with_gaps_or_estimates_are_not_held_against_the_daily_reading() -> None:
    told = daily(home())
    series = without(home(), 50 * DAY + 10, 50 * DAY + 14)
    estimated = home().quality.copy()
    estimated[60 * DAY] = Quality.ESTIMATED
    value = home().value.copy()
    value[60 * DAY] += 9000
    assert "vee.day-sum" not in names(validate([series, told], TZ))
    assert validate([replace(changed(home(), value), quality=estimated), told], TZ) == ()


def test_a_month_may_differ_by_the_days_at_its_ends_and_not_by_more() -> None:
    series = home(days=91)
    bounds = [day_start(date(2025, month, 1), TZ) for month in (9, 10, 11, 12)]
    edges = np.searchsorted(series.start, bounds)
    sums = np.add.reduceat(series.value, edges[:-1])
    near, far = sums + 15_000, sums + np.array([0, 200_000, 0])
    month = channel(MONTH_S)
    assert validate([series, made(np.array(bounds[:-1]), near, month)], TZ) == ()
    found = only(series, made(np.array(bounds[:-1]), far, month), rule=Rule.MONTH_SUM).finding
    assert (found.start, found.end, found.data["difference"]) == (bounds[1], bounds[2], "200.000")


# -- multipliers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [2, 10, 40, 80, 1000])
def test_a_multiplier_shows_in_the_steps_between_readings(factor: int) -> None:
    value = home().value.copy()
    value[4000:7000] *= factor
    found = only(changed(home(), value), rule=Rule.MULTIPLIER).finding
    assert found.data["factor"] == str(factor)
    assert abs((found.start or 0) - int(home().start[4000])) <= 4 * 900
    assert abs((found.end or 0) - int(home().start[7000])) <= 4 * 900


@pytest.mark.parametrize(("factor", "told"), [(0.5, "1/2"), (1.5, "1.5"), (1 / 40, "1/40"), (10, "10")])
def test_a_multiplier_shows_in_the_ratio_to_the_daily_readings(factor: float, told: str) -> None:
    series = replace(home(), value=home().value * 1000, scale=6)
    value = series.value.copy()
    value[30 * DAY : 60 * DAY] = np.rint(value[30 * DAY : 60 * DAY] * factor)
    found = [one.finding for one in validate([changed(series, value), daily(home())], TZ, rules=[Rule.MULTIPLIER])]
    against = [one for one in found if one.data["against"] == "daily"]
    assert [(one.data["factor"], one.start) for one in against] == [(told, int(home().start[30 * DAY]))]


def test_a_home_that_fills_up_is_no_multiplier() -> None:
    random = np.random.default_rng(3)
    at = np.arange(len(home()))
    empty = random.integers(8, 30, len(at))
    value = np.where(at < 5000, empty, home().value)
    assert "vee.multiplier" not in names(validate([changed(home(), value)], TZ))


def test_a_meter_that_begins_to_round_more_is_no_multiplier() -> None:
    value = np.where(np.arange(len(home())) < 5000, home().value, home().value // 10 * 10)
    assert "vee.multiplier" not in names(validate([changed(home(), value)], TZ))


# -- clocks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_s", [3600, -3600, 900, -1800, 7200])
def test_a_shifted_clock_shows_against_the_daily_readings(by_s: int) -> None:
    at = int(home().start[40 * DAY])
    found = validate([moved(home(), at, by_s), daily(home())], TZ, rules=[Rule.CLOCK_SHIFT])
    assert {one.finding.data["shift_s"] for one in found} == {by_s}
    assert min(one.finding.start or 0 for one in found) <= at + 2 * 86_400


def test_a_source_that_does_not_follow_the_clock_change_shows_against_the_daily_readings() -> None:
    series = home(days=160)
    late = moved(series, AUTUMN, 3600)
    found = validate([late, daily(series)], TZ, rules=[Rule.CLOCK_SHIFT])
    assert {one.finding.data["shift_s"] for one in found} == {3600}
    assert abs(min(one.finding.start or 0 for one in found) - AUTUMN) < 2 * 86_400


def test_intervals_that_begin_at_other_minutes_are_a_shifted_clock() -> None:
    at = int(home().start[5000])
    found = only(moved(home(), at, 7 * 60), rule=Rule.CLOCK_SHIFT).finding
    assert (found.start, found.data["shift_s"]) == (at + 420, 420)


def test_the_shape_of_a_regular_day_tells_an_hour_without_daily_readings() -> None:
    series = home(days=90, first=date(2025, 5, 1), step=3600)
    regular = changed(
        series,
        series.value // 40 + np.rint(np.interp(np.arange(len(series)) % 24, [6, 8, 17, 20], [100, 900, 700, 120])),
    )
    at = int(series.start[45 * 24])
    found = only(moved(regular, at, 3600), rule=Rule.CLOCK_SHIFT).finding
    assert found.data["shift_s"] == 3600
    assert abs((found.start or 0) - at) <= 3 * 86_400
    assert validate([regular], TZ) == ()


def test_one_meter_that_moves_at_a_change_of_the_clock_is_not_believed_and_two_are() -> None:
    series = home(days=160, step=3600)
    hour = np.arange(len(series)) % 24
    regular = changed(series, series.value // 40 + np.rint(np.interp(hour, [6, 8, 17, 20], [100, 900, 700, 120])))
    other = replace(regular, value=regular.value + hour, channel=channel(3600, meter="4"))
    sunny = replace(regular, channel=channel(3600, meter="5", flow=FlowDirection.RECEIVED))
    assert validate([regular], TZ) == ()  # it keeps to UTC, as a pump on a timer does
    assert names(validate([regular, other], TZ)) == ["vee.clock-shift"] * 2
    assert validate([regular, other, sunny], TZ, rules=[Rule.CLOCK_SHIFT]) == ()


def test_a_repeated_hour_that_was_copied_is_found() -> None:
    series = home()
    at = int(np.searchsorted(series.start, AUTUMN))
    value = series.value.copy()
    value[at : at + 4] = value[at - 4 : at]
    found = only(changed(series, value), rule=Rule.DST_DUPLICATE).finding
    assert (found.start, found.end) == (AUTUMN, AUTUMN + 3600)


def test_a_skipped_hour_filled_with_zeros_is_found() -> None:
    series = home(days=300)
    at = int(np.searchsorted(series.start, SPRING))
    value = series.value.copy()
    value[at : at + 4] = 0
    found = only(changed(series, value), rule=Rule.DST_HOLE).finding
    assert (found.start, found.data["kind"]) == (SPRING, "zero")


# -- overlapping -----------------------------------------------------------------------------------------------------


def test_readings_closer_than_their_interval_overlap() -> None:
    series = home(step=3600)
    start = np.sort(np.concatenate((series.start, series.start[500:510] + 1800)))
    found = only(made(start, np.arange(len(start)) % 97 + 300, series.channel), rule=Rule.OVERLAP).finding
    assert found.data["kind"] == "readings"
    assert found.start == int(series.start[500])


def test_two_interval_lengths_of_one_register_at_the_same_time_overlap() -> None:
    fine, coarse = home(), home(step=3600).clip(int(home().start[4000]), int(home().start[8000]))
    found = only(fine, coarse, rule=Rule.OVERLAP)
    assert (found.channel.interval_s, found.finding.data["kind"]) == (3600, "lengths")
    after = home(step=3600, days=10, first=date(2025, 12, 30))
    assert validate([fine, after], TZ, rules=[Rule.OVERLAP]) == ()  # a step that was changed


def test_two_meters_with_the_very_same_readings_are_one() -> None:
    twin = replace(home().clip(int(home().start[5000]), int(home().start[7000])), channel=channel(meter="4"))
    assert only(home(), twin, rule=Rule.OVERLAP).finding.data["kind"] == "meters"
    assert validate([home(), replace(home(seed=9), channel=channel(meter="4"))], TZ) == ()


# -- all of them -----------------------------------------------------------------------------------------------------


def test_other_quantities_and_short_histories_are_left_alone() -> None:
    cost = replace(home(), channel=channel(quantity=Quantity.COST, unit=Unit.DOLLAR))
    weather = replace(home(), channel=channel(quantity=Quantity.TEMPERATURE_LOW, unit=Unit.FAHRENHEIT))
    value = home().value.copy()
    value[100] = 40_000
    assert validate([changed(cost, -value), weather, changed(home(), value).clip(0, int(home().start[500]))], TZ) == ()


def test_only_the_rules_asked_for_run() -> None:
    value = home().value.copy()
    value[100], value[6000] = -5, 40_000
    assert names(validate([changed(home(), value)], TZ, rules=[Rule.SPIKE])) == ["vee.spike"]


def test_thresholds_are_a_value_that_can_be_changed() -> None:
    value = home().value.copy()
    value[5000:5020] = value[5000]
    strict = replace(DEFAULTS, stuck_s=3600, stuck_readings=4)
    assert validate([changed(home(), value)], TZ) == ()
    assert names(validate([changed(home(), value)], TZ, limits=strict)) == ["vee.stuck"]
