"""Numbers that bills prove put into a schedule: only those of which one value is left, with what proves them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from meterbook.model.tariff import (
    AnyCharge,
    Dated,
    Energy,
    Figure,
    Fixed,
    Lamps,
    Minimum,
    Percent,
    Rider,
    Source,
    Tariff,
    Version,
)
from meterbook.tariffs.bill import least_sure
from meterbook.tariffs.fit.joint import Fitted

SOURCE = "bills"
"""Key of the source that fitted numbers name."""
SETTLED = ("published", "fitted")


def filled(tariff: Tariff, fitted: Sequence[Fitted]) -> tuple[Tariff, int]:
    """The schedule with every number of which one value is left, and how many those are.

    A version that says what is not known of it says so no longer where all its numbers are there.
    """
    name = f"{tariff.utility}/{tariff.code}"
    only = [one for one in fitted if one.only and one.place.schedule in ("", name)]
    count = sum(one.place.schedule == name for one in only)
    versions = []
    for number, version in enumerate(tariff.versions):
        charges: list[AnyCharge] = []
        for at, charge in enumerate(version.charges):
            mine = [one for one in only if (one.place.version, one.place.charge) == (number, at)]
            for one in mine:
                charge = _put(charge, one)  # noqa: PLW2901 - one number after the other
            months = [one for one in only if isinstance(charge, Rider) and one.place.part == charge.rider]
            if isinstance(charge, Rider) and months:
                charge = msgspec.structs.replace(charge, values=_months(charge.values, months, tariff.sector))  # noqa: PLW2901
            charges.append(charge)
        left = _unknown(charges) if charges else version.not_known
        versions.append(msgspec.structs.replace(version, charges=charges, not_known=left))
    count += len({one.place for one in only if not one.place.schedule and _has(versions, one.place.part)})
    if not count:
        return tariff, 0
    sources = {**tariff.sources, SOURCE: _source(only)}
    return msgspec.structs.replace(tariff, versions=versions, sources=sources), count


def proof(one: Fitted) -> str:
    """What proves a number, in words: how many bills of which months, and not whose."""
    accounts = f" of {one.accounts} accounts" if one.accounts > 1 else ""
    bills = f"{one.bills} bills{accounts}" if one.bills > 1 else "one bill"
    months = one.first if one.first == one.last else f"{one.first} to {one.last}"
    return f"the only value in steps of {one.step:f} that gives {bills}, {months}, to the cent"


def _source(only: Sequence[Fitted]) -> Source:
    first, last = min(one.first for one in only), max(one.last for one in only)
    most = max(only, key=lambda one: (one.bills, one.accounts))
    return Source(
        title=f"bills of {first} to {last}" if first != last else f"bills of {first}",
        note=f"up to {most.bills} bill{'s' * (most.bills > 1)} of {most.accounts} account{'s' * (most.accounts > 1)} "
        "for a number; each says how many",
    )


def _figure(one: Fitted) -> Figure:
    return Figure(value=one.low, status="fitted", source=SOURCE, how=proof(one))


def _put(charge: AnyCharge, one: Fitted) -> AnyCharge:
    figure, place = _figure(one), one.place
    if place.part == "share":
        assert isinstance(charge, Percent)
        return msgspec.structs.replace(charge, rate=figure)
    if place.part == "lamp":
        assert isinstance(charge, Lamps)
        lamp = msgspec.structs.replace(charge.types[place.rate], price=figure)
        return msgspec.structs.replace(charge, types={**charge.types, place.rate: lamp})
    if place.part == "amount":
        assert isinstance(charge, Fixed | Minimum)
        return msgspec.structs.replace(charge, amount=figure)
    rates: list[Any] = list(charge.rates)  # type: ignore[union-attr]
    at = int(place.rate)
    rate = rates[at]
    if place.block >= 0:
        blocks = list(rate.blocks)
        blocks[place.block] = msgspec.structs.replace(blocks[place.block], rate=figure)
        rates[at] = msgspec.structs.replace(rate, blocks=blocks)
    else:
        rates[at] = msgspec.structs.replace(rate, rate=figure)
    return msgspec.structs.replace(charge, rates=rates)


def _months(values: Sequence[Dated], fitted: Sequence[Fitted], sector: str | None) -> list[Dated]:
    """A rider's values with those of single months put in, months of one value in a row as one."""
    spans = list(values)
    for one in sorted(fitted, key=lambda one: one.place):
        month = one.place.month
        at = next((n for n, span in enumerate(spans) if _covers(span, month)), None)
        old = spans.pop(at) if at is not None else None
        if old is not None:
            if old.start < month:
                spans.append(msgspec.structs.replace(old, end=_next(month, -1)))
            if old.end is None or old.end > month:
                spans.append(msgspec.structs.replace(old, start=_next(month, 1)))
        spans.append(_month(one, old, sector))
    spans.sort(key=lambda span: (span.start, span.months))
    joined: list[Dated] = []
    for span in spans:
        if joined and _same(joined[-1], span):
            joined[-1] = msgspec.structs.replace(joined[-1], end=span.end)
        else:
            joined += [*_untold(joined[-1:], span), span]
    return joined


def _untold(before: Sequence[Dated], span: Dated) -> list[Dated]:
    """Months between two spans of which no bill tells anything."""
    if not before or before[0].end is None or before[0].months or span.months:
        return []
    first, last = _next(before[0].end, 1), _next(span.start, -1)
    return [Dated(start=first, end=last, how="no bill tells it")] if first <= last else []


def _month(one: Fitted, old: Dated | None, sector: str | None) -> Dated:
    """A rider's value of a month; those of other classes that are not sure are kept only where they are asked for."""
    place = one.place
    by_class: dict[str, Decimal | None] = {}
    status = "fitted"
    if place.kind:
        others = {kind: value for kind, value in (old.by_class if old else {}).items() if kind != place.kind}
        if old is not None and old.status not in SETTLED:
            others = {} if place.kind == sector else others
            status = least_sure("fitted", old.status) if others else "fitted"
        by_class = {**others, place.kind: one.low}
    how = f"the only value in steps of {one.step:f} that gives all bills of the month to the cent"
    return Dated(
        start=place.month,
        end=place.month,
        value=None if place.kind else one.low,
        by_class=by_class,
        status=status,  # type: ignore[arg-type]
        source=SOURCE,
        how=how,
    )


def _covers(span: Dated, month: str) -> bool:
    inside = span.start <= month and (span.end is None or month <= span.end)
    return inside and (not span.months or int(month[5:]) in span.months)


def _same(one: Dated, other: Dated) -> bool:
    """Whether a span goes on in the next one with the same values."""
    if one.end is None or one.months or other.months or _next(one.end, 1) != other.start:
        return False
    blank = {"start": "2000-01", "end": None}
    return msgspec.structs.replace(one, **blank) == msgspec.structs.replace(other, **blank)


def _next(month: str, by: int) -> str:
    """A month so many months later.

    >>> _next("2025-12", 1), _next("2025-01", -1)
    ('2026-01', '2024-12')
    """
    number = int(month[:4]) * 12 + int(month[5:]) - 1 + by
    return f"{date(number // 12, number % 12 + 1, 1):%Y-%m}"


def _unknown(charges: Sequence[AnyCharge]) -> list[str]:
    """Names of charges one of whose numbers is not known."""
    return [charge.name for charge in charges if not isinstance(charge, Rider) and _lacks(charge)]


def _lacks(charge: AnyCharge) -> bool:
    numbers: list[Any] = []
    if isinstance(charge, Fixed | Minimum):
        numbers = [charge.amount]
    elif isinstance(charge, Percent):
        numbers = [charge.rate]
    elif isinstance(charge, Lamps):
        numbers = [lamp.price for lamp in charge.types.values()]
    elif isinstance(charge, Energy) or hasattr(charge, "rates"):
        for rate in charge.rates:
            numbers += [rate.rate] if not rate.blocks else [block.rate for block in rate.blocks]
    return any(isinstance(one, Figure) and one.value is None for one in numbers)


def _has(versions: Sequence[Version], rider: str) -> bool:
    return any(isinstance(one, Rider) and one.rider == rider for version in versions for one in version.charges)
