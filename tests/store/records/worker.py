"""A process that writes records as a sync does, for the tests that run two and kill some.

It prints one line for each thing after it was told that it is durable.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from meterbook.model.channel import Channel
from meterbook.model.finding import Finding
from meterbook.model.provenance import Provenance, SourceKind
from meterbook.store.records import Records, Stream, WindowDone, WindowSpec

T0 = datetime(2026, 3, 1, tzinfo=UTC)


def main(target: str, run_id: int, rounds: int) -> None:
    """Plan, load and finish windows, two a round."""
    records = Records.open(target if "://" in target else Path(target))
    run = next(run for run in records.runs() if run.id == run_id)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(rounds):
        channels = [Channel(utility="u", account="1", service_location="1", meter=str(number + k)) for k in range(3)]
        ids = records.channel_ids(channels)
        stream = Stream(
            connection_id=run.connection_id, account="1", service_location="1", industry="ELECTRIC", frame="15m"
        )
        specs = [
            WindowSpec(stream=stream, ask_start=at, ask_end=at + 10, keep_start=at, keep_end=at + 10)
            for at in (number * 10, number * 10 + 10)
        ]
        windows = records.plan_windows(run_id, specs)
        loads = records.begin_loads([Provenance(kind=SourceKind.PORTAL, source="h", at=T0)] * 2)
        records.add_findings(
            ids[0], "1", [Finding(name="vee.gap", message="m", start=number, end=number + 1)], None, T0
        )
        records.finish_windows(
            [
                WindowDone(
                    window_id=w.id, rows=1, new=1, revised=0, unchanged=0, load_id=load, at=T0, last_start=w.keep_start
                )
                for w, load in zip(windows, loads, strict=True)
            ]
        )
        records.append_audit(at=T0, actor="worker", action="round", subject=str(number), detail="")
        print(number, *ids, *(w.id for w in windows), *loads, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
