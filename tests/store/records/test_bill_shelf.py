"""Many bills saved at once: found is what a look at every one would find, and a report again writes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from meterbook.model.provenance import SourceKind
from meterbook.model.statement import Statement
from meterbook.store.records import News, Records, bills
from meterbook.store.records.bill_matching import Told, clues_near, clues_of, matched

T0 = datetime(2026, 5, 1, tzinfo=UTC)
FIRST = date(2026, 1, 5)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    with Records.open(tmp_path / "records.sqlite") as opened:
        yield opened


DAYS = st.integers(0, 12).map(lambda day: FIRST + timedelta(days=day))
STATEMENTS = st.builds(
    Statement,
    account=st.just("7"),
    bill_date=DAYS,
    number=st.none() | st.sampled_from("AB"),
    source_id=st.none() | st.sampled_from("XY"),
    period_start=st.none() | DAYS,
    period_end=st.none() | DAYS,
    amount_due=st.none() | st.sampled_from([Decimal("1.00"), Decimal("2.00")]),
    services=st.sampled_from([(), ("electric",), ("water",)]),
)
TOLD = st.builds(
    Told,
    statement=STATEMENTS,
    kind=st.sampled_from([SourceKind.PORTAL, SourceKind.FILE]),
    source=st.sampled_from(["one", "two"]),
    document=st.sampled_from(["", "d1", "d2"]),
)


@settings(max_examples=600, deadline=None)
@given(told=TOLD, held=st.lists(st.lists(TOLD, min_size=1, max_size=3), max_size=5))
def test_no_bill_that_is_the_one_told_of_shares_no_clue_with_it(told: Told, held: list[list[Told]]) -> None:
    near = set(clues_near(told))
    shelf = list(enumerate(held))
    close = [(place, some) for place, some in shelf if near & {clue for one in some for clue in clues_of(one)}]
    assert matched(told, close) == matched(told, shelf)


def report(accounts: int, months: int) -> list[Statement]:
    """A report's rows, month by month, so that those of an account lie far apart."""
    return [
        Statement(
            account=f"{70_000 + account}",
            bill_date=date(2024 + month // 12, month % 12 + 1, 3),
            amount_due=Decimal(100 * account + month).scaleb(-2),
        )
        for month in range(months)
        for account in range(accounts)
    ]


def save(records: Records, rows: list[Statement], at: datetime) -> list[News]:
    saved = records.save_statements(rows, source="report.csv", at=at, utility="ccec", kind=SourceKind.FILE)
    assert [one.statement for one in saved] == rows
    return [one.news for one in saved]


@pytest.mark.parametrize("at_once", [1, 7, 5000])
def test_a_report_in_parts_is_what_it_is_at_once(
    records: Records, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(bills, "AT_ONCE", at_once)
    rows = report(5, 9)
    assert set(save(records, rows, T0)) == {News.NEW}
    assert sorted(records.statements(), key=lambda one: (one.bill_date, one.account)) == rows
    changed = [rows[0], *rows[2:], rows[1]]
    assert set(save(records, changed, T0 + timedelta(days=1))) == {News.SAME}
    assert len(records.stored_statements()) == len(records.statement_versions()) == len(rows)


def test_a_report_that_fails_half_way_leaves_nothing(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bills, "AT_ONCE", 3)
    rows = report(4, 3)
    with pytest.raises(IntegrityError):
        save(records, [*rows, Statement(account="9", bill_date=None)], T0)  # type: ignore[arg-type]
    assert records.statements() == []


def test_the_same_report_again_moves_only_when_it_was_seen(records: Records, tmp_path: Path) -> None:
    rows = report(3, 4)
    save(records, rows, T0)
    save(records, rows, T0)
    later = T0 + timedelta(hours=1)
    save(records, rows, later)
    (bill,) = {(one.first_seen, one.last_seen) for one in records.stored_statements()}
    assert bill == (T0, later)
    with sqlite3.connect(tmp_path / "records.sqlite") as raw:
        assert raw.execute("select count(*) from bill_source").fetchone() == (12,)
    raw.close()
    assert save(records, [*rows[:-1], Statement(**_fields(rows[-1], amount_due=Decimal("9.99")))], later) == (
        [News.SAME] * 11 + [News.CHANGED]
    )


def _fields(one: Statement, **other: object) -> dict[str, object]:
    told = {name: getattr(one, name) for name in ("account", "bill_date", "amount_due")}
    return told | other
