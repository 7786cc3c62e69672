"""The keeper: writes answers to the book, durably, several at a time when several are waiting.

An answer counts as kept only when its readings are on disk and its window is ticked off in the journal, in that
order: a kill between the two asks for the window again and writes nothing new.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

from meterbook.model.finding import Finding
from meterbook.model.provenance import Provenance
from meterbook.model.series import IntervalSeries
from meterbook.store.readings import Batch, ReadingsLake, Written
from meterbook.store.records import KeptWindow, Records, Stream
from meterbook.sync.net_registers import NetRegisters


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A window's answer, ready to be kept.

    Attributes:
        run_id: the run it belongs to; None for a file.
        stream: what was pulled.
        ask: span asked for.
        keep: span kept.
        series: readings, already clipped to ``keep``.
        findings: what was noticed.
        provenance: where it came from.
    """

    run_id: int
    stream: Stream
    ask: tuple[int, int]
    keep: tuple[int, int]
    series: tuple[IntervalSeries, ...]
    findings: tuple[Finding, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What keeping an answer changed."""

    rows: int
    new: int
    revised: int
    last_start: int | None


@dataclass(slots=True)
class _Waiting:
    answer: Answer
    kept: asyncio.Future[Kept]


@dataclass(slots=True)
class Keeper:
    """Keeps answers in a book; one keeper a sync.

    Use as an async context manager. :meth:`keep` returns once its answer is durable. Answers that arrive while a
    commit is under way share the next one, so that eight windows in flight do not wait for eight commits.
    """

    records: Records
    lake: ReadingsLake
    utility: str = ""
    findings: int = 0
    _queue: asyncio.Queue[_Waiting] = field(default_factory=asyncio.Queue)
    _worker: asyncio.Task[None] | None = None
    # One thread for all commits: each further one would keep buffers of its own from one commit to the next.
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="keeper"))
    _channel_ids: dict[str, int] = field(default_factory=dict)
    _registers: NetRegisters | None = None

    async def __aenter__(self) -> Keeper:
        self._worker = asyncio.create_task(self._work())
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._worker is not None
        self._worker.cancel()
        await asyncio.gather(self._worker, return_exceptions=True)
        self._thread.shutdown()

    async def keep(self, answer: Answer) -> Kept:
        """Make an answer durable.

        Raises:
            StoreError: the book can't be written.
        """
        waiting = _Waiting(answer, asyncio.get_running_loop().create_future())
        await self._queue.put(waiting)
        return await waiting.kept

    async def _work(self) -> None:
        while True:
            group = [await self._queue.get()]
            while not self._queue.empty():
                group.append(self._queue.get_nowait())
            answers = [waiting.answer for waiting in group]
            commit = asyncio.get_running_loop().run_in_executor(self._thread, self._commit, answers)
            try:
                kept = await asyncio.shield(commit)
            except asyncio.CancelledError:
                await asyncio.gather(commit, return_exceptions=True)  # a commit that began is let finish
                raise
            except Exception as error:  # handed to those who wait, each of whom reports it
                for waiting in group:
                    if not waiting.kept.done():
                        waiting.kept.set_exception(error)
                continue
            for waiting, outcome in zip(group, kept, strict=True):
                if not waiting.kept.done():
                    waiting.kept.set_result(outcome)

    def _commit(self, answers: Sequence[Answer]) -> list[Kept]:
        if self._registers is None:
            self._registers = NetRegisters(self.records, self.lake, self.utility)
        told, renamed = self._registers.told, self._registers.renamed
        answers = self._registers.settled(answers)
        self.findings += self._registers.told - told
        if self._registers.renamed > renamed:
            self._channel_ids.clear()
        self._learn_channels(answers)
        loads: list[int | None] = [None] * len(answers)
        written: list[Written] = []
        filled = [number for number, answer in enumerate(answers) if any(len(series) for series in answer.series)]
        if filled:
            taken, written = self.lake.storing(lambda: self._store([answers[number] for number in filled]))
            for number, load in zip(filled, taken, strict=True):
                loads[number] = load
        remaining = iter(written)
        outcomes, journal = [], []
        now = datetime.now(UTC)
        for answer, load_id in zip(answers, loads, strict=True):
            done = [next(remaining) for series in answer.series if len(series)]
            last = max((int(series.start[-1]) for series in answer.series if len(series)), default=None)
            rows = sum(len(series) for series in answer.series)
            new, revised = sum(w.new for w in done), sum(w.revised for w in done)
            outcomes.append(Kept(rows=rows, new=new, revised=revised, last_start=last))
            journal.append(
                KeptWindow(
                    run_id=answer.run_id,
                    stream=answer.stream,
                    ask_start=answer.ask[0],
                    ask_end=answer.ask[1],
                    keep_start=answer.keep[0],
                    keep_end=answer.keep[1],
                    rows=rows,
                    new=new,
                    revised=revised,
                    unchanged=sum(w.unchanged for w in done),
                    load_id=load_id,
                )
            )
            self._keep_findings(answer, load_id, now)
        self.records.record_windows(journal, at=now)
        return outcomes

    def _store(self, answers: Sequence[Answer]) -> tuple[list[int], list[Written]]:
        # Numbers grow with commits, so they are taken while no one else can commit.
        loads = self.records.begin_loads([answer.provenance for answer in answers])
        batches = [
            Batch(channel_id=self._channel_ids[series.channel.key], load_id=load, series=series)
            for load, answer in zip(loads, answers, strict=True)
            for series in answer.series
            if len(series)
        ]
        return loads, self.lake.write(batches)

    def _keep_findings(self, answer: Answer, load: int | None, now: datetime) -> None:
        if answer.findings:
            self.findings += self.records.add_findings(
                channel_id=None,
                account=answer.stream.account,
                findings=answer.findings,
                load_id=load,
                at=now,
                utility=self.utility,
            )

    def _learn_channels(self, answers: Sequence[Answer]) -> None:
        unknown = {
            series.channel.key: series.channel
            for answer in answers
            for series in answer.series
            if series.channel.key not in self._channel_ids
        }
        if unknown:
            ids = self.records.channel_ids(list(unknown.values()))
            self._channel_ids.update(zip(unknown, ids, strict=True))
