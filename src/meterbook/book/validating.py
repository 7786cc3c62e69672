"""Validation of a book on demand: which accounts, which time, and what was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from meterbook.analysis.vee import ALL_RULES, DEFAULTS, Found, Rule, Thresholds
from meterbook.book.choosing import chosen_channels
from meterbook.book.readings import utility_zone
from meterbook.book.selection import FOREVER, Selection, span_of
from meterbook.model.channel import Quantity
from meterbook.model.errors import NotEnoughReadings
from meterbook.model.finding import Finding
from meterbook.sync.validation import Validated, check_account

if TYPE_CHECKING:
    from meterbook.book.opened import OpenBook


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFindings:
    """What the rules found in an account.

    Attributes:
        utility: catalogue slug.
        account: account number.
        zone: the utility's zone.
        validated: counts and findings.
    """

    utility: str
    account: str
    zone: ZoneInfo
    validated: Validated

    @property
    def found(self) -> tuple[Found, ...]:
        """Findings in order of channel and time."""
        return self.validated.found


def validate(
    book: OpenBook,
    *,
    account: str | None = None,
    since: date | datetime | str | None = None,
    until: date | datetime | str | None = None,
    rules: Iterable[Rule] = ALL_RULES,
    limits: Thresholds = DEFAULTS,
    keep: bool = True,
) -> list[AccountFindings]:
    """Run the rules over what is stored, and bring the book's findings up to date. Readings stay as they are.

    Args:
        book: which.
        account: account number or any external identifier of one; without it all.
        since: first local day or instant that is judged; some weeks before it are read too.
        until: local day or instant at which to end.
        rules: those to run.
        limits: thresholds.
        keep: store what was found.

    Returns:
        One entry an account, also where nothing was found.

    Raises:
        NotFound: the book has no such account.
        NotEnoughReadings: it holds no readings at all.
        UsageError: a date can't be read.
    """
    wanted = Selection(account=account, since=since, until=until, quantities=frozenset({Quantity.USAGE}))
    pairs = accounts_of(book, wanted)
    chosen = frozenset(rules)
    done = []
    for utility, number in pairs:
        tz = utility_zone(book.records, utility)
        start, end = span_of(wanted, tz)
        validated = check_account(
            book.records,
            book.lake,
            account=number,
            utility=utility,
            tz=tz,
            at=datetime.now(UTC),
            since=start if start != FOREVER[0] else None,
            until=end,
            rules=chosen,
            limits=limits,
            keep=keep,
        )
        done.append(AccountFindings(utility=utility, account=number, zone=tz, validated=validated))
    return done


def accounts_of(book: OpenBook, wanted: Selection) -> list[tuple[str, str]]:
    """Utility and number of the accounts that a selection means and that hold usage.

    Raises:
        NotFound: the book has no such account.
        NotEnoughReadings: none holds any.
    """
    chosen = chosen_channels(book.records, book.lake, wanted)
    pairs = sorted({(one.stored.channel.utility, one.stored.channel.account) for one in chosen})
    if not pairs:
        raise NotEnoughReadings(
            "the book holds no usage to look at", hint="Bring some first: meterbook sync, or meterbook import FILE"
        )
    return pairs


def look_over(
    book: OpenBook, accounts: Iterable[str], *, utility: str, since: int | None, at: datetime
) -> tuple[Finding, ...]:
    """Run the rules over what a file brought to some accounts, and keep what they find.

    Args:
        book: which.
        accounts: account numbers.
        utility: catalogue slug.
        since: start of the oldest reading of the file, UTC epoch seconds; None if it brought none.
        at: now.

    Returns:
        What stands of the time since then, also what was known before.
    """
    if since is None:
        return ()
    tz = utility_zone(book.records, utility)
    checked = [
        check_account(book.records, book.lake, account=number, utility=utility, tz=tz, at=at, since=since)
        for number in accounts
    ]
    return tuple(one.finding for account in checked for one in account.found)
