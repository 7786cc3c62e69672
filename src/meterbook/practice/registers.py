"""A meter's registers, and what they measured in a window: the one source of readings for portal and truth alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meterbook.model.channel import FlowDirection
from meterbook.practice import clock, dice, history, load
from meterbook.practice.settings import Settings
from meterbook.practice.world import Contract, Device, Member, Place, Story

Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

QUARTER_S = 900
DAY_S = 86_400
_WH_SCALE, _GALLON_SCALE, _CCF_SCALE = 3, 0, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """One register of a meter.

    Attributes:
        device: the meter.
        channel: the register's number, from 1.
        flow: what it counts.
        unit: as the wire spells it: ``KWH``, ``GAL``, ``CCF``.
        scale: digits after the point of its readings.
        exports: whether the meter also counts energy sent back.
    """

    device: Device
    channel: int
    flow: FlowDirection
    unit: str
    scale: int
    exports: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Readings:
    """Readings of a register in a window.

    Attributes:
        register: whose.
        start: n starts, UTC epoch seconds, increasing; of calendar days for a meter read daily.
        value: n integers at the register's scale; negative only for a net register.
        lost: n marks on readings that the meter lost; their value is 0 and means nothing.
        unposted: n marks on readings that the portal does not have yet.
        estimated: n marks on readings that the portal still shows as ``posted`` instead.
        posted: n values as the portal shows them.
    """

    register: Register
    start: Int64
    value: Int64
    lost: Bool
    unposted: Bool
    estimated: Bool
    posted: Int64


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place of a member's, under one account: what readings are asked of.

    Attributes:
        unsettled: UTC days of the epoch some of whose hours are still shown wrong, for the ``revision`` fault.
        unsettled_rate: share of their hours that are.
    """

    settings: Settings
    member: Member
    contract: Contract
    place: Place
    unsettled: frozenset[int] = frozenset()
    unsettled_rate: float = 0.0

    @property
    def slot(self) -> int:
        """Which of the member's places it is."""
        return int(self.place.number) % 20

    def registers(self, industry: str) -> tuple[Register, ...]:
        """Registers of all meters for an industry, in the order of their time and number."""
        found: list[Register] = []
        for device in self.place.devices:
            if device.industry == industry:
                found.extend(_registers(device, self.settings))
        return tuple(found)

    def span(self, device: Device) -> tuple[int, int]:
        """First instant that readings of a meter can have here, and the one after the last."""
        return (
            max(device.installed, self.settings.data_start),
            min(device.removed, self.settings.data_end),
        )

    def readings(self, register: Register, start: int, end: int) -> Readings:
        """Readings whose interval starts in ``[start, end)``, UTC epoch seconds, as far as there are any."""
        device = register.device
        step = device.step_s
        first, last = self.span(device)
        low, high = max(start, first - first % step if step else first), min(end, last)
        if not step or high <= low or device.industry == "SEWER":
            return _empty(register)
        if device.from_file:
            at, value = self._from_file(low, high)
        elif step == DAY_S:
            at, value = self._by_day(register, low, high)
        else:
            at = np.arange(-(-low // step) * step, high, step, dtype=np.int64)
            value = self._measured(register, at)
        return self._with_history(register, at, value)

    def counted(self, register: Register, start: int, end: int) -> tuple[Int64, Int64]:
        """What the register counted in ``[start, end)``: however long ago, and what its memory lost of it too.

        Returns:
            n starts of intervals, UTC epoch seconds (quarter-hours for a meter that keeps none), and n integers at the
            register's scale. Its display moves by these.
        """
        device = register.device
        step = device.step_s or QUARTER_S
        low, high = max(start, device.installed - device.installed % step), min(end, device.removed)
        if high <= low or device.industry == "SEWER":
            return np.empty(0, np.int64), np.empty(0, np.int64)
        if device.from_file:
            return self._from_file(low, high)
        if step == DAY_S:
            return self._by_day(register, low, high)
        at = np.arange(-(-low // step) * step, high, step, dtype=np.int64)
        if not device.step_s:
            return at, _flow(device, register.flow, self.settings, at // QUARTER_S)
        return at, self._measured(register, at)

    def totals(self, register: Register, bounds: Int64) -> tuple[Int64, Bool]:
        """What the portal shows for whole spans, each from one bound to the next.

        Args:
            register: of which meter; one that is read once a month has totals too.
            bounds: n + 1 increasing instants, UTC epoch seconds.

        Returns:
            n integers at the register's scale, and n marks on those of which something is known.
        """
        count = max(0, len(bounds) - 1)
        if not count:
            return np.empty(0, np.int64), np.empty(0, np.bool_)
        at, value = self._posted(register, int(bounds[0]), int(bounds[-1]))
        place = np.searchsorted(bounds, at, side="right") - 1
        total = np.zeros(count, np.int64)
        np.add.at(total, place, value)
        return total, np.bincount(place, minlength=count).astype(np.bool_)

    def peaks(self, register: Register, bounds: Int64) -> tuple[Int64, Bool]:
        """The highest interval within each span, in energy; as :meth:`totals` otherwise."""
        count = max(0, len(bounds) - 1)
        if not count:
            return np.empty(0, np.int64), np.empty(0, np.bool_)
        at, value = self._posted(register, int(bounds[0]), int(bounds[-1]))
        place = np.searchsorted(bounds, at, side="right") - 1
        peak = np.zeros(count, np.int64)
        np.maximum.at(peak, place, value)
        return peak, np.bincount(place, minlength=count).astype(np.bool_)

    def _posted(self, register: Register, start: int, end: int) -> tuple[Int64, Int64]:
        if not register.device.step_s:
            first, last = self.span(register.device)
            low, high = max(start, first), min(end, last)
            at = np.arange(low, max(low, high), QUARTER_S, dtype=np.int64)
            return at, _flow(register.device, register.flow, self.settings, at // QUARTER_S)
        readings = self.readings(register, start, end)
        kept = ~(readings.lost | readings.unposted)
        return readings.start[kept], readings.posted[kept]

    def _by_day(self, register: Register, low: int, high: int) -> tuple[Int64, Int64]:
        """A meter that is read each midnight: local days that begin in the window."""
        _, bounds = clock.days(low, high, self.settings.tz)
        bounds = bounds[bounds >= low] if len(bounds) else bounds
        if len(bounds) < 2:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        quarter = np.arange(int(bounds[0]) // QUARTER_S, int(bounds[-1]) // QUARTER_S, dtype=np.int64)
        value = _flow(register.device, register.flow, self.settings, quarter)
        return bounds[:-1], np.add.reduceat(value, (bounds[:-1] - bounds[0]) // QUARTER_S)

    def _from_file(self, low: int, high: int) -> tuple[Int64, Int64]:
        usage = self.settings.usage
        assert usage is not None
        part = slice(*np.searchsorted(usage.start, (low, high)))
        return usage.start[part], usage.value[part]

    def _measured(self, register: Register, at: Int64) -> Int64:
        if not len(at):
            return at
        device, step = register.device, register.device.step_s
        first, last = int(at[0]) // QUARTER_S, (int(at[-1]) + step - 1) // QUARTER_S
        quarter = np.arange(first, last + 1, dtype=np.int64)
        value = _flow(device, register.flow, self.settings, quarter)
        value = _at_step(value, step, len(at), (int(at[0]) - first * QUARTER_S) // step)
        return self._clipped(device, at, value, step)

    def _clipped(self, device: Device, at: Int64, value: Int64, step: int) -> Int64:
        """The share of the first and the last interval that fell within the meter's life."""
        for edge, before in ((device.installed, False), (device.removed, True)):
            if edge % step and len(at) and int(at[0]) <= edge - edge % step <= int(at[-1]):
                place = (edge - edge % step - int(at[0])) // step
                early = int(value[place]) * (edge % step) // step
                value[place] = early if before else value[place] - early
        return value

    def _with_history(self, register: Register, at: Int64, value: Int64) -> Readings:
        seed, index, story = self.settings.seed, self.member.index, self.member.story
        end = self.settings.data_end
        lost = history.lost_at(seed, index, story, self.slot, at)
        unposted = history.unposted_at(seed, index, story, at, end)
        if self.settings.late_hours:
            unposted = unposted | (at + register.device.step_s > end - self.settings.late_hours * 3600)
        estimated = history.estimated_at(seed, index, story, at, end) & ~lost & ~unposted
        return Readings(
            register=register,
            start=at,
            value=np.where(lost, 0, value),
            lost=lost,
            unposted=unposted,
            estimated=estimated,
            posted=self._unsettled(history.estimates(at, value, estimated, register.device.step_s), at),
        )

    def _unsettled(self, posted: Int64, at: Int64) -> Int64:
        """Posted values with those hours of unsettled days off that are revised when asked for again."""
        if not self.unsettled or not len(at):
            return posted
        stream = dice.key(self.settings.seed, "unsettled", self.place.number)
        off = np.isin(at // DAY_S, np.fromiter(self.unsettled, np.int64, len(self.unsettled)))
        off &= dice.units(stream, at // 3600) < self.unsettled_rate
        return np.where(off, posted * 3 // 4 + 1, posted)


def points(settings: Settings, member: Member) -> Iterator[Point]:
    """Every place of every account of a member."""
    for contract in member.contracts:
        for place in contract.places:
            yield Point(settings=settings, member=member, contract=contract, place=place)


def per_hour(device: Device) -> int:
    """How many intervals of a meter an hour has: what turns an interval's kWh into its average kW."""
    return 3600 // (device.step_s or QUARTER_S)


def has_demand(member: Member) -> bool:
    """Whether a member's meters also give demand."""
    return member.story is Story.DEMAND


def _registers(device: Device, settings: Settings) -> list[Register]:
    def register(channel: int, flow: FlowDirection, exports: bool, unit: str, scale: int) -> Register:
        return Register(device=device, channel=channel, flow=flow, unit=unit, scale=scale, exports=exports)

    delivered, received, net = FlowDirection.DELIVERED, FlowDirection.RECEIVED, FlowDirection.NET
    if device.from_file:
        assert settings.usage is not None
        exports = settings.usage.exports
        return [register(1, net if exports else delivered, exports, "KWH", settings.usage.scale)]
    if device.industry == "WATER":
        return [register(1, delivered, False, "GAL", _GALLON_SCALE)]
    if device.industry == "GAS":
        return [register(1, delivered, False, "CCF", _CCF_SCALE)]
    if device.industry != "ELECTRIC":
        return []
    if device.load.solar_w:
        return [
            register(channel, flow, True, "KWH", _WH_SCALE)
            for channel, flow in enumerate((delivered, received, net), start=1)
        ]
    return [register(1, delivered, False, "KWH", _WH_SCALE)]


def _flow(device: Device, flow: FlowDirection, settings: Settings, quarter: Int64) -> Int64:
    """What a register counted in consecutive quarter-hours."""
    used = load.used(device.load, settings.seed, settings.tz, quarter)
    if not device.load.solar_w:
        return used
    made = load.generated(device.load, settings.seed, quarter)
    # Clouds and appliances come and go within a quarter-hour: a part of what was made then went out although more
    # was drawn in all, so that both registers move.
    both = np.minimum(used, made) // 12
    delivered: Int64 = np.maximum(used - made, 0) + both
    received: Int64 = np.maximum(made - used, 0) + both
    if flow is FlowDirection.DELIVERED:
        return delivered
    net: Int64 = delivered - received
    return received if flow is FlowDirection.RECEIVED else net


def _at_step(value: Int64, step: int, count: int, skip: int) -> Int64:
    """Quarter-hours as intervals of the meter's step: summed, or for five minutes divided in whole units."""
    if step == QUARTER_S:
        return value
    if step > QUARTER_S:
        summed: Int64 = value.reshape(count, step // QUARTER_S).sum(axis=1)
        return summed
    thirds = QUARTER_S // step
    part = np.repeat(value, thirds)
    turn = np.tile(np.arange(thirds, dtype=np.int64), len(value))
    divided: Int64 = part * (turn + 1) // thirds - part * turn // thirds
    return divided[skip : skip + count]


def _empty(register: Register) -> Readings:
    none, no = np.empty(0, np.int64), np.empty(0, np.bool_)
    return Readings(register=register, start=none, value=none, lost=no, unposted=no, estimated=no, posted=none)
