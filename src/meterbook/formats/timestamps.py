"""Times as files write them, to seconds: instants where an offset is given, wall time where it is not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

EPOCH_DAY = date(1970, 1, 1).toordinal()

FEW = 1000  # up to here Arrow is not worth loading

_TIME = re.compile(
    r"[T ]?\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]0+)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<offset>Z|z|UTC|[+-]\d{2}:?\d{2})?"
)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})")
_YEAR_LAST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})")


class TimeStyle(StrEnum):
    """How a file writes its times. Seconds may be left out; an offset or Z may follow a time of day."""

    ISO = "iso"
    """Year first: 2026-03-08T00:15, 2026-03-08 00:15:00, 2026-03-08T00:15-05:00."""
    US = "us"
    """Month first: 3/8/2026 12:15 AM, 03/08/2026 00:15."""
    DAY_FIRST = "day-first"
    """Day first: 08.03.2026 00:15, 8/3/2026 00:15."""
    EPOCH_S = "epoch-s"
    """Seconds since 1970-01-01T00:00Z."""
    EPOCH_MS = "epoch-ms"
    """Milliseconds since 1970-01-01T00:00Z."""


class NotATime(ValueError):
    """A text that is no time in the style expected.

    Args:
        index: its place in the sequence.
    """

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Times:
    """Parsed times.

    Attributes:
        seconds: n seconds since 1970-01-01T00:00, int64: of UTC where ``absolute``, else as the wall clock showed.
        absolute: n marks: an offset was given, so the instant is certain.
    """

    seconds: NDArray[np.int64]
    absolute: NDArray[np.bool_]


def parse_times(texts: Any, style: TimeStyle) -> Times:
    """Seconds of times written in one style.

    A million rows have few days and few times of day: each distinct one is parsed once.

    Args:
        texts: n texts, a sequence or an Arrow string array.
        style: how they are written.

    Raises:
        NotATime: a text does not fit the style.

    >>> parse_times(["2026-03-08T00:15-05:00"], TimeStyle.ISO).seconds.tolist()
    [1772946900]
    >>> parse_times(["3/8/2026 12:15 AM"], TimeStyle.US).seconds.tolist()
    [1772928900]
    """
    if style in (TimeStyle.EPOCH_S, TimeStyle.EPOCH_MS):
        return _epochs(_listed(texts), 1000 if style is TimeStyle.EPOCH_MS else 1)
    if style is TimeStyle.ISO and len(texts) > FEW:
        try:
            return _sliced(texts)
        except ValueError:
            pass  # not all of the usual shape: one by one, which also finds the one at fault
    return _one_by_one(_listed(texts), style)


def _listed(texts: Any) -> Sequence[str]:
    return texts if isinstance(texts, Sequence) else texts.to_pylist()


def _sliced(texts: Any) -> Times:
    """Times whose first ten characters are the date, in bulk."""
    import pyarrow as pa  # noqa: PLC0415 - slow to load
    import pyarrow.compute as pc  # noqa: PLC0415 - slow to load

    array = texts if isinstance(texts, pa.Array) else pa.array(texts, pa.string())
    dates = pc.utf8_slice_codeunits(array, 0, 10).dictionary_encode()
    rests = pc.utf8_slice_codeunits(array, 10).dictionary_encode()
    days = np.array([_day(text, TimeStyle.ISO) for text in dates.dictionary.to_pylist()], np.int64)
    times = [_time(text) if text else (0, False) for text in rests.dictionary.to_pylist()]
    of_day = np.array([second for second, _ in times], np.int64)
    known = np.array([absolute for _, absolute in times], np.bool_)
    which = rests.indices.to_numpy()
    return Times(seconds=days[dates.indices.to_numpy()] + of_day[which], absolute=known[which])


def _one_by_one(texts: Sequence[str], style: TimeStyle) -> Times:
    days: dict[str, int] = {}
    times: dict[str, tuple[int, bool]] = {"": (0, False)}
    seconds = np.empty(len(texts), np.int64)
    absolute = np.empty(len(texts), np.bool_)
    year_first = style is TimeStyle.ISO
    for index, given in enumerate(texts):
        text = given.strip()
        if year_first and len(text) > 9 and text[4] in "-/.":
            day_text, time_text = text[:10], text[10:]
        else:
            day_text, blank, rest = text.partition("T" if year_first and "T" in text else " ")
            time_text = blank + rest
        try:
            day = days[day_text] if day_text in days else days.setdefault(day_text, _day(day_text, style))
            if time_text not in times:
                times[time_text] = _time(time_text)
        except ValueError:
            raise NotATime(index) from None
        of_day, absolute[index] = times[time_text]
        seconds[index] = day + of_day
    return Times(seconds=seconds, absolute=absolute)


def _day(text: str, style: TimeStyle) -> int:
    match = (_YEAR_FIRST if style is TimeStyle.ISO else _YEAR_LAST).fullmatch(text)
    if match is None:
        raise ValueError(text)
    first, second, third = (int(part) for part in match.groups())
    if style is TimeStyle.ISO:
        year, month, day = first, second, third
    else:
        month, day = (first, second) if style is TimeStyle.US else (second, first)
        year = third if third > 99 else 2000 + third
    return (date(year, month, day).toordinal() - EPOCH_DAY) * 86_400


def _time(text: str) -> tuple[int, bool]:
    """Seconds to add to the day's first, and whether they count in UTC."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(text)
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if match["half"][0] in "Pp" else 0)
    midnight_after = hour == 24 and minute == 0 and second == 0  # the end of the day, as ISO 8601 allowed
    if minute > 59 or second > 59 or (hour > 23 and not midnight_after):
        raise ValueError(text)
    return hour * 3600 + minute * 60 + second - _offset(match["offset"]), match["offset"] is not None


def _offset(text: str | None) -> int:
    if text is None or text in ("Z", "z", "UTC"):
        return 0
    value = int(text[1:3]) * 3600 + int(text[-2:]) * 60
    return -value if text[0] == "-" else value


def _epochs(texts: Sequence[str], per_second: int) -> Times:
    seconds = np.empty(len(texts), np.int64)
    for index, text in enumerate(texts):
        whole, _, fraction = text.strip().partition(".")
        try:
            count, rest = divmod(int(whole), per_second)
            if rest or fraction.strip("0") or abs(count) > 1 << 36:
                raise ValueError(text)
        except ValueError:
            raise NotATime(index) from None
        seconds[index] = count
    return Times(seconds=seconds, absolute=np.ones(len(texts), np.bool_))
