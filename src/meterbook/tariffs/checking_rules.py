"""Rules of a version that do not go together, each told with the path of the field."""

from __future__ import annotations

from collections.abc import Iterator

from meterbook.model.tariff import (
    AnyCharge,
    Demand,
    Energy,
    Export,
    Fixed,
    Percent,
    Ratchet,
    Rider,
    RoundUp,
    Version,
    plain,
)
from meterbook.tariffs.problem import Problem

Path = tuple[str | int, ...]


def check_rules(version: Version, path: Path) -> Iterator[Problem]:
    """Charges of a version that contradict themselves, each other, or the version's own rules."""
    waits = False
    for place, charge in enumerate(version.charges):
        where = (*path, "charges", place)
        if waits and not charge.whole_account:
            yield Problem(
                path=where,
                what=f"{charge.name!r} stands below a charge of the whole account, which comes after all others",
                expected="charges with whole_account: true at the end",
            )
        waits = waits or charge.whole_account
        if charge.whole_account and not isinstance(charge, Fixed | Percent | RoundUp):
            yield Problem(
                path=(*where, "whole_account"),
                what=f"{charge.name!r} is worked out of one service's readings",
                expected="whole_account of fixed charges, percents and gifts that round up",
            )
        yield from _of_charge(version, charge, where)


def _of_charge(version: Version, charge: AnyCharge, where: Path) -> Iterator[Problem]:
    if isinstance(charge, Energy) and version.across == "divide-by-days":
        if any(rate.blocks for rate in charge.rates) and (charge.fill == "day" or charge.pooling == "time"):
            yield Problem(
                path=where,
                what="blocks that fill as time goes on can't be divided by days",
                expected="pooling: period or proportion, or across: divide",
            )
    elif isinstance(charge, Export):
        yield from _export(version, charge, where)
    elif isinstance(charge, Rider):
        if charge.of != "all" and charge.unit != "kWh":
            yield Problem(
                path=(*where, "of"), what=f"a rider a {charge.unit} is not on kWh", expected="of with unit: kWh"
            )
        if charge.prorate != "never" and charge.unit != "month":
            yield Problem(
                path=(*where, "prorate"),
                what=f"a rider in {charge.unit} is not prorated",
                expected="prorate with unit: month",
            )
    elif isinstance(charge, Percent) and (plain(charge.rate) or 0) > 1:
        yield Problem(
            path=(*where, "rate"),
            what=f"a share of {plain(charge.rate)} is more than everything",
            expected="0.07 for seven percent",
        )
    elif isinstance(charge, RoundUp) and charge.to <= 0:
        yield Problem(path=(*where, "to"), what=f"nothing is a multiple of {charge.to}", expected="dollars above zero")
    elif isinstance(charge, Demand) and charge.ratchet is not None:
        yield from _ratchet(version, charge, charge.ratchet, (*where, "ratchet"))


def _ratchet(version: Version, charge: Demand, ratchet: Ratchet, where: Path) -> Iterator[Problem]:
    """Earlier bills tell one demand of a time-of-use period: that of the first charge that measures one in it."""
    if ratchet.months < 1:
        yield Problem(
            path=(*where, "months"), what="a ratchet looks back at no month", expected="months of 1 or more, or periods"
        )
    if charge.daily or charge.coincident:
        kind = "by the day" if charge.daily else "at the supplier's peak"
        yield Problem(path=where, what=f"demand {kind} has no ratchet", expected="a ratchet of highest demand")
        return
    for period in dict.fromkeys([ratchet.of_period] if ratchet.of_period else [rate.period for rate in charge.rates]):
        first = next((one for one in version.charges if isinstance(one, Demand) and _measures(one, period)), charge)
        if ratchet.of_period is None and (first.minutes, first.rolling) != (charge.minutes, charge.rolling):
            yield Problem(
                path=where,
                what=f"the ratchet of {charge.name!r} would look back at {first.name!r}, which is measured otherwise",
                expected="the charge with the ratchet above others of the same time-of-use period",
            )
            return


def _measures(charge: Demand, period: str | None) -> bool:
    measured = not (charge.daily or charge.coincident)
    return measured and any(rate.period == period for rate in charge.rates)


def _export(version: Version, charge: Export, where: Path) -> Iterator[Problem]:
    banks = charge.scheme in ("net-metering", "net-register")
    if charge.settle == "bill" and not banks:
        yield Problem(
            path=(*where, "settle"),
            what=f"{charge.scheme} has no bank to settle",
            expected="settle with net-metering; other schemes credit each bill anyway",
        )
    if (charge.settle == "bill" or charge.scheme == "net-register") and charge.reset_month is not None:
        yield Problem(
            path=(*where, "reset_month"),
            what="the bank is settled with each bill, and no month of the year is left to do it in",
            expected="settle: year, or no reset_month",
        )
    if banks and charge.rates:
        yield Problem(
            path=(*where, "rates"),
            what=f"{charge.scheme} pays at pay_out, and has rates",
            expected="pay_out, or scheme: net-billing",
        )
    wanted = {"net-metering": "net", "net-register": "delivered"}.get(charge.scheme)
    energy = [one for one in version.charges if isinstance(one, Energy)]
    if wanted is not None and energy and not any(one.of == wanted for one in energy):
        yield Problem(
            path=(*where, "scheme"),
            what=f"{charge.scheme} takes off energy {wanted}, and no energy charge is on that",
            expected=f"an energy charge with of: {wanted}",
        )
