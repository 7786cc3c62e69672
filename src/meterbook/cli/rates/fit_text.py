"""What a fit came to, in the terminal at 80 columns, and as JSON values."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any

import typer

from meterbook.cli.context import command_line
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from fractions import Fraction

    from meterbook.book.fitting import Fit
    from meterbook.tariffs.fit.deciding import Deciding
    from meterbook.tariffs.fit.joint import Elsewhere, Fitted
    from meterbook.tariffs.fit.spoiling import Spoiled

WIDTH = 80
NAME = 34
NAMED = 3
"""Numbers that are named where one hangs on others."""
UNITS = {"month": "a month", "day": "a day", "lamp": "a lamp", "$": "of $1", "kVAr": "a kVAr"}
RULES = {
    "bill": "the month of the bill", "read": "the month of the later read",
    "before": "the month before",
}  # fmt: skip


def print_fit(done: Fit, *, write: bool) -> None:
    """Print what was found, what is in the way, and what to do next."""
    outcome = done.outcome
    accounts = len({one.account for one in done.bills.values()})
    left = f"{done.name}"
    right = f"{counted(len(outcome.used), 'bill')} of {counted(accounts, 'account')}"
    typer.echo(f"{left}{right:>{max(WIDTH - len(left), len(right) + 1)}}")
    several = len(done.tariffs) > 1
    for schedule, group in groupby(outcome.fitted, key=lambda one: one.place.schedule):
        if several:
            typer.echo(f"  {schedule or 'riders'}")
        for some in _runs(list(group)):
            _print_number(some)
    contradicted: dict[tuple[object, object], list[Spoiled]] = {}
    for trouble in outcome.spoiled:
        if trouble.places:
            _say(spoiled_words(trouble, done), mark="×")
        else:
            contradicted.setdefault((trouble.amount, trouble.made), []).append(trouble)
    for alike in contradicted.values():
        more = f" {counted(len(alike) - 1, 'other bill')} the same." if alike[1:] else ""
        _say(spoiled_words(alike[0], done) + more, mark="×")
    for one in outcome.elsewhere:
        _say(elsewhere_words(one, done), mark="!")
    if outcome.used and not outcome.fitted and not outcome.spoiled:
        typer.echo("  Every number is known already, and they give all bills to the cent.")
    _print_notes(done)
    _print_end(done, write=write)


def _runs(fitted: list[Fitted]) -> Iterator[list[Fitted]]:
    """Numbers, those of a rider's months that have one same value together."""
    run: list[Fitted] = []
    for one in fitted:
        last = run[-1] if run else None
        same = (
            last is not None
            and one.place.month != ""
            and (last.place.part, last.place.kind) == (one.place.part, one.place.kind)
            and ((last.only and one.only and last.low == one.low) or (_bound(last) and _bound(one)))
        )
        if run and not same:
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _bound(one: Fitted) -> bool:
    """Whether a number hangs on so many others that its range says nothing."""
    return not one.only and len(one.with_) > NAMED


def _print_number(run: list[Fitted]) -> None:
    one = run[0]
    place = one.place
    name = place.name
    if place.month:
        last = run[-1].place.month
        name = f"{place.part} {place.month}" + (f" to {last}" if last != place.month else "")
        name += f", {place.kind}" if place.kind else ""
    bills, accounts = sum(each.bills for each in run), max(each.accounts for each in run)
    value = f"{one.low:f}" if one.only else "open" if _bound(one) else f"{one.low:f} to {one.high:f}"
    unit = UNITS.get(place.unit, f"a {place.unit}")
    proof = counted(bills, "bill") + (f" of {accounts}" if accounts > 1 else "")
    rows = textwrap.wrap(name, NAME) or [""]
    mark = " " if one.only else "?"
    for number, row in enumerate(rows[:-1]):
        typer.echo(f"{mark if not number else ' '} {row}")
    mark = mark if len(rows) == 1 else " "
    typer.echo(f"{mark} {rows[-1]:<{NAME}} {value:>20} {unit:<8} {proof:>13}")
    if not one.only:
        _say(open_words(one), indent=6)


def open_words(one: Fitted) -> str:
    """Why a number is open, and what would settle it."""
    words = []
    if _bound(one):
        names = " and ".join(str(place) for place in one.with_[:NAMED])
        return f"Totals alone do not tell it from {len(one.with_)} others, such as {names}. Bills with lines would."
    if not one.exact:
        words.append("it lies within these; too many combinations are left to list.")
    if one.with_:
        words.append(f"It depends on {' and '.join(str(place) for place in one.with_)}.")
    if one.decides is not None:
        words.append(decides_words(one.decides))
    elif one.high != one.low:
        words.append("No one bill of this sort decides it: bills with each line printed would.")
    return " ".join(words)


def decides_words(one: Deciding) -> str:
    """Which bill would decide."""
    what = f"${one.quantity:,} before tax" if one.unit == "$" else f"{one.quantity:,} {one.unit}"
    of = f" of {one.months[0]}" if one.months else ""
    if one.left == 1:
        return f"A bill{of} for {what} would decide it."
    return f"A bill{of} for {what} would leave {one.left} values."


def spoiled_words(trouble: Spoiled, done: Fit) -> str:
    """What no values give, and which bills are in the way."""
    names = " and ".join(str(place) for place in trouble.places)
    if trouble.amount is not None and trouble.made is not None:
        return (
            f"{_bill(trouble.bills[0], done)} has {_dollars(trouble.amount)} where the schedule gives "
            f"{_dollars(trouble.made)}. --all looks for those too."
        )
    if trouble.changed is not None:
        return (
            f"No one value of {names} gives all bills: another holds from {_bill(trouble.changed, done)} on. Add a "
            "version that starts then (meterbook tariffs edit), and fit again."
        )
    if trouble.alone and len(trouble.bills) == 1:
        return (
            f"No value of {names} gives all bills; {_bill(trouble.bills[0], done)} spoils it, and without it they fit."
        )
    shown = "; ".join(_bill(one, done) for one in trouble.bills[:4])
    more = f" and {len(trouble.bills) - 4} more" if len(trouble.bills) > 4 else ""
    if trouble.alone:
        return f"No value of {names} gives all bills. Without any one of these they fit: {shown}{more}."
    return f"No value of {names} gives all bills. In the way of the others are: {shown}{more}."


def elsewhere_words(one: Elsewhere, done: Fit) -> str:
    """What an account fits instead."""
    what = f"class {one.kind}" if one.kind else f"riders of {RULES[str(one.rider_month)]}"
    return f"Account {done.accounts[one.account]}: its {counted(one.bills, 'bill')} fit {what}."


def _dollars(amount: Fraction) -> str:
    return f"{Decimal(amount.numerator) / Decimal(amount.denominator):,.2f}"


def _bill(number: int, done: Fit) -> str:
    bill = done.bills[number]
    used = f", {bill.kwh.normalize():,f} kWh" if bill.kwh is not None else ""
    whose = f", account {done.accounts[bill.account]}" if len(done.accounts) > 1 else ""
    return f"the bill of {bill.month} ({bill.billed:%Y-%m-%d}{used}{whose})"


def _print_notes(done: Fit) -> None:
    for note in done.notes:
        _say(note, mark="·")
    why: dict[str, list[int]] = {}
    for number, notes in done.outcome.notes.items():
        for note in notes:
            why.setdefault(note, []).append(number)
    for note, numbers in why.items():
        _say(f"{counted(len(numbers), 'bill')} not asked in full: {note}", mark="·")


def _print_end(done: Fit, *, write: bool) -> None:
    for path, count in done.written:
        typer.echo(f"Written: {counted(count, 'number')} to {path}")
    if done.written:
        word = "show" if "/" in done.name else "list"
        typer.echo(f"Next: {command_line('tariffs', word, done.name)}")
    elif write:
        typer.echo("Nothing was written: no number is left with one value.")
    elif any(one.only for one in done.outcome.fitted):
        typer.echo(f"Next: {command_line('rates', 'fit', done.name, '--write')}")


def _say(words: str, *, mark: str = "", indent: int = 2) -> None:
    first = f"{mark} " if mark else " " * indent
    text = words[:1].upper() + words[1:]
    typer.echo(textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=" " * indent))


def plain(done: Fit) -> dict[str, Any]:
    """As JSON values."""
    return {
        "schedule": done.name,
        "bills": len(done.outcome.used),
        "accounts": len({one.account for one in done.bills.values()}),
        "numbers": [_number(one) for one in done.outcome.fitted],
        "spoiled": [
            {"numbers": [str(place) for place in one.places], "words": spoiled_words(one, done)}
            | {"bills": [done.bills[number].billed.isoformat() for number in one.bills]}
            for one in done.outcome.spoiled
        ],
        "elsewhere": [
            {"account": done.accounts[one.account], "class": one.kind, "rider_month": one.rider_month}
            for one in done.outcome.elsewhere
        ],
        "notes": list(done.notes),
        "written": [str(path) for path, _ in done.written],
    }


def _number(one: Fitted) -> dict[str, Any]:
    place = one.place
    found: dict[str, Any] = {
        "schedule": place.schedule, "name": place.name, "month": place.month, "class": place.kind, "unit": place.unit,
        "low": f"{one.low:f}", "high": f"{one.high:f}", "only": one.only, "exact": one.exact,
        "bills": one.bills, "accounts": one.accounts, "first": one.first, "last": one.last,
    }  # fmt: skip
    if one.decides is not None:
        found["decides"] = {"quantity": one.decides.quantity, "unit": one.decides.unit, "left": one.decides.left}
    return {name: value for name, value in found.items() if value != ""}
