"""Bills of drawn schedules worked out by plain arithmetic, an interval at a time, with none of the engine's code.

Written from ``docs/tariffs.md``: what a charge comes to in a bill, by its name, unrounded but for the eighth place in
which lines stand. It knows what :mod:`tariffs.drawn` draws and no more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from tariffs.drawn import Drawn, period_at, season_at

from meterbook.model.tariff import (
    Demand,
    Energy,
    Export,
    Fixed,
    Minimum,
    Percent,
    Rate,
    Rider,
    Version,
    plain,
)  # fmt: skip
from meterbook.tariffs.holidays import observed
from meterbook.tariffs.inputs import Span

ANY = ""
"""Name of the bank of kWh that are of no period."""
Earlier = list[tuple[date, str | None, Fraction]]
"""Demands of earlier bills: last day, period, kW."""
KINDS = {"fixed": "fixed_charge", "energy": "energy", "demand": "demand", "rider": "power_cost_adjustment",
         "percent": "tax_sales", "export": "credit_generation", "minimum": "fixed_charge"}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Interval:
    """An interval: its local time, its period, and its kWh drawn and sent back."""

    local: datetime
    period: str
    kwh: Fraction
    back: Fraction


@dataclass(kw_only=True)
class Bill:
    """A bill at work: what it is of, amounts by charge in the order of the schedule, and what later charges go by."""

    case: Drawn
    used: list[Interval]
    days: list[date]
    last: date
    earlier: Earlier
    bank: dict[str, Fraction]
    amounts: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    kinds: dict[str, str] = field(default_factory=dict)
    kwh: Fraction = Fraction(0)
    kw: Fraction = Fraction(0)
    by_month: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))

    def put(self, name: str, kind: str, amount: Fraction) -> None:
        exact = Decimal(amount.numerator * 10**12 // amount.denominator).scaleb(-12)
        self.amounts[name] += Fraction(exact.quantize(Decimal(1).scaleb(-8), ROUND_HALF_UP))
        self.kinds[name] = KINDS[kind]

    def base(self, names: Sequence[str], excluding: Sequence[str] = ()) -> Fraction:
        return sum(
            (amount for name, amount in self.amounts.items()
             if name in names and not {name, self.kinds[name]} & set(excluding)), Fraction(0),
        )  # fmt: skip


def bills(case: Drawn) -> list[dict[str, Fraction]]:
    """By charge, what each bill comes to."""
    zone = ZoneInfo(case.tariff.zone)
    holidays = observed(case.tariff.holidays["some"], date(2024, 12, 1), date(2026, 6, 30))
    received = [0] * len(case.usage.delivered) if case.usage.received is None else case.usage.received.tolist()
    intervals = []
    for at, (wh, back) in enumerate(zip(case.usage.delivered.tolist(), received, strict=True)):
        local = datetime.fromtimestamp(case.usage.first + at * case.usage.step_s, zone)
        period = period_at(case.tariff, local, holidays)[0]
        intervals.append(Interval(local=local, period=period, kwh=Fraction(wh, 1000), back=Fraction(back, 1000)))
    earlier: Earlier = []
    bank: dict[str, Fraction] = defaultdict(Fraction)
    made = []
    for span in case.spans:
        bill = _begun(case, span, intervals[case.places(span)], earlier, bank)
        earlier += _bill(bill, datetime.fromtimestamp(span.end, zone).date())
        made.append(dict(bill.amounts))
    return made


def _begun(case: Drawn, span: Span, used: list[Interval], earlier: Earlier, bank: dict[str, Fraction]) -> Bill:
    zone = ZoneInfo(case.tariff.zone)
    first, end = (datetime.fromtimestamp(at, zone).date() for at in (span.start, span.end))
    days = [first + timedelta(days=day) for day in range((end - first).days)]
    last = datetime.fromtimestamp(span.end - 1, zone).date()
    return Bill(case=case, used=used, days=days, last=last, earlier=earlier, bank=bank)


def _bill(bill: Bill, read: date) -> Earlier:
    """Put all charges on a bill; demands of it, which later ones look back to."""
    for one in bill.used:
        bill.by_month[f"{one.local:%Y-%m}"] += one.kwh
    parts: list[tuple[Version, list[date]]] = []
    for day in bill.days:
        version = [one for one in bill.case.tariff.versions if one.start <= day][-1]
        if not parts or parts[-1][0] is not version:
            parts.append((version, []))
        parts[-1][1].append(day)
    measured: Earlier = []
    for number, (version, own) in enumerate(parts):
        # The morning of the last read's day belongs to the last part.
        until = date.max if number == len(parts) - 1 else own[-1]
        mine = [one for one in bill.used if own[0] <= one.local.date() <= until]
        bill.kw = Fraction(0)
        measured = _part(bill, version, own, mine)
        export = next((one for one in version.charges if isinstance(one, Export)), None)
        if export is not None:
            _export(bill, export, mine, is_last=number == len(parts) - 1)
    version = parts[-1][0]
    for place, charge in enumerate(version.charges):
        names = [one.name for one in version.charges[:place]]
        if isinstance(charge, Rider):
            _rider(bill, charge, names, read)
        elif isinstance(charge, Percent):
            assert isinstance(charge.rate, Decimal)
            base = bill.base(names, charge.excluding)
            bill.put(charge.name, "percent", max(base, Fraction(0)) * Fraction(charge.rate))
        elif isinstance(charge, Minimum):
            least = Fraction(plain(charge.amount) or 0)
            bill.put(charge.name, "minimum", max(least - bill.base(names), Fraction(0)))
    return measured


def _part(bill: Bill, version: Version, own: list[date], mine: list[Interval]) -> Earlier:
    case, share = bill.case, Fraction(len(own), len(bill.days))
    measured: Earlier = []
    for charge in version.charges:
        if isinstance(charge, Fixed):
            count = {"account": 1, "meter": case.account.meters, "further-meter": case.account.meters - 1}[charge.each]
            times = {"day": Fraction(len(own)), "month": _months(charge.prorate, own, share)}
            times["year"] = times["month"] / 12
            bill.put(charge.name, "fixed", Fraction(plain(charge.amount) or 0) * times[charge.per] * count)
        elif isinstance(charge, Demand):
            for rate in charge.rates:
                kw = _measured(bill, charge, rate)
                if kw is None:
                    continue
                if not charge.daily and not any(period == rate.period for _, period, _ in measured):
                    measured.append((bill.last, rate.period, kw))
                billed = _billed(bill, charge, rate, kw)
                bill.kw = max(bill.kw, billed)
                limits = [_limit(block.up_to) for block in rate.blocks] or [None]
                for quantity, price in zip(_filled(billed, limits), _prices(rate), strict=True):
                    bill.put(charge.name, "demand", quantity * price * share)
        elif isinstance(charge, Energy):
            exports = [one for one in version.charges if isinstance(one, Export)]
            _energy(bill, charge, own, mine, by_period=any(one.by_period for one in exports))
    return measured


def _months(prorate: str, own: list[date], share: Fraction) -> Fraction:
    if prorate == "days-of-30":
        return Fraction(len(own), 30)
    if prorate == "never":
        return share
    lengths = [((day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).day for day in own]
    return sum((Fraction(1, length) for length in lengths), Fraction(0))


def _holds(rate: Rate, season: str | None, period: str) -> bool:
    return rate.season in (None, f"s/{season}") and rate.period in (None, f"p/{period}")


def _measured(bill: Bill, charge: Demand, rate: Rate) -> Fraction | None:
    """kW of a rate: the highest of windows all of whose intervals have it, or the sum of each day's highest."""
    used, length = bill.used, charge.minutes * 60 // bill.case.usage.step_s
    season = season_at(bill.case.tariff, bill.last)
    inside = [_holds(rate, season, one.period) for one in used]
    found: dict[date | None, Fraction] = {}
    for at in range(len(used) - length + 1):
        clock = used[at].local.hour * 60 + used[at].local.minute
        if all(inside[at : at + length]) and (charge.rolling or clock % charge.minutes == 0):
            kw = sum((one.kwh for one in used[at : at + length]), Fraction(0)) * 60 / charge.minutes
            key = used[at].local.date() if charge.daily else None
            found[key] = max(found.get(key, Fraction(0)), kw)
    return sum(found.values(), Fraction(0)) if found else None


def _billed(bill: Bill, charge: Demand, rate: Rate, kw: Fraction) -> Fraction:
    ratchet, billed, last = charge.ratchet, kw, bill.last
    if ratchet is not None and (not ratchet.in_months or last.month in ratchet.in_months):
        for when, period, peak in bill.earlier:
            months = (last.year - when.year) * 12 + last.month - when.month
            counts = not ratchet.of_months or when.month in ratchet.of_months
            if period == rate.period and months <= ratchet.months and counts:
                billed = max(billed, peak * Fraction(ratchet.share))
    if charge.minimum is not None:
        billed = max(billed, Fraction(plain(charge.minimum) or 0))
    if charge.step is not None:
        steps = billed / Fraction(charge.step)
        billed = Fraction((2 * steps.numerator + steps.denominator) // (2 * steps.denominator)) * Fraction(charge.step)
    return billed


def _energy(bill: Bill, charge: Energy, own: list[date], mine: list[Interval], *, by_period: bool) -> None:
    case, share = bill.case, Fraction(len(own), len(bill.days))
    seasons = {day: season_at(case.tariff, day) for day in {one.local.date() for one in mine} | {bill.last}}

    def rate_of(one: Interval) -> int:
        season = seasons[bill.last if charge.season_by == "read" else one.local.date()]
        (found,) = [at for at, rate in enumerate(charge.rates) if _holds(rate, season, one.period)]
        return found

    if charge.of == "net":
        mine = _netted(bill, charge, mine, rate_of, by_period=by_period)
    groups: dict[object, list[tuple[int, Fraction]]] = defaultdict(list)
    for one in mine:
        groups[one.local.date() if charge.fill == "day" else None].append((rate_of(one), one.kwh))
    factor = Fraction(1) if charge.fill == "day" else share
    if charge.block_unit == "kWh/day" and charge.fill != "day":
        factor = Fraction(len(own))
    factor *= bill.kw if charge.block_unit == "kWh/kW" else 1
    sums: dict[int, Fraction] = defaultdict(Fraction)
    for group in groups.values():
        for index, amount in _priced(charge, group, factor):
            sums[index] += amount
    bill.kwh += sum((one.kwh for one in mine), Fraction(0))
    for amount in sums.values():
        bill.put(charge.name, "energy", amount)


def _netted(
    bill: Bill, charge: Energy, mine: list[Interval], rate_of: Callable[[Interval], int], *, by_period: bool
) -> list[Interval]:
    """What is left of each rate's energy, in the place of its first interval."""
    totals: dict[int, Fraction] = defaultdict(Fraction)
    first: dict[int, Interval] = {}
    for one in mine:
        totals[rate_of(one)] += one.kwh - one.back
        first.setdefault(rate_of(one), one)
    if not by_period:
        bill.bank[ANY] = sum(bill.bank.values(), Fraction(0))
        for key in [key for key in bill.bank if key != ANY]:
            del bill.bank[key]
    keys = {index: str(charge.rates[index].period) if by_period else ANY for index in totals}
    for index, total in totals.items():
        bill.bank[keys[index]] += max(-total, Fraction(0))
    left = {index: max(total, Fraction(0)) for index, total in totals.items()}
    for bank_of in (keys.get, lambda _: ANY):  # a period's own, then what is of no period
        for index in sorted(left):
            key = str(bank_of(index))
            used = min(left[index], bill.bank[key])
            bill.bank[key] -= used
            left[index] -= used
    return [replace(first[index], kwh=kwh) for index, kwh in left.items()]


def _export(bill: Bill, charge: Export, mine: list[Interval], *, is_last: bool) -> None:
    if charge.scheme != "net-metering":
        for rate in charge.rates:
            held = (one for one in mine if _holds(rate, season_at(bill.case.tariff, one.local.date()), one.period))
            back = sum((one.back for one in held), Fraction(0))
            bill.put(charge.name, "export", -back * Fraction(plain(rate.rate or Decimal(0)) or 0))
    elif is_last and (charge.settle == "bill" or charge.reset_month == bill.last.month):
        paid = sum(bill.bank.values(), Fraction(0)) * Fraction(plain(charge.pay_out or Decimal(0)) or 0)
        bill.put(charge.name, "export", -paid)
        bill.bank.clear()


def _priced(charge: Energy, group: list[tuple[int, Fraction]], factor: Fraction) -> list[tuple[int, Fraction]]:
    """What the kWh of a period or day come to, by rate."""
    totals: dict[int, Fraction] = defaultdict(Fraction)
    for index, kwh in group:
        totals[index] += kwh
    tiered = {index for index in totals if charge.rates[index].blocks}
    whole = sum((totals[index] for index in tiered), Fraction(0))
    found = []
    for index, total in totals.items():
        rate = charge.rates[index]
        limits = [None if block.up_to is None else (_limit(block.up_to) or 0) * factor for block in rate.blocks] or [
            None
        ]
        if not rate.blocks or charge.pooling in (None, "period"):
            blocks = _filled(total, limits)
        elif charge.pooling == "proportion":
            blocks = [block * total / whole if whole else Fraction(0) for block in _filled(whole, limits)]
        else:
            blocks = _in_order(index, tiered, group, limits)
        found.append((index, sum((kwh * price for kwh, price in zip(blocks, _prices(rate), strict=True)), Fraction(0))))
    return found


def _in_order(
    index: int, tiered: set[int], group: list[tuple[int, Fraction]], limits: list[Fraction | None]
) -> list[Fraction]:
    blocks, before = [Fraction(0)] * len(limits), Fraction(0)
    for one, kwh in group:
        if one not in tiered:
            continue
        if one == index:
            higher, lower = _filled(before + kwh, limits), _filled(before, limits)
            blocks = [sum_ + high - low for sum_, high, low in zip(blocks, higher, lower, strict=True)]
        before += kwh
    return blocks


def _filled(total: Fraction, limits: Sequence[Fraction | None]) -> list[Fraction]:
    found, below = [], Fraction(0)
    for limit in limits:
        top = total if limit is None else min(total, limit)
        found.append(max(top - below, Fraction(0)))
        below = total if limit is None else limit
    return found


def _limit(number: object) -> Fraction | None:
    return None if number is None else Fraction(number)  # type: ignore[call-overload, no-any-return]


def _prices(rate: Rate) -> list[Fraction]:
    found = [plain(block.rate) for block in rate.blocks] if rate.blocks else [plain(rate.rate or Decimal(0))]
    return [Fraction(price or 0) for price in found]


def _rider(bill: Bill, rider: Rider, above: list[str], read: date) -> None:
    def value(month: str) -> Fraction:
        (found,) = [one.value for one in rider.values if one.start <= month <= (one.end or month)]
        return Fraction(found or 0)

    total = sum(bill.by_month.values(), Fraction(0))
    month = f"{read if rider.month_by == 'bill' else bill.last:%Y-%m}"
    if rider.unit == "kWh" and rider.month_by == "use" and total:
        bill.put(
            rider.name,
            "rider",
            sum((bill.kwh * kwh / total * value(one) for one, kwh in bill.by_month.items()), Fraction(0)),
        )
        return
    quantity = {"kWh": bill.kwh, "month": Fraction(1), "kW": bill.kw, "share": Fraction(0)}[rider.unit]
    bill.put(rider.name, "rider", (bill.base(above) if rider.unit == "share" else quantity) * value(month))
