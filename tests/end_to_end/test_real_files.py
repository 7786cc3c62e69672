"""Real load files, taken in as files and served through the practice portal: every interval equal, both ways.

The expected values are worked out here with the csv module and decimals alone.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from house import account_numbers, connect
from shared_data import SHARED, needs_shared

from meterbook.book import Book
from meterbook.book.importing import Place
from meterbook.formats.mapping import Mapping, ValueColumn
from meterbook.model.channel import FlowDirection
from meterbook.model.digits import decimal_text
from meterbook.model.quality import Quality
from meterbook.practice.server import running
from meterbook.practice.settings import FallNight, Settings, SpringNight, default_today
from meterbook.practice.usage_file import read as read_usage

LOAD = SHARED / "data" / "load"
BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One file: how people would name its columns, and how its clock is read."""

    file: str
    time: str
    value: str
    unit: str
    interval_s: int
    zone: str
    portal_zone: str
    instant: Callable[[str], datetime]
    kwh: Callable[[Decimal], Decimal]
    flow: FlowDirection = FlowDirection.DELIVERED
    factor: Decimal = Decimal(1)


def with_offset(text: str) -> datetime:
    return datetime.fromisoformat(text)


CASES = {
    "SimBench household": Case(
        file="simbench_2016_15min_pu.csv.gz", time="time", value="H0-A", unit="kW", interval_s=900,
        # Its notes call the clock fixed, yet 02:00 is missing on 27 March and comes twice on 30 October 2016.
        zone="Europe/Berlin", portal_zone="America/New_York", factor=Decimal(4),
        instant=lambda text: datetime.fromisoformat(text).replace(tzinfo=BERLIN), kwh=lambda v: v * 4 / 4,
    ),
    "French home": Case(
        file="emhass_home_30min.csv.gz", time="utc_start", value="load_w", unit="W", interval_s=1800,
        zone="UTC", portal_zone="America/Chicago", instant=with_offset, kwh=lambda v: v / 2000,
    ),
    "Dutch grid point": Case(
        file="openstef_307_15min.csv.gz", time="utc", value="load", unit="MW", interval_s=900,
        zone="UTC", portal_zone="America/Denver", instant=with_offset, kwh=lambda v: v * 250, flow=FlowDirection.NET,
    ),
    "Fontana home": Case(
        file="fontana_homes_hourly.csv.gz", time="hour_beginning", value="home1_kwh", unit="kWh", interval_s=3600,
        zone="America/Los_Angeles", portal_zone="America/Los_Angeles",
        instant=lambda text: datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/Los_Angeles")),
        kwh=lambda v: v,
    ),
    "Illinois meter": Case(
        file="eemeter_il_cdd_hdd_hourly.csv.gz", time="start", value="value", unit="kWh", interval_s=3600,
        zone="America/Chicago", portal_zone="America/Chicago", instant=with_offset, kwh=lambda v: v,
    ),
}  # fmt: skip
FONTANA_NIGHTS = {"2016-11-06", "2017-03-12"}  # the nights on which the file's own clock goes wrong


def expected(case: Case) -> dict[int, Decimal]:
    """Readings of a file by instant. A wall time that the clock skipped is left out, a repeated one is its first."""
    with gzip.open(LOAD / case.file, "rt") as lines:
        rows = [(row[case.time], row[case.value]) for row in csv.DictReader(lines)]
    found: dict[int, Decimal] = {}
    for text, value in rows:
        if value.strip():
            instant = case.instant(text)
            if int(instant.timestamp()) in found:
                instant = instant.replace(fold=1)  # the second pass of the repeated hour
            if instant.astimezone(UTC).astimezone(instant.tzinfo).replace(fold=0) != instant.replace(fold=0):
                continue  # 02:00 on the night when it did not exist
            found[int(instant.timestamp())] = case.kwh(Decimal(value))
    return found


def stored(book: Book, account: str) -> tuple[dict[int, Decimal], set[int]]:
    """Values held of an account's one meter by instant, and the instants that are marked as uncertain."""
    (found,) = [item.series for item in book.readings(account) if item.series.channel.unit == "kWh"]
    texts = [Decimal(decimal_text(value, found.scale)) for value in found.value.tolist()]
    values = dict(zip(found.start.tolist(), texts, strict=True))
    return values, set(found.start[found.quality == Quality.AMBIGUOUS].tolist())


def clock_nights(differing: set[int], zone: str) -> set[str]:
    return {str(datetime.fromtimestamp(at, ZoneInfo(zone)).date()) for at in differing}


def assert_equal_but_for_told(book: Book, account: str, case: Case, wanted: dict[int, Decimal]) -> None:
    """Every interval equal; where not, on a night of the file's own clock and told by a finding."""
    held, unsure = stored(book, account)
    differing = {at for at in wanted.keys() | held.keys() if wanted.get(at) != held.get(at)} | unsure
    told = [one.finding for one in book.records.findings() if one.finding.name.startswith("time.")]
    covered = {
        at for at in differing for f in told if f.start is not None and f.end is not None and f.start <= at < f.end
    }
    assert differing == covered
    if case.file.startswith("fontana"):
        assert clock_nights(differing, case.zone) <= FONTANA_NIGHTS
        assert differing, "the file's faulty nights were not noticed"
    else:
        assert not differing


@needs_shared
@pytest.mark.parametrize("name", CASES)
def test_a_real_file_is_taken_in_exactly(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    column = ValueColumn(name=case.value, unit=case.unit, flow=case.flow, factor=case.factor)
    mapping = Mapping(time=case.time, values=(column,), interval_s=case.interval_s, zone=case.zone)
    book = Book.open(tmp_path)
    book.import_file(LOAD / case.file, mapping, place=Place(account="home", zone=case.zone))
    assert_equal_but_for_told(book, "home", case, expected(case))
    again = book.import_file(LOAD / case.file, mapping, place=Place(account="home", zone=case.zone))
    assert (again.new, again.revised) == (0, 0)


@needs_shared
@pytest.mark.parametrize("name", CASES)
def test_a_real_file_served_by_the_practice_portal_is_synced_exactly(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    book, account = synced(case, tmp_path)
    assert_equal_but_for_told(book, account, case, expected(case))


@needs_shared
@pytest.mark.parametrize("fall", [FallNight.MERGED, FallNight.SECOND_LOST, FallNight.INTERLEAVED])
@pytest.mark.parametrize("spring", [SpringNight.PHANTOM_ZERO, SpringNight.PHANTOM_ENERGY])
def test_on_other_portals_every_interval_that_differs_is_told(
    fall: FallNight, spring: SpringNight, tmp_path: Path
) -> None:
    case = CASES["Illinois meter"]
    book, account = synced(case, tmp_path, fall=fall, spring=spring)
    wanted = expected(case)
    held, unsure = stored(book, account)
    differing = {at for at in wanted.keys() | held.keys() if wanted.get(at) != held.get(at)}
    told = [one.finding for one in book.records.findings() if one.finding.name.startswith("time.")]
    untold = {at for at in differing if not any(f.start <= at < f.end for f in told if f.start and f.end)}
    assert not untold
    assert clock_nights(differing, case.zone) <= {"2016-11-06", "2017-11-05", "2015-11-01"}
    if fall is FallNight.INTERLEAVED:
        assert not differing
        assert not unsure
    else:
        kind = "time.autumn-merged" if fall is FallNight.MERGED else "time.autumn-hour-lost"
        assert {one.name for one in told} >= {"time.autumn-ambiguous", kind}


def synced(
    case: Case, folder: Path, *, fall: FallNight = FallNight.REPEATED, spring: SpringNight = SpringNight.SKIPPED
) -> tuple[Book, str]:
    usage = read_usage(
        LOAD / case.file, column=case.value, time_column=case.time, unit=case.unit, zone=case.zone, scale=case.factor
    )
    settings = Settings(
        today=default_today(case.portal_zone, usage), zone=case.portal_zone, usage=usage, pending=0, fall=fall,
        spring=spring,
    )  # fmt: skip
    book = Book.open(folder)
    with running(settings) as practice:
        connect(book, settings, practice.listening.url, "household")
        report = book.sync()
    assert report.complete, report
    return book, account_numbers(settings, "household")[0]
