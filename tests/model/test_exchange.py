"""Meters exchanged for each other: what both tell of an interval is one reading; side by side is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from meterbook.model.channel import Channel
from meterbook.model.errors import InputError
from meterbook.model.exchange import OVERLAP_S, joined
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries


def series(meter: str, starts: list[int], values: list[int], scale: int = 3, quality: int = 0) -> IntervalSeries:
    channel = Channel(utility="u", account="1", service_location="1", meter=meter, interval_s=900)
    return IntervalSeries(
        channel=channel,
        start=np.array(starts, np.int64),
        value=np.array(values, np.int64),
        quality=np.full(len(starts), quality, np.int8),
        scale=scale,
    )


def test_what_two_meters_tell_of_the_interval_of_the_exchange_is_added_up_at_the_finer_scale() -> None:
    old = series("old", [0, 900, 1800], [1, 2, 3])
    new = series("new", [1800, 2700], [40, 50], scale=4, quality=Quality.ESTIMATED)
    for order in ([old, new], [new, old]):
        one = joined(order)
        assert (one.channel.meter, one.scale) == ("new", 4)
        assert one.start.tolist() == [0, 900, 1800, 2700]
        assert one.value.tolist() == [10, 20, 30 + 40, 50]
        assert one.quality.tolist() == [0, 0, Quality.ESTIMATED, Quality.ESTIMATED]


def test_hours_between_two_meters_stay_missing() -> None:
    one = joined([series("old", [0], [1]), series("new", [9000], [2]), series("third", [18000], [3])])
    assert (one.start.tolist(), one.value.tolist()) == ([0, 9000, 18000], [1, 2, 3])


def test_one_meter_and_meters_without_readings_are_as_they_are() -> None:
    alone, empty = series("a", [0, 900], [1, 2]), series("b", [], [])
    assert joined([alone]) is alone
    assert joined([empty, alone]) is alone
    assert joined([empty]) is empty


def test_meters_side_by_side_or_of_other_lengths_are_refused() -> None:
    starts = list(range(0, OVERLAP_S + 1800, 900))
    long = series("a", starts, [1] * len(starts))
    assert len(joined([long, series("b", [900], [1])])) == len(starts)  # two days at most are an exchange
    with pytest.raises(InputError, match="meters a and b measure at the same time"):
        joined([long, series("b", [0], [1])])
    other = series("b", [OVERLAP_S], [1])
    with pytest.raises(InputError, match="900 and 3600 seconds"):
        joined([long, replace(other, channel=replace(other.channel, interval_s=3600))])
