"""The records against a model of them, on sequences that nobody would think of."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterbook.model.authorization import Authorization, Relation, Scope
from meterbook.model.provenance import Provenance, SourceKind
from meterbook.model.statement import Balance, LineItem, LineKind, Statement
from meterbook.store.records import KeptWindow, Records, Stream, WindowDone, WindowSpec, WindowState

T0 = datetime(2026, 3, 1, tzinfo=UTC)
FRESH = itertools.count()  # the records last for all examples, so each has a utility of its own


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    with Records.open(tmp_path_factory.mktemp("properties") / "records.sqlite") as opened:
        grant = opened.add_authorization(
            Authorization(
                id=0,
                grantor="a",
                grantee="a",
                relation=Relation.SELF,
                purpose="",
                scopes=frozenset(Scope),
                starts=T0,
            )
        )
        opened.add_connection(
            utility="u", name="n", host="h", zone="UTC", user="a", authorization_id=grant.id, created_at=T0
        )
        yield opened


@dataclass
class Expected:
    """What a window should be by now."""

    state: str = "planned"
    new: int = 0
    load: int | None = None


steps = st.lists(
    st.tuples(st.sampled_from(["plan", "finish", "fail", "record"]), st.integers(0, 4), st.integers(0, 9)), max_size=12
)


@settings(max_examples=40, deadline=None)
@given(steps=steps)
def test_any_order_of_planning_finishing_and_failing_ends_as_the_words_say(
    records: Records, steps: list[tuple[str, int, int]]
) -> None:
    connection = records.connections()[0]
    run = records.start_run(connection.id, 0, T0)
    of = Stream(connection_id=connection.id, account=str(run.id), service_location="1", industry="E", frame="15m")
    loads = records.begin_loads([Provenance(kind=SourceKind.PORTAL, source="h", at=T0)] * 2)
    expected: dict[int, Expected] = {}
    ids: dict[int, int] = {}
    for action, start, count in steps:
        load = loads[count % 2]
        if action == "plan":
            spec = WindowSpec(stream=of, ask_start=start, ask_end=start + 1, keep_start=start, keep_end=start + 1)
            (window,) = records.plan_windows(run.id, [spec])
            assert ids.setdefault(start, window.id) == window.id
            expected.setdefault(start, Expected())
        elif action == "record":
            kept = KeptWindow(
                run_id=run.id,
                stream=of,
                ask_start=start,
                ask_end=start + 1,
                keep_start=start,
                keep_end=start + 1,
                rows=count,
                new=count,
                revised=0,
                unchanged=0,
                load_id=load,
                last_start=start,
            )
            records.record_windows([kept], at=T0)
            expected[start] = Expected("done", count, load)
        elif start in ids and action == "finish":
            done = WindowDone(window_id=ids[start], rows=count, new=count, revised=0, unchanged=0, load_id=load, at=T0)
            records.finish_windows([done])
            expected[start] = Expected("done", count, load)
        elif start in ids and expected[start].state != "done":
            records.fail_window(ids[start], "portal.unavailable", T0)
            expected[start].state = "failed"
    found = {window.keep_start: window for window in records.windows(run_id=run.id)}
    assert {start: (w.state, w.rows, w.load_id) for start, w in found.items()} == {
        start: (item.state, item.new, item.load) for start, item in expected.items()
    }
    done = [window for window in found.values() if window.state is WindowState.DONE]
    assert sorted(records.done_spans(of)) == sorted(
        (w.keep_start, w.keep_end, int(T0.timestamp()), w.rows) for w in done
    )
    for load in records.loads(ids=loads):
        # A window told again with another load leaves the first one's count: its rows are in the lake.
        assert (load.rows_new or 0) >= sum(window.rows for window in done if window.load_id == load.id)


money = st.none() | st.decimals(-(10**9), 10**9, places=4, allow_nan=False)
days = st.none() | st.dates(date(1990, 1, 1), date(2100, 1, 1))
instants = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
instants = instants.map(lambda at: at.replace(fold=0))  # which UTC has no use for
lines = st.builds(
    LineItem,
    kind=st.sampled_from(LineKind),
    label=st.text(max_size=8),
    amount=st.decimals(-(10**6), 10**6, places=2, allow_nan=False),
    quantity=money,
    unit=st.none() | st.sampled_from(["kWh", "100 gal"]),
    rate=money,
)
bills = st.builds(
    Statement,
    account=st.text("0123456789", min_size=1, max_size=9),
    bill_date=st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    issued=st.none() | instants,
    read_start=st.none() | instants,
    read_end=st.none() | instants,
    period_start=days,
    due_date=days,
    usage=money,
    usage_unit=st.none() | st.sampled_from(["kWh", "CCF"]),
    current_charges=money,
    adjustments=money,
    amount_due=money,
    lines=st.lists(lines, max_size=3).map(tuple),
    document=st.none() | st.just("ab" * 32),
    source_id=st.none() | st.text(min_size=1, max_size=6),
)


@settings(max_examples=40, deadline=None)
@given(bill=bills)
def test_any_statement_comes_back_as_it_was_to_the_last_digit(records: Records, bill: Statement) -> None:
    utility = f"utility {next(FRESH)}"
    records.save_statements([bill], source="h", at=T0, utility=utility)
    (stored,) = records.statements(bill.account, utility=utility)
    assert stored == bill
    assert str(stored) == str(bill)  # 1.10 is not 1.1 on a bill


@settings(max_examples=40, deadline=None)
@given(amounts=st.lists(st.sampled_from(["0.00", "0.0", "5.00", "-1.50"]), max_size=8))
def test_balances_are_the_amounts_in_turn_without_repeats(records: Records, amounts: list[str]) -> None:
    utility = f"utility {next(FRESH)}"
    turns = [
        amount for index, amount in enumerate(amounts) if index == 0 or Decimal(amounts[index - 1]) != Decimal(amount)
    ]
    for index, amount in enumerate(amounts):
        owed = Balance(account="1", at=T0.replace(hour=index), amount_due=Decimal(amount))
        records.save_balances([owed, replace(owed)], utility=utility)
    assert [item.amount_due for item in records.balances("1", utility=utility)] == [Decimal(amount) for amount in turns]
