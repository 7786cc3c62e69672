"""``meterbook bills check``: hold bills against the meter, against themselves and against each other."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meterbook.cli.context import book_folder, command_line, open_book
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from meterbook.analysis.bills.checks import Agreement, BillFinding
    from meterbook.book.checking import AccountChecked
    from meterbook.tariffs.audit import Audited

WIDTH = 80
SHOWN = 6  # findings of one name before the rest is counted
_ORDER = ("agrees", "agrees-at-assumed-times", "no-intervals", "estimated", "cannot-tell", "differs")
"""A bill of several places or flows counts once, by the last of these."""
MARKS = {"fault": "×", "warning": "!", "note": "·"}


def check(
    schedule: Annotated[
        str | None,
        typer.Argument(metavar="[SCHEDULE]", show_default=False, help="With --tariff: UTILITY/CODE, or a file."),
    ] = None,
    account: Annotated[str | None, typer.Option("--account", help="Account, by any of its identifiers.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="First bill date, or month, that is judged.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DATE", help="Bill date or month at which to end; not included.")
    ] = None,
    tariff: Annotated[
        bool, typer.Option("--tariff", help="Recompute bills under their rate schedules, or under SCHEDULE.")
    ] = False,
    all_findings: Annotated[bool, typer.Option("--all", help="List notes too, and every finding of a kind.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Prove that bills agree with the meter and with themselves.

    Exits with 0 if nothing has to be looked at, and with 1 if there are faults or warnings. What can't be told for
    want of readings is a note and no fault. Faults and warnings are kept in the book until they no longer hold.
    """
    from meterbook.book.checking import check as check_book
    from meterbook.model.errors import ExitCode, UsageError

    if schedule is not None and not tariff:
        raise UsageError(f"{schedule!r} is for --tariff", expected=f"meterbook bills check --tariff {schedule}")
    wanted = (schedule or "") if tariff else None
    with open_book() as book:
        done = check_book(book, account=account, since=since, until=until, tariff=wanted, folder=book_folder())
    if json_:
        _print_json(done)
    else:
        for one in done:
            _print_account(one, everything=all_findings)
        print_end(done)
    raise typer.Exit(ExitCode.PARTIAL if any(one.alarms for one in done) else ExitCode.DONE)


def _print_account(one: AccountChecked, *, everything: bool) -> None:
    from meterbook.cli.validate import heading

    typer.echo(heading(f"{one.account} · {counted(one.bills, 'bill')}", one.zone.key))
    for line in held_lines(one.agreements):
        typer.echo(f"  {line}")
    for note in one.notes:
        typer.echo(f"  {note}")
    shown: Counter[str] = Counter()
    for found in one.findings if everything else one.alarms:
        shown[found.name] += 1
        if everything or shown[found.name] <= SHOWN:
            _print_finding(found)
    for name, count in shown.items():
        if count > SHOWN and not everything:
            typer.echo(f"  and {count - SHOWN:,} more {name}")
    notes = len(one.findings) - len(one.alarms)
    if notes and not everything:
        typer.echo(f"  {counted(notes, 'note')}: --all lists {'them' if notes > 1 else 'it'}.")


def held_lines(held: Sequence[Agreement]) -> list[str]:
    """What holding bills against the intervals came to, one line an outcome."""
    worst: dict[int, str] = {}
    for one in held:
        for bill in one.bills:
            known = worst.get(id(bill), one.standing.value)
            worst[id(bill)] = max(known, one.standing.value, key=_ORDER.index)
    count = Counter(worst.values())
    lines = []
    if count["agrees"]:
        lines.append(f"{count['agrees']:>4} agree with the intervals between their reads")
    if count["agrees-at-assumed-times"]:
        lines.append(f"{count['agrees-at-assumed-times']:>4} agree at read times that were found within the read days")
    if count["differs"]:
        lines.append(f"{count['differs']:>4} differ from the intervals")
    if count["cannot-tell"]:
        lines.append(f"{count['cannot-tell']:>4} can't be told: intervals are missing or estimated")
    if count["estimated"]:
        lines.append(f"{count['estimated']:>4} wait for an actual reading")
    if count["no-intervals"]:
        lines.append(f"{count['no-intervals']:>4} have no intervals to be held against")
    return lines


def _print_finding(found: BillFinding) -> None:
    mark = MARKS[found.severity.value]
    left = f"{mark} {found.bill.bill_date:%Y-%m-%d}  {found.name}"
    typer.echo(f"  {left:<{WIDTH - 3 - len(found.severity.value)}} {found.severity.value}")
    for words in (found.finding.message, found.advice):
        typer.echo(textwrap.fill(words, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6))


def print_end(done: Sequence[AccountChecked]) -> None:
    """Print the last lines: what was looked at, and what there is to look at."""
    alarms = sum(len(one.alarms) for one in done)
    new, closed = sum(one.new for one in done), sum(one.closed for one in done)
    looked = f"{counted(len(done), 'account')}, {counted(sum(one.bills for one in done), 'bill')}"
    if not alarms:
        typer.echo(f"Nothing wrong was found in {looked}." + (f" Closed: {counted(closed, 'finding')}." * bool(closed)))
        return
    typer.echo(f"{looked}: {counted(alarms, 'finding')}, {new:,} new, {closed:,} closed.")
    first = next(found for one in done for found in one.alarms)
    who = ("--account", first.bill.account)
    typer.echo(f"Next: {command_line('bills', 'show', first.bill.bill_date.isoformat(), *who)}")


def _print_json(done: Sequence[AccountChecked]) -> None:
    import json

    accounts = [
        {
            "utility": one.utility,
            "account": one.account,
            "zone": one.zone.key,
            "bills": one.bills,
            "new": one.new,
            "closed": one.closed,
            "notes": list(one.notes),
            "findings": [_finding_json(found) for found in one.findings],
            "agreements": [_agreement_json(held) for held in one.agreements],
            "audited": [_audited_json(held) for held in one.audit.audited] if one.audit is not None else [],
        }
        for one in done
    ]
    typer.echo(json.dumps({"accounts": accounts}, indent=2))


def _finding_json(found: BillFinding) -> dict[str, Any]:
    from meterbook.cli.validate import instant

    return {
        "name": found.name,
        "severity": found.severity.value,
        "bill_date": found.bill.bill_date.isoformat(),
        "number": found.bill.number,
        "message": found.finding.message,
        "advice": found.advice,
        "start": instant(found.finding.start),
        "end": instant(found.finding.end),
        "data": {key: value for key, value in found.finding.data.items() if key not in ("severity", "advice")},
    }


def _audited_json(held: Audited) -> dict[str, Any]:
    made = held.priced
    return {
        "bill": held.billing.bill.bill_date.isoformat(),
        "number": held.billing.bill.number,
        "agrees": held.agrees,
        "made": f"{made.total:f}" if made is not None else None,
        "status": made.status if made is not None else None,
        "by_intervals": held.billing.intervals,
        "causes": [{"name": cause.name, "words": cause.words} for cause in held.causes],
        "differences": [
            {"name": pair.name, "printed": f"{pair.printed:f}", "made": f"{pair.made:f}",
             "printed_by": pair.printed_by, "made_by": pair.made_by}
            for pair in held.pairs
        ],
        "why_not": held.why_not,
    }  # fmt: skip


def _agreement_json(held: Agreement) -> dict[str, Any]:
    from meterbook.cli.validate import instant

    return {
        "bills": [one.bill_date.isoformat() for one in held.bills],
        "service_location": held.location,
        "flow": held.flow.value,
        "billed_kwh": f"{held.billed:f}",
        "least_kwh": f"{held.least:f}" if held.least is not None else None,
        "most_kwh": f"{held.most:f}" if held.most is not None else None,
        "start": instant(held.start),
        "end": instant(held.end),
        "read_times": held.times,
        "missing": held.missing,
        "estimated": held.guessed,
        "standing": held.standing.value,
    }
