"""Days that are given on the command line, and days as they are printed."""

from __future__ import annotations

from datetime import date


def day_of(text: str | None, option: str) -> date | None:
    """The day that an option names; None without one.

    Raises:
        UsageError: it is not a day.
    """
    from meterbook.model.errors import UsageError

    if text is None:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"{text!r} is not a day", where=option, expected="a day such as 2026-01-31") from None


def written(day: date) -> str:
    """A day as people write it.

    >>> written(date(2026, 2, 3))
    '3 Feb 2026'
    """
    return f"{day.day} {day:%b %Y}"
