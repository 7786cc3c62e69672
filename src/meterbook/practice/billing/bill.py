"""One bill: the statement, and what the co-op's own books say of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from meterbook.model.statement import LineItem, Statement
from meterbook.practice.billing.reads import Period
from meterbook.practice.people import Contract, Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Savings:
    """What a time-of-use member paid for service, and what the standard schedule would have asked.

    Attributes:
        time_of_use: facilities and energy as billed, dollars.
        standard: the same under the standard schedule.
        by_period: kWh of each time-of-use period.
    """

    time_of_use: Decimal
    standard: Decimal
    by_period: dict[str, Decimal]

    @property
    def saved(self) -> Decimal:
        """Dollars; negative is a loss."""
        return self.standard - self.time_of_use


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """A bill as made.

    Attributes:
        member: whose.
        contract: the account.
        period: from read to read.
        version: 0, and one more each time it was cancelled and made again.
        statement: what is printed; ``cancelled`` is known to the books only.
        billed_at: UTC epoch seconds, with a time of day.
        due_on: local midnight of the due date, UTC epoch seconds.
        uuid: the billing run's name of it.
        excess: kWh by which the later read was wrong.
        savings: on a time-of-use bill.
        late: whether a charge for paying late is in it.
    """

    member: Member
    contract: Contract
    period: Period
    version: int
    statement: Statement
    billed_at: int
    due_on: int
    uuid: str
    excess: Decimal
    savings: Savings | None
    late: bool

    @property
    def due(self) -> Decimal:
        """What is to be paid in all."""
        assert self.statement.amount_due is not None
        return self.statement.amount_due

    @property
    def current(self) -> Decimal:
        """Charges of the period."""
        assert self.statement.current_charges is not None
        return self.statement.current_charges

    @property
    def forward(self) -> Decimal:
        """What was left of earlier bills."""
        assert self.statement.balance_forward is not None
        return self.statement.balance_forward

    @property
    def made_on(self) -> date:
        """Local day of the bill."""
        return self.statement.bill_date

    @property
    def usage_charge(self) -> Decimal:
        """Energy and demand, dollars."""
        kinds = ("energy", "demand", "net_metering")
        return sum((line.amount for line in self.electric if line.kind.value in kinds), start=Decimal("0.00"))

    @property
    def electric(self) -> tuple[LineItem, ...]:
        """Lines of metered electric service."""
        return tuple(line for line in self.statement.lines if line.service == "electric")
