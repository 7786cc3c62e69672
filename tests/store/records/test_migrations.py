"""A book that an earlier version wrote is brought up to date with nothing lost."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from meterbook.model.statement import LineItem, LineKind
from meterbook.store.records import Records
from meterbook.store.records.database import open_engine
from meterbook.store.records.migrate import MIGRATIONS
from meterbook.store.records.schema import REVISIONS

T0 = 1_767_225_600_000_000  # 1 January 2026, microseconds
DAY = 86_400_000_000
NOTHING = {
    "issued": None, "bill_type": None, "cancelled": False, "period_start": None, "rate": None, "meters": [],
    "read_start": None, "read_end": None, "services": [], "lines": [], "document": None,
}  # fmt: skip


def to(path: Path, revision: str, *, down: bool = False) -> None:
    """Bring a file to a revision."""
    engine = open_engine(path)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect().execution_options(meterbook_write=True) as sql, sql.begin():
        config.attributes["connection"] = sql
        (command.downgrade if down else command.upgrade)(config, revision)
    engine.dispose()


def body(**told: object) -> str:
    """A statement as revision 0001 wrote it, every field in its place."""
    return json.dumps({"account": "0070-01", "bill_date": "2026-01-05", **NOTHING, **told})


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A book of revision 0001 with two bills, one of them in two versions."""
    path = tmp_path / "records.sqlite"
    to(path, "0001")
    line = {"kind": "energy", "label": "Energy", "amount": "125.30", "quantity": None, "rate": "0.09010"}
    rows = [
        ("ccec", "0070-01", "U:1", T0, "a" * 64, body(source_id="U:1", amount_due="170.98", lines=[line]), "h", T0, T0),
        ("ccec", "0070-01", "U:1", T0, "b" * 64, body(source_id="U:1", amount_due="160.00"), "h", T0, T0 + 2 * DAY),
        ("ccec", "0070-01", "2025-12-04", T0, "c" * 64, body(bill_date="2025-12-04"), "h", T0, T0 + DAY),
    ]
    raw = sqlite3.connect(path, isolation_level=None)
    raw.executemany(
        "INSERT INTO statement (utility, account, bill, issued, digest, body, source, first_seen, last_seen) "
        "VALUES (?,?,?,?,?,?,?,?,?)",
        rows,
    )
    raw.execute("INSERT INTO balance (utility, account, balance, prepaid, first_seen, last_seen) "
                f"VALUES ('ccec', '0070-01', '1.10', 0, {T0}, {T0})")  # fmt: skip
    raw.close()
    return path


def test_every_version_of_every_statement_is_still_there(old: Path) -> None:
    with Records.open(old) as records:
        assert [one.bill_date for one in records.statements()] == [date(2025, 12, 4), date(2026, 1, 5)]
        assert [one.amount_due for one in records.statements()] == [None, Decimal("160.00")]
        versions = [one for one in records.statement_versions() if one.statement.source_id == "U:1"]
        assert [str(one.statement.amount_due) for one in versions] == ["170.98", "160.00"]
        line = LineItem(kind=LineKind.ENERGY, label="Energy", amount=Decimal("125.30"), rate=Decimal("0.09010"))
        assert versions[0].statement.lines == (line,)
        assert [one.last_seen for one in versions] == [
            datetime(2026, 1, 1, tzinfo=UTC),
            datetime(2026, 1, 3, tzinfo=UTC),
        ]
        assert versions[0].id == versions[1].id
        assert {source.source for one in versions for source in one.sources} == {"h"}
        (balance,) = records.balances()
        assert balance.balance == Decimal("1.10")


def test_a_bill_taken_over_is_the_same_bill_when_the_portal_tells_of_it_again(old: Path) -> None:
    with Records.open(old) as records:
        before = records.statements()
        again = records.save_statements(before, source="h", utility="ccec", at=datetime(2026, 2, 1, tzinfo=UTC))
        assert [one.news for one in again] == ["same", "same"]
        assert records.statements() == before
        assert len(records.statement_versions()) == 3


def test_bills_made_after_a_migration_have_numbers_of_their_own(old: Path) -> None:
    with Records.open(old) as records:
        (known, _) = records.statements()
        (told,) = records.save_statements(
            [known.__class__(account="9", bill_date=date(2026, 1, 1))], source="h", at=datetime(2026, 2, 1, tzinfo=UTC)
        )
        assert told.id == 3


def test_a_migration_killed_in_the_middle_leaves_the_book_as_it_was(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = sqlite3.connect(old, isolation_level=None)
    raw.execute("UPDATE statement SET body = 'no JSON' WHERE bill = '2025-12-04'")
    with pytest.raises(ValueError, match="JSON"):
        Records.open(old)
    tables = {row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert "statement" in tables
    assert "bill" not in tables
    assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
    raw.close()


def test_the_way_back_keeps_what_portals_told(old: Path) -> None:
    Records.open(old).close()
    to(old, "0001", down=True)
    raw = sqlite3.connect(old)
    rows = raw.execute("SELECT account, bill, issued, json_extract(body, '$.amount_due') FROM statement").fetchall()
    raw.close()
    january, december = 1_767_571_200_000_000, 1_764_806_400_000_000
    assert sorted(rows, key=str) == sorted(
        [
            ("0070-01", "2025-12-04", december, None),
            ("0070-01", "U:1", january, "170.98"),
            ("0070-01", "U:1", january, "160.00"),
        ],
        key=str,
    )
    assert REVISIONS[-1] == "0002"
