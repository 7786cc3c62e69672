"""``meterbook rates fit``: from files of bills and from a book, what is printed, written, left out and refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from tariffs.fit.secret import SECRET, bill

from meterbook.book import Book
from meterbook.book.schedules import schedule
from meterbook.consent.authorizations import Authorizations
from meterbook.model.authorization import Relation, Scope
from meterbook.model.identity import Account, ServiceLocation
from meterbook.model.statement import LineItem, Statement
from meterbook.model.tariff import Energy, Figure
from meterbook.store.records import UtilityRecord
from meterbook.tariffs.fit.determinants import BilledOnce

Run = Callable[..., Any]
NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
YEAR = [date(2025, month, 1) for month in range(1, 13)]


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("METERBOOK_BOOK", str(tmp_path / "book"))
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path / "book"


def made(scale: str = "1", months: list[date] | None = None) -> list[BilledOnce]:
    return [
        bill(at, month, str(Decimal(900 + 137 * (at * 5 % 12)) * Decimal(scale)))
        for at, month in enumerate(months or YEAR)
    ]


def statement(one: BilledOnce, account: str) -> Statement:
    return Statement(
        account=account,
        bill_date=one.billed,
        period_start=one.first,
        period_end=one.last,
        usage=one.kwh,
        usage_unit="kWh",
        rate="SGS",
        current_charges=one.total,
        services=("electric",),
        lines=tuple(
            LineItem(kind=line.kind, label=line.label, amount=line.amount, quantity=line.quantity, unit=line.unit)
            for line in one.lines
        ),
    )


def file_of(path: Path, bills: list[BilledOnce]) -> Path:
    rows = [
        {
            "period_start": one.first.isoformat(),
            "period_end": one.last.isoformat(),
            "bill_date": one.billed.isoformat(),
            "account": "first",
            "usage": str(one.kwh),
            "usage_unit": "kWh",
            "lines": [
                {"kind": line.kind.value, "label": line.label, "amount": str(line.amount), "unit": line.unit}
                | ({"quantity": str(line.quantity)} if line.quantity is not None else {})
                for line in one.lines
            ],
        }
        for one in bills
    ]
    path.write_text(json.dumps({"bills": rows}))
    return path


def keep(book: Path, accounts: dict[str, str], granted: tuple[str, ...] = (), scope: Scope = Scope.BILLS) -> None:
    with Book.open(book) as opened:
        record = UtilityRecord(
            slug="ccec", name="CCEC", host="", zone="America/New_York", state="NC", how="given", at=NOW
        )
        opened.records.save_utility(record)
        for account, scale in accounts.items():
            some = [statement(one, account) for one in made(scale)]
            opened.records.save_statements(some, source="paper.example", at=NOW, utility="ccec")
        for account in granted:
            Authorizations(opened.records).grant(
                grantor=f"member {account}", grantee="me", relation=Relation.CONSULTANT, purpose="rates",
                scopes={scope}, accounts=(account,), starts=datetime(2020, 1, 1, tzinfo=UTC),
            )  # fmt: skip


def test_a_shell_is_filled_out_of_a_file_of_bills(run: Run, book: Path, tmp_path: Path) -> None:
    path = file_of(tmp_path / "bills.json", made())
    shown = run("rates", "fit", "ccec/SGS", "--bills", str(path), "--write")
    assert (shown.code, shown.err) == (0, "")
    rows = [line.split() for line in shown.out.splitlines()]
    assert ["Facilities", "Charge", "32.33", "a", "month", "12", "bills"] in rows
    assert ["Energy,", "summer", "0.09980", "a", "kWh", "5", "bills"] in rows
    assert max(cell_len(line) for line in shown.out.splitlines() if "Written" not in line and "Next" not in line) <= 80
    found = schedule("ccec/SGS", book=book)
    energy = found.versions[-1].charges[1]
    assert isinstance(energy, Energy)
    rate = energy.rates[0].rate
    assert isinstance(rate, Figure)
    assert (rate.value, rate.status) == (Decimal("0.09980"), "fitted")
    again = run("rates", "fit", "ccec/SGS", "--bills", str(path))
    assert again.code == 0
    assert "Every number is known already, and they give all bills to the cent." in again.out


def test_too_few_bills_show_a_range_and_the_bill_that_decides(run: Run, book: Path, tmp_path: Path) -> None:
    path = file_of(tmp_path / "few.json", [bill(0, YEAR[6], "212.4")])
    shown = run("rates", "fit", "ccec/SGS", "--bills", str(path), "--write")
    assert "0.09979 to 0.09983 a kWh" in shown.out
    assert "A bill for 1,000 kWh would decide it." in shown.out
    energy = schedule("ccec/SGS", book=book).versions[-1].charges[1]
    assert isinstance(energy, Energy)
    assert energy.rates[0].rate == Figure(value=None)


def test_a_wrong_bill_is_named_and_exits_with_1(run: Run, book: Path, tmp_path: Path) -> None:
    some = made()
    some[3] = bill(3, YEAR[3], str(some[3].kwh), off="0.01")
    shown = run("rates", "fit", "ccec/SGS", "--bills", str(file_of(tmp_path / "bad.json", some)))
    assert shown.code == 1
    text = " ".join(shown.out.split())
    assert "No value of Energy, winter gives all bills" in text
    assert "the bill of 2025-04 (2025-04-30, 1,311 kWh) spoils it" in text


def test_one_account_of_a_book_needs_no_grant_of_its_own(run: Run, book: Path) -> None:
    keep(book, {"7001": "1"})
    shown = run("rates", "fit", "ccec/SGS", "--json")
    assert shown.code == 0
    numbers = {(one["name"], one.get("month")): one for one in json.loads(shown.out)["numbers"]}
    assert numbers["Facilities Charge", None]["low"] == numbers["Facilities Charge", None]["high"] == "32.33"
    assert numbers["Energy, winter", None]["accounts"] == 1


def test_bills_that_name_no_schedule_count_where_their_account_is_named(run: Run, book: Path) -> None:
    keep(book, {"7001": "1"})
    with Book.open(book) as opened:
        bare = [replace(statement(one, "7009"), rate=None) for one in made("1.1")]
        opened.records.save_statements(bare, source="paper.example", at=NOW, utility="ccec")
    shown = json.loads(run("rates", "fit", "ccec/SGS", "--json").out)
    assert (shown["bills"], shown["accounts"]) == (12, 1)
    named = json.loads(run("rates", "fit", "ccec/SGS", "--account", "7009", "--json").out)
    assert (named["bills"], named["accounts"]) == (12, 1)


def test_bills_without_a_rate_are_under_the_one_that_the_portal_names_for_their_place(run: Run, book: Path) -> None:
    keep(book, {})
    with Book.open(book) as opened:
        bare = [replace(statement(one, "7009"), rate=None) for one in made()]
        opened.records.save_statements(bare, source="portal.example", at=NOW, utility="ccec")
        grant = Authorizations(opened.records).grant(
            grantor="member", grantee="me", relation=Relation.SELF, purpose="mine", scopes={Scope.BILLS}, starts=NOW
        )
        made_ = opened.records.add_connection(
            utility="ccec", name="ccec", host="portal.example", zone="America/New_York", user="member",
            authorization_id=grant.id, created_at=NOW,
        )  # fmt: skip
        place = ServiceLocation(number="1", rate_schedules=("SGS",))
        opened.records.save_accounts(made_.id, [Account(number="7009", locations=(place,))], NOW)
    found = json.loads(run("rates", "fit", "ccec/SGS", "--json").out)
    assert (found["bills"], found["accounts"]) == (12, 1)


def test_of_several_accounts_only_those_that_allow_it_count(run: Run, book: Path) -> None:
    keep(book, {"7001": "1", "7002": "0.7", "7003": "1.4"}, granted=("7001", "7003"))
    shown = run("rates", "fit", "ccec/SGS", "--json")
    found = json.loads(shown.out)
    assert found["accounts"] == 2
    assert [note for note in found["notes"] if "7002" in note] == [
        "account 7002 is left out: no authorization covers account 7002"
    ]


def test_accounts_whose_grant_leaves_bills_out_are_refused(run: Run, book: Path) -> None:
    keep(book, {"7001": "1", "7002": "0.7"}, granted=("7001", "7002"), scope=Scope.USAGE)
    shown = run("rates", "fit", "ccec/SGS", "--account", "7001", "--account", "7002")
    assert shown.code != 0
    assert "does not cover bills" in shown.err


def test_what_is_written_names_nobody(run: Run, book: Path) -> None:
    keep(book, {"7001": "1", "7003": "1.4"}, granted=("7001", "7003"))
    run("rates", "fit", "ccec/SGS", "--write")
    text = (book / "tariffs" / "ccec" / "SGS.yaml").read_text()
    assert "24 bills of 2 accounts" in text
    assert not [word for word in ("7001", "7003", "member", "paper.example") if word in text]


def test_first_and_final_bills_are_left_out_and_said_so(run: Run, book: Path, tmp_path: Path) -> None:
    path = file_of(tmp_path / "bills.json", made())
    raw = json.loads(path.read_text())
    raw["bills"][0]["bill_type"] = "final"
    path.write_text(json.dumps(raw))
    shown = run("rates", "fit", "ccec/SGS", "--bills", str(path))
    assert "11 bills of 1 account" in shown.out
    assert "The final bill of 2025-01-31 is left out" in shown.out


def test_a_bill_of_two_service_points_is_left_out_and_said_so(run: Run, book: Path) -> None:
    keep(book, {"7001": "1"})
    with Book.open(book) as opened:
        one = statement(made()[-1], "7001")
        halves = [replace(line, section=f"Location {name}") for name in "AB" for line in one.lines]
        opened.records.save_statements(
            [replace(one, lines=tuple(halves))], source="paper.example", at=NOW, utility="ccec"
        )
    shown = run("rates", "fit", "ccec/SGS", "--account", "7001")
    assert "11 bills of 1 account" in shown.out
    assert "1 bill of several service points, left out" in shown.out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not one of bills"),
        ('[{"period_start": "July"}]', "period_start"),
        ('[{"period_start": "2025-07-01", "lines": [{"kind": "energie", "amount": "1"}]}]', "energie"),
        ('[{"period_start": "2025-07-01"}]', "no bills under"),
        ("[]", "no bills under"),
    ],
)
def test_files_that_are_no_bills_are_named(run: Run, book: Path, tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(content)
    shown = run("rates", "fit", "ccec/SGS", "--bills", str(path))
    assert shown.code not in (0, 1)
    assert words in shown.err


def test_a_step_that_is_none_is_refused(run: Run, book: Path) -> None:
    for step in ("kWh", "kWh=0", "mile=1", "kWh=nan"):
        shown = run("rates", "fit", "ccec/SGS", "--step", step)
        assert shown.code == 2
        assert "is no step of prices" in shown.err


def test_published_numbers_that_bills_contradict_are_told_and_looked_for_with_all(
    run: Run, book: Path, tmp_path: Path
) -> None:
    some = [replace(one, billed=one.billed) for one in made(months=YEAR)]
    path = file_of(tmp_path / "bills.json", some)
    shown = run("rates", "fit", "ccec/R", "--bills", str(path))
    assert shown.code == 0
    dear = [bill(at, month, str(900 + 61 * at), prices={**SECRET, "summer": "0.12"}) for at, month in enumerate(YEAR)]
    path = file_of(tmp_path / "dear.json", dear)
    shown = run("rates", "fit", "ccec/R", "--bills", str(path))
    assert shown.code == 1
    assert "where the schedule gives" in " ".join(shown.out.split())
    every = run("rates", "fit", "ccec/R", "--bills", str(path), "--all")
    assert every.code == 0
    assert "0.12000 a kWh" in every.out
