"""Usage polls: the loop, the window, and that what is sent is what the meters measured."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from practice_calls import TODAY, Caller

from meterbook.practice import truth
from meterbook.practice.settings import CostStyle, ExportFlow, GapStyle, SingleFlow, Step, midnight
from meterbook.practice.world import STORIES, Story

Make = Callable[..., Caller]
NEW_YORK = ZoneInfo("America/New_York")
DAY = (midnight(date(2026, 9, 1), NEW_YORK), midnight(date(2026, 9, 4), NEW_YORK))
FALL = (midnight(date(2026, 10, 31), NEW_YORK), midnight(date(2026, 11, 3), NEW_YORK))


def read(points: list[dict[str, Any]], tz: ZoneInfo) -> dict[int, float]:
    """Instants and values of points whose repeated hour comes one after the other: the plain reading of variant a."""
    found: dict[int, float] = {}
    before = None
    for point in points:
        wall = datetime.fromtimestamp(point["x"] / 1000, UTC).replace(tzinfo=tz)
        at = int(wall.timestamp())
        if before is not None and at <= before:
            at = int(wall.replace(fold=1).timestamp())
        assert at not in found
        found[at] = point["y"]
        before = at
    return found


def measured(caller: Caller, start: int, end: int, flow: str = "delivered") -> dict[int, float]:
    account, place = caller.member.contracts[0].number, caller.member.contracts[0].places[0].number
    found = {}
    for series in truth.series(caller.run.portal.settings, account, posted=True):
        channel = series.channel
        if channel.flow == flow and channel.category == "electricity" and channel.service_location == place:
            part = series.clip(start, end)
            found |= dict(zip(part.start.tolist(), (part.value / 10**part.scale).tolist(), strict=True))
    return found


@pytest.mark.parametrize(
    "story", [Story.HOUSEHOLD, Story.TIME_OF_USE, Story.PREPAID, Story.DEMAND, Story.PORTFOLIO, Story.REVISED]
)
def test_what_is_sent_is_what_was_measured(plain: Caller, story: Story) -> None:
    plain.enter(story)
    usage = plain.poll(*FALL)[0]
    assert usage["type"] == "USAGE"
    assert read(usage["series"][0]["data"], NEW_YORK) == measured(plain, *FALL)
    assert len(usage["series"][0]["data"]) == 3 * 96 + 4


def test_solar_sends_three_channels_of_one_meter(plain: Caller) -> None:
    plain.enter(Story.SOLAR)
    usage = plain.poll(*FALL)[0]
    number = plain.member.contracts[0].places[0].devices[0].number
    assert [series["name"] for series in usage["series"]] == [
        f"{number} - Consumption",
        f"{number} - Generation",
        f"{number} - Net",
    ]
    assert [meter["flowDirection"] for meter in usage["meters"]] == ["FORWARD", "RETURN", "NET"]
    assert [series["isNet"] for series in usage["series"]] == [False, False, True]
    assert all(meter["isNetMeter"] for meter in usage["meters"])
    for series, flow in zip(usage["series"], ("delivered", "received", "net"), strict=True):
        assert read(series["data"], NEW_YORK) == measured(plain, *FALL, flow)


@pytest.mark.parametrize(
    ("style", "flows", "sign"),
    [
        (ExportFlow.REVERSE, ["FORWARD", "REVERSE", "NET"], -1),
        (ExportFlow.NET, ["NET"], 0),
        (ExportFlow.FORWARD, ["FORWARD"], 0),
    ],
)
def test_export_is_named_and_signed_as_asked(portal: Make, style: ExportFlow, flows: list[str], sign: int) -> None:
    caller = portal(export_flow=style)
    caller.enter(Story.SOLAR)
    usage = caller.poll(*DAY)[0]
    assert [meter["flowDirection"] for meter in usage["meters"]] == flows
    if sign:
        sent = read(usage["series"][1]["data"], NEW_YORK)
        assert {at: sign * value for at, value in sent.items()} == measured(caller, *DAY, "received")
    else:
        assert read(usage["series"][0]["data"], NEW_YORK) == measured(caller, *DAY, "net")
        assert usage["meters"][0]["isNetMeter"] is (style is ExportFlow.NET)


@pytest.mark.parametrize("style", list(SingleFlow))
def test_a_single_channel_is_named_as_asked(portal: Make, style: SingleFlow) -> None:
    caller = portal(single_flow=style)
    caller.enter(Story.HOUSEHOLD)
    word = caller.poll(*DAY)[0]["meters"][0].get("flowDirection", "none")
    assert word == style.value


def test_a_poll_is_pending_first_and_a_finished_one_is_answered_at_once(portal: Make) -> None:
    caller = portal(pending=2)
    caller.enter(Story.HOUSEHOLD)
    body = caller.body(*DAY)
    statuses = [caller.post("/utility-usage/poll", body).json["status"] for _ in range(4)]
    assert statuses == ["PENDING", "PENDING", "COMPLETE", "COMPLETE"]
    other = body | {"endDateTime": body["endDateTime"] - 1}
    assert caller.post("/utility-usage/poll", other).json["status"] == "PENDING"


def test_digit_strings_and_unknown_keys_ask_the_same(portal: Make) -> None:
    caller = portal()
    caller.enter(Story.HOUSEHOLD)
    body = caller.body(*DAY)
    assert caller.post("/utility-usage/poll", body).json["status"] == "PENDING"
    text = body | {"startDateTime": str(body["startDateTime"]), "endDateTime": str(body["endDateTime"]), "more": [1]}
    reply = caller.post("/utility-usage/poll", text).json
    assert reply["status"] == "COMPLETE"
    assert reply["data"]["ELECTRIC"][0]["baseUsageParameters"]["startDateTime"] == body["startDateTime"]


def test_an_unknown_screen_or_frame_fails(plain: Caller) -> None:
    plain.enter(Story.HOUSEHOLD)
    for more in ({"screen": "MY_USAGE"}, {"timeFrame": "FIFTEEN_MINUTE"}, {"industries": ["CABLE"]}):
        body = plain.body(*DAY) | more
        replies = [plain.post("/utility-usage/poll", body).json for _ in range(2)]
        assert {"status": "FAILED"} in replies


def test_a_body_without_what_it_needs_is_400(plain: Caller) -> None:
    plain.enter(Story.HOUSEHOLD)
    body = plain.body(*DAY)
    del body["accountNumber"]
    assert plain.post("/utility-usage/poll", body).status == 400
    assert plain.post("/utility-usage/poll", [body]).status == 400


def test_windows_are_half_open_and_put_together_they_are_the_whole(plain: Caller) -> None:
    plain.enter(Story.HOUSEHOLD)
    whole = plain.poll(*DAY)[0]["series"][0]["data"]
    middle = DAY[0] + 100_800
    parts = [plain.poll(*window)[0]["series"][0]["data"] for window in ((DAY[0], middle), (middle, DAY[1]))]
    assert parts[0] + parts[1] == whole
    assert whole[0]["x"] == 1788220800000


def test_daily_points_are_local_days_and_hold_their_intervals_sum_on_both_nights(portal: Make) -> None:
    for fall, spring in (("a", "a"), ("b", "b"), ("c", "c"), ("d", "a")):
        caller = portal(fall=fall, spring=spring, cost=CostStyle.ABSENT)
        caller.enter(Story.HOUSEHOLD)
        for day, hours in ((date(2026, 11, 1), 25), (date(2026, 3, 8), 23), (date(2026, 5, 5), 24)):
            start, end = midnight(day, NEW_YORK), midnight(day + timedelta(days=1), NEW_YORK)
            assert end - start == hours * 3600
            entry = caller.poll(start, end, "DAILY")[0]
            (point,) = entry["series"][0]["data"]
            assert datetime.fromtimestamp(point["x"] / 1000, UTC).date() == day
            assert point["y"] == pytest.approx(sum(measured(caller, start, end).values()), abs=1e-9)
            (tick,) = entry["xToOrderedInterval"].values()
            assert tick["interval"]["end"] - tick["interval"]["start"] == 86_400_000


def test_months_are_calendar_months_and_only_the_history_kept(portal: Make) -> None:
    caller = portal(bill_history=5)
    caller.enter(Story.HOUSEHOLD)
    entry = caller.poll(DAY[0] - 900 * 86_400, DAY[1] + 200 * 86_400, "MONTHLY")[0]
    months = [datetime.fromtimestamp(point["x"] / 1000, UTC).date() for point in entry["series"][0]["data"]]
    assert months == [date(2026, month, 1) for month in range(6, 12)]
    september = entry["series"][0]["data"][3]["y"]
    bounds = midnight(date(2026, 9, 1), NEW_YORK), midnight(date(2026, 10, 1), NEW_YORK)
    assert september == pytest.approx(sum(measured(caller, *bounds).values()), abs=1e-9)


def test_a_mechanical_meter_has_months_only(plain: Caller) -> None:
    plain.enter(Story.MECHANICAL)
    for frame in ("HOURLY", "DAILY"):
        entry = plain.poll(*DAY, frame)[0]
        assert (entry["series"], entry["hasHourly"], entry["hasDaily"]) == ([], False, False)
    assert plain.poll(*DAY, "MONTHLY")[0]["series"][0]["data"][0]["y"] > 100


def test_nothing_is_sent_for_the_future_the_far_past_or_another_industry(plain: Caller) -> None:
    plain.enter(Story.HOUSEHOLD)
    assert plain.poll(DAY[0] + 400 * 86_400, DAY[1] + 400 * 86_400) == []
    assert plain.poll(DAY[0] - 2000 * 86_400, DAY[1] - 2000 * 86_400) == []
    assert plain.poll(*DAY, industries=["WATER"]) == []


def test_data_end_at_the_local_midnight_of_today(plain: Caller) -> None:
    plain.enter(Story.HOUSEHOLD)
    end = midnight(TODAY, NEW_YORK)
    points = plain.poll(end - 86_400, end + 86_400)[0]["series"][0]["data"]
    assert len(points) == 96
    assert max(read(points, NEW_YORK)) == end - 900


def test_water_is_daily_gallons_of_two_meters_and_finer_fails(plain: Caller) -> None:
    plain.enter(Story.WATER)
    entry = plain.poll(*DAY, "DAILY", industries=["WATER"])[0]
    assert entry["unitOfMeasure"] == "GAL"
    assert len(entry["series"]) == 2
    assert [len(series["data"]) for series in entry["series"]] == [3, 3]
    assert entry["hasHourly"] is False
    body = plain.body(*DAY, industries=["WATER"])
    assert "FAILED" in {plain.post("/utility-usage/poll", body).json["status"] for _ in range(2)}


def test_demand_comes_when_asked_for_and_daily_demand_is_the_peak(plain: Caller) -> None:
    plain.enter(Story.DEMAND)
    kinds = [entry["type"] for entry in plain.poll(*DAY, includeDemand=True)]
    assert kinds == ["USAGE", "COST", "DEMAND"]
    assert "DEMAND" not in [entry["type"] for entry in plain.poll(*DAY)]
    fine = plain.poll(*DAY, includeDemand=True)
    demand = fine[2]["series"][0]["data"]
    assert fine[2]["unitOfMeasure"] == "KW"
    assert demand[0]["y"] == pytest.approx(4 * fine[0]["series"][0]["data"][0]["y"])
    daily = plain.poll(*DAY, "DAILY", includeDemand=True)[2]["series"][0]["data"]
    assert daily[0]["y"] == max(point["y"] for point in demand[:96])


def test_every_hour_of_a_time_of_use_meter_is_in_one_period(plain: Caller) -> None:
    plain.enter(Story.TIME_OF_USE)
    for frame in ("HOURLY", "DAILY"):
        entries = {entry["type"]: entry for entry in plain.poll(*FALL, frame)}
        periods = entries["TIME_OF_USE"]
        number = plain.member.contracts[0].places[0].devices[0].number
        assert [series["name"] for series in periods["series"]] == [
            f"{number} - {name}" for name in ("Off Peak", "On Peak", "Super Off Pk")
        ]
        assert all("isNet" not in series and series["rateName"] for series in periods["series"])
        usage = entries["USAGE"]["series"][0]["data"]
        shared = list(itertools.chain.from_iterable(series["data"] for series in periods["series"]))
        assert sum(p["y"] for p in shared) == pytest.approx(sum(p["y"] for p in usage))
        if frame == "HOURLY":
            assert sorted((p["x"], p["y"]) for p in shared) == sorted((p["x"], p["y"]) for p in usage)
        assert "baseUsageParameters" not in periods
        assert periods["startDateTime"] == FALL[0] * 1000 - 4 * 3_600_000
        assert entries["USAGE"]["startDateTime"] == FALL[0] * 1000


def test_an_exchanged_meter_has_two_series_that_meet(portal: Make) -> None:
    caller = portal(old_step=Step.SIXTY, stray_point=True)
    caller.enter(Story.EXCHANGE)
    old, new = caller.member.contracts[0].places[0].devices
    entry = caller.poll(old.removed - 86_400, old.removed + 86_400)[0]
    first, second = entry["series"]
    assert (first["meterNumber"], second["meterNumber"]) == (old.number, new.number)
    steps = [series["data"][5]["x"] - series["data"][4]["x"] for series in entry["series"]]
    assert steps == [3_600_000, 900_000]
    minutes = [point["x"] // 60_000 % 60 for point in second["data"]]
    assert 44 in minutes
    assert next(point["y"] for point in second["data"] if point["x"] // 60_000 % 60 == 44) == 0


def test_the_chart_repeats_points_and_the_base_adds_them_up(plain: Caller) -> None:
    plain.enter(Story.SOLAR)
    entry = plain.poll(*FALL)[0]
    for points, series in zip(entry["meterToChartData"].values(), entry["series"], strict=True):
        assert points == series["data"] * 2
    base = {point["x"]: point["y"] for point in entry["baseSeries"]["data"]}
    total: dict[int, float] = {}
    for series in entry["series"]:
        for point in series["data"]:
            total[point["x"]] = total.get(point["x"], 0) + point["y"]
    assert base == pytest.approx(total)
    assert len(base) == len(entry["xToOrderedInterval"]) == 3 * 96  # the repeated hour has one place in a map
    for x, tick in entry["xToOrderedInterval"].items():
        assert tick["interval"]["start"] == int(x)
        assert tick["interval"]["end"] == int(x) + 900_000


def test_gaps_are_absent_or_null_or_a_day_of_zeros(portal: Make) -> None:
    for style in GapStyle:
        caller = portal(gaps=style, late_hours=3, cost=CostStyle.ABSENT)
        caller.enter(Story.HOUSEHOLD)
        end = midnight(TODAY, NEW_YORK)
        points = caller.poll(end - 2 * 86_400, end)[0]["series"][0]["data"]
        newest = points[-96:]
        if style is GapStyle.ABSENT:
            assert len(points) == 192 - 12
        elif style is GapStyle.NULL:
            assert [point["y"] for point in newest[-12:]] == [None] * 12
        else:
            assert {point["y"] for point in newest} == {0.0}
            assert 0.0 not in {point["y"] for point in points[:96]}


def test_cost_is_beside_usage_or_absent_or_shorter(portal: Make) -> None:
    end = midnight(TODAY, NEW_YORK)
    for style in CostStyle:
        caller = portal(cost=style)
        caller.enter(Story.HOUSEHOLD)
        entries = {entry["type"]: entry for entry in caller.poll(end - 2 * 86_400, end)}
        if style is CostStyle.ABSENT:
            assert list(entries) == ["USAGE"]
            continue
        usage, cost = (entries[kind]["series"][0]["data"] for kind in ("USAGE", "COST"))
        assert len(cost) == (192 if style is CostStyle.ON else 96)
        assert cost[0]["x"] == usage[0]["x"]
        assert cost[0]["y"] == pytest.approx(usage[0]["y"] * 0.0961, abs=0.0001)


def test_points_outside_the_window_can_be_sent_and_the_one_at_its_end_is_partial(portal: Make) -> None:
    caller = portal(outside_points=True)
    caller.enter(Story.HOUSEHOLD)
    points = caller.poll(*DAY)[0]["series"][0]["data"]
    assert len(points) == 3 * 96 + 2
    assert points[-1]["x"] == 1788220800000 + 3 * 86_400_000
    after = measured(caller, DAY[1], DAY[1] + 900)[DAY[1]]
    assert 0 < points[-1]["y"] <= after / 4


def test_time_of_use_can_come_first_and_numbers_can_be_noisy(portal: Make) -> None:
    caller = portal(tou_first=True, float_noise=True)
    caller.enter(Story.TIME_OF_USE)
    entries = caller.poll(*DAY)
    assert [entry["type"] for entry in entries] == ["TIME_OF_USE", "COST", "USAGE"]
    sent = read(entries[2]["series"][0]["data"], NEW_YORK)
    assert any(len(repr(value)) > 10 for value in sent.values())
    assert {at: round(value, 3) for at, value in sent.items()} == measured(caller, *DAY)


def test_without_interval_meters_every_member_has_months_only(portal: Make) -> None:
    caller = portal(step=Step.NONE)
    caller.enter(Story.HOUSEHOLD)
    assert caller.poll(*DAY)[0]["series"] == []
    assert caller.poll(*DAY, "MONTHLY")[0]["series"][0]["data"]


def test_an_outage_is_a_gap_until_it_is_filled_in(portal: Make) -> None:
    from meterbook.practice import history

    seed, index = 1, STORIES.index(Story.OUTAGE)
    spell = history.outage(seed, index)
    begins = next(
        at
        for at in range(midnight(date(2026, 8, 1), NEW_YORK), midnight(date(2026, 12, 1), NEW_YORK), 3600)
        if (at - spell.offset_s) % spell.every_s == 0
    )
    today = datetime.fromtimestamp(begins, NEW_YORK).date() + timedelta(days=4)
    caller = portal(today=today, anchor=date(2026, 7, 1))
    caller.enter(Story.OUTAGE)
    window = begins - 86_400, begins + 3 * 86_400
    before = read(caller.poll(*window)[0]["series"][0]["data"], NEW_YORK)
    assert len(before) == 2 * 96
    moved = caller.ask("POST", f"/practice/today?date={today + timedelta(days=10)}")
    assert moved.status == 200
    after = read(caller.poll(*window)[0]["series"][0]["data"], NEW_YORK)
    assert len(after) == 4 * 96
    assert before.items() <= after.items()
    later = replace(caller.run.portal.settings)
    assert later.today == today + timedelta(days=10)


def test_estimates_are_revised_later(portal: Make) -> None:
    from meterbook.practice import history

    spell = history.estimate(1, STORIES.index(Story.REVISED))
    begins = next(
        at
        for at in range(midnight(date(2026, 8, 1), NEW_YORK), midnight(date(2026, 12, 1), NEW_YORK), 3600)
        if (at - spell.offset_s) % spell.every_s == 0
    )
    today = datetime.fromtimestamp(begins, NEW_YORK).date() + timedelta(days=2)
    caller = portal(today=today, anchor=date(2026, 7, 1))
    caller.enter(Story.REVISED)
    window = begins - 3600, begins + spell.length_s + 3600
    first = read(caller.poll(*window)[0]["series"][0]["data"], NEW_YORK)
    caller.ask("POST", f"/practice/today?date={today + timedelta(days=7)}")
    second = read(caller.poll(*window)[0]["series"][0]["data"], NEW_YORK)
    changed = [at for at in first if first[at] != second[at]]
    assert len(first) == len(second)
    assert changed
    assert begins <= min(changed)
    assert max(changed) < begins + spell.length_s
    assert second == measured(caller, *window)


def test_what_was_asked_is_counted_without_credentials(portal: Make) -> None:
    caller = portal()
    member = caller.enter(Story.PORTFOLIO)
    caller.poll(*DAY)
    report = caller.ask("GET", "/practice/requests").json
    (poll,) = report["polls"]
    assert poll == {
        "account": member.contracts[0].number,
        "location": member.contracts[0].places[0].number,
        "industry": "ELECTRIC",
        "timeFrame": "HOURLY",
        "start": DAY[0] * 1000,
        "end": DAY[1] * 1000,
        "count": 2,
        "complete": 1,
    }
    assert report["paths"]["/services/oauth/auth/v2"] == 1
    assert report["total"] == 3
    assert "@" not in str(report)
    assert caller.ask("DELETE", "/practice/requests").status == 204
    assert caller.ask("GET", "/practice/requests").json["total"] == 0
