"""The examples of the page on queries run, and the words it lists are those that there are."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from meterbook.book import Book
from meterbook.book.asking import Per, Period
from meterbook.model.channel import Channel
from meterbook.store.readings.query.plan import Measure
from meterbook.store.records.values import UtilityRecord

PAGE = Path(__file__).parents[2] / "docs" / "queries.md"


def test_every_example_runs_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _a_july_of_two_accounts(tmp_path / "book")
    found: dict[str, Any] = {}
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(examples) >= 6
    for example in examples:
        exec(example, found)
    found["book"].close()
    assert found["months"].num_rows == 2
    assert found["feeders"].column("group").to_pylist() == ["north"]
    assert set(found["split"].column("period").to_pylist()) == {"on-peak", "off-peak"}
    assert found["peaks"].column("count").to_pylist() == [2]
    assert found["parts"].column("sum").to_pylist() == [2975, 5950]
    assert found["shapes"].num_rows == 48
    assert found["holes"].num_rows == 2  # August


def test_the_page_lists_every_word() -> None:
    text = PAGE.read_text()
    for words in (Period, Per, Measure):
        missing = [word.value for word in words if f"`{word.value}`" not in text]
        assert not missing


def _a_july_of_two_accounts(folder: Path) -> None:
    start = int(datetime(2025, 7, 1, tzinfo=ZoneInfo("America/New_York")).timestamp())
    at = np.tile(start + 900 * np.arange(2976), 2)
    with Book.open(folder) as book:
        book.records.save_utility(
            UtilityRecord(
                slug="ccec",
                name="ccec",
                host="",
                zone="America/New_York",
                state="NC",
                how="given",
                at=datetime.now(UTC),
            )
        )
        channels = [
            Channel(utility="ccec", account=account, service_location="1", meter=meter)
            for account, meter in (("7001001", "A"), ("7001002", "B"))
        ]
        ids = book.records.channel_ids(channels)
        table = pa.table(
            {
                "channel_id": pa.array(np.repeat(ids, 2976), pa.int32()),
                "ts": pa.array((at * 1_000_000).view("datetime64[us]"), pa.timestamp("us", "UTC")),
                "value": pa.array(np.outer([1, 2], np.arange(2976)).ravel(), pa.int64()),
                "scale": pa.array(np.full(len(at), 3), pa.int8()),
                "quality": pa.array(np.zeros(len(at)), pa.int8()),
            }
        )
        book.lake.load([table], load_id=1)
