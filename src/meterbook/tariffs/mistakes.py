"""Ways in which a bill can be other than its schedule makes it, each as a schedule or readings that would give it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec

from meterbook.model.bill_kinds import LineKind
from meterbook.model.calendar import local_date
from meterbook.model.errors import InputError
from meterbook.model.tariff import Fixed, Lamps, Minimum, Percent, Rider, Rounding, Tariff, Version
from meterbook.tariffs.bill import PricedStatement
from meterbook.tariffs.inputs import Span
from meterbook.tariffs.numbers import rounded
from meterbook.tariffs.parts import parts_of

if TYPE_CHECKING:
    from meterbook.tariffs.audit import Billing

MONTHS = {
    "bill": "the month of the bill", "read": "the month of the later read", "use": "the months of use",
}  # fmt: skip
PRORATED = {
    "never": "a whole month's amount, however many days", "days-of-30": "days of 30",
    "days-of-month": "days of the calendar month",
}  # fmt: skip
DIVIDED = {
    "divide-by-days": "energy is divided by days", "divide": "energy is divided by what was used on each day",
}  # fmt: skip
MODES = {"half-up": "half up", "half-even": "half to even", "up": "up", "down": "down"}
MOST_METERS = 4
DIGITS = 3
"""Digits of kWh to which parts of a period are rounded that are divided by days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """A bill priced with one thing other than it should be.

    Attributes:
        name: of the cause.
        words: what is other.
        tariff: the schedule, changed or not.
        billing: readings and account, changed or not.
        changed: what is done to the priced statement besides.
    """

    name: str
    words: str
    tariff: Tariff
    billing: Billing
    changed: Callable[[PricedStatement], PricedStatement]


def others(tariff: Tariff, billing: Billing, classes: Sequence[str]) -> Iterator[Other]:
    """Every way that is tried, the likeliest first."""

    def other(name: str, words: str, **changes: Any) -> Other:
        given: dict[str, Any] = {"tariff": tariff, "billing": billing, "changed": _same, **changes}
        return Other(name=name, words=words, **given)

    def everywhere(name: str, words: str, change: Callable[[Tariff], Tariff]) -> Other:
        more = tuple(replace(one, tariff=change(one.tariff)) for one in billing.more)
        return other(name, words, tariff=change(tariff), billing=replace(billing, more=more))

    yield from _reads(tariff, billing, other)
    yield from _divided(tariff, billing, everywhere)
    yield from _riders(tariff, everywhere)
    yield from _proration(tariff, billing, other, everywhere)
    yield from _versions(tariff, billing, other)
    for kind in classes:
        if kind != billing.account.kind:
            account = replace(billing.account, kind=kind)
            yield other("class", f"billed as {kind}", billing=replace(billing, account=account))
    for meters in range(1, MOST_METERS + 1):
        if meters != billing.account.meters:
            account = replace(billing.account, meters=meters)
            words = f"billed for {meters} meter{'s' * (meters > 1)} instead of {billing.account.meters}"
            yield other("meters", words, billing=replace(billing, account=account))
    yield from _rounding(tariff, billing, other, everywhere)


Make = Callable[..., Other]


def _reads(tariff: Tariff, billing: Billing, other: Make) -> Iterator[Other]:
    """Other kWh than those that the schedule is given: those that are billed, or those of the intervals."""
    own, source = _own_kwh(tariff, billing)
    told = [("billed", kwh) for kwh in _billed(billing)]
    if billing.intervals and source == "registers" and billing.usage.missing is None:
        told.append(("in the intervals", billing.kwh))
    for kwh in dict.fromkeys(kwh for _, kwh in told):
        if kwh != own and kwh >= 0:
            where = next(words for words, one in told if one == kwh)
            words = f"{_number(kwh)} kWh are {where} and the {source} have {_number(own)}"
            yield other("reads", words, **_with_kwh(tariff, billing, kwh))


def _own_kwh(tariff: Tariff, billing: Billing) -> tuple[Decimal, str]:
    registered = billing.registered
    by_register = any("register" in (one.usage, one.missing) for one in tariff.versions)
    if registered is not None and (by_register or not billing.intervals):
        return registered, "registers"
    return billing.kwh, "intervals"


def _billed(billing: Billing) -> Iterator[Decimal]:
    """kWh that a bill tells: in all, and those of its energy lines."""
    bill = billing.bill
    if billing.more or bill.usage_unit not in (None, "kWh"):
        return
    lines = [one for one in bill.lines if one.kind is LineKind.ENERGY and one.unit == "kWh"]
    if lines and all(one.quantity is not None for one in lines):
        yield sum((one.quantity or Decimal(0) for one in lines), start=Decimal(0))
    if bill.usage is not None and billing.usage.received is None:
        yield bill.usage


def _with_kwh(tariff: Tariff, billing: Billing, kwh: Decimal) -> dict[str, Any]:
    """The schedule billing by a register that tells other kWh."""
    span = replace(billing.span, register_kwh=kwh, register_periods=())
    versions = [msgspec.structs.replace(one, usage="register", register_split="missing") for one in tariff.versions]
    return {
        "tariff": msgspec.structs.replace(tariff, versions=versions),
        "billing": replace(billing, span=span, intervals=False),
    }


def _divided(tariff: Tariff, billing: Billing, everywhere: Make) -> Iterator[Other]:
    """What was metered divided otherwise where prices change within the period."""
    try:
        parts = parts_of(tariff, billing.span, ZoneInfo(tariff.zone))
    except InputError:
        return
    if len(parts) < 2:
        return
    for rule, words in DIVIDED.items():
        if parts[-1].version.across != rule:
            rounding = parts[-1].version.quantities or Rounding(places=DIGITS)

            def change(one: Tariff, rule: str = rule, rounding: Rounding = rounding) -> Tariff:
                return _each_version(one, across=rule, quantities=rounding)

            yield everywhere("proration", f"{words} where prices change within its period", change)


def _riders(tariff: Tariff, everywhere: Make) -> Iterator[Other]:
    charges = [charge for version in tariff.versions for charge in version.charges]
    riders = {charge.rider: charge for charge in charges if isinstance(charge, Rider)}

    def other(words: str, codes: Sequence[str], rule: str, later: int) -> Other:
        def change(one: Tariff) -> Tariff:
            for code in codes:
                one = _with_rider(one, code, rule, later)
            return one

        return everywhere("rider-month", words, change)

    for code, rider in riders.items():
        for rule, words in MONTHS.items():
            if rule != rider.month_by:
                yield other(f"{code} is that of {words}", [code], rule, 0)
        for shift, words in ((1, "month before"), (-1, "month after")):
            yield other(f"{code} is that of the {words}", [code], rider.month_by, shift)
    if len(riders) > 1:
        for rule, words in MONTHS.items():
            yield other(f"riders are those of {words}", list(riders), rule, 0)


def _with_rider(tariff: Tariff, code: str, rule: str, later: int) -> Tariff:
    """The schedule with a rider that goes by another month, or whose values hold so many months later."""

    def change(charge: Any) -> Any:
        if not isinstance(charge, Rider) or charge.rider != code:
            return charge
        values = [
            msgspec.structs.replace(
                one, start=_later(one.start, later), end=None if one.end is None else _later(one.end, later)
            )
            for one in charge.values
        ]
        return msgspec.structs.replace(charge, month_by=rule, values=values)

    return _each(tariff, change)


def _later(month: str, by: int) -> str:
    number = int(month[:4]) * 12 + int(month[5:]) - 1 + by
    return f"{number // 12:04}-{number % 12 + 1:02}"


def _proration(tariff: Tariff, billing: Billing, other: Make, everywhere: Make) -> Iterator[Other]:
    monthly = [
        charge
        for version in tariff.versions
        for charge in version.charges
        if isinstance(charge, Fixed | Minimum | Lamps) and getattr(charge, "per", "month") != "day"
    ]
    if any(version.prorated == "first-and-final" for version in tariff.versions):
        ends = billing.span.first or billing.span.final
        words = "billed as one of a whole month" if ends else "billed as a first or final bill, by its days"

        def turned(span: Span) -> Span:
            return replace(span, first=False, final=not ends)

        more = tuple(replace(one, span=turned(one.span)) for one in billing.more)
        yield other("proration", words, billing=replace(billing, span=turned(billing.span), more=more))
    for rule, words in PRORATED.items():
        if any(charge.prorate != rule for charge in monthly):

            def change(charge: Any, rule: str = rule) -> Any:
                fits = isinstance(charge, Fixed | Minimum | Lamps)
                return msgspec.structs.replace(charge, prorate=rule) if fits else charge

            def changed(one: Tariff, change: Callable[[Any], Any] = change) -> Tariff:
                return _each_version(_each(one, change), prorated="all")

            yield everywhere("proration", f"monthly amounts are by {words}", changed)


def _versions(tariff: Tariff, billing: Billing, other: Make) -> Iterator[Other]:
    """Each version by itself, as if it held always; the nearest first."""
    day = billing.span.billed or local_date(billing.span.end, ZoneInfo(tariff.zone))
    known = sorted(tariff.versions, key=lambda one: abs((one.start - day).days))
    if len(known) > 1:
        for version in known:
            alone = msgspec.structs.replace(version, start=date(1900, 1, 1), end=None)
            words = f"prices are those in force since {version.start}"
            yield other("version", words, tariff=msgspec.structs.replace(tariff, versions=[alone]))


def _rounding(tariff: Tariff, billing: Billing, other: Make, everywhere: Make) -> Iterator[Other]:
    own, _ = _own_kwh(tariff, billing)
    whole = own.quantize(Decimal(1), ROUND_HALF_UP)
    if whole != own and not billing.more:
        yield other("rounding", f"{_number(own)} kWh are rounded to whole ones", **_with_kwh(tariff, billing, whole))
    for mode, words in MODES.items():
        if any(version.rounding.mode != mode for version in tariff.versions):

            def change(one: Tariff, mode: str = mode) -> Tariff:
                return _each_version(one, rounding=Rounding(mode=mode))  # type: ignore[arg-type]

            yield everywhere("rounding", f"lines are rounded {words}", change)
    if any(isinstance(charge, Percent) for version in tariff.versions for charge in version.charges):
        yield other("rounding", "tax is rounded line by line", changed=lambda made: _tax_by_line(tariff, made))


def _tax_by_line(tariff: Tariff, made: PricedStatement) -> PricedStatement:
    """The statement with its last tax worked out of each line by itself."""
    names = {charge.name for version in tariff.versions for charge in version.charges if isinstance(charge, Percent)}
    lines = list(made.lines)
    for at, line in enumerate(lines):
        if line.name in names and line.rate is not None:
            above = [one for one in lines[:at] if one.name not in names]
            if sum((one.amount for one in above), start=Decimal(0)) == line.quantity:
                amount = sum((rounded(one.amount * line.rate, Rounding()) for one in above), start=Decimal(0))
                lines[at] = msgspec.structs.replace(line, amount=amount)
    return msgspec.structs.replace(made, lines=tuple(lines))


def _each_version(tariff: Tariff, **changes: Any) -> Tariff:
    versions = [msgspec.structs.replace(version, **changes) for version in tariff.versions]
    return msgspec.structs.replace(tariff, versions=versions)


def _number(kwh: Decimal) -> str:
    return f"{kwh.normalize():,f}"


def _each(tariff: Tariff, change: Callable[[Any], Any]) -> Tariff:
    versions: list[Version] = [
        msgspec.structs.replace(version, charges=[change(charge) for charge in version.charges])
        for version in tariff.versions
    ]
    return msgspec.structs.replace(tariff, versions=versions)


def _same(made: PricedStatement) -> PricedStatement:
    return made
