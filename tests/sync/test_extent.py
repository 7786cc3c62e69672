"""Finding how far back a portal goes without asking for every empty month."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterbook.sync.extent import Extent, fetch_extent


class Portal:
    """A portal that holds readings in some windows, and counts what it is asked."""

    def __init__(self, held: set[int]) -> None:
        self.held = held
        self.asked: list[int] = []
        self._memo: dict[int, asyncio.Future[bool]] = {}

    async def ask(self, number: int) -> bool:
        if number not in self._memo:
            self._memo[number] = asyncio.get_running_loop().create_future()
            self.asked.append(number)
            await asyncio.sleep(0)
            self._memo[number].set_result(number in self.held)
        return await self._memo[number]


def fetch(count: int, held: set[int], workers: int = 8) -> tuple[Extent, Portal]:
    async def run() -> tuple[Extent, Portal]:
        portal = Portal(held)
        return await fetch_extent(count, portal.ask, workers=workers), portal

    return asyncio.run(run())


@given(count=st.integers(1, 70), data=st.data(), workers=st.sampled_from([1, 8]))
def test_an_unbroken_history_is_fetched_whole_and_little_beyond(count: int, data: st.DataObject, workers: int) -> None:
    oldest = data.draw(st.integers(0, count - 1))
    extent, portal = fetch(count, set(range(oldest + 1)), workers)
    assert extent == Extent(newest=0, oldest=oldest)
    assert set(range(oldest + 1)) <= set(portal.asked)
    assert len(portal.asked) == len(set(portal.asked))
    assert len(portal.asked) - (oldest + 1) <= 11  # 1 the oldest, up to 5 yearly probes, 4 or 5 halvings


def test_a_vacant_winter_does_not_end_the_search() -> None:
    held = set(range(5)) | set(range(9, 37))
    extent, portal = fetch(61, held)
    assert extent == Extent(newest=0, oldest=36)
    assert held <= set(portal.asked)


def test_a_history_that_ended_two_years_ago_is_found() -> None:
    held = set(range(24, 40))
    extent, portal = fetch(61, held)
    assert extent == Extent(newest=24, oldest=39)
    assert held <= set(portal.asked)
    assert len(portal.asked) - len(held) <= 12


def test_readings_of_ten_years_ago_are_found_without_asking_for_all_the_years_since() -> None:
    held = set(range(124, 137))
    extent, portal = fetch(137, held)
    assert extent == Extent(newest=124, oldest=136)
    assert held <= set(portal.asked)
    assert len(portal.asked) - len(held) <= 16


def test_nothing_at_all_takes_few_questions() -> None:
    extent, portal = fetch(61, set())
    assert extent == Extent(newest=None, oldest=None)
    assert len(portal.asked) <= 24


def test_what_goes_wrong_in_a_window_is_raised() -> None:
    async def broken(number: int) -> bool:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup):
        asyncio.run(fetch_extent(5, broken, workers=2))
