"""``meterbook connect``, ``connections`` and ``revoke``: log-ins, by what right they are read, and their end."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meterbook.cli import prompts
from meterbook.cli.context import command_line, open_book, word_of
from meterbook.cli.dates import day_of, written
from meterbook.model.wording import counted

if TYPE_CHECKING:
    from datetime import date, datetime

    from meterbook.book.connecting import Connected
    from meterbook.model.identity import Account


def connect(
    utility: Annotated[
        str,
        typer.Argument(metavar="UTILITY", help="Slug of the utility, or the portal's address as the browser shows it."),
    ],
    user: Annotated[str, typer.Option("--user", "-u", help="The portal's log-in, mostly an e-mail address.")],
    host: Annotated[str | None, typer.Option("--host", metavar="URL", help="The portal's address.")] = None,
    zone: Annotated[str | None, typer.Option("--zone", help="IANA time zone of the utility.")] = None,
    password_stdin: Annotated[
        bool,
        typer.Option(
            "--password-stdin", help="Read the password from standard input (else METERBOOK_PASSWORD, else a prompt)."
        ),
    ] = False,
    ca: Annotated[
        Path | None,
        typer.Option("--ca", metavar="FILE", help="Certificate authority to trust for this portal."),
    ] = None,
    grantor: Annotated[
        str | None,
        typer.Option("--for", metavar="NAME", help="Whose data it is, if not your own."),
    ] = None,
    grantee: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who reads it.")] = None,
    relation: Annotated[
        str, typer.Option("--relation", help="self, household, employee, consultant or third-party.")
    ] = "self",
    purpose: Annotated[str | None, typer.Option("--purpose", help="What the data is for.")] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="DATE", help="Day from which the authorization no longer holds."),
    ] = None,
    evidence: Annotated[
        str | None,
        typer.Option("--evidence", metavar="REF", help="Where the written authorization is kept."),
    ] = None,
    look_up: Annotated[
        bool, typer.Option("--look-up", help="Let SmartHub's own member look-up be asked for the portal's address.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take the portal's own name as confirmed.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Connect a portal log-in: check it, record the authorization, keep the credentials encrypted.

    The second factor is taken from METERBOOK_TOTP_SECRET, else asked for.
    """
    from meterbook.book.connecting import Wanted, Ways
    from meterbook.model.authorization import Relation
    from meterbook.model.errors import UsageError

    kind = word_of(Relation, relation, "--relation")
    if kind is not Relation.SELF and not (grantor and purpose):
        raise UsageError(
            "somebody else's data needs to be said whose it is and what for",
            expected="--for NAME and --purpose TEXT",
            hint="Their written consent is recorded with --evidence.",
        )
    asking = sys.stdin.isatty() and not password_stdin
    defaults = Wanted(utility=utility, user=user)
    wanted = Wanted(
        utility=utility,
        user=user,
        host=host,
        zone=zone,
        ca=ca,
        grantor=grantor,
        grantee=grantee or defaults.grantee,
        relation=kind,
        purpose=purpose or defaults.purpose,
        until=_midnight(day_of(until, "--until")),
        evidence=evidence or "",
    )
    ways = Ways(
        password=lambda: prompts.password(user, from_stdin=password_stdin),
        totp_secret=os.environ.get("METERBOOK_TOTP_SECRET") or None,
        one_time_code=prompts.one_time_code if asking else None,
        choose_zone=prompts.zone if asking else None,
        look_up=(lambda _name: True) if look_up else (prompts.look_up if asking else None),
        confirm_site=prompts.site if asking and not yes else None,
    )
    with open_book() as book:
        done = book.connect(wanted, ways=ways)
    if json_:
        _print_json(done)
    else:
        _print_connected(done)


def connections(json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the log-ins that are connected, and by what right they are read."""
    from meterbook.consent.authorizations import Authorizations

    with open_book() as book:
        found = [(one, Authorizations(book.records).get(one.authorization_id)) for one in book.connections()]
    if json_:
        import json

        rows = [
            {
                "id": one.id,
                "utility": one.utility,
                "host": one.host,
                "zone": one.zone,
                "user": one.user,
                "relation": grant.relation.value,
                "grantor": grant.grantor,
                "purpose": grant.purpose,
                "from": grant.starts.isoformat(),
                "until": grant.ends.isoformat() if grant.ends else None,
            }
            for one, grant in found
        ]
        typer.echo(json.dumps(rows, indent=2))
        return
    for one, grant in found:
        until = f"until {written(grant.ends.astimezone())}" if grant.ends else "until revoked"
        typer.echo(f"{one.id:>3}  {one.name} · {one.utility} · {one.host}")
        typer.echo(f"     {one.user}, {grant.relation.value}, for {grant.purpose}, {until}")
    if not found:
        typer.echo("Nothing is connected.")
        typer.echo(f"Next: {command_line('connect', 'UTILITY', '--user', 'YOU@EXAMPLE.COM')}")


def revoke(
    connection: Annotated[int, typer.Argument(metavar="NUMBER", help="As meterbook connections lists it.")],
    delete: Annotated[
        bool, typer.Option("--delete-data", help="Delete all that was brought through it too. There is no way back.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """End a connection: revoke its authorization and destroy its credentials."""
    if delete and not yes:
        prompts.confirm_deletion("Delete every reading, bill and record that came through this connection?")
    with open_book() as book:
        removed = book.revoke(connection, delete=delete)
    typer.echo(f"Connection {connection} is revoked and its credentials are destroyed.")
    if not delete:
        typer.echo("What it had brought is kept.")
    elif removed:
        typer.echo(f"{counted(removed, 'reading')} deleted.")
    else:
        typer.echo("No readings were deleted: there were none, or another connection shows the same accounts.")


def _midnight(day: date | None) -> datetime | None:
    """The instant at which a day begins here: an authorization that ends on a day does not hold on it."""
    from datetime import datetime

    return datetime(day.year, day.month, day.day).astimezone() if day is not None else None


def _print_connected(done: Connected) -> None:
    one = done.connection
    typer.echo(f"{done.site_name or one.name} · {one.utility} · {one.host}")
    typer.echo(f"  signed in as {one.user}; zone {one.zone}")
    for account in done.accounts:
        typer.echo(f"  {account.number:<14}{_account_line(account)}")
    grant = done.authorization
    until = f"until {written(grant.ends.astimezone())}" if grant.ends else "until revoked"
    typer.echo(f"  authorization {grant.id}: {grant.relation.value}, for {grant.purpose}, {until}")
    typer.echo(f"  credentials {'renewed' if done.renewed else 'kept'} in {done.vault}")
    typer.echo(f"Next: {command_line('sync')}")


def _account_line(account: Account) -> str:
    places = [location.nickname or location.address for location in account.locations]
    what = sorted({name.lower() for location in account.locations for name in location.industries})
    marks = [*what, *(["prepaid"] if account.prepaid else []), *([] if account.active else ["closed"])]
    where = places[0] if len(places) == 1 else f"{len(places)} locations"
    return f"{where}  {', '.join(marks)}" if where else ", ".join(marks)


def _print_json(done: Connected) -> None:
    import json

    one, grant = done.connection, done.authorization
    typer.echo(
        json.dumps(
            {
                "connection": one.id,
                "utility": one.utility,
                "host": one.host,
                "zone": one.zone,
                "site_name": done.site_name,
                "user": one.user,
                "renewed": done.renewed,
                "authorization": {
                    "id": grant.id,
                    "relation": grant.relation.value,
                    "purpose": grant.purpose,
                    "from": grant.starts.isoformat(),
                    "until": grant.ends.isoformat() if grant.ends else None,
                },
                "accounts": [
                    {
                        "account": account.number,
                        "active": account.active,
                        "prepaid": account.prepaid,
                        "service_locations": [
                            {"number": place.number, "industries": list(place.industries)}
                            for place in account.locations
                        ],
                    }
                    for account in done.accounts
                ],
            },
            indent=2,
        )
    )
