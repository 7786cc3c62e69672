"""Bills of a book written out: months, calendar months, and Portfolio Manager's template read back."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from meterbook.analysis.bills.portfolio import GroupBy
from meterbook.book import Book
from meterbook.book.bill_export import billed, meter_entries, month_table, portfolio, share_table
from meterbook.book.importing import Place, import_file
from meterbook.formats.bill_exports import write_template
from meterbook.formats.bill_reports import read_report, recognized
from meterbook.formats.mapping import Mapping, ValueColumn
from meterbook.model.authorization import Authorization, Relation, Scope
from meterbook.model.bill_kinds import LineKind, ReadType
from meterbook.model.identity import Account, ExternalId, IdScheme, Meter, ServiceLocation
from meterbook.model.statement import LineItem, MeterUsage, Statement
from meterbook.store.records import OwnerKind, owner_key
from tests.report_files import bills_of

START = date(2024, 1, 12)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _bill(account: str, number: int, **more: object) -> Statement:
    start = START + timedelta(days=30 * number)
    end = start + timedelta(days=30)
    told: dict[str, object] = {
        "services": ("electric",), "usage": Decimal("900.5"), "usage_unit": "kWh",
        "current_charges": Decimal("100.01") + number,
    }  # fmt: skip
    return Statement(
        account=account, bill_date=end + timedelta(days=3), number=f"{account}-{number}", period_start=start,
        period_end=end, days=30, **(told | more),  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    meters = (
        MeterUsage(meter="021", service="electric", usage=Decimal("900.5"), unit="kWh", read_type=ReadType.ESTIMATED),
        MeterUsage(meter="021", service="electric", register="demand", usage=Decimal("7.25"), unit="kW"),
    )
    lines = (
        LineItem(kind=LineKind.ENERGY, label="Energy", amount=Decimal("90.01"), service="electric"),
        LineItem(kind=LineKind.DEMAND, label="Demand", amount=Decimal("10.00"), service="electric"),
    )
    with Book.open(tmp_path / "book") as opened:
        bills = [_bill("A", n) for n in range(24)] + [_bill("B", 0, meters=meters, lines=lines)]
        bills.append(_bill("C", 0, services=("water",), usage=Decimal(3500), usage_unit="gal"))
        bills.append(_bill("D", 0, services=("internet",), usage=None, usage_unit=None))
        opened.records.save_statements(bills, source="x", at=datetime(2026, 1, 1, tzinfo=UTC), utility="sample")
        yield opened


def test_calendar_months_of_a_run_of_bills_sum_to_the_bills(book: Book) -> None:
    stored = book.bills(accounts=["A"])
    table = share_table(book, stored)
    place = {column.name: index for index, column in enumerate(table.columns)}
    assert sum(row[place["cost"]] for row in table.rows) == sum(one.statement.current_charges or 0 for one in stored)
    assert sum(row[place["usage"]] for row in table.rows) == Decimal("900.5") * 24
    assert {row[place["method"]] for row in table.rows} == {"days", "whole"}
    assert {row[place["bill_usage"]] for row in table.rows} == {Decimal("900.5")}
    calendar = portfolio(book, stored, GroupBy.ACCOUNT, today=date(2024, 1, 1), calendar=True)
    assert sum(cell.cost or 0 for cell in calendar.cells) == sum(one.statement.current_charges or 0 for one in stored)
    assert sum(cell.days or 0 for cell in calendar.cells) == 720


def test_months_name_what_is_late(book: Book) -> None:
    table = month_table(portfolio(book, book.bills(accounts=["A"]), GroupBy.ACCOUNT, today=date(2027, 1, 1)).cells)
    assert len(table.rows) == 25
    assert table.rows[-1][-1] == "late"


def test_portfolio_managers_template_is_read_back_as_the_same_bills(book: Book) -> None:
    book.records.add_external_id(
        OwnerKind.ACCOUNT, owner_key("sample", "B"), ExternalId(scheme=IdScheme.PORTFOLIO_MANAGER, value="139067318")
    )
    entries, left_out = meter_entries(book, book.bills())
    assert [one.account for one in left_out] == ["D"]
    sink = io.BytesIO()
    write_template(entries, sink)
    found = recognized(sink.getvalue(), "pm.xlsx")
    assert found is not None
    assert found[0] == "portfolio-manager-bills"
    report = read_report(sink.getvalue(), found[1], "pm.xlsx")
    assert report.findings == ()
    bills = {(bill.account, bill.period_start): bill for bill in bills_of(report)}
    assert len(bills) == 26
    for one in book.bills(accounts=["A"]):
        back = bills["A", one.statement.period_start]
        assert (back.usage, back.usage_unit, back.days) == (Decimal("900.5"), "kWh", 30)
        assert back.current_charges == one.statement.current_charges
    business = bills["139067318", START]
    assert [(line.kind, line.amount) for line in business.lines] == [
        (LineKind.OTHER, Decimal("90.01")),
        (LineKind.DEMAND, Decimal("10.00")),
    ]
    assert [(one.meter, one.usage, one.unit, one.read_type) for one in business.meters] == [
        ("021", Decimal("900.5"), "kWh", ReadType.ESTIMATED),
        ("021", Decimal("7.25"), "kW", None),
    ]
    assert (bills["C", START].services, bills["C", START].usage_unit) == (("water",), "gal")


def _with_quarter_hours(book: Book, folder: Path, *, without: str = "") -> None:
    """Readings of account A, from 12 January to 11 February 2024: all of the use is in February."""
    zone = ZoneInfo("America/New_York")
    at, lines = datetime(2024, 1, 12, tzinfo=zone).astimezone(UTC), ["start,kwh"]
    while (local := at.astimezone(zone)).date() < date(2024, 2, 11):
        if f"{local:%Y-%m-%d}" != without:
            lines.append(f"{at:%Y-%m-%dT%H:%M:%SZ},{0.25 if local.month == 2 else 0}")
        at += timedelta(minutes=15)
    path = folder / "readings.csv"
    path.write_text("\n".join(lines))
    mapping = Mapping(time="start", values=(ValueColumn(name="kwh", unit="kWh"),), interval_s=900)
    import_file(book, path, mapping, place=Place(utility="sample", account="A", zone="America/New_York"))


def test_calendar_months_go_by_intervals_where_all_are_held_and_by_days_elsewhere(book: Book, tmp_path: Path) -> None:
    _with_quarter_hours(book, tmp_path)
    table = share_table(book, book.bills(accounts=["A"]))
    place = {column.name: index for index, column in enumerate(table.columns)}
    told = [tuple(row[place[name]] for name in ("month", "usage", "cost", "method")) for row in table.rows[:4]]
    assert told == [
        (date(2024, 1, 1), Decimal("0.00"), Decimal("0.00"), "intervals"),
        (date(2024, 2, 1), Decimal("900.50"), Decimal("100.01"), "intervals"),
        (date(2024, 2, 1), Decimal("570.32"), Decimal("63.97"), "days"),
        (date(2024, 3, 1), Decimal("330.18"), Decimal("37.04"), "days"),
    ]


def test_a_day_without_readings_makes_its_bill_go_by_days(book: Book, tmp_path: Path) -> None:
    _with_quarter_hours(book, tmp_path, without="2024-02-03")
    table = share_table(book, book.bills(accounts=["A"]))
    assert {row[8] for row in table.rows} == {"days", "whole"}


def test_a_location_is_that_of_the_meters_or_the_accounts_only_one(book: Book) -> None:
    grant = book.records.add_authorization(
        Authorization(
            id=0, grantor="m", grantee="m", relation=Relation.SELF, purpose="", scopes=frozenset(Scope), starts=NOW
        )
    )
    connection = book.records.add_connection(
        utility="sample", name="s", host="h", zone="UTC", user="m", authorization_id=grant.id, created_at=NOW
    )
    two = (ServiceLocation(number="L1", meters=(Meter(number="021"),)), ServiceLocation(number="L2"))
    accounts = [Account(number="A", locations=(ServiceLocation(number="L9"),)), Account(number="B", locations=two)]
    book.records.save_accounts(connection.id, accounts, NOW)
    stored = book.bills(accounts=["A", "B", "C"])
    found = {part.account: part.location for part in billed(book, stored)}
    assert found == {"A": "L9", "B": "L1", "C": ""}
    cells = portfolio(book, stored, GroupBy.LOCATION, today=date(2026, 1, 1)).cells
    assert {cell.key for cell in cells} == {"L9", "L1", ""}
    book.records.save_accounts(connection.id, [replace(accounts[0], locations=two)], NOW)
    assert {part.location for part in billed(book, book.bills(accounts=["A"]))} == {""}
