"""What a book holds of each account's bills, what is missing of them, and how far back they could go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from meterbook.analysis.bills.portfolio import CYCLE_DAYS, MonthCell, Standing, absent, first_day
from meterbook.book.bill_export import billed
from meterbook.book.readings import utility_zone
from meterbook.model.provenance import SourceKind
from meterbook.store.records import DocumentState, StoredStatement

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook

Owner = tuple[str, str]
"""Utility and account number."""
FIRST_BILL_DAYS = 2 * CYCLE_DAYS
"""Days after the start of service within which the first bill may begin: some co-ops bill no part of a month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillStatus:
    """What a book holds of one account's bills.

    Attributes:
        utility: catalogue slug.
        account: account number.
        count: bills held, cancelled and replaced ones too.
        first: first day of the oldest period; the day of the bill if it tells no period.
        newest: day of the newest bill.
        missing: months between bills that have none, as their first days.
        late: months whose bill should be here by now.
        portal_first: the same as ``first``, of the bills that the portal listed; None if it listed none.
        opened: day on which service began, as the portal tells it; None if it does not.
    """

    utility: str
    account: str
    count: int
    first: date
    newest: date
    missing: tuple[date, ...]
    late: tuple[date, ...]
    portal_first: date | None
    opened: date | None

    @property
    def lacks_older(self) -> bool:
        """Whether service began well before the oldest bill that is held."""
        return self.opened is not None and self.opened + timedelta(days=FIRST_BILL_DAYS) < self.first


@dataclass(frozen=True, slots=True, kw_only=True)
class BillsStatus:
    """What a book holds of bills.

    Attributes:
        accounts: one entry an account that has any, by number.
        without: accounts of connections that have none, with whether they are prepaid.
        unread: documents that are kept and from which no bill was taken.
    """

    accounts: tuple[BillStatus, ...]
    without: tuple[tuple[Owner, bool], ...]
    unread: int


def bills_status(book: OpenBook, *, today: date | None = None) -> BillsStatus:
    """What a book holds of bills.

    Args:
        book: the book.
        today: the day on which a bill may be late; the current one if left out.
    """
    today = today or datetime.now(UTC).date()
    stored = book.records.stored_statements()
    of_account: dict[Owner, list[StoredStatement]] = defaultdict(list)
    for one in stored:
        of_account[one.utility, one.statement.account].append(one)
    known = {one.id: one.utility for one in book.records.connections()}
    accounts = {(known[one.connection_id], one.account.number): one.account for one in book.records.accounts()}
    closed = frozenset(number for (_, number), account in accounts.items() if not account.active)
    gone = _by_owner(absent(billed(book, stored), today, closed=closed))
    opened = _opened(book)
    ahead = {(one.utility, one.account) for one in book.records.prepaid_days()}
    documents = book.records.documents()
    return BillsStatus(
        accounts=tuple(
            _status(owner, some, gone.get(owner, ()), opened.get(owner)) for owner, some in sorted(of_account.items())
        ),
        without=tuple(
            (owner, account.prepaid or owner in ahead)
            for owner, account in sorted(accounts.items())
            if owner not in of_account and account.active
        ),
        unread=sum(one.state is not DocumentState.READ for one in documents),
    )


def _status(
    owner: Owner, some: Sequence[StoredStatement], gone: Iterable[MonthCell], opened: date | None
) -> BillStatus:
    listed = [one for one in some if any(source.kind is SourceKind.PORTAL for source in one.sources)]
    cells = list(gone)
    return BillStatus(
        utility=owner[0],
        account=owner[1],
        count=len(some),
        first=_first(some),
        newest=max(one.statement.bill_date for one in some),
        missing=_months(cells, Standing.MISSING),
        late=_months(cells, Standing.LATE),
        portal_first=_first(listed) if listed else None,
        opened=opened,
    )


def _first(some: Sequence[StoredStatement]) -> date:
    return min(first_day(one.statement) or one.statement.bill_date for one in some)


def _months(cells: Iterable[MonthCell], why: Standing) -> tuple[date, ...]:
    return tuple(sorted({cell.month for cell in cells if cell.standing is why}))


def _by_owner(cells: Iterable[MonthCell]) -> Mapping[Owner, list[MonthCell]]:
    found: dict[Owner, list[MonthCell]] = defaultdict(list)
    for cell in cells:
        found[cell.utilities[0], cell.key].append(cell)
    return found


def _opened(book: OpenBook) -> dict[Owner, date]:
    """The day on which each account's service began: that of its oldest location, as the portal tells it."""
    utilities = {one.id: one.utility for one in book.records.connections()}
    found: dict[Owner, int] = {}
    for state in book.records.stream_states():
        if state.connected is not None:
            owner = utilities[state.stream.connection_id], state.stream.account
            found[owner] = min(state.connected, found.get(owner, state.connected))
    zones = {utility: utility_zone(book.records, utility) for utility, _ in found}
    return {owner: datetime.fromtimestamp(at, zones[owner[0]]).date() for owner, at in found.items()}
