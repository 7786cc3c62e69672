"""A battery run against a schedule's own prices: first the highest demands are cut, then dear energy is replaced.

By billing period and greedily. For each demand charge, the dearest first, the least height is found to which the load
can be held; then what is left in the battery is discharged on-peak, if the price there, less what is lost, is above
that of charging. It charges in each day's cheapest hours, never above the heights found. It sends nothing back. All in
whole units of the load; what is lost is lost when charging.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from meterbook.tariffs.axis import Int64
from meterbook.tariffs.inputs import Usage
from meterbook.tariffs.whatif.setting import Setting, Shift, in_wh, net_of, units, with_net

EFFICIENCY = 900
"""Of what is charged so many thousandths come back."""
FREE = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a battery can do, in units of the load.

    Attributes:
        capacity: that can be taken out when full.
        power: into or out of it in an interval.
        efficiency: thousandths of what is charged that come back.
    """

    capacity: int
    power: int
    efficiency: int


def battery(kwh: Decimal, kw: Decimal, efficiency: int = EFFICIENCY) -> Shift:
    """A battery.

    Args:
        kwh: that can be taken out when full.
        kw: of charging and of discharging.
        efficiency: thousandths of what is charged that come back.
    """

    def shift(usage: Usage, setting: Setting) -> Usage:
        usage = in_wh(usage)
        if not setting.demands and not setting.dear.any():
            return usage  # every hour costs the same: it would only lose
        limits = Limits(
            capacity=units(kwh, usage),
            power=units(kw * setting.axis.step_s / 3600, usage),
            efficiency=efficiency,
        )
        net = net_of(usage)
        changed = net.copy()
        held = 0
        for low, high in setting.spans:
            run = _Span(setting, net, low, high, limits)
            changed[low:high], held = run.best(held)
        return with_net(usage, changed)

    return shift


class _Span:
    """One billing period."""

    def __init__(self, setting: Setting, net: Int64, low: int, high: int, limits: Limits) -> None:
        part = slice(low, high)
        self.limits = limits
        self.net: list[int] = net[part].tolist()
        self.dear: list[bool] = setting.dear[part].tolist()
        self.groups = [
            (one.where[part], int(net[part][one.where[part]].max())) for one in setting.demands if one.where[part].any()
        ]
        prices = setting.prices[part]
        day = setting.axis.day[part] - setting.axis.day[low] if high > low else setting.axis.day[part]
        least = np.full(int(day.max()) + 1 if len(day) else 0, np.inf)
        np.minimum.at(least, day, np.where(setting.dear[part], np.inf, prices))
        self.charges: list[bool] = (~setting.dear[part] & (prices <= least[day])).tolist()
        gain = prices * limits.efficiency / 1000
        # An infinite least price: the day has only dear hours, and nothing to charge in.
        self.pays: list[bool] = (setting.dear[part] & (gain > least[day])).tolist()

    def best(self, held: int) -> tuple[list[int], int]:
        """Energy drawn, and what is left in the battery at the end.

        Args:
            held: in the battery at the beginning.
        """
        heights = [peak for _, peak in self.groups]
        for number, (_, peak) in enumerate(self.groups):
            heights[number] = self._least(number, heights, peak, held)
        caps = self._caps(heights)
        found = self._run(caps, held, discharging=any(self.pays))
        if found is None:
            found = self._run(caps, held, discharging=False)
        assert found is not None
        return found

    def _least(self, number: int, heights: list[int], peak: int, held: int) -> int:
        """The least height of a group that can be held, by halves."""
        low, high = max(peak - self.limits.power, 0) if peak > 0 else peak, peak
        while low < high:
            middle = (low + high) // 2
            tried = [*heights[:number], middle, *heights[number + 1 :]]
            if self._run(self._caps(tried), held, discharging=False) is not None:
                high = middle
            else:
                low = middle + 1
        return high

    def _caps(self, heights: Sequence[int]) -> list[int]:
        caps = np.full(len(self.net), FREE, np.int64)
        for (where, _), height in zip(self.groups, heights, strict=True):
            caps[where] = np.minimum(caps[where], height)
        found: list[int] = caps.tolist()
        return found

    def _run(self, caps: Sequence[int], held: int, *, discharging: bool) -> tuple[list[int], int] | None:
        """The period with heights to keep; None where one can't be kept."""
        most, power, efficiency = self.limits.capacity, self.limits.power, self.limits.efficiency
        reserved = self._reserved(caps) if discharging else None
        drawn = []
        for at, (net, cap) in enumerate(zip(self.net, caps, strict=True)):
            out = max(net - cap, 0)
            if out > min(power, held):
                return None
            if reserved is not None and self.pays[at]:
                out = max(out, min(power, net, held - reserved[at]))
            if out:
                held -= out
                drawn.append(net - out)
                continue
            taken = 0
            if self.charges[at] and held < most:
                taken = max(min(power, cap - net, -(-(most - held) * 1000 // efficiency)), 0)
                held += taken * efficiency // 1000
            drawn.append(net + taken)
        return drawn, held

    def _reserved(self, caps: Sequence[int]) -> list[int]:
        """What the rest of a dear run needs after each interval to keep the heights."""
        found, needed = [0] * len(caps), 0
        for at in range(len(caps) - 1, -1, -1):
            found[at] = needed
            needed = needed + max(self.net[at] - caps[at], 0) if self.dear[at] else 0
        return found
