"""Service locations of bills that print none: by their meters, or the account's only one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from meterbook.analysis.bills.portfolio import BilledService

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook

Owner = tuple[str, str]
"""Utility and account number."""
BETWEEN = "+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What a book's accounts are known to have.

    Attributes:
        locations: service location numbers of each account, in order.
        of_meter: those of each meter of an account.
    """

    locations: dict[Owner, tuple[str, ...]]
    of_meter: dict[tuple[Owner, str], str]

    @classmethod
    def of(cls, book: OpenBook) -> Places:
        """Those of a book, as portals and readings tell them."""
        utilities = {one.id: one.utility for one in book.records.connections()}
        found: dict[Owner, set[str]] = defaultdict(set)
        of_meter: dict[tuple[Owner, str], str] = {}
        for stored in book.records.accounts():
            owner = utilities[stored.connection_id], stored.account.number
            for place in stored.account.locations:
                found[owner].add(place.number)
                of_meter |= {(owner, meter.number): place.number for meter in place.meters}
        for item in book.records.channels():
            channel = item.channel
            if channel.service_location:
                of_meter.setdefault(((channel.utility, channel.account), channel.meter), channel.service_location)
        return cls(locations={owner: tuple(sorted(some)) for owner, some in found.items()}, of_meter=of_meter)

    def location(self, part: BilledService) -> str:
        """The location that a bill's service was used at: several joined by a plus, "" if none is known."""
        owner = part.utility, part.account
        meters = {one.meter for one in part.statement.meters if one.meter and one.service in (part.service, None)}
        by_meter = {self.of_meter.get((owner, meter)) for meter in meters}
        if by_meter and None not in by_meter:
            return BETWEEN.join(sorted(one for one in by_meter if one is not None))
        known = self.locations.get(owner, ())
        return known[0] if len(known) == 1 else ""
