"""Letters to a utility: a member's written authorization, and a request for data. Plain text, ready to print or send.

What a request has to state is told by the utility's catalogue entry, in its own words; what is not known is left as a
line to fill in by hand, never made up.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from meterbook.model.authorization import Authorization

WIDTH = 78
REQUEST_FIELDS = ("customer name", "account number", "service address", "date range", "kind of data", "purpose")
"""What most utilities want stated, where the catalogue names nothing."""
_BLANK = "_" * 40
_FORM = (
    "An electronic table is best (CSV or a spreadsheet), with the finest interval you keep, the unit, and the "
    "time zone its times are written in; a PDF report will do where there is no table."
)


def request_letter(
    utility: str,
    fields: Mapping[str, str],
    *,
    on: date,
    wanted: Sequence[str] = REQUEST_FIELDS,
    reply_to: str = "",
    authorized_by: str = "",
) -> str:
    """A request for data.

    Args:
        utility: the utility's name.
        fields: what is known, by the words of ``wanted``; any case, blanks or underscores.
        on: date of the letter.
        wanted: what the utility wants stated, in order.
        reply_to: e-mail address for the answer.
        authorized_by: the member whose written authorization is enclosed, if somebody else asks.

    Returns:
        Text ending in a newline.
    """
    known = {_plain(name): value for name, value in fields.items()}
    width = max(len(name) for name in wanted) + 2
    lines = [f"{name.capitalize() + ':':<{width}}{known.get(_plain(name)) or _BLANK}" for name in wanted]
    parts = [
        _heading(utility, on, "Request for usage and billing data"),
        "Please send the data described below.",
        "\n".join(lines),
        _FORM,
    ]
    if authorized_by:
        parts.append(f"The written authorization of {authorized_by} is enclosed.")
    if reply_to:
        parts.append(f"Please reply to {reply_to}.")
    parts.append(_signature("Signature"))
    return _join(parts)


def authorization_letter(
    utility: str, grant: Authorization, *, customer_name: str, address: str, on: date, tz: ZoneInfo
) -> str:
    """A member's written authorization for somebody else to have their data.

    Args:
        utility: the utility's name.
        grant: who may have what, for what, from when until when.
        customer_name: the member's name as on the bill; empty to fill in by hand.
        address: service address; empty to fill in by hand.
        on: date of the letter.
        tz: the utility's zone, whose days the letter means.

    Returns:
        Text ending in a newline.
    """
    accounts = ", ".join(grant.accounts) or "all accounts in my name"
    scopes = ", ".join(sorted(scope.value for scope in grant.scopes))
    until = _day(grant.ends.astimezone(tz)) if grant.ends is not None else "I revoke it in writing"
    rows = {
        "Customer": customer_name or _BLANK,
        "Service address": address or _BLANK,
        "Accounts": accounts,
        "Authorized": grant.grantee,
        "Kinds of data": scopes,
        "Purpose": grant.purpose or _BLANK,
        "Valid from": _day(grant.starts.astimezone(tz)),
        "Valid until": until,
    }
    lines = [f"{name + ':':<18}{value}" for name, value in rows.items()]
    return _join(
        [
            _heading(utility, on, "Authorization to release customer data"),
            f"I authorize {utility} to give {grant.grantee} the data named below.",
            "\n".join(lines),
            "I may revoke this authorization at any time by writing to you.",
            _signature("Signature of the customer"),
        ]
    )


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").casefold().split())


def _day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"


def _heading(utility: str, on: date, title: str) -> str:
    return f"{_day(on)}\n\n{utility}\n\n{title}"


def _signature(label: str) -> str:
    return f"{label}: {_BLANK}\n\nDate: {'_' * 20}"


def _join(parts: Sequence[str]) -> str:
    wrapped = [part if "\n" in part else textwrap.fill(part, WIDTH, break_long_words=False) for part in parts]
    return "\n\n".join(wrapped) + "\n"
