"""Account numbers as different sources write them."""

from __future__ import annotations

import re


def account_key(number: str) -> str:
    """What the ways to write one account number have in common: its letters and digits, leading zeros left out.

    >>> account_key("0070-01001") == account_key("7001001")
    True
    """
    return re.sub(r"[\W_]+", "", number).upper().lstrip("0")
