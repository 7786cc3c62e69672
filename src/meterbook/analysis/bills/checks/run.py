"""The bills of an account as checks look at them: in the order issued, and as chains of periods of one service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

from meterbook.analysis.bills.history import ELECTRIC, services_of
from meterbook.analysis.bills.standing import standing
from meterbook.model.series import IntervalSeries
from meterbook.model.statement import Statement


@dataclass(frozen=True, kw_only=True, eq=False)
class BillRun:
    """What is known of an account. No slots: what is worked out of it is kept.

    Attributes:
        account: account number.
        zone: whose local days the bills mean.
        bills: every bill, cancelled and replaced ones too, in any order.
        series: electric usage by intervals, each register once, of the whole time that bills are about.
        temperatures: low and high of local days, °F, as far as known.
        readings_until: instant after the last reading that was fetched of the account, UTC epoch seconds.
        today: local day on which it is asked whether a bill is late; None asks nothing.
        service_start: first day of service, if known.
        service_end: last day of service, if it has ended.
    """

    account: str
    zone: ZoneInfo
    bills: tuple[Statement, ...]
    series: tuple[IntervalSeries, ...] = ()
    temperatures: Mapping[date, tuple[float, float]] = field(default_factory=dict)
    readings_until: int | None = None
    today: date | None = None
    service_start: date | None = None
    service_end: date | None = None

    @cached_property
    def issued(self) -> tuple[Statement, ...]:
        """All bills in the order in which they were issued; a correction after what it corrects."""
        return tuple(sorted(self.bills, key=lambda one: (one.bill_date, one.corrects is not None)))

    @cached_property
    def standing(self) -> tuple[Statement, ...]:
        """The bills that count, oldest first."""
        return standing(self.bills)

    @cached_property
    def chains(self) -> tuple[tuple[Statement, ...], ...]:
        """The bills that count by what they are for: those with electric service, then others by their services."""
        found: dict[tuple[str, ...], list[Statement]] = {}
        for one in self.standing:
            services = services_of(one)
            found.setdefault((ELECTRIC,) if ELECTRIC in services else services, []).append(one)
        return tuple(tuple(some) for some in found.values())
