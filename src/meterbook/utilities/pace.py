"""How fast a host may be asked. A member's co-op is a small one: real portals are asked gently by default.

The default follows what careful clients of SmartHub portals do: one poll in flight for a log-in, half a second to a
second between calls, two to five seconds before asking again for an answer in preparation, and giving up on it after
a minute. The practice co-op's faster pace is never used beyond this machine.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from meterbook.utilities.entry import PaceEntry, Utility

DEFAULT_PACE = PaceEntry(in_flight=1, gap_s=(0.5, 1.0), wait_s=(2.0, 5.0), pending_limit_s=60.0)
PRACTICE_PACE = PaceEntry(in_flight=8, gap_s=(0.0, 0.0), wait_s=(0.05, 0.05), pending_limit_s=60.0)
LEAST_WAIT_S = 1.0  # a real portal is never asked again for a prepared answer sooner than this


def pace_for(host: str, utility: Utility | None = None) -> PaceEntry:
    """The pace at which a host is asked.

    Args:
        host: a host name, with or without a port, or an address pasted from a browser.
        utility: its catalogue entry, if it has one.

    Returns:
        The practice co-op's pace for a loopback host, whatever the entry says. For any other the entry's own, or the
        default where it has none; a wait of less than a second is raised to one.
    """
    if is_loopback(host):
        return PRACTICE_PACE
    if utility is None or utility.pace is None or (utility.about is not None and utility.about.kind == "practice"):
        return DEFAULT_PACE
    low, high = utility.pace.wait_s
    return PaceEntry(
        in_flight=utility.pace.in_flight,
        gap_s=utility.pace.gap_s,
        wait_s=(max(low, LEAST_WAIT_S), max(high, LEAST_WAIT_S)),
        pending_limit_s=utility.pace.pending_limit_s,
    )


def host_of(address: str) -> str:
    """The bare host of what a member pastes: scheme, port, path and letter case are dropped.

    >>> host_of("https://NOVEC.smarthub.coop/ui/#/login")
    'novec.smarthub.coop'
    >>> host_of("127.0.0.1:8080"), host_of("[::1]:8080"), host_of("::1")
    ('127.0.0.1', '::1', '::1')
    """
    text = address.strip()
    if text.count(":") > 1 and "[" not in text and "//" not in text:
        return text.lower()  # a bare IPv6 address
    try:
        return (urlsplit(text if "//" in text else f"//{text}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its name or address.

    >>> is_loopback("http://localhost:8080/"), is_loopback("127.3.2.1"), is_loopback("localhost.example.com")
    (True, True, False)
    """
    name = host_of(host)
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
