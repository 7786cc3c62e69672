"""Words that every room prints alike."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the singular where there is one.

    >>> counted(1, "account"), counted(1200, "reading"), counted(2, "log-in")
    ('1 account', '1,200 readings', '2 log-ins')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
