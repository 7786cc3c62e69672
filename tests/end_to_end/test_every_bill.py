"""Every bill of every member through the portal: each line as the biller knew it, and the energy as the meter did.

The full count is 50 members × 36 months. A statement whose PDF was not read keeps what the portal's list says of it,
and is no accepted one; what is accepted must be right in every value that stands on the paper.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from full_counts import Count

from meterbook.analysis.bills.checks.agreement import Standing
from meterbook.book import Book
from meterbook.book.checking import check
from meterbook.book.connecting import Wanted, Ways
from meterbook.model.statement import Statement
from meterbook.practice.billing.truth import Sample, samples, truth
from meterbook.practice.roster import roster
from meterbook.practice.server import running
from meterbook.practice.settings import Settings
from meterbook.store.records import DocumentState

SETTINGS = Settings(members=50, today=date(2026, 11, 25), bill_history=36, pending=0)
NOT_KEPT = {"customer", "member", "bill_number", "lines", "meters", "group", "cancelled", "adjustments"}
"""What the model has another place for, and what the portal tells otherwise once a bill was taken back."""
KNOWN = (Standing.AGREES, Standing.ASSUMED)


@dataclass(slots=True)
class Tally:
    """What came of the members so far."""

    bills: int = 0
    accepted: int = 0
    standings: Counter[str] = field(default_factory=Counter)


def plain(value: object) -> Any:
    """A value as truths write it."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return value if isinstance(value, int) else str(value)


def wrong(held: Statement, known: dict[str, Any]) -> list[str]:
    """What a statement says otherwise than the biller."""
    found = [
        f"{name}: {plain(getattr(held, name))}, not {value}"
        for name, value in known.items()
        if name not in NOT_KEPT and plain(getattr(held, name)) != value
    ]
    for name, rows in (("lines", held.lines), ("meters", held.meters)):
        told = [
            {key: plain(getattr(row, key)) for key in truths} for row, truths in zip(rows, known[name], strict=False)
        ]
        if len(rows) != len(known[name]) or told != known[name]:
            found.append(f"{name}: {told}, not {known[name]}")
    return found


def brought(folder: Path, member: dict[str, Any]) -> Book:
    """A book with all that the portal holds of a member."""
    book = Book.open(folder)
    with running(SETTINGS) as practice:
        wanted = Wanted(utility="practice", user=member["email"], host=practice.listening.url, zone=SETTINGS.zone)
        book.connect(wanted, ways=Ways(password=lambda: member["password"], totp_secret=member["totp_secret"]))
        report = book.sync(include_closed=True)
    assert report.complete, report
    return book


def hold(book: Book, sample: Sample, tally: Tally) -> None:
    """Hold what the book has of a bill against what the biller knew."""
    known = truth(sample.bill)
    (held,) = [one for one in book.bills() if one.statement.number == known["bill_number"]]
    tally.bills += 1
    if any(source.document is not None for source in held.sources):
        tally.accepted += 1
        assert wrong(held.statement, known) == [], sample.name
        assert held.statement.cancelled == known.get("cancelled", False), sample.name


def test_every_line_is_as_billed_and_every_period_as_metered(tmp_path: Path, count: Count) -> None:
    members = roster(SETTINGS, everyone=True)[: SETTINGS.members]
    tally = Tally()
    for trial in count("members whose bills were synced", quick=1, full=len(members)):
        member = members[trial.number]
        accounts = [account["account"] for account in member["accounts"]]
        with brought(tmp_path / str(trial.number), member) as book:
            for account in accounts:
                for sample in samples(SETTINGS, months=SETTINGS.bill_history, account=account):
                    hold(book, sample, tally)
            assert all(one.state is DocumentState.READ for one in book.records.documents())
            if not book.bills():
                continue
            for one in check(book):
                assert [found.finding.message for found in one.alarms] == [], one.account
                for held in one.agreements:
                    early = held.readings is not None and held.start < held.readings[0]
                    tally.standings["before the readings" if early else held.standing.value] += 1
                    assert held.standing is not Standing.DIFFERS, held
                    if held.standing in KNOWN:
                        assert abs(held.difference or Decimal(0)) <= Decimal("0.001"), held
                    elif held.standing is Standing.CANT_TELL:
                        assert held.missing or held.guessed, held
    assert tally.accepted >= tally.bills * 0.99
    print(tally)
