"""Any sequence of whatever can be done to a lake, and every read answers as a dictionary does."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from store.readings.lake_model import ALL_TIME, LakeModel, batch, exact
from store.readings.operations import tiny_layout

from meterbook.store.readings import Batch, Cursor, ReadingsLake
from meterbook.store.readings.query.calendar import Calendar, days, hours_of_day, intervals, months, whole
from meterbook.store.readings.query.plan import Groups, Measure, Plan

FULL = os.environ.get("METERBOOK_TEST_FULL") == "1"
CHANNELS = (1, 2, 9, 700)
ZONE = "America/New_York"
TURN = 1_764_547_200  # 1 December 2025, UTC
# Few instants, so that batches overlap: around the turn of two months, one before 1970.
INSTANTS = [*(TURN + 900 * step for step in range(-6, 6)), 1_762_000_000, -900]
EVERY_MEASURE = frozenset(Measure)

values = st.dictionaries(st.sampled_from(INSTANTS), st.integers(-20, 20), max_size=8)
qualities = st.dictionaries(st.sampled_from(INSTANTS), st.sampled_from([0, 1, 3]), max_size=3)
scales = st.sampled_from([2, 3, 5])
one_batch = st.tuples(st.sampled_from(CHANNELS), values, scales, qualities, st.booleans())
spans = st.tuples(st.sampled_from(INSTANTS), st.integers(0, 9_000)).map(lambda span: (span[0], sum(span)))


class LakeMachine(RuleBasedStateMachine):
    """A lake on files of a few rows, beside a dictionary, and a follower that keeps a copy by ``changes``."""

    def __init__(self) -> None:
        super().__init__()
        self.model, self.loads = LakeModel(), 0
        self.cursor: Cursor | int = 0
        self.followed: dict[tuple[int, int], tuple[Fraction, int, int]] = {}
        self.stack = ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))

    @initialize(
        merge=st.sampled_from([3, 60, 200_000]),
        mixed=st.sampled_from([1, 3, 64]),
        file=st.sampled_from([40, 4_000]),
        few=st.sampled_from([0, 50, 100_000]),
        kept=st.sampled_from([0, 40, 4_000]),
    )
    def open_lake(self, merge: int, mixed: int, file: int, few: int, kept: int) -> None:
        self.stack.enter_context(
            tiny_layout(
                MERGE_ROWS=merge,
                MIXED_FILES=mixed,
                FILE_ROWS=file,
                MIXED_WRITE_ROWS=few,
                KEPT_ROWS=kept,
                ROLLUP_ROWS=20,
            )
        )
        self.reopen()

    @rule()
    def reopen(self) -> None:
        self.lake = ReadingsLake.open(self.folder)

    # -- what changes readings ---------------------------------------------------------------------------------------

    @rule(batches=st.lists(one_batch, min_size=1, max_size=4))
    def write(self, batches: list[Any]) -> None:
        self.loads += 1
        made: list[Batch] = []
        for channel, readings, scale, quality, next_load in batches:
            self.loads += next_load
            made.append(batch(channel, self.loads, readings, scale=scale, quality=quality))
        written = self.lake.write(made)
        assert (sum(one.new for one in written), sum(one.revised for one in written)) == self.model.write(made)
        assert sum(one.new + one.revised + one.unchanged for one in written) == len(
            {(one.channel_id, one.load_id, start) for one in made for start in one.series.start.tolist()}
        )

    @rule(chunks=st.lists(st.lists(one_batch, min_size=1, max_size=3), min_size=1, max_size=3))
    def load(self, chunks: list[list[Any]]) -> None:
        """Columns in any order; of a reading that comes twice, the later one wins."""
        self.loads += 1
        self._load([[batch(c, self.loads, r, scale=s, quality=q) for c, r, s, q, _ in chunk] for chunk in chunks])

    @rule(
        first=st.integers(-40, 3),
        length=st.integers(1, 12),
        channels=st.sets(st.sampled_from([*range(1, 20), 700]), min_size=1, max_size=6),
        step=st.sampled_from([1, 3, 6]),
        twist=st.integers(0, 5),
    )
    def load_days(self, first: int, length: int, channels: set[int], step: int, twist: int) -> None:
        """Whole days of several channels, as a batch of a day or of some history brings them."""
        self.loads += 1
        start = range(TURN + 86_400 * first, TURN + 86_400 * (first + length), 3_600 * step)
        batches = [
            batch(channel, self.loads, {at: (at // 3_600 * channel + (at % 7 == 0) * twist) % 97 for at in start})
            for channel in sorted(channels, key=lambda number: (number * 7) % 5)
        ]
        self._load([batches[:2], batches[2:]] if twist % 2 and len(batches) > 2 else [batches])

    def _load(self, chunks: list[list[Batch]]) -> None:
        loaded = self.lake.load([_table(chunk) for chunk in chunks], load_id=self.loads)
        every = [one for chunk in chunks for one in chunk]
        assert (loaded.new, loaded.revised) == self.model.write(every)
        said = {(one.channel_id, start) for one in every for start in one.series.start.tolist()}
        assert loaded.new + loaded.revised + loaded.unchanged == len(said)

    @rule(channel=st.sampled_from(CHANNELS))
    def delete(self, channel: int) -> None:
        assert self.lake.delete([channel, 99]) == self.model.delete(channel)
        self.followed = {key: value for key, value in self.followed.items() if key[0] != channel}

    # -- what changes nothing ----------------------------------------------------------------------------------------

    @rule(what=st.sampled_from(["compact", "tidy", "checkpoint", "vacuum"]))
    def look_after(self, what: str) -> None:
        if what == "vacuum":
            self.lake.vacuum(older_than_s=0)
        else:
            getattr(self.lake, what)()

    @rule(batches=st.integers(1, 3), whole_load=st.booleans())
    def follow(self, batches: int, whole_load: bool) -> None:
        """Take in some changes, and keep the place as text."""
        for number, part in enumerate(self.lake.changes(self.cursor)):
            if number >= batches:
                break
            self._take_in(part)
            self.cursor = Cursor.parse(str(Cursor.after(part)))
        else:
            if whole_load:
                self.cursor = self.loads

    # -- what is read ------------------------------------------------------------------------------------------------

    @rule(span=spans, back=st.integers(0, 3))
    def read(self, span: tuple[int, int], back: int) -> None:
        as_of = None if not back else max(0, self.loads - back)
        found = self.lake.read(CHANNELS, *span, as_of=as_of)
        assert {channel: exact(found[channel]) for channel in CHANNELS} == {
            channel: self.model.read(channel, *span, as_of) for channel in CHANNELS
        }

    @rule(which=st.integers(0, 4), back=st.integers(0, 2), together=st.booleans())
    def aggregate(self, which: int, back: int, together: bool) -> None:
        as_of = None if not back else max(0, self.loads - back)
        start, end = TURN - 45 * 86_400, TURN + 20 * 86_400
        calendar, label = _calendars(start, end)[which]
        groups = Groups.of({1: "one", 2: "rest", 9: "rest"}) if together else None
        plan = Plan(
            calendar=calendar,
            channels=np.array([1, 2, 9], np.int32),
            groups=groups,
            measures=EVERY_MEASURE,
            as_of=as_of,
        )
        rows = self.lake.aggregate(plan).to_arrow(plan).to_pylist()
        expected: dict[tuple[Any, str], list[tuple[int, Fraction]]] = {}
        for channel in (1, 2, 9):
            key = ("one" if channel == 1 else "rest") if together else channel
            for at, (value, _, _) in self.model.read(channel, start, end, as_of).items():
                expected.setdefault((key, label(at)), []).append((at, value))
        assert {(row["group" if together else "channel_id"], row["period"]): _measured(row) for row in rows} == {
            key: (sum(value for _, value in held), len(held), max(v for _, v in held), min(v for _, v in held),
                  min(at for at, value in held if value == max(v for _, v in held)))
            for key, held in expected.items()
        }  # fmt: skip

    # -- at the end --------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            if hasattr(self, "lake"):
                self._assert_same()
        finally:
            self.stack.close()

    def _assert_same(self) -> None:
        lake, model = self.lake, self.model
        verified = lake.verify()
        assert verified.problems == ()
        assert (verified.left_over, verified.readings) == (0, len(model.held))
        brought: dict[int, int] = {}
        for held in model.held.values():
            for load, _, _ in held:
                brought[load] = brought.get(load, 0) + 1
        assert verified.loads == brought, "each load's readings are there once, as what holds or as what was"
        channels = sorted({channel for channel, _ in model.held} | set(CHANNELS))
        for as_of in (None, *range(0, self.loads + 1, max(1, self.loads // 6))):
            found = lake.read(channels, *ALL_TIME, as_of=as_of)
            assert {channel: exact(found[channel]) for channel in channels} == {
                channel: model.read(channel, *ALL_TIME, as_of) for channel in channels
            }
        streamed = [row for part in lake.stream(channels, *ALL_TIME) for row in part.to_pylist()]
        assert [(row["channel_id"], _seconds(row["ts"])) for row in streamed] == sorted(model.held)
        for channel in CHANNELS:
            assert [_history(row) for row in lake.history(channel, *ALL_TIME).to_pylist()] == model.history(channel)
        coverage = lake.coverage(channels)
        for channel in channels:
            starts = sorted(at for owner, at in model.held if owner == channel)
            assert (channel in coverage) == bool(starts)
            if starts:
                held_of = coverage[channel]
                assert (held_of.first, held_of.last, held_of.count) == (starts[0], starts[-1], len(starts))
        for part in lake.changes(self.cursor):
            self._take_in(part)
        assert self.followed == {key: (held[-1][1], held[-1][2], held[-1][0]) for key, held in model.held.items()}, (
            "who followed the changes has the same"
        )

    def _take_in(self, part: pa.RecordBatch) -> None:
        rows = part.to_pylist()
        assert [row["load_id"] for row in rows] == sorted(row["load_id"] for row in rows)
        for row in rows:
            value = Fraction(row["value"], 10 ** row["scale"])
            self.followed[row["channel_id"], _seconds(row["ts"])] = (value, row["quality"], row["load_id"])


def _calendars(start: int, end: int) -> list[tuple[Calendar, Callable[[int], str]]]:
    """Calendars, each with the name of an instant's period, worked out one by one."""

    def local(at: int) -> datetime:
        return datetime.fromtimestamp(at, ZoneInfo(ZONE))

    every = whole(start, end)
    hours = intervals(start, end, 3_600)
    return [
        (days(start, end, ZONE), lambda at: f"{local(at):%Y-%m-%d}"),
        (months(start, end, ZONE), lambda at: f"{local(at):%Y-%m}"),
        (hours_of_day(start, end, ZONE), lambda at: hours_of_day(at, at + 1, ZONE).labels[local(at).hour]),
        (every, lambda _: every.labels[0]),
        (hours, lambda at: hours.labels[(at - start) // 3_600]),
    ]


def _measured(row: dict[str, Any]) -> tuple[Fraction, int, Fraction, Fraction, int]:
    unit = 10 ** row["scale"]
    extremes = (Fraction(row[name], unit) for name in ("max", "min"))
    return (Fraction(row["sum"], unit), row["count"], *extremes, _seconds(row["max_at"]))  # type: ignore[return-value]


def _history(row: dict[str, Any]) -> tuple[int, Fraction, int, int, int | None]:
    value = Fraction(row["value"], 10 ** row["scale"])
    return _seconds(row["ts"]), value, row["quality"], row["load_id"], row["superseded_by"]


def _seconds(instant: datetime) -> int:
    return int(instant.replace(tzinfo=instant.tzinfo or UTC).timestamp())


def _table(batches: list[Batch]) -> pa.Table:
    """Batches as the columns of a load, one after the other."""
    start = np.concatenate([one.series.start for one in batches])
    each = [len(one.series) for one in batches]
    return pa.table(
        {
            "channel_id": np.repeat(np.array([one.channel_id for one in batches], np.int32), each),
            "ts": pa.array(start * 1_000_000, pa.timestamp("us", tz="UTC")),
            "value": np.concatenate([one.series.value for one in batches]),
            "scale": np.repeat(np.array([one.series.scale for one in batches], np.int8), each),
            "quality": np.concatenate([one.series.quality for one in batches]),
        }
    )


TestLake = LakeMachine.TestCase
TestLake.settings = settings(
    max_examples=2_000 if FULL else 8,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    print_blob=True,
)
