"""Authorizations, the audit log and letters."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from meterbook.consent import audit
from meterbook.consent.authorizations import Authorizations
from meterbook.consent.letters import authorization_letter, request_letter
from meterbook.model.authorization import Authorization, Relation, Scope
from meterbook.model.errors import (
    AuthorizationExpired,
    BookDamaged,
    InputError,
    NotAuthorized,
    NotFound,
    ScopeTooNarrow,
)
from meterbook.store.records import Records

T0 = datetime(2026, 3, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    with Records.open(tmp_path / "records.sqlite") as opened:
        yield opened


def grant(records: Records, **changes: object) -> Authorization:
    fields: dict[str, object] = {
        "grantor": "ann@example.com",
        "grantee": "Bob's Energy Office",
        "relation": Relation.CONSULTANT,
        "purpose": "an efficiency study",
        "scopes": {Scope.USAGE},
        "accounts": ("0070010",),
        "starts": T0,
        "ends": T0 + 30 * DAY,
    }
    return Authorizations(records).grant(**(fields | changes))  # type: ignore[arg-type]


def test_a_grant_holds_from_its_first_instant_until_its_end(records: Records) -> None:
    given = grant(records)
    grants = Authorizations(records)
    assert grants.require(given.id, "0070010", Scope.USAGE, T0) == given
    assert grants.require_any("0070010", Scope.USAGE, T0 + DAY) == given
    with pytest.raises(NotAuthorized, match="begins on 01 Mar 2026"):
        grants.require(given.id, "0070010", Scope.USAGE, T0 - timedelta(microseconds=1))
    with pytest.raises(AuthorizationExpired, match="has ended"):
        grants.require(given.id, "0070010", Scope.USAGE, T0 + 30 * DAY)


def test_a_grant_leaves_out_what_it_does_not_name(records: Records) -> None:
    given = grant(records)
    grants = Authorizations(records)
    with pytest.raises(NotAuthorized, match="account 70010"):
        grants.require(given.id, "70010", Scope.USAGE, T0)
    with pytest.raises(ScopeTooNarrow, match="does not cover bills") as caught:
        grants.require(given.id, "0070010", Scope.BILLS, T0)
    assert "usage" in (caught.value.expected or "")
    with pytest.raises(NotAuthorized):
        grants.require(given.id + 1, "0070010", Scope.USAGE, T0)
    with pytest.raises(NotAuthorized):
        grants.require_any("0070010", Scope.USAGE, T0, grantee="somebody else")


def test_a_grant_without_accounts_covers_all_that_the_log_in_sees(records: Records) -> None:
    given = grant(records, accounts=(), scopes=frozenset(Scope), ends=None)
    for scope in Scope:
        assert Authorizations(records).require(given.id, "any", scope, T0 + 9999 * DAY) == given


def test_a_revoked_grant_ends_at_once_and_only_once(records: Records) -> None:
    given = grant(records)
    grants = Authorizations(records)
    assert grants.revoke(given.id, T0 + DAY).revoked == T0 + DAY
    assert grants.revoke(given.id, T0 + 2 * DAY).revoked == T0 + DAY
    assert grants.require(given.id, "0070010", Scope.USAGE, T0 + DAY - timedelta(seconds=1))
    with pytest.raises(AuthorizationExpired, match="was revoked"):
        grants.require(given.id, "0070010", Scope.USAGE, T0 + DAY)
    assert grants.granted(at=T0 + DAY) == []
    assert len(grants.granted()) == 1
    with pytest.raises(NotFound):
        grants.revoke(99, T0)
    assert [entry.action for entry in audit.entries(records)] == ["authorization.granted", "authorization.revoked"]


def test_a_newer_grant_takes_the_place_of_an_ended_one(records: Records) -> None:
    grant(records)
    renewed = grant(records, starts=T0 + 40 * DAY, ends=None)
    assert Authorizations(records).require_any("0070010", Scope.USAGE, T0 + 41 * DAY) == renewed


@pytest.mark.parametrize(
    "changes",
    [{"scopes": set()}, {"grantor": " "}, {"grantee": ""}, {"ends": T0}],
    ids=lambda change: next(iter(change)),
)
def test_a_grant_that_says_nothing_is_refused(records: Records, changes: dict[str, object]) -> None:
    with pytest.raises(InputError):
        grant(records, **changes)
    assert Authorizations(records).granted() == []


# -- audit -----------------------------------------------------------------------------------------------------------


def note(records: Records, number: int) -> str:
    subject = f"connection {number}"
    return audit.record(records, actor="user", action="connection.made", subject=subject, detail="é", at=T0).digest


def test_the_audit_log_keeps_its_lines_in_order_and_is_whole(records: Records) -> None:
    assert audit.verify(records) == 0
    digests = [note(records, number) for number in range(3)]
    assert audit.verify(records) == 3
    lines = audit.entries(records)
    assert [line.subject for line in lines] == ["connection 0", "connection 1", "connection 2"]
    assert [line.previous for line in lines[1:]] == digests[:2]
    assert audit.entries(records, after=lines[0].id, limit=1) == [lines[1]]
    assert audit.verify(records, expected_last=digests[1]) == 3


def test_the_database_refuses_to_change_or_remove_a_line(records: Records, tmp_path: Path) -> None:
    note(records, 1)
    raw = sqlite3.connect(tmp_path / "records.sqlite")
    for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute(statement)
    raw.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'somebody' WHERE id = 2",
        "UPDATE audit SET at = at + 1 WHERE id = 3",
        "DELETE FROM audit WHERE id = 1",
        "DELETE FROM audit WHERE id = 2",
    ],
)
def test_a_line_changed_behind_the_database_s_back_breaks_the_chain(
    records: Records, tmp_path: Path, statement: str
) -> None:
    for number in range(3):
        note(records, number)
    tamper(tmp_path, statement)
    with pytest.raises(BookDamaged, match="audit log was changed"):
        audit.verify(records)


def test_lines_taken_off_the_end_show_against_a_digest_noted_elsewhere(records: Records, tmp_path: Path) -> None:
    note(records, 0)
    last = note(records, 1)
    tamper(tmp_path, "DELETE FROM audit WHERE id = 2")
    assert audit.verify(records) == 1
    with pytest.raises(BookDamaged, match="missing at the end"):
        audit.verify(records, expected_last=last)


def tamper(folder: Path, statement: str) -> None:
    raw = sqlite3.connect(folder / "records.sqlite", isolation_level=None)
    for trigger in ("audit_no_update", "audit_no_delete"):
        raw.execute(f"DROP TRIGGER {trigger}")
    raw.execute(statement)
    raw.close()


# -- letters ---------------------------------------------------------------------------------------------------------


def test_a_request_states_what_the_utility_wants_and_leaves_blanks_for_what_is_not_known() -> None:
    letter = request_letter(
        "Example Electric Cooperative",
        {"customer_name": "Ann Example", "Account Number": "0070010", "nobody asked": "x"},
        on=date(2026, 3, 1),
        wanted=["customer name", "account number", "purpose"],
        reply_to="ann@example.com",
        authorized_by="Ann Example",
    )
    assert letter.startswith("1 March 2026\n\nExample Electric Cooperative\n")
    assert "\nCustomer name:  Ann Example\nAccount number: 0070010\nPurpose:        ____" in letter
    assert "nobody" not in letter
    assert "authorization of Ann Example is enclosed" in letter
    assert "ann@example.com" in letter
    assert max(len(line) for line in letter.splitlines()) <= 80


def test_an_authorization_names_days_in_the_utility_s_zone(records: Records) -> None:
    letter = authorization_letter(
        "Example Electric Cooperative",
        grant(records),
        customer_name="Ann Example",
        address="",
        on=date(2026, 3, 1),
        tz=ZoneInfo("America/New_York"),
    )
    assert "Valid from:       28 February 2026\n" in letter  # 02:00 UTC on 1 March is the evening before
    assert "Accounts:         0070010\n" in letter
    assert "Bob's Energy Office" in letter
    assert "Service address:  ____" in letter
