"""Answers that break a naive reader, each with what has to come out."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from smarthub_kit import EASTERN, answer, at, entry, hours, meter, parse, series, wall_ms

from meterbook.model.channel import DAY_S, FlowDirection, Quantity
from meterbook.model.errors import PortalChanged, UnitMismatch, UnknownCode
from meterbook.model.quality import Quality
from meterbook.model.units import Unit
from meterbook.portals.smarthub import Frame, Usage
from meterbook.portals.smarthub.adapter import Pending, english_date, read_poll

DAY = "2026-06-20T00:00:00-04:00"
XS = hours(DAY, 24)


def flat(xs: list[int], y: float | None = 0.25) -> list[tuple[int, float | None]]:
    return [(x, y) for x in xs]


def names(usage: Usage) -> list[str]:
    return [one.name for one in usage.findings]


def of(*entries: dict[str, Any], **more: Any) -> Usage:
    return parse(answer(*entries), **more)


# -- shape ------------------------------------------------------------------------------------------------------------


def test_an_object_in_place_of_a_list_and_no_envelope_are_read() -> None:
    one = entry(series(flat(XS)))
    for body in ({"ELECTRIC": one}, {"ELECTRIC": [one]}, {"status": "COMPLETE", "data": {"ELECTRIC": one}}):
        assert len(parse(json.dumps(body).encode()).series[0]) == 24


def test_other_industries_in_the_answer_are_not_taken() -> None:
    body = {"status": "COMPLETE", "data": {"WATER": [entry(series(flat(XS)), unitOfMeasure="GAL")], "ELECTRIC": None}}
    assert parse(json.dumps(body).encode()).series == ()


def test_words_for_waiting_and_failing_are_told_apart() -> None:
    assert read_poll(b'{"status":"PENDING"}', "ELECTRIC") is Pending.WAIT
    for word in ("FAILED", "ERROR", "SOMETHING_NEW"):
        assert read_poll(json.dumps({"status": word}).encode(), "ELECTRIC") is Pending.FAILED


def test_complete_without_data_is_empty() -> None:
    assert read_poll(b'{"status":"COMPLETE"}', "ELECTRIC") == []
    assert read_poll(b'{"status":"COMPLETE","data":null}', "ELECTRIC") == []


def test_truncated_json_is_not_mistaken_for_another_shape() -> None:
    with pytest.raises(msgspec.DecodeError) as caught:
        parse(answer(entry(series(flat(XS))))[:-40])
    assert not isinstance(caught.value, msgspec.ValidationError)


@pytest.mark.parametrize("body", [b"[]", b'"COMPLETE"', b'{"status":"COMPLETE","data":[1]}', b'{"status":{"a":1}}'])
def test_another_shape_is_our_bug_not_the_members(body: bytes) -> None:
    with pytest.raises(PortalChanged) as caught:
        parse(body)
    assert "password is fine" in str(caught.value.hint)


def test_numbers_sent_as_text_are_read() -> None:
    body = answer(entry(series(flat(XS)))).decode().replace('"y": 0.25', '"y": "0.25"').encode()
    assert int(parse(body).series[0].value.sum()) == 6000


def test_numbers_in_place_of_identifiers_are_text() -> None:
    one = series(flat(XS), name=21345678, meterNumber=21345678)
    usage = of(entry(one, meters=[meter(meterNumber=21345678, seriesId=21345678, channel="1")]))
    assert (usage.series[0].channel.meter, usage.series[0].channel.register) == ("21345678", "1")


def test_a_blank_meter_number_is_tolerated() -> None:
    usage = of(entry(series(flat(XS), name=" ", meterNumber=" "), meters=[meter(meterNumber=" ", seriesId=" ")]))
    assert usage.series[0].channel.meter == ""
    assert usage.meters == ()


def test_a_location_that_was_not_asked_for_is_not_mixed_in() -> None:
    usage = of(entry(series(flat(XS)), serviceLocationNumber="99999"))
    assert usage.series == ()
    assert names(usage) == ["shape.other-location"]


def test_entries_of_an_unknown_kind_are_left_out_by_name() -> None:
    usage = of(entry(series(flat(XS)), type="CARBON"), entry(series(flat(XS))))
    assert len(usage.series) == 1
    assert names(usage) == ["shape.unknown-entry"]


def test_points_in_the_entry_itself_are_read() -> None:
    one = entry(unitOfMeasure="GAL", meters=[], data=[{"x": x, "y": 3} for x in XS])
    usage = parse(answer(one, industry="WATER"), industry="WATER")
    assert (usage.series[0].channel.unit, int(usage.series[0].value.sum())) == (Unit.GALLON, 72)


def test_a_month_in_place_of_series_is_a_monthly_reading() -> None:
    one = {"current": {"month": 6, "year": 2026, "usage": 4.2, "unitsOfMeasure": ["KGAL"]}}
    usage = parse(answer(one, industry="WATER"), industry="WATER", frame=Frame.MONTHLY)
    (month,) = usage.series
    assert (month.start.tolist(), month.value.tolist()) == ([at("2026-06-01T00:00:00-04:00")], [4200])
    assert names(parse(answer(one, industry="WATER"), industry="WATER")) == ["shape.month-only"]


def test_points_outside_what_was_asked_are_left_out() -> None:
    start = at(DAY)
    usage = of(entry(series(flat(XS))), start=start + 3600, end=start + 7200)
    assert usage.series[0].start.tolist() == [start + 3600]


def test_series_and_meters_are_joined_by_name_not_by_place() -> None:
    out = series(flat(XS, -1.0), name="M1 - Generation", channel=2)
    into = series(flat(XS), name="M1 - Consumption")
    meters = [
        meter(seriesId="M1 - Consumption"),
        meter(seriesId="M1 - Generation", channel=2, flowDirection="REVERSE"),
    ]
    received, delivered = of(entry(out, into, meters=meters)).series
    assert (received.channel.flow, received.value[0]) == (FlowDirection.RECEIVED, 1000)
    assert (delivered.channel.flow, delivered.value[0]) == (FlowDirection.DELIVERED, 250)


def test_without_a_series_id_number_and_channel_join() -> None:
    two = meter(channel=2, flowDirection="RETURN")
    del two["seriesId"]
    usage = of(entry(series(flat(XS), name="whatever", channel=2), meters=[two]))
    assert usage.series[0].channel.flow is FlowDirection.RECEIVED


def test_series_that_only_their_name_tells_apart_stay_apart() -> None:
    usage = of(entry(series(flat(XS), name="a"), series(flat(XS, 1.0), name="b"), meters=[]))
    assert [one.channel.register for one in usage.series] == ["1", "1:b"]
    assert names(usage) == ["shape.same-register"]


def test_series_of_two_entries_of_one_kind_stay_apart_too() -> None:
    usage = of(entry(series(flat(XS), name="a"), meters=[]), entry(series(flat(XS, 1.0), name="b"), meters=[]))
    assert [one.channel.register for one in usage.series] == ["1", "1:b"]


# -- codes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "flow"),
    [
        ("FORWARD", FlowDirection.DELIVERED),
        ("TOTAL", FlowDirection.DELIVERED),
        (None, FlowDirection.DELIVERED),
        ("REVERSE", FlowDirection.RECEIVED),
        ("RETURN", FlowDirection.RECEIVED),
        ("NET", FlowDirection.NET),
    ],
)
def test_directions(code: str | None, flow: FlowDirection) -> None:
    usage = of(entry(series(flat(XS)), meters=[meter(flowDirection=code)]))
    assert usage.series[0].channel.flow is flow


def test_an_unknown_direction_is_refused_by_name() -> None:
    with pytest.raises(UnknownCode, match="SIDEWAYS"):
        of(entry(series(flat(XS)), meters=[meter(flowDirection="SIDEWAYS")]))


@pytest.mark.parametrize("unit", ["FURLONG", ""])
def test_an_unknown_or_absent_unit_is_refused(unit: str) -> None:
    with pytest.raises(UnknownCode):
        of(entry(series(flat(XS)), meters=[meter(unitOfMeasure=unit)], unitOfMeasure=unit))


def test_usage_in_a_unit_of_power_is_refused() -> None:
    with pytest.raises(UnitMismatch):
        of(entry(series(flat(XS)), meters=[meter(unitOfMeasure="KW")]))


def test_an_unknown_industry_is_refused() -> None:
    with pytest.raises(UnknownCode, match="SEWER"):
        parse(answer(industry="SEWER"), industry="SEWER")


@pytest.mark.parametrize("unit", ["DOLLARS", "USD", "$", "", None, "KWH"])
def test_cost_is_dollars_whatever_the_meters_unit(unit: str | None) -> None:
    usage = of(entry(series(flat(XS, 0.0179)), type="COST", unitOfMeasure=unit))
    (cost,) = usage.series
    assert (cost.channel.quantity, cost.channel.unit) == (Quantity.COST, Unit.DOLLAR)
    assert (cost.scale, int(cost.value[0])) == (4, 179)


def test_cost_in_an_unknown_unit_is_left_out_and_usage_kept() -> None:
    usage = of(entry(series(flat(XS)), type="COST", unitOfMeasure="BANANAS"), entry(series(flat(XS))))
    assert [one.channel.quantity for one in usage.series] == [Quantity.USAGE]
    assert names(usage) == ["shape.unknown-cost-unit"]


def test_cost_shorter_than_usage_is_matched_by_time() -> None:
    usage = of(entry(series(flat(XS[3:20], 0.03)), type="COST"), entry(series(flat(XS))))
    energy, cost = usage.series
    assert (len(energy), len(cost)) == (24, 17)
    assert int(cost.start[0]) == int(energy.start[3])


def test_a_credit_on_a_net_meter_stays_negative() -> None:
    net = [meter(flowDirection="NET")]
    usage = of(entry(series(flat(XS, -0.4)), meters=net), entry(series(flat(XS, -0.05)), meters=net, type="COST"))
    energy, cost = usage.series
    assert (int(energy.value[0]), int(cost.value[0])) == (-400, -5)
    assert energy.channel.flow is cost.channel.flow is FlowDirection.NET


def test_negative_readings_on_a_forward_register_make_it_net_and_its_cost_too() -> None:
    mixed = [(x, -0.5 if index % 2 else 0.5) for index, x in enumerate(XS)]
    usage = of(entry(series(flat(XS, 0.1)), type="COST"), entry(series(mixed)))
    energy, cost = usage.series
    assert energy.channel.flow is cost.channel.flow is FlowDirection.NET
    assert energy.value[:2].tolist() == [500, -500]
    assert names(usage) == ["flow.forward-negative"]
    (found,) = usage.findings
    assert (found.start, found.end) == (at(DAY) + 3600, at(DAY) + 24 * 3600)
    assert (found.data["meter"], found.data["register"], found.data["points"]) == ("M1", "1", 12)


def test_a_forward_register_beside_a_net_one_of_the_same_number_stays_as_it_was_sent() -> None:
    both = [meter(seriesId="M1 - Consumption"), meter(seriesId="M1 - Net", flowDirection="NET")]
    usage = of(entry(series(flat(XS, -0.1), name="M1 - Consumption"), series(flat(XS), name="M1 - Net"), meters=both))
    assert [one.channel.flow for one in usage.series] == [FlowDirection.DELIVERED, FlowDirection.NET]


def test_a_daily_finding_ends_with_the_day_though_it_has_23_hours() -> None:
    usage = of(entry(series([(wall_ms(at("2026-03-08T05:00:00-04:00"), EASTERN), 20.0)])), frame=Frame.DAILY)
    (found,) = usage.findings
    assert found.name == "time.not-midnight"
    assert (found.start, found.end) == (at("2026-03-08T00:00:00-05:00"), at("2026-03-09T00:00:00-04:00"))


# -- time -------------------------------------------------------------------------------------------------------------


def test_fifteen_minutes_interleaved_in_the_repeated_hour_are_put_in_order() -> None:
    start = at("2026-11-01T00:00:00-04:00")
    truth = [start + 900 * quarter for quarter in range(100)]
    points = sorted(((wall_ms(instant, EASTERN), float(index)) for index, instant in enumerate(truth)))
    (one,) = of(entry(series(points))).series
    assert one.start.tolist() == truth
    assert one.value.tolist() == [1000 * index for index in range(100)]


def test_nulls_in_the_repeated_hour_still_tell_its_halves_apart() -> None:
    start = at("2026-11-01T00:00:00-04:00")
    truth = [start + 3600 * hour for hour in range(25)]
    points = [(wall_ms(instant, EASTERN), None if hour == 1 else 1.0) for hour, instant in enumerate(truth)]
    usage = of(entry(series(points)))
    (one,) = usage.series
    assert one.start.tolist() == [instant for hour, instant in enumerate(truth) if hour != 1]
    assert set(one.quality.tolist()) == {Quality.ACTUAL}


def test_a_third_point_at_a_repeated_time_is_dropped_and_said() -> None:
    xs = hours("2026-11-01T00:00:00-04:00", 25)
    usage = of(entry(series(sorted([*flat(xs), (xs[1], 9.0)]))))
    (one,) = usage.series
    assert len(one) == 25
    assert "time.autumn-surplus" in names(usage)


def test_a_phantom_with_energy_is_added_to_the_hour_it_denotes() -> None:
    xs = hours("2026-03-08T00:00:00-05:00", 23)
    phantom = xs[1] + 3_600_000  # 02:00, which the wall never showed
    usage = of(entry(series(sorted([*flat(xs, 1.0), (phantom, 0.5)]))))
    (one,) = usage.series
    assert (len(one), one.value[:4].tolist()) == (23, [1000, 1000, 1500, 1000])
    assert one.quality[:4].tolist() == [Quality.ACTUAL, Quality.ACTUAL, Quality.EDITED, Quality.ACTUAL]
    assert names(usage) == ["time.spring-phantom"]
    (found,) = usage.findings
    assert (found.start, found.end) == (at("2026-03-08T03:00:00-04:00"), at("2026-03-08T04:00:00-04:00"))
    assert found.data == {
        "service_location": "70010", "meter": "M1", "register": "1", "quantity": "usage", "points": 1, "moved": 1,
    }  # fmt: skip


def test_a_phantom_equal_to_its_neighbour_is_still_added() -> None:
    xs = hours("2026-03-08T00:00:00-05:00", 23)
    (one,) = of(entry(series(sorted([*flat(xs, 1.0), (xs[1] + 3_600_000, 1.0)])))).series
    assert one.value[:4].tolist() == [1000, 1000, 2000, 1000]


def test_a_phantom_zero_that_stands_for_the_hour_after_is_a_reading() -> None:
    xs = hours("2026-03-08T00:00:00-05:00", 23)
    named_wrong = [*xs[:2], xs[1] + 3_600_000, *xs[3:]]  # 03:00 sent as 02:00
    points = [(x, 0.0 if index == 2 else 1.0) for index, x in enumerate(named_wrong)]
    usage = of(entry(series(points)))
    assert usage.series[0].value[:4].tolist() == [1000, 1000, 0, 1000]
    assert len(usage.series[0]) == 23


def test_days_across_both_nights_begin_at_local_midnight() -> None:
    for first, second in (("2026-03-08T00:00:00-05:00", 82_800), ("2026-11-01T00:00:00-04:00", 90_000)):
        start = at(first)
        xs = [wall_ms(instant, EASTERN) for instant in (start, start + second)]
        (one,) = of(entry(series(flat(xs, 20.5)), timeFrame="DAILY"), frame=Frame.DAILY).series
        assert one.start.tolist() == [start, start + second]
        assert one.channel.interval_s == DAY_S


def test_a_daily_point_off_midnight_is_moved_there_and_said() -> None:
    usage = of(entry(series([(XS[0] + 14_400_000, 20.0)])), frame=Frame.DAILY)
    assert usage.series[0].start.tolist() == [at(DAY)]
    assert names(usage) == ["time.not-midnight"]


def test_newest_first_is_read_as_well() -> None:
    truth = [at("2026-11-01T00:00:00-04:00") + 900 * quarter for quarter in range(100)]
    points = [(wall_ms(instant, EASTERN), float(index)) for index, instant in enumerate(truth)]
    (one,) = of(entry(series(points[::-1]))).series
    assert one.start.tolist() == truth
    assert one.value.tolist() == [1000 * index for index in range(100)]


# -- steps ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step_s", [300, 900, 1800, 3600])
def test_the_step_is_the_meters_own(step_s: int) -> None:
    (one,) = of(entry(series(flat(hours(DAY, 40, step_s=step_s))))).series
    assert one.channel.interval_s == step_s


def test_a_single_point_has_the_charts_step() -> None:
    usage = of(entry(series(flat(XS[:1])), step_s=900))
    assert usage.series[0].channel.interval_s == 900


def test_a_single_point_of_unknown_length_is_left_out_and_said() -> None:
    usage = of(entry(series(flat(XS[:1]))))
    assert usage.series == ()
    assert names(usage) == ["shape.step-unknown"]


def test_a_gap_between_the_first_two_points_is_no_step() -> None:
    xs = hours(DAY, 96, step_s=900)
    (one,) = of(entry(series(flat([xs[0], *xs[20:]])))).series
    assert (one.channel.interval_s, len(one)) == (900, 77)


def test_few_points_with_gaps_have_the_charts_step() -> None:
    xs = hours(DAY, 96, step_s=900)
    (one,) = of(entry(series(flat([xs[0], xs[2], xs[4], xs[6], xs[8]])), step_s=900)).series
    assert one.channel.interval_s == 900


def test_an_hourly_meter_on_the_chart_of_a_finer_one_stays_hourly() -> None:
    fine = series(flat(hours(DAY, 96, step_s=900)))
    coarse = series(flat([XS[0], XS[1], XS[4], XS[5]]), name="M2", meterNumber="M2")
    both = of(entry(fine, coarse, meters=[meter(), meter(meterNumber="M2", seriesId="M2")], step_s=900))
    assert [one.channel.interval_s for one in both.series] == [900, 3600]


def test_a_step_that_changes_within_the_answer_makes_two_channels() -> None:
    hourly = hours(DAY, 30)
    quarters = hours("2026-06-21T06:00:00-04:00", 100, step_s=900)
    del hourly[20:23]  # a gap does not break the stretch
    usage = of(entry(series(flat([*hourly, *quarters]))))
    fine, coarse = usage.series
    assert (fine.channel.interval_s, len(fine)) == (900, 100)
    assert (coarse.channel.interval_s, len(coarse)) == (3600, 27)
    assert int(coarse.start[-1]) + 3600 == int(fine.start[0])
    assert names(usage) == ["shape.mixed-steps"]


def test_an_empty_stray_point_is_dropped_and_one_with_energy_kept() -> None:
    stray = XS[5] + 44 * 60_000
    for y, count in ((0.0, 24), (0.1, 25)):
        usage = of(entry(series(sorted([*flat(XS), (stray, y)]))))
        assert len(usage.series[0]) == count
        assert names(usage) == ["shape.off-grid"]


def test_every_point_twice_is_every_point_once() -> None:
    usage = of(entry(series([point for point in flat(XS) for _ in (0, 1)])))
    assert (len(usage.series[0]), int(usage.series[0].value.sum())) == (24, 6000)
    assert names(usage) == ["shape.repeated-point"]


def test_two_different_parts_of_one_interval_are_added() -> None:
    usage = of(entry(series(sorted([*flat(XS), (XS[7], 0.5)]))))
    assert int(usage.series[0].value[7]) == 750
    assert names(usage) == ["shape.partial-points"]


def test_two_meters_with_one_reading_each_are_no_exchange() -> None:
    two = [series([(XS[0], y)], name=name, meterNumber=name) for name, y in (("A", 20.0), ("B", 0.0))]
    usage = of(entry(*two, meters=[meter(seriesId=name, meterNumber=name) for name in "AB"]), frame=Frame.MONTHLY)
    assert [one.number for one in usage.meters] == ["A", "B"]
    assert names(usage) == []


def test_an_exchange_with_hours_missing_between_is_one() -> None:
    old, new = (series(flat(xs), name=name, meterNumber=name) for name, xs in (("A", XS[:8]), ("B", XS[13:])))
    usage = of(entry(new, old, meters=[meter(seriesId=name, meterNumber=name) for name in "AB"]))
    assert names(usage) == ["meter.exchange"]
    assert usage.findings[0].data == {"service_location": "70010", "old": "A", "new": "B", "day": DAY[:10]}


# -- zeros, marks, digits ---------------------------------------------------------------------------------------------


def two_days(second: float, first: float = 1.0) -> dict[str, Any]:
    xs = hours(DAY, 48)
    return entry(series([*flat(xs[:24], first), *flat(xs[24:], second)]))


def test_a_newest_day_of_zeros_is_not_posted_yet() -> None:
    usage = of(two_days(0.0), now=at("2026-06-22T06:00:00-04:00"))
    assert len(usage.series[0]) == 24
    assert names(usage) == ["shape.not-posted"]


def test_two_newest_days_of_zeros_are_not_posted_yet_and_five_are_an_empty_house() -> None:
    for days, kept in ((2, 24), (5, 144)):
        xs = hours(DAY, 24 * (days + 1))
        usage = of(entry(series([*flat(xs[:24]), *flat(xs[24:], 0.0)])), now=at(f"2026-06-{21 + days}T06:00:00-04:00"))
        assert len(usage.series[0]) == kept


def test_a_day_that_ends_in_zeros_is_not_cut() -> None:
    xs = hours(DAY, 24)
    usage = of(entry(series([*flat(xs[:9]), *flat(xs[9:], 0.0)])), now=at("2026-06-21T06:00:00-04:00"))
    assert len(usage.series[0]) == 24


def test_zeros_stay_where_they_can_be_true() -> None:
    soon = at("2026-06-22T06:00:00-04:00")
    assert len(of(two_days(0.0), now=at("2026-07-22T06:00:00-04:00")).series[0]) == 48  # long ago
    assert len(of(two_days(0.0, 0.0), now=soon).series[0]) == 48  # an empty house
    assert len(of(two_days(0.0), now=None).series[0]) == 48
    xs = hours(DAY, 49)
    followed = entry(series([*flat(xs[:24]), *flat(xs[24:48], 0.0), (xs[48], 0.1)]))
    assert len(of(followed, now=soon).series[0]) == 49


def test_a_solar_day_without_export_is_a_day() -> None:
    xs = hours(DAY, 48)
    into = series(flat(xs), name="in")
    out = series([*flat(xs[:24], -1.0), *flat(xs[24:], 0.0)], name="out", channel=2)
    meters = [meter(seriesId="in"), meter(seriesId="out", channel=2, flowDirection="REVERSE")]
    usage = of(entry(into, out, meters=meters), now=at("2026-06-22T06:00:00-04:00"))
    assert [len(one) for one in usage.series] == [48, 48]


def test_the_portals_marks_are_kept_where_their_shape_is_known() -> None:
    marked = {
        "estimatedSeries": {"M1": {"data": [{"x": XS[2], "y": 0.25}]}},
        "editedSeries": {"M1": [{"x": XS[4], "y": 0.25}]},
    }
    (one,) = of(entry(series(flat(XS)), **marked)).series
    assert one.quality[:6].tolist() == [0, 0, Quality.ESTIMATED, 0, Quality.EDITED, 0]


def test_marks_of_an_unknown_shape_are_said() -> None:
    usage = of(entry(series(flat(XS)), estimatedSeries={"M1": True}))
    assert names(usage) == ["shape.unread-marks"]


@pytest.mark.parametrize(
    ("unit", "y", "value", "scale"),
    [
        ("KWH", 0.29, 290, 3),  # int(0.29 * 1000) is 289
        ("KWH", 57.029999999999994, 57_030, 3),
        ("KWH", 0.1234, 1234, 4),
        ("WH", 152, 152, 3),
        ("MWH", 0.0015, 1500, 3),
    ],
)
def test_digits_are_kept_exactly(unit: str, y: float, value: int, scale: int) -> None:
    (one,) = of(entry(series(flat(XS, y)), meters=[meter(unitOfMeasure=unit)])).series
    assert (one.scale, set(one.value.tolist())) == (scale, {value})


@pytest.mark.parametrize(
    ("unit", "y", "value", "scale"), [("KGAL", 1.234, 1234, 0), ("CCF", 0.05, 5, 0), ("CCF", 0.0512, 512, 2)]
)
def test_water_volumes_are_converted_exactly(unit: str, y: float, value: int, scale: int) -> None:
    body = answer(entry(series(flat(XS, y)), meters=[meter(unitOfMeasure=unit)]), industry="WATER")
    (one,) = parse(body, industry="WATER").series
    assert (one.scale, set(one.value.tolist())) == (scale, {value})


@pytest.mark.parametrize("words", ["August 28, 2026", "august 28 2026"])
def test_an_english_date_is_read_on_any_computer(words: str) -> None:
    day = english_date(words)
    assert day is not None
    assert day.isoformat() == "2026-08-28"


@pytest.mark.parametrize("words", [None, "", "28.08.2026", "August 31", "Smarch 1, 2026", "February 30, 2026"])
def test_what_is_no_english_date_is_none(words: str | None) -> None:
    assert english_date(words) is None
