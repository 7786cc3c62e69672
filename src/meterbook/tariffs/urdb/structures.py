"""Prices of a record: periods of tiers, each with a limit, a rate and an adjustment that is added to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from meterbook.model.tariff import Block, Figure, Rate
from meterbook.tariffs.urdb.record import Record
from meterbook.tariffs.urdb.remarks import Remarks

SOURCE = "urdb"
"""Key of a schedule's sources for the record itself."""
ENDLESS = Decimal(10) ** 9
"""A limit from which on it is written for none, such as 1e38."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A step of a price.

    Attributes:
        field: path of it in the record.
        limit: upper limit; None without.
        unit: of the limit, as it is written.
        rate, adjustment: dollars a unit; what is paid is their sum.
        sell: dollars a kWh sent back.
    """

    field: str
    limit: Decimal | None
    unit: str | None
    rate: Decimal | None
    adjustment: Decimal | None
    sell: Decimal | None

    @property
    def price(self) -> Decimal | None:
        """Rate and adjustment; None where the record has neither."""
        if self.rate is None and self.adjustment is None:
            return None
        return (self.rate or Decimal(0)) + (self.adjustment or Decimal(0))

    def figure(self) -> Figure:
        """The price with where it is from."""
        assert self.price is not None
        how = None
        if self.rate is not None and self.adjustment:
            how = f"{self.field}: rate {self.rate:f} + adj {self.adjustment:f}"
        return Figure(value=self.price, source=SOURCE, how=how)


Structure = list[list[Tier]]


def structure(record: Record, name: str) -> Structure:
    """The periods of a structure; empty without one.

    Raises:
        MalformedRecord: it is not a list of lists of tiers, or a cell is no number.
    """
    periods = record.items(name) or []
    return [list(_tiers(record, tiers, f"{name}[{number}]")) for number, tiers in enumerate(periods)]


def _tiers(record: Record, tiers: object, path: str) -> Iterator[Tier]:
    if isinstance(tiers, Mapping):
        tiers = [tiers]
    if not isinstance(tiers, list | tuple):
        raise record.malformed(path, "is no list of tiers", "a list of tiers with rate, adj, max, unit")
    for number, tier in enumerate(tiers):
        field = f"{path}[{number}]"
        if not isinstance(tier, Mapping):
            raise record.malformed(field, "is no tier", "a tier with rate, adj, max, unit")
        cells = {str(name).casefold(): value for name, value in tier.items()}
        limit = record.as_number(cells.get("max"), f"{field}.max")
        yield Tier(
            field=field,
            limit=_limit(limit),
            unit=str(cells["unit"]).strip() if cells.get("unit") else None,
            rate=record.as_number(cells.get("rate"), f"{field}.rate"),
            adjustment=record.as_number(cells.get("adj"), f"{field}.adj"),
            sell=record.as_number(cells.get("sell"), f"{field}.sell"),
        )


def _limit(written: Decimal | None) -> Decimal | None:
    """A limit without the zeros that a float adds: bills print it."""
    if written is None or written >= ENDLESS:
        return None
    return written.to_integral_value() if written == written.to_integral_value() else written


def present(periods: Structure) -> bool:
    """Whether a structure charges anything: told by its cells of rates, never by units, which are filled by default."""
    return any(tier.price is not None or tier.sell is not None for tiers in periods for tier in tiers)


def priced(tiers: list[Tier], part: str, ceiling: Decimal, remarks: Remarks) -> Rate | None:
    """Tiers of a period as a price or blocks; None where they have a defect, which is noted.

    Args:
        tiers: of a period that the schedule uses.
        part: name of the part, for refusals.
        ceiling: dollars a unit above which a price looks wrong.
        remarks: what is found.
    """
    limits = [tier.limit for tier in tiers]
    sound = True
    for number, tier in enumerate(tiers):
        if tier.price is None:
            remarks.refuse(part, tier.field, "a tier has neither rate nor adj", "a number of dollars")
            sound = False
        elif tier.price < 0 or tier.price > ceiling:
            said = "is negative" if tier.price < 0 else "looks far too high"
            remarks.odd(tier.field, f"the price {tier.price:f} {said}")
        if tier.limit is None and number < len(tiers) - 1:
            remarks.refuse(part, f"{tier.field}.max", "a tier that is not the last has no limit", "a limit")
            sound = False
        if number and tier.limit is not None and (before := limits[number - 1]) is not None and tier.limit <= before:
            remarks.refuse(
                part, f"{tier.field}.max", f"the limit {tier.limit:f} does not rise above {before:f}", "rising limits"
            )
            sound = False
    if not sound or not tiers:
        return None
    if tiers[-1].limit is not None:
        remarks.odd(f"{tiers[-1].field}.max", f"the last tier ends at {tiers[-1].limit:f}; it is read without an end")
    if len(tiers) == 1:
        return Rate(rate=tiers[0].figure())
    return Rate(
        blocks=[
            Block(rate=tier.figure(), up_to=None if number == len(tiers) - 1 else tier.limit)
            for number, tier in enumerate(tiers)
        ]
    )
