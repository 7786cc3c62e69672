"""A book with the history of one practice account: its bills, and every interval that its meters counted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from meterbook.book import Book
from meterbook.store.records import UtilityRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meterbook.analysis.bills.checks import BillRun
    from meterbook.model.statement import Statement

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)


def keep(opened: Book, bills: Sequence[Statement], at: datetime = NOW) -> None:
    """Keep bills as the practice co-op's portal tells them."""
    opened.records.save_statements(bills, source="practice.example", at=at, utility="practice")


def keep_history(folder: Path, history: BillRun) -> None:
    """Fill a book with an account's bills and intervals."""
    with Book.open(folder) as opened:
        record = UtilityRecord(
            slug="practice", name="Practice", host="", zone=history.zone.key, state="NC", how="given", at=NOW
        )
        opened.records.save_utility(record)
        keep(opened, list(history.bills))
        numbers = opened.records.channel_ids([one.channel for one in history.series])
        for number, one in zip(numbers, history.series, strict=True):
            columns = {
                "channel_id": pa.array([number] * len(one), pa.int32()),
                "ts": pa.array((one.start * 1_000_000).view("datetime64[us]"), pa.timestamp("us", "UTC")),
                "value": pa.array(one.value, pa.int64()),
                "scale": pa.array([one.scale] * len(one), pa.int8()),
                "quality": pa.array(one.quality, pa.int8()),
            }
            opened.lake.load([pa.table(columns)], load_id=1)
