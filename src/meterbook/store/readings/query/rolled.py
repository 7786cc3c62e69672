"""Plans answered from rollups, file by file, where a rollup can answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from meterbook.model.channel import DAY_S
from meterbook.model.errors import BookDamaged
from meterbook.store.readings.files.parquet import LakeFile
from meterbook.store.readings.files.rows import MICROS, run_starts
from meterbook.store.readings.places.place import Place
from meterbook.store.readings.query.calendar import day_starts
from meterbook.store.readings.query.classes import Classes
from meterbook.store.readings.query.footers import bounds
from meterbook.store.readings.query.kept import Kept
from meterbook.store.readings.query.membership import all_of_class, channels_of
from meterbook.store.readings.query.offsets import utc_offsets
from meterbook.store.readings.query.partial import Extremes, Partial, united
from meterbook.store.readings.query.plan import Plan
from meterbook.store.readings.query.rollup import CHANNELS, days_name, intervals_name
from meterbook.store.readings.values import Int32, Int64
from meterbook.store.readings.writing.merge import find

V = TypeVar("V")

_KEPT_BYTES = 64 * 2**20
_ZONE = b"zone of "


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Days:
    """The local days of a plan whose periods begin and end with them.

    Attributes:
        zone: whose days they are.
        number: d local days counted from 1970, increasing.
        period: the period of each, int32.
    """

    zone: str
    number: Int64
    period: Int32


def whole_days(plan: Plan) -> Days | None:
    """The days of a plan that daily sums can answer; None if some period begins or ends within a day."""
    zone = plan.calendar.zone
    if zone is None or plan.extremes is Extremes.ALL:
        return None
    start, end = plan.span
    offsets = utc_offsets(zone, start, end + 1)
    if bool((offsets.local(plan.calendar.edges) % DAY_S != 0).any()):
        return None
    first, number = day_starts(start, end, zone)
    return Days(zone=zone, number=number, period=plan.calendar.of(first))


def rolled(place: Place, file: LakeFile, plan: Plan, days: Days | None, classes: Classes) -> Partial | None:
    """The partial answer of a data file, from its rollup.

    Args:
        place: where the table lies.
        file: at least :data:`ROLLUP_ROWS` readings.
        plan: what is asked, of what holds now.
        days: as :func:`whole_days` gives them.
        classes: what may be summed together, as it is today.

    Returns:
        None if the file has no rollup, or none that can answer this.

    Raises:
        BookDamaged: the rollup can't be read.
    """
    if plan.groups is not None and plan.groups.channels is None and plan.extremes is Extremes.NONE:
        return _from_intervals(place, file, plan, classes)
    return None if days is None else _from_days(place, file, plan, days)


def forget_rollup(place: Place, path: str) -> None:
    """Let go of what is kept in memory of a data file's rollup, since it was made anew."""
    _day_footers.drop(place, days_name(path))
    _interval_sums.drop(place, intervals_name(path))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Intervals:
    """Sums of a file by interval, of one class and the channels that it had; without any if the file doesn't say."""

    channels: Int32
    start: Int64
    sum: Int64
    count: Int64
    scale: int


def _from_intervals(place: Place, file: LakeFile, plan: Plan, classes: Classes) -> Partial | None:
    known = _guarded(place, intervals_name(file.path), _interval_sums)
    if known is None or plan.groups is None:
        return None
    if plan.groups.classes is not None and not all(all_of_class(one.channels, label, classes) for label, one in known):
        return None
    parts = []
    for label, sums in known:
        group = plan.groups.of_class(label)
        if group >= 0:
            period = plan.calendar.of(sums.start)
            inside = period >= 0
            code = period[inside].astype(np.int64) + group * max(1, len(plan.calendar))
            parts.append(Partial(code=code, sum=sums.sum[inside], count=sums.count[inside], scale=sums.scale))
    return united(parts)


def _from_days(place: Place, file: LakeFile, plan: Plan, days: Days) -> Partial | None:
    name = days_name(file.path)
    known = _guarded(place, name, _day_footers)
    if known is None or known.zones != {days.zone} or (plan.groups is not None and plan.groups.classes is not None):
        return None
    groups = known.groups(plan.wanted)
    if not groups:
        return united([])
    names = ["channel_id", "day", "sum", "count", "scale"] + (["max"] if plan.extremes else [])
    table = _read_groups(place, name, known.metadata, groups, names)
    columns = {one: np.asarray(table.column(one).to_numpy()) for one in names}
    key = _keys(plan, columns["channel_id"])
    if plan.wanted is not None:
        mine = np.flatnonzero(key >= 0)
        key, columns = key[mine], {one: column[mine] for one, column in columns.items()}
    day = columns["day"].astype("datetime64[D]").astype(np.int64)
    at, known_day = find(days.number, day)
    period = np.where(known_day, days.period[at], np.int32(-1))
    parts = []
    for scale in np.unique(columns["scale"]).tolist():
        which = (columns["scale"] == scale) & (period >= 0) & (key >= 0)
        parts.append(
            Partial(
                code=key[which].astype(np.int64) * max(1, len(plan.calendar)) + period[which],
                sum=columns["sum"][which],
                count=columns["count"][which].astype(np.int64),
                max=columns["max"][which] if plan.extremes else None,
                scale=scale,
            )
        )
    return parts[0] if len(parts) == 1 else united(parts)


def _keys(plan: Plan, channel: Int32) -> Int32:
    if plan.groups is not None:
        return plan.groups.of_channels(channel)
    if plan.channels is None:
        return channel
    return np.where(find(plan.channels, channel)[1], channel, np.int32(-1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _DayFooter:
    """What the footer of a file of daily sums tells."""

    metadata: pq.FileMetaData
    channels: Int64
    zones: frozenset[str]

    def groups(self, channels: Int32 | None) -> list[int]:
        """Numbers of the row groups that can hold some channels (sorted; None for all)."""
        if channels is None:
            return list(range(len(self.channels)))
        low = np.searchsorted(channels, self.channels[:, 0])
        return [int(one) for one in np.flatnonzero(low < np.searchsorted(channels, self.channels[:, 1], "right"))]


def _read_day_footer(place: Place, name: str) -> _DayFooter | None:
    try:
        with place.open(name) as parquet:
            metadata = parquet.metadata
    except FileNotFoundError:
        return None
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    told = metadata.metadata or {}
    return _DayFooter(
        metadata=metadata,
        channels=bounds(groups, metadata.schema.names.index("channel_id")),
        zones=frozenset(zone.decode() for key, zone in told.items() if key.startswith(_ZONE)),
    )


def _read_intervals(place: Place, name: str) -> list[tuple[str, _Intervals]] | None:
    try:
        with place.open(name) as parquet:
            table = parquet.read(use_threads=False)
    except FileNotFoundError:
        return None
    label, told = np.asarray(table.column("class").to_numpy(zero_copy_only=False)), table.schema.metadata or {}
    edges = run_starts(label)
    found = []
    for low, high in zip(edges.tolist(), [*edges[1:].tolist(), len(label)], strict=True):
        if low == high:
            continue
        part = table.slice(low, high - low)
        sums = _Intervals(
            channels=channels_of(told.get(f"{CHANNELS}{label[low]}".encode(), b"").decode()),
            start=part.column("ts").to_numpy().view(np.int64) // MICROS,
            sum=np.asarray(part.column("sum").to_numpy()),
            count=np.asarray(part.column("count").to_numpy()).astype(np.int64),
            scale=int(part.column("scale")[0].as_py()),
        )
        found.append((str(label[low]), sums))
    return found


def _read_groups(place: Place, name: str, metadata: pq.FileMetaData, groups: list[int], columns: list[str]) -> pa.Table:
    try:
        with place.open(name, metadata) as parquet:
            return parquet.read_row_groups(groups, columns, use_threads=False)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError) as err:
        raise _damaged(place, name) from err


def _guarded(place: Place, name: str, kept: Kept[V]) -> V:
    try:
        return kept.get(place, name)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError) as err:
        raise _damaged(place, name) from err


def _damaged(place: Place, name: str) -> BookDamaged:
    return BookDamaged(
        "a rollup is damaged",
        where=f"{place.where}/{name}",
        expected="sums by day or by interval, as a Parquet file",
        hint="Delete this file: its sums are then worked out from the readings themselves.",
    )


def _size(found: list[tuple[str, _Intervals]] | None) -> int:
    return 64 + sum(24 * len(sums.start) + 4 * len(sums.channels) for _, sums in (found or []))


_interval_sums = Kept(_read_intervals, _KEPT_BYTES, _size)
_day_footers = Kept(_read_day_footer, 4_096)
