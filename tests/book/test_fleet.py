"""All meters of a lake under several schedules: each as if it were priced by itself, and what is missing is told."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
from tariffs.by_hand import END, START, STEP, ZONE, tariff

from meterbook.book.fleet import price_channels
from meterbook.model.channel import Channel
from meterbook.model.series import IntervalSeries
from meterbook.store.readings import Batch, ReadingsLake
from meterbook.tariffs.inputs import Account, Usage, months
from meterbook.tariffs.plan import plan
from meterbook.tariffs.pricing import price

STARTS = np.arange(START, END, STEP, dtype=np.int64)
LOADS = np.random.default_rng(20250309).integers(0, 900, (5, len(STARTS)))
FLAT = tariff(
    [{"charge": "fixed", "name": "Base", "amount": 10}, {"charge": "energy", "name": "E", "rates": [{"rate": "0.1"}]}]
)
BANK = tariff(
    [
        {"charge": "energy", "name": "E", "of": "net", "rates": [{"rate": "0.12"}]},
        {"charge": "export", "name": "Bank", "scheme": "net-metering"},
    ]
)


def test_each_channel_is_priced_as_by_itself_whatever_is_read_together(tmp_path: Path) -> None:
    lake = ReadingsLake.open(tmp_path)
    channel = Channel(utility="u", account="1", service_location="1", meter="1")
    held = np.ones(len(STARTS), np.bool_)
    held[40:43] = False  # the third channel lacks three quarter hours of January
    batches = []
    for row, values in enumerate(LOADS):
        kept = held if row == 2 else np.ones(len(STARTS), np.bool_)
        series = IntervalSeries(
            channel=channel, start=STARTS[kept], value=values[kept], quality=np.zeros(int(kept.sum()), np.int8), scale=3
        )
        batches.append(Batch(channel_id=row + 1, load_id=1, series=series))
    lake.write(batches)
    spans = months(START, END, ZONE)
    plans = [plan(one, spans, first=START, end=END, step_s=STEP) for one in (FLAT, BANK)]  # the second bill by bill
    found = list(price_channels(lake, [1, 2, 3, 4, 5], plans, [Account(), Account()], together=2))
    assert [one.channels for one in found] == [(1, 2), (3, 4), (5,)]
    for one in found:
        for row, number in enumerate(one.channels):
            values = LOADS[number - 1] * (held if number == 3 else 1)
            for made, totals in zip(plans, one.totals, strict=True):
                bills = price(made, Usage(first=START, step_s=STEP, scale=3, delivered=values))
                assert [bill.total for bill in bills] == [
                    Decimal(int(amount)).scaleb(-totals.places) for amount in totals.amount[row]
                ]
            assert one.missing[row].tolist() == [3 if number == 3 else 0] + [0] * 11
