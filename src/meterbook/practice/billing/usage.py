"""What the meters of a place gave for a period: readings as printed, and the quantities that are billed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_DOWN, Decimal

from meterbook.model.bill_kinds import ReadType
from meterbook.model.channel import FlowDirection
from meterbook.model.statement import MeterUsage
from meterbook.practice import periods as rate_periods
from meterbook.practice.billing import counters, scenarios
from meterbook.practice.billing.counters import CAPACITY, DIAL
from meterbook.practice.billing.prices import SCHEDULES, Schedule
from meterbook.practice.billing.reads import Period
from meterbook.practice.clock import DAY_S
from meterbook.practice.registers import Point, Register
from meterbook.practice.settings import midnight

ZERO = Decimal(0)
_ESTIMATE = Decimal("0.85")
_LARGE_FACTOR = 10
_UNITS = {"KWH": "kWh", "GAL": "gal", "CCF": "CCF"}
_SERVICES = {"ELECTRIC": "electric", "WATER": "water", "GAS": "gas"}
PERIOD_REGISTERS = ("Off Peak", "On Peak", "Super Off-Peak")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceUsage:
    """What a place used in a period.

    Attributes:
        location: number of the place.
        rate: code of its electric schedule.
        metered: whether it has an electric meter.
        meters: registers with their readings, in the order printed.
        delivered: kWh.
        received: kWh sent back.
        by_period: kWh of each time-of-use period, by name; empty on other schedules.
        measured_kw: highest demand, or None.
        water: gallons of the house, or None without.
        irrigation: gallons of the garden, or None without.
        gas: CCF, or None without.
    """

    location: str
    rate: str
    metered: bool
    meters: tuple[MeterUsage, ...]
    delivered: Decimal
    received: Decimal
    by_period: dict[str, Decimal]
    measured_kw: Decimal | None
    water: Decimal | None
    irrigation: Decimal | None
    gas: Decimal | None

    @property
    def schedule(self) -> Schedule | None:
        """The electric schedule; None for a place without an electric meter."""
        return SCHEDULES[self.rate] if self.metered else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Misread:
    """A wrong figure of the later read, on a bill that was cancelled afterwards: so much too high, kWh."""

    excess: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reads:
    """A period's reads, the earlier one's standing, and what was wrong with the later one."""

    period: Period
    before: Period | None
    misread: Misread


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """Two readings, and what was used between them."""

    previous: Decimal
    present: Decimal
    used: Decimal
    factor: int = 1
    kind: ReadType = ReadType.ACTUAL


def place_usage(point: Point, period: Period, before: Period | None, misread: Misread) -> PlaceUsage:
    """What a place used from one read to the next.

    Args:
        point: the place.
        period: the billing period.
        before: the period before it, whose later read may have been an estimate.
        misread: what was wrong with the later read.
    """
    reads = _Reads(period=period, before=before, misread=misread)
    meters: list[MeterUsage] = []
    delivered = received = ZERO
    by_period: dict[str, Decimal] = {}
    measured: Decimal | None = None
    amounts: dict[str, Decimal] = {}
    for register in _billed(point):
        device = register.device
        span = _span(point, register, period)
        if span is None:
            continue
        rows = _rows(point, register, span, reads)
        meters.extend(rows)
        used = sum((row.usage or ZERO for row in rows), start=ZERO)
        if device.industry != "ELECTRIC":
            name = "irrigation" if device.industry == "WATER" and device.position > 2 else device.industry.lower()
            amounts[name] = amounts.get(name, ZERO) + used
            continue
        if register.flow is FlowDirection.RECEIVED:
            received += used
            continue
        delivered += used
        for row in rows if point.place.rate == "R-TOU" else ():
            name = rate_periods.NAMES[PERIOD_REGISTERS.index(row.register or "")]
            by_period[name] = by_period.get(name, ZERO) + (row.usage or ZERO)
        if point.place.rate == "LGS-D":
            peak = counters.highest(point, register, *span)
            if peak is not None and (measured is None or peak[0] > measured):
                measured = peak[0]
                meters.append(_demand_row(point, register, period, peak))
    return PlaceUsage(
        location=point.place.number,
        rate=point.place.rate,
        metered=any(device.industry == "ELECTRIC" for device in point.place.devices),
        meters=tuple(meters),
        delivered=delivered,
        received=received,
        by_period=by_period,
        measured_kw=measured,
        water=amounts.get("water"),
        irrigation=amounts.get("irrigation"),
        gas=amounts.get("gas"),
    )


def measured_peak(point: Point, period: Period) -> Decimal:
    """The highest demand of a period, kW; zero where nothing was measured."""
    peaks = [
        peak[0]
        for register in _billed(point)
        if register.device.industry == "ELECTRIC"
        and (span := _span(point, register, period)) is not None
        and (peak := counters.highest(point, register, *span)) is not None
    ]
    return max(peaks, default=ZERO)


def _billed(point: Point) -> list[Register]:
    """Registers that are billed: a meter with export by its two, a load file by its one."""
    return [
        register
        for industry in ("ELECTRIC", "WATER", "GAS")
        for register in point.registers(industry)
        if register.flow is not FlowDirection.NET or register.device.from_file
    ]


def _span(point: Point, register: Register, period: Period) -> tuple[int, int] | None:
    """The instants of a register's two readings; None if it was not there in the period."""
    device, tz = register.device, point.settings.tz
    start, end = period.begin, period.finish
    if device.step_s == DAY_S:
        start, end = midnight(period.start, tz), midnight(period.end, tz)
    # An interval in which the meter was set is the meter's from its start, with the share that fell within its life.
    installed = device.installed - device.installed % device.step_s if device.step_s else device.installed
    low, high = max(start, device.installed if device.from_file else installed), min(end, device.removed)
    return (low, high) if low < high else None


def _rows(point: Point, register: Register, span: tuple[int, int], reads: _Reads) -> list[MeterUsage]:
    period, before = reads.period, reads.before
    if point.place.rate == "R-TOU":
        return _period_rows(point, register, span)
    electric = register.device.industry == "ELECTRIC"
    factor = _LARGE_FACTOR if point.place.rate == "LGS-D" else 1
    previous = counters.display(point, register, span[0])
    actual = counters.display(point, register, span[1])
    kind = ReadType.ACTUAL
    present = actual
    if electric and before is not None and scenarios.is_estimated(point.member, before):
        previous = _estimated(point, register, before)
    if electric and scenarios.is_estimated(point.member, period):
        present, kind = _estimated(point, register, period), ReadType.ESTIMATED
    if electric and register.flow is not FlowDirection.RECEIVED:
        present += reads.misread.excess
    roll = DIAL if counters.is_dial(register) else CAPACITY
    used = present - previous
    if used < 0 and not register.device.from_file:
        used += roll
    shown = _Shown(previous=previous, present=present, used=used, factor=factor, kind=kind)
    return [_row(point, register, _label(register), span, shown)]


def _period_rows(point: Point, register: Register, span: tuple[int, int]) -> list[MeterUsage]:
    origin = counters.origin(point, register)
    earlier = counters.counted_by_period(point, register, origin, span[0])
    later = counters.counted_by_period(point, register, origin, span[1])
    start = counters.base(point, register)
    shares = (Decimal("0.6"), Decimal("0.15"), Decimal("0.25"))
    rows = []
    for place in (1, 0, 2):
        previous, present = (((start * shares[place]) // 1 + total[place]) % CAPACITY for total in (earlier, later))
        shown = _Shown(previous=previous, present=present, used=later[place] - earlier[place])
        rows.append(_row(point, register, PERIOD_REGISTERS[place], span, shown))
    return rows


def _row(point: Point, register: Register, label: str | None, span: tuple[int, int], shown: _Shown) -> MeterUsage:
    electric = register.device.industry == "ELECTRIC"
    return MeterUsage(
        meter=register.device.number.strip() or None,
        register=label,
        service=_SERVICES[register.device.industry],
        location=point.place.number,
        rate=point.place.rate if electric else None,
        read_start=_day(point, span[0]),
        read_end=_day(point, span[1]),
        previous=_scaled(shown.previous, shown.factor),
        present=_scaled(shown.present, shown.factor),
        multiplier=Decimal(shown.factor),
        usage=shown.used,
        unit=_UNITS[register.unit],
        read_type=shown.kind,
    )


def _scaled(shown: Decimal, factor: int) -> Decimal:
    """A display in steps of the multiplier, with a digit more for each zero of it."""
    assert factor in (1, _LARGE_FACTOR)
    return shown if factor == 1 else shown.scaleb(-1)


def _demand_row(point: Point, register: Register, period: Period, peak: tuple[Decimal, int]) -> MeterUsage:
    return MeterUsage(
        meter=register.device.number,
        register="Demand",
        service="electric",
        location=point.place.number,
        rate=point.place.rate,
        read_start=period.start,
        read_end=period.end,
        usage=peak[0],
        unit="kW",
        read_type=ReadType.ACTUAL,
        demand_at=datetime.fromtimestamp(peak[1], UTC),
    )


def _estimated(point: Point, register: Register, period: Period) -> Decimal:
    """The later reading of a period as guessed: the earlier one and whole kWh of 85 % of what was really used.

    Too low on purpose, so that the next actual reading never lies below it. No two reads in a row are estimated.
    """
    span = _span(point, register, period)
    assert span is not None
    previous = counters.display(point, register, span[0])
    real = counters.counted(point, register, *span)
    guess = (real * _ESTIMATE).to_integral_value(ROUND_DOWN)
    return (previous + guess) % (DIAL if counters.is_dial(register) else CAPACITY)


def _label(register: Register) -> str | None:
    if not register.exports or register.device.from_file:
        return None
    return "Delivered" if register.flow is FlowDirection.DELIVERED else "Received"


def _day(point: Point, at: int) -> date:
    return datetime.fromtimestamp(at, point.settings.tz).date()
