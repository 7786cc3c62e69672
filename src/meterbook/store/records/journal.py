"""The journal of a sync: runs, streams, and the windows that are asked for.

The order of a window's life is what makes a kill harmless: planned here, asked, its load begun here, its readings
durable in the lake, and only then done here. What is done is not asked again; what was stored but not written down as
done is asked again and found unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection as Sql
from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy import insert as plain_insert

from meterbook.model.errors import NotFound
from meterbook.store.records import schema
from meterbook.store.records.database import Database, insert
from meterbook.store.records.values import (
    DoneSpan,
    KeptWindow,
    Run,
    RunState,
    Stream,
    StreamState,
    Window,
    WindowDone,
    WindowSpec,
    WindowState,
)

_RUN, _STREAM, _WINDOW = schema.run.c, schema.stream.c, schema.window.c


class JournalRecords(Database):
    """Runs, windows, and what is known of streams."""

    def start_run(self, connection_id: int, horizon: int, at: datetime) -> Run:
        """Write down that a sync begins, with ``horizon`` the instant up to which it asks."""
        values = {"connection_id": connection_id, "started_at": at, "horizon": horizon, "state": RunState.RUNNING.value}
        with self._writing() as sql:
            number = sql.execute(plain_insert(schema.run).values(values).returning(_RUN.id)).scalar_one()
        return Run(id=number, connection_id=connection_id, started_at=at, horizon=horizon, state=RunState.RUNNING)

    def unfinished_run(self, connection_id: int) -> Run | None:
        """The latest run of a connection that was begun and not finished."""
        query = select(schema.run).where(_RUN.connection_id == connection_id, _RUN.state == RunState.RUNNING.value)
        with self._reading() as sql:
            row = sql.execute(query.order_by(_RUN.id.desc()).limit(1)).first()
        return None if row is None else _run(row)

    def finish_run(self, run_id: int, state: RunState | str, at: datetime) -> None:
        """Write down how a run ended."""
        with self._writing() as sql:
            sql.execute(update(schema.run).where(_RUN.id == run_id).values(state=RunState(state).value, finished_at=at))

    def runs(self, *, connection_id: int | None = None, limit: int | None = None) -> list[Run]:
        """Runs, newest first."""
        query = select(schema.run).order_by(_RUN.id.desc()).limit(limit)
        if connection_id is not None:
            query = query.where(_RUN.connection_id == connection_id)
        with self._reading() as sql:
            return [_run(row) for row in sql.execute(query)]

    # -- windows -----------------------------------------------------------------------------------------------------

    def plan_windows(self, run_id: int, specs: Sequence[WindowSpec]) -> list[Window]:
        """Write down windows to be asked for; those of the run that are written down already stay as they are.

        Returns:
            A window for each spec, in the order given.
        """
        if not specs:
            return []
        with self._writing() as sql:
            streams = _stream_ids(sql, [spec.stream for spec in specs])
            statement = insert(sql, schema.window).on_conflict_do_nothing(index_elements=_REQUEST)
            planned = [_planned(run_id, streams[spec.stream], spec) for spec in specs]
            sql.execute(statement, _in_order(planned))
            rows = sql.execute(_windows_query().where(_WINDOW.run_id == run_id))
            found = {_identity(window): window for window in map(_window, rows)}
        return [found[_identity(spec)] for spec in specs]

    def finish_windows(self, results: Sequence[WindowDone]) -> None:
        """Write down windows whose readings are durable in the lake, with their loads' counts and streams' ends.

        One durable transaction. Telling the same result twice changes nothing.
        """
        if not results:
            return
        with self._writing() as sql:
            sql.execute(_FINISH, [_finished(result) for result in results])
            _count_loads(sql, sorted({r.load_id for r in results if r.load_id is not None}))
            for result in results:
                if result.last_start is not None:
                    _advance_end(sql, result.window_id, result.last_start)

    def record_windows(self, kept: Sequence[KeptWindow], at: datetime) -> None:
        """Write down windows as done whose readings are durable in the lake, planned before or not.

        One durable transaction. Telling the same window of a run twice keeps one.
        """
        if not kept:
            return
        with self._writing() as sql:
            streams = _stream_ids(sql, [item.stream for item in kept])
            sql.execute(_keep_window(sql), _in_order([_kept(item, streams[item.stream], at) for item in kept]))
            _count_loads(sql, sorted({item.load_id for item in kept if item.load_id is not None}))
            ends = [(streams[item.stream], item.last_start) for item in kept if item.last_start is not None]
            if ends:
                sql.execute(_GROW, [{"number": number, "last": last} for number, last in sorted(ends)])

    def fail_window(self, window_id: int, error_code: str, at: datetime) -> None:
        """Write down that a window could not be had, and the code of the error."""
        with self._writing() as sql:
            sql.execute(
                update(schema.window)
                .where(_WINDOW.id == window_id, _WINDOW.state != WindowState.DONE.value)
                .values(state=WindowState.FAILED.value, error=error_code, at=at)
            )

    def windows(
        self, *, run_id: int | None = None, stream: Stream | None = None, state: WindowState | str | None = None
    ) -> list[Window]:
        """Windows in the order in which they were planned."""
        query = _windows_query()
        if run_id is not None:
            query = query.where(_WINDOW.run_id == run_id)
        if stream is not None:
            query = query.where(*_is_stream(stream))
        if state is not None:
            query = query.where(_WINDOW.state == WindowState(state).value)
        with self._reading() as sql:
            return [_window(row) for row in sql.execute(query)]

    def done_spans(self, stream: Stream) -> list[DoneSpan]:
        """Spans of a stream that were asked for and answered, oldest answer first."""
        query = (
            select(_WINDOW.keep_start, _WINDOW.keep_end, _WINDOW.at, _WINDOW.rows)
            .join_from(schema.window, schema.stream)
            .where(*_is_stream(stream), _WINDOW.state == WindowState.DONE.value)
            .order_by(_WINDOW.at, _WINDOW.id)
        )
        with self._reading() as sql:
            return [
                DoneSpan(keep_start=start, keep_end=end, fetched_at=int(at.timestamp()), rows=rows)
                for start, end, at, rows in sql.execute(query)
            ]

    # -- streams -----------------------------------------------------------------------------------------------------

    def stream_state(self, stream: Stream) -> StreamState | None:
        """What was learned of a stream; None until :meth:`save_stream_state` has been told something of it."""
        with self._reading() as sql:
            row = sql.execute(select(schema.stream).where(*_is_stream(stream), _STREAM.known)).first()
        return None if row is None else _state(row)

    def stream_states(self, connection_id: int | None = None) -> list[StreamState]:
        """What was learned of every stream, or of a connection's."""
        query = select(schema.stream).where(_STREAM.known).order_by(_STREAM.id)
        if connection_id is not None:
            query = query.where(_STREAM.connection_id == connection_id)
        with self._reading() as sql:
            return [_state(row) for row in sql.execute(query)]

    def save_stream_state(self, state: StreamState) -> None:
        """Keep what was learned of a stream. What is None stays as it was; ``last_start`` only grows."""
        with self._writing() as sql:
            number = _stream_ids(sql, [state.stream])[state.stream]
            said = {
                "floor": state.floor,
                "connected": state.connected,
                "has_interval": state.has_interval,
                "done_run": state.done_run,
            }
            learned = {name: value for name, value in said.items() if value is not None}
            sql.execute(update(schema.stream).where(_STREAM.id == number).values({**learned, "known": True}))
            if state.last_start is not None:
                sql.execute(_GROW, {"number": number, "last": state.last_start})


_REQUEST = ["run_id", "stream_id", "ask_start", "ask_end", "keep_start", "keep_end"]
_OUTCOME = ["state", "rows", "rows_new", "rows_revised", "rows_unchanged", "load_id", "at", "error"]
_FINISH = (
    update(schema.window)
    .where(_WINDOW.id == bindparam("number"))
    .values(
        state=WindowState.DONE.value,
        error=None,
        rows=bindparam("count"),
        rows_new=bindparam("new"),
        rows_revised=bindparam("revised"),
        rows_unchanged=bindparam("unchanged"),
        load_id=bindparam("load"),
        at=bindparam("done_at"),
    )
)
_KEEP_WINDOW: dict[str, Any] = {}
_COUNT_LOAD = (
    update(schema.load)
    .where(schema.load.c.id == bindparam("number"))
    .values(
        {
            name: select(func.sum(_WINDOW[name])).where(_WINDOW.load_id == schema.load.c.id).scalar_subquery()
            for name in ("rows_new", "rows_revised", "rows_unchanged")
        }
    )
)
_STREAM_KEY = ("connection_id", "account", "service_location", "industry", "frame")
_FIND_STREAM = select(_STREAM.id).where(*(_STREAM[name] == bindparam(name) for name in _STREAM_KEY))
_GROW = (
    update(schema.stream)
    .where(_STREAM.id == bindparam("number"), (_STREAM.last_start.is_(None)) | (_STREAM.last_start < bindparam("last")))
    .values(last_start=bindparam("last"))
)


def _finished(result: WindowDone) -> dict[str, Any]:
    return {
        "number": result.window_id,
        "count": result.rows,
        "new": result.new,
        "revised": result.revised,
        "unchanged": result.unchanged,
        "load": result.load_id,
        "done_at": result.at,
    }


def _keep_window(sql: Sql) -> Any:
    """The statement that writes a window down as done, planned before or not."""
    if sql.dialect.name not in _KEEP_WINDOW:  # built once, since building takes longer than running
        statement = insert(sql, schema.window)
        outcome = {name: statement.excluded[name] for name in _OUTCOME}
        _KEEP_WINDOW[sql.dialect.name] = statement.on_conflict_do_update(index_elements=_REQUEST, set_=outcome)
    return _KEEP_WINDOW[sql.dialect.name]


def _count_loads(sql: Sql, load_ids: Sequence[int]) -> None:
    """Loads' counts as the sums over their windows, so that telling a window twice does not count twice."""
    if load_ids:
        sql.execute(_COUNT_LOAD, [{"number": number} for number in load_ids])


def _advance_end(sql: Sql, window_id: int, last_start: int) -> None:
    number = sql.execute(select(_WINDOW.stream_id).where(_WINDOW.id == window_id)).scalar()
    if number is None:
        raise NotFound(f"there is no window {window_id}")
    sql.execute(_GROW, {"number": number, "last": last_start})


def _stream_ids(sql: Sql, streams: Iterable[Stream]) -> dict[Stream, int]:
    """Numbers of streams, new ones given one; inside a writing transaction."""
    numbers: dict[Stream, int] = {}
    for item in dict.fromkeys(streams):
        values = {name: getattr(item, name) for name in _STREAM_KEY}
        found = sql.execute(_FIND_STREAM, values).scalar()
        if found is None:
            sql.execute(insert(sql, schema.stream).values({**values, "known": False}).on_conflict_do_nothing())
            found = sql.execute(_FIND_STREAM, values).scalar_one()
        numbers[item] = found
    return numbers


def _is_stream(item: Stream) -> tuple[Any, ...]:
    return (
        _STREAM.connection_id == item.connection_id,
        _STREAM.account == item.account,
        _STREAM.service_location == item.service_location,
        _STREAM.industry == item.industry,
        _STREAM.frame == item.frame,
    )


def _in_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows in an order that all processes share, so that two never wait for each other in a circle."""
    return sorted(rows, key=lambda row: [row[name] for name in _REQUEST])


def _planned(run_id: int, stream_id: int, spec: WindowSpec) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "stream_id": stream_id,
        "ask_start": spec.ask_start,
        "ask_end": spec.ask_end,
        "keep_start": spec.keep_start,
        "keep_end": spec.keep_end,
        "state": WindowState.PLANNED.value,
        "rows": 0,
        "rows_new": 0,
        "rows_revised": 0,
        "rows_unchanged": 0,
    }


def _kept(item: KeptWindow, stream_id: int, at: datetime) -> dict[str, Any]:
    return {
        "run_id": item.run_id,
        "stream_id": stream_id,
        "ask_start": item.ask_start,
        "ask_end": item.ask_end,
        "keep_start": item.keep_start,
        "keep_end": item.keep_end,
        "state": WindowState.DONE.value,
        "rows": item.rows,
        "rows_new": item.new,
        "rows_revised": item.revised,
        "rows_unchanged": item.unchanged,
        "load_id": item.load_id,
        "at": at,
        "error": None,
    }


def _identity(item: WindowSpec | Window) -> tuple[Stream, int, int, int, int]:
    return item.stream, item.ask_start, item.ask_end, item.keep_start, item.keep_end


def _windows_query() -> Any:
    stream = (_STREAM.connection_id, _STREAM.account, _STREAM.service_location, _STREAM.industry, _STREAM.frame)
    return select(schema.window, *stream).join_from(schema.window, schema.stream).order_by(_WINDOW.id)


def _window(row: Row[Any]) -> Window:
    return Window(
        id=row.id,
        run_id=row.run_id,
        stream=_stream(row),
        ask_start=row.ask_start,
        ask_end=row.ask_end,
        keep_start=row.keep_start,
        keep_end=row.keep_end,
        state=WindowState(row.state),
        rows=row.rows,
        load_id=row.load_id,
        at=row.at,
        error=row.error,
    )


def _stream(row: Row[Any]) -> Stream:
    return Stream(
        connection_id=row.connection_id,
        account=row.account,
        service_location=row.service_location,
        industry=row.industry,
        frame=row.frame,
    )


def _state(row: Row[Any]) -> StreamState:
    return StreamState(
        stream=_stream(row),
        floor=row.floor,
        connected=row.connected,
        has_interval=row.has_interval,
        last_start=row.last_start,
        done_run=row.done_run,
    )


def _run(row: Row[Any]) -> Run:
    return Run(
        id=row.id,
        connection_id=row.connection_id,
        started_at=row.started_at,
        horizon=row.horizon,
        state=RunState(row.state),
        finished_at=row.finished_at,
    )
