"""A real load file as a member's meter: the file's own decimals, interval and gaps."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from practice_calls import Caller
from shared_data import SHARED, needs_shared

from meterbook.model.errors import InputError, MalformedRecord, NotFound, UsageError
from meterbook.practice import truth, usage_file
from meterbook.practice.settings import ExportFlow, GapStyle, default_today
from meterbook.practice.world import Story

Make = Callable[..., Caller]
LOAD = SHARED / "data" / "load"


def write(folder: Path, text: str, name: str = "load.csv") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def decimals(found: usage_file.UsageFile) -> dict[int, Decimal]:
    return {
        at: Decimal(value).scaleb(-found.scale)
        for at, value in zip(found.start.tolist(), found.value.tolist(), strict=True)
    }


def test_a_power_column_becomes_energy_exactly(tmp_path: Path) -> None:
    text = (
        "utc_start,load_w\n2024-02-28T21:00Z,1532.5\n2024-02-28T21:30Z,\n2024-02-28T22:00Z,0.3\n2024-02-28T22:30Z,7\n"
    )
    for name in ("load.csv", "load.csv.gz"):
        found = usage_file.read(write(tmp_path, text, name))
        assert found.step_s == 1800
        first = int(datetime(2024, 2, 28, 21, tzinfo=UTC).timestamp())
        assert decimals(found) == {
            first: Decimal("0.76625"),
            first + 3600: Decimal("0.00015"),
            first + 5400: Decimal("0.0035"),
        }


def test_a_scale_multiplies_exactly(tmp_path: Path) -> None:
    path = write(tmp_path, "time,H0-A\n2016-01-01T00:00,0.276685\n2016-01-01T00:15,0.1\n")
    found = usage_file.read(path, unit="kW", zone="Etc/GMT-1", scale=Decimal(4))
    assert list(decimals(found).values()) == [Decimal("0.276685"), Decimal("0.1")]
    assert found.first == int(datetime(2015, 12, 31, 23, tzinfo=UTC).timestamp())


def test_bare_times_on_both_nights_are_placed_by_their_order_and_what_never_was_is_noted(tmp_path: Path) -> None:
    rows = ["2026-03-08T01:00", "2026-03-08T02:00", "2026-03-08T03:00", "2026-11-01T00:00", "2026-11-01T01:00"]
    rows += ["2026-11-01T01:00", "2026-11-01T02:00"]
    text = "t,x_kwh\n" + "".join(f"{row},{place}\n" for place, row in enumerate(rows, start=1))
    found = usage_file.read(write(tmp_path, text), zone="America/New_York")
    tz = ZoneInfo("America/New_York")
    assert [datetime.fromtimestamp(at, tz).strftime("%d %H %z") for at in found.start.tolist()] == [
        "08 01 -0500",
        "08 03 -0400",
        "01 00 -0400",
        "01 01 -0400",
        "01 01 -0500",
        "01 02 -0500",
    ]
    assert len(found.notes) == 1
    assert "2026-03-08T02:00 did not exist" in found.notes[0]


@pytest.mark.parametrize(
    ("text", "options", "error", "words"),
    [
        ("t,a,b\n2026-01-01T00:00Z,1,2\n", {}, UsageError, "3 columns"),
        ("t,pv_w_per_kw\n2026-01-01T00:00Z,1\n", {}, UsageError, "unit"),
        ("t,x_kwh\n2026-01-01T00:00,1\n", {}, UsageError, "no offset"),
        ("t,x_kwh\n2026-01-01T00:00Z,1\n", {"column": "y"}, UsageError, "no column"),
        ("t,x\n2026-01-01T00:00Z,1\n", {"unit": "stone"}, UsageError, "stone"),
        ("t,x_kwh\nyesterday,1\n", {}, MalformedRecord, "yesterday"),
        ("t,x_kwh\n2026-01-01T00:00Z,NaN\n2026-01-01T01:00Z,1\n", {}, MalformedRecord, "NaN"),
        ("t,x_kwh\n2026-01-01T01:00Z,1\n2026-01-01T00:00Z,1\n", {}, InputError, "interval"),
        ("t,x_kwh\n2026-01-01T01:00Z,1\n", {}, InputError, "fewer than two"),
        ("t,x_w\n2026-01-01T01:00Z,1\n2026-01-01T01:05Z,1\n", {}, UsageError, "no exact energy"),
        ("t\n2026-01-01T01:00Z\n", {}, InputError, "not a table"),
        ("t,x_kwh\n2026-01-01T01:00Z,1,2\n", {}, MalformedRecord, "3 fields"),
    ],
)
def test_what_can_not_be_served_is_refused_with_the_reason(
    tmp_path: Path, text: str, options: dict[str, str], error: type[InputError], words: str
) -> None:
    with pytest.raises(error, match=words):
        usage_file.read(write(tmp_path, text), **options)  # type: ignore[arg-type]


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        usage_file.read(tmp_path / "none.csv")


@given(
    values=st.lists(
        st.decimals(-99999, 99999, places=6, allow_nan=False, allow_infinity=False), min_size=2, max_size=60
    ),
    step=st.sampled_from([900, 1800, 3600]),
)
@settings(max_examples=40, deadline=None)
def test_any_decimals_come_out_as_they_went_in(
    tmp_path_factory: pytest.TempPathFactory, values: list[Decimal], step: int
) -> None:
    rows = [
        f"{datetime.fromtimestamp(1_700_000_000 // 3600 * 3600 + place * step, UTC).isoformat()},{value}\n"
        for place, value in enumerate(values)
    ]
    path = write(tmp_path_factory.mktemp("load"), "t,x_kwh\n" + "".join(rows))
    assert list(decimals(usage_file.read(path)).values()) == values


def served(caller: Caller) -> dict[int, Decimal]:
    """Everything the portal sends of the first member, as decimals read from the text itself."""
    import json

    caller.enter(Story.HOUSEHOLD)
    usage = caller.run.portal.settings.usage
    assert usage is not None
    tz = caller.run.portal.settings.tz
    found: dict[int, Decimal] = {}
    before = None
    low = usage.first - usage.first % 86_400 - 86_400
    while low < usage.last + 86_400:
        body = caller.body(low, low + 30 * 86_400)
        for _ in range(2):
            reply = caller.post("/utility-usage/poll", body)
        entries = json.loads(reply.body, parse_float=Decimal)["data"]["ELECTRIC"]
        for point in entries[0]["series"][0]["data"] if entries else ():
            if point["y"] is None:
                continue
            wall = datetime.fromtimestamp(point["x"] / 1000, UTC).replace(tzinfo=tz)
            at = int(wall.timestamp())
            if before is not None and at <= before:
                at = int(wall.replace(fold=1).timestamp())
            assert at not in found
            found[at] = Decimal(point["y"])
            before = at
        low += 30 * 86_400
    return found


def test_negative_values_are_a_net_channel_or_negative_forward(portal: Make, tmp_path: Path) -> None:
    text = "t,x_kwh\n2026-06-01T00:00Z,1.25\n2026-06-01T00:15Z,-0.5\n2026-06-01T00:45Z,3\n2026-06-01T01:00Z,-2.123456\n"
    usage = usage_file.read(write(tmp_path, text))
    for style, flow in ((ExportFlow.RETURN, "NET"), (ExportFlow.FORWARD, "FORWARD")):
        today = default_today("America/New_York", usage)
        caller = portal(usage=usage, today=today, export_flow=style, cost="absent")
        assert today == date(2026, 6, 1)
        caller = portal(usage=usage, today=date(2026, 6, 2), export_flow=style, cost="absent")
        assert served(caller) == decimals(usage)
        entry = caller.poll(usage.first, usage.last + 900)[0]
        assert entry["meters"][0]["flowDirection"] == flow
        (series,) = truth.series(caller.run.portal.settings, caller.member.contracts[0].number)
        assert series.channel.flow == "net"
        assert series.value.tolist() == usage.value.tolist()


def test_a_files_gaps_can_be_sent_as_null(portal: Make, tmp_path: Path) -> None:
    text = "t,x_kwh\n2026-05-01T00:00Z,1\n2026-05-01T00:15Z,2\n2026-05-01T00:45Z,3\n"
    caller = portal(usage=usage_file.read(write(tmp_path, text)), gaps=GapStyle.NULL, cost="absent")
    caller.enter(Story.HOUSEHOLD)
    points = caller.poll(1777593600 - 3600, 1777593600 + 7200)[0]["series"][0]["data"]
    assert [point["y"] for point in points] == [1, 2, None, 3]


# SimBench's clock follows summer time: 92 rows on 27 March and 100 on 30 October 2016.
CASES = {
    "simbench": ("simbench_2016_15min_pu.csv.gz", {"column": "H0-A", "unit": "kW", "zone": "Europe/Berlin"}, 4, 900),
    "emhass": ("emhass_home_30min.csv.gz", {"column": "load_w"}, 1, 1800),
    "openstef": ("openstef_307_15min.csv.gz", {"column": "load", "unit": "MW"}, 1, 900),
    "fontana": ("fontana_homes_hourly.csv.gz", {"column": "home1_kwh", "zone": "America/Los_Angeles"}, 1, 3600),
    "illinois": ("eemeter_il_cdd_hdd_hourly.csv.gz", {"unit": "kWh"}, 1, 3600),
    "offices": (
        "bdg2_two_buildings_hourly.csv.gz",
        {"column": "building_2", "unit": "kWh", "zone": "Etc/GMT+5"},
        1,
        3600,
    ),
}


@needs_shared
@pytest.mark.parametrize("case", CASES)
def test_each_real_file_is_served_value_for_value(portal: Make, case: str) -> None:
    name, options, scale, step = CASES[case]
    usage = usage_file.read(LOAD / name, scale=Decimal(scale), **options)  # type: ignore[arg-type]
    assert usage.step_s == step
    rows = list(csv.DictReader(io.StringIO(gzip.decompress((LOAD / name).read_bytes()).decode())))
    column = options.get("column", "value")
    kept = [Fraction(row[column]) for row in rows if row[column]]
    hours = Fraction(step, 3600) if options.get("unit", "W") in ("kW", "MW", "W") and case != "fontana" else 1
    factor = {"openstef": 1000, "emhass": Fraction(1, 1000)}.get(case, 1)
    expected = [value * scale * hours * factor for value in kept]
    lost = len(usage.notes)
    assert lost == (1 if case == "fontana" else 0)
    sent = served(
        portal(usage=usage, today=default_today("America/New_York", usage), cost="absent", pending=0, members=1)
    )
    last_day = default_today("America/New_York", usage)
    assert datetime.fromtimestamp(usage.last, ZoneInfo("America/New_York")).date() < last_day
    assert sent == decimals(usage)
    if not lost:
        assert [Fraction(value) for value in sent.values()] == expected


def test_a_row_repeated_as_it_was_is_left_out_and_noted_and_one_that_differs_is_refused(tmp_path: Path) -> None:
    rows = ["time,kwh", "2016-10-30T02:00Z,1.5", "2016-10-30T02:15Z,2.5", "2016-10-30T02:30Z,3.5"]
    same = tmp_path / "same.csv"
    same.write_text("\n".join([*rows, "2016-10-30T02:15Z,2.50"]))
    found = usage_file.read(same)
    assert found.value.tolist() == [15, 25, 35]
    assert any("repeat" in note for note in found.notes)
    other = tmp_path / "other.csv"
    other.write_text("\n".join([*rows, "2016-10-30T02:15Z,9"]))
    with pytest.raises(MalformedRecord, match="different values"):
        usage_file.read(other)


def test_what_a_file_does_not_tell_is_assumed_and_noted(tmp_path: Path) -> None:
    text = "t,temp_c,value,total\n2026-01-01T00:00,9,1.25,7\n2026-01-01T01:00,9,0.5,7\n"
    found = usage_file.read(write(tmp_path, text), assumed_zone="America/Chicago")
    assert decimals(found) == {1767247200: Decimal("1.25"), 1767250800: Decimal("0.5")}
    assert len(found.notes) == 2
    assert "kWh" in found.notes[0]
    assert "America/Chicago" in found.notes[1]
