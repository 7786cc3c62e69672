"""A comparison of schedules in the terminal: the answer first, then amounts, what they rest on, and what to do next."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import typer

from meterbook.cli.chart import tinted
from meterbook.cli.context import command_line
from meterbook.cli.rates.money_text import column, dollars, less_or_more
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from meterbook.book.comparing_rates import RateComparison
    from meterbook.book.metered_load import YearHeld
    from meterbook.tariffs.assumed import Assumed
    from meterbook.tariffs.compare import Comparison, Option

WIDTH = 80


def print_comparison(
    found: RateComparison, changed: Comparison | None, what_if: Sequence[str], *, months: bool, hours: bool
) -> None:
    """Print a comparison."""
    from meterbook.cli.rates.compare_tables import print_hours, print_months

    load = found.load
    own = f"on {_code(found.own)}" if found.own else "own schedule not known (--own)"
    typer.echo(f"Account {found.account} · {load.utility} · {own} · {load.zone.key}")
    if found.comparison is None:
        typer.echo("No schedule can be priced.")
    else:
        held, ground = {one.year: one for one in load.years}, _Ground()
        for year in sorted({year for one in found.comparison.options for year in one.years}, reverse=True):
            _print_year(found.comparison, year, held[year], ground)
            if months:
                print_months(found, year)
        if hours:
            print_hours(found.comparison, load.zone)
        if changed is not None:
            _print_what_if(found.comparison, changed, what_if)
        ground.print_end()
    for note in found.notes:
        _wrapped(f"Note: {note}.")
    if found.comparison is not None:
        _print_conditions(found.comparison)
    _print_refused(found)
    if found.comparison is not None and not (months or hours or what_if):
        typer.echo(f"Next: {command_line('rates', 'compare', '--account', found.account, '--months')}")


def _print_year(found: Comparison, year: int, held: YearHeld, ground: _Ground) -> None:
    typer.echo()
    part = "" if held.whole else f" ({counted(len(held.months), 'month')} of it)"
    typer.echo(tinted(f"{year}{part}", "bold"))
    there = [one for one in found.options if year in one.years]
    for sentence in _answers(found, there, year):
        _wrapped(sentence)
    parts = [f"{held.kwh:,.0f} kWh", f"{held.intervals:,} intervals"]
    parts += [f"{held.missing:,} missing and filled in"] if held.missing else []
    parts += [f"{held.estimated:,} estimated"] if held.estimated else []
    typer.echo(f"  {', '.join(parts)}")
    if held.left_out:
        _wrapped(f"Left out, too much is missing: {', '.join(f'{month:%b %Y}' for month in held.left_out)}.")
    for one in found.options:
        if year in one.unpriced:
            _wrapped(f"{_code(one.candidate.name)}: {one.unpriced[year]}.")
            continue
        of_year = one.years[year]
        last = "your schedule" if one.candidate.yours else ""
        if of_year.difference is not None:
            last = column(of_year.difference, signed=True)
        typer.echo(f"  {_code(one.candidate.name):<16.16}{column(of_year.total):>20}   {last}".rstrip())
    ground.print_year(there, year)
    base = next((one for one in there if one.candidate.name == found.against), None)
    for one in there:
        if base is not None and one is not base:
            _print_break_even(one, base, year)


def _answers(found: Comparison, there: Sequence[Option], year: int) -> list[str]:
    """The answer in a sentence a schedule, and which is cheapest."""
    against = _code(found.against)
    said = []
    for one in there:
        apart = one.years[year].difference
        if apart is None:
            continue
        name = _code(one.candidate.name)
        if apart.untold:
            said.append(
                f"What {name} would have cost against {against} in {year} can't be told: it rests on something that is "
                "assumed, of which no other value is stated (*)."
            )
            continue
        words = less_or_more(apart)
        than = f"as {against}" if words == "the same" else f"than {against}"
        condition = ", if what is assumed without an alternative (*) holds" if apart.open else ""
        said.append(f"{name} would have cost {words} {than} in {year}{condition}.")
    best = found.best.get(year)
    if best is not None and len(there) > 2:
        if best.name is not None:
            said.append(f"Cheapest: {_code(best.name)}.")
        else:
            said.append(f"Which is cheapest can't be told: {', '.join(_code(name) for name in best.among)}.")
    return said


class _Ground:
    """What amounts rest on that is not sure, and what would settle it; each number is told of once."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._numbers: list[Assumed] = []
        self._corners = False

    def print_year(self, there: Sequence[Option], year: int) -> None:
        """Numbers that no later year told of."""
        moving: dict[str, tuple[Decimal, Assumed]] = {}
        open_: dict[str, Assumed] = {}
        for one in there:
            for some in (one.years[year].difference, one.years[year].total):
                if some is None:
                    continue
                self._corners |= some.way == "corners"
                for number, swing in some.swings:
                    if number.what not in moving or moving[number.what][0] < swing:
                        moving[number.what] = (swing, number)
                open_ |= {number.what: number for number in some.open}
        new = sorted((pair for pair in moving.values() if pair[1].what not in self._told), key=lambda pair: -pair[0])
        if new:
            typer.echo("  Not settled, and how far each alone moves the amounts:")
        for swing, number in new:
            values = ", ".join(str(value) for value in number.others)
            _wrapped(f"{dollars(swing)} by {number.what}: {number.value}, or {values}", deep=4)
        for what, number in open_.items():
            if what not in self._told:
                _wrapped(f"* {what}: {number.value} is assumed, and no other value is stated", deep=4)
        self._numbers += [number for _, number in new] + [one for one in open_.values() if one.what not in self._told]
        self._told |= moving.keys() | open_.keys()

    def print_end(self) -> None:
        """What would settle it."""
        if self._numbers:
            typer.echo()
            _wrapped(_settling(self._numbers), deep=0)
        if self._corners:
            text = "Ends of ranges are found by varying one number at a time, and on from there, not all together."
            _wrapped(text, deep=0)


def _settling(numbers: Sequence[Assumed]) -> str:
    codes = sorted({one.key[1] for one in numbers if one.key[1] != "rider"})
    riders = sorted({one.key[2] for one in numbers if one.key[1] == "rider"})
    parts = [f"a bill on {code}, or its page of the rate book" for code in codes]
    parts += [f"the notice of {rider}, or a bill of that time" for rider in riders]
    return f"To settle it: {'; '.join(parts)}."


def _print_break_even(one: Option, base: Option, year: int) -> None:
    """What share of on-peak use would have to move, at both ends of the range."""
    from meterbook.tariffs.compare import off_peak_to_win

    of_year = one.years[year]
    apart = of_year.difference
    assert apart is not None
    if apart.high <= 0 or not one.priced[year].dear({}).any():
        return
    name, other = _code(one.candidate.name), _code(base.candidate.name)
    ends = [apart.at_low or {}, apart.at_high or {}] if apart.wide else [{}]
    shares = [off_peak_to_win(one.priced[year], base.priced[year], of_year.months, choice).share for choice in ends]
    if apart.open:
        name = f"{name} (*)"
    if all(share is None for share in shares):
        _wrapped(f"{name} would not cost less than {other} even with all on-peak use moved off-peak.")
        return
    words = [f"{share / 10:.0f} %" if share is not None else "no share at all" for share in shares]
    shown = words[0] if len(set(words)) == 1 else " to ".join(words)
    _wrapped(f"{name} costs no more than {other} once {shown} of on-peak use moves off-peak the same day.")


def _print_what_if(before: Comparison, after: Comparison, what_if: Sequence[str]) -> None:
    from meterbook.tariffs.compare import difference

    typer.echo()
    typer.echo(tinted(f"What if: {', '.join(what_if)}", "bold"))
    for year in sorted({year for one in after.options for year in one.years}, reverse=True):
        shown = None
        for old, new in zip(before.options, after.options, strict=True):
            if year not in old.years or year not in new.years:
                continue
            of_year = new.years[year]
            if (said := _flows(old, new, year)) != shown:
                typer.echo(f"  {year}  {said}")
                shown = said
            change = column(difference(new.priced[year], old.priced[year], of_year.months), signed=True)
            typer.echo(f"  {year}  {_code(new.candidate.name):<10.10}{column(of_year.total):>20}   {change}".rstrip())


def _flows(old: Option, new: Option, year: int) -> str:
    """Energy drawn and sent back in a year as it would be, and how much more that is."""
    from meterbook.tariffs.compare import flows

    months = new.years[year].months
    (drawn, back), (was_drawn, was_back) = flows(new.priced[year], months), flows(old.priced[year], months)
    words = [f"drawn {drawn:,.0f} kWh ({drawn - was_drawn:+,.0f})"]
    words += [f"sent back {back:,.0f} kWh ({back - was_back:+,.0f})"] if back or was_back else []
    return ", ".join(words)


def _print_conditions(found: Comparison) -> None:
    """Who may be on schedules that the account is not on, as their files say."""
    some = [one.candidate for one in found.options if one.candidate.conditions and not one.candidate.yours]
    if some:
        typer.echo()
        typer.echo("Who may be on them")
    for one in some:
        _wrapped(f"{_code(one.name)}: {'; '.join(one.conditions)}")


def _print_refused(found: RateComparison) -> None:
    if not found.refused:
        return
    typer.echo()
    typer.echo("Not compared")
    for one in found.refused:
        typer.echo(
            textwrap.fill(
                f"{_code(one.name)}: {one.why}", WIDTH, initial_indent="  ", subsequent_indent="    ",
                break_long_words=False, break_on_hyphens=False,
            )
        )  # fmt: skip


def _code(name: str | None) -> str:
    return (name or "").rpartition("/")[2]


def _wrapped(text: str, *, deep: int = 2) -> None:
    typer.echo(
        textwrap.fill(
            text, WIDTH, initial_indent=" " * deep, subsequent_indent=" " * (deep + 2), break_on_hyphens=False
        )
    )
