"""VictoriaMetrics: a series a meter, values in Wh; qualities have no place in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from time import perf_counter, sleep
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks._questions import ON_PEAK_HOURS, ZONE, Answer, Asked, local_hours, local_months
from benchmarks.peers.http import Http
from benchmarks.peers.peer import Peer
from benchmarks.peers.server import free_port, program, running, size_of

_SETTLES_S = 3


@contextmanager
def started(folder: Path, programs: tuple[Path, ...]) -> Iterator[Peer]:
    """A server with nothing in it."""
    port, data = free_port(), folder / "data"
    command: list[str | Path] = [
        program("victoria-metrics", *programs), f"-httpListenAddr=127.0.0.1:{port}", f"-storageDataPath={data}",
        "-retentionPeriod=10y", "-search.disableCache", "-search.maxPointsPerTimeseries=1000000",
        "-search.maxQueryDuration=10m",
    ]  # fmt: skip
    http = Http(port)
    with running(command, lambda: http.answers("/health"), folder):
        yield VictoriaMetrics(http, data)


class VictoriaMetrics:
    """Questions in MetricsQL; what it can't say is worked out from its answer here, inside the clock."""

    name = "VictoriaMetrics"
    remark = "a series a meter, no qualities, result cache off; gaps can't be asked"

    def __init__(self, http: Http, data: Path) -> None:
        self._http, self._data = http, data

    def load(self, tables: Iterator[pa.Table]) -> float:
        """By JSON lines, a line a meter."""
        took = 0.0
        for table in tables:
            body = b"".join(_lines(table))
            begin = perf_counter()
            self._http.post("/api/v1/import", body)
            took += perf_counter() - begin
        return took

    def size(self) -> int:
        """After its memory was flushed and parts of months were merged."""
        self._http.get("/internal/force_flush")
        self._http.get("/internal/force_merge")
        sleep(_SETTLES_S)
        return size_of(self._data)

    def series(self, asked: Asked) -> Answer:
        """Q1, without qualities."""
        ends = {"start": asked.start, "end": asked.end - 1, "match[]": f'wh{{meter="{asked.meter}"}}'}
        found = [json.loads(line) for line in self._http.get("/api/v1/export", ends).splitlines()]
        start = np.concatenate([np.array(one["timestamps"], np.int64) for one in found]) // 1000
        value = np.concatenate([np.array(one["values"], np.int64) for one in found])
        order = np.argsort(start)
        return {"start": start[order], "wh": value[order]}

    def months(self, asked: Asked) -> Answer:
        """Q2: two questions a local month."""
        rows = []
        for month, start, end in local_months(asked):
            of = f'wh{{meter="{asked.meter}"}}[{end - start}s]'
            wh, peak = (self._at(f"{what}({of})", end)[1] for what in ("sum_over_time", "max_over_time"))
            if len(wh):
                rows.append((month, int(wh[0]), int(peak[0])))
        return dict(zip(("month", "wh", "peak"), np.array(rows, np.int64).T, strict=True))

    def hours(self, asked: Asked) -> Answer:
        """Q3: sums and counts by quarter hour, put together by local hour."""
        wh, n = (self._each(f"sum({what}(wh[15m]))", asked) for what in ("sum_over_time", "count_over_time"))
        hour = local_hours(wh[0])
        return {"hour": np.arange(24), "wh": _by(hour, wh[1], 24), "n": _by(hour, n[1], 24)}

    def peaks(self, asked: Asked) -> Answer:
        """Q4: sums by quarter hour, the highest of each local month."""
        start, wh = self._each("sum(sum_over_time(wh[15m]))", asked)
        rows = []
        for month, first, last in local_months(asked):
            low, high = np.searchsorted(start, (first, last))
            if low < high:
                top = low + int(wh[low:high].argmax())
                rows.append((month, wh[top], start[top]))
        return dict(zip(("month", "wh", "top"), np.array(rows, np.int64).T, strict=True))

    def split(self, asked: Asked) -> Answer:
        """Q5: one question for the month, one for the on-peak hours of each weekday."""
        meter, whole = self._at(f"sum_over_time(wh[{asked.end - asked.start}s])", asked.end)
        total = dict(zip(meter.tolist(), whole.tolist(), strict=True))
        on = dict.fromkeys(total, 0)
        first, last = ON_PEAK_HOURS
        zone = ZoneInfo(ZONE)
        for noon in range(asked.start + 43_200, asked.end, 86_400):
            day = datetime.fromtimestamp(noon, zone)
            if day.weekday() < 5:
                end = int(day.replace(hour=last, minute=0).timestamp())
                for one, value in zip(*self._at(f"sum_over_time(wh[{last - first}h])", end), strict=True):
                    on[int(one)] += int(value)
        rows = [(one, peak, on[one] if peak else total[one] - on[one]) for one in sorted(total) for peak in (0, 1)]
        return dict(zip(("meter_id", "peak", "wh"), np.array(rows, np.int64).T, strict=True))

    def answer(self, question: str, result: Any) -> Answer:
        """As it is."""
        found: Answer = result
        return found

    def _at(self, query: str, end: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Meters and values of a question whose window ends before an instant."""
        found = self._http.json("/api/v1/query", {"query": query, "time": end - 1})["data"]["result"]
        rows = [(int(one["metric"].get("meter", 0)), int(one["value"][1])) for one in found]
        return np.array([row[0] for row in rows], np.int64), np.array([row[1] for row in rows], np.int64)

    def _each(self, query: str, asked: Asked) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Starts and values of a question asked of each quarter hour: windows are open at their beginning."""
        ends = {"query": query, "start": asked.start + 899, "end": asked.end - 1, "step": 900, "nocache": 1}
        (found,) = self._http.json("/api/v1/query_range", ends)["data"]["result"]
        rows = np.array([(at - 899, int(value)) for at, value in found["values"]], np.int64)
        return rows[:, 0], rows[:, 1]


def _lines(table: pa.Table) -> Iterator[bytes]:
    meter = table["meter_id"].to_numpy()
    millis = table["ts"].to_numpy().view(np.int64) // 1000
    value = table["wh"].to_numpy()
    edges = [0, *(np.flatnonzero(np.diff(meter)) + 1).tolist(), len(meter)]
    for low, high in pairwise(edges):
        name = {"__name__": "wh", "meter": str(meter[low])}
        held = {"metric": name, "values": value[low:high].tolist(), "timestamps": millis[low:high].tolist()}
        yield json.dumps(held, separators=(",", ":")).encode() + b"\n"


def _by(number: NDArray[np.int64], value: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    total = np.zeros(count, np.int64)
    np.add.at(total, number, value)
    return total
