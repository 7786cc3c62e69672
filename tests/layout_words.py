"""The parts of a drawn utility bill: what it charges, how it is laid out, and what is true of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One charge.

    Attributes:
        label: as printed.
        kind: what it is, by the vocabulary of line kinds; empty where the words do not say.
        of: which quantity it is the product of (``kwh``, ``first 500``, ``kw`` …); empty for a sum of its own.
        rate: price, if a product; of ``tax`` the share of all charges before it.
        amount: lowest and highest amount, if no product.
        hides: dollars folded into the amount that no price shows.
    """

    label: str
    kind: str = ""
    of: str = ""
    rate: str = ""
    amount: tuple[str, str] = ("1.00", "9.00")
    hides: str = ""


def charge(label: str, kind: str, lowest: str = "5.00", highest: str = "40.00") -> Item:
    """A charge of a fixed amount."""
    return Item(label=label, kind=kind, amount=(lowest, highest))


def price(label: str, kind: str, of: str, rate: str, hides: str = "") -> Item:
    """A charge by quantity."""
    return Item(label=label, kind=kind, of=of, rate=rate, hides=hides)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Charges under a heading, with a sum of their own if ``total`` is its label."""

    title: str
    items: tuple[Item, ...]
    total: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterSpec:
    """A register to draw: what it counts of the bill's quantities, and with which multiplier."""

    number: str
    of: str = "kwh"
    multiplier: int = 1
    register: str = ""
    unit: str = "kWh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one utility's bill looks.

    Attributes:
        name: of the utility whose wording it follows.
        sections: charges, by heading.
        keys: labels of account, bill date, due date and period, empty if not printed.
        keys_style: ``beside``, ``inline``, ``over`` (labels over values) or ``first`` (all labels, then all values).
        dates: how days are printed.
        activity: labels of previous balance, payment and balance forward; an empty one is not printed.
        current: label of the sum of the charges.
        due: label of the amount due.
        meters: registers.
        meter_style: ``table``, ``list``, ``dated`` or ``none``.
        meter_heads: headings of meter number, previous, present, multiplier and usage.
        place: where the charges are: ``below``, ``right`` or ``page 2``.
        negative: how a negative amount is printed.
        product: how a product is printed: ``@``, ``x``, ``columns``, ``under`` or ``none``.
        services: of the bill.
        use: name of the quantity that is the use in all; empty where the bill tells none.
        traps: what else stands on the page, by name.
        budget: a budget amount is due in place of the charges.
        rate: rate schedule printed, with its label.
    """

    name: str
    sections: tuple[Section, ...]
    keys: tuple[str, str, str, str] = ("Account Number", "Bill Date", "Due Date", "Service Period")
    keys_style: str = "beside"
    dates: str = "%m/%d/%Y"
    activity: tuple[str, str, str] = ("Previous Balance", "Payment Received", "Balance Forward")
    current: str = "Total Current Charges"
    due: str = "Total Amount Due"
    meters: tuple[MeterSpec, ...] = ()
    meter_style: str = "table"
    meter_heads: tuple[str, str, str, str, str] = ("Meter Number", "Previous", "Present", "Multiplier", "kWh Used")
    place: str = "below"
    negative: str = "-{}"
    product: str = "@"
    services: tuple[str, ...] = ("electric",)
    use: str = "kwh"
    traps: tuple[str, ...] = ()
    budget: bool = False
    rate: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Line:
    """A charge as worked out."""

    item: Item
    section: str
    amount: Decimal
    quantity: Decimal | None
    unit: str | None


@dataclass(slots=True)
class Truth:
    """What one drawn bill says."""

    account: str
    issued: date
    due: date
    start: date
    end: date
    quantities: dict[str, Decimal]
    readings: dict[str, Decimal]
    lines: list[Line] = field(default_factory=list)
    previous: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)

    @property
    def current(self) -> Decimal:
        return sum((line.amount for line in self.lines), start=Decimal(0))

    @property
    def forward(self) -> Decimal:
        return self.previous - self.paid


UNITS = {"kw": "kW", "onkw": "kW", "days": "day", "gal": "gal", "ccf": "CCF", "therms": "therm", "lamps": "lamp"}


def worked_out(layout: Layout, random: Random) -> Truth:
    """A bill with amounts of its own, every sum to the cent."""
    issued = date(2023, 1, 2) + timedelta(days=random.randrange(1000))
    end = issued - timedelta(days=random.randrange(2, 7))
    start = end - timedelta(days=random.randrange(28, 34))
    kwh = Decimal(random.randrange(620, 2600))
    peak = Decimal(random.randrange(60, 300))
    part = Decimal(random.randrange(100, 500))
    export = Decimal(random.randrange(50, 400))
    sub = Decimal(random.randrange(100, 400))
    quantities = {
        "kwh": kwh, "first 500": Decimal(500), "over 500": kwh - 500, "peak": peak, "off": kwh - peak, "part": part,
        "rest": kwh - part, "export": export, "net": kwh - export, "sub": sub, "main less sub": kwh - sub,
        "kw": Decimal(random.randrange(40, 900)) / 10, "onkw": Decimal(random.randrange(20, 300)) / 10,
        "days": Decimal((end - start).days), "gal": Decimal(random.randrange(900, 9000)),
        "ccf": Decimal(random.randrange(10, 90)), "therms": Decimal(random.randrange(10, 90)), "lamps": Decimal(2),
    }  # fmt: skip
    truth = Truth(
        account="".join(str(random.randrange(1, 10)) for _ in range(random.choice((7, 8, 10)))),
        issued=issued, due=issued + timedelta(days=random.randrange(14, 26)), start=start, end=end,
        quantities=quantities, readings={m.number: Decimal(random.randrange(1000, 80000)) for m in layout.meters},
    )  # fmt: skip
    for section in layout.sections:
        for item in section.items:
            truth.lines.append(_line(item, section.title, truth, random))
    truth.previous = Decimal(random.randrange(3000, 30000)) / 100
    truth.paid = truth.previous if random.random() < 0.6 else (truth.previous / 2).quantize(CENT)
    return truth


def _line(item: Item, section: str, truth: Truth, random: Random) -> Line:
    if item.of == "tax":
        amount = _cents(truth.current * Decimal(item.rate))
        return Line(item, section, amount, None, None)
    if item.of:
        quantity = truth.quantities[item.of]
        amount = _cents(quantity * Decimal(item.rate)) + Decimal(item.hides or 0)
        return Line(item, section, amount, quantity, UNITS.get(item.of, "kWh"))
    low, high = (int(Decimal(text) * 100) for text in item.amount)
    return Line(item, section, Decimal(random.randint(low, high)) / 100, None, None)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
