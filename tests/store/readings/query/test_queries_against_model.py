"""Any history of loads, revisions and compactions answers every query as a plain dictionary does.

Local time is worked out here reading by reading, with the standard library, and not by the calendars asked.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterbook.store.readings import ReadingsLake
from meterbook.store.readings.files import datafile
from meterbook.store.readings.query import calendar, engine, rollup
from meterbook.store.readings.query.calendar import Calendar, Window
from meterbook.store.readings.query.classes import ChannelClass, Classed
from meterbook.store.readings.query.coincident import coincident_peak
from meterbook.store.readings.query.expected import Expected
from meterbook.store.readings.query.plan import Aggregates, Groups, Measure, Plan
from meterbook.store.readings.query.shape import shape_of_channels, shape_of_groups
from meterbook.store.readings.values import Int32
from tests.store.readings.query.query_model import Held, table

# A clock change lies in each span: New York's two, Lord Howe's of half an hour; Kathmandu has none, and 45 minutes.
SPANS = {
    "America/New_York spring": ("America/New_York", datetime(2025, 3, 8, tzinfo=UTC)),
    "America/New_York autumn": ("America/New_York", datetime(2025, 11, 1, tzinfo=UTC)),
    "Australia/Lord_Howe": ("Australia/Lord_Howe", datetime(2025, 4, 4, 12, tzinfo=UTC)),
    "Asia/Kathmandu": ("Asia/Kathmandu", datetime(2025, 12, 31, tzinfo=UTC)),
}
DAYS = 3
FULL = os.environ.get("METERBOOK_TEST_FULL") == "1"
HOLIDAY = date(2025, 3, 10)
PEAK = Window(name="on-peak", start_minute=90, end_minute=600, weekdays=frozenset(range(5)))

History = list[dict[int, dict[int, tuple[int, int]]]]


@pytest.fixture(autouse=True)
def _small_files_have_rollups(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (rollup, datafile, engine):
        monkeypatch.setattr(module, "ROLLUP_ROWS", 3)


def label_of(kind: str, instant: int, zone: str) -> str:
    at = datetime.fromtimestamp(instant, ZoneInfo(zone))
    if kind == "tou":
        minute = at.hour * 60 + at.minute
        return "on-peak" if 90 <= minute < 600 and at.weekday() < 5 and at.date() != HOLIDAY else "off-peak"
    pattern = {"days": "%Y-%m-%d", "months": "%Y-%m", "years": "%Y", "hours_of_day": "%H", "days_of_week": "%A"}
    if kind == "hours":
        offset = at.strftime("%z")
        return f"{at:%Y-%m-%dT%H}:00{offset[:3]}:{offset[3:]}"
    return at.strftime(pattern[kind])


def made(kind: str, start: int, end: int, zone: str) -> Calendar:
    if kind == "tou":
        return calendar.time_of_use(start, end, zone, [PEAK], holidays=frozenset({HOLIDAY}))
    build: Callable[[int, int, str], Calendar] = getattr(calendar, kind)
    return build(start, end, zone)


KINDS = ["days", "months", "years", "hours", "hours_of_day", "days_of_week", "tou"]


@st.composite
def histories(draw: st.DrawFn) -> tuple[str, int, History]:
    zone, first = SPANS[draw(st.sampled_from(sorted(SPANS)))]
    start = int(first.timestamp())
    slots = st.integers(-10, DAYS * 96 + 10)
    reading = st.tuples(st.integers(-40, 900), st.sampled_from([0, 2, 2, 2]))
    history: History = []
    for _ in range(draw(st.integers(1, 3))):
        load: dict[int, dict[int, tuple[int, int]]] = {}
        for channel in draw(st.sets(st.integers(1, 4), min_size=1)):
            runs = draw(st.lists(st.tuples(slots, st.integers(1, 40), reading), min_size=1, max_size=3))
            load[channel] = {
                start + 900 * (slot + step): (value + step * (step % 3), scale)
                for slot, length, (value, scale) in runs
                for step in range(length)
            }
        history.append(load)
    return zone, start, history


def now(history: History) -> dict[int, dict[int, tuple[int, int]]]:
    held: dict[int, dict[int, tuple[int, int]]] = defaultdict(dict)
    for load in history:
        for channel, readings in load.items():
            held[channel].update(readings)
    return dict(held)


def stored(lake: ReadingsLake, history: History, compact: set[int]) -> None:
    for number, load in enumerate(history, 1):
        lake.load([table(load)], load_id=number)
        if number in compact:
            lake.compact()


def opened(factory: pytest.TempPathFactory, zone: str) -> ReadingsLake:
    def classes(channels: Int32) -> Classed:
        known = tuple(ChannelClass(label=label, zone=zone) for label in ("odd", "even"))
        return Classed(classes=known, of=((channels + 1) % 2).astype("int32"))

    return ReadingsLake.open(factory.mktemp("lake"), classes=classes)


def answered(found: Aggregates, plan: Plan) -> dict[tuple[object, str], tuple[object, ...]]:
    rows = {}
    for at in range(len(found)):
        key = int(found.key[at])
        name: object = key if plan.groups is None else plan.groups.labels[key]
        values: list[object] = [Fraction(int(found.sum[at]), 10**found.scale), int(found.count[at])]
        for column in (found.max, found.min):
            values += [] if column is None else [Fraction(int(column[at]), 10**found.scale)]
        values += [] if found.max_at is None else [int(found.max_at[at])]
        rows[name, plan.calendar.labels[int(found.period[at])]] = tuple(values)
    return rows


def by_hand(
    held: Held, key_of: Callable[[int], object], label: Callable[[int], str], span: tuple[int, int]
) -> dict[tuple[object, str], tuple[object, ...]]:
    found: dict[tuple[object, str], list[tuple[Fraction, int]]] = defaultdict(list)
    for channel, readings in held.items():
        for start, (value, scale) in readings.items():
            if key_of(channel) is not None and span[0] <= start < span[1]:
                found[key_of(channel), label(start)].append((Fraction(value, 10**scale), start))
    return {
        at: (
            sum(value for value, _ in rows),
            len(rows),
            max(rows)[0],
            min(rows)[0],
            min(start for value, start in rows if value == max(rows)[0]),
        )
        for at, rows in found.items()
    }


GROUPS: list[tuple[Groups | None, Callable[[int], object]]] = [
    (None, lambda channel: channel),
    (Groups.together(), lambda _: "all"),
    (Groups.by_class(["even", "odd"]), lambda channel: "odd" if channel % 2 else "even"),
    (Groups.of({1: "a", 3: "b", 4: "a"}), {1: "a", 3: "b", 4: "a"}.get),
]


@settings(max_examples=2_000 if FULL else 25)
@given(
    histories(),
    st.tuples(st.sampled_from(KINDS), st.sampled_from(GROUPS)),
    st.sets(st.integers(1, 3)),
    st.integers(0, 3),
)
def test_aggregates_from_rollups_and_readings_are_those_of_a_dictionary(
    tmp_path_factory: pytest.TempPathFactory,
    case: tuple[str, int, History],
    asked: tuple[str, tuple[Groups | None, Callable[[int], object]]],
    compact: set[int],
    hours_off: int,
) -> None:
    (zone, start, history), (kind, (groups, key_of)) = case, asked
    lake = opened(tmp_path_factory, zone)
    stored(lake, history, compact)
    # Half of the spans begin and end with local days, so that daily sums can answer.
    local = int(datetime.fromtimestamp(start, ZoneInfo(zone)).replace(hour=0, minute=0).timestamp())
    low = (local if hours_off < 2 else start) + (hours_off % 2) * 5_400
    end = made("days", low, start + DAYS * 86_400, zone).bounds()[-1][0]
    held = now(history)
    for measures in (
        frozenset(Measure),
        frozenset({Measure.SUM, Measure.COUNT, Measure.MAX}),
        frozenset({Measure.SUM, Measure.COUNT}),
    ):
        plan = Plan(calendar=made(kind, low, end, zone), groups=groups, measures=measures)
        model = by_hand(held, key_of, lambda at: label_of(kind, at, zone), (low, end))
        columns = 5 if len(measures) == len(Measure) else len(measures)
        wanted = {at: values[:columns] for at, values in model.items()}
        assert answered(lake.aggregate(plan), plan) == wanted
        assert answered(lake.aggregate(plan, rollups=False), plan) == wanted
    for load in range(1, len(history) + 1):
        plan = Plan(calendar=made(kind, low, end, zone), groups=groups, as_of=load)
        model = by_hand(now(history[:load]), key_of, lambda at: label_of(kind, at, zone), (low, end))
        assert answered(lake.aggregate(plan), plan) == {at: values[:3] for at, values in model.items()}


@settings(max_examples=500 if FULL else 10)
@given(histories(), st.sampled_from(["days", "hours_of_day", "tou"]), st.sampled_from(GROUPS[1:]))
def test_peaks_shapes_and_gaps_are_those_of_a_dictionary(
    tmp_path_factory: pytest.TempPathFactory,
    case: tuple[str, int, History],
    kind: str,
    grouped: tuple[Groups | None, Callable[[int], object]],
) -> None:
    zone, start, history = case
    lake = opened(tmp_path_factory, zone)
    stored(lake, history, {len(history)})
    end = start + DAYS * 86_400
    (groups, key_of), held, periods = grouped, now(history), made(kind, start, end, zone)
    assert groups is not None
    totals: dict[tuple[object, int], Fraction] = defaultdict(Fraction)
    for channel, readings in held.items():
        for at, (value, scale) in readings.items():
            if key_of(channel) is not None and start <= at < end:
                totals[key_of(channel), at] += Fraction(value, 10**scale)
    spread: dict[tuple[object, str], list[tuple[Fraction, int]]] = defaultdict(list)
    for (key, at), total in totals.items():
        spread[key, label_of(kind, at, zone)].append((total, at))
    peaks = coincident_peak(lake, periods, groups, 900)
    assert {
        (groups.labels[group], periods.labels[period]): (Fraction(total, 10**peaks.scale), at)
        for group, period, total, at in zip(
            *(one.tolist() for one in (peaks.group, peaks.period, peaks.sum, peaks.start)), strict=True
        )
    } == {where: max(rows, key=lambda row: (row[0], -row[1])) for where, rows in spread.items()}
    shapes = shape_of_groups(lake, periods, groups, 900, [0, 50, 100])
    lows, halves, highs = shapes.quantile.tolist()
    for index, (group, period) in enumerate(zip(shapes.key.tolist(), shapes.period.tolist(), strict=True)):
        values = sorted(total for total, _ in spread[groups.labels[group], periods.labels[period]])
        told = [Fraction(one[index], 10**shapes.scale) for one in (lows, halves, highs)]
        assert told == [values[0], values[(len(values) + 1) // 2 - 1], values[-1]]
    each = shape_of_channels(lake.stream(list(held), start, end), periods, [100])
    assert {
        (channel, periods.labels[period]): (Fraction(top, 10**each.scale), count)
        for channel, period, top, count in zip(
            each.key.tolist(), each.period.tolist(), each.quantile[0].tolist(), each.count.tolist(), strict=True
        )
    } == {
        at: (values[2], values[1])
        for at, values in by_hand(held, lambda one: one, lambda at: label_of(kind, at, zone), (start, end)).items()
    }
    missing = lake.gaps(Expected.alike(list(held)), start, end)
    slots = {
        (channel, at)
        for channel, first, last in zip(
            missing.channel_id.tolist(), missing.start.tolist(), missing.end.tolist(), strict=True
        )
        for at in range(first, last, 900)
    }
    assert slots == {
        (channel, at) for channel, readings in held.items() for at in range(start, end, 900) if at not in readings
    }
