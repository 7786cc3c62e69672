"""Ways in which a bill can be other than its schedule makes it, each as a schedule or readings that would give it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from meterbook.model.calendar import local_date
from meterbook.model.errors import InputError
from meterbook.model.tariff import Fixed, Lamps, Minimum, Percent, Rider, Rounding, Tariff, Version
from meterbook.tariffs.bill import PricedStatement
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

    yield from _reads(billing, other)
    yield from _by_days(tariff, billing, other)
    yield from _riders(tariff, other)
    yield from _proration(tariff, other)
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
    yield from _rounding(tariff, other)


Make = Callable[..., Other]


def _reads(billing: Billing, other: Make) -> Iterator[Other]:
    """The bill's own kWh instead of those of the intervals."""
    billed, measured = billing.bill.usage, billing.kwh
    if not billing.intervals or billed is None or billed == measured or billing.bill.usage_unit not in (None, "kWh"):
        return
    scale = max(billing.usage.scale, -int(billed.as_tuple().exponent))
    values = billing.usage.delivered * 10 ** (scale - billing.usage.scale)
    missing = int(billed.scaleb(scale)) - int(values.sum())
    place = int(np.argmax(values)) if missing < 0 else int(np.argmin(values))
    if values[place] + missing < 0:
        values = values * 0  # far more was read than billed: what counts is the sum
        missing, place = int(billed.scaleb(scale)), 0
    values = values.copy()
    values[place] += missing
    usage = replace(billing.usage, delivered=values, scale=scale, received=None, reactive=None)
    words = f"{billed.normalize():,f} kWh are billed and the intervals have {measured.normalize():,f}"
    yield other("reads", words, billing=replace(billing, usage=usage, intervals=False))


def _by_days(tariff: Tariff, billing: Billing, other: Make) -> Iterator[Other]:
    """Energy divided by days where prices change within the period, rather than by what was used on them."""
    axis_end = billing.usage.first + billing.usage.step_s * len(billing.usage.delivered)
    try:
        parts = parts_of(tariff, billing.span, ZoneInfo(tariff.zone))
    except InputError:
        return
    if len(parts) < 2 or axis_end < billing.span.end:
        return
    scale = max(billing.usage.scale, DIGITS)
    total = int(billing.usage.delivered.sum()) * 10 ** (scale - billing.usage.scale)
    values = np.zeros(len(billing.usage.delivered), np.int64)
    left = total
    for part in parts:
        exact = Decimal(total).scaleb(-scale) * part.days / part.days_of_span
        share = int(rounded(exact, Rounding(places=DIGITS)).scaleb(scale)) if part is not parts[-1] else left
        values[-(-(part.start - billing.usage.first) // billing.usage.step_s)] = share
        left -= share
    usage = replace(billing.usage, delivered=values, scale=scale, received=None, reactive=None)
    words = "energy is divided by days where prices change within its period"
    yield other("proration", words, billing=replace(billing, usage=usage))


def _riders(tariff: Tariff, other: Make) -> Iterator[Other]:
    charges = [charge for version in tariff.versions for charge in version.charges]
    riders = {charge.rider: charge for charge in charges if isinstance(charge, Rider)}
    for code, rider in riders.items():
        for rule, words in MONTHS.items():
            if rule != rider.month_by:
                yield other("rider-month", f"{code} is that of {words}", tariff=_with_rider(tariff, code, rule, 0))
        for shift, words in ((1, "month before"), (-1, "month after")):
            made = _with_rider(tariff, code, rider.month_by, shift)
            yield other("rider-month", f"{code} is that of the {words}", tariff=made)
    if len(riders) > 1:
        for rule, words in MONTHS.items():
            made = tariff
            for code in riders:
                made = _with_rider(made, code, rule, 0)
            yield other("rider-month", f"riders are those of {words}", tariff=made)


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


def _proration(tariff: Tariff, other: Make) -> Iterator[Other]:
    monthly = [
        charge
        for version in tariff.versions
        for charge in version.charges
        if isinstance(charge, Fixed | Minimum | Lamps) and getattr(charge, "per", "month") != "day"
    ]
    for rule, words in PRORATED.items():
        if any(charge.prorate != rule for charge in monthly):

            def change(charge: Any, rule: str = rule) -> Any:
                fits = isinstance(charge, Fixed | Minimum | Lamps)
                return msgspec.structs.replace(charge, prorate=rule) if fits else charge

            yield other("proration", f"monthly amounts are by {words}", tariff=_each(tariff, change))


def _versions(tariff: Tariff, billing: Billing, other: Make) -> Iterator[Other]:
    """Each version by itself, as if it held always; the nearest first."""
    day = billing.span.billed or local_date(billing.span.end, ZoneInfo(tariff.zone))
    known = sorted(tariff.versions, key=lambda one: abs((one.start - day).days))
    if len(known) > 1:
        for version in known:
            alone = msgspec.structs.replace(version, start=date(1900, 1, 1), end=None)
            words = f"prices are those in force since {version.start}"
            yield other("version", words, tariff=msgspec.structs.replace(tariff, versions=[alone]))


def _rounding(tariff: Tariff, other: Make) -> Iterator[Other]:
    for mode, words in MODES.items():
        if any(version.rounding.mode != mode for version in tariff.versions):
            rounding = Rounding(mode=mode)  # type: ignore[arg-type]
            versions = [msgspec.structs.replace(one, rounding=rounding) for one in tariff.versions]
            made = msgspec.structs.replace(tariff, versions=versions)
            yield other("rounding", f"lines are rounded {words}", tariff=made)
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


def _each(tariff: Tariff, change: Callable[[Any], Any]) -> Tariff:
    versions: list[Version] = [
        msgspec.structs.replace(version, charges=[change(charge) for charge in version.charges])
        for version in tariff.versions
    ]
    return msgspec.structs.replace(tariff, versions=versions)


def _same(made: PricedStatement) -> PricedStatement:
    return made
