"""The pen that draws a utility's bill: where it prints, and how it writes days, amounts and labels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from drawn_pdf import Drawing
from layout_words import Layout, Truth

RENAMED = {
    "Previous Balance": "Prior Balance", "Payment Received": "Payments Received - Thank You",
    "Balance Forward": "Balance Carried Forward", "Total Current Charges": "New Charges", "Bill Date": "Statement Date",
    "Due Date": "Date Due", "Account Number": "Acct. No.", "Service Period": "Billing Period",
    "Total Amount Due": "Please Pay This Amount", "Customer Charge": "Basic Facilities Charge",
    "Energy Charge": "kWh Charge", "Power Cost Adjustment": "Fuel Cost Adjustment", "Previous": "Prior Reading",
    "Present": "Current Reading", "kWh Used": "Usage (kWh)", "Multiplier": "Constant",
}  # fmt: skip
BUDGET = Decimal("150.00")
"""What a budget member pays in place of the charges."""


@dataclass(slots=True)
class Pen:
    """Where and how this variation prints."""

    layout: Layout
    truth: Truth
    sheet: Drawing
    random: Random
    variation: str = "as it is"
    dx: float = 0.0
    size: float = 9.0
    pitch: float = 13.0

    def name(self, label: str) -> str:
        return RENAMED.get(label, label) if self.variation == "renamed" else label

    def day(self, day: date) -> str:
        style = self.layout.dates
        if self.variation == "day first":
            style = "%d/%m/%Y"
        if self.variation == "dates":
            style = {"%m/%d/%Y": "%B %d, %Y", "%b %d, %Y": "%m/%d/%y"}.get(style, "%d-%b-%Y")
        return day.strftime(style)

    def money(self, amount: Decimal, dollar: str = "") -> str:
        text = f"{dollar}{abs(amount):,.2f}"
        if self.variation == "split":
            text = text.replace(".", ". ")
        return self.layout.negative.format(text) if amount < 0 else text

    def text(self, x: float, y: float, text: str, size: float = 0) -> None:
        self.sheet.text(x + self.dx, y, text, size or self.size)

    def right(self, x: float, y: float, text: str, size: float = 0) -> None:
        self.sheet.right(x + self.dx, y, text, size or self.size)


def amount_due(pen: Pen) -> Decimal:
    return pen.truth.forward + (BUDGET if pen.layout.budget else pen.truth.current)
