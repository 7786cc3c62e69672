"""Books with readings of made accounts, and schedules of a made utility, to compare rates on."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.book import Book
from meterbook.model.channel import Channel, FlowDirection
from meterbook.model.provenance import Provenance, SourceKind
from meterbook.model.series import IntervalSeries
from meterbook.store.readings import Batch
from meterbook.store.records import UtilityRecord

UTILITY = "testco"
ZONE = ZoneInfo("America/New_York")
STEP = 900
AT = datetime(2026, 3, 1, tzinfo=UTC)

FLAT = """\
format: meterbook-tariff/1
utility: testco
code: FLAT
name: Flat
zone: America/New_York
sector: residential
versions:
  - start: 2000-01-01
    charges:
      - {charge: fixed, name: Base, amount: 10}
      - {charge: energy, name: Energy, rates: [{rate: 0.10}]}
"""
TOU = """\
format: meterbook-tariff/1
utility: testco
code: TOU
name: Time of use
zone: America/New_York
sector: residential
periods:
  tou:
    on-peak: [{days: [mon, tue, wed, thu, fri], start: "14:00", end: "18:00"}]
    off-peak: rest
versions:
  - start: 2000-01-01
    charges:
      - {charge: fixed, name: Base, amount: 10}
      - charge: energy
        name: Energy
        rates: [{period: on-peak, rate: 0.30}, {period: off-peak, rate: 0.06}]
"""
SHELL = """\
format: meterbook-tariff/1
utility: testco
code: SHELL
name: Not known
zone: America/New_York
sector: residential
versions: [{start: 2000-01-01, not_known: [the price of energy]}]
"""
SHOP = FLAT.replace("FLAT", "SHOP").replace("residential", "commercial")


def instant(day: str) -> int:
    """Local midnight of a day."""
    return int(datetime.fromisoformat(day).replace(tzinfo=ZONE).timestamp())


def starts(first: str, last: str, step: int = STEP) -> NDArray[np.int64]:
    """Starts of intervals from one local midnight to another."""
    return np.arange(instant(first), instant(last), step, dtype=np.int64)


def series(
    at: NDArray[np.int64], wh: NDArray[np.int64] | int, *, meter: str = "m1", account: str = "100",
    flow: FlowDirection = FlowDirection.DELIVERED, location: str = "L1", step: int = STEP,
) -> IntervalSeries:  # fmt: skip
    """Readings of a meter, Wh."""
    channel = Channel(
        utility=UTILITY, account=account, service_location=location, meter=meter, flow=flow, interval_s=step
    )
    values = np.full(len(at), wh, np.int64) if isinstance(wh, int) else wh
    return IntervalSeries(channel=channel, start=at, value=values, quality=np.zeros(len(at), np.int8), scale=3)


def keep(folder: Path, *held: IntervalSeries, schedules: tuple[str, ...] = (FLAT, TOU, SHELL, SHOP)) -> Path:
    """A book with readings and schedules of its own."""
    with Book.open(folder) as book:
        if book.records.utility(UTILITY) is None:
            book.records.save_utility(
                UtilityRecord(slug=UTILITY, name="Test Co-op", host="", zone=ZONE.key, state="", how="given", at=AT)
            )
        ids = book.records.channel_ids([one.channel for one in held])
        (load,) = book.records.begin_loads([Provenance(kind=SourceKind.FILE, source="made", at=AT)])
        book.lake.write(
            [Batch(channel_id=number, load_id=load, series=one) for number, one in zip(ids, held, strict=True)]
        )
    place = folder / "tariffs" / UTILITY
    place.mkdir(parents=True, exist_ok=True)
    for text in schedules:
        code = next(line.split(":")[1].strip() for line in text.splitlines() if line.startswith("code:"))
        (place / f"{code}.yaml").write_text(text)
    return folder
