"""The bill of an account with several services: each priced by its own schedule, then what is on the whole account.

A member may have a house on one schedule, a yard light on another and the town's water on the same paper; the sales tax
is one line, rounded once. Charges that a schedule marks ``whole_account`` wait until all services have their lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from meterbook.model.errors import InputError
from meterbook.model.tariff import AnyCharge, RoundUp
from meterbook.tariffs.bill import PricedLine, PricedStatement
from meterbook.tariffs.inputs import Account, Usage
from meterbook.tariffs.plan import Plan
from meterbook.tariffs.pricing import Service, charge_one, charges_of, made, opened, worked
from meterbook.tariffs.work import Work


def price_together(services: Sequence[tuple[Plan, Usage, Account]]) -> list[PricedStatement]:
    """Statements of an account for all periods of its services' plans, which have to be as many.

    Args:
        services: of each its schedule with the periods, its readings, and what the schedule asks of the account.

    Returns:
        A statement a period, from the read of the first service: lines of the services in their order, then those of
        the whole account, a charge of one name once. Taxes are on the lines of services of the same sort (electric,
        water, gas); gifts that round up are on everything.

    Raises:
        InputError: periods are not as many, or one can't be priced.
    """
    counts = {len(plan.spans) for plan, _, _ in services}
    if len(counts) != 1:
        raise InputError("services of an account have different periods", expected="as many periods for each service")
    ready = opened(services)
    return [_together(ready, number) for number in range(counts.pop())]


def _together(services: Sequence[Service], number: int) -> PricedStatement:
    works, notes = zip(*(worked(service, number) for service in services), strict=True)
    parts = [made(work, said) for work, said in zip(works, notes, strict=True)]
    above = [
        (work.plan.tariff.service, name, line)
        for work in works
        for name, line in zip(work.names, work.lines, strict=True)
    ]
    lines = [line for part in parts for line in part.lines]
    for work, place, charge in _of_account(works):
        added = _added(work, place, charge, above)
        above += [(work.plan.tariff.service, charge.name, line) for line in added]
        lines += added
    return _joined(parts, lines)


def _of_account(works: Sequence[Work]) -> Iterator[tuple[Work, int, AnyCharge]]:
    """Charges of the whole account, a name once; gifts that round up come last."""
    found: dict[str, tuple[Work, int, AnyCharge]] = {}
    for work in works:
        for place, charge in charges_of(work, whole_account=True):
            found.setdefault(charge.name, (work, place, charge))
    yield from sorted(found.values(), key=lambda one: isinstance(one[2], RoundUp))


def _added(work: Work, place: int, charge: AnyCharge, above: Sequence[tuple[str, str, PricedLine]]) -> list[PricedLine]:
    every, service = isinstance(charge, RoundUp), work.plan.tariff.service
    under = [(name, line) for of, name, line in above if every or of == service]
    one = replace(
        work, lines=[line for _, line in under], names=[name for name, _ in under], places=[(0, 0)] * len(under)
    )
    charge_one(one, charge, place)
    return one.lines[len(under) :]


def _joined(parts: Sequence[PricedStatement], lines: Sequence[PricedLine]) -> PricedStatement:
    """The statement of several services: of the first, with all lines and all notes."""
    first = parts[0]
    return PricedStatement(
        start=first.start,
        end=first.end,
        first=first.first,
        last=first.last,
        lines=tuple(lines),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
        bank_kwh=sum((part.bank_kwh for part in parts), start=Decimal(0)),
        demands=tuple(demand for part in parts for demand in part.demands),
        estimated=sum(part.estimated for part in parts),
    )
