"""Invented bills of invented utilities, drawn in many layouts: what stands on the page is known to the last figure.

A layout is a choice of styles (how labels stand to values, how negative amounts are printed, where the charges are,
what else is on the page), made from a seed. The wording is that of co-ops, city utilities and large companies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from drawn_pdf import Drawing

CENT = Decimal("0.01")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan")
FIXED = ("Customer Charge", "Basic Facilities Charge", "Grid Access", "Service Availability Charge")
RIDERS = ("Wholesale Power Cost Adjustment (WPCA)", "Power Cost Adjustment", "PCRF", "Fuel Factor")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list stands: its labels' left edge, its first row and its amounts' right edge."""

    x: float
    y: float
    edge: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One line: its label, what it comes to, and what it is the product of."""

    label: str
    amount: Decimal
    quantity: Decimal | None = None
    unit: str | None = None
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a drawn bill says."""

    account: str
    bill_date: date
    due_date: date
    start: date
    end: date
    sections: tuple[tuple[str, tuple[Charge, ...]], ...]
    previous: Decimal
    payments: Decimal
    kwh: int
    reading: int

    @property
    def charges(self) -> tuple[Charge, ...]:
        return tuple(charge for _, charges in self.sections for charge in charges)

    @property
    def current(self) -> Decimal:
        return sum((charge.amount for charge in self.charges), start=Decimal(0))

    @property
    def forward(self) -> Decimal:
        return self.previous + self.payments

    @property
    def due(self) -> Decimal:
        return self.forward + self.current


@dataclass(slots=True)
class Print:
    """What is printed in place of what is true: a mutation changes it."""

    changed: dict[str, str] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)

    def __call__(self, key: str, text: str) -> str:
        return self.changed.get(key, text)


def invented(random: Random) -> Bill:
    """A bill with sums that hold."""
    issued = date(2023, 1, 1) + timedelta(days=random.randrange(1000))
    end = issued - timedelta(days=random.randrange(2, 9))
    kwh = random.randrange(180, 2600)
    rate = Decimal(random.randrange(80_000, 160_000)) / 1_000_000
    first = min(kwh, 500)
    rider = Decimal(random.randrange(-9_000, 12_000)) / 1_000_000
    fixed = Decimal(random.randrange(1500, 4500)) / 100
    energy = [Charge(label="Energy Charge", amount=_cents(kwh * rate), quantity=Decimal(kwh), unit="kWh", rate=rate)]
    if random.random() < 0.4 and kwh > 500:
        energy = [
            Charge(label="First 500 kWh", amount=_cents(first * rate), quantity=Decimal(500), unit="kWh", rate=rate),
            Charge(
                label="Over 500 kWh", amount=_cents((kwh - 500) * rate * 2), quantity=Decimal(kwh - 500), unit="kWh",
                rate=rate * 2,
            ),
        ]  # fmt: skip
    electric = [
        Charge(label=random.choice(FIXED), amount=fixed),
        *energy,
        Charge(
            label=random.choice(RIDERS),
            amount=_cents(kwh * rider), quantity=Decimal(kwh), unit="kWh", rate=rider,
        ),
    ]  # fmt: skip
    if random.random() < 0.6:
        electric.append(Charge(label="NC Renewable Energy Charge", amount=Decimal(random.randrange(40, 160)) / 100))
    if random.random() < 0.5:
        electric.append(Charge(label="Yard Light 50 watt LED", amount=Decimal(random.randrange(700, 1500)) / 100))
    if random.random() < 0.5:
        electric.append(Charge(label="Paperless Credit", amount=Decimal("-0.50")))
    taxed = sum((charge.amount for charge in electric), start=Decimal(0))
    taxes = [Charge(label="NC Sales Tax", amount=_cents(taxed * Decimal("0.07")))]
    if random.random() < 0.4:
        taxes.append(Charge(label="Operation Round Up", amount=Decimal(random.randrange(1, 99)) / 100))
    sections = [("Electric Service", tuple(electric))]
    if random.random() < 0.35:
        water = (
            Charge(label="Water Service Charge", amount=Decimal(random.randrange(900, 2200)) / 100),
            Charge(label="Water Usage Charge", amount=Decimal(random.randrange(500, 4000)) / 100),
            Charge(label="Sewer Charge", amount=Decimal(random.randrange(1500, 5000)) / 100),
        )
        sections.append(("Water and Sewer Service", water))
    sections.append(("Taxes and Other", tuple(taxes)))
    previous = Decimal(random.randrange(2000, 40000)) / 100
    paid = previous if random.random() < 0.7 else _cents(previous * Decimal(random.randrange(30, 110)) / 100)
    return Bill(
        account="".join(str(random.randrange(1, 10)) for _ in range(random.choice((7, 8, 10)))),
        bill_date=issued, due_date=issued + timedelta(days=random.randrange(14, 26)),
        start=end - timedelta(days=random.randrange(28, 34)), end=end, sections=tuple(sections),
        previous=previous, payments=-paid, kwh=kwh, reading=random.randrange(1000, 90000),
    )  # fmt: skip


def draw(bill: Bill, random: Random, told: Print | None = None) -> bytes:
    """The bill as a PDF in a layout of its own.

    Args:
        bill: what it says.
        random: chooses the layout; the same state gives the same layout.
        told: what is printed otherwise, or not at all.
    """
    told = told or Print()
    style = _Style(random, told)
    sheet = Drawing()
    sheet.text(
        36, 40, random.choice(("TIDEWATER ELECTRIC MEMBERSHIP", "City of Marlow Utilities", "Pine County EMC")), 14
    )
    random.choice((_keys_inline, _keys_beside, _keys_over, _keys_first))(sheet, bill, style)
    place = random.choice(("below", "right", "page 2", "beside"))
    y = 190.0
    if style.history:
        _history(sheet, bill, style, 330 if place == "below" else 36, 640)
    y = _activity(sheet, bill, style, 36, y)
    if place == "page 2":
        sheet.text(36, y + 16, "Charge detail is found on the back of this page", 8)
        _stub(sheet, bill, style)
        sheet.page()
        _charges(sheet, bill, style, Place(36, 60.0, 420))
    elif place == "right":
        _charges(sheet, bill, style, Place(300, 190.0, 576))
        _stub(sheet, bill, style)
    elif place == "beside":
        _meter_box(sheet, bill, style, 36, y + 30)
        _charges(sheet, bill, style, Place(300, y + 30, 576))
        _stub(sheet, bill, style)
    else:
        _charges(sheet, bill, style, Place(36, y + 16, 300))
        _stub(sheet, bill, style)
    return sheet.pdf()


class _Style:
    """How one utility prints."""

    def __init__(self, random: Random, told: Print) -> None:
        self.told = told
        self.date = random.choice(("%m/%d/%Y", "%m/%d/%y", "%b %d, %Y", "%B %d, %Y", "%m-%d-%Y"))
        self.negative = random.choice(("-{}", "{}CR", "({})", "{}-", "{} CR", "-{}"))
        self.dollar = random.choice(("", "$", "$", "$ "))
        self.price = random.choice(("kwh @", "@", "x", "cents", "none", "second"))
        self.due = random.choice(("Total Amount Due", "AMOUNT DUE", "Pay This Amount", "Net Amount Due", "Total Due"))
        self.current = random.choice(("Total Current Charges", "CURRENT CHARGES", "Total New Charges"))
        self.previous = random.choice(
            ("Previous Balance", "Balance From Last Bill", "Prior Balance", "Amount of Last Bill")
        )
        self.payment = random.choice(
            ("Payment Received - Thank You", "Payments Received", "Payment(s)", "Less Payments")
        )
        self.forward = random.choice(("Balance Forward", "Balance Carried Forward", "Remaining Balance"))
        self.account = random.choice(("Account Number", "Account #", "Acct. No."))
        self.billed = random.choice(("Bill Date", "Statement Date", "Billing Date", "Date Mailed"))
        self.due_day = random.choice(("Due Date", "Payment Due", "Date Due"))
        self.period = random.choice(("Service Period", "Billing Period", "Service Dates"))
        self.pitch = random.choice((11.0, 12.0, 14.0))
        self.subtotals = random.random() < 0.4
        self.history = random.random() < 0.6
        self.messages = random.random() < 0.7
        self.stub = random.random() < 0.8
        self.late = random.random() < 0.5
        self.between = random.choice((" - ", " to ", " through "))

    def money(self, key: str, amount: Decimal) -> str:
        printed = self.told.changed.get(key)
        if printed is not None:
            return printed
        text = f"{self.dollar}{abs(amount):,.2f}"
        return self.negative.format(text) if amount < 0 else text

    def day(self, key: str, day: date) -> str:
        return self.told(key, day.strftime(self.date))

    def prints(self, key: str) -> bool:
        return key not in self.told.left_out


def _keys(bill: Bill, style: _Style) -> list[tuple[str, str]]:
    keys = [
        ("account", style.account, style.told("account", bill.account)),
        ("bill_date", style.billed, style.day("bill_date", bill.bill_date)),
        ("due_date", style.due_day, style.day("due_date", bill.due_date)),
        ("amount_due", style.due, style.money("amount_due", bill.due)),
    ]
    return [(label, value) for key, label, value in keys if style.prints(key)]


def _period(bill: Bill, style: _Style) -> str:
    return f"{style.day('start', bill.start)}{style.between}{style.day('end', bill.end)}"


def _keys_inline(sheet: Drawing, bill: Bill, style: _Style) -> None:
    for row, (label, value) in enumerate([*_keys(bill, style), (style.period, _period(bill, style))]):
        sheet.text(330, 60 + row * 14, f"{label}: {value}")


def _keys_beside(sheet: Drawing, bill: Bill, style: _Style) -> None:
    for row, (label, value) in enumerate([*_keys(bill, style), (style.period, _period(bill, style))]):
        sheet.text(300, 60 + row * 14, label)
        sheet.text(430, 60 + row * 14, value)


def _keys_over(sheet: Drawing, bill: Bill, style: _Style) -> None:
    for column, (label, value) in enumerate(_keys(bill, style)):
        sheet.text(36 + column * 130, 70, label, 8)
        sheet.text(36 + column * 130, 82, value)
    sheet.text(36, 110, style.period, 8)
    sheet.text(36, 122, _period(bill, style))


def _keys_first(sheet: Drawing, bill: Bill, style: _Style) -> None:
    """All labels in the file first, all values later: only places pair them."""
    keys = [*_keys(bill, style), (style.period, _period(bill, style))]
    for row, (label, _) in enumerate(keys):
        sheet.text(310, 60 + row * 13, label)
    sheet.text(36, 70, "5 1348 C-4 P-7", 6)
    for row, (_, value) in enumerate(keys):
        sheet.text(440, 60 + row * 13, value)


def _activity(sheet: Drawing, bill: Bill, style: _Style, x: float, y: float) -> float:
    sheet.text(x, y, "Activity Prior To Billing", 10)
    rows = [
        ("previous_balance", style.previous, bill.previous),
        ("payments", style.payment, bill.payments),
        ("balance_forward", style.forward, bill.forward),
    ]
    for key, label, amount in rows:
        y += style.pitch
        if style.prints(key):
            sheet.text(x, y, style.told(f"label {key}", label))
            sheet.right(x + 230, y, style.money(key, amount))
    return y + 10


def _charges(sheet: Drawing, bill: Bill, style: _Style, place: Place) -> None:
    x, y, edge = place.x, place.y, place.edge
    sheet.text(x, y, "Current Billing Detail", 10)
    for number, (title, charges) in enumerate(bill.sections):
        if len(bill.sections) > 1:
            y += style.pitch + 6
            sheet.text(x - 6, y, title, 9.5)
        for row, charge in enumerate(charges):
            key = f"line {number} {row}"
            if not style.prints(key):
                continue
            y = _charge(sheet, style, charge, key, Place(x, y + style.pitch, edge))
        if style.subtotals and len(bill.sections) > 1 and len(charges) > 1:
            y += style.pitch
            sheet.text(x, y, f"Total {title}")
            sheet.right(edge, y, style.money(f"subtotal {number}", sum((c.amount for c in charges), start=Decimal(0))))
    y += style.pitch + 4
    if style.prints("current_charges"):
        sheet.text(x, y, style.current)
        sheet.right(edge, y, style.money("current_charges", bill.current))
    y += style.pitch + 4
    sheet.text(x, y, style.due)
    sheet.right(edge, y, style.money("total", bill.due))


def _charge(sheet: Drawing, style: _Style, charge: Charge, key: str, place: Place) -> float:
    x, y, edge = place.x, place.y, place.edge
    label = style.told(f"label {key}", charge.label)
    sheet.text(x, y, label)
    if charge.quantity is not None and charge.rate is not None and style.price != "none":
        rate, quantity = format(charge.rate.normalize(), "f"), f"{charge.quantity:,}"
        if len(rate.split(".")[-1]) < 3:
            rate = f"{charge.rate:.3f}"
        wide = edge - x > 350
        told = {
            "kwh @": f"{quantity} kWh @ ${rate}" if charge.rate >= 0 else f"{quantity} kWh @ -${rate.lstrip('-')}",
            "@": f"{quantity} kWh @ {rate}",
            "x": f"{quantity} kWh x {rate}",
            "cents": f"{quantity} kWh at {format((charge.rate * 100).normalize(), 'f')}¢",
            "second": f"{quantity} kWh @ {rate} per kWh",
        }[style.price]
        if style.price == "second" or not wide:
            sheet.right(edge, y, style.money(key, charge.amount))
            sheet.text(x + 10, y + style.pitch, told, 8)
            return y + style.pitch
        sheet.text(x + 200, y, told, 8)
    sheet.right(edge, y, style.money(key, charge.amount))
    return y


def _meter_box(sheet: Drawing, bill: Bill, style: _Style, x: float, y: float) -> None:
    rows = (
        ("Meter Number", "00421973"), ("Prior Reading", f"{bill.reading:,}"),
        ("Present Reading", f"{bill.reading + bill.kwh:,}"), ("kWh Use", f"{bill.kwh:,}"),
    )  # fmt: skip
    for row, (label, value) in enumerate(rows):
        sheet.text(x, y + (row + 1) * style.pitch, label, 8)
        sheet.text(x + 110, y + (row + 1) * style.pitch, value, 8)


def _history(sheet: Drawing, bill: Bill, style: _Style, x: float, y: float) -> None:
    """Thirteen bars as text: axis, months, values; and a comparison with money in it."""
    sheet.text(x, y, "Energy Usage History", 8)
    for step in range(5):
        sheet.text(x, y + 12 + step * 8, str(2000 - step * 500), 6)
    for month in range(13):
        sheet.text(x + 26 + month * 17, y + 56, "JFMAMJJASONDJ"[month], 6)
        sheet.text(x + 24 + month * 17, y + 46, str(bill.kwh + month * 7 - 40), 5)
        sheet.text(
            x + 30 + month * 17,
            y + 80,
            MONTHS[month],
            5,
            turned=True,
        )
    sheet.text(x, y + 92, f"Same month last year: {bill.kwh + 31} kWh, average cost per day $4.17", 6)


def _stub(sheet: Drawing, bill: Bill, style: _Style) -> None:
    if style.messages:
        sheet.text(36, 560, "IMPORTANT MESSAGES", 9)
        sheet.text(
            36,
            572,
            "You could even out your bills: your budget amount would be $70.00 a month. Call before 03/01/2031.",
            7,
        )
        sheet.text(
            36,
            582,
            "Service will be disconnected if $212.45 is not paid. A returned check costs $25.00 plus tax of $1.75.",
            7,
        )
        sheet.text(36, 592, "Price to compare is 8.123 cents per kWh. You saved $12.20 with your heat pump.", 7)
    if not style.stub:
        return
    sheet.text(36, 615, "Please return this portion with your payment", 7)
    for row, (label, value) in enumerate(_keys(bill, style)):
        sheet.text(330, 690 + row * 12, label, 8)
        sheet.text(450, 690 + row * 12, value, 8)
    if style.late:
        sheet.text(330, 690 + 4 * 12, "Amount Due After Due Date", 8)
        sheet.right(500, 690 + 4 * 12, f"{bill.due + Decimal('7.50'):,.2f}", 8)
    sheet.text(36, 700, "Donation to Share the Warmth:  $1   $5   $10   Other", 7)
    sheet.text(36, 720, "Amount Enclosed $", 8)
    sheet.text(36, 770, f"{bill.account}{int(abs(bill.due) * 100):010d}{int(abs(bill.due) * 100):010d}7", 8)
    sheet.text(36, 782, "AADTFTDAFTADTFDATFADTFADTFFDTADTFADTDFATDFTADTFADTFTDAADTFADTFDAT", 6)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
