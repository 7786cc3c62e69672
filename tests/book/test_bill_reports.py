"""Billing reports in a book: whose bills they are, what the same file again brings, and profiles."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from meterbook.book import Book
from meterbook.book.bill_reports import import_report, keep_profile, kept_profile
from meterbook.book.importing import Place
from meterbook.formats.bill_reports import SHIPPED
from meterbook.model.errors import UsageError
from meterbook.model.identity import ExternalId, IdScheme
from meterbook.store.records import OwnerKind, owner_key
from tests.report_files import COOP, csv_of

ROW = ("0070-01001", "A", "2025-01-05", "2025-02-04", "800", "99.10")
BAD = ("7001002", "B", "2025-01-05", "2025-02-04", "eight", "99.10")
OTHER = ("7001003", "C", "2025-01-05", "2025-02-04", "8", "9.10")


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.csv"
    path.write_bytes(csv_of(ROW, BAD, OTHER))
    return path


def test_good_rows_are_stored_and_the_others_named_and_the_same_file_again_brings_nothing(
    tmp_path: Path, report: Path
) -> None:
    with Book.open(tmp_path / "book") as book:
        brought = import_report(book, report, COOP, profile="ours")
        assert (brought.new, brought.refused, brought.rows) == (2, 1, 3)
        assert brought.accounts == ("0070-01001", "7001003")
        assert (brought.first, brought.last) == (date(2025, 1, 5), date(2025, 2, 4))
        again = import_report(book, report, COOP)
        assert (again.new, again.changed, again.unchanged) == (0, 0, 2)
        bills = book.bills()
        assert [one.statement.current_charges for one in bills] == [Decimal("99.10"), Decimal("9.10")]
        assert bills[0].sources[0].source == "report.csv"
        assert [one.finding.name for one in book.records.findings()] == ["report.not-a-number"]


def test_an_identifier_tells_the_account_and_its_utility(tmp_path: Path, report: Path) -> None:
    with Book.open(tmp_path / "book") as book:
        book.records.add_external_id(
            OwnerKind.ACCOUNT,
            owner_key("sample", "5551"),
            ExternalId(scheme=IdScheme.PORTFOLIO_MANAGER, value="7001003"),
        )
        brought = import_report(book, report, COOP)
        assert brought.accounts == ("0070-01001", "5551")
        assert {one.statement.account: one.utility for one in book.bills()} == {"0070-01001": "", "5551": "sample"}


def test_a_number_that_two_accounts_bear_is_left_as_it_is_written(tmp_path: Path, report: Path) -> None:
    with Book.open(tmp_path / "book") as book:
        for account in ("5551", "5552"):
            book.records.add_external_id(
                OwnerKind.ACCOUNT, owner_key("sample", account), ExternalId(scheme=IdScheme.OTHER, value="7001003")
            )
        assert import_report(book, report, COOP).accounts == ("0070-01001", "7001003")


def test_an_account_named_for_a_report_of_several_is_refused(tmp_path: Path, report: Path) -> None:
    with Book.open(tmp_path / "book") as book:
        with pytest.raises(UsageError, match="2 accounts"):
            import_report(book, report, COOP, place=Place(account="1"))
        assert book.bills() == []


def test_a_profile_is_kept_and_goes_before_a_shipped_one(tmp_path: Path) -> None:
    with Book.open(tmp_path / "book") as book:
        assert kept_profile(book, "ccec-monthly") is None
        keep_profile(book, "ccec-monthly", COOP)
        assert kept_profile(book, "ccec-monthly") == COOP
        assert kept_profile(book, "portal-billing") == SHIPPED["portal-billing"]
        keep_profile(book, "portal-billing", COOP)
        assert kept_profile(book, "portal-billing") == COOP
