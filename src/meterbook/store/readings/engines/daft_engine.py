"""Plans carried out by Daft, in this process or on a Ray cluster: one job for any number of lakes.

Daft reads the Parquet files, prunes and filters them, and moves partial answers between workers; see
:mod:`.daft_source` for what it reads and :mod:`.daft_sums` for what it adds up. No reading crosses from one worker to
another, unless a plan asks what was known as of a load: then the values replaced since, and the keys of those that
replaced them, are brought together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NoReturn

import daft
import numpy as np
from daft import DataFrame, col, lit
from daft.exceptions import DaftCoreException

from meterbook.model.errors import BookDamaged
from meterbook.store.readings.engines.daft_runner import Runner
from meterbook.store.readings.engines.daft_source import PART, LakeSource, Part
from meterbook.store.readings.engines.daft_sums import COLUMNS, partial_sums
from meterbook.store.readings.engines.question import Question
from meterbook.store.readings.engines.shipping import shipped
from meterbook.store.readings.engines.states import unpacked
from meterbook.store.readings.engines.tables import Tables
from meterbook.store.readings.files.parquet import LakeFile
from meterbook.store.readings.log.table import LakeTable
from meterbook.store.readings.query.local import answer
from meterbook.store.readings.query.partial import Partial, empty
from meterbook.store.readings.query.plan import Aggregates, Plan
from meterbook.store.readings.steady import steadily

_GONE = ("No such file", "not found", "NotFound", "NoSuchKey")
_FEW_CHANNELS = 256
_KEY: list[str | daft.Expression] = [PART, "channel_id", "ts"]


class DaftEngine:
    """Carries out plans of one lake.

    Args:
        tables: the lake's.
        runner: where Daft works.
    """

    def __init__(self, tables: Tables, runner: Runner) -> None:
        self._tables = tables
        self._runner = runner

    def aggregate(self, plan: Plan) -> Aggregates:
        """The answer to a plan, by key and period.

        Raises:
            BookDamaged: a file can't be read.
            StoreError: a sum does not fit into 64 bits.
        """
        return aggregate_each([Question(tables=self._tables, plan=plan)], self._runner)[0]


def aggregate_each(questions: Sequence[Question], runner: Runner) -> list[Aggregates]:
    """The answers to plans of one or several lakes, worked out in one job.

    Raises:
        BookDamaged: a file can't be read.
        StoreError: a sum does not fit into 64 bits.
    """
    tables = [table for one in questions for table in (one.tables.readings, one.tables.revisions)]
    found = steadily(lambda: _carried_out(questions, runner), tables)
    return [answer(partial, question.plan) for partial, question in zip(found, questions, strict=True)]


def _carried_out(questions: Sequence[Question], runner: Runner) -> list[Partial]:
    found = [empty()] * len(questions)
    frames = list(_frames(questions, runner))
    if not frames:
        return found
    rows = frames[0]
    for other in frames[1:]:
        rows = rows.concat(other)
    plans = {number: _shipped(question) for number, question in enumerate(questions)}
    sums = partial_sums(plans)(*(col(name) for name in COLUMNS))
    with daft.execution_config_ctx(shuffle_aggregation_default_partitions=min(len(questions), runner.workers)):
        states = _collected(rows.groupby(PART).agg(sums.alias("state")), questions)
    for number, state in states.items():
        found[number] = unpacked(state)
    return found


def _shipped(question: Question) -> bytes:
    tables = (question.tables.readings, question.tables.revisions)
    highest = max((file.channels[1] for table in tables for file in table.files()), default=0)
    return shipped(question.plan, np.arange(highest + 1, dtype=np.int32), question.tables.classes)


def _frames(questions: Sequence[Question], runner: Runner) -> Iterator[DataFrame]:
    """The rows that are asked for, with :data:`COLUMNS`, all questions of what holds now as one."""
    now = [number for number, one in enumerate(questions) if one.plan.as_of is None]
    parts = [_part(number, questions[number].plan, questions[number].tables.readings) for number in now]
    if (frame := _frame(parts, [questions[number].plan for number in now], runner)) is not None:
        yield frame.select(*COLUMNS)
    for number, question in enumerate(questions):
        if question.plan.as_of is not None:
            yield from _as_of(number, question, question.plan.as_of, runner)


def _as_of(number: int, question: Question, as_of: int, runner: Runner) -> Iterator[DataFrame]:
    """The rows that hold and came no later than a load, and those that held then and were replaced later.

    A writer stores superseded values before it commits what supersedes them. Without that commit they were never
    superseded: so a superseded value counts only if a later one holds.
    """
    tables, plan = question.tables, question.plan
    # Readings first: revisions listed later may be ahead of them, never behind, and those ahead are told apart.
    listed, replaced = (_part(number, plan, table) for table in (tables.readings, tables.revisions))
    if (current := _frame([listed], [plan], runner, [f for f in listed.files if f.loads[0] <= as_of])) is not None:
        yield current.where(col("load_id") <= lit(as_of)).select(*COLUMNS)
    later = _frame([listed], [plan], runner, [file for file in listed.files if file.loads[1] > as_of])
    earlier = _frame([replaced], [plan], runner, [file for file in replaced.files if file.loads[0] <= as_of])
    if later is not None and earlier is not None:
        held = earlier.where((col("load_id") <= lit(as_of)) & (col("superseded_by") > lit(as_of))).select(*COLUMNS)
        keys = later.where(col("load_id") > lit(as_of)).select(*_KEY)
        yield keys.join(held, on=_KEY, how="inner").select(*COLUMNS)


def _part(number: int, plan: Plan, table: LakeTable) -> Part:
    """The files of a table that can hold what a plan asks for."""
    start, end = plan.span
    files = [file for file in table.files() if file.span[0] < end and start <= file.span[1] and _any(file, plan)]
    return Part(number=number, place=table.place, schema=table.schema, files=files)


def _any(file: LakeFile, plan: Plan) -> bool:
    if plan.wanted is None:
        return True
    first, last = np.searchsorted(plan.wanted, (file.channels[0], file.channels[1] + 1))
    return bool(first < last)


def _frame(
    parts: Sequence[Part], plans: Sequence[Plan], runner: Runner, files: Sequence[LakeFile] | None = None
) -> DataFrame | None:
    """The rows of some files, bounded by what all the plans want; the aggregate function sorts out the rest.

    Args:
        parts: at least one if there is to be a frame.
        plans: of the parts.
        runner: where Daft works.
        files: instead of those of the only part.
    """
    chosen = [part if files is None else part.of(files) for part in parts]
    if not any(part.files for part in chosen):
        return None
    start, end = min(plan.span[0] for plan in plans), max(plan.span[1] for plan in plans)
    frame = LakeSource(chosen, threads=not runner.on_ray).read()
    frame = frame.where((col("ts") >= _instant(start)) & (col("ts") < _instant(end)))
    wanted = [plan.wanted for plan in plans if plan.wanted is not None and len(plan.wanted)]
    if len(wanted) == len(plans):
        every = np.unique(np.concatenate(wanted))
        few = len(every) <= _FEW_CHANNELS  # row groups are then picked by each of them, not by the lowest and highest
        channel = col("channel_id")
        frame = frame.where(channel.is_in(every.tolist()) if few else channel.between(int(every[0]), int(every[-1])))
    return frame


def _instant(seconds: int) -> daft.Expression:
    return lit(datetime.fromtimestamp(seconds, UTC))


def _collected(frame: DataFrame, questions: Sequence[Question]) -> dict[int, bytes]:
    """The state of each part that has any row."""
    try:
        found = frame.to_pydict()
    except DaftCoreException as err:
        _unreadable(err, questions)
    return dict(zip(found[PART], found["state"], strict=True))


def _unreadable(err: Exception, questions: Sequence[Question]) -> NoReturn:
    text = str(err)
    tables = [table for one in questions for table in (one.tables.readings, one.tables.revisions)]
    for table in tables:
        for file in table.files():
            if file.path not in text:
                continue
            where = f"{table.place.where}/{file.path}"
            if any(word in text for word in _GONE):
                raise FileNotFoundError(where) from err
            raise BookDamaged(
                "a file of the book can't be read",
                where=where,
                hint="See what is wrong with: meterbook store verify",
            ) from err
    raise err
