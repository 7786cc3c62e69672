"""Guesses at files of known kinds: what is proposed, and what is left to the person."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from shared_data import SHARED, needs_shared

from meterbook.formats.base import UsagePoint
from meterbook.formats.delimited import read
from meterbook.formats.guess import guess
from meterbook.formats.timestamps import TimeStyle
from meterbook.model.channel import FlowDirection, Quantity
from meterbook.model.errors import MalformedRecord, UsageError

OPOWER = b"""Name,JANE DOE
Address,"1 A ST, B"
Account Number,123
Service,Service 1

TYPE,DATE,START TIME,END TIME,USAGE,UNITS,COST,NOTES
""" + b"".join(
    b"Electric usage,2022-12-01,%02d:%02d,%02d:%02d,0.16,kWh,$0.02,\n" % (h, m, h, m + 29)
    for h in range(4)
    for m in (0, 30)
)
DOWNLOADER = b"StartUnixMillis,EndUnixMillis,WattHours,CostInCents\n" + b"".join(
    b"%d,%d,100,12\n" % (1640995200000 + i * 900000, 1640996100000 + i * 900000) for i in range(8)
)
GERMAN = "Datum;Zeit;Verbrauch kWh\n" + "".join(f"31.12.2024;{h:02}:00;1,{h:02}\n" for h in range(12))


def test_a_utility_download_with_a_preamble_is_understood_but_for_its_zone() -> None:
    found = guess(OPOWER, "opower.csv")
    assert (found.time, found.time_of_day, found.end) == ("DATE", "START TIME", "END TIME")
    assert [(column.name, column.unit) for column in found.values] == [("USAGE", "kWh")]
    assert (found.interval_s, found.needed) == (1800, ("zone",))
    with pytest.raises(UsageError, match="does not tell its zone"):
        found.mapping()
    result = read(OPOWER, found.mapping(zone="America/Chicago"), UsagePoint(utility="x"), "opower.csv")
    assert result.series[0].value.tolist() == [160] * 8
    assert result.series[0].start[0] == datetime(2022, 12, 1, 6, tzinfo=UTC).timestamp()


def test_epochs_and_watt_hours_need_nothing_more() -> None:
    found = guess(DOWNLOADER, "usage.csv")
    assert (found.style, found.zone, found.needed) == (TimeStyle.EPOCH_MS, "UTC", ())
    assert [(column.name, column.unit) for column in found.values] == [("WattHours", "Wh")]
    result = read(DOWNLOADER, found.mapping(), UsagePoint(utility="x"), "usage.csv")
    assert result.series[0].value.tolist() == [100] * 8


def test_semicolons_decimal_commas_and_days_first_are_seen() -> None:
    found = guess(GERMAN.encode(), "verbrauch.csv")
    assert (found.delimiter, found.decimal_mark, found.style) == (";", ",", TimeStyle.DAY_FIRST)
    assert found.values[0].unit == "kWh"
    result = read(GERMAN.encode(), found.mapping(zone="Europe/Berlin"), UsagePoint(utility="x"), "verbrauch.csv")
    assert result.series[0].value.tolist() == [1000 + 10 * hour for hour in range(12)]


def test_import_and_export_columns_get_their_flows_and_demand_its_quantity() -> None:
    rows = "".join(f"2026-01-01T{h:02}:00Z,1.0,0.5,3.2\n" for h in range(6))
    found = guess(f"start,import_kwh,export_kwh,demand_kw\n{rows}".encode(), "f")
    assert [(column.name, column.flow, column.quantity) for column in found.values] == [
        ("import_kwh", FlowDirection.DELIVERED, Quantity.USAGE),
        ("export_kwh", FlowDirection.RECEIVED, Quantity.USAGE),
        ("demand_kw", FlowDirection.DELIVERED, Quantity.DEMAND),
    ]


def test_several_meters_in_one_file_are_told_by_their_column() -> None:
    rows = "".join(f"2026-01-01 {i // 4:02}:{i % 4 * 15:02},{meter},0.1\n" for i in range(20) for meter in ("m1", "m2"))
    found = guess(f"start,meter,kwh\n{rows}".encode(), "f")
    assert (found.others, found.interval_s) == ({"meter": "meter"}, 900)
    result = read(f"start,meter,kwh\n{rows}".encode(), found.mapping(zone="UTC"), UsagePoint(utility="x"), "f")
    assert [series.channel.meter for series in result.series] == ["m1", "m2"]


def test_a_unit_and_columns_that_the_file_does_not_name_are_asked_for() -> None:
    rows = "".join(f"2026-01-01 {h:02}:00,1.0,2.0\n" for h in range(6))
    found = guess(f"stamp,building_1,building_2\n{rows}".encode(), "f")
    assert found.needed == ("value", "unit", "zone")
    mapping = found.mapping(values=["building_2"], unit="kWh", zone="UTC")
    assert (
        read(f"stamp,building_1,building_2\n{rows}".encode(), mapping, UsagePoint(utility="x"), "f").series[0].value[0]
        == 2000
    )


def test_negative_numbers_are_proposed_as_net() -> None:
    rows = "".join(f"2026-01-01T{h:02}:00Z,{3 - h}\n" for h in range(6))
    assert guess(f"utc,load_kwh\n{rows}".encode(), "f").values[0].flow is FlowDirection.NET


def test_a_negative_number_past_the_sample_is_still_seen() -> None:
    rows = "".join(f"{1767225600 + 900 * index},{-1 if index == 5000 else 1}\n" for index in range(6000))
    assert guess(f"epoch,usage_kwh\n{rows}".encode(), "f").values[0].flow is FlowDirection.NET


@pytest.mark.parametrize(
    ("days", "style"),
    [
        (("01/02/2026", "02/02/2026", "03/02/2026"), TimeStyle.DAY_FIRST),
        (("02/01/2026", "02/02/2026", "02/03/2026"), TimeStyle.US),
    ],
)
def test_dates_that_fit_two_styles_are_settled_by_their_steps(days: tuple[str, ...], style: TimeStyle) -> None:
    rows = "".join(f"{day} {hour:02}:00,1\n" for day in days for hour in range(24))
    assert guess(f"stamp,kwh\n{rows}".encode(), "f").style is style


def test_a_status_column_of_unknown_words_is_left_alone() -> None:
    rows = "".join(f"2026-01-01T{hour:02}:00Z,1,billed\n" for hour in range(6))
    assert guess(f"utc,kwh,status\n{rows}".encode(), "f").others == {}


@pytest.mark.parametrize("content", [b"", b"hello\n", b"a,b\n", b"1,2\n3,4\n"])
def test_a_file_that_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(MalformedRecord, match="no line of column names"):
        guess(content, "f")


@needs_shared
@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("emhass_home_30min.csv.gz", ()),
        ("openstef_307_15min.csv.gz", ("unit",)),
        ("eemeter_il_cdd_hdd_hourly.csv.gz", ("unit",)),
        ("fontana_homes_hourly.csv.gz", ("value", "zone")),
        ("simbench_2016_15min_pu.csv.gz", ("value", "unit", "zone")),
    ],
)
def test_real_files_leave_open_only_what_they_do_not_tell(name: str, needed: tuple[str, ...]) -> None:
    assert guess((SHARED / "data" / "load" / name).read_bytes(), name).needed == needed
