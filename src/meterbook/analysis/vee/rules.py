"""All rules over the channels of an account: series in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from meterbook.analysis.vee.against_sums import against_days, against_months, same_register
from meterbook.analysis.vee.clock_change import clock_change
from meterbook.analysis.vee.clock_shift import confirmed, off_grid, shape_shifts
from meterbook.analysis.vee.level import level
from meterbook.analysis.vee.missing import missing
from meterbook.analysis.vee.negative import negative
from meterbook.analysis.vee.overlap import overlap, overlapping_channels
from meterbook.analysis.vee.spike import spike
from meterbook.analysis.vee.stuck import stuck
from meterbook.analysis.vee.thresholds import DEFAULTS, Thresholds
from meterbook.analysis.vee.view import View, is_interval_usage, view
from meterbook.analysis.vee.zeros import zero_run
from meterbook.model.channel import DAY_S, MONTH_S, Channel, FlowDirection
from meterbook.model.finding import Finding
from meterbook.model.series import IntervalSeries


class Rule(StrEnum):
    """A rule, by the last part of the name of what it finds."""

    MISSING = "missing"
    NEGATIVE = "negative"
    SPIKE = "spike"
    STUCK = "stuck"
    ZERO_RUN = "zero-run"
    DAY_SUM = "day-sum"
    MONTH_SUM = "month-sum"
    OVERLAP = "overlap"
    MULTIPLIER = "multiplier"
    CLOCK_SHIFT = "clock-shift"
    DST_DUPLICATE = "dst-duplicate"
    DST_HOLE = "dst-hole"

    @property
    def finding(self) -> str:
        """The name of its findings.

        >>> Rule.DST_HOLE.finding
        'vee.dst-hole'
        """
        return f"vee.{self.value}"


ALL_RULES = frozenset(Rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding with the channel it is about."""

    channel: Channel
    finding: Finding


def validate(
    series: Iterable[IntervalSeries],
    tz: ZoneInfo,
    *,
    limits: Thresholds = DEFAULTS,
    rules: Iterable[Rule] = ALL_RULES,
) -> tuple[Found, ...]:
    """What is wrong with the readings of an account, or of any channels that belong together.

    Nothing is changed. A rule that can't tell says nothing: it looks at usage, at intervals shorter than a day, and
    wants some days of history; missing and negative readings are told of daily channels too.

    Args:
        series: channels with their readings; daily and monthly channels of a register are what its intervals are held
            against, and further channels of a meter tell whether it is alive.
        tz: zone of the local calendar.
        limits: thresholds.
        rules: those to run.

    Returns:
        Findings by channel and time.
    """
    views = [view(one, tz) for one in series]
    wanted = {rule.finding for rule in rules}
    found = [Found(channel=one.channel, finding=item) for one in views for item in _alone(one, views, limits, wanted)]
    if Rule.OVERLAP.finding in wanted:
        found += [Found(channel=channel, finding=item) for channel, item in overlapping_channels(views, limits)]
    if Rule.CLOCK_SHIFT.finding in wanted:
        # Daily readings tell a shifted clock for certain; the shape of the day is asked where there are none.
        unsure = [one for one in views if len(one) and not _lengths(one, views, DAY_S)]
        shifts = [shift for one in unsure for shift in shape_shifts(one, limits)]
        found += [Found(channel=channel, finding=item) for channel, item in confirmed(shifts, _sunny(views))]
    chosen = [one for one in found if one.finding.name in wanted and not _explained(one, found)]
    return tuple(sorted(chosen, key=lambda one: (one.channel.key, one.finding.start or 0, one.finding.name)))


_SINGLE: tuple[tuple[tuple[Rule, ...], Callable[[View, Thresholds], list[Finding]]], ...] = (
    ((Rule.MISSING, Rule.DST_HOLE), missing),
    ((Rule.NEGATIVE,), negative),
    ((Rule.SPIKE,), spike),
    ((Rule.STUCK,), stuck),
    ((Rule.OVERLAP,), overlap),
    ((Rule.DST_DUPLICATE, Rule.DST_HOLE), clock_change),
)


def _alone(one: View, views: Sequence[View], limits: Thresholds, wanted: set[str]) -> list[Finding]:
    """Findings on one channel, the others of its meter and register at hand."""
    if not len(one):
        return []
    found: list[Finding] = []
    for rules, check in _SINGLE:
        if any(rule.finding in wanted for rule in rules):
            found += check(one, limits)
    if not is_interval_usage(one.channel):
        return found
    if Rule.ZERO_RUN.finding in wanted:
        found += zero_run(one, limits, _same_meter(one, views))
    if Rule.MULTIPLIER.finding in wanted:
        found += level(one, limits)
    if Rule.CLOCK_SHIFT.finding in wanted:
        found += off_grid(one)
    if wanted & {Rule.DAY_SUM.finding, Rule.MULTIPLIER.finding, Rule.CLOCK_SHIFT.finding}:
        found += [item for other in _lengths(one, views, DAY_S) for item in against_days(one, other, limits)]
    if Rule.MONTH_SUM.finding in wanted:
        found += [item for other in _lengths(one, views, MONTH_S) for item in against_months(one, other, limits)]
    return found


def _explained(one: Found, found: Sequence[Found]) -> bool:
    """Whether a spike is no more than a part of what a wrong multiplier made."""
    if one.finding.name != Rule.SPIKE.finding:
        return False
    start = one.finding.start or 0
    return any(
        other.finding.name == Rule.MULTIPLIER.finding
        and other.channel == one.channel
        and (other.finding.start or 0) <= start < (other.finding.end or 0)
        for other in found
    )


def _lengths(one: View, views: Sequence[View], interval_s: int) -> list[View]:
    return [
        other
        for other in views
        if other.channel.interval_s == interval_s and len(other) and same_register(one.channel, other.channel)
    ]


def _same_meter(one: View, views: Sequence[View]) -> list[View]:
    place = one.channel.service_location, one.channel.meter, one.channel.category
    return [
        other
        for other in views
        if other is not one
        and len(other)
        and is_interval_usage(other.channel)
        and (other.channel.service_location, other.channel.meter, other.channel.category) == place
    ]


def _sunny(views: Sequence[View]) -> set[str]:
    """Service locations at which energy is received, by a register of its own or by a net one."""
    return {
        one.channel.service_location
        for one in views
        if is_interval_usage(one.channel)
        and (
            (one.channel.flow is FlowDirection.RECEIVED and bool(one.value.any()))
            or (one.channel.flow is FlowDirection.NET and bool((one.value < 0).any()))
        )
    }
