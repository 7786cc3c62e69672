"""A comparison of schedules in the terminal: the answer first, then amounts, what they rest on, and what to do next."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import typer

from meterbook.cli.chart import tinted
from meterbook.cli.context import command_line, counted
from meterbook.cli.rates.money_text import column, dollars, less_or_more

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meterbook.book.comparing_rates import RateComparison
    from meterbook.book.metered_load import YearHeld
    from meterbook.tariffs.assumed import Assumed
    from meterbook.tariffs.compare import Comparison, Option
    from meterbook.tariffs.ranging import Range

WIDTH = 80
MOST = 5


def print_comparison(
    found: RateComparison, changed: Comparison | None, what_if: Sequence[str], *, months: bool, hours: bool
) -> None:
    """Print a comparison."""
    from meterbook.cli.rates.compare_tables import print_hours, print_months  # noqa: PLC0415 - not always wanted

    load = found.load
    own = f"on {_code(found.own)}" if found.own else "own schedule not known (--own)"
    typer.echo(f"Account {found.account} · {load.utility} · {own} · {load.zone.key}")
    if found.comparison is None:
        typer.echo("No schedule can be priced.")
    else:
        held = {one.year: one for one in load.years}
        for year in sorted({year for one in found.comparison.options for year in one.years}, reverse=True):
            _print_year(found.comparison, year, held[year])
            if months:
                print_months(found, year)
        if hours:
            print_hours(found.comparison, load.zone)
        if changed is not None:
            _print_what_if(found.comparison, changed, what_if)
    for note in found.notes:
        _wrapped(f"Note: {note}.")
    _print_refused(found)
    if found.comparison is not None and not (months or hours or what_if):
        typer.echo(f"Next: {command_line('rates', 'compare', '--account', found.account, '--months')}")


def _print_year(found: Comparison, year: int, held: YearHeld) -> None:
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
    _print_ground(there, year)
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
        if apart.open:
            said.append(
                f"No range can be given for {name}. If what is assumed of it without an alternative (*) holds, it "
                f"would have cost {less_or_more(apart)} than {against} in {year}."
            )
        else:
            words = less_or_more(apart)
            than = f"as {against}" if words == "the same" else f"than {against}"
            said.append(f"{name} would have cost {words} {than} in {year}.")
    best = found.best.get(year)
    if best is not None and len(there) > 2:
        if best.name is not None:
            said.append(f"Cheapest: {_code(best.name)}.")
        else:
            said.append(f"Which is cheapest can't be told: {', '.join(_code(name) for name in best.among)}.")
    return said


def _print_ground(there: Sequence[Option], year: int) -> None:
    """What amounts rest on that is not sure, and what would settle it."""
    moving: dict[str, tuple[Assumed, str]] = {}
    open_: dict[str, Assumed] = {}
    corners = False
    for one in there:
        for some in (one.years[year].difference, one.years[year].total):
            if some is None:
                continue
            corners |= some.way == "corners"
            for number, swing in some.swings:
                moving.setdefault(number.what, (number, dollars(swing)))
            for number in some.open:
                open_.setdefault(number.what, number)
    if moving:
        typer.echo("  Not settled, and how far each alone moves a year's amounts:")
        for number, moves in list(moving.values())[:MOST]:
            values = ", ".join(str(value) for value in number.others)
            _wrapped(f"{moves} by {number.what}: {number.value}, or {values}", deep=4)
    for number in list(open_.values())[:MOST]:
        _wrapped(f"* {number.what}: {number.value} is assumed, and no other value is stated", deep=4)
    if moving or open_:
        _wrapped(_settling([number for number, _ in moving.values()] + list(open_.values())))
    if corners:
        _wrapped("Ends of ranges are found by varying one number at a time, and on from there, not all together.")


def _settling(numbers: Sequence[Assumed]) -> str:
    codes = sorted({one.key[1] for one in numbers if one.key[1] != "rider"})
    riders = sorted({one.key[2] for one in numbers if one.key[1] == "rider"})
    parts = [f"a bill on {code}, or its page of the rate book" for code in codes]
    parts += [f"the notice of {rider}, or a bill of that time" for rider in riders]
    return f"To settle it: {'; '.join(parts)}."


def _print_break_even(one: Option, base: Option, year: int) -> None:
    """What share of on-peak use would have to move, at both ends of the range."""
    from meterbook.tariffs.compare import off_peak_to_win  # noqa: PLC0415 - heavy

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
    typer.echo()
    typer.echo(tinted(f"What if: {', '.join(what_if)}", "bold"))
    for year in sorted({year for one in after.options for year in one.years}, reverse=True):
        for old, new in zip(before.options, after.options, strict=True):
            if year not in old.years or year not in new.years:
                continue
            change = _change(old.years[year].total, new.years[year].total)
            typer.echo(
                f"  {year}  {_code(new.candidate.name):<16.16}{column(new.years[year].total):>20}   {change}".rstrip()
            )


def _change(old: Range, new: Range) -> str:
    """How far an amount moves, with the same numbers in both."""
    if old.wide or new.wide or old.open:
        ends = sorted((new.low - old.low, new.high - old.high))
        return f"about {ends[0]:+,.0f} to {ends[1]:+,.0f}{'*' if new.open else ''}"
    return f"{new.held - old.held:+,.2f}"


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
