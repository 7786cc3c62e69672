"""The practice co-op of these tests, and quick ways to its bills."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pypdfium2

from meterbook.model.bill_kinds import LineKind
from meterbook.practice.billing.account import Account
from meterbook.practice.billing.bill import Bill
from meterbook.practice.billing.ledger import bills
from meterbook.practice.people import STORIES, Story
from meterbook.practice.settings import Settings
from meterbook.practice.world import World

TODAY = date(2026, 11, 25)
SETTINGS = Settings(today=TODAY, members=130)
MEMBERS = 50


def account(index: int | Story, ordinal: int = 0, today: date = TODAY) -> Account:
    settings = replace(SETTINGS, today=today)
    place = index if isinstance(index, int) else STORIES.index(index)
    member = World(settings).member(place)
    return Account(settings=settings, member=member, contract=member.contracts[ordinal])


def all_of(index: int | Story, ordinal: int = 0, today: date = TODAY) -> tuple[Bill, ...]:
    return bills(account(index, ordinal, today))


def bill_read(index: int | Story, year: int, month: int, ordinal: int = 0) -> Bill:
    """The bill that stands, of the later read in a month."""
    (found,) = (
        each
        for each in all_of(index, ordinal)
        if (each.period.end.year, each.period.end.month) == (year, month) and not each.statement.cancelled
    )
    return found


def amounts(bill: Bill) -> list[tuple[str, str]]:
    return [(line.label, f"{line.amount}") for line in bill.statement.lines]


def amount_of(bill: Bill, kind: LineKind) -> Decimal | None:
    found = [line.amount for line in bill.statement.lines if line.kind is kind]
    return sum(found, start=Decimal(0)) if found else None


def texts(pdf: bytes) -> list[str]:
    """The text of each page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [document[number].get_textpage().get_text_bounded() for number in range(len(document))]
    finally:
        document.close()
