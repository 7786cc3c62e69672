"""What the co-op's records held of a meter as of a given day: outages not yet filled in, estimates not yet revised.

All of it is dated by the calendar and not by today, so that a portal served with a later ``--today`` shows what became
of the earlier one's gaps and estimates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meterbook.practice import dice
from meterbook.practice.world import Story

Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

DAY_S = 86_400
OUTAGE_EVERY_S, OUTAGE_S, FILLED_AFTER_S = 63 * DAY_S, 2 * DAY_S, 9 * DAY_S
ESTIMATE_EVERY_S, ESTIMATE_S, REVISED_AFTER_S = 35 * DAY_S, 14 * 3600, 5 * DAY_S
LOST_EVERY_S, LOST_S = 170 * DAY_S, 6 * 3600 + 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A repeating event: its period, its length, and after how long it is put right.

    Attributes:
        every_s: from one to the next.
        length_s: how long each lasts.
        mended_s: from its end to the correction; None if it never comes.
        offset_s: where the first of the epoch begins.
    """

    every_s: int
    length_s: int
    mended_s: int | None
    offset_s: int

    def covers(self, start: Int64) -> Bool:
        """Marks on the instants that lie in one of the events."""
        return (start - self.offset_s) % self.every_s < self.length_s

    def open_at(self, start: Int64, now: int) -> Bool:
        """Marks on the instants in an event that is not mended at ``now``."""
        covered = self.covers(start)
        if self.mended_s is None:
            return covered
        ends = start - (start - self.offset_s) % self.every_s + self.length_s
        return covered & (ends + self.mended_s > now)


def outage(seed: int, index: int) -> Spell:
    """The meter could not be reached: nothing posted, then all of it."""
    offset = dice.number(60, seed, "outage", index) * DAY_S + 7 * 3600
    return Spell(every_s=OUTAGE_EVERY_S, length_s=OUTAGE_S, mended_s=FILLED_AFTER_S, offset_s=offset)


def estimate(seed: int, index: int) -> Spell:
    """The co-op posted estimates, then the true readings."""
    offset = dice.number(30, seed, "estimate", index) * DAY_S + 5 * 3600
    return Spell(every_s=ESTIMATE_EVERY_S, length_s=ESTIMATE_S, mended_s=REVISED_AFTER_S, offset_s=offset)


def lost(seed: int, index: int) -> Spell:
    """The meter's memory failed: the readings exist nowhere."""
    offset = dice.number(160, seed, "lost", index) * DAY_S + 11 * 3600
    return Spell(every_s=LOST_EVERY_S, length_s=LOST_S, mended_s=None, offset_s=offset)


def lost_at(seed: int, index: int, story: Story, slot: int, start: Int64) -> Bool:
    """Marks on the intervals that the meter itself lost."""
    if story is Story.PORTFOLIO and slot == 4:
        return lost(seed, index).covers(start)
    return np.zeros(len(start), np.bool_)


def unposted_at(seed: int, index: int, story: Story, start: Int64, now: int) -> Bool:
    """Marks on the intervals that the portal does not have yet."""
    if story is Story.OUTAGE:
        return outage(seed, index).open_at(start, now)
    return np.zeros(len(start), np.bool_)


def estimated_at(seed: int, index: int, story: Story, start: Int64, now: int) -> Bool:
    """Marks on the intervals whose posted value is still an estimate."""
    if story is Story.REVISED:
        return estimate(seed, index).open_at(start, now)
    return np.zeros(len(start), np.bool_)


def estimates(start: Int64, value: Int64, marked: Bool, step_s: int) -> Int64:
    """Values with the marked ones replaced by what the co-op guessed: a round figure near an ordinary one.

    A guess depends only on its own interval's true value and time, so that any window shows the same one.
    """
    if not bool(marked.any()):
        return value
    guess = (value * 7 // 8 // 10 + step_s // 60 + (start // step_s) % 5) * 10
    return np.where(marked, guess, value)
