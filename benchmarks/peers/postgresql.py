"""PostgreSQL: one table with a partition a month and a primary key, as most would write it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import numpy as np
import pyarrow as pa

from benchmarks._questions import ON_PEAK_HOURS, ZONE, Answer, Asked, gap_rows
from benchmarks.peers.peer import Peer
from benchmarks.peers.server import NotInstalled, free_port, program, running

_END = "-- answered --"
_EPOCH_US = 946_684_800_000_000  # PostgreSQL counts from 2000
_SETTINGS = {
    "shared_buffers": "1GB",
    "work_mem": "128MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "4GB",
    "max_parallel_workers_per_gather": "2",
    "timezone": "UTC",
}
_FIELDS = (("meter", ">i4"), ("ts", ">i8"), ("wh", ">i4"), ("q", ">i2"), ("load", ">i4"))
_ROW = np.dtype(
    [
        ("fields", ">i2"),
        *((f"{name}{part}", kind) for name, one in _FIELDS for part, kind in (("_size", ">i4"), ("", one))),
    ]
)


@contextmanager
def started(folder: Path, programs: tuple[Path, ...]) -> Iterator[Peer]:
    """A server with an empty table."""
    places = (*programs, *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))
    initdb, postgres, psql = (program(name, *places) for name in ("initdb", "postgres", "psql"))
    user = _other_user(folder)
    data, port = folder / "data", free_port()
    subprocess.run(
        [initdb, "-D", data, "-U", "bench", "--auth=trust", "-E", "UTF8", "--locale=C"],
        check=True, capture_output=True, user=user, cwd=folder,
    )  # fmt: skip
    settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
    command: list[str | Path] = [
        postgres,
        "-D",
        data,
        "-p",
        str(port),
        "-c",
        "listen_addresses=127.0.0.1",
        "-k",
        folder,
        *settings,
    ]
    client = [str(psql), "-h", "127.0.0.1", "-p", str(port), "-U", "bench", "-d", "postgres", "-X", "-q", "-A", "-t"]

    def ready() -> bool:
        return subprocess.run([*client, "-c", "select 1"], capture_output=True, check=False).returncode == 0

    with running(command, ready, folder, user):
        peer = PostgreSql(client)
        try:
            yield peer
        finally:
            peer.close()  # the server waits for its sessions to end


class PostgreSql:
    """Questions in SQL."""

    name = "PostgreSQL"
    remark = "a partition a month, primary key (meter_id, ts)"

    def __init__(self, client: list[str]) -> None:
        self._client = client
        self._session = subprocess.Popen(client, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._ask(
            "create table readings (meter_id int4, ts timestamptz, wh int4, q int2, load_id int4) "
            "partition by range (ts)"
        )
        for month in range(24_300, 24_320):
            low, high = (f"{one // 12}-{one % 12 + 1:02d}-01" for one in (month, month + 1))
            self._ask(f"create table m{month} partition of readings for values from ('{low}') to ('{high}')")

    def load(self, tables: Iterator[pa.Table]) -> float:
        """By binary copies, then the key, then what autovacuum would do some day."""
        took = 0.0
        for table in tables:
            rows = _binary(table)
            begin = perf_counter()
            copy = [*self._client, "-c", "copy readings from stdin (format binary)"]
            subprocess.run(copy, input=rows, check=True, capture_output=True)
            took += perf_counter() - begin
        begin = perf_counter()
        self._ask("alter table readings add primary key (meter_id, ts)")
        self._ask("vacuum analyze readings")
        return took + perf_counter() - begin

    def size(self) -> int:
        """The tables and their keys; not the log of writes."""
        of_parts = "from pg_inherits where inhparent = 'readings'::regclass"
        (size,) = self._ask(f"select sum(pg_total_relation_size(inhrelid)) {of_parts}")
        return int(size)

    def series(self, asked: Asked) -> list[str]:
        """Q1."""
        return self._ask(f"select extract(epoch from ts)::int8, wh, q from readings where {_mine(asked)} order by ts")

    def months(self, asked: Asked) -> list[str]:
        """Q2."""
        month = f"to_char(ts at time zone '{ZONE}', 'YYYYMM')::int"
        return self._ask(f"select {month} m, sum(wh), max(wh) from readings where {_mine(asked)} group by m order by m")

    def hours(self, asked: Asked) -> list[str]:
        """Q3."""
        load = f"select ts, sum(wh) wh, count(*) n from readings where {_mine(asked)} group by ts"
        hour = f"extract(hour from ts at time zone '{ZONE}')::int"
        return self._ask(f"with load as ({load}) select {hour} h, sum(wh), sum(n) from load group by h order by h")

    def peaks(self, asked: Asked) -> list[str]:
        """Q4."""
        load = f"select ts, sum(wh) wh from readings where {_mine(asked)} group by ts"
        month = f"to_char(ts at time zone '{ZONE}', 'YYYYMM')::int"
        return self._ask(
            f"with load as ({load}) select distinct on (m) {month} m, wh, extract(epoch from ts)::int8 "
            "from load order by m, wh desc, ts"
        )

    def split(self, asked: Asked) -> list[str]:
        """Q5, with local time worked out once for each start, not for each reading."""
        local = f"t at time zone '{ZONE}'"
        first, last = ON_PEAK_HOURS[0], ON_PEAK_HOURS[1] - 1
        peak = f"(extract(isodow from {local}) < 6 and extract(hour from {local}) between {first} and {last})::int"
        times = (
            f"select t ts, {peak} peak from generate_series({_at(asked.start)}, {_at(asked.end)}, interval '15 min') t"
        )
        return self._ask(
            f"with known as materialized ({times}) select meter_id, peak, sum(wh) from readings join known using (ts) "
            f"where {_mine(asked)} group by 1, 2 order by 1, 2"
        )

    def gaps(self, asked: Asked) -> list[str]:
        """Q6."""
        at = "extract(epoch from ts)::int8"
        return self._ask(
            f"with near as (select meter_id, {at} seen, coalesce(lag({at}) over each, {asked.start} - 900) before, "
            f"lead(ts) over each is null last from readings where {_mine(asked)} "
            "window each as (partition by meter_id order by ts)) "
            "select meter_id, before + 900, seen from near where seen - before > 900 union all "
            f"select meter_id, seen + 900, {asked.end} from near where last and seen + 900 < {asked.end}"
        )

    def answer(self, question: str, result: object) -> Answer:
        """Lines of numbers as columns."""
        assert isinstance(result, list)
        rows = np.array([line.split("|") for line in result], np.int64)
        if question == "gaps":
            return gap_rows(*rows.T)
        names = {
            "series": ("start", "wh", "quality"), "months": ("month", "wh", "peak"), "hours": ("hour", "wh", "n"),
            "peaks": ("month", "wh", "top"), "split": ("meter_id", "peak", "wh"),
        }  # fmt: skip
        return dict(zip(names[question], rows.T, strict=True))

    def close(self) -> None:
        """End the session."""
        self._session.communicate("\\q\n")

    def _ask(self, query: str) -> list[str]:
        assert self._session.stdin is not None
        assert self._session.stdout is not None
        self._session.stdin.write(f"{query};\n\\echo {_END}\n")
        self._session.stdin.flush()
        lines = []
        while (line := self._session.stdout.readline().rstrip("\n")) != _END:
            lines.append(line)
        return lines


def _mine(asked: Asked) -> str:
    meter = "" if asked.meter is None else f"meter_id = {asked.meter} and "
    return f"{meter}ts >= {_at(asked.start)} and ts < {_at(asked.end)}"


def _at(instant: int) -> str:
    return f"timestamptz '{datetime.fromtimestamp(instant, UTC).isoformat()}'"


def _binary(table: pa.Table) -> bytes:
    rows = np.zeros(len(table), _ROW)
    rows["fields"] = len(_FIELDS)
    columns = (
        table["meter_id"].to_numpy(), table["ts"].to_numpy().view(np.int64) - _EPOCH_US, table["wh"].to_numpy(),
        table["q"].to_numpy(), table["load_id"].to_numpy(),
    )  # fmt: skip
    for (name, kind), column in zip(_FIELDS, columns, strict=True):
        rows[f"{name}_size"] = np.dtype(kind).itemsize
        rows[name] = column
    return b"PGCOPY\n\xff\r\n\x00" + bytes(8) + rows.tobytes() + b"\xff\xff"


def _other_user(folder: Path) -> str | None:
    """The server refuses to run as root: then who Debian's package made for it runs it."""
    if os.geteuid() != 0:
        return None
    try:
        shutil.chown(folder, "postgres", "postgres")
    except LookupError as err:
        raise NotInstalled("a user named postgres, since this one is root") from err
    return "postgres"
