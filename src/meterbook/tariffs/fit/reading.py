"""A bill as equations: each line, or what lines come to together, or the total, is a sum of quantities times prices.

Lines and charges are matched by kind, then by what their labels say. A fixed charge that a bill does not print is taken
to be within its energy, as some co-ops' paper has it; so is a rider whose value is published and not nothing. A rider
that is not printed and not known is taken to be nothing in that month.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from meterbook.model.bill_kinds import LineKind
from meterbook.model.calendar import day_start
from meterbook.model.errors import InputError
from meterbook.model.tariff import AnyCharge, Figure, Minimum, Number, Percent, Rider, Tariff, Version, plain
from meterbook.tariffs.fit.determinants import BilledOnce, Charged
from meterbook.tariffs.fit.equation import CENT, Equation, Group, rounded
from meterbook.tariffs.fit.lines import Asked, across_months, asked, fold, rider_month
from meterbook.tariffs.fit.places import Place, settled
from meterbook.tariffs.inputs import Span
from meterbook.tariffs.parts import PricedPart, parts_of
from meterbook.tariffs.work import kind_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a bill says of a schedule's numbers.

    Attributes:
        equations: amounts and what they are made of; the keys of their unknowns are places.
        notes: what it could not be asked, and why.
    """

    equations: tuple[Equation, ...] = ()
    notes: tuple[str, ...] = ()


class _CantTellError(Exception):
    pass


def told(tariff: Tariff, bill: BilledOnce, free: Collection[Place] | None = None) -> Told:
    """What a bill says of the numbers of a schedule.

    Args:
        tariff: the schedule.
        bill: the bill.
        free: numbers that are looked for although they are published; None for all numbers.
    """
    zone = ZoneInfo(tariff.zone)
    span = Span(start=day_start(bill.first, zone), end=day_start(bill.last, zone), billed=bill.billed)
    try:
        parts = parts_of(tariff, span, zone)
    except InputError as err:
        return Told(notes=(err.what,))
    if len(parts) > 1:
        return Told(notes=("the schedule changes within its period",))
    if not parts[0].version.charges:
        return Told(notes=("the schedule has no charges then",))
    reader = _Reader(tariff, parts[0], bill, free)
    try:
        return reader.lines() if bill.lines else reader.total()
    except _CantTellError as err:
        return Told(notes=(*reader.notes, str(err)))


class _Reader:
    def __init__(self, tariff: Tariff, part: PricedPart, bill: BilledOnce, free: Collection[Place] | None) -> None:
        self.tariff, self.part, self.bill, self.free = tariff, part, bill, free
        self.version: Version = part.version
        self.asked = asked(tariff, part, bill)
        self.notes: list[str] = []

    def lines(self) -> Told:
        """Equations of a bill whose lines are known."""
        found: list[Equation] = []
        kinds = list(dict.fromkeys(one.kind for one in self.asked))
        absent = [one for one in self.asked if not self._lines_of(one.kind)]
        folded = [one for one in absent if self._within_energy(one)]
        for kind in kinds:
            its = [one for one in self.asked if one.kind is kind]
            charged = self._lines_of(kind)
            try:
                if kind is LineKind.ENERGY and folded and charged:
                    found.append(self._together(charged, [*folded, *its]))
                elif charged:
                    found += self._each(charged, its)
            except _CantTellError as err:
                self.notes.append(str(err))
        for one in absent:
            if isinstance(one.charge, Rider) and one not in folded and not self._known(one.place, one.number):
                found += self._nothing(one)
        found += self._shares()
        return Told(equations=tuple(found), notes=tuple(self.notes))

    def total(self) -> Told:
        """The equation of a bill of which only the total is known."""
        if self.bill.total is None:
            raise _CantTellError("neither lines nor a total are known")
        before = self._before_tax(Fraction(self.bill.total))
        for charge in self.version.charges:
            if isinstance(charge, Minimum):
                least = plain(charge.amount)
                if least is None or before <= Fraction(least):
                    raise _CantTellError("it may be at its minimum")
        its = [one for one in self.asked if one.kind not in (LineKind.LIGHT, LineKind.CREDIT_GENERATION)]
        groups = [self._group(one, one.quantity) for one in its if one.quantity != 0]
        return Told(equations=(self._equation(before, groups),), notes=tuple(self.notes))

    def _lines_of(self, kind: LineKind) -> list[Charged]:
        floor = any(isinstance(one, Minimum) and kind_of(one) is kind for one in self.version.charges)
        return [
            one for one in self.bill.lines if one.kind is kind and not (floor and "minimum" in one.label.casefold())
        ]

    def _within_energy(self, one: Asked) -> bool:
        if not self._lines_of(LineKind.ENERGY):
            return False
        if one.kind is LineKind.FIXED_CHARGE:
            return True
        return isinstance(one.charge, Rider) and self._known(one.place, one.number) and bool(_plain(one.number))

    def _each(self, charged: Sequence[Charged], its: Sequence[Asked]) -> list[Equation]:
        """Equations of the lines of one kind."""
        used = [one for one in its if one.quantity is None or one.quantity or one.place.block < 1]
        pairs = _paired(charged, used)
        if pairs is None:
            return [self._together(charged, used)]
        found = []
        for one in used:
            mine = [line for line, ask in pairs if ask is one]
            alone = [line for line in mine if _tells(line, one.place)]
            rest = [line for line in mine if line not in alone]
            found += [self._equation(line.amount, [self._group(one, _quantity(line))]) for line in alone]
            if rest and not alone:
                amount = sum((line.amount for line in rest), start=Decimal(0))
                found.append(self._equation(amount, [self._group(one, one.quantity)]))
        return found

    def _together(self, charged: Sequence[Charged], its: Sequence[Asked]) -> Equation:
        amount = sum((one.amount for one in charged), start=Decimal(0))
        return self._equation(amount, [self._group(one, one.quantity) for one in its])

    def _nothing(self, one: Asked) -> list[Equation]:
        if not one.quantity or one.charge.optional is not None:
            return []
        return [self._equation(Decimal(0), [self._group(one, one.quantity)])]

    def _shares(self) -> list[Equation]:
        """Equations of taxes, surcharges and riders that are a share of other lines."""
        found = []
        shares = [one for one in self.version.charges if _is_share(one)]
        for at, charge in enumerate(self.version.charges):
            if charge not in shares or (charge.classes and self.bill.kind not in charge.classes):
                continue
            kind = kind_of(charge)
            charged = self._lines_of(kind)
            if not charged or any(other is not charge and kind_of(other) is kind for other in shares):
                continue
            base = sum((line.amount for line in self._base(charge, at, charged[0])), start=Decimal(0))
            place, number = self._share_place(charge, at)
            amount = sum((line.amount for line in charged), start=Decimal(0))
            if base:
                found.append(self._equation(amount, [self._grouped(charge, place, number, Fraction(base))]))
        return found

    def _base(self, charge: AnyCharge, at: int, line: Charged) -> list[Charged]:
        assert isinstance(charge, Percent | Rider)
        above = self.bill.lines[: self.bill.lines.index(line)]
        excluded = self._kinds(charge.excluding) if isinstance(charge, Percent) else set()
        wanted = self._kinds(charge.base)
        above_it = {kind_of(one) for one in self.version.charges[:at]}
        taxes = {kind_of(one) for one in self.version.charges if isinstance(one, Percent)} - above_it
        return [
            one
            for one in above
            if one.kind not in excluded and one.kind not in taxes and (not wanted or one.kind in wanted)
        ]

    def _kinds(self, names: Sequence[str]) -> set[LineKind]:
        found = {kind_of(one) for one in self.version.charges if one.name in names}
        return found | {kind for kind in LineKind if kind.value in names}

    def _share_place(self, charge: AnyCharge, at: int) -> tuple[Place, Number | None]:
        if isinstance(charge, Rider):
            month = rider_month(charge, self.bill)
            value = next(
                (one for one in charge.values if one.start <= month and (one.end is None or month <= one.end)), None
            )
            number = None if value is None else Figure(value=value.value, status=value.status)
            return Place(part=charge.rider, month=month, unit="$", name=charge.name), number
        assert isinstance(charge, Percent)
        name = f"{self.tariff.utility}/{self.tariff.code}"
        place = Place(schedule=name, version=self.part.number, charge=at, part="share", unit="$", name=charge.name)
        return place, charge.rate

    def _before_tax(self, total: Fraction) -> Fraction:
        """What a bill came to before its tax, which has to be on all of it.

        The total rises with every cent before tax, so that there is one such amount or none.
        """
        for at, charge in enumerate(self.version.charges):
            if not _is_share(charge) or (charge.classes and self.bill.kind not in charge.classes):
                continue
            place, number = self._share_place(charge, at)
            if not isinstance(charge, Percent) or charge.base or charge.excluding or not self._known(place, number):
                raise _CantTellError(f"only its total is known, and {charge.name} is not, or is on a part of it")
            share = Fraction(_plain(number) or 0)
            rounding = charge.rounding or self.version.rounding
            near = rounded(total / (1 + share), "half-up")
            fits = [
                near + one * CENT
                for one in range(-3, 4)
                if near + one * CENT + rounded((near + one * CENT) * share, rounding.mode) == total
            ]
            if len(fits) != 1:
                raise _CantTellError(f"no amount before {charge.name} gives its total")
            total = fits[0]
        return total

    def _group(self, one: Asked, quantity: Fraction | None) -> Group:
        if quantity is None:
            raise _CantTellError(f"it does not tell the quantity of {one.place}")
        if isinstance(one.charge, Rider) and across_months(one.charge, self.bill):
            raise _CantTellError(f"{one.charge.name} goes by the month of use, and the period is of several")
        return self._grouped(one.charge, one.place, one.number, quantity)

    def _grouped(self, charge: AnyCharge, place: Place, number: Number | None, quantity: Fraction) -> Group:
        rounding = charge.rounding or self.version.rounding
        unit = Fraction(1, 10 ** min(rounding.places, 2))
        if self._known(place, number):
            constant = quantity * Fraction(_plain(number) or 0)
            return Group(terms=(), constant=constant, mode=rounding.mode, unit=unit)
        return Group(terms=((place, quantity),), mode=rounding.mode, unit=unit)

    def _known(self, place: Place, number: Number | None) -> bool:
        return self.free is not None and settled(number) and place not in self.free

    def _equation(self, amount: Decimal | Fraction, groups: Sequence[Group]) -> Equation:
        return Equation(bill=self.bill.number, amount=Fraction(amount), groups=tuple(groups))


def _paired(charged: Sequence[Charged], its: Sequence[Asked]) -> list[tuple[Charged, Asked]] | None:
    """Each line with the number that made it; None where they can't be told apart."""
    if len(its) == 1:
        return [(line, its[0]) for line in charged]
    found = []
    for line in charged:
        text = f" {fold(line.label)} "
        scores = [sum(len(word) for word in one.words if f" {word} " in text) for one in its]
        best = max(scores, default=0)
        if not best or scores.count(best) > 1:
            break
        found.append((line, its[scores.index(best)]))
    else:
        return found
    return list(zip(charged, its, strict=True)) if len(charged) == len(its) else None


def _tells(line: Charged, place: Place) -> bool:
    return line.quantity is not None and line.unit is not None and line.unit.casefold() == place.unit.casefold()


def _quantity(line: Charged) -> Fraction:
    """The quantity of a line, below nothing where a credit is printed beside a quantity above it."""
    assert line.quantity is not None
    quantity = Fraction(line.quantity)
    return -abs(quantity) if line.kind is LineKind.CREDIT_GENERATION else quantity


def _is_share(charge: AnyCharge) -> bool:
    return isinstance(charge, Percent) or (isinstance(charge, Rider) and charge.unit == "share")


def _plain(number: Number | None) -> Decimal | None:
    return None if number is None else plain(number)
