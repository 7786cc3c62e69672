"""How findings speak of times and amounts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from meterbook.model.channel import DAY_S
from meterbook.model.digits import decimal_text


def moment(instant: int, tz: ZoneInfo) -> str:
    """A local time, to the minute.

    >>> moment(1_772_400_000, ZoneInfo("America/New_York"))
    '2026-03-01 16:20'
    """
    return f"{datetime.fromtimestamp(instant, tz):%Y-%m-%d %H:%M}"


def lasting(seconds: int) -> str:
    """A length of time in its two largest units.

    >>> lasting(900), lasting(5400), lasting(86_400), lasting(90_000)
    ('15 min', '1 h 30 min', '1 day', '1 day 1 h')
    """
    days, rest = divmod(seconds, DAY_S)
    hours, minutes = rest // 3600, rest % 3600 // 60
    parts = [f"{days} day{'' if days == 1 else 's'}"] if days else []
    parts += [f"{hours} h"] if hours else []
    parts += [f"{minutes} min"] if minutes else []
    return " ".join(parts[:2]) or f"{seconds} s"


def amount(value: int, scale: int) -> str:
    """A stored integer as plain decimal text."""
    return decimal_text(value, scale)


def factor_text(ratio: float) -> str:
    """A ratio as people say it: whole above one, a fraction of one below.

    >>> factor_text(10.003), factor_text(0.0249), factor_text(1.5)
    ('10', '1/40', '1.5')
    """
    if ratio < 1:
        inverse = 1 / ratio
        if abs(inverse - round(inverse)) < 0.02 * inverse:
            return f"1/{round(inverse)}"
    elif abs(ratio - round(ratio)) < 0.02 * ratio:
        return str(round(ratio))
    return str(Decimal(f"{ratio:.3g}").normalize())
