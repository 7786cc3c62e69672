"""How far back a portal's readings go, found while the windows in between are being fetched.

Windows are numbered from 0, the newest, to ``count - 1``, the oldest that could be. Asking one fetches and keeps it: no
probe is wasted where it meets readings. The search asks the newest, the oldest and one window a year, then halves the
span between the last window that held something and the next one that did not, at either end: a dozen questions instead
of one for every empty month. A vacant house or a long outage does not end the search, since deeper probes are asked
regardless.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

Ask = Callable[[int], Awaitable[bool]]
"""Fetch a window by number; True if it held readings. Asked twice it must not fetch twice."""

WINDOWS_A_YEAR = 12
_FINEST_STRIDE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """The windows that hold readings.

    Attributes:
        newest: number of the newest one that held any; None if none did.
        oldest: number of the oldest one that held any.
    """

    newest: int | None
    oldest: int | None


async def fetch_extent(
    count: int, ask: Ask, *, workers: int, a_year: int = WINDOWS_A_YEAR, likely: Collection[int] = ()
) -> Extent:
    """Fetch every window between the newest and the oldest that hold readings, and as few beyond as will do.

    Args:
        count: how many windows there could be, at least 1.
        ask: fetches one.
        workers: windows fetched side by side.
        a_year: windows that make up about a year, the stride of the first probes.
        likely: windows that are known to be worth a probe, whatever the others tell.

    Raises:
        ExceptionGroup: whatever ``ask`` raised.
    """
    search = _Search(count=count, ask=ask)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(search.probe(a_year, likely))
        for _ in range(workers):
            tasks.create_task(search.fill())
    held = sorted(number for number, any_reading in search.held.items() if any_reading)
    return Extent(newest=held[0] if held else None, oldest=held[-1] if held else None)


class _Search:
    def __init__(self, *, count: int, ask: Ask) -> None:
        self._count = count
        self._ask = ask
        self._next: int | None = None  # the window to fetch next; None until the newest one with readings is known
        self._deepest = -1  # all windows down to this one are wanted
        self._known = False  # nothing deeper will be found
        self._news = asyncio.Condition()
        self.held: dict[int, bool] = {}

    async def probe(self, a_year: int, likely: Collection[int]) -> None:
        """Find the newest and the oldest window with readings; tell the fillers as soon as there is more to fetch."""
        try:
            if not await self._first_probes(a_year, likely):
                await self._finer_probes(a_year)
            await self._find_newest()
            await self._find_oldest()
        finally:
            await self._tell(known=True)

    async def fill(self) -> None:
        """Fetch window after window, newest first, as far down as is known to be wanted."""
        while True:
            async with self._news:
                await self._news.wait_for(lambda: self._known or self._ready())
                if not self._ready():
                    return
                number = self._next or 0
                self._next = number + 1
            if number not in self.held:
                await self._look(number)

    def _ready(self) -> bool:
        return self._next is not None and self._next <= self._deepest

    async def _first_probes(self, a_year: int, likely: Collection[int]) -> bool:
        """The newest, the oldest, one a year between them, and the likely ones, side by side."""
        numbers = sorted({0, self._count - 1, *range(a_year, self._count - 1, a_year), *likely})
        async with asyncio.TaskGroup() as tasks:
            looks = [tasks.create_task(self._look(number)) for number in numbers]
        return any(look.result() for look in looks)

    async def _finer_probes(self, a_year: int) -> None:
        """Nothing met so far: look closer, down to about a quarter of a year."""
        stride = a_year // 2
        while stride >= _FINEST_STRIDE and self._deepest < 0:
            for number in range(stride, self._count, stride):
                if number not in self.held:
                    await self._look(number)
            stride //= 2
        if self._deepest < 0 and self._count > 1 and 1 not in self.held:
            await self._look(1)

    async def _find_newest(self) -> None:
        """Narrow down to the first window after the empty newest ones, where a meter has been silent of late."""
        held = [number for number, any_reading in self.held.items() if any_reading]
        if not held:
            return
        newest = min(held)
        before = max((number for number in self.held if number < newest), default=-1)
        while newest - before > 1:
            middle = (newest + before) // 2
            if await self._look(middle):
                newest = middle
            else:
                before = middle
        await self._tell(newest=newest)

    async def _find_oldest(self) -> None:
        """Narrow down to the last window before the empty oldest ones."""
        if self._deepest < 0:
            return
        empty_below = [number for number, held in self.held.items() if not held and number > self._deepest]
        beyond = min(empty_below, default=self._count)
        while beyond - self._deepest > 1:
            middle = (self._deepest + beyond) // 2
            if not await self._look(middle):
                beyond = middle

    async def _look(self, number: int) -> bool:
        held = await self._ask(number)
        self.held[number] = held
        if held:
            await self._tell(deepest=number, newest=0 if number == 0 else None)
        return held

    async def _tell(self, *, deepest: int = -1, newest: int | None = None, known: bool = False) -> None:
        async with self._news:
            self._deepest = max(self._deepest, deepest)
            if self._next is None:
                self._next = newest
            self._known = self._known or known
            self._news.notify_all()
