"""Bringing one stream up to date: which windows to ask, asking them, and keeping the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

import numpy as np

from meterbook.model.calendar import day_start, interval_ends
from meterbook.model.channel import DAY_S, MONTH_S
from meterbook.model.errors import (
    InputError,
    MeterbookError,
    PortalChanged,
    PortalUnavailable,
    RequestFailed,
    StillPending,
)
from meterbook.model.provenance import Provenance, SourceKind
from meterbook.model.series import IntervalSeries
from meterbook.portals.smarthub import Frame, SmartHub, Usage
from meterbook.store.records import Records, StreamState, Window
from meterbook.sync.extent import fetch_extent
from meterbook.sync.keeper import Answer, Keeper
from meterbook.sync.net_registers import FORWARD_NEGATIVE
from meterbook.sync.report import Progress
from meterbook.sync.results import PATIENCE, Results, Tally
from meterbook.sync.settings import Settings
from meterbook.sync.streams import A_YEAR, WEATHER, WIDTH_DAYS, WIDTH_MONTHS, Task
from meterbook.sync.summary import newest_of_stream
from meterbook.sync.windows import Cut, Span, subtract, tile, tile_months, told_of, wanted

# What may be wrong with one window and not with the next: the stream goes on, and is planned anew by the next run.
ONE_WINDOW = (PortalUnavailable, StillPending, PortalChanged, InputError)
QUIET_WINDOWS = 2  # a stream with more windows than this since its last reading has fallen silent


@dataclass(slots=True)
class StreamPull:
    """One stream of one run.

    Attributes:
        slots: bounds how many windows are between asking and kept, over all streams.
        workers: windows of this stream that are wanted side by side.
        results: judges errors, and says when the connection's sync is over.
        require: raises unless the authorization allows the account's usage to be had now.
        answered: windows of this run that were stored before it was cut off.
        newest_month: start of the newest monthly reading of the same place and industry; its own pull tells, and the
            finer streams ask where they found nothing themselves.
        gaps: holes to ask for again.
    """

    task: Task
    portal: SmartHub
    records: Records
    keeper: Keeper
    run_id: int
    horizon: int
    tz: ZoneInfo
    settings: Settings
    slots: asyncio.Semaphore
    workers: int
    progress: Progress
    results: Results
    require: Callable[[str], None]
    answered: dict[Span, Window]
    newest_month: asyncio.Future[int | None]
    gaps: Sequence[Span] = ()
    tally: Tally = field(default_factory=Tally)
    _state: StreamState | None = None
    _done: list[tuple[int, int, int]] = field(default_factory=list)
    _newest: int | None = None
    _settled: int = 0
    _no_intervals: bool = False
    _asked: dict[Span, asyncio.Task[bool]] = field(default_factory=dict)
    _failed: list[MeterbookError] = field(default_factory=list)
    _ended: bool = False
    _searching: bool = False

    async def run(self) -> Tally:
        """Bring the stream up to date.

        Raises:
            PortalError: a window could not be had; what else was answered is kept.
            StoreError: the book can't be written.
        """
        try:
            return await self._run()
        finally:
            if self.task.frame is Frame.MONTHLY and not self.newest_month.done():
                self.newest_month.set_result(self._newest)

    async def _run(self) -> Tally:
        stream = self.task.stream
        self._state = self.records.stream_state(stream)
        self._done = [(start, end, rows) for start, end, _, rows in self.records.done_spans(stream)]
        before = self._state
        if before is not None and before.done_run == self.run_id:
            return self.tally  # this run was cut off and goes on: the stream was finished before that
        if before is None or before.floor is None:
            self._settled = self._settled_until() if self._done else 0
            floor = await self._first_time(searched=before is not None and before.last_start is None)
        else:
            floor = await self._again(before.floor, before.last_start)
        if self._failed:  # then nothing is remembered, and the next run asks for what is not there
            raise self._failed[-1 if self._ended else 0]
        self._remember(floor=floor)
        return self.tally

    # -- which windows -------------------------------------------------------------------------------------------

    async def _first_time(self, *, searched: bool) -> int | None:
        """Search for how far back the portal goes, fetching on the way.

        Returns:
            The floor; None if nothing is there, or if the user asked for no more than a part, so that the next pull
            without that wish searches for the rest.
        """
        if self.settings.since is not None:
            since = day_start(self.settings.since, self.tz)
            await self._ask_all(self._tile((since, self.horizon)))
            return None
        cuts = self._tile((self.horizon - self._reach_s, self.horizon))
        if not await self._ask(cuts[0]) and searched:
            return None  # an earlier search found nothing, and the newest window still holds nothing
        floor = await self._search(self.horizon - self._reach_s, likely=None)
        if floor is not None or self._no_intervals:
            return floor
        if self.task.frame is Frame.MONTHLY:  # a few wide windows reach back far, for a meter silent since long
            return await self._search(self.horizon - 4 * self._reach_s, likely=None)
        month = await self.newest_month
        return await self._search(month - self._reach_s, likely=month) if month is not None else None

    @property
    def _reach_s(self) -> int:
        return self.settings.look_back_days * DAY_S

    async def _search(self, oldest: int, *, likely: int | None) -> int | None:
        """Fetch all that there is since ``oldest``, and further back while there is more. Returns the floor.

        Args:
            oldest: how far back to look, UTC epoch seconds.
            likely: an instant near which there are readings, if one is known.
        """
        self._searching = not self._failed
        while True:
            cuts = self._tile((oldest, self.horizon))
            near = [
                number for number, cut in enumerate(cuts) if likely and cut.ask[0] <= likely + MONTH_S / 2 < cut.ask[1]
            ]
            extent = await fetch_extent(
                len(cuts),
                partial(self._number, cuts),
                workers=self.workers,
                a_year=A_YEAR[self.task.frame],
                likely=near,
            )
            if extent.oldest is None:
                return None
            connected = self._state.connected if self._state is not None else None
            if extent.oldest < len(cuts) - 1 or oldest <= (connected or 0):
                return cuts[extent.oldest].keep[0]
            # The oldest window looked at still holds readings: this portal goes back further than most.
            oldest -= self._reach_s

    async def _number(self, cuts: Sequence[Cut], number: int) -> bool:
        return await self._ask(cuts[number])

    async def _again(self, floor: int, last: int | None) -> int:
        """Ask for what is new, what may still change, and what failed before. Returns the floor."""
        lowest = min(floor, day_start(self.settings.since, self.tz)) if self.settings.since else floor
        spans = wanted(
            floor=lowest,
            horizon=self.horizon,
            done=[(start, end) for start, end, _ in self._done],
            last=last,
            settle_s=self.settings.settle_days * DAY_S,
            gaps=self.gaps,
        )
        if not spans:
            return lowest  # the stream's floor lies in what is still to come: a clock was wrong once
        *older, newest = spans
        history = [cut for span in reversed(older) for cut in self._tile(span)]
        tail = self._tile(newest)
        if len(tail) > QUIET_WINDOWS:
            tail = await self._after_silence(newest, last)
        await self._ask_all([*tail, *history])
        return lowest

    async def _after_silence(self, span: Span, last: int | None) -> list[Cut]:
        """Windows to ask of a stream that has been silent for long: none if nothing has come since.

        A window that begins where it fell silent and the newest one are asked first; only if either brings news is all
        between them worth asking for.
        """
        width_s = (WIDTH_DAYS.get(self.task.frame, WIDTH_MONTHS * 30) - 2) * DAY_S
        rest = self._tile((span[0] + width_s, span[1]))
        for cut in (*self._tile((span[0], span[0] + width_s)), rest[0]):
            await self._ask(cut)
        news = self._newest is not None and (last is None or self._newest > last)
        return rest if news else []

    def _tile(self, span: Span) -> list[Cut]:
        if self.task.frame is Frame.MONTHLY:
            return tile_months(span, width_months=WIDTH_MONTHS, tz=self.tz)
        return tile(span, width_days=WIDTH_DAYS[self.task.frame], tz=self.tz)

    def _plan(self, windows: int) -> None:
        self.progress.planned(account=self.task.stream.account, windows=windows)

    # -- asking one ----------------------------------------------------------------------------------------------

    async def _ask_all(self, cuts: Sequence[Cut]) -> None:
        queue = iter(cuts)

        async def work() -> None:
            for cut in queue:
                await self._ask(cut)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(self.workers, len(cuts))):
                tasks.create_task(work())

    async def _ask(self, cut: Cut) -> bool:
        """Fetch and keep a window, once; True if it held readings."""
        if cut.ask not in self._asked:
            self._plan(1)
            self._asked[cut.ask] = asyncio.create_task(self._fetch(cut))
        return await self._asked[cut.ask]

    async def _fetch(self, cut: Cut) -> bool:
        before = self.answered.get(cut.ask)
        if before is not None:  # this run was cut off and goes on: the window is already in the book
            return self._skip(before.rows > 0)
        async with self.slots:
            if self._held_already(cut):
                return self._skip(True)
            if self._ended or self._pointless(cut):
                return self._skip(False)
            try:
                return await self._brought(cut)
            except MeterbookError as error:
                self._judge(error)
                return False

    async def _brought(self, cut: Cut) -> bool:
        if self.results.fatal is not None:
            raise self.results.fatal
        self.require(self.task.stream.account)
        usage = await self._usage(cut)
        self.results.answered()
        self._learn(usage)
        kept = await self.keeper.keep(self._answer(cut, usage))
        self._note(kept.last_start)
        self.tally.new += kept.new
        self.tally.revised += kept.revised
        self.progress.window(account=self.task.stream.account, readings=kept.rows)
        return kept.rows > 0

    def _judge(self, error: MeterbookError) -> None:
        """Note a window's error, and whether it ends the stream.

        Windows in flight are let finish, and what they bring is kept.
        """
        over = self.results.failed(error)
        if self._searching and isinstance(error, RequestFailed) and not over:
            return  # the newest window was answered: the portal has nothing that far back
        if self._ended:
            return
        self._failed.append(error)
        pending = sum(isinstance(one, StillPending) for one in self._failed)
        self._ended = over or not isinstance(error, ONE_WINDOW) or pending >= PATIENCE

    def _skip(self, held: bool) -> bool:
        self._plan(-1)
        return held

    def _note(self, last_start: int | None) -> None:
        if last_start is not None and (self._newest is None or last_start > self._newest):
            self._newest = last_start

    async def _usage(self, cut: Cut) -> Usage:
        stream = self.task.stream
        if stream.industry == WEATHER:
            return await self.portal.weather(
                account=stream.account,
                service_location=stream.service_location,
                industry="ELECTRIC",
                start=cut.ask[0],
                end=cut.ask[1],
            )
        return await self.portal.usage(
            account=stream.account,
            service_location=stream.service_location,
            industry=stream.industry,
            frame=self.task.frame,
            start=cut.ask[0],
            end=cut.ask[1],
        )

    def _held_already(self, cut: Cut) -> bool:
        """Whether an earlier run that did not come to its end has stored a window, long enough ago to have settled."""
        if self._state is not None and self._state.floor is not None:
            return False
        if cut.keep[1] > self._settled:
            return False
        if any(start < cut.keep[1] and end > cut.keep[0] for start, end in self.gaps):
            return False
        return not subtract(cut.keep, [(start, end) for start, end, rows in self._done if rows])

    def _settled_until(self) -> int:
        """The instant before which what is held no longer changes: some days behind the newest reading."""
        held = newest_of_stream(self.records, self.keeper.lake, self.task.stream, utility=self.portal.utility)
        return min(self.horizon, self.horizon if held is None else held) - self.settings.settle_days * DAY_S

    def _pointless(self, cut: Cut) -> bool:
        """Whether the portal has already told that a window can hold nothing."""
        connected = self._state.connected if self._state is not None else None
        return self._no_intervals or (connected is not None and cut.ask[1] <= connected - DAY_S)

    def _learn(self, usage: Usage) -> None:
        connected = day_start(usage.connected, self.tz) if usage.connected is not None else None
        state = self._state or StreamState(stream=self.task.stream)
        self._no_intervals = self.task.frame is Frame.INTERVAL and usage.has_interval is False
        self._state = replace(
            state,
            connected=connected if connected is not None else state.connected,
            has_interval=usage.has_interval if usage.has_interval is not None else state.has_interval,
        )

    def _remember(self, *, floor: int | None) -> None:
        """Store what was learned. Only a pull that came to its end does, since a cut one is planned anew."""
        state = self._state or StreamState(stream=self.task.stream)
        newest = max(
            (at for at in (state.last_start, self._newest, self._newest_held()) if at is not None), default=None
        )
        self.records.save_stream_state(replace(state, floor=floor, last_start=newest, done_run=self.run_id))

    def _answer(self, cut: Cut, usage: Usage) -> Answer:
        stream = self.task.stream
        series = tuple(self._kept(one, cut.keep) for one in usage.series)
        # A register is net whichever reading shows it, also one that another window keeps.
        of_registers = [finding for finding in usage.findings if finding.name == FORWARD_NEGATIVE]
        others = [finding for finding in usage.findings if finding.name != FORWARD_NEGATIVE]
        findings = tuple(
            replace(finding, data={**finding.data, "industry": stream.industry, "frame": stream.frame})
            for finding in (*told_of(others, cut.keep), *of_registers)
        )
        asked = (datetime.fromtimestamp(edge, self.tz).date() for edge in cut.ask)
        return Answer(
            run_id=self.run_id,
            stream=stream,
            ask=cut.ask,
            keep=cut.keep,
            series=series,
            findings=findings,
            provenance=Provenance(
                kind=SourceKind.PORTAL,
                source=str(self.portal.address),
                at=datetime.now(UTC),
                detail=" ".join(
                    (stream.account, stream.service_location, stream.industry, stream.frame, *map(str, asked))
                ),
            ),
        )

    def _kept(self, series: IntervalSeries, keep: Span) -> IntervalSeries:
        """The readings to store: inside the window's own span, and of intervals that have ended."""
        inside = series.clip(*keep)
        ended = interval_ends(inside.start, series.channel.interval_s, self.tz) <= self.horizon
        return inside if bool(ended.all()) else inside.clip(keep[0], int(inside.start[np.argmin(ended)]))

    def _newest_held(self) -> int | None:
        """Start of the newest reading of the stream in the book: windows stored before a kill count too."""
        if not self.answered:
            return None
        return newest_of_stream(self.records, self.keeper.lake, self.task.stream, utility=self.portal.utility)
