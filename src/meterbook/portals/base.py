"""What every portal client states about itself, and how it is found.

A portal is a module with a ``SPEC``, registered through the ``meterbook.portals`` entry point. A package outside this
repository registers the same way and is treated the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import entry_points

from meterbook.model.errors import NotFound

ENTRY_POINT = "meterbook.portals"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a host may be asked.

    Attributes:
        in_flight: answers asked for at once by a process.
        gap_s: least time between two calls to the host, a span to draw from; seconds.
        wait_s: time before asking again for an answer in preparation, a span to draw from; seconds.
        pending_limit_s: when such an answer is given up.
        backoff_s: first wait after a refusal or a fault, doubled each time; the shorter ``wait_s`` if None.
        tries: how often a call is made at most when the portal has faults.
    """

    in_flight: int = 1
    gap_s: tuple[float, float] = (0.5, 1.0)
    wait_s: tuple[float, float] = (2.0, 5.0)
    pending_limit_s: float = 60.0
    backoff_s: float | None = None
    tries: int = 4

    @property
    def first_backoff_s(self) -> float:
        """First wait after a fault, before chance shortens it."""
        return self.wait_s[0] if self.backoff_s is None else self.backoff_s


LOOPBACK_PACE = Pace(in_flight=8, gap_s=(0.0, 0.0), wait_s=(0.05, 0.05), pending_limit_s=60.0, tries=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a portal can give.

    Attributes:
        interval_readings: readings at the meter's own step.
        daily_readings: one reading a local day.
        monthly_readings: one reading a month.
        cost: the portal's own estimate of cost per interval.
        demand: demand readings where the meter has them.
        weather: daily low and high temperatures.
        statements: past bills.
        documents: bills as PDF.
        balances: what is owed now.
        industries: the portal's names of what it has readings of.
        second_factors: methods that work unattended.
    """

    interval_readings: bool = False
    daily_readings: bool = False
    monthly_readings: bool = False
    cost: bool = False
    demand: bool = False
    weather: bool = False
    statements: bool = False
    documents: bool = False
    balances: bool = False
    industries: tuple[str, ...] = ()
    second_factors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalSpec:
    """One kind of portal.

    Attributes:
        name: as catalogue entries write it in ``portal:``.
        title: as a person reads it.
        capabilities: what it can give.
        pace: how fast a real host is asked unless its catalogue entry says otherwise.
        client: ``module:Class`` of the client, imported when it is first used.
        quality: file beside the module with the rules it keeps and those it does not.
    """

    name: str
    title: str
    capabilities: Capabilities
    pace: Pace
    client: str
    quality: str = "quality.yaml"


def portals() -> dict[str, PortalSpec]:
    """Every registered portal by name, those of other packages included."""
    specs = [point.load() for point in entry_points(group=ENTRY_POINT)]
    return {spec.name: spec for spec in specs}


def portal(name: str) -> PortalSpec:
    """The portal of that name.

    Raises:
        NotFound: none is registered under it.
    """
    known = portals()
    try:
        return known[name]
    except KeyError:
        raise NotFound(
            f"there is no portal client called {name!r}",
            expected=f"one of {', '.join(sorted(known))}",
            hint="Install the package that brings it, or correct the utility's catalogue entry.",
        ) from None
