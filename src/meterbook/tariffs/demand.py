"""Demand charges: the highest average power, corrected, held up by ratchets and minimums, priced in blocks or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar

from meterbook.model.errors import InputError
from meterbook.model.tariff import Demand, Ratchet, Rate, Reactive
from meterbook.tariffs.cells import cells, label
from meterbook.tariffs.determinants import Moment
from meterbook.tariffs.energy import block_label, filled, windows_status
from meterbook.tariffs.numbers import stepped
from meterbook.tariffs.parts import shared
from meterbook.tariffs.work import Form, Work

ZERO = Decimal(0)
Kw = TypeVar("Kw")


def charge_demand(work: Work, charge: Demand, place: int) -> None:
    """Lines of a demand charge for one part; where the schedule changes in a period, each version pays its days."""
    for index, rate in enumerate(charge.rates):
        measured, at = measured_kw(work, charge, place, index)
        if measured is None:
            continue
        billed, why = billing_kw(work, charge, rate, measured)
        if work.demand_kw is None or billed > work.demand_kw:
            work.demand_kw = billed
        said: tuple[object, ...] = ("{:f} kW measured{}", measured.normalize(), at)
        if billed != measured:
            said = (said[0] + ", billed {:f} kW ({})", *said[1:], billed.normalize(), why)  # type: ignore[operator]
        _lines(work, charge, index, billed, said)


def measured_kw(work: Work, charge: Demand, place: int, index: int) -> tuple[Decimal | None, object]:
    """Measured demand of a rate in the period, kW, and when it was, in words; None where no interval has the rate."""
    if charge.coincident:
        return _coincident(work, charge, index)
    key = (work.part.number, place)
    if key not in work.meter.peaks:
        work.meter.peaks[key] = work.plan.windows(*key).peaks(work.measured.delivered, work.meter.gone)
    peaks = work.meter.peaks[key]
    group = work.span * len(charge.rates) + index
    if charge.daily:
        days = len(work.plan.axis.days)
        found = [value for one, (value, _) in peaks.items() if one // days == group]
        total = Decimal(sum(max(value, 0) for value in found)).scaleb(-work.measured.scale)
        return (work.quantity(total), f" on {len(found)} days") if found else (None, "")
    if group not in peaks:
        held = work.part.span.register_kw if charge.rates[index].period is None else None
        return (None, "") if held is None else (work.quantity(held), " by the register")
    value, at = peaks[group]
    return work.quantity(Decimal(max(value, 0)).scaleb(-work.measured.scale)), Moment(work.plan.axis, at)


def billing_kw(work: Work, charge: Demand, rate: Rate, measured: Decimal) -> tuple[Decimal, str]:
    """Billing demand, kW, and what made it other than measured, in words."""
    billed, why = measured, ""
    if charge.power_factor is not None:
        billed, why = _corrected(work, charge.power_factor.target, measured)
    if charge.ratchet is not None:
        floor, share = ratchet_floor(work, charge.ratchet, rate)
        if floor > billed:
            billed, why = floor, f"{share:.0%} of an earlier demand"
    if charge.minimum is not None:
        least = work.known(charge.minimum, f"the least demand of {charge.name!r}").value
        if least > billed:
            billed, why = least, "the least that is billed"
    if charge.contract_share is not None:
        if work.account.contract_kw is None:
            raise InputError(
                f"{work.code} needs the account's contract demand", expected="a number of kW: --contract-kw"
            )
        least = work.known(charge.contract_share, "the share of contract demand").value * work.account.contract_kw
        if least > billed:
            billed, why = least, "contract demand"
    if charge.step is not None:
        billed, before = stepped(billed, charge.step, charge.step_mode), billed
        why = why or (f"in steps of {charge.step} kW" if billed != before else "")
    return billed, why


def ratchet_floor(work: Work, ratchet: Ratchet, rate: Rate) -> tuple[Decimal, Decimal]:
    """What earlier demands hold billing demand up to, kW, and the share of one that it is."""
    day = work.plan.last_day(work.part.span)
    if ratchet.in_months and day.month not in ratchet.in_months:
        return ZERO, ZERO
    wanted = ratchet.of_period or rate.period
    found = [
        (kw * share_in(ratchet, day, when), share_in(ratchet, day, when))
        for when, kw in earlier(ratchet, day, wanted, work.meter.demands)
    ]
    highest, share = max(found, default=(ZERO, ZERO))
    return work.quantity(highest), share


def earlier(
    ratchet: Ratchet, day: date, wanted: str | None, demands: Sequence[tuple[date, str | None, Kw]]
) -> list[tuple[date, Kw]]:
    """The earlier demands that a ratchet in the bill of a day looks at, each with the last day of its bill.

    Args:
        ratchet: months or billing periods to look back.
        day: last day of the bill.
        wanted: name of the time-of-use period whose demand counts, or None.
        demands: of earlier bills: last day, name of the period, and whatever stands for the demand.

    >>> [kw for _, kw in earlier(Ratchet(share=Decimal(1), periods=2), date(2026, 9, 1), None, [
    ...     (date(2026, 6, 1), None, 3), (date(2026, 7, 1), None, 2), (date(2026, 8, 31), None, 1)])]
    [2, 1]
    """
    kept = sorted({when for when, _, _ in demands if when < day})[-(ratchet.periods or len(demands) + 1) :]
    return [
        (when, kw)
        for when, period, kw in demands
        if period == wanted and when in kept and looks_back(ratchet, day, when)
    ]


def share_in(ratchet: Ratchet, day: date, when: date) -> Decimal:
    """The share of a demand of an earlier day in the bill of a day.

    >>> share_in(Ratchet(share=Decimal("0.5")), date(2026, 3, 31), date(2026, 1, 31))
    Decimal('0.5')
    """
    if not ratchet.by_month:
        return ratchet.share
    return ratchet.by_month[(day if ratchet.month_of == "bill" else when).month - 1]


def looks_back(ratchet: Ratchet, day: date, when: date) -> bool:
    """Whether a ratchet in the bill of a day looks at the demand of an earlier one.

    Of two bills that end in one month, as of reads on 1 and 28 February or where service changes hands, the later one
    looks at the earlier one.
    """
    months = (day.year - when.year) * 12 + day.month - when.month
    near = ratchet.periods is not None or 0 <= months <= ratchet.months
    return when < day and near and (not ratchet.of_months or when.month in ratchet.of_months)


def charge_reactive(work: Work, charge: Reactive) -> None:
    """The line of a charge on reactive demand."""
    kvar = _highest_kvar(work)
    free = charge.free_share * (work.demand_kw or ZERO)
    price = work.known(charge.rate, f"the price of {charge.name!r}")
    billed = max(kvar - free, ZERO)
    billed, amount = _of_part(work, billed, price.value)
    work.put(work.form(charge, unit="kVAr", rate=price), amount, billed, ("{:f} kVAr", kvar.normalize()))


def _lines(work: Work, charge: Demand, index: int, billed: Decimal, said: tuple[object, ...]) -> None:
    rate = charge.rates[index]
    limits = [
        None if block.up_to is None else work.known(block.up_to, f"the limit of a block of {charge.name!r}").value
        for block in rate.blocks
    ]
    for block, whole in enumerate(filled(billed, limits) if rate.blocks else [billed]):
        if whole or not block:
            form = _form(work, charge, index, block)
            assert form.rate is not None
            quantity, amount = _of_part(work, whole, form.rate)
            work.put(form, amount, quantity, said)


def _of_part(work: Work, kw: Decimal, price: Decimal) -> tuple[Decimal, Decimal]:
    """What a part pays for: its days' share of the demand, or the demand at its days' share of the price."""
    if work.part.by_days:
        divided = work.part.divided(kw)
        return divided, divided * price
    return kw, shared(kw * price, work.part.share)


def _form(work: Work, charge: Demand, index: int, block: int) -> Form:
    key = (work.part.number, id(charge), index, block)
    found: Form | None = work.plan.forms.get(key)
    if found is None:
        rate = charge.rates[index]
        name = label(charge, rate)
        if rate.blocks:
            name = f"{name}, {block_label(rate, block, 'kW')}"
        number = rate.blocks[block].rate if rate.blocks else rate.rate
        assert number is not None
        price = work.known(number, f"the price of {name!r}")
        found = work.form(
            charge, name=name, unit="kW", rate=price, also=(charge.minutes_status, *windows_status(work, rate))
        )
        work.plan.forms[key] = found
    return found


def _corrected(work: Work, target: Decimal, measured: Decimal) -> tuple[Decimal, str]:
    low, high = work.plan.axis.place(work.part.span.start), work.plan.axis.place(work.part.span.end)
    if work.measured.reactive is None:
        raise InputError(f"{work.code} corrects demand by power factor", expected="a channel of kVArh")
    active, reactive = (Decimal(int(one[low:high].sum())) for one in (work.measured.delivered, work.measured.reactive))
    apparent = (active * active + reactive * reactive).sqrt()
    factor = active / apparent if apparent else Decimal(1)
    if factor >= target or not factor:
        return measured, ""
    return work.quantity(measured * target / factor), f"power factor {factor:.3f}, {target} wanted"


def _coincident(work: Work, charge: Demand, index: int) -> tuple[Decimal | None, object]:
    at = work.part.span.coincident
    if at is None:
        raise InputError(
            f"{work.code} bills demand at the hour of the supplier's peak",
            expected="when it began in each period: --coincident TIMES",
            hint="Utilities publish it, or tell it on request. Of a URDB record: --urdb leave-out=coincident.",
        )
    axis = work.plan.axis
    length = max(charge.minutes * 60 // axis.step_s, 1)
    low = axis.place(at)
    there = cells(work.plan.tariff, charge).index_in(work.plan.calendar, low, low + 1, int(axis.days[axis.day[low]]))
    if int(there[0]) != index:
        return None, ""  # the peak was in the hours of another rate
    energy = int(work.measured.delivered[low : low + length].sum())
    return Decimal(energy * (3600 // (length * axis.step_s))).scaleb(-work.measured.scale), Moment(axis, low)


def _highest_kvar(work: Work) -> Decimal:
    if work.measured.reactive is None:
        raise InputError(
            f"reactive demand is charged by {work.code}, and the readings have none",
            expected="a channel of kVArh",
            hint="Or price without that charge; of a URDB record with --urdb leave-out=reactive.",
        )
    axis = work.plan.axis
    low, high = axis.place(work.part.span.start), axis.place(work.part.span.end)
    part = work.measured.reactive[low:high]
    return Decimal(int(part.max()) * (3600 // axis.step_s)).scaleb(-work.measured.scale) if len(part) else ZERO
