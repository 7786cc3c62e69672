"""What every format must keep to, whichever it is."""

from __future__ import annotations

import gzip
import io
import pkgutil
from importlib import import_module

import numpy as np
import pytest

import meterbook.formats
from meterbook.formats.base import FormatSpec, sniffed
from meterbook.formats.registry import FORMATS, by_name, detect, write
from meterbook.model.calendar import zone
from meterbook.model.channel import Channel
from meterbook.model.errors import UsageError
from meterbook.model.series import IntervalSeries

WRITERS = [spec for spec in FORMATS if spec.can_write]
READERS = [spec for spec in FORMATS if spec.can_read]


def sample() -> IntervalSeries:
    return IntervalSeries(
        channel=Channel(utility="ccec", account="1", service_location="2", meter="3"),
        start=np.arange(4, dtype=np.int64) * 900,
        value=np.array([1, 2, 3, 4], np.int64),
        quality=np.array([0, 1, 9, 0], np.int8),
        scale=3,
    )


def written(spec: FormatSpec) -> bytes:
    sink = io.BytesIO()
    write(spec.name, [(sample(), zone("America/New_York"))], sink)
    return sink.getvalue()


def test_there_are_formats_and_every_spec_in_the_room_is_registered() -> None:
    assert len(FORMATS) >= 1
    names = [module.name for module in pkgutil.iter_modules(meterbook.formats.__path__, "meterbook.formats.")]
    specs = [
        value
        for name in names
        if name != "meterbook.formats.registry"
        for value in vars(import_module(name)).values()
        if isinstance(value, FormatSpec)
    ]
    assert {spec.name for spec in specs} == {spec.name for spec in FORMATS}
    assert len({spec.name for spec in FORMATS}) == len(FORMATS)


@pytest.mark.parametrize("spec", FORMATS, ids=lambda spec: spec.name)
def test_a_spec_is_whole(spec: FormatSpec) -> None:
    assert by_name(spec.name) is spec
    assert spec.can_read or spec.can_write
    assert spec.extensions
    assert all(extension.startswith(".") for extension in spec.extensions)
    assert spec.title
    if spec.can_write:
        assert spec.loses


@pytest.mark.parametrize("spec", FORMATS, ids=lambda spec: spec.name)
@pytest.mark.parametrize("head", [b"", b"\x00\x01\x02", b"\xff\xfe", b"hello", b"{", b"PK\x03\x04"])
def test_sniffing_foreign_bytes_says_no_and_does_not_fail(spec: FormatSpec, head: bytes) -> None:
    assert spec.sniff(head) is False


@pytest.mark.parametrize("spec", WRITERS, ids=lambda spec: spec.name)
def test_what_is_written_is_recognized_plain_and_packed(spec: FormatSpec) -> None:
    content = written(spec)
    assert detect(content) is spec
    assert detect(gzip.compress(content)) is spec


@pytest.mark.parametrize("spec", WRITERS, ids=lambda spec: spec.name)
def test_writing_twice_gives_the_same_bytes(spec: FormatSpec) -> None:
    assert written(spec) == written(spec)


def test_a_format_that_only_reads_or_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="there is no format 'xls'"):
        write("xls", [], io.BytesIO())
    with pytest.raises(UsageError, match="can only be read"):
        write("delimited", [], io.BytesIO())


def test_a_damaged_gzip_head_is_no_format() -> None:
    assert sniffed(b"\x1f\x8bnonsense") == b""
    assert detect(b"\x1f\x8bnonsense") is None
