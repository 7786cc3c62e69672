"""The time-of-use ledger: what a member pays on a time-of-use schedule beside what the standard one would have cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class TouMonth:
    """One bill's month of the ledger, as the supplier works it out.

    Attributes:
        account: account number.
        month: first day of the month.
        saved: dollars saved against the standard schedule; negative is a loss.
        tou_cost: what the time-of-use schedule came to, dollars.
        standard_cost: what the standard schedule would have come to.
        source_id: the portal's identifier of the bill it is about.
        standard_rate: name of the standard schedule.
        tou_rate: name of the time-of-use schedule.
        usage: kWh by period, by the names that the supplier gives them.
    """

    account: str
    month: date
    saved: Decimal
    tou_cost: Decimal | None = None
    standard_cost: Decimal | None = None
    source_id: str | None = None
    standard_rate: str | None = None
    tou_rate: str | None = None
    usage: Mapping[str, Decimal] = field(default_factory=dict)
