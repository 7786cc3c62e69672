"""Deleting a member's data: all of it goes, nobody else's, and the files hold none of it afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from meterbook.model.authorization import Authorization, Relation, Scope
from meterbook.model.channel import Channel
from meterbook.model.errors import NotFound
from meterbook.model.finding import Finding
from meterbook.model.identity import Account, ExternalId, IdScheme, Meter, ServiceLocation
from meterbook.model.provenance import Provenance, SourceKind
from meterbook.model.statement import Balance, Statement
from meterbook.store.records import Connection, KeptWindow, Records, Stream

T0 = datetime(2026, 3, 1, tzinfo=UTC)


def filled(records: Records, user: str, account: str, mark: str, utility: str = "ccec") -> tuple[Connection, int]:
    """A connection with one of everything, each holding ``mark`` where it holds text."""
    grant = records.add_authorization(
        Authorization(
            id=0,
            grantor=user,
            grantee=user,
            relation=Relation.SELF,
            purpose="",
            scopes=frozenset(Scope),
            starts=T0,
        )
    )
    connection = records.add_connection(
        utility=utility, name="n", host="h", zone="UTC", user=user, authorization_id=grant.id, created_at=T0
    )
    identity = ExternalId(scheme=IdScheme.POD_ID, value=f"{mark}-pod")
    location = ServiceLocation(
        number="L", address=f"{mark} Lane", meters=(Meter(number="M", installed=date(2020, 1, 1)),)
    )
    location = replace(location, external_ids=(identity,), rate_schedules=("R",))
    records.save_accounts(connection.id, [Account(number=account, name=f"{mark} EXAMPLE", locations=(location,))], T0)
    channel = Channel(utility=utility, account=account, service_location="L", meter="M")
    (channel_id,) = records.channel_ids([channel])
    (load,) = records.begin_loads([Provenance(kind=SourceKind.PORTAL, source="h", at=T0, detail=f"account {mark}")])
    run = records.start_run(connection.id, 0, T0)
    stream = Stream(connection_id=connection.id, account=account, service_location="L", industry="E", frame="15m")
    window = KeptWindow(
        run_id=run.id,
        stream=stream,
        ask_start=0,
        ask_end=9,
        keep_start=0,
        keep_end=9,
        rows=1,
        new=1,
        revised=0,
        unchanged=0,
        load_id=load,
    )
    records.record_windows([window], at=T0)
    finding = Finding(name="vee.gap", message=f"{mark} is missing", start=0, end=9)
    records.add_findings(channel_id, account, [finding], load, T0)
    records.add_findings(None, account, [finding], load, T0, utility=utility)
    records.save_balances([Balance(account=account, at=T0, balance=Decimal(1))], utility=utility)
    records.save_statements(
        [Statement(account=account, bill_date=T0.date(), issued=T0, source_id=mark)], source="h", at=T0, utility=utility
    )
    return connection, channel_id


def test_everything_of_a_connection_goes_and_the_files_hold_none_of_it(tmp_path: Path) -> None:
    with Records.open(tmp_path / "records.sqlite") as records:
        mine, channel = filled(records, "ann@example.com", "70010", "Zanzibar")
        filled(records, "bob@example.com", "7001", "Quorum")
        filled(records, "cid@example.com", "70010", "Elsewhere", utility="other")
        assert records.delete_connection_data(mine.id) == [channel]
        assert records.pending_lake_deletions() == [channel]
        counts = records.counts()
        assert (counts.connections, counts.accounts, counts.locations, counts.meters) == (2, 2, 2, 2)
        assert (counts.channels, counts.windows_done, counts.statements, counts.balances) == (2, 2, 2, 2)
        assert counts.findings_open == 4
        assert records.find_by_external_id("Zanzibar-pod") == []
        assert len(records.find_by_external_id("Quorum-pod")) == 1
        assert [load.provenance.detail for load in records.loads()] == ["", "account Quorum", "account Elsewhere"]
        with pytest.raises(NotFound):
            records.connection(mine.id)
        content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert b"Zanzibar" not in content
        assert b"Quorum" in content
        records.lake_cleaned([channel])
        assert records.pending_lake_deletions() == []
        assert len(records.authorizations()) == 3


def test_numbers_of_what_was_deleted_are_never_given_again(tmp_path: Path) -> None:
    with Records.open(tmp_path / "records.sqlite") as records:
        mine, channel = filled(records, "ann@example.com", "70010", "Zanzibar")
        records.delete_connection_data(mine.id)
        again, later = filled(records, "ann@example.com", "70010", "Zanzibar")
        assert again.id > mine.id
        assert later > channel
        assert [load.id for load in records.loads()] == [1, 2]


def test_an_account_that_another_log_in_shows_too_keeps_its_data(tmp_path: Path) -> None:
    with Records.open(tmp_path / "records.sqlite") as records:
        mine, channel = filled(records, "ann@example.com", "70010", "Zanzibar")
        spouse, same = filled(records, "bob@example.com", "70010", "Zanzibar")
        assert channel == same
        assert records.delete_connection_data(mine.id) == []
        assert len(records.channels()) == 1
        assert [item.connection_id for item in records.accounts()] == [spouse.id]
        assert len(records.findings()) == 2
        assert records.delete_connection_data(spouse.id) == [channel]
        assert records.findings() == []


def test_deleting_what_is_not_there_is_told(tmp_path: Path) -> None:
    with Records.open(tmp_path / "records.sqlite") as records, pytest.raises(NotFound):
        records.delete_connection_data(1)


def test_one_account_goes_and_the_connection_stays(tmp_path: Path) -> None:
    with Records.open(tmp_path / "records.sqlite") as records:
        mine, channel = filled(records, "ann@example.com", "70010", "Zanzibar")
        filled(records, "ann@example.com", "7001", "Quorum")
        filled(records, "bob@example.com", "70010", "Elsewhere", utility="other")
        assert records.delete_account_data("ccec", "70010") == [channel]
        assert records.connection(mine.id) == records.connections()[0]
        assert [item.account.number for item in records.accounts(mine.id)] == ["7001"]
        assert records.counts().windows_done == 2
        assert records.counts().findings_open == 4
        assert records.delete_account_data("ccec", "70010") == []
        assert b"Zanzibar" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
