"""Which channels may be summed: the classes by which the lake keeps its rollups, and the measures that make sense."""

from __future__ import annotations

import threading
import time

import numpy as np

from meterbook.model.channel import Channel, Quantity
from meterbook.model.errors import UsageError
from meterbook.store.readings.query.classes import ChannelClass, Classed
from meterbook.store.readings.query.plan import Measure
from meterbook.store.readings.values import Int32
from meterbook.store.records import Records

UNKNOWN = ChannelClass(label="unknown", zone="UTC")
"""Class of channels that the records don't know."""

_LOOK_EVERY_S = 1.0

SUMMED = frozenset({Quantity.USAGE, Quantity.COST})
"""Quantities that add up over time and over meters."""


def class_label(channel: Channel) -> str:
    """What channels that may be summed have in common.

    >>> class_label(Channel(utility="ccec", account="1", service_location="1", meter="m"))
    'ccec/electricity/usage/delivered/kWh/900'
    """
    parts = [
        channel.utility,
        channel.category.value,
        channel.quantity.value,
        channel.flow.value,
        channel.unit.value,
        str(channel.interval_s),
    ]
    # A time-of-use share repeats a part of what the register's main channel holds.
    return "/".join([*parts, channel.tou_period] if channel.tou_period is not None else parts)


def check_measures(quantity: Quantity, measures: frozenset[Measure]) -> None:
    """Refuse measures that mean nothing of a quantity.

    Raises:
        UsageError: a sum of demands or temperatures.
    """
    if Measure.SUM in measures and quantity not in SUMMED:
        noun = "demands" if quantity is Quantity.DEMAND else "temperatures"
        raise UsageError(
            f"{noun} can't be summed",
            where="measures",
            expected=f"max, min, max_at or count of {quantity.value}",
            hint="Energy adds up, power and temperature don't: take their highest or lowest, or sum usage instead."
            if quantity is Quantity.DEMAND
            else "Take the highest or the lowest of them.",
        )


class RecordedClasses:
    """Gives the classes of channels as the records have them, in the zones of their utilities.

    They are read once, and anew when a channel comes that was not among them, when one is renamed, or when a utility's
    zone is another; what other processes did is seen within a second.

    Args:
        records: the book's records.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._guard = threading.Lock()
        self._renames = -1
        self._mark: tuple[object, ...] = ()
        self._looked = 0.0
        self._classes: tuple[ChannelClass, ...] = (UNKNOWN,)
        self._of = np.zeros(1, np.int32)

    def __call__(self, channels: Int32) -> Classed:
        """The class of each of n channels; :data:`UNKNOWN` is one, so every channel has a class."""
        with self._guard:
            self._follow()
            found = self._looked_up(channels)
            if bool((found == 0).any()):
                self._follow(at_once=True)
                found = self._looked_up(channels)
            used, of = np.unique(found, return_inverse=True)
            return Classed(classes=tuple(self._classes[number] for number in used.tolist()), of=of.astype(np.int32))

    def _follow(self, *, at_once: bool = False) -> None:
        now = time.monotonic()
        if not at_once and self._renames == self._records.renames and now - self._looked < _LOOK_EVERY_S:
            return
        mark = (*self._records.channels_mark(), *((one.slug, one.zone) for one in self._records.utilities()))
        if (self._renames, self._mark) != (self._records.renames, mark):
            self._read()
        self._renames, self._mark, self._looked = self._records.renames, mark, now

    def _looked_up(self, channels: Int32) -> Int32:
        inside = (channels >= 0) & (channels < len(self._of))
        return np.where(inside, self._of[np.where(inside, channels, 0)], np.int32(0))

    def _read(self) -> None:
        zones = {item.slug: item.zone for item in self._records.utilities()}
        stored = self._records.channels()
        number_of: dict[ChannelClass, int] = {UNKNOWN: 0}
        of = np.zeros(max((item.id for item in stored), default=0) + 1, np.int32)
        for item in stored:
            cls = ChannelClass(label=class_label(item.channel), zone=zones.get(item.channel.utility, "UTC"))
            of[item.id] = number_of.setdefault(cls, len(number_of))
        self._classes, self._of = tuple(number_of), of
