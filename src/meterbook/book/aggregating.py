"""What many channels come to: sums and extremes, coincident peaks, shapes of load and gaps, as Arrow tables.

Values are exact decimals in the channels' units. What can't be put together (units, flows, commodities) is in rows of
its own, and what means nothing, such as a sum of temperatures, is refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from meterbook.book.asking import RECURRING, Kind, Part, Per, Period, Question, parts
from meterbook.book.choosing import chosen_channels
from meterbook.book.classes import SUMMED, check_measures, class_label
from meterbook.book.readings import utility_zone
from meterbook.book.selection import FOREVER, Selection, span_of
from meterbook.model.calendar import interval_ends, zone
from meterbook.model.channel import DAY_S, Quantity
from meterbook.model.errors import UsageError
from meterbook.model.units import Unit
from meterbook.store.readings import ReadingsLake
from meterbook.store.readings.files.rows import MICROS, TIME
from meterbook.store.readings.query.coincident import coincident_peak
from meterbook.store.readings.query.expected import Expected, Service
from meterbook.store.readings.query.partial import Partial, united
from meterbook.store.readings.query.plan import Aggregates, Groups, Measure, Plan
from meterbook.store.readings.query.shape import Shapes, shape_of_channels, shape_of_groups
from meterbook.store.readings.values import Int64
from meterbook.store.records import Records

_EXTREMES = frozenset({Measure.MAX, Measure.MIN, Measure.MAX_AT})
_DIGITS = 19
"""Of the largest int64."""


def aggregate(
    records: Records, lake: ReadingsLake, asked: Question, measures: frozenset[Measure] | None = None
) -> pa.Table:
    """Measures of readings by group and period.

    Args:
        records: the book's records.
        lake: its readings.
        asked: which readings, grouped how, by what time.
        measures: what is worked out; without it sum and count of usage and cost, and count and extremes of demand and
            temperatures. Where extremes are asked for, channels of different interval lengths are in rows of their own.

    Returns:
        Rows that have any reading, by kind, group and time: ``group, category, quantity, flow, unit, interval_s`` (null
        if of no account), ``tou_period`` (of shares of the main channels, if asked for), ``period``, ``start`` and
        ``end`` (not of periods that recur), then the measures: ``sum``, ``max`` and ``min`` as decimals, ``count``,
        ``max_at``.

    Raises:
        NotFound: no channel fits what was named.
        UsageError: a measure that means nothing of these readings, or a date that can't be read.
        AnalysisError: intervals are longer than the periods.
    """
    for quantity in asked.wanted.quantities:
        check_measures(quantity, measures or frozenset())
    as_of = records.last_load_at(asked.wanted.as_of) if asked.wanted.as_of is not None else None
    found: dict[Kind, list[_Answer]] = defaultdict(list)
    by_length = bool((measures or frozenset()) & _EXTREMES) or not asked.wanted.quantities <= SUMMED
    whole = _WholeClasses.of(records, lake, asked)
    for part in parts(records, lake, asked, by_length=by_length):
        wanted = measures if measures is not None else _sensible(part.kind.quantity)
        groups = Groups.of(part.label_of) if whole is None or by_length else whole.groups(part)
        rows = lake.aggregate(Plan(calendar=part.calendar, groups=groups, measures=wanted, as_of=as_of))
        found[part.kind].append(_Answer(rows=rows, labels=groups.labels, part=part, measures=wanted))
    return _table([_kind_columns(kind, found[kind], asked.by) for kind in sorted(found, key=_order)])


def coincident_peaks(records: Records, lake: ReadingsLake, asked: Question) -> pa.Table:
    """When each group together had its highest total in each period, and how much that was.

    Returns:
        ``group, category, quantity, flow, unit, interval_s, period, start`` (of the first interval with the highest
        total), ``sum`` (decimal), ``count`` (channels with a reading then), and for kWh and kW the demand ``kw``, where
        it is a whole multiple of the energy.

    Raises:
        UsageError: readings that tell no peak: temperatures, money, or of a day and longer.
        NotFound, AnalysisError: as for :func:`aggregate`.
    """
    as_of = records.last_load_at(asked.wanted.as_of) if asked.wanted.as_of is not None else None
    tables = []
    whole = _WholeClasses.of(records, lake, asked)
    for part in parts(records, lake, asked, by_length=True):
        _check_peak(part)
        groups = Groups.of(part.label_of) if whole is None else whole.groups(part, apart=True)
        peaks = coincident_peak(lake, part.calendar, groups, part.interval_s, as_of=as_of)
        columns = _described(
            part.kind,
            [groups.labels[one] for one in peaks.group.tolist()],
            [part.calendar.labels[one] for one in peaks.period.tolist()],
        )
        columns |= {"start": _instants(peaks.start), "sum": _decimals(peaks.sum, peaks.scale)}
        columns |= {"count": pa.array(peaks.count, pa.int64())}
        kw = _per_hour(part, peaks.sum)
        columns |= {} if kw is None else {"kw": _decimals(kw, peaks.scale)}
        tables.append(pa.table(columns))
    return _table(tables)


def load_shapes(
    records: Records, lake: ReadingsLake, asked: Question, percents: Sequence[int] = (10, 50, 90)
) -> pa.Table:
    """How values are spread within each period that recurs, by quantiles.

    Per channel they are its readings; per group the totals of each interval.

    Args:
        records: the book's records.
        lake: its readings.
        asked: by local hour, hour of weekdays and weekends, or any other period.
        percents: whole numbers from 0 to 100.

    Returns:
        ``group, category, quantity, flow, unit, interval_s, period, count, sum`` and ``p10`` and so on, decimals that
        were read (or totals of such), by nearest rank.

    Raises:
        UsageError: totals of what can't be summed are asked for.
        NotFound, AnalysisError: as for :func:`aggregate`.
    """
    as_of = records.last_load_at(asked.wanted.as_of) if asked.wanted.as_of is not None else None
    tables = []
    whole = _WholeClasses.of(records, lake, asked)
    for part in parts(records, lake, asked, by_length=True):
        if asked.per is Per.CHANNEL:
            ids = sorted(part.label_of)
            shapes = shape_of_channels(lake.stream(ids, *part.calendar.span, as_of=as_of), part.calendar, percents)
            labels = [part.label_of[one] for one in shapes.key.tolist()]
        else:
            check_measures(part.kind.quantity, frozenset({Measure.SUM}))
            groups = Groups.of(part.label_of) if whole is None else whole.groups(part, apart=True)
            shapes = shape_of_groups(lake, part.calendar, groups, part.interval_s, percents, as_of=as_of)
            labels = [groups.labels[one] for one in shapes.key.tolist()]
        tables.append(_shape_table(part, shapes, labels))
    return _table(tables)


def gaps(records: Records, lake: ReadingsLake, wanted: Selection) -> pa.Table:
    """Expected intervals without a reading, of all channels at once.

    What comes before a channel's first reading is not missing, for nobody said when its service began. What comes after
    the last one is, if the selection says until when.

    Returns:
        ``account, service_location, meter, flow, unit, interval_s, start, end, intervals``, by channel and time.

    Raises:
        NotFound: no channel fits what was named.
        UsageError: a date can't be read.
    """
    span_of(wanted, zone("UTC"))
    chosen = {one.stored.id: one for one in chosen_channels(records, lake, wanted)}
    held = lake.coverage(list(chosen))
    services = []
    for number, one in chosen.items():
        channel = one.stored.channel
        tz = utility_zone(records, channel.utility)
        start, end = one.within(span_of(wanted, tz), tz)
        last = int(interval_ends(np.array([held[number].last], np.int64), channel.interval_s, tz)[0])
        services.append(
            Service(
                channel_id=number,
                interval_s=channel.interval_s,
                start=max(start, held[number].first),
                end=end if end != FOREVER[1] else last,
                zone=tz.key,
            )
        )
    found = lake.gaps(Expected.of(services), *FOREVER)
    channels = [chosen[number].stored.channel for number in found.channel_id.tolist()]
    texts = ("account", "service_location", "meter", "flow", "unit")
    columns = {name: pa.array([str(getattr(one, name)) for one in channels], pa.string()) for name in texts}
    columns["interval_s"] = pa.array([one.interval_s for one in channels], pa.int64())
    columns |= {"start": _instants(found.start), "end": _instants(found.end), "intervals": pa.array(found.intervals)}
    return pa.table(columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """The answer to one plan, with the names of its groups (which may repeat)."""

    rows: Aggregates
    labels: Sequence[str]
    part: Part
    measures: frozenset[Measure]


class _WholeClasses:
    """Says when a group is all channels of some classes, of which the lake keeps totals."""

    def __init__(self, records: Records, lake: ReadingsLake) -> None:
        stored = records.channels()
        held = lake.coverage([item.id for item in stored])
        self._label_of = {item.id: class_label(item.channel) for item in stored if item.id in held}
        self._count: dict[str, int] = defaultdict(int)
        for label in self._label_of.values():
            self._count[label] += 1

    @classmethod
    def of(cls, records: Records, lake: ReadingsLake, asked: Question) -> _WholeClasses | None:
        """For a question about whole utilities; None for one about less, whose groups are never whole classes."""
        return cls(records, lake) if asked.per is Per.UTILITY else None

    def groups(self, part: Part, *, apart: bool = False) -> Groups:
        """The groups of a part: its classes if all their channels are in it, else its channels.

        Args:
            part: channels and the names of their groups.
            apart: a group must not be divided; otherwise several may bear the same name, and add up to it.
        """
        count: dict[str, int] = defaultdict(int)
        name_of: dict[str, str] = {}
        for number, name in part.label_of.items():
            count[self._label_of[number]] += 1
            name_of[self._label_of[number]] = name
        names = tuple(name_of[label] for label in count)
        whole = all(self._count[label] == known for label, known in count.items())
        if not whole or (apart and len(set(names)) < len(names)):
            return Groups.of(part.label_of)
        return Groups(channels=None, group=np.zeros(0, np.int32), labels=names, classes=tuple(count))


def _sensible(quantity: Quantity) -> frozenset[Measure]:
    if quantity in SUMMED:
        return frozenset({Measure.SUM, Measure.COUNT})
    return frozenset({Measure.COUNT, *_EXTREMES})


def _check_peak(part: Part) -> None:
    if part.kind.quantity not in (Quantity.USAGE, Quantity.DEMAND) or part.interval_s >= DAY_S:
        raise UsageError(
            f"readings of {part.kind.quantity.value} {'of a day or longer ' if part.interval_s >= DAY_S else ''}"
            "have no coincident peak",
            expected="usage or demand of intervals shorter than a day",
            hint="Choose the channels with the shortest interval.",
        )


def _per_hour(part: Part, total: Int64) -> Int64 | None:
    """Average power from the energy of an interval, kW at the same scale; None where it is no exact multiple."""
    if part.kind.unit is Unit.KW:
        return total
    if part.kind.unit is not Unit.KWH or 3600 % part.interval_s:
        return None
    return total * (3600 // part.interval_s)


def _kind_columns(kind: Kind, answers: Sequence[_Answer], by: Period) -> pa.Table:
    """Answers about one kind as one table, what several plans say of the same group and period added up."""
    groups = sorted({label for one in answers for label in one.labels})
    bounds = _bounds(answers, in_order=by not in RECURRING)
    periods = list(bounds)
    rows = united([_partial(one, groups, periods) for one in answers])
    group, period = (rows.code // max(1, len(periods))).tolist(), (rows.code % max(1, len(periods))).tolist()
    columns = _described(kind, [groups[one] for one in group], [periods[one] for one in period])
    if by not in RECURRING:
        edges = np.array([bounds[one] for one in periods], np.int64).reshape(len(periods), 2)
        columns |= {"start": _instants(edges[period, 0]), "end": _instants(edges[period, 1])}
    measures = frozenset[Measure]().union(*(one.measures for one in answers))
    for measure, values in ((Measure.SUM, rows.sum), (Measure.MAX, rows.max), (Measure.MIN, rows.min)):
        if measure in measures and values is not None:
            columns[measure.value] = _decimals(values, rows.scale)
    if Measure.COUNT in measures:
        columns["count"] = pa.array(rows.count, pa.int64())
    if Measure.MAX_AT in measures and rows.max_at is not None:
        columns["max_at"] = _instants(rows.max_at)
    return pa.table(columns)


def _partial(answer: _Answer, groups: Sequence[str], periods: Sequence[str]) -> Partial:
    """An answer in numbers of the groups and periods of all."""
    group_of = {label: number for number, label in enumerate(groups)}
    period_of = {label: number for number, label in enumerate(periods)}
    rows = answer.rows
    group = np.array([group_of[label] for label in answer.labels], np.int64)[rows.key]
    period = np.array([period_of[label] for label in answer.part.calendar.labels], np.int64)[rows.period]
    return Partial(
        code=group * max(1, len(periods)) + period,
        sum=rows.sum,
        count=rows.count,
        max=rows.max,
        min=rows.min,
        max_at=rows.max_at,
        scale=rows.scale,
    )


def _bounds(answers: Iterable[_Answer], *, in_order: bool) -> dict[str, tuple[int, int]]:
    """Start and end of each period, in the order of time or of the calendars."""
    found: dict[str, tuple[int, int]] = {}
    for answer in answers:
        calendar = answer.part.calendar
        for label, (start, end) in zip(calendar.labels, calendar.bounds(), strict=True):
            known = found.get(label, (start, end))
            found[label] = (min(known[0], start), max(known[1], end))
    return dict(sorted(found.items(), key=lambda item: (item[1], item[0]))) if in_order else found


def _shape_table(part: Part, shapes: Shapes, labels: Sequence[str]) -> pa.Table:
    columns = _described(part.kind, labels, [part.calendar.labels[one] for one in shapes.period.tolist()])
    columns |= {"count": pa.array(shapes.count, pa.int64())}
    if part.kind.quantity in SUMMED:
        columns |= {"sum": _decimals(shapes.sum, shapes.scale)}
    for percent, values in zip(shapes.percents, shapes.quantile, strict=True):
        columns[f"p{percent:02d}"] = _decimals(values, shapes.scale)
    return pa.table(columns)


def _described(kind: Kind, groups: Sequence[str], periods: Sequence[str]) -> dict[str, pa.Array]:
    words = {"category": kind.category, "quantity": kind.quantity, "flow": kind.flow, "unit": kind.unit}
    columns = {"group": pa.array(groups, pa.string())}
    columns |= {name: pa.array([str(word)] * len(groups), pa.string()) for name, word in words.items()}
    columns["interval_s"] = pa.array([kind.interval_s] * len(groups), pa.int64())
    if kind.tou_period is not None:
        columns["tou_period"] = pa.array([kind.tou_period] * len(groups), pa.string())
    columns["period"] = pa.array(periods, pa.string())
    return columns


def _table(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables one below the other: decimals with the digits of the one that has most, and null where one has no such."""
    if not tables:
        return pa.table({"group": pa.array([], pa.string())})
    return pa.concat_tables(tables, promote_options="permissive")


def _decimals(values: Int64, scale: int) -> pa.Array:
    """Stored integers as decimals, exactly."""
    halves = np.stack([values, values >> 63], axis=1)  # 128 bits each, the low half first
    return pa.Array.from_buffers(pa.decimal128(_DIGITS, scale), len(values), [None, pa.py_buffer(halves)])


def _instants(seconds: Int64) -> pa.Array:
    return pa.array((seconds * MICROS).view("datetime64[us]"), TIME)


def _order(kind: Kind) -> tuple[str, ...]:
    return tuple(str(part) for part in kind)
