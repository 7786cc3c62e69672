"""Load shape: mean demand by time of the local day."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from meterbook.model.channel import DAY_S
from meterbook.model.errors import AnalysisError
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.model.units import Unit
from meterbook.model.wall_clock import encode


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoadShape:
    """Mean demand by time of day.

    Attributes:
        step_s: length of a slot, seconds.
        second_of_day: n starts of slots on the local clock, seconds since midnight.
        mean_kw: n means, kW; NaN where no reading falls.
        count: n numbers of readings.
    """

    step_s: int
    second_of_day: NDArray[np.int64]
    mean_kw: NDArray[np.float64]
    count: NDArray[np.int64]


def load_shape(series: IntervalSeries, tz: ZoneInfo, step_s: int | None = None) -> LoadShape:
    """Mean demand by quarter-hour, hour or other part of the local day.

    Missing intervals are left out of the means. On the night with 25 hours the repeated hour counts twice, on that with
    23 the skipped one not at all.

    Args:
        series: energy in kWh of intervals shorter than a day, or power in kW.
        tz: zone of the local clock.
        step_s: length of a slot in seconds, a divisor of a day; without it the channel's interval.

    Raises:
        AnalysisError: other readings, or a step that does not divide a day.
    """
    channel = series.channel
    step = channel.interval_s if step_s is None else step_s
    if channel.unit not in (Unit.KWH, Unit.KW) or channel.interval_s >= DAY_S or DAY_S % step:
        raise AnalysisError(
            "these readings have no shape by time of day",
            expected="kWh or kW of intervals shorter than a day, and a step that divides a day",
            hint="Choose the channel with the shortest interval.",
        )
    usable = series.quality != Quality.MISSING
    slot = encode(series.start[usable], tz) % DAY_S // step
    per_kw = 10.0**series.scale * (1.0 if channel.unit is Unit.KW else channel.interval_s / 3600)
    count = np.bincount(slot, minlength=DAY_S // step)
    total = np.bincount(slot, weights=series.value[usable].astype(np.float64), minlength=DAY_S // step)
    mean = np.full(DAY_S // step, np.nan)
    np.divide(total, count * per_kw, out=mean, where=count > 0)
    return LoadShape(
        step_s=step,
        second_of_day=np.arange(0, DAY_S, step, dtype=np.int64),
        mean_kw=mean,
        count=count.astype(np.int64),
    )
