"""An invented co-op's readings: as many homes and shops as wanted, quarter hour by quarter hour, always the same.

Each reading is a pure function of its meter's number and its quarter hour, worked out from hashes of the two. So a
month, a day or one meter on its own hold the same values however they are asked for, and any part can be made
without the rest, on several machines if need be. All meters live under one weather and one calendar: that is what
makes a co-op's load peak, and what white noise does not have.

What is in it: air conditioning and electric heat that cycle, refrigerators, mornings and evenings by the day of the
week, days away, ovens and dryers, electric cars on a tenth of the meters, solar roofs that take the meter to zero at
noon, shops with opening hours, vacant and summer homes, registers of 10 Wh, outages for 3 % of the meters a month,
0.02 % missed readings and 0.05 % estimates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks._traits import Traits, mixed, traits_of, unit
from benchmarks._weather import Hours, hours_of
from benchmarks.figure import METERS

INTERVAL_S = 900
SCALE = 3
"""Values are Wh; the channel's unit is kWh."""

ESTIMATED, EDITED = 1, 2
OUTAGES, MISSED, ESTIMATES, REVISED = 0.03, 0.0002, 0.0005, 0.01
REVISED_DAYS = 3
"""A day's batch revises readings of so many days before it."""

SCHEMA = pa.schema(
    {
        "channel_id": pa.int32(),
        "ts": pa.timestamp("us", tz="UTC"),
        "value": pa.int64(),
        "scale": pa.int8(),
        "quality": pa.int8(),
    }
)

_BLOCK = 40_000  # readings worked on at once: what a core's cache holds
_BELL = np.random.default_rng(11).standard_normal(4096)
_GAUSS = _BELL.astype(np.float32)
_LIVELY = np.exp(0.45 * _BELL[::-1]).astype(np.float32)
_EVENTS = np.where(np.arange(4096) < 150, 250 + 1_900 * unit(mixed(np.arange(4096, dtype=np.uint32))), 0).astype(
    np.float32
)
Grid = NDArray[np.float32]
Words = NDArray[np.uint32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coop:
    """A co-op of some size. Channels are numbered from 1; channel n is meter n.

    Attributes:
        meters: how many.
        seed: another one is another co-op, under another sky.
    """

    meters: int = METERS // 20 + 1
    seed: int = 1

    def readings(self, start: int, end: int, first: int = 1, last: int | None = None) -> pa.Table:
        """The readings of channels ``first`` to ``last`` that start within ``[start, end)``, by channel and start.

        Args:
            start: UTC epoch seconds, a whole quarter hour; so is ``end``.
        """
        blocks = list(self._blocks(start, end, first, self.meters if last is None else last))
        return pa.concat_tables([_table(*block) for block in blocks]) if blocks else SCHEMA.empty_table()

    def month(self, month: str, channels: int = 512) -> Iterator[pa.Table]:
        """A UTC month, ``2025-07``, as tables of so many channels each."""
        start, end = month_bounds(month)
        for first in range(1, self.meters + 1, channels):
            yield self.readings(start, end, first, min(first + channels - 1, self.meters))

    def daily(self, day: int) -> pa.Table:
        """What a day's batch brings: the UTC day from ``day`` on, and 1 % of the three days before, revised.

        A revision is 1 to 64 Wh above what was read, and edited. The same reading may be revised by several batches.
        """
        before = self.readings(day - REVISED_DAYS * 86_400, day)
        channel = before["channel_id"].to_numpy().view(np.uint32)
        slot = (before["ts"].to_numpy().view(np.int64) // (INTERVAL_S * 1_000_000)).astype(np.uint32)
        word = mixed(mixed(channel + np.uint32(day // 86_400 * 7_919)) + slot)
        which = np.flatnonzero(word < np.uint32(REVISED * 2**32))
        revised = before.take(which)
        more = (word[which] & np.uint32(63)).astype(np.int64) + 1
        revised = revised.set_column(2, "value", pa.array(revised["value"].to_numpy() + more))
        revised = revised.set_column(4, "quality", pa.array(np.full(len(which), EDITED, np.int8)))
        return pa.concat_tables([self.readings(day, day + 86_400), revised])

    def _blocks(self, start: int, end: int, first: int, last: int) -> Iterator[tuple[NDArray[np.int32], ...]]:
        if start % INTERVAL_S or end % INTERVAL_S:
            raise ValueError("start and end must be whole quarter hours")
        if start >= end:
            return
        hours = hours_of(start // INTERVAL_S, end // INTERVAL_S, self.seed)
        size = max(1, _BLOCK // len(hours.slot))
        for low in range(first, last + 1, size):
            traits = traits_of(np.arange(low, min(low + size, last + 1), dtype=np.uint32), self.seed)
            yield _block(traits, hours)


def month_bounds(month: str) -> tuple[int, int]:
    """First instant of a UTC month, ``2025-07``, and of the next."""
    year, number = int(month[:4]), int(month[5:])
    ends = (datetime(year, number, 1, tzinfo=UTC), datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC))
    return int(ends[0].timestamp()), int(ends[1].timestamp())


def _block(traits: Traits, hours: Hours) -> tuple[NDArray[np.int32], ...]:
    """Channels, slots, Wh and qualities of what the meters of a block sent."""
    word = mixed(traits.key[:, None] + hours.key[None, :])
    load = _base(traits, hours, word)
    load += _hvac(traits, hours, word)
    load += _people(traits, hours, word)
    _cars(load, traits, hours)
    _solar(load, traits, hours, word)
    other = word * np.uint32(0x9E3779B1)
    value = _registered(load, traits, other)
    sent = other >= np.uint32(MISSED * 2**32)
    _outages(sent, traits, hours)
    estimated = other > np.uint32((1 - ESTIMATES) * 2**32)
    row, column = np.nonzero(sent)
    return traits.channel[row], hours.slot[column], value[sent], estimated[sent].astype(np.int8)


def _base(traits: Traits, hours: Hours, word: Words) -> Grid:
    """What always runs: standby, and a refrigerator that goes on and off."""
    fridge = (hours.slot32[None, :] * traits.fridge_pace[:, None] + traits.key[:, None]) >> np.uint32(31)
    load: Grid = _GAUSS[word & np.uint32(4095)]
    load *= traits.jitter[:, None]
    load += traits.base[:, None]
    load += fridge * traits.fridge[:, None]
    return load


def _hvac(traits: Traits, hours: Hours, word: Words) -> Grid:
    """Heating and cooling: the share of the time that they run follows the weather, in cycles of each home's own."""
    out = hours.temperature[None, :] - traits.set_point[:, None]
    duty = np.where(hours.warm[None, :], out * traits.cool_need[:, None], out * -traits.heat_need[:, None])
    np.clip(duty, 0, 1, out=duty)
    phase = hours.slot32[None, :] * traits.hvac_pace[:, None] + traits.key[:, None]
    phase += word >> np.uint32(3)
    running = phase.astype(np.float32)
    running *= np.float32(-3 / 2**32)
    running += np.float32(3.5)  # a cycle that starts or ends within the quarter hour counts for its part
    running *= duty > 0
    running += duty * 3 - 3
    np.clip(running, 0, 1, out=running)
    power = np.where(hours.warm[None, :], traits.cool[:, None], traits.heat[:, None])
    running *= power
    return running


def _people(traits: Traits, hours: Hours, word: Words) -> Grid:
    """Mornings, evenings, opening hours; more on lively days, little when away; and now and then an oven."""
    active = hours.shapes[traits.persona]
    day = mixed(traits.key[:, None] ^ hours.day_key[None, :])
    lively = _LIVELY[day & np.uint32(4095)]
    away = mixed(traits.key[:, None] - hours.week_key[None, :]) < np.uint32(0.05 * 2**32)
    lively[away] = 0.08
    lively *= np.where(hours.summer[None, :], traits.lived_in_summer[:, None], traits.lived_in_winter[:, None])
    active *= np.repeat(lively, hours.day_slots, axis=1)
    event = mixed(traits.key[:, None] + hours.half_key[None, :])
    events = _EVENTS[event >> np.uint32(20)] * traits.oven[:, None]
    load: Grid = _LIVELY[(word >> np.uint32(12)) & np.uint32(4095)]
    load *= traits.people[:, None]
    load += events[:, hours.half]
    load *= active
    return load


def _cars(load: Grid, traits: Traits, hours: Hours) -> None:
    """Electric cars on some meters: an evening's charge at full power, for as long as the day's drive was."""
    which = np.flatnonzero(traits.car > 0)
    if not len(which):
        return
    night = mixed(traits.key[which, None] * np.uint32(3) + hours.night_key[None, :])
    begin = (traits.plug_in[which, None] + (night & np.uint32(3))).astype(np.int16)
    length = ((night >> np.uint32(8)) & np.uint32(15)).astype(np.int16)
    length[(night >> np.uint32(28)) > 9] = 0
    since = hours.night_slot[None, :] - np.repeat(begin, hours.night_slots, axis=1)
    on = (since >= 0) & (since < np.repeat(length, hours.night_slots, axis=1))
    load[which] += on * traits.car[which, None]


def _solar(load: Grid, traits: Traits, hours: Hours, word: Words) -> None:
    """Roofs of solar cells: the meter stands still while they make more than is used."""
    which = np.flatnonzero(traits.solar > 0)
    if len(which):
        clouds = np.float32(0.9) + 0.1 * unit(word[which])
        load[which] = np.maximum(load[which] - traits.solar[which, None] * hours.sun[None, :] * clouds, 0)


def _registered(load: Grid, traits: Traits, other: Words) -> NDArray[np.int32]:
    """Whole Wh, or tens of them where the register counts tens; what is left over comes with a later reading."""
    load *= traits.per_step[:, None]
    load += (other >> np.uint32(8)).astype(np.float32) * np.float32(1 / 2**24)
    np.maximum(load, 0, out=load)
    value = load.astype(np.int32)
    value *= traits.step[:, None]
    return value


def _outages(sent: NDArray[np.bool_], traits: Traits, hours: Hours) -> None:
    """No readings of some meters for an hour to two days, each at most once a month."""
    for first, last, key in hours.months:
        fate = mixed(traits.key ^ np.uint32(key))
        for row in np.flatnonzero(fate < np.uint32(OUTAGES * 2**32)):
            word = int(mixed(fate[row : row + 1])[0])
            begin = first + word % (last - first - 200)
            length = 4 + (word >> 16) % 28 if word & 7 else 4 + (word >> 16) % 188
            low, high = begin - int(hours.slot[0]), begin + length - int(hours.slot[0])
            if high > 0 and low < len(hours.slot):
                sent[row, max(low, 0) : high] = False


def _table(
    channel: NDArray[np.int32], slot: NDArray[np.int32], value: NDArray[np.int32], quality: NDArray[np.int32]
) -> pa.Table:
    ts = slot.astype(np.int64)
    ts *= INTERVAL_S * 1_000_000
    columns = [
        pa.array(channel),
        pa.array(ts).cast(SCHEMA.field("ts").type),
        pa.array(value.astype(np.int64)),
        pa.array(np.full(len(slot), SCALE, np.int8)),
        pa.array(quality),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)
