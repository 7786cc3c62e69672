"""InfluxDB 1.x: a series a meter, with the value and the quality as fields."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import perf_counter, sleep
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from benchmarks._questions import ON_PEAK_HOURS, ZONE, Answer, Asked, local_hours, local_months
from benchmarks.peers.http import Http
from benchmarks.peers.peer import Peer
from benchmarks.peers.server import free_port, program, running, size_of

_LINES = 20_000
_SETTLES_S = 20
_SETTINGS = """
reporting-disabled = true
bind-address = "127.0.0.1:{other}"
[meta]
dir = "{folder}/meta"
[data]
dir = "{folder}/data"
wal-dir = "{folder}/wal"
query-log-enabled = false
cache-max-memory-size = "4g"
[http]
bind-address = "127.0.0.1:{port}"
log-enabled = false
max-row-limit = 0
max-body-size = 0
[monitor]
store-enabled = false
"""


@contextmanager
def started(folder: Path, programs: tuple[Path, ...]) -> Iterator[Peer]:
    """A server with an empty database."""
    port, settings = free_port(), folder / "influxdb.conf"
    settings.write_text(_SETTINGS.format(folder=folder, port=port, other=free_port()))
    http = Http(port)
    with running([program("influxd", *programs), "-config", settings], lambda: http.answers("/ping"), folder):
        http.post("/query?q=CREATE+DATABASE+bench", b"")
        yield InfluxDb(http, folder)


class InfluxDb:
    """Questions in InfluxQL; what it can't say is worked out from its answer here, inside the clock."""

    name = "InfluxDB"
    remark = "a series a meter, value and quality as fields; gaps across the ends can't be asked"

    def __init__(self, http: Http, folder: Path) -> None:
        self._http, self._folder = http, folder

    def load(self, tables: Iterator[pa.Table]) -> float:
        """By the line protocol, twenty thousand lines a request."""
        took = 0.0
        for table in tables:
            lines = _lines(table)
            for first in range(0, len(lines), _LINES):
                body = "\n".join(lines[first : first + _LINES]).encode()
                begin = perf_counter()
                self._http.post("/write?db=bench&precision=s", body)
                took += perf_counter() - begin
        return took

    def size(self) -> int:
        """A while after the last write; a full compaction may come hours later."""
        sleep(_SETTLES_S)
        return size_of(self._folder / "data") + size_of(self._folder / "wal")

    def series(self, asked: Asked) -> Answer:
        """Q1."""
        ((_, rows),) = self._rows(f"select wh, q from readings where {_mine(asked)}")
        return dict(zip(("start", "wh", "quality"), rows.T, strict=True))

    def months(self, asked: Asked) -> Answer:
        """Q2: a statement a local month."""
        months = [(month, Asked(start=start, end=end, meter=asked.meter)) for month, start, end in local_months(asked)]
        asks = ";".join(f"select sum(wh), max(wh) from readings where {_mine(one)}" for _, one in months)
        results = self._results(asks)
        rows = [
            (month, *result["series"][0]["values"][0][1:])
            for (month, _), result in zip(months, results, strict=True)
            if "series" in result
        ]
        return dict(zip(("month", "wh", "peak"), np.array(rows, np.int64).T, strict=True))

    def hours(self, asked: Asked) -> Answer:
        """Q3: by hour, put together by local hour."""
        by = f"select sum(wh), count(wh) from readings where {_mine(asked)} group by time(1h) fill(none)"
        ((_, rows),) = self._rows(by)
        hour, total = local_hours(rows[:, 0]), np.zeros((24, 2), np.int64)
        np.add.at(total, hour, rows[:, 1:])
        return {"hour": np.arange(24), "wh": total[:, 0], "n": total[:, 1]}

    def peaks(self, asked: Asked) -> Answer:
        """Q4: by quarter hour, the highest of each local month."""
        ((_, load),) = self._rows(f"select sum(wh) from readings where {_mine(asked)} group by time(15m) fill(none)")
        rows = []
        for month, first, last in local_months(asked):
            low, high = np.searchsorted(load[:, 0], (first, last))
            if low < high:
                top = low + int(load[low:high, 1].argmax())
                rows.append((month, load[top, 1], load[top, 0]))
        return dict(zip(("month", "wh", "top"), np.array(rows, np.int64).T, strict=True))

    def split(self, asked: Asked) -> Answer:
        """Q5: by hour of UTC for each meter, put together by period."""
        by = f"select sum(wh) from readings where {_mine(asked)} group by meter, time(1h) fill(none)"
        totals = []
        for tags, rows in self._rows(by):
            peak = _on_peak(rows[:, 0])
            totals += [(int(tags["meter"]), one, rows[peak == one, 1].sum()) for one in (0, 1) if (peak == one).any()]
        return dict(zip(("meter_id", "peak", "wh"), np.array(sorted(totals), np.int64).T, strict=True))

    def answer(self, question: str, result: Any) -> Answer:
        """As it is."""
        found: Answer = result
        return found

    def _rows(self, query: str) -> list[tuple[dict[str, str], NDArray[np.int64]]]:
        (result,) = self._results(query)
        return [(one.get("tags", {}), np.array(one["values"], np.int64)) for one in result["series"]]

    def _results(self, query: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._http.json("/query", {"db": "bench", "epoch": "s", "q": query})["results"]
        return found


def _mine(asked: Asked) -> str:
    meter = "" if asked.meter is None else f"meter = '{asked.meter}' and "
    return f"{meter}time >= {asked.start}s and time < {asked.end}s"


def _on_peak(start: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.array([_is_on_peak(at) for at in start.tolist()], np.int64)


_KNOWN: dict[int, int] = {}


def _is_on_peak(start: int) -> int:
    if start not in _KNOWN:
        at = datetime.fromtimestamp(start, ZoneInfo(ZONE))
        _KNOWN[start] = int(at.weekday() < 5 and ON_PEAK_HOURS[0] <= at.hour < ON_PEAK_HOURS[1])
    return _KNOWN[start]


def _lines(table: pa.Table) -> list[str]:
    text = [pc.cast(column, pa.string()) for column in (table["meter_id"], table["wh"], table["q"])]
    seconds = pc.cast(pa.array(table["ts"].to_numpy().view(np.int64) // 1_000_000), pa.string())
    meter, wh, q = (one.combine_chunks() for one in text)
    parts = ["readings,meter=", meter, " wh=", wh, "i,q=", q, "i ", seconds, ""]
    lines: list[str] = pc.binary_join_element_wise(*parts).to_pylist()
    return lines
