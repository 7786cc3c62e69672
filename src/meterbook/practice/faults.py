"""What goes wrong on purpose: named faults, each with a rate and a place, in a sequence that a seed decides."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

from meterbook.model.errors import UsageError


class Fault(StrEnum):
    """Kinds of trouble."""

    SLOW = "slow"
    TOO_MANY = "429"
    SERVER_ERROR = "500"
    BAD_GATEWAY = "502"
    UNAVAILABLE = "503"
    HTML = "html"
    TOKEN_EXPIRY = "token-expiry"  # noqa: S105 - the name of a fault
    PENDING = "pending"
    TRUNCATED = "truncated"
    DROP = "drop"
    REVISION = "revision"


class Place(StrEnum):
    """Which requests a fault can hit."""

    SECURED = "secured"
    POLL = "poll"
    LOGIN = "login"
    ALL = "all"


DEFAULT_RATE = {
    Fault.SLOW: 0.1,
    Fault.TOO_MANY: 0.05,
    Fault.SERVER_ERROR: 0.05,
    Fault.BAD_GATEWAY: 0.05,
    Fault.UNAVAILABLE: 0.05,
    Fault.HTML: 0.02,
    Fault.TOKEN_EXPIRY: 0.05,
    Fault.PENDING: 1.0,
    Fault.TRUNCATED: 0.05,
    Fault.DROP: 0.05,
    Fault.REVISION: 0.1,
}
_POLL_ONLY = frozenset({Fault.PENDING, Fault.REVISION})
SLOW_S = 2.0
RETRY_AFTER_S = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule:
    """One fault, how often, and where.

    Attributes:
        fault: what goes wrong.
        rate: chance of it at each request, 0 to 1; for ``revision`` the share of recent hours that change.
        place: which requests it can hit.
    """

    fault: Fault
    rate: float
    place: Place = Place.SECURED


def parse(text: str) -> FaultRule:
    """A rule written ``NAME[:RATE][@PLACE]``.

    Raises:
        UsageError: unknown name or place, or a rate outside 0 to 1.

    >>> parse("500:0.2@login").rate
    0.2
    """
    rest, _, place = text.partition("@")
    name, _, rate = rest.partition(":")
    try:
        fault = Fault(name.strip().lower())
    except ValueError:
        raise UsageError(f"fault {name!r} is not known", expected=f"one of {', '.join(Fault)}") from None
    try:
        chance = float(rate) if rate else DEFAULT_RATE[fault]
    except ValueError:
        chance = -1.0
    if not 0.0 <= chance <= 1.0:
        raise UsageError(f"rate {rate!r} of fault {fault} is not a chance", expected="a number from 0 to 1")
    default = Place.POLL if fault in _POLL_ONLY else Place.SECURED
    try:
        return FaultRule(fault=fault, rate=chance, place=Place(place) if place else default)
    except ValueError:
        raise UsageError(f"{place!r} is not a place of faults", expected=f"one of {', '.join(Place)}") from None


class FaultSequence:
    """Draws for each request which faults hit it. The same requests in the same order are hit alike.

    Args:
        seed: the co-op's.
        rules: what may go wrong.
    """

    def __init__(self, seed: int, rules: tuple[FaultRule, ...]) -> None:
        self._rules = rules
        self._chance = [random.Random(f"{seed}/{rule.fault}/{rule.place}") for rule in rules]

    def hits(self, place: Place) -> frozenset[Fault]:
        """The faults that hit the next request at a place (``secured``, ``poll`` or ``login``)."""
        found = set()
        for rule, chance in zip(self._rules, self._chance, strict=True):
            covers = rule.place in (place, Place.ALL) or (rule.place is Place.SECURED and place is Place.POLL)
            if covers and rule.fault is not Fault.REVISION and chance.random() < rule.rate:
                found.add(rule.fault)
        return frozenset(found)

    @property
    def revision_rate(self) -> float:
        """Share of recent hours whose value changes after it was first asked for."""
        return max((rule.rate for rule in self._rules if rule.fault is Fault.REVISION), default=0.0)
