"""What pricing many meters at once works with: a part of a period, and its lines for all meters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from meterbook.model.tariff import AnyCharge, Demand, Energy, Export, Minimum, Reactive, Rounding, RoundUp, Version
from meterbook.tariffs.axis import Int64
from meterbook.tariffs.exact import Exact, rounded_to
from meterbook.tariffs.inputs import Account
from meterbook.tariffs.parts import PricedPart
from meterbook.tariffs.work import applies


class Unpriced(Exception):
    """A charge that is only priced bill by bill."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Totals:
    """What m meters pay in p periods.

    Attributes:
        amount: m × p amounts, int64, in ``10**-places`` dollars.
        places: digits after the point.
        kwh: m × p energy billed, int64, in ``10**-scale`` kWh.
        scale: digits after the point of ``kwh``.
        status: of the least sure number that was used.
    """

    amount: NDArray[np.int64]
    places: int
    kwh: NDArray[np.int64]
    scale: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BatchLine:
    keys: frozenset[str]
    amount: Int64


@dataclass(slots=True, kw_only=True)
class BatchWork:
    """One part of a period at work, for all meters."""

    part: PricedPart
    ordinal: int
    span: int
    lines: list[BatchLine] = field(default_factory=list)
    demand: Exact | None = None
    kwh: Exact | None = None
    lamp_kwh: Fraction = Fraction(0)


def joined(works: Sequence[BatchWork]) -> BatchWork:
    last = works[-1]
    part = replace(last.part, start=last.part.span.start, first=works[0].part.first, days=last.part.days_of_span)
    kwh = [work.kwh for work in works if work.kwh is not None]
    demands = [work.demand for work in works if work.demand is not None]
    joined = BatchWork(part=part, ordinal=last.ordinal, span=last.span)
    joined.lines = [line for work in works for line in work.lines]
    joined.kwh = sum(kwh[1:], start=kwh[0]) if kwh else None
    joined.demand = demands[-1] if demands else None
    joined.lamp_kwh = sum((work.lamp_kwh for work in works), start=Fraction(0))
    return joined


def refuse(charge: AnyCharge, account: Account) -> None:
    if not applies(charge, account):
        return
    alone = isinstance(charge, Reactive | RoundUp)
    if isinstance(charge, Demand):
        alone = charge.coincident or charge.daily or charge.power_factor is not None
    elif isinstance(charge, Energy):
        # Nothing is sent back here, so that net is what is delivered, and no credit or bank comes about.
        alone = charge.of == "received" or charge.fill == "day"
    elif isinstance(charge, Export):
        alone = bool(account.bank_kwh) or charge.scheme == "net-register"
    elif isinstance(charge, Minimum):
        alone = charge.settle == "year"
    if alone:
        raise Unpriced


def rounding_of(work: BatchWork, charge: AnyCharge) -> Rounding:
    return charge.rounding or work.part.version.rounding


def divided(total: Exact, part: PricedPart) -> Exact:
    """A part's share of what was metered, where that is shared out by days; see ``PricedPart.divided``."""
    if not part.by_days:
        return total
    rule = part.version.quantities
    if rule is None:
        raise Unpriced  # exact shares have no end

    def share(days: int) -> Exact:
        return Exact(rounded_to(total.n * days, total.scale, part.days_of_span, rule), rule.places)

    if not part.is_last:
        return share(part.days)
    left = total
    for days in part.earlier:
        left = left - share(days)
    return left


def in_quantities(exact: Exact, version: Version) -> Exact:
    """Quantities that were worked out, rounded as a version says."""
    rule = version.quantities
    return exact if rule is None else Exact(rounded_to(exact.n, exact.scale, 1, rule), rule.places)


def in_units(limit: Exact, scale: int) -> NDArray[np.int64]:
    """A limit in the readings' own units; a part of one that no reading can tell is rounded, as bill by bill."""
    if limit.scale <= scale:
        return limit.at(scale).astype(np.int64)
    return rounded_to(limit.n, limit.scale - scale, 1, Rounding(places=0, mode="half-even"))
