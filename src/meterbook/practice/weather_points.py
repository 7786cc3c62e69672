"""``weather-data``: low and high temperatures beside a location's usage. Source: portal reference, section 13."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from meterbook.practice import clock, weather, wire
from meterbook.practice.answers import TIME_FRAMES, Malformed
from meterbook.practice.entry import PollRequest
from meterbook.practice.registers import Point

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]


def answer(point: Point, fields: dict[str, Any]) -> dict[str, Any]:
    """The answer to a request body, °F; ``x`` is wall time as UTC, as in the usage of the same frame."""
    try:
        start, end = int(fields["startDateTime"]) // 1000, -(-int(fields["endDateTime"]) // 1000)
        frame = str(fields["timeFrame"])
    except (KeyError, TypeError, ValueError) as err:
        raise Malformed from err
    if frame not in TIME_FRAMES:
        raise Malformed
    x, low, high = _lows_and_highs(point, frame, start, end)
    known = bool(len(x))
    return {
        "serviceLocationNumber": point.place.number,
        "industry": str(fields.get("industry", "ELECTRIC")),
        "minimum": round(float(low.min()), 2) if known else None,
        "maximum": round(float(high.max()), 2) if known else None,
        "average": round(float((low.mean() + high.mean()) / 2), 2) if known else None,
        "lowTemperaturePoints": _points(x, low),
        "highTemperaturePoints": _points(x, high),
        "series": [
            {"name": "Low", "type": "spline", "data": _points(x, low)},
            {"name": "High", "type": "spline", "data": _points(x, high)},
        ],
    }


def _lows_and_highs(point: Point, frame: str, start: int, end: int) -> tuple[Int64, Float64, Float64]:
    settings = point.settings
    if frame == "HOURLY":
        low, high = max(start, settings.data_start), min(end, settings.data_end)
        at = np.arange(-(-low // 3600) * 3600, max(low, high), 3600, dtype=np.int64)
        four = _temperatures(point, at[:, None] + np.arange(0, 3600, weather.QUARTER_S))
        return clock.wall(at, settings.tz), four.min(axis=1, initial=999.0), four.max(axis=1, initial=-999.0)
    request = PollRequest(time_frame="DAILY", start=start, end=end, include_demand=False, echo={})
    if frame == "MONTHLY":
        months = PollRequest(time_frame=frame, start=start, end=end, include_demand=False, echo={})
        wall, bounds = wire.calendar_columns(point, months)
        if len(bounds) < 2:
            return wall[:0], np.empty(0), np.empty(0)
        whole = PollRequest(
            time_frame="DAILY", start=int(bounds[0]), end=int(bounds[-1]), include_demand=False, echo={}
        )
        _, days = wire.calendar_columns(point, whole)
        low_f, high_f = _daily(point, days)
        place = np.searchsorted(bounds, days[:-1], side="right") - 1
        count = np.bincount(place, minlength=len(bounds) - 1)
        lows, highs = (np.bincount(place, each, minlength=len(bounds) - 1) / count for each in (low_f, high_f))
        return wall[:-1], lows, highs
    wall, bounds = wire.calendar_columns(point, request)
    if len(bounds) < 2:
        return wall[:0], np.empty(0), np.empty(0)
    return (wall[:-1], *_daily(point, bounds))


def _daily(point: Point, bounds: Int64) -> tuple[Float64, Float64]:
    at = np.arange(int(bounds[0]), int(bounds[-1]), weather.QUARTER_S, dtype=np.int64)
    degrees = _temperatures(point, at)
    first = (bounds[:-1] - bounds[0]) // weather.QUARTER_S
    return np.minimum.reduceat(degrees, first), np.maximum.reduceat(degrees, first)


def _temperatures(point: Point, at: Int64) -> Float64:
    flat = weather.temperature_f(point.settings.seed, at.ravel() // weather.QUARTER_S)
    return flat.reshape(at.shape)


def _points(x: Int64, degrees: Float64) -> list[dict[str, Any]]:
    values = np.round(degrees, 2).tolist()
    return [{"x": at * 1000, "y": value} for at, value in zip(x.tolist(), values, strict=True)]
