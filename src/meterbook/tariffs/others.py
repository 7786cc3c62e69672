"""Charges that are not of energy or demand: fixed ones, lamps, riders, shares of other lines, minimums, and exports."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from meterbook.model.calendar import day_start, local_date, next_month
from meterbook.model.errors import InputError, TariffError
from meterbook.model.tariff import Dated, Export, Figure, Fixed, Lamps, Minimum, Percent, Rider, RoundUp
from meterbook.tariffs.cells import label
from meterbook.tariffs.energy import bin_sums, windows_status
from meterbook.tariffs.inputs import Account, Span
from meterbook.tariffs.numbers import Known
from meterbook.tariffs.parts import PricedPart, decimal, last_day
from meterbook.tariffs.plan import Plan
from meterbook.tariffs.work import Work

ZERO = Decimal(0)
UNITS = {"month": "month", "day": "day", "year": "month"}


def charge_fixed(work: Work, charge: Fixed) -> None:
    """The line of a fixed charge; the same for every meter."""
    count = how_many(charge, work.account)
    if not count and charge.each == "further-meter":
        return
    key = (work.ordinal, work.part.days, id(charge), count)
    if key not in work.plan.forms:
        amount = work.known(charge.amount, f"{charge.name!r}")
        quantity = times(work.part, charge) * count
        price = per_time(amount.value, charge)
        rule = f"{charge.name}: {amount.value} a {charge.per}"
        form = work.form(charge, unit=UNITS[charge.per], rate=amount, rule=rule)
        work.plan.forms[key] = (form, decimal(quantity * Fraction(price)), decimal(quantity))
    form, total, quantity = work.plan.forms[key]
    work.put(form, total, quantity, ("{} days", work.part.days))


def how_many(charge: Fixed, account: Account) -> int:
    """How many times an account pays a fixed charge."""
    return {"account": 1, "meter": account.meters, "further-meter": max(account.meters - 1, 0)}[charge.each]


def charge_lamps(work: Work, charge: Lamps) -> None:
    """A line for each type of lamp that the account has."""
    months = work.part.months(charge.prorate)
    for name, count in work.account.lamps.items():
        if name not in charge.types:
            raise InputError(f"{work.code} has no lamp {name!r}", expected=f"one of {', '.join(charge.types)}")
        lamp = charge.types[name]
        price = work.known(lamp.price, f"the price of lamp {name!r}")
        if lamp.kwh is not None:
            kwh = work.known(lamp.kwh, f"the kWh of lamp {name!r}").value
            work.lamp_kwh += Fraction(kwh) * count * months
        form = work.form(charge, name=f"{charge.name}, {name}", unit="lamp", rate=price)
        work.put(form, decimal(Fraction(price.value) * count * months), Decimal(count))


def charge_export(work: Work, charge: Export, place: int) -> None:
    """Credits for energy sent back, and what the bank pays at its reset."""
    if charge.scheme in ("net-metering", "net-register"):
        _settle(work, charge)
        return
    sums = bin_sums(work, place, "received", len(charge.rates))
    for rate, total in zip(charge.rates, sums, strict=True):
        if not total:
            continue
        assert rate.rate is not None
        quantity = work.part.divided(total)
        price = work.known(rate.rate, f"what {label(charge, rate)!r} pays")
        form = work.form(
            charge, name=label(charge, rate), unit=work.plan.tariff.unit, rate=price, also=windows_status(work, rate)
        )
        work.put(form, -quantity * price.value, -quantity, ("{} kWh sent back", quantity))


def charge_rider(work: Work, charge: Rider, base: tuple[list[str], list[str]]) -> None:
    """Lines of a rider: one, or one for each month in which energy was used."""
    if charge.month_by == "use" and charge.unit == "kWh":
        for month, kwh in _kwh_by_month(work, charge):
            _rider_line(work, charge, month, kwh)
        return
    month = rider_day(work.plan, work.part.span, charge)
    if charge.unit == "kWh":
        _rider_line(work, charge, month, rider_kwh(work, charge))
    elif charge.unit == "kW":
        _rider_line(work, charge, month, work.demand_kw or ZERO)
    elif charge.unit == "month":
        _rider_line(work, charge, month, decimal(rider_months(work.part, charge)))
    else:
        total, status = work.base(*base)
        _rider_line(work, charge, month, total, status)


def rider_day(plan: Plan, span: Span, charge: Rider) -> date:
    """The day whose month's value a rider has in a period."""
    by_bill = charge.month_by == "bill"
    return (span.billed or local_date(span.end, plan.axis.zone)) if by_bill else plan.last_day(span)


def rider_kwh(work: Work, charge: Rider) -> Decimal:
    """The kWh that a rider is on."""
    metered = ZERO if charge.of == "lamps" else work.kwh
    return metered if charge.of == "metered" else metered + work.quantity(work.lamp_kwh)


def rider_months(part: PricedPart, charge: Rider) -> Fraction:
    """How many monthly amounts of a rider a whole period pays."""
    return part.months(charge.prorate)


def charge_percent(work: Work, charge: Percent, base: tuple[list[str], list[str]]) -> None:
    """The line of a tax or surcharge."""
    total, status = work.base(*base)
    if total < 0 and not charge.negative:
        total = ZERO
    if charge.drop_zero and not total:
        return
    rate = work.known(charge.rate, f"the rate of {charge.name!r}")
    form = work.plan.forms.get((work.part.number, id(charge)))
    if form is None:
        form = work.form(charge, unit="$", rate=rate, rule=f"{charge.name}: {rate.value:%}")
        work.plan.forms[work.part.number, id(charge)] = form
    work.put(form, total * rate.value, total, ("of {}", total), status)


def charge_minimum(work: Work, charge: Minimum, base: tuple[list[str], list[str]]) -> None:
    """The line of what a bill lacks to its minimum; none where it lacks nothing."""
    amount = work.known(charge.amount, f"{charge.name!r}")
    if charge.settle == "year":
        _minimum_of_year(work, charge, amount, base)
        return
    least = decimal(times(work.part, charge) * Fraction(per_time(amount.value, charge)))
    if charge.per_kw is not None:
        if work.account.contract_kw is None:
            raise InputError(
                f"{work.code} needs the account's contract demand", expected="a number of kW: --contract-kw"
            )
        least += work.known(charge.per_kw, f"{charge.name!r} a kW").value * work.account.contract_kw
    total, status = work.base(*base)
    if least > total:
        form = work.form(charge, rate=amount, rule=f"{charge.name}: at least {least}")
        work.put(form, least - total, None, ("charges of {}", total), status)


def in_month(charge: Rider, day: date, path: tuple[str | int, ...] = ()) -> Dated:
    """A rider's value in the month of a day.

    Args:
        charge: the rider.
        day: the day.
        path: of the rider in its schedule, for the error.

    Raises:
        TariffError: the rider has none for it.
    """
    text = f"{day:%Y-%m}"
    for value in charge.values:
        spanned = value.start <= text and (value.end is None or text <= value.end)
        if spanned and (not value.months or day.month in value.months):
            return value
    raise TariffError(
        f"rider {charge.rider} has no value for {text}",
        path=(*path, "values"),
        expected="a value in the utility's file of riders",
        hint="Add it there, or price other months.",
    )


def rider_figure(charge: Rider, dated: Dated, account: Account) -> Figure:
    """A rider's value for an account, with what is said of it.

    Raises:
        InputError: it differs by class of customer, and the account's is not among them.
    """
    value = dated.value
    if dated.by_class:
        if account.kind not in dated.by_class:
            raise InputError(
                f"rider {charge.rider} differs by class of customer",
                expected=f"one of {', '.join(dated.by_class)}: --class",
            )
        value = dated.by_class[account.kind]
    return Figure(value=value, status=dated.status, source=dated.source, how=dated.how)


def _minimum_of_year(work: Work, charge: Minimum, amount: Known, base: tuple[list[str], list[str]]) -> None:
    """In the bill whose last day is in December: what the year's bills lack, a twelfth for each of them."""
    total, status = work.base(*base)
    day = work.plan.last_day(work.part.span)
    work.meter.towards.setdefault(charge.name, []).append((day, total))
    if day.month != 12:
        return
    counted = [paid for when, paid in work.meter.towards[charge.name] if when.year == day.year]
    if len(counted) < 12:
        work.notes.append(f"{charge.name} of {day.year} is held against {len(counted)} bills, a twelfth for each")
    least = amount.value * min(len(counted), 12) / 12
    paid = sum(counted, start=ZERO)
    if least > paid:
        form = work.form(charge, rate=amount, rule=f"{charge.name}: at least {least} in {day.year}")
        work.put(form, least - paid, None, ("charges of {}", paid), status)


def _rider_line(work: Work, charge: Rider, day: date, quantity: Decimal, also: str = "") -> None:
    month = f"{day:%Y-%m}"
    key = (work.part.number, id(charge), month, work.account.kind)
    form = work.plan.forms.get(key)
    if form is None:
        figure = rider_figure(charge, in_month(charge, day, work.path), work.account)
        rate = work.known(figure, f"rider {charge.rider} of {month}")
        unit = "$" if charge.unit == "share" else charge.unit
        form = work.plan.forms[key] = work.form(charge, unit=unit, rate=rate, rule=f"{charge.rider} of {month}")
    assert form.rate is not None
    if charge.drop_zero and not (quantity and form.rate):
        return
    work.put(form, quantity * form.rate, quantity, ("{} {}", quantity, form.unit), also)


def _kwh_by_month(work: Work, charge: Rider) -> list[tuple[date, Decimal]]:
    """Energy charged by month of use, in proportion to what was measured in each."""
    span, axis = work.part.span, work.plan.axis
    first, last = local_date(span.start, axis.zone), last_day(span, axis.zone)
    starts = [first]
    while (following := next_month(starts[-1])) <= last:
        starts.append(following)
    instants = [span.start, *(day_start(day, axis.zone) for day in starts[1:]), span.end]
    sums = [int(work.usage.delivered[axis.place(low) : axis.place(high)].sum()) for low, high in pairwise(instants)]
    total = rider_kwh(work, charge)
    whole = sum(sums)
    shares = [Fraction(part, whole) if whole else Fraction(1 if not number else 0) for number, part in enumerate(sums)]
    return [(day, decimal(Fraction(total) * share)) for day, share in zip(starts, shares, strict=True)]


def _settle(work: Work, charge: Export) -> None:
    """What the bank pays out, with each bill or once a year; nothing is left in it then."""
    by_bill = charge.settle == "bill" or charge.scheme == "net-register"
    if not by_bill and work.plan.last_day(work.part.span).month != charge.reset_month:
        return
    if not work.part.is_last and not (by_bill and work.part.by_days):
        return  # where the schedule changes within the period, its last part has yet to take from the bank
    bank = sum(work.meter.bank.values(), start=ZERO)
    if work.part.is_last:
        work.meter.bank.clear()
    if bank and charge.pay_out is not None:
        price = work.known(charge.pay_out, f"what {charge.name!r} pays out")
        quantity = work.part.divided(bank) if by_bill else bank
        name = charge.name if by_bill else f"{charge.name}, bank paid out"
        form = work.form(charge, name=name, unit=work.plan.tariff.unit, rate=price)
        work.put(form, -quantity * price.value, -quantity, ("{} kWh in the bank", bank))


def charge_round_up(work: Work, charge: RoundUp) -> None:
    """The line of a gift that makes the sum of all lines above a whole amount."""
    total, status = work.base([], [])
    gift = -total % charge.to if total > 0 else ZERO
    gift = gift + charge.to if gift < 0 else gift  # a decimal's rest has the sign of what is divided
    if gift:
        work.put(work.form(charge), gift, None, ("charges of {}", total), status)


def times(part: PricedPart, charge: Fixed | Minimum) -> Fraction:
    """How many days or months of an amount a part pays."""
    return Fraction(part.days) if charge.per == "day" else part.months(charge.prorate)


def per_time(amount: Decimal, charge: Fixed | Minimum) -> Decimal:
    """An amount of a year as that of a month; others as they are."""
    return amount / 12 if charge.per == "year" else amount
