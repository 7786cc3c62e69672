"""The lines of a bill, one service after the other, each to the cent as the tariff sheet says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from meterbook.model.bill_kinds import LineKind
from meterbook.model.statement import LineItem
from meterbook.practice.billing import prices
from meterbook.practice.billing.dividing import MILLI, Part, cents, divided, parts, share, shared_label
from meterbook.practice.billing.prices import GAS_BASE, GAS_CCF, TAX, Schedule, export_price
from meterbook.practice.billing.reads import Period
from meterbook.practice.billing.scenarios import Lights
from meterbook.practice.billing.usage import PlaceUsage

ZERO = Decimal(0)
ELECTRIC, LIGHTING, TOWN, GAS = "Electric Service", "Outdoor Lighting", "Water and Sewer", "Natural Gas"
TAXES, OTHER = "Taxes", "Other Charges and Credits"


Metered = tuple[Decimal, str, Decimal]
"""Quantity, unit, price a unit."""


@dataclass(slots=True)
class Page:
    """Lines as they come, under the heading and place that they stand under."""

    section: str
    service: str | None
    location: str | None = None
    lines: list[LineItem] = field(default_factory=list)

    def fixed(self, kind: LineKind, label: str, amount: Decimal, part: Part | None = None) -> None:
        """An amount without quantity and price."""
        self._add(LineItem(kind=kind, label=label, amount=amount), part)

    def metered(self, kind: LineKind, label: str, metered: Metered, part: Part | None = None) -> None:
        """Quantity × price, rounded half up to the cent."""
        quantity, unit, rate = metered
        amount = cents(quantity * rate)
        self._add(LineItem(kind=kind, label=label, amount=amount, quantity=quantity, unit=unit, rate=rate), part)

    def _add(self, line: LineItem, part: Part | None) -> None:
        start, end = (part.start, part.end) if part else (None, None)
        placed = replace(line, section=self.section, service=self.service, location=self.location)
        self.lines.append(replace(placed, start=start, end=end))


def electric(usage: PlaceUsage, period: Period, *, section: str, earlier_peaks: Iterable[Decimal]) -> list[LineItem]:
    """Lines of a metered electric service.

    Args:
        usage: what the place used.
        period: the billing period.
        section: heading.
        earlier_peaks: measured demands of up to eleven periods before, for the ratchet.
    """
    schedule = usage.schedule
    if schedule is None:
        return []
    page = Page(section, "electric", usage.location)
    base(page, usage, schedule, period, earlier_peaks)
    billed = billed_kwh(usage, schedule)
    if usage.received and not schedule.nets:
        _export(page, "Received Energy Credit", usage.received, schedule, period)
    _power_cost(page, "Wholesale Power Cost Adj.", billed, period.end)
    page.fixed(LineKind.RENEWABLE_MANDATE, "Renewable & EE Mandate", prices.reps(period.end.year, schedule.reps))
    return page.lines


def base(
    page: Page, usage: PlaceUsage, schedule: Schedule, period: Period, earlier_peaks: Iterable[Decimal] = ()
) -> None:
    """Facilities, energy and demand of a schedule, up to its minimum."""
    among = parts(schedule.revisions, period)
    for part in among:
        page.fixed(
            LineKind.FIXED_CHARGE,
            part.label("Facilities Charge"),
            part.monthly(part.prices.facilities),
            _cut(part, among),
        )
    billed = billed_kwh(usage, schedule)
    if among[0].prices.energy[0].period is not None:
        _by_period(page, usage, among, period)
    else:
        for part, quantity in zip(among, divided(billed, among), strict=True):
            _blocks(page, part, quantity, period.end.month, _cut(part, among))
    excess = -min(ZERO, billed_net(usage, schedule))
    if excess:
        _export(page, "Excess Energy Credit", excess, schedule, period)
    if schedule.least_kw is not None:
        _demand(page, usage, schedule, among, earlier_peaks)
    least = among[-1].prices.minimum
    if least is not None:
        charged = sum((line.amount for line in page.lines if line.kind is not LineKind.NET_METERING), start=ZERO)
        missing = share(period, least) - charged
        if missing > 0:
            page.fixed(LineKind.FIXED_CHARGE, "Minimum Bill Adjustment", missing)


def billed_net(usage: PlaceUsage, schedule: Schedule) -> Decimal:
    """kWh after netting, negative if more was sent back."""
    return usage.delivered - usage.received if schedule.nets else usage.delivered


def billed_kwh(usage: PlaceUsage, schedule: Schedule) -> Decimal:
    """kWh that prices multiply."""
    return max(ZERO, billed_net(usage, schedule))


def billing_demand(measured: Decimal, schedule: Schedule, earlier_peaks: Iterable[Decimal]) -> Decimal:
    """kW billed: measured, but not below the ratchet's share of an earlier peak nor the schedule's least."""
    assert schedule.ratchet is not None
    assert schedule.least_kw is not None
    floor = max(earlier_peaks, default=ZERO) * schedule.ratchet
    return max(measured, floor.quantize(MILLI, ROUND_HALF_UP), schedule.least_kw)


def lighting(lights: tuple[Lights, ...], period: Period, location: str, section: str) -> list[LineItem]:
    """Lines of leased lamps, and the power cost adjustment on their assumed kWh."""
    page = Page(section, "electric", location)
    kwh = 0
    for each in lights:
        kwh += each.count * each.lamp.kwh
        if share(period, Decimal(1), MILLI) == 1:
            page.metered(LineKind.LIGHT, each.lamp.label, (Decimal(each.count), "lamp", each.lamp.monthly))
        else:
            count = f"{each.count} × {each.lamp.label}"
            page.fixed(LineKind.LIGHT, shared_label(period, count), share(period, each.count * each.lamp.monthly))
    if lights:
        _power_cost(page, "Wholesale Power Cost Adj., Lamps", share(period, Decimal(kwh), MILLI), period.end)
    return page.lines


def town(usage: PlaceUsage, period: Period) -> list[LineItem]:
    """Lines of the town's water and sewer, billed with the electricity."""
    sheet = prices.town(period.end)
    page = Page(TOWN, "water", usage.location)
    if usage.water is not None:
        page.fixed(LineKind.FIXED_CHARGE, shared_label(period, "Water Base Charge"), share(period, sheet.water_base))
        _water_blocks(page, usage.water, sheet, period)
    if usage.irrigation is not None:
        page.fixed(
            LineKind.FIXED_CHARGE, shared_label(period, "Irrigation Base Charge"), share(period, sheet.irrigation_base)
        )
        page.metered(LineKind.WATER_USAGE, "Irrigation Water", (usage.irrigation, "gal", sheet.irrigation))
    if usage.water is not None:
        page.service = "sewer"
        page.fixed(LineKind.SEWER, shared_label(period, "Sewer Base Charge"), share(period, sheet.sewer_base))
        page.metered(LineKind.SEWER, "Sewer Usage", (usage.water, "gal", sheet.sewer))
    return page.lines


def gas(usage: PlaceUsage, period: Period) -> list[LineItem]:
    """Lines of gas, with its own tax."""
    if usage.gas is None:
        return []
    page = Page(GAS, "gas", usage.location)
    page.fixed(LineKind.FIXED_CHARGE, shared_label(period, "Gas Basic Charge"), share(period, GAS_BASE))
    page.metered(LineKind.ENERGY, "Gas Usage", (usage.gas, "CCF", GAS_CCF))
    page.fixed(LineKind.TAX_SALES, "Sales Tax on Gas", cents(_sum(page.lines) * TAX))
    return page.lines


def tax(lines: list[LineItem]) -> list[LineItem]:
    """Sales tax on electric service and lamps, riders and credits among them."""
    base = _sum(line for line in lines if line.service == "electric")
    page = Page(TAXES, "electric")
    amount = cents(max(ZERO, base) * TAX)
    if amount:
        page.fixed(LineKind.TAX_SALES, "NC Sales Tax", amount)
    return page.lines


def others(lines: list[LineItem], *, paperless: bool, late: bool, round_up: bool) -> list[LineItem]:
    """What comes after tax: a credit, a charge for paying late, and the gift that rounds the charges up."""
    page = Page(OTHER, None)
    if paperless:
        page.fixed(LineKind.CREDIT_PAPERLESS, "Paperless Credit", prices.PAPERLESS)
    if late:
        page.fixed(LineKind.LATE_FEE, "Late Payment Charge", prices.LATE_FEE)
    total = _sum(lines) + _sum(page.lines)
    gift = cents(total.to_integral_value(ROUND_CEILING) - total)
    if round_up and total > 0 and gift:
        page.fixed(LineKind.ROUND_UP, "Operation Round Up", gift)
    return page.lines


def _blocks(page: Page, part: Part, quantity: Decimal, month: int, cut: Part | None) -> None:
    left, below = quantity, ZERO
    for price in part.prices.energy:
        upto = None if price.upto is None else part.monthly(price.upto, MILLI) - below
        amount = left if upto is None else min(left, upto)
        if amount or price is part.prices.energy[0]:
            page.metered(LineKind.ENERGY, _label(price.printed(month), cut), (amount, "kWh", price.rate(month)), cut)
        left -= amount
        below += amount


def _by_period(page: Page, usage: PlaceUsage, among: tuple[Part, ...], period: Period) -> None:
    shares = {name: divided(kwh, among) for name, kwh in usage.by_period.items()}
    for place, part in enumerate(among):
        for price in part.prices.energy:
            assert price.period is not None
            quantity = shares[price.period][place]
            cut = _cut(part, among)
            label = _label(price.printed(period.end.month), cut)
            page.metered(LineKind.ENERGY, label, (quantity, "kWh", price.rate(period.end.month)), cut)


def _demand(
    page: Page, usage: PlaceUsage, schedule: Schedule, among: tuple[Part, ...], earlier_peaks: Iterable[Decimal]
) -> None:
    billed = billing_demand(usage.measured_kw or ZERO, schedule, earlier_peaks)
    for part, quantity in zip(among, divided(billed, among), strict=True):
        assert part.prices.demand is not None
        cut = _cut(part, among)
        page.metered(LineKind.DEMAND, _label("Demand Charge", cut), (quantity, "kW", part.prices.demand), cut)


def _export(page: Page, label: str, quantity: Decimal, schedule: Schedule, period: Period) -> None:
    among = parts(schedule.revisions, period)
    for part, share_kwh in zip(among, divided(quantity, among), strict=True):
        cut = _cut(part, among)
        page.metered(LineKind.NET_METERING, _label(label, cut), (share_kwh, "kWh", -export_price(part.start)), cut)


def _power_cost(page: Page, label: str, kwh: Decimal, read: date) -> None:
    factor = prices.wpca(read.year, read.month)
    if factor and kwh:
        page.metered(LineKind.POWER_COST_ADJUSTMENT, label, (kwh, "kWh", factor))


def _water_blocks(page: Page, gallons: Decimal, sheet: prices.TownPrices, period: Period) -> None:
    left, below, below_named = gallons, ZERO, 0
    for upto, price in sheet.water_blocks:
        end = None if upto is None else share(period, Decimal(upto), Decimal(1))
        amount = left if end is None else min(left, end - below)
        if amount or not below:
            page.metered(LineKind.WATER_USAGE, _block_name(below_named, upto), (amount, "gal", price))
        left -= amount
        below = end or below
        below_named = upto or below_named


def _block_name(above: int, upto: int | None) -> str:
    if upto is None:
        return f"Water, Over {above:,} gal"
    return f"Water, {'Next' if above else 'First'} {upto - above:,} gal"


def _label(label: str, cut: Part | None) -> str:
    return label if cut is None else f"{label}, {cut.days} of {cut.span} days"


def _cut(part: Part, among: tuple[Part, ...]) -> Part | None:
    return part if len(among) > 1 else None


def _sum(lines: Iterable[LineItem]) -> Decimal:
    return sum((line.amount for line in lines), start=ZERO)
