"""What is asked of the lake, as a value that any engine can carry out, here or on other machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
import pyarrow as pa

from meterbook.model.errors import UsageError
from meterbook.store.readings.files.rows import MICROS, TIME
from meterbook.store.readings.query.calendar import Calendar
from meterbook.store.readings.query.classes import Classes
from meterbook.store.readings.query.partial import Extremes
from meterbook.store.readings.values import Int32, Int64
from meterbook.store.readings.writing.merge import find


class Measure(StrEnum):
    """What is worked out for each group and period."""

    SUM = "sum"
    COUNT = "count"
    MAX = "max"
    MIN = "min"
    MAX_AT = "max_at"
    """Start of the first interval that holds the maximum."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """Which channels are taken together.

    Attributes:
        channels: k channel numbers, int32, increasing; None for every channel of the lake, all in group 0.
        group: k numbers of the group that each belongs to, int32.
        labels: the name of each group.
        classes: where every channel is taken, the class label of each group; None if all are in group 0.
    """

    channels: Int32 | None
    group: Int32
    labels: tuple[str, ...]
    classes: tuple[str, ...] | None = None

    @classmethod
    def together(cls, label: str = "all") -> Groups:
        """Every channel in one group."""
        return cls(channels=None, group=np.zeros(0, np.int32), labels=(label,))

    @classmethod
    def by_class(cls, labels: Sequence[str]) -> Groups:
        """A group for each of some classes of channels that may be summed, and all their channels in it."""
        return cls(channels=None, group=np.zeros(0, np.int32), labels=tuple(labels), classes=tuple(labels))

    @classmethod
    def of(cls, label_of: Mapping[int, str]) -> Groups:
        """Groups by label.

        Args:
            label_of: the label of each channel; channels left out are not looked at.

        Raises:
            UsageError: no channel is named.
        """
        if not label_of:
            raise UsageError("no channel was chosen", expected="at least one channel with its group")
        labels = tuple(sorted(set(label_of.values())))
        number = {label: index for index, label in enumerate(labels)}
        channels = sorted(label_of)
        group = [number[label_of[channel]] for channel in channels]
        return cls(channels=np.array(channels, np.int32), group=np.array(group, np.int32), labels=labels)

    def of_class(self, label: str) -> int:
        """The group of all channels of a class; -1 for those in none. Only where every channel is taken."""
        if self.classes is None:
            return 0
        return self.classes.index(label) if label in self.classes else -1

    def of_channels(self, channels: Int32, classes: Classes | None = None) -> Int32:
        """The group of each of n channels (increasing, if they are grouped by class), int32; -1 for those in none."""
        if self.classes is not None:
            assert classes is not None, "classes are known to the lake"
            classed = classes(channels)
            group = np.array([*(self.of_class(one.label) for one in classed.classes), -1], np.int32)
            return group[classed.of]
        if self.channels is None:
            return np.zeros(len(channels), np.int32)
        at, known = find(self.channels, channels)
        return np.where(known, self.group[at], np.int32(-1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """A question: measures of readings by period, per channel or per group.

    Attributes:
        calendar: the periods; readings that start outside of all of them are left out.
        channels: channel numbers, int32, increasing; None for every channel. Of no account where groups name them.
        groups: what is taken together; None for a row a channel.
        measures: what is worked out.
        as_of: number of a load: what was known once it was in; None for what holds.
    """

    calendar: Calendar
    channels: Int32 | None = None
    groups: Groups | None = None
    measures: frozenset[Measure] = frozenset({Measure.SUM, Measure.COUNT, Measure.MAX})
    as_of: int | None = None

    @property
    def wanted(self) -> Int32 | None:
        """The channels whose readings are needed; None for all."""
        return self.channels if self.groups is None else self.groups.channels

    @property
    def all_together(self) -> bool:
        """Whether every channel of the lake is in one group."""
        return self.groups is not None and self.groups.channels is None and self.groups.classes is None

    @property
    def extremes(self) -> Extremes:
        """What is to be worked out beside sums and counts."""
        if self.measures <= {Measure.SUM, Measure.COUNT}:
            return Extremes.NONE
        return Extremes.HIGHEST if self.measures <= {Measure.SUM, Measure.COUNT, Measure.MAX} else Extremes.ALL

    @property
    def span(self) -> tuple[int, int]:
        """The time whose readings are needed, UTC epoch seconds."""
        return self.calendar.span


def channel_numbers(channels: Sequence[int]) -> Int32:
    """Channel numbers as a plan takes them: increasing, each once."""
    return np.unique(np.asarray(channels, np.int32))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Aggregates:
    """The answer to a plan: n rows by key and period, of those that have any reading.

    Attributes:
        key: channel number, or number of the group, int32.
        period: number of the calendar's period, int32.
        sum: exact sums, int64, at ``scale``.
        count: readings, int64.
        max: highest reading, int64, at ``scale``; None if the plan did not ask for it, like the two that follow.
        min: lowest reading.
        max_at: start of the first interval that holds the highest, UTC epoch seconds.
        scale: digits after the point of sums and extremes.
    """

    key: Int32
    period: Int32
    sum: Int64
    count: Int64
    max: Int64 | None
    min: Int64 | None
    max_at: Int64 | None
    scale: int

    def __len__(self) -> int:
        return len(self.key)

    def to_arrow(self, plan: Plan) -> pa.Table:
        """The rows with names for numbers.

        Returns:
            ``channel_id`` or ``group``, ``period``, then the plan's measures: ``sum``, ``max`` and ``min`` as int64
            with ``scale`` beside them, ``count`` int64, ``max_at`` as a timestamp.
        """
        columns: dict[str, pa.Array] = {}
        if plan.groups is None:
            columns["channel_id"] = pa.array(self.key, pa.int32())
        else:
            columns["group"] = _named(self.key, plan.groups.labels)
        columns["period"] = _named(self.period, plan.calendar.labels)
        for measure in (Measure.SUM, Measure.COUNT, Measure.MAX, Measure.MIN):
            values = getattr(self, measure.value)
            if measure in plan.measures and values is not None:
                columns[measure.value] = pa.array(values)
        if Measure.MAX_AT in plan.measures and self.max_at is not None:
            columns["max_at"] = pa.array((self.max_at * MICROS).view("datetime64[us]"), TIME)
        if plan.measures & {Measure.SUM, Measure.MAX, Measure.MIN}:
            columns["scale"] = pa.array(np.full(len(self), self.scale, np.int8))
        return pa.table(columns)


class Engine(Protocol):
    """What carries plans out. Every engine gives the same answers."""

    def aggregate(self, plan: Plan) -> Aggregates:
        """The answer to a plan, by key and period.

        Raises:
            BookDamaged: a file can't be read.
            StoreError: a sum does not fit into 64 bits.
        """
        ...


def _named(numbers: Int32, labels: Sequence[str]) -> pa.Array:
    """Labels for numbers; only those that occur are looked up."""
    used, index = np.unique(numbers, return_inverse=True)
    names = pa.array([labels[number] for number in used.tolist()], pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32)), names).cast(pa.string())
