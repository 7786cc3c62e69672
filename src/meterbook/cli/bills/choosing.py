"""The account and the bill that a command is about, as it names them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meterbook.book import Book
    from meterbook.book.bill_months import AccountBills
    from meterbook.store.records import StoredStatement

DIGEST_LETTERS = 6
NAMED = 8


def chosen_accounts(book: Book, account: str | None) -> list[AccountBills]:
    """The accounts with bills: the one that is named, or all.

    Raises:
        NotFound: no such account, or no bills of it.
    """
    from meterbook.book.bill_months import account_bills
    from meterbook.model.errors import NotFound

    found = account_bills(book, book.bills(accounts=[account] if account is not None else []))
    if not found:
        whose = f"account {account}" if account is not None else "any account"
        raise NotFound(
            f"the book has no bills of {whose}",
            hint="Bring them with: meterbook sync, or from paper with: meterbook import BILL.pdf",
        )
    return found


def one_account(found: Sequence[AccountBills]) -> AccountBills:
    """The only account.

    Raises:
        UsageError: there are several.
    """
    from meterbook.model.errors import UsageError

    if len(found) > 1:
        names = ", ".join(one.account for one in found[:NAMED]) + (" …" if len(found) > NAMED else "")
        raise UsageError(
            f"the book has bills of {len(found)} accounts",
            expected="--account with one of them",
            hint=f"They are {names}.",
        )
    return found[0]


def chosen_bill(found: Sequence[AccountBills], name: str) -> tuple[AccountBills, StoredStatement]:
    """The bill that a word means.

    Args:
        found: accounts with their bills.
        name: ``latest``; the month it is for, ``2026-01``; its date; its number; the portal's identifier; or the
            beginning of its PDF's hash.

    Raises:
        NotFound: it means none.
        UsageError: it means bills of several accounts, or several of one.
    """
    from meterbook.model.errors import NotFound, UsageError

    word = name.strip()
    met = [(owner, one) for owner in found for one in _meant(owner, word)]
    if not met:
        raise NotFound(
            f"no bill is meant by {name!r}",
            expected="latest, a month such as 2026-01, a bill date, a number, or the start of a PDF's hash",
            hint=_held(found),
        )
    owners = {(owner.utility, owner.account) for owner, _ in met}
    if len(owners) > 1:
        one_account([owner for owner in found if (owner.utility, owner.account) in owners])
    if len(met) > 1:
        raise UsageError(
            f"{len(met)} bills are meant by {name!r}",
            expected="one of them",
            hint=f"Name it by date or number: {', '.join(_name(one) for _, one in met[:NAMED])}.",
        )
    return met[0]


def _meant(owner: AccountBills, word: str) -> list[StoredStatement]:
    from meterbook.analysis.bills.standing import months_of, standing

    by_statement = {id(one.statement): one for one in owner.stored}
    counted = standing(owner.statements)
    if word.casefold() == "latest":
        newest = max(counted or owner.statements, key=lambda one: one.bill_date)
        return [by_statement[id(newest)]]
    day = _day(word)
    if day is not None and len(word) == len("2026-01"):
        months = months_of(counted)
        return [by_statement[id(one)] for one, month in zip(counted, months, strict=True) if month == day]
    if day is not None:
        dated = [one for one in owner.stored if one.statement.bill_date == day]
        left = [one for one in dated if any(one.statement is other for other in counted)]
        return left or dated
    named = [one for one in owner.stored if word in (one.statement.number, one.statement.source_id)]
    if named or len(word) < DIGEST_LETTERS:
        return named
    return [one for one in owner.stored if (one.statement.document or "").startswith(word.casefold())]


def _day(word: str) -> date | None:
    try:
        return date.fromisoformat(f"{word}-01" if len(word) == len("2026-01") else word)
    except ValueError:
        return None


def _name(one: StoredStatement) -> str:
    told = one.statement
    return told.number or told.source_id or told.bill_date.isoformat()


def _held(found: Sequence[AccountBills]) -> str:
    """What there is, for whoever named something else."""
    from meterbook.analysis.bills.standing import months_of, standing

    months = sorted({month for owner in found for month in months_of(standing(owner.statements))})
    if not months:
        return "See what there is with: meterbook bills list"
    return f"There are bills for {months[0]:%Y-%m} to {months[-1]:%Y-%m}: meterbook bills list"
