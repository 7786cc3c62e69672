"""Windows: how a span of time is cut into requests that a portal takes, and what is kept of each answer.

Pure functions. A portal's answer is least to be trusted at its edges: two adjacent windows can share their edge
point, and the older one's copy may be partial (../docs/smarthub.md, "Windows"). So each window asks for half a local
day more on either side than it keeps, except where there is nothing beyond.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from meterbook.model.calendar import day_start, local_date, next_month
from meterbook.model.finding import Finding

Span = tuple[int, int]
"""Half-open span of UTC epoch seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One request: what is asked for, and what is kept of the answer. UTC epoch seconds, half-open.

    Attributes:
        ask: local midnight to local midnight.
        keep: the part of ``ask`` whose readings are stored.
    """

    ask: Span
    keep: Span


def tile(need: Span, *, width_days: int, tz: ZoneInfo) -> list[Cut]:
    """Cut a span into windows, newest first, so that a cut run leaves the recent data.

    The same span always gives the same windows: a run that goes on after a kill finds what it had asked for.

    Args:
        need: the span wanted; widened to whole local days.
        width_days: the most local days a window may ask for, at least 2.
        tz: the utility's zone.

    Returns:
        Windows whose ``keep`` spans touch without overlap and cover ``need``.
    """
    first, end = local_date(need[0], tz), _day_after(need[1], tz)
    if first >= end:
        return []
    step = width_days - 1
    edges: list[date] = []  # local days at whose noon one window's keeping ends and the next one's begins
    edge = end - timedelta(days=width_days)
    while edge > first:
        edges.append(edge)
        edge -= timedelta(days=step)
    cuts = []
    upper_ask, upper_keep = day_start(end, tz), day_start(end, tz)
    for edge in edges:
        lower = day_start(edge, tz)
        cuts.append(Cut(ask=(lower, upper_ask), keep=(_noon(edge, tz), upper_keep)))
        upper_ask, upper_keep = day_start(edge + timedelta(days=1), tz), _noon(edge, tz)
    lowest = day_start(first, tz)
    cuts.append(Cut(ask=(lowest, upper_ask), keep=(lowest, upper_keep)))
    return cuts


def tile_months(need: Span, *, width_months: int, tz: ZoneInfo) -> list[Cut]:
    """Cut a span into windows of whole calendar months, newest first.

    A monthly point names a calendar month or a billing period by its start; either way it ends within a month more,
    so each window asks for one month beyond what it keeps (the newest asks to the end of the day).

    Args:
        need: the span wanted; widened to the start of a month and the end of a day.
        width_months: the most months a window may ask for, at least 2.
        tz: the utility's zone.
    """
    first, end = local_date(need[0], tz).replace(day=1), _day_after(need[1], tz)
    if first >= end:
        return []
    cuts = []
    upper_ask = upper_keep = end
    while upper_keep > first:
        lower = max(first, _months_before(upper_ask, width_months))
        cuts.append(
            Cut(
                ask=(day_start(lower, tz), day_start(upper_ask, tz)),
                keep=(day_start(lower, tz), day_start(upper_keep, tz)),
            )
        )
        upper_ask, upper_keep = next_month(lower), lower
    return cuts


def told_of(findings: Iterable[Finding], keep: Span) -> list[Finding]:
    """Findings of an answer as they concern what is kept of it.

    Spans are cut to it, since what lies beyond is told by the window that keeps it. What a finding of an answer as a
    whole says is not lost.
    """
    kept = []
    for finding in findings:
        if finding.start is None or finding.end is None:
            kept.append(finding)
        elif finding.end > keep[0] and finding.start < keep[1]:
            kept.append(replace(finding, start=max(finding.start, keep[0]), end=min(finding.end, keep[1])))
    return kept


def subtract(need: Span, done: Iterable[Span]) -> list[Span]:
    """What is left of a span once others are taken out of it, in order.

    >>> subtract((0, 10), [(2, 4), (3, 6), (9, 20)])
    [(0, 2), (6, 9)]
    """
    left: list[Span] = []
    at = need[0]
    for start, end in sorted(done):
        if end <= at:
            continue
        if start >= need[1]:
            break
        if start > at:
            left.append((at, start))
        at = max(at, end)
    if at < need[1]:
        left.append((at, need[1]))
    return left


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time as few spans, in order; touching ones are joined.

    >>> merged([(5, 9), (0, 2), (2, 4)])
    [(0, 4), (5, 9)]
    """
    joined: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def wanted(
    *, floor: int, horizon: int, done: Sequence[Span], last: int | None, settle_s: int, gaps: Sequence[Span] = ()
) -> list[Span]:
    """What to ask a portal for, given what was asked before.

    Args:
        floor: nothing older is wanted or there.
        horizon: now.
        done: spans asked for and answered, in any order.
        last: start of the newest reading held; None if there is none. What was answered empty after it is asked for
            again, since readings are posted late.
        settle_s: how far behind the newest reading values may still change.
        gaps: holes recent enough that the portal may yet fill them.

    Returns:
        Spans in order, without overlap.
    """
    settled = floor if last is None else max(floor, last - settle_s)
    old = [(start, min(end, settled)) for start, end in done if start < settled]
    left = subtract((floor, settled), old) if floor < settled else []
    return merged([*left, *gaps, (settled, horizon)])


def _months_before(day: date, months: int) -> date:
    """First day of a month such that no more than ``months`` months are touched up to (not including) ``day``."""
    index = day.year * 12 + day.month - (1 if day.day == 1 else 0) - months
    return date(index // 12, index % 12 + 1, 1)


def _noon(day: date, tz: ZoneInfo) -> int:
    return int(datetime(day.year, day.month, day.day, 12, tzinfo=tz).timestamp())


def _day_after(instant: int, tz: ZoneInfo) -> date:
    """The local day at whose start nothing before ``instant`` is left out."""
    day = local_date(instant, tz)
    return day if day_start(day, tz) == instant else day + timedelta(days=1)
