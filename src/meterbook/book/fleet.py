"""Every meter of a book under several schedules, in one pass over the stored readings.

Channels are read a hundred or so at a time, laid on one grid and priced together, by two threads side by side: memory
does not grow with the number of meters.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from meterbook.model.errors import InputError
from meterbook.store.readings import Readings, ReadingsLake
from meterbook.tariffs.batch import price_batch
from meterbook.tariffs.batch_work import Totals, Unpriced
from meterbook.tariffs.bill import least_sure
from meterbook.tariffs.inputs import Account, Usage
from meterbook.tariffs.plan import Plan
from meterbook.tariffs.pricing import price

TOGETHER = 64
"""Channels that are read and priced together: a year of quarter hours of them is 18 MB."""
_THREADS = 2


Number = int | tuple[int, ...]
"""A channel, or several that are one load: a meter and the one it was exchanged for."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Priced:
    """Some channels under all schedules.

    Attributes:
        channels: m numbers, or groups of them.
        totals: of each schedule, m × p.
        missing: m × p counts of intervals without a reading, which count as nothing.
    """

    channels: tuple[Number, ...]
    totals: tuple[Totals, ...]
    missing: NDArray[np.int64]


def price_channels(
    lake: ReadingsLake,
    channels: Sequence[Number],
    plans: Sequence[Plan],
    accounts: Sequence[Account],
    *,
    together: int = TOGETHER,
) -> Iterator[Priced]:
    """What channels pay under each plan, some channels at a time, in their order.

    Args:
        lake: the readings; energy delivered, kWh.
        channels: numbers; several together are added up and priced as one load.
        plans: schedules over the same grid and periods.
        accounts: what each schedule asks of an account.
        together: channels priced at once.

    Raises:
        InputError: plans are of different grids, or a number is not known.
    """
    grid = plans[0].axis
    if any((one.axis.first, one.axis.step_s, one.axis.count) != (grid.first, grid.step_s, grid.count) for one in plans):
        raise InputError("schedules to be priced together are of different times", expected="plans over the same grid")
    parts = [tuple(channels[at : at + together]) for at in range(0, len(channels), together)]

    def work(part: tuple[Number, ...]) -> Priced:
        numbers = [number for one in part for number in _numbers(one)]
        return _priced(lake.read(numbers, grid.first, grid.end), part, plans, accounts)

    with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1), thread_name_prefix="pricing") as pool:
        waiting: deque[Future[Priced]] = deque()
        for part in parts:
            waiting.append(pool.submit(work, part))
            if len(waiting) > _THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _priced(
    held: dict[int, Readings], channels: tuple[Number, ...], plans: Sequence[Plan], accounts: Sequence[Account]
) -> Priced:
    grid = plans[0].axis
    scale = max((one.scale for one in held.values()), default=0)
    values = np.zeros((len(channels), grid.count), np.int64)
    missing = np.ones((len(channels), grid.count), np.bool_)
    for row, channel in ((row, number) for row, one in enumerate(channels) for number in _numbers(one)):
        readings = held[channel]
        offset = readings.start - grid.first
        place = offset // grid.step_s
        if len(offset) and bool((offset != place * grid.step_s).any()):
            raise InputError(
                f"readings of channel {channel} do not lie on the grid that is priced",
                expected=f"readings every {grid.step_s} seconds",
            )
        values[row, place] += readings.value * 10 ** (scale - readings.scale)
        missing[row, place] = False
    counts = np.stack(
        [missing[:, grid.place(span.start) : grid.place(span.end)].sum(axis=1) for span in plans[0].spans], axis=1
    )
    totals = tuple(_totals(plan, values, scale, account) for plan, account in zip(plans, accounts, strict=True))
    return Priced(channels=channels, totals=totals, missing=counts)


def _numbers(one: Number) -> tuple[int, ...]:
    return (one,) if isinstance(one, int) else one


def _totals(plan: Plan, values: NDArray[np.int64], scale: int, account: Account) -> Totals:
    try:
        return price_batch(plan, values, scale=scale, account=account)
    except Unpriced:
        return _one_by_one(plan, values, scale, account)


def _one_by_one(plan: Plan, values: NDArray[np.int64], scale: int, account: Account) -> Totals:
    """Schedules that are only priced bill by bill."""
    bills = [
        price(plan, Usage(first=plan.axis.first, step_s=plan.axis.step_s, scale=scale, delivered=row), account)
        for row in values
    ]
    places = max(
        (charge.rounding or part.version.rounding).places
        for parts in plan.parts
        for part in parts
        for charge in part.version.charges
    )
    return Totals(
        amount=np.array([[int(bill.total.scaleb(places)) for bill in row] for row in bills], np.int64),
        places=places,
        kwh=np.array([[_kwh(values[at], plan, span) for span in range(len(row))] for at, row in enumerate(bills)]),
        scale=scale,
        status=least_sure(*(bill.status for row in bills for bill in row)),
    )


def _kwh(values: NDArray[np.int64], plan: Plan, number: int) -> int:
    span = plan.spans[number]
    return int(values[plan.axis.place(span.start) : plan.axis.place(span.end)].sum())


def dollars(amount: int, places: int) -> Decimal:
    """An amount of :class:`Totals` as dollars.

    >>> dollars(14267, 2)
    Decimal('142.67')
    """
    return Decimal(amount).scaleb(-places)
