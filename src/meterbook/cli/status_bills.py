"""What ``meterbook status`` says of bills: how many, how new, which are missing, and how to ask for older ones."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from meterbook.cli.context import command_line
from meterbook.model.errors import NotFound
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from meterbook.book.bill_status import BillsStatus, BillStatus
    from meterbook.utilities.entry import OlderHistory

WIDTH = 80
ROWS = 24
"""Accounts that are listed one by one unless all are asked for; of more, those that lack bills."""
NAMED = 3
_MONTHS = 4


def bill_lines(found: BillsStatus, *, every: bool) -> Iterator[str]:
    """Lines for a terminal of 80 columns; none if the book has neither bills nor documents.

    Args:
        found: what the book holds.
        every: list every account, however many there are.
    """
    if found.accounts:
        yield ""
        yield from _table(found.accounts, every=every)
        without = [f"{account} (prepaid)" if prepaid else account for (_, account), prepaid in found.without]
        if without:
            yield from _wrapped(f"No bills of {_some(without)}.")
    if found.unread:
        yield f"  {counted(found.unread, 'document')} without a bill: {command_line('bills', 'documents')}"
    by_utility: dict[str, list[BillStatus]] = defaultdict(list)
    for one in found.accounts:
        if one.lacks_older:
            by_utility[one.utility].append(one)
    for utility, some in by_utility.items():
        yield from _older(utility, some)


def bills_json(found: BillsStatus) -> dict[str, Any]:
    """The same as plain values."""

    def day(value: date | None) -> str | None:
        return value.isoformat() if value is not None else None

    def month(value: date) -> str:
        return f"{value:%Y-%m}"

    return {
        "accounts": [
            {
                "utility": one.utility,
                "account": one.account,
                "count": one.count,
                "first": day(one.first),
                "newest": day(one.newest),
                "missing": [month(gone) for gone in one.missing],
                "late": [month(gone) for gone in one.late],
                "portal_first": day(one.portal_first),
                "service_since": day(one.opened),
                "lacks_older": one.lacks_older,
            }
            for one in found.accounts
        ],
        "without": [account for (_, account), _ in found.without],
        "documents_without_bill": found.unread,
    }


def _table(accounts: Sequence[BillStatus], *, every: bool) -> Iterator[str]:
    shown = accounts
    if not every and len(accounts) > ROWS:
        shown = [one for one in accounts if one.missing or one.late][:ROWS]
    yield f"  {'account':<16}{'bills':>6}  {'from':<12}{'newest':<12}missing or late"
    for one in shown:
        yield f"  {one.account:<16}{one.count:>6,}  {one.first}  {one.newest}  {_gone(one)}".rstrip()
    if len(shown) < len(accounts):
        bills = sum(one.count for one in accounts)
        first, newest = min(one.first for one in accounts), max(one.newest for one in accounts)
        yield f"  {counted(len(accounts), 'account'):<16}{bills:>6,}  {first}  {newest}  {_gone_of(accounts)}"
        yield f"  Each of them: {command_line('status', '--all')}"


def _gone(one: BillStatus) -> str:
    told = [f"{why} {_named(months)}" for why, months in (("missing", one.missing), ("late", one.late)) if months]
    return "; ".join(told)


def _named(months: Sequence[date]) -> str:
    if len(months) > _MONTHS:
        return f"{len(months)} months"
    return ", ".join(f"{month:%b %Y}" for month in months)


def _gone_of(accounts: Sequence[BillStatus]) -> str:
    missing, late = sum(len(one.missing) for one in accounts), sum(len(one.late) for one in accounts)
    return f"{missing:,} missing, {late:,} late"


def _older(utility: str, some: Sequence[BillStatus]) -> Iterator[str]:
    """That service began before the oldest bill, and what the utility's guide says of older ones."""
    oldest = min(some, key=lambda one: (one.opened or one.first, one.account))
    began = f"service at {oldest.account} began on {_day(oldest.opened)}"
    if len(some) > 1:
        began = f"service at {len(some)} accounts began before their oldest bills, at {oldest.account} on " + _day(
            oldest.opened
        )
    floor = min((one.portal_first for one in some if one.portal_first is not None), default=None)
    back = f"the portal's bills go back to {_day(floor)}" if floor else f"bills go back to {_day(oldest.first)}"
    yield ""
    yield from _wrapped(f"Older bills: {began}; {back}.")
    older, name = _guide(utility)
    if older is None:
        yield from _wrapped("Ask customer service whether it has older ones, or import bills on paper.", "    ")
        yield f"    {command_line('import', 'BILL.pdf')}"
        return
    yield from _wrapped(f"{name}'s guide: {older.text}", "    ")
    if older.contact is not None:
        yield from _wrapped(f"Ask: {older.contact}", "    ")
    for number, step in enumerate(older.steps, 1):
        yield from _wrapped(f"{number}. {step}", "    ")
    yield f"    More: {command_line('guide', utility)}"


def _guide(utility: str) -> tuple[OlderHistory | None, str]:
    from meterbook.utilities import catalogue

    try:
        entry = catalogue.utility(utility)
    except NotFound:
        return None, utility
    return entry.older_history, entry.short_name


def _day(value: date | None) -> str:
    return f"{value:%-d %b %Y}" if value is not None else "an unknown day"


def _some(names: Sequence[str]) -> str:
    left = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {counted(left, 'other account')}" if left > 0 else "")


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
