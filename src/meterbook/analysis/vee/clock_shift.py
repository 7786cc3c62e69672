"""A shifted clock as it shows within one channel: the shape of the day moves by whole hours, and stays moved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meterbook.analysis.vee.runs import Int64
from meterbook.analysis.vee.thresholds import Thresholds
from meterbook.analysis.vee.view import View, is_interval_usage
from meterbook.analysis.vee.wording import lasting, moment
from meterbook.model.channel import DAY_S, Channel, FlowDirection
from meterbook.model.finding import Finding

Float = NDArray[np.float64]

HOURS = 24
PARTS = (slice(5, 14), slice(14, 23))
"""Hours of the morning and of the evening. A clock moves both; a heater on a timer, or a late winter dawn, one."""

NEARER, SUDDEN = 0.6, 0.4
ALIKE_S = 4 * DAY_S
LAMPS = 0.1  # use by day, as a share of that by night, below which a channel is taken for lamps, which follow the sun


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A shift of the shape of the day.

    Attributes:
        view: the channel.
        start: first instant after it, UTC epoch seconds.
        hours: by how much the shape comes later.
        at_change: within days of a change of the clock.
    """

    view: View
    start: int
    hours: int
    at_change: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """The shapes of whole days.

    Attributes:
        day: d local days, counted from 1970-01-01.
        first: d positions of their first readings.
        shape: d rows of 24 hourly values, centred and of length one.
        noon: mean use of the hours from 10 to 14.
        night: mean use of the hours from 22 to 2.
    """

    day: Int64
    first: Int64
    shape: Float
    noon: float
    night: float


def off_grid(view: View) -> list[Finding]:
    """Findings on times at which the intervals begin to start at other minutes than before."""
    if not is_interval_usage(view.channel) or len(view) < 2:
        return []
    apart = np.diff(view.start) % view.step
    found = []
    for at in np.flatnonzero(apart).tolist():
        start, minutes = int(view.start[at + 1]), int(apart[at])
        moved = minutes if minutes <= view.step // 2 else minutes - view.step
        text = f"from {moment(start, view.tz)} the intervals begin {lasting(abs(moved))} off those before"
        data: dict[str, str | int | bool] = {"shift_s": moved, "against": "itself"}
        found.append(Finding(name="vee.clock-shift", message=text, start=start, end=view.end, data=data))
    return found


def shape_shifts(view: View, limits: Thresholds) -> list[Shift]:
    """Days from which on the shape of the day is shifted by hours, on the clock on the wall.

    What the sun makes stands still in UTC and so moves on the wall at each change of the clock: a register of what was
    received is passed over, and so are lamps at those times.
    """
    if not is_interval_usage(view.channel) or 3600 % view.step or view.channel.flow is FlowDirection.RECEIVED:
        return []
    shapes = _shapes(view)
    if len(shapes.day) < 2 * limits.shift_days:
        return []
    shifts = []
    for at, hours in _candidates(shapes, limits):
        start = int(view.start[shapes.first[at]])
        near = any(abs(change.at - start) < limits.shift_days * DAY_S for change in view.changes)
        if not (near and _lamps(shapes)):
            shifts.append(Shift(view=view, start=start, hours=hours, at_change=near))
    return shifts


def confirmed(shifts: Sequence[Shift], sunny: Collection[str]) -> list[tuple[Channel, Finding]]:
    """Findings on the shifts of several channels that can be believed.

    Away from a change of the clock each is believed. At one, a heater or pump on a timer moves a whole home as a wrong
    clock would (of 17 real homes, two do), so two meters at least must move alike, none of them at a place where the
    sun produces.

    Args:
        shifts: of all channels.
        sunny: service locations at which energy is received.
    """
    found = []
    for one in shifts:
        alike = {
            other.view.channel.meter
            for other in shifts
            if other.at_change
            and other.hours == one.hours
            and abs(other.start - one.start) <= ALIKE_S
            and other.view.channel.service_location not in sunny
        }
        if not one.at_change or (one.view.channel.meter in alike and len(alike) > 1):
            found.append((one.view.channel, _finding(one.view, one.start, one.hours)))
    return found


def _shapes(view: View) -> Shapes:
    whole = np.flatnonzero((view.day_count == DAY_S // view.step) & view.day_whole)
    first = view.day_first[whole]
    rows = np.arange(DAY_S // view.step)
    hourly = view.value[first[:, None] + rows].reshape(len(first), HOURS, 3600 // view.step).sum(axis=2)
    values = hourly.astype(np.float64)
    mean = values.mean(axis=0) if len(values) else np.zeros(HOURS)
    values -= values.mean(axis=1, keepdims=True)
    length = np.linalg.norm(values, axis=1, keepdims=True)
    values /= np.where(length == 0, 1, length)
    return Shapes(
        day=view.day[whole],
        first=first,
        shape=values,
        noon=float(mean[10:14].mean()),
        night=float(mean[[22, 23, 0, 1]].mean()),
    )


def _candidates(shapes: Shapes, limits: Thresholds) -> list[tuple[int, int]]:
    """Positions among the days at which the shape moves, and by how many hours, best first where they crowd."""
    width = limits.shift_days
    running = np.concatenate((np.zeros((1, HOURS)), np.cumsum(shapes.shape, axis=0)))
    sums = running[width:] - running[:-width]
    before, after = sums[:-width], sums[width:]
    fit = np.fft.irfft(np.conj(np.fft.rfft(before, axis=1)) * np.fft.rfft(after, axis=1), HOURS, axis=1)
    size = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    fit /= np.where(size == 0, 1, size)[:, None]
    best = fit.max(axis=1)
    gain = best - fit[:, 0]
    near = shapes.day[2 * width - 1 :] - shapes.day[: len(shapes.day) - 2 * width + 1] < 3 * width
    good = (best > limits.shift_fit) & (1 - best < limits.shift_left * (1 - fit[:, 0])) & near
    found = []
    left = good.copy()
    while bool(left.any()):
        at = int(np.argmax(np.where(left, gain, -1)))
        left[max(0, at - width) : at + width + 1] = False
        hours = int(np.argmax(fit[at]))
        hours = hours if hours <= HOURS // 2 else hours - HOURS
        if abs(hours) * 3600 <= limits.shift_most_s and _agreed(shapes, at + width, hours, limits):
            found.append((at + width, hours))
    return sorted(found)


def _agreed(shapes: Shapes, at: int, hours: int, limits: Thresholds) -> bool:
    """Whether the days agree one by one, the parts of the day do, and the weeks further on and further back."""
    width = limits.shift_days
    before, after = shapes.shape[at - width : at], shapes.shape[at : at + width]
    usual, later = before.mean(axis=0), after.mean(axis=0)
    ahead = after @ np.roll(usual, hours) > after @ usual
    behind = before @ np.roll(later, -hours) > before @ later
    if ahead.mean() < limits.shift_votes or behind.mean() < limits.shift_votes:
        return False
    if not all(_better(usual[part], np.roll(usual, hours)[part], later[part], NEARER) for part in PARTS):
        return False
    # A season changes the shape little by little: the week before and the week after then differ by less.
    week_before, week_after = before[-7:].mean(axis=0), after[:7].mean(axis=0)
    if not _better(week_before, np.roll(week_before, hours), week_after, SUDDEN):
        return False
    further, earlier = shapes.shape[at + width : at + 2 * width], shapes.shape[max(0, at - 2 * width) : at - width]
    return (len(further) < width // 2 or _closer(usual, further.mean(axis=0), hours)) and (
        len(earlier) < width // 2 or _closer(earlier.mean(axis=0), later, hours)
    )


def _better(usual: Float, moved: Float, later: Float, share: float) -> bool:
    """Whether the later day is much nearer to the moved shape than to the one that stood still."""
    return float(((later - moved) ** 2).sum()) < share * float(((later - usual) ** 2).sum())


def _closer(usual: Float, later: Float, hours: int) -> bool:
    return float(later @ np.roll(usual, hours)) > float(later @ usual)


def _lamps(shapes: Shapes) -> bool:
    """Whether nothing to speak of is used by day."""
    return shapes.noon < LAMPS * shapes.night


def _finding(view: View, start: int, hours: int) -> Finding:
    way = "later" if hours > 0 else "earlier"
    text = f"from {moment(start, view.tz)[:10]} the whole day comes {lasting(abs(hours) * 3600)} {way} than before"
    data: dict[str, str | int | bool] = {"shift_s": hours * 3600, "against": "itself"}
    return Finding(name="vee.clock-shift", message=text, start=start, end=view.end, data=data)
