"""A register that is called forward and counts both ways is one net channel, whichever answers show it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from net_answers import FORWARD, NET, Store

from meterbook.model.channel import FlowDirection
from meterbook.store.readings import Batch
from meterbook.store.records import Records

PLAIN, MIXED, LATER = [1, 2, 3], [4, -5, 6], [7, 8, 9]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_an_answer_before_the_first_negative_reading_joins_the_net_channel(store: Store) -> None:
    store.keep(store.answer(0, PLAIN), store.answer(9000, MIXED))
    assert store.held() == {FlowDirection.NET: PLAIN + MIXED}


def test_an_answer_after_it_joins_too_also_in_a_later_sync(store: Store) -> None:
    store.keep(store.answer(9000, MIXED), store.answer(18_000, LATER))
    store.keep(store.answer(0, PLAIN))
    assert store.held() == {FlowDirection.NET: PLAIN + MIXED + LATER}


def test_it_is_told_once(store: Store) -> None:
    store.keep(store.answer(0, MIXED), store.answer(9000, MIXED))
    (found,) = store.records.findings()
    assert found.finding.name == "flow.forward-negative"
    assert found.account == "1"
    about = {"service_location": "10", "meter": "M", "register": "1", "industry": "ELECTRIC"}
    assert dict(found.finding.data) == about


def test_earlier_values_stay_known_under_the_net_channel(store: Store) -> None:
    store.keep(store.answer(0, PLAIN))
    store.keep(store.answer(0, [1, 2, 4]))
    store.keep(store.answer(0, [1, -2, 4]))
    (item,) = store.records.channels()
    assert item.channel == NET
    as_of = [store.lake.read([item.id], 0, 2**40, as_of=load)[item.id].value.tolist() for load in (1, 2, 3)]
    assert as_of == [[1, 2, 3], [1, 2, 4], [1, -2, 4]]


def test_a_kill_after_it_was_learned_and_before_the_change_of_name_loses_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.keep(store.answer(0, PLAIN))

    def killed(*_: object) -> bool:
        raise MemoryError("killed here")

    with monkeypatch.context() as patch:
        patch.setattr(Records, "rename_channel", killed)
        with pytest.raises(MemoryError):
            store.keep(store.answer(9000, MIXED))
    again = Store(tmp_path)
    again.keep(again.answer(18_000, LATER))
    assert again.held() == {FlowDirection.NET: PLAIN + LATER}
    again.keep(again.answer(9000, MIXED))
    assert again.held() == {FlowDirection.NET: PLAIN + MIXED + LATER}


@pytest.mark.parametrize("cut_at", ["delete_channel", "lake_cleaned", None])
def test_a_book_that_was_split_is_put_together_however_often_it_is_cut_off(
    cut_at: str | None, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.keep(store.answer(0, MIXED))
    # Another program, which did not know yet, stores a window as delivered beside it: one reading is in both.
    (stray,) = store.records.channel_ids([FORWARD])
    series = store.answer(1800, [60, 7, 8]).series[0]
    (load,) = store.records.begin_loads([store.answer(0, PLAIN).provenance])
    store.lake.write([Batch(channel_id=stray, load_id=load, series=series)])

    def killed(*_: object) -> None:
        raise MemoryError("killed here")

    if cut_at is not None:
        with monkeypatch.context() as patch:
            patch.setattr(Records, cut_at, killed)
            with pytest.raises(MemoryError):
                store.keep(store.answer(18_000, LATER))
    again = Store(tmp_path)
    again.keep(again.answer(18_000, LATER))
    assert again.held() == {FlowDirection.NET: [*MIXED, 7, 8, *LATER]}
    assert again.lake.read([stray], 0, 2**40)[stray].start.tolist() == []


def test_a_register_of_another_meter_stays_delivered(store: Store) -> None:
    store.keep(store.answer(0, PLAIN))
    (item,) = store.records.channels()
    other = store.answer(0, PLAIN)
    (series,) = other.series
    elsewhere = replace(series, channel=replace(series.channel, meter="N"))
    store.keep(replace(other, series=(elsewhere,)), store.answer(9000, MIXED))
    flows = {one.channel.meter: one.channel.flow for one in store.records.channels()}
    assert flows == {"M": FlowDirection.NET, "N": FlowDirection.DELIVERED}
    assert item.channel.flow is FlowDirection.DELIVERED
