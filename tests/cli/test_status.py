"""``meterbook status`` on bills: how many, which are missing or late, and how to ask for what the portal lacks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from meterbook.book import Book
from meterbook.book.bill_status import bills_status
from meterbook.cli.sync import print_report
from meterbook.model.authorization import Authorization, Relation, Scope
from meterbook.model.identity import Account
from meterbook.model.provenance import SourceKind
from meterbook.model.statement import BillType, PrepaidDay, Statement
from meterbook.store.records import Stream, StreamState
from meterbook.sync.report import AccountReport, ConnectionReport, SyncReport

Run = Callable[..., Any]
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ACCOUNT = "41770301"


def bill(month: date, account: str = ACCOUNT, **told: Any) -> Statement:
    """A bill of one calendar month, issued on the 3rd of the next."""
    end = (month + timedelta(days=32)).replace(day=1)
    return Statement(
        account=account,
        bill_date=end.replace(day=3),
        period_start=month,
        period_end=end,
        days=(end - month).days,
        source_id=f"U:{account}-{month:%Y%m}",
        amount_due=Decimal("100.00"),
        usage=Decimal(900),
        usage_unit="kWh",
        services=("electric",),
        **told,
    )


def months(first: date, count: int) -> list[date]:
    index = first.year * 12 + first.month - 1
    return [date((index + one) // 12, (index + one) % 12 + 1, 1) for one in range(count)]


def connect(opened: Book, utility: str, numbers: Iterable[str], *, since: datetime | None, prepaid: str = "") -> None:
    """A log-in whose portal tells since when each account has service."""
    grant = opened.records.add_authorization(
        Authorization(
            id=0, grantor="me@example.com", grantee="me", relation=Relation.SELF, purpose="my own use",
            scopes=frozenset(Scope), starts=NOW,
        )
    )  # fmt: skip
    connection = opened.records.add_connection(
        utility=utility, name=utility, host=f"{utility}.example", zone="America/New_York", user="me@example.com",
        authorization_id=grant.id, created_at=NOW,
    )  # fmt: skip
    accounts = [Account(number=number, prepaid=number == prepaid) for number in numbers]
    opened.records.save_accounts(connection.id, accounts, NOW)
    for number in numbers:
        stream = Stream(
            connection_id=connection.id, account=number, service_location="1", industry="ELECTRIC", frame="MONTHLY"
        )
        connected = int(since.timestamp()) if since is not None else None
        opened.records.save_stream_state(StreamState(stream=stream, connected=connected))


def keep(opened: Book, bills: list[Statement], utility: str = "ccec", kind: SourceKind = SourceKind.PORTAL) -> None:
    opened.records.save_statements(bills, source=f"{utility}.example", at=NOW, utility=utility, kind=kind)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("METERBOOK_BOOK", str(tmp_path / "book"))
    return tmp_path / "book"


def test_bills_are_counted_and_what_is_missing_or_late_is_named(run: Run, folder: Path) -> None:
    thirteen = months(date(2025, 7, 1), 13)
    with Book.open(folder) as opened:
        keep(opened, [bill(month) for month in thirteen if month not in (date(2025, 11, 1), date(2025, 12, 1))])
        (held,) = bills_status(opened, today=date(2026, 9, 17)).accounts
        assert (held.count, held.first, held.newest) == (11, date(2025, 7, 1), date(2026, 8, 3))
        assert held.missing == (date(2025, 11, 1), date(2025, 12, 1))
        assert held.late == ()  # 45 days after the last one it is not late yet
        (held,) = bills_status(opened, today=date(2026, 9, 18)).accounts
        assert held.late == (date(2026, 8, 1),)
    shown = run("status").out
    assert f"  {ACCOUNT:<16}    11  2025-07-01  2026-08-03  missing Nov 2025, Dec 2025; late Aug 2026\n" in shown
    told = json.loads(run("status", "--json").out)["bills"]["accounts"]
    assert told == [
        {
            "utility": "ccec", "account": ACCOUNT, "count": 11, "first": "2025-07-01", "newest": "2026-08-03",
            "missing": ["2025-11", "2025-12"], "late": ["2026-08"], "portal_first": "2025-07-01",
            "service_since": None, "lacks_older": False,
        }
    ]  # fmt: skip


def test_a_final_bill_is_followed_by_no_late_one(folder: Path) -> None:
    bills = [bill(month) for month in months(date(2026, 1, 1), 4)]
    with Book.open(folder) as opened:
        keep(opened, [*bills, bill(date(2026, 5, 1), bill_type=BillType.FINAL)])
        (held,) = bills_status(opened, today=date(2026, 11, 1)).accounts
    assert (held.count, held.missing, held.late) == (5, (), ())


def test_a_floor_later_than_the_start_of_service_is_told_with_the_utilitys_way_to_more(run: Run, folder: Path) -> None:
    with Book.open(folder) as opened:
        connect(opened, "ccec", [ACCOUNT, "52"], since=datetime(2019, 5, 14, 4, tzinfo=UTC), prepaid="52")
        keep(opened, [bill(month) for month in months(date(2025, 10, 1), 13)])
    shown = run("status").out
    assert f"service at {ACCOUNT} began on 14 May 2019; the portal's bills go" in shown
    assert "go\n  back to 1 Oct 2025." in shown
    assert "CCEC's guide: PowerPay24 shows 13 months" in shown
    assert "Ask: Customer service, +1-252-247-3107" in shown
    assert "meterbook guide ccec" in shown
    assert "No bills of 52 (prepaid)." in shown
    assert max(map(len, shown.splitlines())) <= 80
    (held,) = json.loads(run("status", "--json").out)["bills"]["accounts"]
    assert (held["service_since"], held["lacks_older"]) == ("2019-05-14", True)


def test_nothing_is_said_of_older_bills_where_paper_reaches_back_to_the_start(run: Run, folder: Path) -> None:
    with Book.open(folder) as opened:
        connect(opened, "ccec", [ACCOUNT], since=datetime(2025, 3, 20, 4, tzinfo=UTC))
        keep(opened, [bill(month) for month in months(date(2025, 10, 1), 6)])
        assert bills_status(opened, today=date(2026, 4, 1)).accounts[0].lacks_older
        keep(opened, [bill(month) for month in months(date(2025, 4, 1), 6)], kind=SourceKind.FILE)
        (held,) = bills_status(opened, today=date(2026, 4, 1)).accounts
        assert (held.first, held.portal_first, held.lacks_older) == (date(2025, 4, 1), date(2025, 10, 1), False)
    assert "Older bills" not in run("status").out


def test_a_utility_whose_guide_says_nothing_gets_the_general_advice(run: Run, folder: Path) -> None:
    with Book.open(folder) as opened:
        connect(opened, "cvec", ["1", "2"], since=datetime(2020, 1, 2, 12, tzinfo=UTC))
        keep(opened, [bill(month, number) for number in ("1", "2") for month in months(date(2026, 1, 1), 4)], "cvec")
    shown = run("status").out
    assert "service at 2 accounts began before their oldest bills" in shown
    assert "Ask customer service whether it has older ones" in shown


def test_of_many_accounts_those_are_listed_that_lack_bills(run: Run, folder: Path) -> None:
    numbers = [f"{7_000_000 + one}" for one in range(30)]
    this_month = datetime.now(UTC).date().replace(day=1)
    recent = months(date(this_month.year - 1, this_month.month, 1), 12)
    gone = recent[5]
    with Book.open(folder) as opened:
        keep(
            opened,
            [bill(month, number) for number in numbers for month in recent if (number, month) != (numbers[3], gone)],
        )
    lines = run("status").out.splitlines()
    listed = [line.split()[0] for line in lines if line.startswith("  7000")]
    assert listed == [numbers[3]]
    assert any(line.startswith("  30 accounts") and "359" in line and "1 missing, 0 late" in line for line in lines)
    assert sum(line.startswith("  7000") for line in run("status", "--all").out.splitlines()) == 30


def test_a_book_of_readings_alone_says_nothing_of_bills(run: Run, book: Path) -> None:
    with Book.open(book) as opened:
        for account in {one.statement.account for one in opened.records.stored_statements()}:
            opened.records.delete_account_data("practice", account)
    assert "missing or late" not in run("--book", book, "status").out


def test_a_sync_says_how_many_bills_came_each_once(capsys: pytest.CaptureFixture[str]) -> None:
    account = AccountReport(account="1", label="", zone="UTC", bills=13, documents=12)
    again = AccountReport(account="1", label="", zone="UTC", bills=1, documents=1)
    log_ins = [
        ConnectionReport(connection_id=number, utility="ccec", portal="h", accounts=(one,))
        for number, one in enumerate((account, again))
    ]
    print_report(SyncReport(connections=tuple(log_ins), duration_s=1.0))
    assert "  14 new bills, 13 new documents: meterbook " in capsys.readouterr().out
    print_report(SyncReport(connections=(replace(log_ins[0], accounts=()),), duration_s=1.0))
    assert "new bill" not in capsys.readouterr().out


def test_an_account_that_is_paid_ahead_by_its_ledger_is_said_to_be(folder: Path) -> None:
    with Book.open(folder) as opened:
        connect(opened, "ccec", ["1", "2"], since=None)
        opened.records.save_prepaid_days("2", [PrepaidDay(day=date(2026, 5, 1))], at=NOW, utility="ccec")
        assert bills_status(opened).without == ((("ccec", "1"), False), (("ccec", "2"), True))
