"""Nights whose repeated hour came once: the day's own reading tells what became of the other hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from meterbook.analysis.coarse_check import check_days
from meterbook.model.calendar import day_bounds, local_date
from meterbook.model.channel import DAY_S, Channel, Quantity
from meterbook.model.series import IntervalSeries
from meterbook.store.readings import ReadingsLake
from meterbook.store.records import Records, StoredChannel
from meterbook.sync.summary import is_interval_usage


def check_nights(
    records: Records, lake: ReadingsLake, *, account: str, utility: str, nights: Sequence[int], tz: ZoneInfo
) -> int:
    """Compare the interval readings of such days with the daily one, and store what it tells.

    Args:
        records: where findings are stored.
        lake: where the readings are.
        account: account number.
        utility: catalogue slug.
        nights: instants in the hours that were ambiguous, UTC epoch seconds.
        tz: the utility's zone.

    Returns:
        How many findings were stored that were not there before.
    """
    stored = records.channels(utility=utility, account=account)
    added = 0
    for day in sorted({local_date(start, tz) for start in nights}):
        start, end = day_bounds(day, tz)
        for item in stored:
            daily = _daily_twin(item, stored) if is_interval_usage(item.channel) else None
            if daily is None:
                continue
            fine, coarse = (_read(lake, one, start, end) for one in (item, daily))
            if not len(fine) or not len(coarse):
                continue
            found = [one for one in check_days(fine, coarse, tz) if one.name.startswith("time.")]
            added += records.add_findings(
                channel_id=item.id, account=account, findings=found, load_id=None, at=datetime.now(UTC), utility=utility
            )
    return added


def _daily_twin(item: StoredChannel, stored: Sequence[StoredChannel]) -> StoredChannel | None:
    """The channel that holds the daily readings of the same register."""
    return next((one for one in stored if one.channel.interval_s == DAY_S and _same(one.channel, item.channel)), None)


def _same(one: Channel, other: Channel) -> bool:
    return one.quantity is Quantity.USAGE and all(
        getattr(one, field) == getattr(other, field)
        for field in ("service_location", "meter", "register", "category", "flow", "unit", "tou_period")
    )


def _read(lake: ReadingsLake, item: StoredChannel, start: int, end: int) -> IntervalSeries:
    read = lake.read([item.id], start, end)[item.id]
    return read.series(item.channel)
