"""What may be summed together: channels alike in utility, commodity, quantity, flow, unit and interval length."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from meterbook.store.readings.values import Int32


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelClass:
    """Channels whose readings may be added to each other.

    Attributes:
        label: utility, category, quantity, flow, unit and interval length, as ``book/`` spells them.
        zone: IANA zone whose days their daily sums follow.
    """

    label: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Classed:
    """The classes of some channels.

    Attributes:
        classes: c classes.
        of: n numbers of the class of each channel asked for, int32; -1 for a channel that nothing is known of.
    """

    classes: tuple[ChannelClass, ...]
    of: Int32


Classes = Callable[[Int32], Classed]
"""Gives the classes of n channel numbers (increasing)."""

EVERYTHING = ChannelClass(label="all", zone="UTC")


def one_class(channels: Int32) -> Classed:
    """All channels in one class, with days in UTC: a lake of which nothing else is known."""
    return Classed(classes=(EVERYTHING,), of=np.zeros(len(channels), np.int32))
