"""The questions as somebody who knows DuckDB and Polars well writes them, straight on the evidence's files.

The files are picked by their bounds first, local time comes from a joined calendar, and gaps from neighbours in sorted
rows, since each was measured to be the fastest way. What is timed ends with an Arrow table or a frame; `answer` then
brings it to the form that is compared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa

from benchmarks._evidence import Evidence
from benchmarks._questions import Answer, Asked, calendar, gap_rows

SLOT_US = 900_000_000
Question = Callable[[Asked], Any]


class DuckDb:
    """Queries in SQL."""

    name = "DuckDB"

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._connection = duckdb.connect()
        self._connection.execute("set TimeZone = 'UTC'")
        times = calendar()
        known = pa.table({"ts": _timestamps(times["start"]), **{k: times[k] for k in ("month", "hour", "on")}})
        self._connection.register("known", known)
        self._connection.execute('create table calendar as select ts, month, hour, "on" as peak from known')

    def series(self, asked: Asked) -> pa.Table:
        """Q1 and Q8."""
        wanted = "meter_id = ? and ts >= make_timestamptz(?) and ts < make_timestamptz(?)"
        values = [asked.meter, asked.start * 1_000_000, asked.end * 1_000_000]
        files = self._evidence.pick(asked.start, asked.end, asked.meter)
        if asked.as_of is None:
            return self._run(f"select ts, wh, q from {_files(files)} where {wanted} order by ts", values)
        now = f"select ts, wh, q from {_files(files)} where {wanted} and load_id <= ?"
        history = _files([str(path) for path in self._evidence.history])
        then = f"select ts, wh, q from {history} where {wanted} and load_id <= ? and superseded_by > ?"
        both = [*values, asked.as_of, *values, asked.as_of, asked.as_of]
        return self._run(f"{now} union all {then} order by ts", both)

    def months(self, asked: Asked) -> pa.Table:
        """Q2."""
        return self._run(
            f"select month, sum(wh)::bigint wh, max(wh) peak from {self._picked(asked)} join calendar using (ts) "
            "where meter_id = ? and ts >= make_timestamptz(?) and ts < make_timestamptz(?) "
            "group by month order by month",
            [asked.meter, asked.start * 1_000_000, asked.end * 1_000_000],
        )

    def hours(self, asked: Asked) -> pa.Table:
        """Q3."""
        return self._over("hour, sum(wh)::bigint wh, count(*) n", "hour", asked)

    def peaks(self, asked: Asked) -> pa.Table:
        """Q4."""
        start, end = asked.start * 1_000_000, asked.end * 1_000_000
        return self._run(
            "with load as (select ts, sum(wh)::bigint wh from "
            f"{self._picked(asked)} where ts >= make_timestamptz(?) and ts < make_timestamptz(?) group by ts) "
            "select month, max(wh) wh, arg_max(ts, wh) as top from load join calendar using (ts) "
            "group by month order by month",
            [start, end],
        )

    def split(self, asked: Asked) -> pa.Table:
        """Q5."""
        return self._over("meter_id, peak, sum(wh)::bigint wh", "meter_id, peak", asked)

    def gaps(self, asked: Asked) -> pa.Table:
        """Q6."""
        start, end = asked.start * 1_000_000, asked.end * 1_000_000
        return self._run(
            "with near as (select meter_id, epoch_us(ts) seen, coalesce(lag(epoch_us(ts)) over each, ? - ?) before, "
            f"lead(meter_id) over each is null last from {self._picked(asked)} "
            "where ts >= make_timestamptz(?) and ts < make_timestamptz(?) "
            "window each as (partition by meter_id order by ts)) "
            "select meter_id, before + ? after, seen until from near where seen - before > ? "
            "union all select meter_id, seen + ?, ? from near where last and seen + ? < ?",
            [start, SLOT_US, start, end, SLOT_US, SLOT_US, SLOT_US, end, SLOT_US, end],
        )

    def _over(self, what: str, by: str, asked: Asked) -> pa.Table:
        return self._run(
            f"select {what} from {self._picked(asked)} join calendar using (ts) "
            f"where ts >= make_timestamptz(?) and ts < make_timestamptz(?) group by {by} order by {by}",
            [asked.start * 1_000_000, asked.end * 1_000_000],
        )

    def _picked(self, asked: Asked) -> str:
        return _files(self._evidence.pick(asked.start, asked.end, asked.meter))

    def _run(self, query: str, values: list[Any]) -> pa.Table:
        return self._connection.sql(query, params=values).to_arrow_table()


class Polars:
    """Queries as lazy frames."""

    name = "Polars"

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        times = calendar()
        known = {"ts": times["start"] * 1_000_000, **{k: times[k] for k in ("month", "hour")}, "peak": times["on"]}
        at = pl.col("ts").cast(pl.Datetime("us", "UTC"))
        small = [pl.col("month").cast(pl.Int32), pl.col("hour", "peak").cast(pl.Int8)]
        self._calendar = pl.DataFrame(known).with_columns(at, *small).lazy()

    def series(self, asked: Asked) -> pl.DataFrame:
        """Q1 and Q8."""
        columns = ["ts", "wh", "q"]
        rows = self._rows(asked)
        if asked.as_of is None:
            return rows.select(columns).collect()
        history = self._mine(pl.scan_parquet(self._evidence.history), asked)
        then = history.filter((pl.col("load_id") <= asked.as_of) & (pl.col("superseded_by") > asked.as_of))
        now = rows.filter(pl.col("load_id") <= asked.as_of)
        return pl.concat([now.select(columns), then.select(columns)]).sort("ts").collect()

    def months(self, asked: Asked) -> pl.DataFrame:
        """Q2."""
        return self._by("month", asked, pl.col("wh").sum(), pl.col("wh").max().alias("peak")).collect()

    def hours(self, asked: Asked) -> pl.DataFrame:
        """Q3."""
        return self._by("hour", asked, pl.col("wh").cast(pl.Int64).sum(), pl.len().alias("n")).collect()

    def peaks(self, asked: Asked) -> pl.DataFrame:
        """Q4."""
        load = self._rows(asked).group_by("ts").agg(pl.col("wh").cast(pl.Int64).sum())
        top = [pl.col("wh").max(), pl.col("ts").get(pl.col("wh").arg_max()).alias("top")]
        return load.join(self._calendar, on="ts").group_by("month").agg(top).sort("month").collect()

    def split(self, asked: Asked) -> pl.DataFrame:
        """Q5."""
        rows = self._rows(asked).join(self._calendar, on="ts")
        return (
            rows.group_by("meter_id", "peak").agg(pl.col("wh").cast(pl.Int64).sum()).sort("meter_id", "peak").collect()
        )

    def gaps(self, asked: Asked) -> pl.DataFrame:
        """Q6: neighbours in rows as they lie; a meter's runs in several files are then put beside each other."""
        start, end = asked.start * 1_000_000, asked.end * 1_000_000
        rows = self._rows(asked).select(meter_id="meter_id", at=pl.col("ts").cast(pl.Int64)).collect()
        meter, at = pl.col("meter_id"), pl.col("at")
        gap = rows.select("meter_id", after=at.shift() + SLOT_US, until="at", whole=meter == meter.shift())
        inner = gap.filter(pl.col("whole") & (pl.col("until") > pl.col("after"))).drop("whole")
        first = rows.filter((meter != meter.shift()).fill_null(value=True))
        last = rows.filter((meter != meter.shift(-1)).fill_null(value=True)).select(last="at")
        runs = pl.concat([first, last], how="horizontal").sort("meter_id", "at")
        known = pl.when(meter == meter.shift()).then(pl.col("last").shift() + SLOT_US).otherwise(start)
        before = runs.select("meter_id", after=known, until="at")
        ends = runs.filter((meter != meter.shift(-1)).fill_null(value=True))
        after = ends.select("meter_id", after=pl.col("last") + SLOT_US, until=pl.lit(end))
        return pl.concat([inner, *(one.filter(pl.col("until") > pl.col("after")) for one in (before, after))])

    def _by(self, period: str, asked: Asked, *what: pl.Expr) -> pl.LazyFrame:
        return self._rows(asked).join(self._calendar, on="ts").group_by(period).agg(what).sort(period)

    def _rows(self, asked: Asked) -> pl.LazyFrame:
        files = self._evidence.pick(asked.start, asked.end, asked.meter)
        return self._mine(pl.scan_parquet(files), asked)

    def _mine(self, rows: pl.LazyFrame, asked: Asked) -> pl.LazyFrame:
        low, high = (pl.lit(at * 1_000_000).cast(pl.Datetime("us", "UTC")) for at in (asked.start, asked.end))
        rows = rows.filter((pl.col("ts") >= low) & (pl.col("ts") < high))
        return rows if asked.meter is None else rows.filter(pl.col("meter_id") == asked.meter)


def answer(question: str, result: pa.Table | pl.DataFrame) -> Answer:
    """What a query gave, in the form that is compared."""
    table = result.to_arrow() if isinstance(result, pl.DataFrame) else result
    found = {name: _integers(table[name]) for name in table.column_names}
    if question == "gaps":
        return gap_rows(found["meter_id"], found["after"] // 1_000_000, found["until"] // 1_000_000)
    names = {"ts": "start", "q": "quality"}
    seconds = {name: values // 1_000_000 for name, values in found.items() if name in ("ts", "top")}
    return {names.get(name, name): seconds.get(name, values) for name, values in found.items()}


def _integers(column: pa.ChunkedArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.asarray(column.cast(pa.int64()).to_numpy())


def _timestamps(seconds: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.Array:
    return pa.array(seconds * 1_000_000).cast(pa.timestamp("us", tz="UTC"))


def _files(paths: list[str]) -> str:
    listed = ", ".join(f"'{path}'" for path in paths)
    return f"read_parquet([{listed}], hive_partitioning = false)"
