"""When meters are read for billing: the days and the instants, and the billing periods between them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from meterbook.practice import dice
from meterbook.practice.clock import following
from meterbook.practice.registers import DAY_S, QUARTER_S
from meterbook.practice.settings import Settings, midnight
from meterbook.practice.world import Contract

MADE_AFTER = timedelta(days=2)
"""From the later read to the bill."""
DUE_AFTER = timedelta(days=21)
"""From the bill to its due date."""
SHORTEST = timedelta(days=10)
"""A regular read nearer than this to the first or the last day of service is left out."""
BOOKS_FROM = 2022
"""First year of the co-op's present billing system: displays and balances are reckoned from its 1 January."""
_KEPT = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From one read to the next.

    Attributes:
        start: day of the earlier read, or first day of service.
        end: day of the later read, or day after the last of service.
        begin: instant of the earlier read, UTC epoch seconds, at the border of two intervals.
        finish: instant of the later one.
        first: service began with it.
        final: service ended with it.
        number: counts an account's periods from the first in the books.
    """

    start: date
    end: date
    begin: int
    finish: int
    first: bool
    final: bool
    number: int

    @property
    def days(self) -> int:
        """Days of service: that of the earlier read is one, that of the later is not."""
        return (self.end - self.start).days


def books_from(settings: Settings) -> date:
    """First day of what displays and balances are reckoned from."""
    return date(min(BOOKS_FROM, settings.today.year - 4), 1, 1)


def periods(settings: Settings, contract: Contract) -> tuple[Period, ...]:
    """An account's billing periods whose bill has been made, oldest first."""
    key = (settings.seed, settings.zone, settings.today, settings.step, settings.old_step, contract)
    if key not in _PERIODS:
        _PERIODS[key] = tuple(_periods(settings, contract))
    _PERIODS.move_to_end(key)
    while len(_PERIODS) > _KEPT:
        _PERIODS.popitem(last=False)
    return _PERIODS[key]


def last_reads(settings: Settings, contract: Contract) -> tuple[int, int] | None:
    """The last bill's read instants; None before the first bill."""
    found = periods(settings, contract)
    return (found[-1].begin, found[-1].finish) if found else None


_PERIODS: OrderedDict[object, tuple[Period, ...]] = OrderedDict()


def _periods(settings: Settings, contract: Contract) -> list[Period]:
    until = settings.today - MADE_AFTER
    books = books_from(settings)
    opened = contract.opened >= books
    days = [contract.opened] if opened else []
    month = max(contract.opened, books).replace(day=1)
    while month <= until:
        # All accounts of a member are read on one round.
        late = dice.number(3, settings.seed, "read", contract.number[:7], month.toordinal())
        day = month.replace(day=contract.billing_day + late)
        if day <= until and _is_regular(contract, day):
            days.append(day)
        month = following(month)
    if contract.closed is not None and contract.closed <= until:
        days.append(contract.closed)
    instants = [_instant(settings, contract, day) for day in days]
    return [
        Period(
            start=days[i],
            end=days[i + 1],
            begin=instants[i],
            finish=instants[i + 1],
            first=days[i] == contract.opened,
            final=days[i + 1] == contract.closed,
            number=i,
        )
        for i in range(len(days) - 1)
    ]


def _is_regular(contract: Contract, day: date) -> bool:
    if day - contract.opened < SHORTEST:
        return False
    return contract.closed is None or contract.closed - day >= SHORTEST


def _instant(settings: Settings, contract: Contract, day: date) -> int:
    """Service begins and ends at midnight; meters that report are read before dawn, a business's and dials by day."""
    if day in (contract.opened, contract.closed):
        at = midnight(day, settings.tz)
    else:
        steps = [device.step_s for place in contract.places for device in place.devices if device.step_s < DAY_S]
        by_day = contract.business or (bool(steps) and not all(steps))
        quarter = dice.number(14, settings.seed, "read at", contract.number[:7], day.toordinal())
        hour, minute = divmod((33 if by_day else 8) + quarter, 4)
        at = int(datetime(day.year, day.month, day.day, hour, 15 * minute, tzinfo=settings.tz).timestamp())
    step = max([QUARTER_S, *(d.step_s for place in contract.places for d in place.devices if d.step_s < DAY_S)])
    return at - at % step
