"""The records: what goes in comes out, once, and nothing known is lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, text

from meterbook.model.authorization import Authorization, Relation, Scope
from meterbook.model.channel import Channel, FlowDirection, Quantity, ServiceCategory
from meterbook.model.errors import InputError, NotFound
from meterbook.model.finding import Finding
from meterbook.model.identity import Account, ExternalId, IdScheme, Meter, ServiceLocation
from meterbook.model.provenance import Provenance, SourceKind
from meterbook.model.statement import Balance, LineItem, LineKind, Statement
from meterbook.model.units import Unit
from meterbook.store.records import Records
from meterbook.store.records.migrate import MIGRATIONS
from meterbook.store.records.values import (
    Connection,
    KeptWindow,
    LoadDone,
    OwnerKind,
    RunState,
    Stream,
    StreamState,
    UtilityRecord,
    WindowDone,
    WindowSpec,
    WindowState,
    owner_key,
    owner_parts,
)

T0 = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)
GRANT = Authorization(
    id=0,
    grantor="ann@example.com",
    grantee="ann@example.com",
    relation=Relation.SELF,
    purpose="my own use",
    scopes=frozenset(Scope),
    starts=T0,
    accounts=("0070010",),
)
METER = Meter(number="21-345678", installed=date(2020, 5, 1))
LOCATION = ServiceLocation(
    number="70010",
    address="1 Harbor Ln",
    nickname="home",
    industries=("ELECTRIC",),
    rate_schedules=("R",),
    meters=(METER,),
)
ACCOUNT = Account(number="0070010", customer="88", name="ANN EXAMPLE", locations=(LOCATION,))
CHANNEL = Channel(utility="ccec", account="0070010", service_location="70010", meter="21-345678")
PULL = Provenance(kind=SourceKind.PORTAL, source="ccec.example", at=T0, detail="ELECTRIC 15m")


POSTGRESQL = os.environ.get("METERBOOK_TEST_POSTGRESQL", "")


@pytest.fixture(params=["sqlite", POSTGRESQL] if POSTGRESQL else ["sqlite"])
def records(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Records]:
    """Empty records: a SQLite file, and a PostgreSQL database where the environment names an empty one."""
    if request.param == "sqlite":
        with Records.open(tmp_path / "records.sqlite") as opened:
            yield opened
        return
    with Records.open(POSTGRESQL) as opened:
        yield opened
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with opened._engine.begin() as sql:
            config.attributes["connection"] = sql
            command.downgrade(config, "base")
            assert set(inspect(sql).get_table_names()) == {"alembic_version"}
            sql.execute(text("DROP TABLE alembic_version"))


@pytest.fixture
def connection(records: Records) -> Connection:
    return connect(records)


def connect(records: Records, user: str = "ann@example.com", utility: str = "ccec") -> Connection:
    grant = records.add_authorization(GRANT)
    return records.add_connection(
        utility=utility,
        name="PowerPay24",
        host=f"{utility}.example",
        zone="America/New_York",
        user=user,
        authorization_id=grant.id,
        created_at=T0,
    )


def stream(connection: Connection, frame: str = "15m") -> Stream:
    return Stream(
        connection_id=connection.id, account="0070010", service_location="70010", industry="ELECTRIC", frame=frame
    )


def spec(of: Stream, start: int) -> WindowSpec:
    return WindowSpec(stream=of, ask_start=start - 50, ask_end=start + 150, keep_start=start, keep_end=start + 100)


# -- connections and authorizations ----------------------------------------------------------------------------------


def test_a_connection_is_kept_as_given_and_found_by_its_number(records: Records, connection: Connection) -> None:
    assert records.connection(connection.id) == connection
    assert records.connections() == [connection]
    assert connection.created_at == T0
    with pytest.raises(NotFound):
        records.connection(connection.id + 1)


def test_connecting_the_same_user_again_renews_the_connection_and_keeps_its_number(
    records: Records, connection: Connection
) -> None:
    again = connect(records)
    assert again.id == connection.id
    assert again.authorization_id != connection.authorization_id
    assert again.created_at == connection.created_at
    assert len(records.connections()) == 1


def test_a_connection_can_be_changed_and_taken_out_of_use(records: Records, connection: Connection) -> None:
    assert not records.update_connection(connection.id, active=False).active
    assert records.connections(active_only=True) == []
    assert records.update_connection(connection.id, zone="America/Chicago").zone == "America/Chicago"
    with pytest.raises(NotFound):
        records.update_connection(99, active=False)


def test_an_authorization_comes_back_as_given_and_is_revoked_once(records: Records) -> None:
    grant = replace(GRANT, scopes=frozenset({Scope.USAGE}), ends=T0 + DAY, evidence="letter.pdf")
    stored = records.add_authorization(grant)
    assert stored == replace(grant, id=stored.id)
    assert records.authorizations() == [stored]
    assert records.revoke_authorization(stored.id, T0 + DAY / 2)
    assert not records.revoke_authorization(stored.id, T0 + DAY)
    assert records.authorizations()[0].revoked == T0 + DAY / 2


# -- accounts --------------------------------------------------------------------------------------------------------


def test_accounts_come_back_as_saved_with_leading_zeros(records: Records, connection: Connection) -> None:
    records.save_accounts(connection.id, [ACCOUNT], T0)
    (stored,) = records.accounts(connection.id)
    assert stored.account == ACCOUNT
    assert (stored.first_seen, stored.last_seen) == (T0, T0)


def test_what_the_portal_no_longer_shows_is_kept_with_the_time_it_was_last_seen(
    records: Records, connection: Connection
) -> None:
    records.save_accounts(connection.id, [ACCOUNT, replace(ACCOUNT, number="2")], T0)
    exchanged = replace(METER, number="24-000001", installed=date(2026, 3, 2))
    location = replace(LOCATION, meters=(replace(METER, removed=date(2026, 3, 2)), exchanged), rate_schedules=("R-TU",))
    records.save_accounts(connection.id, [replace(ACCOUNT, locations=(location,))], T0 + DAY)
    first, second = records.accounts()
    assert first.account.locations[0].meters == (replace(METER, removed=date(2026, 3, 2)), exchanged)
    assert first.account.locations[0].rate_schedules == ("R-TU",)
    assert (first.last_seen, second.last_seen) == (T0 + DAY, T0)


def test_what_is_not_said_this_time_leaves_what_is_known(records: Records, connection: Connection) -> None:
    records.save_accounts(connection.id, [ACCOUNT], T0)
    bare = Account(number="0070010", locations=(ServiceLocation(number="70010"),))
    records.save_accounts(connection.id, [bare], T0 + DAY)
    assert records.accounts()[0].account == ACCOUNT
    records.save_accounts(connection.id, [replace(bare, active=False)], T0 + 2 * DAY)
    assert not records.accounts()[0].account.active


def test_saving_the_accounts_of_no_connection_is_refused(records: Records) -> None:
    with pytest.raises(NotFound):
        records.save_accounts(5, [ACCOUNT], T0)


def test_the_same_account_seen_by_two_log_ins_stands_twice(records: Records, connection: Connection) -> None:
    other = connect(records, "bob@example.com")
    records.save_accounts(connection.id, [ACCOUNT], T0)
    records.save_accounts(other.id, [ACCOUNT], T0)
    assert [item.connection_id for item in records.accounts()] == [connection.id, other.id]
    assert [item.connection_id for item in records.accounts(other.id)] == [other.id]


def test_external_identifiers_find_their_owner_on_the_days_they_held(records: Records, connection: Connection) -> None:
    pod = ExternalId(scheme=IdScheme.POD_ID, value="0012", since=date(2025, 1, 1), until=date(2026, 1, 1))
    later = replace(pod, scheme=IdScheme.MDM, since=date(2026, 1, 1), until=None)
    account = replace(ACCOUNT, locations=(replace(LOCATION, external_ids=(pod,)),))
    records.save_accounts(connection.id, [account], T0)
    meter = owner_key("ccec", "0070010", "70010", "21-345678")
    records.add_external_id(OwnerKind.METER, meter, later)
    location = owner_key("ccec", "0070010", "70010")
    assert records.find_by_external_id("0012") == [(OwnerKind.LOCATION, location), (OwnerKind.METER, meter)]
    assert records.find_by_external_id("0012", IdScheme.MDM) == [(OwnerKind.METER, meter)]
    assert records.find_by_external_id("0012", on=date(2025, 12, 31)) == [(OwnerKind.LOCATION, location)]
    assert records.find_by_external_id("0012", on=date(2026, 1, 1)) == [(OwnerKind.METER, meter)]
    assert records.find_by_external_id("12") == []
    stored = records.accounts()[0].account.locations[0]
    assert stored.external_ids == (pod,)
    assert stored.meters[0].external_ids == (later,)


def test_an_end_date_learned_later_is_added_to_the_identifier(records: Records) -> None:
    open_end = ExternalId(scheme=IdScheme.ESI_ID, value="7", since=date(2025, 1, 1))
    records.add_external_id(OwnerKind.ACCOUNT, "ccec/1", open_end)
    records.add_external_id(OwnerKind.ACCOUNT, "ccec/1", replace(open_end, since=None, until=date(2025, 6, 1)))
    assert records.find_by_external_id("7", on=date(2025, 6, 1)) == []
    assert records.find_by_external_id("7", on=date(2024, 12, 31)) == []
    assert records.find_by_external_id("7", on=date(2025, 5, 31)) == [(OwnerKind.ACCOUNT, "ccec/1")]


@given(st.lists(st.text("a/%2F5", max_size=6), min_size=2, max_size=4))
def test_an_owner_key_gives_back_its_parts(parts: list[str]) -> None:
    assert owner_parts(owner_key(*parts)) == tuple(parts)


# -- channels and loads ----------------------------------------------------------------------------------------------


def test_the_same_channel_has_one_number_and_comes_back_whole(records: Records) -> None:
    net = replace(CHANNEL, flow=FlowDirection.NET, tou_period="ON PEAK", interval_s=3600)
    cold = replace(CHANNEL, meter="", quantity=Quantity.TEMPERATURE_LOW, category=ServiceCategory.WEATHER)
    cold = replace(cold, unit=Unit.FAHRENHEIT)
    first = records.channel_ids([CHANNEL, net, CHANNEL, cold])
    assert first[0] == first[2]
    assert len(set(first)) == 3
    assert records.channel_ids([cold, net]) == [first[3], first[1]]
    assert {item.id: item.channel for item in records.channels()} == dict(
        zip(first, (CHANNEL, net, CHANNEL, cold), strict=True)
    )
    assert [item.channel for item in records.channels(category=ServiceCategory.WEATHER)] == [cold]
    assert {item.id for item in records.channels(meter="21-345678", account="0070010")} == set(first[:2])
    assert records.channels(account="70010") == []
    assert records.channel_ids([]) == []


def test_a_thousand_channels_are_numbered_in_one_call(records: Records) -> None:
    many = [replace(CHANNEL, meter=str(number)) for number in range(1100)]
    assert len(set(records.channel_ids(many))) == 1100


def test_load_numbers_are_consecutive_and_grow(records: Records) -> None:
    first = records.begin_loads([PULL, replace(PULL, detail="x", digest="ab" * 32)])
    second = records.begin_loads([replace(PULL, kind=SourceKind.FILE, source="a.csv")])
    assert first == [1, 2]
    assert second == [3]
    assert records.begin_loads([]) == []
    assert [load.provenance for load in records.loads(ids=second)] == [
        replace(PULL, kind=SourceKind.FILE, source="a.csv")
    ]
    records.finish_loads([LoadDone(load_id=3, new=10, revised=1, unchanged=5)])
    assert [(load.rows_new, load.rows_revised) for load in records.loads()] == [(None, None), (None, None), (10, 1)]


def test_the_last_load_known_at_an_instant_is_exact_to_the_microsecond(records: Records) -> None:
    records.begin_loads([PULL, replace(PULL, at=T0 + DAY), replace(PULL, at=T0 + 2 * DAY)])
    assert records.last_load_at(T0 - timedelta(microseconds=1)) == 0
    assert records.last_load_at(T0) == 1
    assert records.last_load_at(T0 + 2 * DAY - timedelta(microseconds=1)) == 2
    assert records.last_load_at(T0 + 9 * DAY) == 3


# -- the journal -----------------------------------------------------------------------------------------------------


def test_a_run_is_unfinished_until_it_is_finished(records: Records, connection: Connection) -> None:
    assert records.unfinished_run(connection.id) is None
    run = records.start_run(connection.id, 1_700_000_000, T0)
    assert records.unfinished_run(connection.id) == run
    records.finish_run(run.id, RunState.PARTIAL, T0 + DAY)
    assert records.unfinished_run(connection.id) is None
    assert records.runs() == [replace(run, state=RunState.PARTIAL, finished_at=T0 + DAY)]


def test_windows_planned_twice_in_a_run_stay_one_and_keep_what_was_done(
    records: Records, connection: Connection
) -> None:
    run = records.start_run(connection.id, 1000, T0)
    specs = [spec(stream(connection), start) for start in (0, 100, 200)]
    first, second, third = records.plan_windows(run.id, specs)
    (load,) = records.begin_loads([PULL])
    records.finish_windows([done(second.id, load, last_start=185)])
    again = records.plan_windows(run.id, [specs[1], specs[2], specs[0]])
    assert [window.id for window in again] == [second.id, third.id, first.id]
    assert [window.state for window in again] == [WindowState.DONE, WindowState.PLANNED, WindowState.PLANNED]
    assert again[0].rows == 4
    assert again[0].load_id == load
    assert again[0].at == T0
    assert [window.id for window in records.windows(state=WindowState.PLANNED)] == [first.id, third.id]
    assert records.plan_windows(run.id, []) == []


def done(window_id: int, load_id: int | None, last_start: int | None = None) -> WindowDone:
    return WindowDone(
        window_id=window_id,
        rows=4,
        new=2,
        revised=1,
        unchanged=1,
        load_id=load_id,
        at=T0,
        last_start=last_start,
    )


def test_finishing_windows_counts_their_loads_and_moves_the_stream_forward_only(
    records: Records, connection: Connection
) -> None:
    run = records.start_run(connection.id, 1000, T0)
    of = stream(connection)
    windows = records.plan_windows(run.id, [spec(of, 100), spec(of, 0)])
    (load,) = records.begin_loads([PULL])
    results = [done(windows[0].id, load, last_start=185), done(windows[1].id, load, last_start=85)]
    records.finish_windows(results)
    records.finish_windows(results)  # told twice by a process that was not sure
    (stored,) = records.loads()
    assert (stored.rows_new, stored.rows_revised, stored.rows_unchanged) == (4, 2, 2)
    records.save_stream_state(StreamState(stream=of))
    assert records.stream_state(of) == StreamState(stream=of, last_start=185)
    fetched = int(T0.timestamp())
    assert sorted(records.done_spans(of)) == [(0, 100, fetched, 4), (100, 200, fetched, 4)]
    assert records.done_spans(stream(connection, "1h")) == []


def test_windows_recorded_without_a_plan_count_once_however_often_they_are_told(
    records: Records, connection: Connection
) -> None:
    run = records.start_run(connection.id, 1000, T0)
    of = stream(connection)
    planned, _ = records.plan_windows(run.id, [spec(of, 0), spec(of, 300)])
    (load,) = records.begin_loads([PULL])
    kept = [
        KeptWindow(
            run_id=run.id,
            stream=of,
            ask_start=start - 50,
            ask_end=start + 150,
            keep_start=start,
            keep_end=start + 100,
            rows=7,
            new=4,
            revised=2,
            unchanged=1,
            load_id=load,
            last_start=start + 85,
        )
        for start in (0, 100)
    ]
    records.record_windows(kept, at=T0)
    records.record_windows(kept[::-1], at=T0)
    assert records.stream_state(of) is None  # windows alone are no knowledge of where the stream begins
    first = records.windows(run_id=run.id, state="done")[0]
    assert (first.id, first.state, first.rows) == (planned.id, "done", 7)
    assert len(records.windows()) == 3
    assert [(load.rows_new, load.rows_revised, load.rows_unchanged) for load in records.loads()] == [(8, 4, 2)]
    records.save_stream_state(StreamState(stream=of, floor=0))
    assert records.stream_state(of) == StreamState(stream=of, floor=0, last_start=185)
    records.record_windows([], at=T0)


def test_a_failed_window_can_still_be_done_and_a_done_one_can_not_fail(
    records: Records, connection: Connection
) -> None:
    run = records.start_run(connection.id, 1000, T0)
    (window,) = records.plan_windows(run.id, [spec(stream(connection), 0)])
    records.fail_window(window.id, "portal.unavailable", T0)
    (failed,) = records.windows(run_id=run.id, state=WindowState.FAILED)
    assert failed.error == "portal.unavailable"
    records.finish_windows([done(window.id, None)])
    records.fail_window(window.id, "portal.unavailable", T0)
    (finished,) = records.windows(stream=stream(connection))
    assert finished.state is WindowState.DONE
    assert finished.error is None
    assert records.counts().windows_done == 1


def test_what_is_learned_of_a_stream_adds_up(records: Records, connection: Connection) -> None:
    of = stream(connection)
    assert records.stream_state(of) is None
    records.save_stream_state(StreamState(stream=of, floor=500, has_interval=True, last_start=900))
    records.save_stream_state(StreamState(stream=of, connected=400, last_start=800))
    assert records.stream_states(connection.id) == [
        StreamState(stream=of, floor=500, connected=400, has_interval=True, last_start=900)
    ]
    records.save_stream_state(StreamState(stream=of, has_interval=False))
    assert records.stream_states() == [
        StreamState(stream=of, floor=500, connected=400, has_interval=False, last_start=900)
    ]


def test_what_belongs_to_no_connection_is_refused(records: Records) -> None:
    with pytest.raises(NotFound):
        records.start_run(77, 0, T0)


# -- findings, bills, settings ---------------------------------------------------------------------------------------


def test_a_finding_seen_again_is_one_and_a_closed_one_opens_again(records: Records) -> None:
    (channel,) = records.channel_ids([CHANNEL])
    gap = Finding(name="vee.gap", message="3 h missing", start=100, end=200, data={"intervals": 12, "long": False})
    assert records.add_findings(channel, "0070010", [gap, replace(gap, end=300), gap], None, T0) == 2
    renamed = replace(gap, message="three hours missing")
    assert records.add_findings(channel, "0070010", [renamed], None, T0 + DAY) == 0
    first, second = records.findings()
    assert first.finding == replace(gap, message="three hours missing")
    assert (first.first_seen, first.last_seen) == (T0, T0 + DAY)
    assert second.finding.end == 300
    records.close_findings([first.id], T0 + DAY)
    assert [item.id for item in records.findings(open_only=True, name="vee.gap")] == [second.id]
    records.add_findings(channel, "0070010", [gap], None, T0 + 2 * DAY)
    assert len(records.findings(open_only=True, account="0070010")) == 2
    assert records.findings(account="1") == []


def test_findings_without_a_span_are_told_apart_by_their_details(records: Records) -> None:
    odd = Finding(name="portal.unknown-industry", message="x", data={"industry": "FIBER"})
    records.add_findings(None, "1", [odd, replace(odd, data={"industry": "PHONE"}), odd], None, T0)
    assert len(records.findings()) == 2


def test_balances_keep_their_history_without_repeating_themselves(records: Records) -> None:
    owed = Balance(
        account="1",
        at=T0,
        amount_due=Decimal("170.90"),
        due=date(2026, 3, 24),
        balance=Decimal("-0.10"),
        prepaid=True,
        prepaid_daily=Decimal("4.1250"),
    )
    records.save_balances([owed])
    records.save_balances([replace(owed, at=T0 + DAY)])
    paid = replace(owed, at=T0 + 2 * DAY, amount_due=Decimal("0.00"))
    records.save_balances([paid])
    assert records.balances("1") == [replace(owed, at=T0 + DAY), paid]
    assert str(records.balances()[0].amount_due) == "170.90"
    assert records.balances("2") == []


def test_statements_keep_every_version_and_the_one_seen_last_counts(records: Records) -> None:
    bill = Statement(
        account="1",
        bill_date=T0.date(),
        issued=T0,
        read_start=T0 - 30 * DAY,
        due_date=date(2026, 3, 24),
        usage=Decimal("1391"),
        usage_unit="kWh",
        amount_due=Decimal("170.98"),
        lines=(LineItem(kind=LineKind.ENERGY, label="Energy", amount=Decimal("125.33"), rate=Decimal("0.0901")),),
        source_id="b-1",
    )
    corrected = replace(bill, amount_due=Decimal("160.00"))
    records.save_statements([bill], source="ccec.example", at=T0)
    records.save_statements([corrected], source="ccec.example", at=T0 + DAY)
    elsewhere = replace(corrected, issued=T0.astimezone(timezone(timedelta(hours=-5))))  # the same bill
    records.save_statements([elsewhere], source="ccec.example", at=T0 + 2 * DAY)
    assert records.statements("1") == [corrected]
    assert [item.statement for item in records.statement_versions()] == [bill, corrected]
    records.save_statements([bill], source="ccec.example", at=T0 + 3 * DAY)
    assert records.statements() == [bill]
    assert records.counts().statements == 1


def test_settings_profiles_and_utilities_are_kept_and_replaced(records: Records) -> None:
    assert records.setting("zone") is None
    assert records.setting("zone", "UTC") == "UTC"
    records.set_setting("zone", "A")
    records.set_setting("zone", "B")
    assert records.settings() == {"zone": "B"}
    records.set_setting("zone", None)
    assert records.settings() == {}
    records.save_import_profile("h", {"start": "Date", "value": "kWh"})
    records.save_import_profile("h", {"start": "When"})
    assert records.import_profile("h") == {"start": "When"}
    assert records.import_profiles() == {"h": {"start": "When"}}
    with pytest.raises(NotFound, match="one of: h"):
        records.import_profile("g")
    assert records.utility("ccec") is None
    learned = UtilityRecord(slug="ccec", name="P", host="h", zone="UTC", state="NC", how="given", at=T0)
    records.save_utility(learned)
    records.save_utility(replace(learned, zone="America/New_York"))
    assert records.utility("ccec") == replace(learned, zone="America/New_York")
    assert len(records.utilities()) == 1


def test_an_instant_without_a_zone_is_refused(records: Records, connection: Connection) -> None:
    with pytest.raises(InputError, match="zone"):
        records.start_run(connection.id, 0, T0.replace(tzinfo=None))


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    with Records.open(tmp_path_factory.mktemp("lasting") / "records.sqlite") as opened:
        yield opened


@settings(max_examples=30)
@given(at=st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_any_instant_comes_back_to_the_microsecond(lasting: Records, at: datetime) -> None:
    (number,) = lasting.begin_loads([replace(PULL, at=at)])
    (load,) = lasting.loads(ids=[number])
    assert load.provenance.at == at.astimezone(UTC)  # in a gap or a fold no two zones compare equal
    assert load.provenance.at.utcoffset() == timedelta(0)
