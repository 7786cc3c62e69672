"""Numbers of schedules out of the bills of one account or many at once, each with how many bills prove it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from meterbook.model.tariff import Rider, Tariff
from meterbook.tariffs.fit.deciding import Deciding, deciding
from meterbook.tariffs.fit.determinants import BilledOnce
from meterbook.tariffs.fit.equation import Equation, Unknown, decimal_of
from meterbook.tariffs.fit.lattice import Solved, solve
from meterbook.tariffs.fit.places import Place, limits_of, step_of
from meterbook.tariffs.fit.reading import told
from meterbook.tariffs.fit.spoiling import Spoiled, spoiled

RIDER_MONTHS = ("bill", "read", "before")
RIDER_BILLS = 3
"""Bills of an account below which another month of its riders is not asked for: any would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A number of a schedule as bills have it.

    Attributes:
        place: which number.
        step: precision at which it was looked for.
        low, high: least and greatest value that gives all bills; the same where only one is left.
        exact: whether ``low`` and ``high`` themselves give all bills; else nothing outside of them does.
        bills: how many bills it was held against.
        accounts: of how many accounts.
        first, last: months of the earliest and the latest of them.
        with_: other numbers that the same amounts depend on.
        decides: a bill that would leave one value; None where only one is left.
    """

    place: Place
    step: Decimal
    low: Decimal
    high: Decimal
    exact: bool
    bills: int
    accounts: int
    first: str
    last: str
    with_: tuple[Place, ...] = ()
    decides: Deciding | None = None

    @property
    def only(self) -> bool:
        """Whether one value is left."""
        return self.exact and self.low == self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """An account whose bills fit another class, or another month of riders, than what it is billed by.

    Attributes:
        account: its number among those that were fitted.
        kind: the class that its bills fit; None where it is its own.
        rider_month: the rule of months that they fit; None where it is the schedule's.
        bills: how many bills say so.
    """

    account: int
    kind: str | None = None
    rider_month: str | None = None
    bills: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What bills say of schedules.

    Attributes:
        fitted: numbers, in the order of the schedules and then of riders.
        spoiled: amounts that no values give together with the others, and which bills are in the way.
        elsewhere: accounts that fit another class or rider month.
        notes: by bill what it could not be asked.
        used: numbers of the bills that said anything.
    """

    fitted: tuple[Fitted, ...]
    spoiled: tuple[Spoiled, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    notes: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    used: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A bill and the schedule it is billed under."""

    tariff: Tariff
    bill: BilledOnce


def fit(
    cases: Sequence[Case],
    *,
    precision: Mapping[str, Decimal] | None = None,
    free: frozenset[Place] | None = frozenset(),
) -> Outcome:
    """Every value at published precision that gives all bills, of every number that is not published.

    Args:
        cases: bills with their schedules.
        precision: dollars a unit by unit, instead of what utilities usually publish.
        free: published numbers that are looked for as well; None for all of them.
    """
    found, elsewhere = list(cases), []
    while True:
        state = _State(found, dict(precision or {}), free)
        if not state.trouble:
            break
        moved = _moved(found, state, dict(precision or {}), free)
        if moved is None:
            break
        found, account = moved
        elsewhere.append(account)
    return state.outcome(tuple(elsewhere))


class _State:
    """Equations of some bills and what they leave."""

    def __init__(self, cases: Sequence[Case], precision: dict[str, Decimal], free: frozenset[Place] | None) -> None:
        self.bills = {one.bill.number: one.bill for one in cases}
        self.notes: dict[int, tuple[str, ...]] = {}
        self.equations: list[Equation] = []
        for one in cases:
            answer = told(one.tariff, one.bill, free)
            self.equations += answer.equations
            if answer.notes:
                self.notes[one.bill.number] = answer.notes
        places = sorted({key for one in self.equations for key in one.keys if isinstance(key, Place)})
        unknowns = []
        for place in places:
            step = step_of(place, precision)
            low, high = limits_of(place, step)
            unknowns.append(Unknown(key=place, step=step, low=low, high=high))
        self.wrong = [one for one in self.equations if not one.keys and not one.holds({})]
        self.solved = solve(unknowns, self.equations)
        self.broken = [one for one in self.solved if one.none]

    @property
    def trouble(self) -> int:
        """How much is not given by any values: parts, and amounts of published numbers alone."""
        return len(self.broken) + len(self.wrong)

    @property
    def solved_places(self) -> set[Place]:
        """Numbers that are looked for."""
        return {one.key for part in self.solved for one in part.unknowns if isinstance(one.key, Place)}

    def suspects(self) -> list[int]:
        """Accounts whose bills are in the way, where others say how it is: of two that differ neither is right."""
        numbers = {one.bill for one in self.wrong}
        for part in self.broken:
            if len({self.bills[one.bill].account for one in part.equations}) > 1:
                numbers |= set(spoiled(part, self.bills).bills)
        return sorted({self.bills[one].account for one in numbers})

    def outcome(self, elsewhere: tuple[Elsewhere, ...]) -> Outcome:
        """What is told of it."""
        fitted = [one for part in self.solved if not part.none for one in self._of(part)]
        troubles = [spoiled(part, self.bills) for part in self.broken]
        troubles += [Spoiled(places=(), bills=(one.bill,), amount=one.amount, made=one.made({})) for one in self.wrong]
        return Outcome(
            fitted=tuple(sorted(fitted, key=lambda one: (one.place.schedule == "", one.place))),
            spoiled=tuple(troubles),
            elsewhere=elsewhere,
            notes=self.notes,
            used=frozenset(one.bill for one in self.equations),
        )

    def _of(self, part: Solved) -> list[Fitted]:
        decides = None if part.only else deciding(part, self.bills)
        found = []
        for unknown, (low, high) in zip(part.unknowns, part.ranges, strict=True):
            place = unknown.key
            assert isinstance(place, Place)
            numbers = {one.bill for one in part.equations if place in one.keys}
            months = sorted(self.bills[one].month for one in numbers)
            found.append(
                Fitted(
                    place=place,
                    step=decimal_of(unknown.step, unknown.step),
                    low=decimal_of(low * unknown.step, unknown.step),
                    high=decimal_of(high * unknown.step, unknown.step),
                    exact=part.points is not None or len(part.unknowns) == 1,
                    bills=len(numbers),
                    accounts=len({self.bills[one].account for one in numbers}),
                    first=months[0],
                    last=months[-1],
                    with_=tuple(one.key for one in part.unknowns if one is not unknown and isinstance(one.key, Place)),
                    decides=None if low == high else decides,
                )
            )
        return found


def _moved(
    cases: Sequence[Case], state: _State, precision: dict[str, Decimal], free: frozenset[Place] | None
) -> tuple[list[Case], Elsewhere] | None:
    """The bills with one account in another class or rider month, by which more amounts are given."""
    best: tuple[int, list[Case], Elsewhere] | None = None
    for account in state.suspects():
        mine = [one for one in cases if one.bill.account == account]
        for changed in _others(mine, _classes(cases)):
            tried = [_with(one, changed) if one.bill.account == account else one for one in cases]
            left = _State(tried, precision, free)
            gain = state.trouble - left.trouble
            # A number of its own fits any bill: what is changed to has to be known from others.
            more = len(left.solved_places - state.solved_places)
            if gain > 0 and more <= (0 if changed.kind else 1) and (best is None or gain > best[0]):
                best = gain, tried, replace(changed, account=account, bills=len(mine))
    return None if best is None else (best[1], best[2])


def _classes(cases: Sequence[Case]) -> list[str]:
    """Classes that charges and riders know."""
    found: dict[str, None] = {}
    for tariff in {id(one.tariff): one.tariff for one in cases}.values():
        for charge in (charge for version in tariff.versions for charge in version.charges):
            found |= dict.fromkeys(charge.classes)
            if isinstance(charge, Rider):
                found |= dict.fromkeys(kind for value in charge.values for kind in value.by_class)
    return list(found)


def _others(mine: Sequence[Case], classes: Sequence[str]) -> list[Elsewhere]:
    kinds = {one.bill.kind for one in mine}
    riders = [charge for one in mine for version in one.tariff.versions for charge in version.charges]
    rules = {one.month_by for one in riders if isinstance(one, Rider)}
    found = [Elsewhere(account=-1, kind=kind) for kind in classes if kind not in kinds]
    if rules and len(mine) >= RIDER_BILLS:
        found += [Elsewhere(account=-1, rider_month=rule) for rule in RIDER_MONTHS if rules != {rule}]
    return found


def _with(case: Case, changed: Elsewhere) -> Case:
    bill = case.bill
    return replace(
        case,
        bill=replace(bill, kind=changed.kind or bill.kind, rider_month=changed.rider_month or bill.rider_month),
    )
