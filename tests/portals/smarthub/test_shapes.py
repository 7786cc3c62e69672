"""Every recorded shape, read, against values worked out by hand from the files. They are US Central, June 2026."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from shared_data import SHARED, needs_shared
from smarthub_kit import at, parse

from meterbook.model.channel import DAY_S, MONTH_S, FlowDirection, Quantity, ServiceCategory
from meterbook.model.quality import Quality
from meterbook.model.units import Unit
from meterbook.portals.smarthub import Frame, Usage, bills, discovery, lookup
from meterbook.portals.smarthub.adapter import Pending, read_poll, to_weather
from meterbook.portals.smarthub.answer import Asked
from meterbook.portals.smarthub.calls import Reply
from meterbook.portals.smarthub.sign_in import read_sign_in
from meterbook.portals.smarthub.usage import poll_body

pytestmark = needs_shared
CENTRAL = ZoneInfo("America/Chicago")
FOLDER = SHARED / "data" / "smarthub"
MIDNIGHT = at("2026-06-20T00:00:00-05:00")
PROFILE = [610, 550, 520, 500, 510, 580, 830, 1120, 940, 810, 780, 800]
EXPORTED = [0] * 6 + [30, 30, 190, 1120, 1850, 2230, 2310, 2080, 1520, 550, 30, 30, 30] + [0] * 5
ASKED = Asked(
    utility="pex",
    account="4410027001",
    service_location="4410027",
    industry="ELECTRIC",
    frame=Frame.INTERVAL,
    start=0,
    end=2**33,
    tz=CENTRAL,
)


def body(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def read(name: str, *, frame: Frame = Frame.INTERVAL, industry: str = "ELECTRIC", location: str = "4410027") -> Usage:
    return parse(body(name), frame=frame, industry=industry, tz=CENTRAL, location=location)


def names(usage: Usage) -> list[str]:
    return [one.name for one in usage.findings]


def test_every_poll_file_is_covered_here() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    files = sorted(path.name for path in FOLDER.glob("poll_*.json"))
    assert len(files) >= 20
    assert [name for name in files if name not in here] == []


def test_an_hourly_day_begins_at_local_midnight() -> None:
    usage = read("poll_hourly_60min.json")
    (one,) = usage.series
    assert one.start.tolist() == [MIDNIGHT + 3600 * hour for hour in range(24)]
    assert one.value[:12].tolist() == PROFILE
    assert (int(one.value.sum()), one.scale) == (26_180, 3)
    assert set(one.quality.tolist()) == {Quality.ACTUAL}
    assert one.channel.key == "pex/7001001/4410027/58213907/1/electricity/usage/delivered/kWh/3600/"
    assert (usage.connected, usage.has_interval, usage.has_daily) == (date(2021, 4, 2), True, True)
    assert [one.number for one in usage.meters] == ["58213907"]
    assert usage.findings == ()


def test_quarter_hours_and_their_cost_are_two_channels() -> None:
    energy, cost = read("poll_hourly_15min_with_cost.json").series
    assert len(energy) == len(cost) == 96
    assert energy.start.tolist() == cost.start.tolist() == [MIDNIGHT + 900 * quarter for quarter in range(96)]
    assert (energy.channel.interval_s, energy.value[:4].tolist()) == (900, [152, 162, 142, 152])
    assert (cost.channel.quantity, cost.channel.unit, cost.scale) == (Quantity.COST, Unit.DOLLAR, 4)
    assert cost.value[:4].tolist() == [179, 191, 168, 179]


def test_a_null_and_an_absent_hour_have_no_row() -> None:
    (one,) = read("poll_hourly_gaps.json").series
    assert one.start.tolist() == [MIDNIGHT + 3600 * hour for hour in range(24) if hour not in (9, 10, 14)]
    assert one.channel.interval_s == 3600


def test_an_exchanged_meter_keeps_its_part_of_the_hour() -> None:
    usage = read("poll_hourly_meter_swap.json")
    old, new = usage.series
    exchange = MIDNIGHT + 10 * 3600
    assert (old.channel.meter, len(old), int(old.start[-1]), int(old.value[-1])) == ("58213907", 11, exchange, 310)
    assert (new.channel.meter, len(new), int(new.start[0]), int(new.value[0])) == ("1ND8600431", 14, exchange, 470)
    assert (new.start[1:4] - exchange).tolist() == [3600, 7200, 10_800]  # the stray point at 10:44 is gone
    assert names(usage) == ["shape.off-grid", "meter.exchange"]
    removed = {one.number: (one.installed, one.removed) for one in usage.meters}
    assert removed == {"58213907": (None, date(2026, 6, 20)), "1ND8600431": (date(2026, 6, 20), None)}


@pytest.mark.parametrize("name", ["poll_hourly_net_meter_reverse.json", "poll_hourly_net_meter_return_positive.json"])
def test_a_net_meter_has_three_channels_and_export_is_positive(name: str) -> None:
    usage = read(name)
    delivered, received, net = usage.series
    flows = [one.channel.flow for one in usage.series]
    assert flows == [FlowDirection.DELIVERED, FlowDirection.RECEIVED, FlowDirection.NET]
    assert [one.channel.register for one in usage.series] == ["1", "2", "3"]
    assert received.value.tolist() == EXPORTED
    assert net.value.tolist() == (delivered.value - received.value).tolist()
    assert (int(delivered.value.sum()), int(received.value.sum()), int(net.value.min())) == (16_330, 12_000, -2280)
    assert usage.findings == ()


def test_time_of_use_periods_share_the_hours_among_them() -> None:
    whole, *periods = read("poll_hourly_time_of_use.json").series
    assert [(one.channel.tou_period, len(one)) for one in periods] == [
        ("Off Peak", 10),
        ("On Peak", 8),
        ("Super Off Pk", 6),
    ]
    assert sorted(start for one in periods for start in one.start.tolist()) == whole.start.tolist()
    assert sum(int(one.value.sum()) for one in periods) == int(whole.value.sum()) == 26_180


def test_a_total_register_is_delivered() -> None:
    (one,) = read("poll_hourly_total_flow.json").series
    assert (one.channel.flow, int(one.value.sum())) == (FlowDirection.DELIVERED, 26_180)


@pytest.mark.parametrize("name", ["poll_daily.json", "utility_usage_sync_daily.json"])
def test_days_are_read_with_and_without_an_envelope(name: str) -> None:
    (one,) = read(name, frame=Frame.DAILY).series
    assert one.channel.interval_s == DAY_S
    assert one.start.tolist() == [at(f"2026-06-{day}T00:00:00-05:00") for day in (18, 19, 20)]
    assert one.value.tolist() == [26_410, 31_900, 25_080]  # the last was sent as 25.080000000000002


def test_daily_demand_is_a_channel_in_kw() -> None:
    energy, demand = read("poll_daily_demand.json", frame=Frame.DAILY).series
    assert (energy.channel.quantity, demand.channel.quantity) == (Quantity.USAGE, Quantity.DEMAND)
    assert (demand.channel.unit, demand.value.tolist()) == (Unit.KW, [4812, 6020, 5104])


def test_months_begin_at_local_midnight_on_either_side_of_a_clock_change() -> None:
    (one,) = read("poll_monthly.json", frame=Frame.MONTHLY).series
    assert one.channel.interval_s == MONTH_S
    assert one.start.tolist() == [at(f"2026-0{month}-01T00:00:00-05:00") for month in (4, 5, 6)]
    assert one.value.tolist() == [874_000, 1_012_000, 655_400]


def test_gas_in_hundreds_of_cubic_feet_is_whole_cubic_feet() -> None:
    (one,) = read("poll_gas_daily.json", frame=Frame.DAILY, industry="GAS", location="7001882").series
    assert (one.channel.category, one.channel.unit) == (ServiceCategory.GAS, Unit.CUBIC_FOOT)
    assert (one.value.tolist(), one.scale) == ([40, 50, 40], 0)


def test_two_water_meters_of_different_length_stay_apart() -> None:
    house, garden = read("poll_water_two_meters.json", frame=Frame.DAILY, industry="WATER", location="7001882").series
    assert (house.channel.meter, house.value.tolist(), house.scale) == ("17700001", [142, 155, 131], 0)
    assert (garden.channel.meter, garden.value.tolist()) == ("20190001", [0, 380])


@pytest.mark.parametrize(
    "name", ["poll_complete_empty.json", "poll_complete_no_series.json", "poll_complete_no_usage_points.json"]
)
def test_an_empty_answer_is_no_error(name: str) -> None:
    usage = read(name)
    assert usage.series == ()
    assert usage.findings == ()


def test_a_failed_and_a_pending_poll_are_told_apart() -> None:
    assert read_poll(body("poll_failed.json"), "ELECTRIC") is Pending.FAILED
    assert read_poll(body("poll_pending.json"), "ELECTRIC") is Pending.WAIT


def test_the_request_is_the_recorded_one_but_for_demand() -> None:
    recorded = json.loads(body("poll_request_hourly.json"))
    asked = Asked(
        utility="",
        account=recorded["accountNumber"],
        service_location=recorded["serviceLocationNumber"],
        industry="ELECTRIC",
        frame=Frame.INTERVAL,
        start=int(recorded["startDateTime"]) // 1000,
        end=int(recorded["endDateTime"]) // 1000,
        tz=CENTRAL,
    )
    ours = poll_body(asked, recorded["userId"])
    assert {**ours, "includeDemand": recorded["includeDemand"]} == recorded


# -- the two nights ---------------------------------------------------------------------------------------------------

AUTUMN = at("2026-11-01T00:00:00-05:00")  # 05:00Z; the repeated hour is 06:00Z and 07:00Z
SPRING = at("2026-03-08T00:00:00-06:00")  # 06:00Z; 02:00 does not exist, 03:00 is 08:00Z


def test_the_repeated_hour_sent_twice_is_placed_twice() -> None:
    usage = read("poll_dst_fall_a_repeated_x.json")
    (one,) = usage.series
    assert one.start.tolist() == [AUTUMN + 3600 * hour for hour in range(25)]
    assert one.value[:4].tolist() == [610, 550, 570, 520]
    assert usage.findings == ()


@pytest.mark.parametrize(("name", "value"), [("b_merged", 1120), ("c_second_lost", 550)])
def test_the_repeated_hour_sent_once_is_marked_not_divided(name: str, value: int) -> None:
    usage = read(f"poll_dst_fall_{name}.json")  # poll_dst_fall_b_merged.json, poll_dst_fall_c_second_lost.json
    (one,) = usage.series
    assert one.start.tolist() == [AUTUMN + 3600 * hour for hour in range(25) if hour != 2]
    assert int(one.value[1]) == value
    assert one.quality.tolist() == [0, Quality.AMBIGUOUS, *[0] * 22]
    assert names(usage) == ["time.autumn-ambiguous"]


def test_the_spring_night_has_23_hours() -> None:
    usage = read("poll_dst_spring_a_skip.json")
    (one,) = usage.series
    assert one.start.tolist() == [SPRING + 3600 * hour for hour in range(23)]
    assert usage.findings == ()


def test_a_phantom_zero_is_dropped_and_said() -> None:
    usage = read("poll_dst_spring_b_phantom_zero.json")
    (one,) = usage.series
    assert one.start.tolist() == [SPRING + 3600 * hour for hour in range(23)]
    assert one.value[:4].tolist() == [610, 550, 500, 510]
    assert names(usage) == ["time.spring-phantom"]


def test_a_phantom_with_energy_is_the_hour_that_follows() -> None:
    usage = read("poll_dst_spring_c_phantom_energy.json")
    (one,) = usage.series
    assert one.start.tolist() == [SPRING + 3600 * hour for hour in range(23)]
    assert one.value[:4].tolist() == [610, 550, 520, 510]
    assert names(usage) == ["time.spring-phantom"]


# -- the rest ---------------------------------------------------------------------------------------------------------


def test_temperatures_are_two_daily_channels() -> None:
    usage = to_weather(body("weather_data.json"), ASKED)
    low, high = usage.series
    assert low.start.tolist() == high.start.tolist() == [at(f"2026-06-{day}T00:00:00-05:00") for day in (18, 19, 20)]
    assert (low.channel.quantity, low.channel.unit, low.channel.meter) == (
        Quantity.TEMPERATURE_LOW,
        Unit.FAHRENHEIT,
        "",
    )
    assert (low.value.tolist(), low.scale) == ([5812, 6130, 6002], 2)
    assert (high.value.tolist(), high.scale) == ([8120, 8890, 8447], 2)


def test_the_log_in_answers_are_read() -> None:
    def reply(name: str) -> Reply:
        return Reply(status=200, headers={"content-type": "application/json"}, body=body(name))

    plain = read_sign_in(reply("auth_v2_success.json"), with_code=False, method="")
    assert (plain.username, plain.expiresIn) == ("member@example.org", 299)
    second = read_sign_in(reply("auth_v2_secondary_success.json"), with_code=False, method="")
    assert (second.username, second.primaryUsername, second.isSecondaryRegistration) == (
        "spouse@example.org",
        "member@example.org",
        True,
    )


def test_closed_accounts_and_second_locations_are_found() -> None:
    closed, home, cabin = discovery.parse_user_data(body("user_data_inactive_and_second.json"))
    assert [one.active for one in (closed, home, cabin)] == [False, True, True]
    assert (closed.number, home.number, cabin.number) == ("4410027000", "4410027001", "5520311002")
    assert (closed.locations[0].number, home.locations[0].number) == ("4410027", "4410027")
    assert (cabin.locations[0].nickname, cabin.locations[0].industries) == ("CABIN", ("ELECTRIC",))
    assert [one.number for one in cabin.locations[0].meters] == ["1N0400771234"]


def test_a_city_with_one_combined_service_is_read_by_its_industries() -> None:
    (account,) = discovery.parse_user_data(body("user_data_city_multi_utility.json"))
    (place,) = account.locations
    assert set(place.industries) == {"ELECTRIC", "GAS", "WATER", "SEWER", "TRASH"}
    assert place.meters == ()  # which of them measures what, only the readings tell


def test_one_account_is_read_whole() -> None:
    (account,) = discovery.parse_user_data(body("user_data_one_account.json"))
    assert (account.number, account.customer, account.name, account.active) == (
        "4410027001",
        "310552",
        "DOE PAT Q",
        True,
    )
    assert account.locations[0].address == "12 TEST LANE, SAMPLETON, IL 60000"
    assert account.locations[0].rate_schedules == ("RES1:PEX",)


def test_the_plain_list_gives_the_numbers_a_poll_needs() -> None:
    found = discovery.parse_accounts(body("accounts.json"))
    assert [(one.number, [place.number for place in one.locations]) for one in found] == [
        ("4410027001", ["4410027"]),
        ("5520311002", ["5520311", "5520312"]),
    ]


def test_bills_are_read_newest_first_with_their_read_dates() -> None:
    june, may, april = bills.parse_history(body("billing_history_overview.json"), "4410027001", CENTRAL)
    assert june.issued == datetime(2026, 6, 16, 12, 11, 42, tzinfo=UTC)
    assert june.read_start == datetime(2026, 5, 14, 5, tzinfo=UTC)
    assert june.read_end == datetime(2026, 6, 15, 5, tzinfo=UTC)
    assert (june.amount_due, june.usage, june.usage_unit) == (Decimal("131.07"), Decimal(1012), Unit.KWH)
    assert june.source_id == "UTILITY:0f0e0d0c-0000-4000-8000-000000000000"
    assert may.lines[0].amount == Decimal("92.37")
    assert april.amount_due == Decimal("-6.20")
    assert bills.parse_history(body("billing_history_overview_empty.json"), "4410027001", CENTRAL) == []


def test_balances_of_billed_and_prepaid_accounts_are_read() -> None:
    now = datetime(2026, 6, 20, tzinfo=UTC)
    (billed,) = bills.parse_totals(body("totals.json"), now, CENTRAL)
    assert (billed.account, billed.amount_due, billed.due) == ("4410027001", Decimal("131.07"), date(2026, 7, 6))
    assert (billed.prepaid, billed.prepaid_daily) == (False, None)
    (prepaid,) = bills.parse_totals(body("totals_prepaid_inferred.json"), now, CENTRAL)
    assert (prepaid.balance, prepaid.prepaid, prepaid.prepaid_daily) == (Decimal("-42.18"), True, Decimal("4.37"))
    overview = bills.parse_overview(body("customer_overview.json"), now, CENTRAL)
    billed_last = bills.parse_overview(body("customer_overview_last_billed.json"), now, CENTRAL)
    (both,) = bills.combined(overview, billed_last)
    assert (both.amount_due, both.due) == (Decimal("131.07"), date(2026, 7, 6))
    assert (both.last_payment, both.last_payment_on) == (Decimal("118.42"), date(2026, 6, 5))


def test_the_member_look_up_gives_name_host_and_state() -> None:
    (found,) = lookup.parse_look_up(body("member_lookup_name.json"))
    assert (found.name, found.host, found.state) == (
        "Prairie Example Electric Cooperative",
        "prairieexample.smarthub.coop",
        "IL",
    )
