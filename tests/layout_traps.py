"""What else stands on a bill and misleads, and prints that are hard to read or easy to read wrongly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from layout_pen import Pen, amount_due

MESSAGES = (
    "Your cooperative's annual meeting is on June 14 at 6 p.m. Five members will each win a $50.00 credit on a bill.",
    "A capital credit allocation of $112.87 for 2022 was made to your account. It is not payable and not on this bill.",
    "Had you been on our budget plan your payment this month would have been $141.00. Call us before October 1.",
    "Save with a heat pump: members who changed saved $38.20 a month on average and 412 kWh in January alone.",
)


def notice(pen: Pen) -> None:
    """A letter before the bill, with the amounts and days of another one."""
    pen.text(36, 60, "DISCONNECT NOTICE", 14)
    pen.text(36, 90, "Past Due Amount")
    pen.right(440, 90, pen.money(pen.truth.previous))
    pen.text(36, 104, "Pay By")
    pen.right(440, 104, pen.day(pen.truth.issued))
    pen.text(36, 130, f"If {pen.money(pen.truth.previous, '$')} is not received service may end on the day above.")
    pen.sheet.page()


def _crowded(pen: Pen) -> None:
    """Sentences and a table of other months on the baselines of the charges."""
    for row in range(24):
        y = 160 + row * 13.0
        month = row % 12 + 1
        pen.text(462, y, f"{month:02}/03/24 - {month:02}/28/24", 6)
        pen.right(560, y, f"{900 + row * 17}", 6)
        pen.right(600, y, f"{80 + row}.{row:02}", 6)


def _price_table(pen: Pen) -> None:
    """The tariff in figures: prices, blocks and a sample bill."""
    rows = (
        ("Sample bill at 1,000 kWh", ""), ("Customer Charge", "31.50"), ("Energy Charge 1,000 kWh @ $0.1100", "110.00"),
        ("Total Current Charges", "141.50"), ("Customer Charge daily", "1.05"),
    )  # fmt: skip
    for number, (label, value) in enumerate(rows):
        pen.text(330, 470 + number * 10, label, 7)
        pen.right(590, 470 + number * 10, value, 7)


def _stale(pen: Pen) -> None:
    """The bill before in small print: its days, its period, its amount due."""
    pen.text(330, 470, f"Bill Date {date(pen.truth.issued.year - 1, 2, 3):%m/%d/%Y}", 6)
    pen.text(330, 480, "Service Period 01/02/2021 - 02/02/2021", 6)
    pen.text(330, 490, "Amount Due", 6)
    pen.right(560, 490, "$118.23", 6)


HOSTILE_EXTRAS: dict[str, Callable[[Pen], None]] = {
    "crowded": _crowded, "price table": _price_table, "stale": _stale,
}  # fmt: skip


def _stub(pen: Pen) -> None:
    pen.text(36, 690, "Please detach and return this portion with your payment", 7)
    pen.text(36, 704, "Account Number")
    pen.text(150, 704, pen.truth.account)
    pen.text(36, 717, "Due Date")
    pen.text(150, 717, pen.day(pen.truth.due))
    pen.text(330, 704, pen.name(pen.layout.due))
    pen.right(560, 704, pen.money(amount_due(pen), "$"))
    pen.text(330, 717, "Amount Enclosed  $")
    cents = f"{int(abs(amount_due(pen)) * 100):010d}"
    pen.text(36, 745, f"{pen.truth.account}{cents}{cents}7")


def _late(pen: Pen) -> None:
    pen.text(330, 730, "Amount Due After Due Date")
    pen.right(560, 730, pen.money(amount_due(pen) + Decimal("7.50"), "$"))


def _history(pen: Pen) -> None:
    pen.text(330, 560, "Energy Usage History", 8)
    for month in range(13):
        pen.text(332 + month * 18, 610, "JFMAMJJASONDJ"[month], 6)
        pen.text(330 + month * 18, 600, str(int(pen.truth.quantities["kwh"]) + month * 7 - 40), 5)
        pen.sheet.text(336 + month * 18, 634, "MarAprMay"[month % 3 * 3 :][:3], 5, turned=True)


def _comparison(pen: Pen) -> None:
    kwh = int(pen.truth.quantities["kwh"])
    rows = (
        ("", "This Month", "Last Month", "Last Year"), ("Days", "31", "29", "30"),
        ("Total kWh", str(kwh), str(kwh - 55), str(kwh + 81)), ("Avg kWh/Day", "38.7", "41.2", "44.0"),
        ("Cost per Day", "$4.12", "$4.55", "$4.81"),
    )  # fmt: skip
    for number, row in enumerate(rows):
        for place, text in enumerate(row):
            pen.text(36 + place * 62, 600 + number * 10, text, 7)


def _messages(pen: Pen) -> None:
    for number, text in enumerate(MESSAGES):
        pen.text(36, 655 + number * 8, text, 6)


def _cutoff(pen: Pen) -> None:
    pen.text(330, 660, "Disconnect Date")
    pen.text(450, 660, pen.day(pen.truth.due.replace(day=28)))


def _draft(pen: Pen) -> None:
    pen.text(330, 672, f"AUTOMATIC PAYMENT WILL DRAFT ON {pen.day(pen.truth.due.replace(day=5))}", 7)


def _year_to_date(pen: Pen) -> None:
    pen.text(330, 640, "Operation Round Up year to date", 7)
    pen.right(560, 640, "4.18", 7)


def _savings(pen: Pen) -> None:
    pen.text(330, 648, "Your off-peak savings this month", 7)
    pen.right(560, 648, "$21.37", 7)


def _bank(pen: Pen) -> None:
    pen.text(36, 640, "Banked Usage (kWh): previous 120, added 45, used 0, remaining 165", 7)


def _member(pen: Pen) -> None:
    pen.text(330, 112, "Member Number")
    pen.text(450, 112, "998877")
    pen.text(330, 124, "Map Location")
    pen.text(450, 124, "12-34-567-08")


def _past_due(pen: Pen) -> None:
    pen.text(330, 84, "Due Date: See Below", 7)


def _group(pen: Pen) -> None:
    """A consolidated statement's summary: other accounts with amounts."""
    pen.text(330, 540, "GROUP SUMMARY", 8)
    for number, (account, amount) in enumerate((("4410001", "88.10"), ("4410002", "131.77"), ("4410003", "64.02"))):
        pen.text(330, 552 + number * 9, f"Account {account}", 7)
        pen.right(560, 552 + number * 9, amount, 7)


def _net_and_gross(pen: Pen) -> None:
    pen.text(330, 640, "Gross amount after due date", 7)
    pen.right(560, 640, pen.money(amount_due(pen) + Decimal("4.00")), 7)


def _self_read(pen: Pen) -> None:
    pen.text(330, 648, "If you read your own meter enter the reading here:  ________", 7)


def _budget_offer(pen: Pen) -> None:
    pen.text(36, 648, "Budget balance")
    pen.right(290, 648, "-31.40")


TRAPS: dict[str, Callable[[Pen], None]] = {
    "stub": _stub, "late": _late, "history": _history, "comparison": _comparison, "messages": _messages,
    "cutoff": _cutoff, "draft": _draft, "year to date": _year_to_date, "savings": _savings, "bank": _bank,
    "member": _member, "past due": _past_due, "group": _group, "net and gross": _net_and_gross,
    "self read": _self_read, "budget balance": _budget_offer,
}  # fmt: skip
