"""SmartHub's CSV downloads: invented accounts and values in the shape recorded in 2025 and 2026."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from shared_data import SHARED, needs_shared

from meterbook.formats.base import Imported, UsagePoint
from meterbook.formats.smarthub_csv import SPEC, read
from meterbook.model.channel import DAY_S, MONTH_S, FlowDirection, Quantity, ServiceCategory
from meterbook.model.errors import MalformedRecord, UnknownCode
from meterbook.model.quality import Quality
from meterbook.model.units import Unit

POINT = UsagePoint(utility="ccec", service_location="70010")
RULE = " ========================================"


def block(
    rows: Sequence[tuple[str, str, str]], kind: str = "Electricity, Energy Consumption, Real energy in kilowatt-hours"
) -> str:
    unit = kind.rpartition(" in ")[2]
    lines = [
        " Meter Reading Information",
        f" Type of readings: {kind} ",
        RULE,
        " Detailed Usage",
        RULE,
        " Start date: 2026-06-20 00:00 for 1 days",
        RULE,
        " Interval Blockdata for period starting:, 2026-06-20 00:00  for 1 days",
        RULE,
        f" Energy consumption time period,Usage(Real energy in {unit}),Events occurred",
        *(f" {start} to {end},{value},," for start, end, value in rows),
        " ",
        RULE,
    ]
    return "\n".join(lines) + "\n"


def download(*blocks: str, account: str = "4410027001") -> bytes:
    return (f"{RULE.strip()}\n Usage Information\n For: {account}\n{RULE}\n" + "".join(blocks)).encode()


def hours(day: str, values: Sequence[str], step: int = 60) -> list[tuple[str, str, str]]:
    def clock(minute: int) -> str:
        return f"{day} {minute // 60:02}:{minute % 60:02}"

    return [(clock(index * step), clock((index + 1) * step), value) for index, value in enumerate(values)]


def decoded(content: bytes, zone: str = "America/New_York") -> Imported:
    return read(content, POINT, zone, "usage.csv")


def at(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())  # type: ignore[arg-type,misc]


def by_flow(result: Imported) -> dict[FlowDirection, list[int]]:
    return {series.channel.flow: series.value.tolist() for series in result.series}


IMPORT, EXPORT, NET = ["0.100", "0.000", "0.300"], ["0.000", "-1.120", "-0.050"], ["0.100", "-1.120", "0.250"]
STORED = {
    FlowDirection.DELIVERED: [100, 0, 300],
    FlowDirection.RECEIVED: [0, 1120, 50],
    FlowDirection.NET: [100, -1120, 250],
}


@pytest.mark.parametrize("order", [(IMPORT, NET, EXPORT), (EXPORT, IMPORT, NET), (NET, EXPORT, IMPORT)])
def test_unlabelled_blocks_are_told_apart_by_sign_whatever_their_order(order: tuple[list[str], ...]) -> None:
    result = decoded(download(*(block(hours("2026-06-20", values)) for values in order)))
    assert by_flow(result) == STORED
    assert result.findings == ()
    assert {series.channel.account for series in result.series} == {"4410027001"}
    assert result.series[0].start.tolist() == [at(2026, 6, 20, hour) for hour in (4, 5, 6)]


def test_the_older_form_has_quarter_hours() -> None:
    result = decoded(download(block(hours("2023-06-20", IMPORT, step=15))))
    assert result.series[0].channel.interval_s == 900
    assert result.series[0].start.tolist() == [at(2023, 6, 20, 4), at(2023, 6, 20, 4, 15), at(2023, 6, 20, 4, 30)]


def test_a_winter_without_export_is_settled_by_the_sum() -> None:
    zeros = ["0.000"] * 3
    for order in ((zeros, IMPORT, IMPORT), (IMPORT, zeros, IMPORT), (IMPORT, IMPORT, zeros)):
        result = decoded(download(*(block(hours("2026-01-20", values)) for values in order)))
        assert by_flow(result) == {
            FlowDirection.DELIVERED: [100, 0, 300],
            FlowDirection.RECEIVED: [0, 0, 0],
            FlowDirection.NET: [100, 0, 300],
        }


def test_net_that_does_not_add_up_is_a_finding_and_nothing_is_lost() -> None:
    wrong = ["0.100", "-1.120", "0.260"]
    result = decoded(download(*(block(hours("2026-06-20", values)) for values in (IMPORT, EXPORT, wrong))))
    assert by_flow(result)[FlowDirection.NET] == [100, -1120, 260]
    assert [finding.name for finding in result.findings] == ["smarthub.net-mismatch"]


def test_blocks_that_look_alike_get_registers_of_their_own_and_a_finding() -> None:
    result = decoded(download(block(hours("2026-06-20", IMPORT)), block(hours("2026-06-20", ["1", "2", "3"]))))
    assert [series.channel.register for series in result.series] == ["1", "2"]
    assert [finding.name for finding in result.findings] == ["smarthub.blocks-alike"]


def test_a_demand_block_in_kilowatts_is_demand_of_the_same_account() -> None:
    kind = "Electricity, Energy Consumption, Real energy in kilowatts"
    day = [("2026-06-20 00:00", "2026-06-21 00:00", "26.180")]
    result = decoded(download(block(day), block([(*day[0][:2], "4.812")], kind)))
    energy, demand = result.series
    assert (energy.channel.quantity, energy.channel.unit, energy.channel.interval_s) == (
        Quantity.USAGE,
        Unit.KWH,
        DAY_S,
    )
    assert (demand.channel.quantity, demand.channel.unit, demand.value.tolist()) == (Quantity.DEMAND, Unit.KW, [4812])
    assert result.findings == ()


def test_water_in_gallons_and_months_are_read() -> None:
    rows = [("2026-05-01 00:00", "2026-06-01 00:00", "4120"), ("2026-06-01 00:00", "2026-07-01 00:00", "3980")]
    (series,) = decoded(download(block(rows, "Water, Consumption, Volume in gallons"))).series
    assert (series.channel.category, series.channel.unit) == (ServiceCategory.WATER, Unit.GALLON)
    assert (series.channel.interval_s, series.value.tolist()) == (MONTH_S, [4120, 3980])


def test_a_repeated_hour_in_full_is_placed_and_one_alone_is_marked() -> None:
    rows = hours("2026-11-01", ["1", "2", "3"])
    full = [rows[0], rows[1], ("2026-11-01 01:00", "2026-11-01 02:00", "2.5"), rows[2]]
    (series,) = decoded(download(block(full))).series
    assert series.start.tolist() == [at(2026, 11, 1, hour) for hour in (4, 5, 6, 7)]
    once = decoded(download(block(rows)))
    assert once.series[0].quality.tolist() == [Quality.ACTUAL, Quality.AMBIGUOUS, Quality.ACTUAL]
    assert [finding.name for finding in once.findings] == ["time.autumn-ambiguous"]


def test_the_spring_night_is_whole_however_its_end_is_written() -> None:
    for end in ("02:00", "03:00"):
        rows = [
            ("2026-03-08 00:00", "2026-03-08 01:00", "1"),
            ("2026-03-08 01:00", f"2026-03-08 {end}", "2"),
            ("2026-03-08 03:00", "2026-03-08 04:00", "3"),
        ]
        result = decoded(download(block(rows)))
        assert result.series[0].start.tolist() == [at(2026, 3, 8, hour) for hour in (5, 6, 7)]
        assert result.findings == ()


def test_a_row_of_another_length_is_left_out_with_a_finding() -> None:
    rows = [*hours("2026-06-20", ["1", "2", "3"]), ("2026-06-20 03:00", "2026-06-20 07:00", "9")]
    result = decoded(download(block(rows)))
    assert result.series[0].value.tolist() == [1000, 2000, 3000]
    assert [finding.name for finding in result.findings] == ["file.other-length"]
    assert (result.rows_read, result.rows_skipped) == (4, 1)


def test_an_empty_value_is_a_gap() -> None:
    result = decoded(download(block(hours("2026-06-20", ["1", "", "3"]))))
    assert result.series[0].start.tolist() == [at(2026, 6, 20, 4), at(2026, 6, 20, 6)]


def test_several_accounts_in_one_file_stay_apart() -> None:
    one, two = (download(block(hours("2026-06-20", IMPORT)), account=account) for account in ("001", "002"))
    assert [series.channel.account for series in decoded(one + two).series] == ["001", "002"]
    assert decoded(one + two).findings == ()


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        (",0.100,", ",O.1,", MalformedRecord, r"'O.1' is not a number.*line 15, field Usage"),
        ("2026-06-20 00:00 to", "2026-06-31 00:00 to", MalformedRecord, r"is not a time.*line 15, field start"),
        ("2026-06-20 00:00 to", "06/20/2026 00:00 to", MalformedRecord, r"can't be read.*line 15"),
        ("kilowatt-hours ", "horsepower ", UnknownCode, r"'horsepower' is not known.*Type of readings"),
        ("Electricity,", "Steam,", UnknownCode, "kind of service 'Steam'"),
        (" Detailed Usage", " Surprise", MalformedRecord, "neither a heading nor a reading"),
    ],
)
def test_what_can_not_be_read_is_named_with_its_line(old: str, new: str, error: type[Exception], message: str) -> None:
    content = download(block(hours("2026-06-20", IMPORT))).decode()
    assert old in content
    with pytest.raises(error, match=message):
        decoded(content.replace(old, new, 1).encode())


def test_a_file_without_blocks_is_refused() -> None:
    with pytest.raises(MalformedRecord, match="no block of readings"):
        decoded(b" Usage Information\n For: 1\n")


@needs_shared
def test_the_recorded_shapes_are_read() -> None:
    folder = SHARED / "data" / "smarthub"
    daily = (folder / "green_button_daily.csv").read_bytes()
    hourly = (folder / "green_button_hourly_net.csv").read_bytes()
    assert SPEC.sniff(daily)
    assert SPEC.sniff(hourly)
    energy, demand = decoded(daily).series
    assert (energy.value.tolist(), demand.value.tolist()) == ([26180], [4812])
    result = decoded(hourly)
    sums = {series.channel.flow: int(series.value.sum()) for series in result.series}
    assert sums == {FlowDirection.DELIVERED: 16330, FlowDirection.RECEIVED: 12000, FlowDirection.NET: 4330}
    assert all(len(series) == 24 for series in result.series)
    assert result.findings == ()
