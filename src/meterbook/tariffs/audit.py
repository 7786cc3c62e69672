"""A bill beside what its schedule makes of the same readings, and why the two differ.

Lines are compared by kind, then by what kinds come to together (some bills fold the fixed charge into the energy), then
in all. Where they differ, the bill is priced again with one thing other than it should be, one after the other: what
reproduces it to the cent is the cause.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from meterbook.model.bill_kinds import LineKind
from meterbook.model.digits import without_zeros
from meterbook.model.errors import InputError
from meterbook.model.statement import LineItem, Statement
from meterbook.model.tariff import Tariff
from meterbook.tariffs.bill import PricedLine, PricedStatement
from meterbook.tariffs.fit.determinants import ELECTRIC, NOT_CHARGES
from meterbook.tariffs.inputs import Account, Span, Usage
from meterbook.tariffs.mistakes import Other, others
from meterbook.tariffs.plan import plan
from meterbook.tariffs.pricing import price
from meterbook.tariffs.together import price_together

ZERO = Decimal(0)
TAXES = frozenset({
    LineKind.TAX_SALES, LineKind.TAX_STATE, LineKind.TAX_LOCAL, LineKind.GROSS_RECEIPTS_TAX, LineKind.FRANCHISE_FEE,
})  # fmt: skip
APART = frozenset({LineKind.CREDIT_PAPERLESS, LineKind.CREDIT_AUTOPAY, LineKind.ADJUSTMENT})
"""Kinds of lines that are of the account, or of another period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Another service on the same bill: a second meter, leased lamps.

    Attributes:
        tariff: its schedule.
        span: from read to read.
        usage: its readings.
        account: what its schedule asks of the account.
    """

    tariff: Tariff
    span: Span
    usage: Usage
    account: Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """A bill with what it is priced from.

    Attributes:
        bill: the statement.
        span: from read to read.
        usage: readings of the period; one value for all of it where only the register's are known.
        account: what the schedule asks of the account.
        intervals: whether the readings are intervals, rather than the bill's own usage.
        more: other services on the bill, whose lines are held against it together with those of the first.
    """

    bill: Statement
    span: Span
    usage: Usage
    account: Account
    intervals: bool
    more: tuple[Beside, ...] = ()

    @property
    def kwh(self) -> Decimal:
        """Energy of the readings, kWh."""
        return Decimal(int(self.usage.delivered.sum())).scaleb(-self.usage.scale)

    @property
    def registered(self) -> Decimal | None:
        """Energy delivered as the bill's registers tell it, kWh."""
        if self.span.register_periods:
            return sum((kwh for _, kwh in self.span.register_periods), start=ZERO)
        return self.span.register_kwh


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What a bill has of some kinds of lines, and what the schedule gives.

    Attributes:
        name: what they are for.
        printed: dollars on the bill.
        made: dollars of the schedule.
        printed_by: its arithmetic as printed.
        made_by: the schedule's.
    """

    name: str
    printed: Decimal
    made: Decimal
    printed_by: str = ""
    made_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Something that reproduces a bill to the cent.

    Attributes:
        name: ``rider-month``, ``proration``, ``rounding``, ``reads``, ``version``, ``class`` or ``meters``.
        words: what is other than it should be.
    """

    name: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """A bill held against its schedule.

    Attributes:
        billing: the bill.
        priced: what the schedule makes of it; None where it can't be priced.
        pairs: where they differ.
        causes: what explains that, the likeliest first; empty where nothing does.
        why_not: why it can't be priced, or told.
    """

    billing: Billing
    priced: PricedStatement | None = None
    pairs: tuple[Pair, ...] = ()
    causes: tuple[Cause, ...] = ()
    why_not: str | None = None

    @property
    def agrees(self) -> bool:
        """Whether the bill is what its schedule makes, to the cent."""
        return self.priced is not None and not self.pairs

    @property
    def difference(self) -> Decimal:
        """Dollars that are charged more than the schedule gives."""
        return sum((one.printed - one.made for one in self.pairs), start=ZERO)


def audit(tariff: Tariff, billing: Billing, classes: Sequence[str] = ()) -> Audited:
    """Hold a bill against a schedule.

    Args:
        tariff: the schedule.
        billing: the bill and what it is priced from.
        classes: classes of customers that the account may be in.
    """
    try:
        made = priced(tariff, billing)
    except InputError as err:
        return Audited(billing=billing, why_not=err.what)
    pairs = tuple(differences(billing.bill, made))
    causes: tuple[Cause, ...] = ()
    if pairs:
        causes = tuple(_causes(tariff, billing, classes))
    return Audited(billing=billing, priced=made, pairs=pairs, causes=causes)


def priced(tariff: Tariff, billing: Billing) -> PricedStatement:
    """A bill's period priced, all its services together.

    Raises:
        InputError: it can't be.
    """
    own = Beside(tariff=tariff, span=billing.span, usage=billing.usage, account=billing.account)
    given = [
        (
            plan(one.tariff, [one.span], first=one.usage.first, end=one.usage.end, step_s=one.usage.step_s),
            one.usage,
            one.account,
        )
        for one in (own, *billing.more)
    ]
    (found,) = price(*given[0]) if tariff.prepaid else price_together(given)
    return found


def differences(bill: Statement, made: PricedStatement) -> Iterator[Pair]:
    """Where a bill and a priced statement differ; nothing where they agree to the cent."""
    lamps = any(one.kind is LineKind.LIGHT for one in made.lines)
    lines = charges(bill, lamps=lamps)
    if not lines:
        total = bill.current_charges
        if total is not None and total != made.total:
            yield Pair(name="total", printed=total, made=made.total)
        return
    if bill.current_charges is None and len(lines) == 1 and lines[0].kind is LineKind.ENERGY:
        yield from _of_use(lines[0], made)
        return
    kinds = list(dict.fromkeys([*(one.kind for one in lines), *(one.kind for one in made.lines)]))
    pairs = [_pair(kind, lines, made.lines) for kind in kinds]
    open_ = [(kind, one) for kind, one in zip(kinds, pairs, strict=True) if one.printed != one.made]
    before_tax = [one for kind, one in open_ if kind not in TAXES]
    if sum((one.printed - one.made for one in before_tax), start=ZERO) != 0:
        yield from before_tax
    if len(lines) < len(charges(bill, lamps=True)):
        return  # the tax is on lights as well, which the schedule does not have
    taxes = [one for kind, one in open_ if kind in TAXES]
    if sum((one.printed - one.made for one in taxes), start=ZERO) != 0:
        yield from taxes


def _of_use(line: LineItem, made: PricedStatement) -> Iterator[Pair]:
    """A portal's one figure for use, where nobody has the paper: energy, with demand, the fixed charge, or both."""

    def total(*kinds: LineKind) -> Decimal:
        return sum((one.amount for one in made.lines if one.kind in kinds), start=ZERO)

    energy = (LineKind.ENERGY, LineKind.DEMAND, LineKind.NET_METERING, LineKind.CREDIT_GENERATION)
    if line.amount not in (total(LineKind.ENERGY), total(*energy), total(*energy, LineKind.FIXED_CHARGE)):
        yield Pair(name=line.label, printed=line.amount, made=total(*energy))


def charges(bill: Statement, *, lamps: bool = True) -> list[LineItem]:
    """Lines of a bill that a schedule makes.

    Args:
        bill: the statement.
        lamps: whether the schedule has lamps; else they are left out with what else stands in their section.
    """
    found = [
        one
        for one in bill.lines
        if one.kind not in NOT_CHARGES and one.kind not in APART and one.service in (None, ELECTRIC)
    ]
    if lamps:
        return found
    own = {one.section for one in found if one.kind is LineKind.LIGHT}
    own -= {one.section for one in found if one.kind in (LineKind.ENERGY, LineKind.FIXED_CHARGE, *TAXES)}
    return [one for one in found if one.kind is not LineKind.LIGHT and (one.section is None or one.section not in own)]


def _pair(kind: LineKind, lines: Sequence[LineItem], made: Sequence[PricedLine]) -> Pair:
    ours = [one for one in lines if one.kind is kind]
    theirs = [one for one in made if one.kind is kind]
    return Pair(
        name=ours[0].label if ours else theirs[0].name,
        printed=sum((one.amount for one in ours), start=ZERO),
        made=sum((one.amount for one in theirs), start=ZERO),
        printed_by=" + ".join(_sum(one.quantity, one.unit, one.rate, one.amount) for one in ours),
        made_by=" + ".join(_sum(one.quantity, one.unit, one.rate, one.amount) for one in theirs),
    )


def _sum(quantity: Decimal | None, unit: str | None, rate: Decimal | None, amount: Decimal) -> str:
    """The arithmetic of a line.

    >>> _sum(Decimal("1391.000"), "kWh", Decimal("0.09010"), Decimal("125.33"))
    '1,391 kWh × 0.0901'
    """
    if quantity is None or rate is None or unit in ("month", None):
        return f"{amount:,.2f}"
    return f"{_short(quantity)} {unit} × {_short(rate)}"


def _short(number: Decimal) -> str:
    return without_zeros(format(round(number, 6), ",f"))


def _causes(tariff: Tariff, billing: Billing, classes: Sequence[str]) -> Iterator[Cause]:
    """What reproduces a bill: one thing that is other, or another usage and one thing."""
    found = False
    tried = list(others(tariff, billing, classes))
    for other in tried:
        if _reproduces(billing.bill, other):
            found = True
            yield Cause(name=other.name, words=other.words)
    if found:
        return
    for reads in (one for one in tried if one.name == "reads"):
        for other in others(reads.tariff, reads.billing, classes):
            if other.name != "reads" and _reproduces(billing.bill, other):
                yield Cause(name=other.name, words=f"{other.words}, and {reads.words}")
                return


def _reproduces(bill: Statement, other: Other) -> bool:
    try:
        made = priced(other.tariff, other.billing)
    except InputError:
        return False
    return not list(differences(bill, other.changed(made)))
