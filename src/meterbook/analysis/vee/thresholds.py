"""What the rules of validation count as trouble: one value with every number in it, and where each comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Numbers of the rules. They are chosen so that sound data gives next to no finding; see ``docs/validation.md``.

    Attributes:
        context_days: days before what is new that the rules look at too when they run after a sync.
        gap_join_s: gaps no further apart than this are one finding.
        spike_ratio: how far the highest reading of a day must stand above the third-highest, as a share of that one.
            Source: the spike check of the validation rules that California's regulator adopted for direct access,
            which others follow: (highest - third-highest) / third-highest above 180 %.
        spike_days: days without which nothing is known of a channel's usual peaks.
        spike_share: share of the days whose peaks are left out before one is taken as the usual highest.
        spike_floor_kw: no electric reading below this power is a spike: one appliance in an empty home may do so.
        spike_ratio_other: the ratio for gas and water, where one use alone (filling a pool) may be most of a day.
        spike_sure: a reading this many times the usual highest peak is a spike even if it is not alone on its day.
        stuck_readings: equal readings in a row, other than zero, below which nothing is stuck.
        stuck_s: and the least time they must last.
        stuck_counts: smallest steps of the meter that the value must be made of; coarse readings repeat by nature.
        stuck_chance: runs of that length that chance may bring in the whole stretch, by how often readings repeat.
        zero_s: time without any use below which an electric meter is not reported.
        zero_other_s: the same for a water meter; gas is left out, since a furnace is off all summer.
        zero_ratio: times by which it must be longer than the other times without use of that channel.
        level_days: days on either side of a change of level.
        level_ratio: change of a day's usual use from which on a change of multiplier is looked for.
        level_sure: ratio from which on the spread of values alone may tell it, without the steps between values.
        level_spread: how far the low, middle and high values may differ in their ratios.
        ratio_days: days in a row whose sums must stand in one ratio to the daily readings.
        ratio_spread: how far that ratio may vary.
        shift_days: days on either side of a change of the clock, judged by the shape of the day.
        shift_fit: correlation with which the moved shape must fit. Homes seldom repeat themselves so well and then
            nothing is said of them; shops, farms and pumps do.
        shift_left: what the moved shape may leave unexplained, as a share of what the unmoved one does.
        shift_votes: share of the days that must agree one by one.
        shift_most_s: longest shift that is looked for.
        shift_sum_days: days whose sums must agree with the daily readings once the intervals are shifted.
        twin_readings: different readings that two meters must have in common, all of them, to be one and the same.
        linear_s: longest gap that is filled by a straight line. Source: the estimation rules of the same regulator and
            of Ontario's market operator: two hours.
        like_days: like days whose average fills a longer gap. Source: the same rules: up to four of the same day type.
        like_weeks: weeks on either side in which like days are looked for.
        most_days: longest gap that is filled without a total that says how much it must be.
    """

    context_days: int = 60
    gap_join_s: int = 86_400
    spike_ratio: float = 1.8
    spike_days: int = 14
    spike_share: float = 0.04
    spike_floor_kw: float = 6.0
    spike_ratio_other: float = 9.0
    spike_sure: float = 10.0
    stuck_readings: int = 12
    stuck_s: int = 6 * 3600
    stuck_counts: int = 20
    stuck_chance: float = 1e-4
    zero_s: int = 6 * 3600
    zero_other_s: int = 60 * 86_400
    zero_ratio: float = 3.0
    level_days: int = 5
    level_ratio: float = 1.6
    level_sure: float = 8.0
    level_spread: float = 1.15
    ratio_days: int = 3
    ratio_spread: float = 0.01
    shift_days: int = 14
    shift_fit: float = 0.96
    shift_left: float = 0.35
    shift_votes: float = 0.85
    shift_most_s: int = 3 * 3600
    shift_sum_days: int = 5
    twin_readings: int = 20
    linear_s: int = 2 * 3600
    like_days: int = 4
    like_weeks: int = 5
    most_days: int = 31


DEFAULTS = Thresholds()
