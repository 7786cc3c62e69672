"""A finding: trouble with the data, returned beside the result and stored. Nothing is repaired in silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One observation about stored or incoming data.

    Attributes:
        name: stable dotted name, listed in ``docs/findings.md``, such as ``time.spring-phantom``.
        message: one sentence for a person.
        start: first instant concerned, UTC epoch seconds, if it concerns a span.
        end: instant after the last one concerned, UTC epoch seconds.
        data: details for machines: strings, integers and booleans only.
    """

    name: str
    message: str
    start: int | None = None
    end: int | None = None
    data: Mapping[str, str | int | bool] = field(default_factory=dict)
