"""Real load files, interval for interval: read by our code, and computed apart with csv, Decimal and zoneinfo."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from shared_data import SHARED, needs_shared

from meterbook.formats.base import Imported, UsagePoint
from meterbook.formats.delimited import read
from meterbook.formats.mapping import Mapping, ValueColumn
from meterbook.model.channel import FlowDirection
from meterbook.model.series import IntervalSeries

pytestmark = needs_shared
POINT = UsagePoint(utility="example", account="7001001", service_location="70010", meter="21-345678")
LOAD = SHARED / "data" / "load"


def imported(name: str, mapping: Mapping) -> Imported:
    return read((LOAD / name).read_bytes(), mapping, POINT, name)


def decimals(series: IntervalSeries) -> dict[int, Decimal]:
    """Instant to value, from the stored integers."""
    return {
        start: Decimal(value).scaleb(-series.scale)
        for start, value in zip(series.start.tolist(), series.value.tolist(), strict=True)
    }


def expected(
    name: str, time: str, value: str, instant: Callable[[str], int], factor: Decimal = Decimal(1)
) -> dict[int, Decimal]:
    """Instant to value, straight from the file; the last record of an instant counts."""
    with gzip.open(LOAD / name, "rt", newline="") as file:
        return {
            instant(row[time]): Decimal(row[value]) * factor
            for row in csv.DictReader(io.StringIO(file.read(), newline=""))
            if row[value]
        }


def aware(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def in_zone(zone: timezone | ZoneInfo) -> Callable[[str], int]:
    return lambda text: int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())


def test_simbench_household_scaled_to_a_peak_of_4_kw_is_exact_in_fixed_cet() -> None:
    name = "simbench_2016_15min_pu.csv.gz"
    column = ValueColumn(name="H0-A", unit="kW", factor=Decimal(4))
    result = imported(name, Mapping(time="time", values=(column,), interval_s=900, zone="Etc/GMT-1"))
    (series,) = result.series
    assert decimals(series) == expected(name, "time", "H0-A", in_zone(timezone(timedelta(hours=1))), Decimal(1))
    assert (len(series), series.scale, result.rows_read) == (35_132, 6, 35_136)
    assert decimals(series)[int(datetime(2015, 12, 31, 23, tzinfo=UTC).timestamp())] == Decimal("0.276685")


def test_simbench_follows_the_wall_clock_of_berlin_and_is_whole_there() -> None:
    """The file skips 02:00 on 27 March and has it twice, with equal values, on 30 October."""
    name = "simbench_2016_15min_pu.csv.gz"
    column = ValueColumn(name="H0-A", unit="kW", factor=Decimal(4))
    fixed = imported(name, Mapping(time="time", values=(column,), interval_s=900, zone="Etc/GMT-1"))
    assert [(finding.name, finding.data["intervals"]) for finding in fixed.findings] == [("file.duplicate", 4)]
    wall = imported(name, Mapping(time="time", values=(column,), interval_s=900, zone="Europe/Berlin"))
    assert wall.findings == ()
    assert len(wall.series[0]) == 35_136
    steps = wall.series[0].start[1:] - wall.series[0].start[:-1]
    assert set(steps.tolist()) == {900}


def test_french_home_keeps_tenths_of_a_watt_hour_and_its_gaps() -> None:
    name = "emhass_home_30min.csv.gz"
    result = imported(name, Mapping(time="utc_start", values=(ValueColumn(name="load_w", unit="W"),), interval_s=1800))
    (series,) = result.series
    assert decimals(series) == expected(name, "utc_start", "load_w", aware, Decimal("0.0005"))
    assert (result.rows_read, result.rows_skipped, len(series)) == (17_524, 336, 17_188)
    assert result.findings == ()


def test_dutch_grid_point_is_net_and_exact() -> None:
    name = "openstef_307_15min.csv.gz"
    column = ValueColumn(name="load", unit="MW", flow=FlowDirection.NET)
    result = imported(name, Mapping(time="utc", values=(column,), interval_s=900))
    (series,) = result.series
    assert decimals(series) == expected(name, "utc", "load", aware, Decimal(250))
    assert int(series.value.min()) < 0
    assert (len(series), result.rows_skipped) == (11_327, 194)


def test_a_fontana_home_is_exact_but_for_its_two_clock_days_which_are_findings() -> None:
    name = "fontana_homes_hourly.csv.gz"
    column = ValueColumn(name="home1_kwh", unit="kWh")
    mapping = Mapping(time="hour_beginning", values=(column,), interval_s=3600, zone="America/Los_Angeles")
    result = imported(name, mapping)
    (series,) = result.series
    plain = expected(name, "hour_beginning", "home1_kwh", in_zone(ZoneInfo("America/Los_Angeles")))
    ours = decimals(series)
    differing = {start for start in plain if ours.get(start) != plain[start]}
    skipped = int(datetime(2017, 3, 12, 10, tzinfo=UTC).timestamp())
    assert differing == {skipped}
    assert ours[skipped] == Decimal("0.5494") + Decimal("0.627")
    assert [(finding.name, finding.start) for finding in result.findings] == [
        ("time.autumn-ambiguous", int(datetime(2016, 11, 6, 8, tzinfo=UTC).timestamp())),
        ("time.spring-phantom", skipped),
    ]
    assert sum(ours.values()) == sum(plain.values()) + Decimal("0.5494")
    assert series.scale == 4


def test_illinois_meter_is_exact_across_four_clock_changes() -> None:
    name = "eemeter_il_cdd_hdd_hourly.csv.gz"
    result = imported(name, Mapping(time="start", values=(ValueColumn(name="value", unit="kWh"),), interval_s=3600))
    (series,) = result.series
    assert decimals(series) == expected(name, "start", "value", aware)
    assert result.findings == ()
    assert len(series) == 19_417


def test_bdg2_building_loses_float_noise_only_and_says_so() -> None:
    name = "bdg2_two_buildings_hourly.csv.gz"
    column = ValueColumn(name="building_2", unit="kWh")
    mapping = Mapping(time="timestamp", values=(column,), interval_s=3600, zone="Etc/GMT+6")
    result = imported(name, mapping)
    (series,) = result.series
    plain = expected(name, "timestamp", "building_2", in_zone(timezone(timedelta(hours=-6))))
    ours = decimals(series)
    assert plain.keys() == ours.keys()
    assert max(abs(plain[start] - ours[start]) for start in plain) < Decimal("1e-12")
    noisy = sum(len(value.as_tuple().digits) > 15 for value in plain.values())
    assert [(finding.name, finding.data["values"]) for finding in result.findings] == [("value.float-noise", noisy)]
    assert series.scale == 4
