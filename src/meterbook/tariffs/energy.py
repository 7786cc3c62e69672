"""Energy charges: kWh by season and period, in blocks that fill by period, in proportion, or in the order of time."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from meterbook.model.errors import InputError
from meterbook.model.tariff import Energy, Export, Number, Rate, Tariff, Version, Window, plain
from meterbook.tariffs.axis import Int64
from meterbook.tariffs.bill import least_sure
from meterbook.tariffs.calendars import resolve
from meterbook.tariffs.cells import label
from meterbook.tariffs.determinants import Intervals
from meterbook.tariffs.inputs import Bool
from meterbook.tariffs.parts import PricedPart, decimal
from meterbook.tariffs.parts import quantity as worked_out
from meterbook.tariffs.work import Form, Work

ZERO = Decimal(0)
WHOLE_BANK = ""
"""Name of the bank of kWh that all periods share."""
EXACTLY = Context(prec=100)
"""Products of readings, limits and prices have far fewer digits than this."""


def charge_energy(work: Work, charge: Energy, place: int) -> None:
    """Lines of an energy charge for one part."""
    sums = netted(work, charge, bin_sums(work, place, charge.of, len(charge.rates)))
    sums = [None if total is None else work.part.divided(total) for total in sums]
    for index in range(len(charge.rates)):
        if sums[index] is None:
            continue
        for block, quantity in enumerate(_divided(work, charge, place, index, sums)):
            _line(work, charge, index, block, quantity)


def flow(work: Work, of: str) -> Int64:
    """The energy that a charge is on, by interval."""
    usage = work.usage
    if of == "delivered" or usage.received is None:
        return usage.delivered if of != "received" else np.zeros(len(usage.delivered), np.int64)
    return usage.received if of == "received" else usage.delivered - usage.received


def bin_sums(work: Work, place: int, of: str, count: int) -> list[Decimal | None]:
    """kWh of this part by place of the rate; None for rates that none of its intervals has."""
    key = (work.part.number, place, of)
    if key not in work.meter.sums:
        bins = work.plan.bins(work.part.number, place)
        work.meter.sums[key] = (bins.sums(flow(work, of)).tolist(), bins.counts.tolist())
    totals, counts = work.meter.sums[key]
    low = work.ordinal * count
    scale = -work.usage.scale
    return [Decimal(totals[low + index]).scaleb(scale) if counts[low + index] else None for index in range(count)]


def netted(work: Work, charge: Energy, sums: list[Decimal | None]) -> list[Decimal | None]:
    """Energy billed after what was sent back and what lies in the bank; the rest goes into the bank."""
    wanted = {"net": "net-metering", "delivered": "net-register"}.get(charge.of)
    exports = (one for one in work.part.version.charges if isinstance(one, Export) and one.scheme == wanted)
    export = next(exports, None)
    if export is None:
        return sums
    if not export.by_period and work.meter.bank:  # where banks were kept by period before, they are one from now on
        work.meter.bank = {WHOLE_BANK: sum(work.meter.bank.values(), start=ZERO)}
    groups: dict[str, list[int]] = {}
    for index, rate in enumerate(charge.rates):
        key = _period(work.plan.tariff, rate) if export.by_period else WHOLE_BANK
        groups.setdefault(key, []).append(index)
    result: list[Decimal | None] = [None] * len(sums)
    for key, places in groups.items():
        held = [sums[place] for place in places]
        credit = work.meter.bank.pop(key, ZERO) - sum((total for total in held if total and total < 0), start=ZERO)
        for place, total in zip(places, held, strict=True):
            if total is not None:
                used = min(max(total, ZERO), credit)
                credit -= used
                result[place] = max(total, ZERO) - used
        if credit:
            work.meter.bank[key] = credit
    return _drawn(work.meter.bank, result) if export.by_period else result


def _drawn(bank: dict[str, Decimal], kwh: list[Decimal | None]) -> list[Decimal | None]:
    """What is left after kWh carried in from before, of which nobody told the period, in the order of the rates."""
    credit = bank.pop(WHOLE_BANK, ZERO)
    left: list[Decimal | None] = []
    for total in kwh:
        used = min(total or ZERO, credit)
        credit -= used
        left.append(None if total is None else total - used)
    if credit:
        bank[WHOLE_BANK] = credit
    return left


def _period(tariff: Tariff, rate: Rate) -> str:
    """The time-of-use period of a rate, whose bank holds on through the seasons."""
    return "all hours" if rate.period is None else "/".join(resolve(rate.period, tariff.periods))


class Share(NamedTuple):
    """A block's share, not yet divided: ``over`` / ``of`` kWh, both exact."""

    over: Decimal
    of: Decimal


def _divided(
    work: Work, charge: Energy, place: int, index: int, sums: list[Decimal | None]
) -> Sequence[Decimal | Fraction | Share]:
    """kWh of each block of a rate."""
    rate, total = charge.rates[index], sums[index] or ZERO
    if not rate.blocks:
        return [total]
    limits = _limits(work, charge, rate)
    if charge.fill == "day":
        return _day_by_day(work, charge, place, index, limits)
    pooled = [at for at, other in enumerate(charge.rates) if other.blocks and sums[at] is not None]
    if charge.pooling in (None, "period") or len(pooled) == 1:
        return filled(total, limits)
    if charge.pooling == "proportion":
        return shares(total, sum((sums[at] or ZERO for at in pooled), start=ZERO), limits)
    _in_time_only(work, charge)
    if charge.of == "net" and work.usage.received is not None:
        raise InputError(
            f"{work.code} fills blocks in the order of time and nets energy, which has no order",
            expected="pooling: period or proportion",
        )
    values = flow(work, charge.of)
    rates = work.plan.index(work.part.number, place)
    return in_time_order(work, np.where(np.isin(rates, pooled), values, 0), rates == index, limits)


def filled(total: Decimal, limits: Sequence[Decimal | None]) -> list[Decimal]:
    """A total put into blocks from the first on; what is below nothing stays in the first.

    >>> filled(Decimal(700), [Decimal(500), None])
    [Decimal('500'), Decimal('200')]
    """
    found, below = [], ZERO
    for limit in limits:
        top = total if limit is None else min(total, limit)
        found.append(max(top - below, ZERO) if below else top)
        below = total if limit is None else limit
    return found


def shares(total: Decimal, whole: Decimal, limits: Sequence[Decimal | None]) -> Sequence[Decimal | Share]:
    """A total's share of the blocks that a whole fills, as :func:`in_proportion` but left undivided, which is faster.

    >>> shares(Decimal(300), Decimal(900), [Decimal(600), None])[1]
    Share(over=Decimal('90000'), of=Decimal('900'))
    """
    if not whole:
        return filled(total, limits)
    return [Share(EXACTLY.multiply(block, total), whole) for block in filled(whole, limits)]


def in_proportion(total: Decimal, whole: Decimal, limits: Sequence[Decimal | None]) -> Sequence[Decimal | Fraction]:
    """A total's share of the blocks that a whole fills.

    >>> [str(block) for block in in_proportion(Decimal(300), Decimal(900), [Decimal(600), None])]
    ['200', '100']
    """
    if not whole:
        return filled(total, limits)
    share = Fraction(total) / Fraction(whole)
    return [Fraction(block) * share for block in filled(whole, limits)]


def _day_by_day(
    work: Work, charge: Energy, place: int, index: int, limits: Sequence[Decimal | None]
) -> Sequence[Decimal | Fraction]:
    """kWh of a rate by block, where blocks fill anew each local day."""
    _in_time_only(work, charge)
    if charge.of == "net" and work.usage.received is not None:
        raise InputError(
            f"{work.code} fills blocks day by day and nets energy over the billing period",
            expected="fill: period, or energy delivered",
        )
    axis, scale = work.plan.axis, -work.usage.scale
    low, high = work.plan.places(work.part)
    values, rates = flow(work, charge.of)[low:high], work.plan.index(work.part.number, place)[low:high]
    sharing = [at for at, rate in enumerate(charge.rates) if rate.blocks]
    found: list[Decimal | Fraction] = [ZERO] * len(limits)
    bounds = np.flatnonzero(np.diff(axis.day[low:high], prepend=-1))
    for one, other in pairwise([*bounds.tolist(), high - low]):
        day, of_day = values[one:other], rates[one:other]
        mine = of_day == index
        total = Decimal(int(day[mine].sum())).scaleb(scale)
        shared = np.where(np.isin(of_day, sharing), day, 0)
        blocks: Sequence[Decimal | Fraction]
        if charge.pooling == "proportion":
            blocks = in_proportion(total, Decimal(int(shared.sum())).scaleb(scale), limits)
        elif charge.pooling == "time":
            blocks = _filled_in_time(shared, mine, limits, -scale)
        else:
            blocks = filled(total, limits)
        found = [Fraction(sum_) + Fraction(block) for sum_, block in zip(found, blocks, strict=True)]
    return found


def _in_time_only(work: Work, charge: Energy) -> None:
    if work.part.by_days:
        raise InputError(
            f"{work.code} fills the blocks of {charge.name!r} as time goes on, and divides periods by days",
            expected="blocks that fill by period or in proportion, or across: divide",
        )


def in_time_order(work: Work, energy: Int64, mine: Bool, limits: Sequence[Decimal | None]) -> list[Decimal]:
    """kWh of a rate by block, where several rates fill the blocks as time goes on; an interval is divided exactly.

    Args:
        work: the part.
        energy: of each interval that fills the blocks, 0 of others.
        mine: marks of the intervals that have the rate.
        limits: upper limits of the blocks, kWh.
    """
    low, high = work.plan.places(work.part)
    return _filled_in_time(energy[low:high], mine[low:high], limits, work.usage.scale)


def _filled_in_time(energy: Int64, mine: Bool, limits: Sequence[Decimal | None], scale: int) -> list[Decimal]:
    after = np.cumsum(energy)
    before = after - energy
    found, below = [], 0
    for limit in limits:
        top = None if limit is None else _exact(limit, scale)
        reach = (
            (after[mine], before[mine])
            if top is None
            else (np.minimum(after[mine], top), np.minimum(before[mine], top))
        )
        inside = np.maximum(reach[0], below) - np.maximum(reach[1], below)
        found.append(Decimal(int(inside.sum())).scaleb(-scale))
        below = below if top is None else top
    return found


def _exact(limit: Decimal, scale: int) -> int:
    return int((limit.scaleb(scale)).to_integral_value())


def _limits(work: Work, charge: Energy, rate: Rate) -> list[Decimal | None]:
    """Upper limits of a rate's blocks for this part, kWh."""

    def known(limit: Number) -> Decimal:
        return work.known(limit, f"the limit of a block of {charge.name!r}").value

    if charge.block_unit == "kWh" and not charge.prorate_blocks and work.part.share == 1:
        key = ("limits", work.part.number, id(charge), id(rate))
        if key not in work.plan.forms:
            work.plan.forms[key] = [None if one.up_to is None else known(one.up_to) for one in rate.blocks]
        as_they_stand: list[Decimal | None] = work.plan.forms[key]
        return as_they_stand
    factor = block_factor(charge, work.part)
    if "/kW" in charge.block_unit:
        if work.demand_kw is None:
            raise InputError(
                f"{work.code} has blocks by kW and no demand charge above them",
                expected="a demand charge before the energy charge",
            )
        factor *= Fraction(work.demand_kw)
    return [
        None if one.up_to is None else block_limit(known(one.up_to), factor, work.part.version) for one in rate.blocks
    ]


def block_limit(limit: Decimal, factor: Fraction, version: Version) -> Decimal:
    """A limit of a block as it is in a part; as it stands in the schedule where nothing changes it."""
    return limit if factor == 1 else worked_out(Fraction(limit) * factor, version.quantities)


def block_factor(charge: Energy, part: PricedPart) -> Fraction:
    """What the limits of blocks are multiplied by in a part."""
    if charge.fill == "day":
        return Fraction(1)
    if charge.block_unit.endswith("/day"):
        return Fraction(part.days)
    return Fraction(part.days, 30) if charge.prorate_blocks and part.is_prorated else part.share


def _line(work: Work, charge: Energy, index: int, block: int, exact: Decimal | Fraction | Share) -> None:
    if block and not (exact.over if isinstance(exact, Share) else exact):
        return
    key = (work.part.number, id(charge), index, block)
    form: Form | None = work.plan.forms.get(key)
    if form is None:
        form = work.plan.forms[key] = _form(work, charge, charge.rates[index], block)
    assert form.rate is not None
    if isinstance(exact, Decimal):
        quantity, amount = exact, exact * form.rate
    elif isinstance(exact, Share):
        quantity, amount = exact.over / exact.of, EXACTLY.multiply(exact.over, form.rate) / exact.of
    else:
        quantity, amount = decimal(exact), decimal(exact * Fraction(form.rate))
    made = Intervals(work.plan, work.part, work.at, index)
    work.put(form, amount, quantity, ("{} {} {}, {}", quantity, work.plan.tariff.unit, charge.of, made))


def _form(work: Work, charge: Energy, rate: Rate, block: int) -> Form:
    name = label(charge, rate)
    if rate.blocks:
        unit = charge.block_unit.replace("kWh", work.plan.tariff.unit, 1)
        name = f"{name}, {block_label(rate, block, unit)}"
    number = rate.blocks[block].rate if rate.blocks else rate.rate
    assert number is not None
    price = work.known(number, f"the price of {name!r}")
    return work.form(
        charge,
        name=name,
        unit=work.plan.tariff.unit,
        rate=price,
        rule=_rule(charge, rate),
        also=windows_status(work, rate),
    )


def block_label(rate: Rate, block: int, unit: str) -> str:
    """A block in words, as bills write it.

    >>> from meterbook.model.tariff import Block
    >>> steps = Rate(blocks=[Block(rate=Decimal(1), up_to=Decimal(500)), Block(rate=Decimal(2))])
    >>> block_label(steps, 0, "kWh"), block_label(steps, 1, "kWh")
    ('first 500 kWh', 'over 500 kWh')
    """
    limits = [None if one.up_to is None else plain(one.up_to) for one in rate.blocks]
    top, below = limits[block], limits[block - 1] if block else None
    if below is None:
        return f"first {top:f} {unit}" if top is not None else f"all {unit}"
    return f"over {below:f} {unit}" if top is None else f"next {top - below:f} {unit}"


def windows_status(work: Work, rate: Rate) -> tuple[str, ...]:
    """How sure the hours of a rate's period are, where it has one."""
    return windows_kinds(work.plan.tariff, rate)


def windows_kinds(tariff: Tariff, rate: Rate) -> tuple[str, ...]:
    """The least sure status of the hours and holidays of a rate's set of periods."""
    if rate.period is None:
        return ()
    group, _ = resolve(rate.period, tariff.periods)
    found = []
    for windows in tariff.periods[group].values():
        if windows == "rest":
            continue
        for window in windows:
            assert isinstance(window, Window)
            found.append(window.status)
            calendar = window.excluding or window.only_on
            if calendar is not None:
                found.append(tariff.holidays[calendar].status)
    return (least_sure(*found),)


def _rule(charge: Energy, rate: Rate) -> str:
    where = " and ".join(name for name in (rate.season, rate.period) if name)
    return f"{charge.name}: {where}" if where else charge.name
