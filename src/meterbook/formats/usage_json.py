"""Readings as JSON: the fields of our CSV, values as text so that no reader makes floats of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from meterbook.formats.base import FormatSpec
from meterbook.formats.usage_rows import (
    LOSES,
    UsageRows,
    chunks,
    ends_of,
    joined,
    local_texts,
    quality_texts,
    value_texts,
)
from meterbook.model.channel import Channel

SPEC = FormatSpec(
    name="json",
    title="Meterbook JSON",
    extensions=(".json",),
    sniff=lambda head: bytes(head[:64].translate(None, b" \r\n\t")).startswith((b'[{"start":', b'{"meta":', b"[]")),
    can_read=False,
    can_write=True,
    loses=LOSES,
)


def render(rows: Iterable[UsageRows], meta: Mapping[str, Any] | None = None) -> Iterator[bytes]:
    """The file in pieces: an array of readings, or an object with ``meta`` and ``readings`` if ``meta`` is given.

    Each reading has start, end, account, service_location, meter, flow, unit, value (decimal text, null where missing)
    and quality.
    """
    import pyarrow.compute as pc  # noqa: PLC0415 - slow to load

    yield b"[" if meta is None else f'{{"meta": {json.dumps(meta)}, "readings": ['.encode()
    between = b"\n"
    for series, tz in chunks(rows):
        value = pc.fill_null(pc.binary_join_element_wise('"', value_texts(series), '"', ""), "null")
        readings = pc.binary_join_element_wise(
            ',\n{"start": "',
            local_texts(series.start, tz),
            '", "end": "',
            local_texts(ends_of(series, tz), tz),
            '", ' + _fixed(series.channel) + ', "value": ',
            value,
            ', "quality": "',
            quality_texts(series),
            '"}',
            "",
        )
        yield between + joined(readings)[2:]
        between = b",\n"
    yield b"\n]" if meta is None else b"\n]}"
    yield b"\n"


def write(rows: Iterable[UsageRows], sink: BinaryIO, meta: Mapping[str, Any] | None = None) -> None:
    """Write readings to a binary file."""
    for piece in render(rows, meta):
        sink.write(piece)


def _fixed(channel: Channel) -> str:
    fields = {
        "account": channel.account,
        "service_location": channel.service_location,
        "meter": channel.meter,
        "flow": channel.flow.value,
        "unit": channel.unit.value,
    }
    return json.dumps(fields)[1:-1]
