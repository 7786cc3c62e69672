"""What a record of OpenEI's database leaves open, and how it is then read: options with defaults that are said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args, get_type_hints

from meterbook.model.errors import UsageError

Pooling = Literal["period", "proportion", "time"]
Generation = Literal["net-metering", "net-billing", "buy-all", "none"]
PARTS = (
    "energy", "fuel", "flat-demand", "tou-demand", "coincident", "reactive", "ratchet", "minimum", "fixed",
    "generation",
)  # fmt: skip
"""Parts of a record that a user may have left out by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a record is read where it leaves something open; None follows the record, then the default named here.

    Attributes:
        zone: IANA zone of its clock times, which no record tells.
        utility: slug that the schedule is filed under; the record's company name without it.
        code: code of the schedule; the record's label without it.
        pooling: how time-of-use periods share tiers; ``proportion``, as SAM does under net metering and
            OpenStudio-HPXML always.
        kwh_daily: tiers in ``kWh daily``: ``pooled`` over the month, as SAM does, or ``daily``, each day by itself.
        lookbackmonths: they, and the shares by month of older records, are of months whose ``peaks`` count, as in SAM
            and REopt, or of the ``bills`` that are held up.
        ratchet_on: which demand charges a ratchet is on: ``all``, as in SAM, ``flat`` or ``tou``.
        holidays: days that have the weekend's hours; none, as no record tells any.
        clock: hours are of the ``local`` clock, or of ``standard`` time all year, as SAM reads them.
        day_charges: dollars a day times the ``days`` of the bill, or as ``month``: 365/12 days each, as SAM does.
        minutes: length over which demand is averaged where ``demandwindow`` is missing; 15, or the readings' own length
            where that is longer, as SAM always takes it.
        generation: what holds for energy sent back where ``dgrules`` is missing; ``net-metering``, as SAM assumes.
        dates: prices hold from ``startdate`` to ``enddate`` as the ``record`` says, or ``always``.
        leave_out: parts that the user does without; a note on the schedule says so.
    """

    zone: str
    utility: str | None = None
    code: str | None = None
    pooling: Pooling | None = None
    kwh_daily: Literal["pooled", "daily"] | None = None
    lookbackmonths: Literal["peaks", "bills"] | None = None
    ratchet_on: Literal["all", "flat", "tou"] | None = None
    holidays: tuple[str, ...] = ()
    clock: Literal["local", "standard"] = "local"
    day_charges: Literal["days", "month"] = "days"
    minutes: Literal[5, 15, 30, 60] | None = None
    generation: Generation | None = None
    dates: Literal["record", "always"] = "record"
    leave_out: frozenset[str] = frozenset()


def with_words(options: Options, words: Iterable[str]) -> Options:
    """Options changed by words such as ``pooling=time`` or ``leave-out=reactive,coincident``.

    Raises:
        UsageError: an option or its value is not known.

    >>> with_words(Options(zone="America/New_York"), ["pooling=time"]).pooling
    'time'
    """
    for word in words:
        name, equals, value = word.partition("=")
        options = replace(options, **_changed(name.strip().replace("-", "_"), value.strip(), word if equals else name))
    return options


def _changed(name: str, value: str, word: str) -> dict[str, Any]:
    known = [one.name for one in fields(Options)]
    if name not in known:
        raise UsageError(
            f"{word!r} is no option of a record of OpenEI's database",
            expected=f"NAME=VALUE with one of {', '.join(one.replace('_', '-') for one in known)}",
        )
    if name in ("holidays", "leave_out"):
        some = tuple(part.strip() for part in value.split(",") if part.strip())
        if name == "leave_out":
            for part in some:
                check_choice("leave-out", part, PARTS)
            return {name: frozenset(some)}
        return {name: some}
    choices = _choices(name)
    if not choices:
        return {name: value}
    check_choice(name, value, choices)
    return {name: int(value) if name == "minutes" else value}


def check_choice(name: str, value: str, choices: Iterable[str]) -> None:
    """Check that a value is one of a few.

    Raises:
        UsageError: it is not.
    """
    if value not in choices:
        shown = name.replace("_", "-")
        raise UsageError(f"{value!r} is not known", where=f"--{shown}", expected=f"one of {', '.join(choices)}")


def _choices(name: str) -> tuple[str, ...]:
    """The words that an option may be."""
    kind = get_type_hints(Options)[name]
    found: list[str] = []
    for part in (kind, *get_args(kind)):
        found += [str(one) for one in get_args(part) if isinstance(one, str | int)]
    return tuple(dict.fromkeys(found))
