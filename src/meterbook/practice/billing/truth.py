"""What the biller knows of a bill, as JSON under the names that truth files of sample bills have.

Only what stands on the paper is in it; amounts, quantities and prices are text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from meterbook.model.statement import LineItem, MeterUsage
from meterbook.practice.billing import documents
from meterbook.practice.billing.account import Account
from meterbook.practice.billing.bill import Bill
from meterbook.practice.billing.ledger import bills, last
from meterbook.practice.settings import Settings
from meterbook.practice.world import NAME, World

_FIELDS = (
    "account", "bill_date", "bill_type", "corrects", "period_start", "period_end", "days", "due_date",
    "previous_balance", "payments", "adjustments", "balance_forward", "current_charges", "amount_due",
    "amount_after_due", "budget_amount", "budget_balance", "usage", "usage_unit", "rate", "services",
    "temperature_high", "temperature_low", "group",
)  # fmt: skip
_LINE = ("label", "amount", "kind", "quantity", "unit", "rate", "section", "service")
_METER = (
    "meter", "register", "service", "read_start", "read_end", "previous", "present", "multiplier", "usage", "unit",
    "read_type",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A bill's document with what is known of it.

    Attributes:
        name: for its files.
        bill: the bill.
        statements: the single statements in the document, the bill's own first.
    """

    name: str
    bill: Bill
    statements: tuple[Bill, ...]

    def document(self, settings: Settings) -> bytes:
        """The PDF."""
        return documents.document(settings, self.bill)

    def truth(self) -> dict[str, Any]:
        """Values to hold a reading of the PDF against."""
        if len(self.statements) == 1:
            return {"utility": NAME, **truth(self.bill)}
        total = sum((each.due for each in self.statements), start=Decimal(0))
        return {
            "utility": NAME,
            "consolidated": True,
            "group": self.bill.statement.group,
            "bill_date": self.bill.made_on.isoformat(),
            "amount_due": str(total),
            "statements": [truth(each) for each in self.statements],
        }


def samples(settings: Settings, *, months: int, account: str | None = None) -> Iterator[Sample]:
    """The last bills of every account, oldest first within an account.

    Args:
        settings: which co-op; all its members.
        months: billing periods of each account.
        account: only this one.
    """
    world = World(settings)
    for index in range(settings.members):
        member = world.member(index)
        for contract in member.contracts:
            if account not in (None, contract.number):
                continue
            for bill in last(bills(Account(settings=settings, member=member, contract=contract)), months):
                name = f"{contract.number}-{bill.made_on.isoformat()}"
                yield Sample(name=name, bill=bill, statements=tuple(documents.statements(settings, bill)))


def truth(bill: Bill) -> dict[str, Any]:
    """What stands on a bill. Beside it ``cancelled`` tells what became of it, which its paper can't say."""
    said = bill.statement
    found: dict[str, Any] = {
        "customer": bill.contract.name,
        "member": bill.contract.customer,
        "bill_number": said.number,
    }
    found |= _present(said, _FIELDS)
    found["meters"] = [_meter(row) for row in said.meters]
    found["lines"] = [_present(line, _LINE) for line in said.lines]
    if said.cancelled:
        found["cancelled"] = True
    return found


def _meter(row: MeterUsage) -> dict[str, Any]:
    return _present(row, _METER)


def _present(value: object, names: tuple[str, ...]) -> dict[str, Any]:
    """Fields that are known; adjustments of nothing are not printed."""
    found: dict[str, Any] = {name: _plain(getattr(value, name)) for name in names}
    if not isinstance(value, LineItem | MeterUsage) and found.get("adjustments") == "0.00":
        del found["adjustments"]
    return {name: item for name, item in found.items() if item is not None and item != []}


def _plain(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
