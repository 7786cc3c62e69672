"""Damaged files: whatever is wrong with one, it is read or refused with an error that names it, never a crash."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterbook.formats import delimited, smarthub_csv, usage_csv
from meterbook.formats.base import UsagePoint
from meterbook.formats.guess import guess
from meterbook.formats.mapping import Mapping, ValueColumn
from meterbook.model.channel import ServiceCategory
from meterbook.model.errors import InputError, MalformedRecord

POINT = UsagePoint(utility="example")
MAPPING = Mapping(
    time="start",
    end="end",
    values=(ValueColumn(name="value", unit="kWh"),),
    interval_s=3600,
    zone="America/New_York",
    flow="flow",
    quality="quality",
    meter="meter",
)
TABLE = "start,end,account,service_location,meter,flow,unit,value,quality\n" + "".join(
    f"2026-11-01T0{hour}:00:00-04:00,2026-11-01T0{hour + 1}:00:00-04:00,1,2,3,delivered,kWh,0.{hour},actual\n"
    for hour in range(6)
)
DOWNLOAD = (
    "====\n Usage Information\n For: 1\n Meter Reading Information\n"
    " Type of readings: Electricity, Energy Consumption, Real energy in kilowatt-hours \n ====\n"
    " Energy consumption time period,Usage(Real energy in kilowatt-hours),Events occurred\n"
    + "".join(f" 2026-11-01 0{hour}:00 to 2026-11-01 0{hour + 1}:00,0.{hour},,\n" for hour in range(6))
)


def fuzzed(text: str) -> st.SearchStrategy[bytes]:
    """The text with some pieces cut out, doubled, exchanged for others, or split by foreign bytes."""
    pieces = st.sampled_from(
        [b"", b",", b"\n", b'"', b"-", b"\x00", b"\xff", b"9" * 30, b"e9", b" to ", b":", b"\r", b"2026"]
    )
    edit = st.tuples(st.integers(0, len(text)), st.integers(0, 12), pieces)

    def applied(edits: list[tuple[int, int, bytes]]) -> bytes:
        content = text.encode()
        for at, length, piece in edits:
            content = content[:at] + piece + content[at + length :]
        return content

    return st.lists(edit, max_size=4).map(applied)


def reads_or_refuses(read: Callable[[bytes], object], content: bytes) -> None:
    with suppress(InputError):  # anything else is a crash
        read(content)


@given(fuzzed(TABLE))
def test_our_own_csv_is_read_or_refused(content: bytes) -> None:
    reads_or_refuses(lambda it: usage_csv.read(it, "example", "f", volume=ServiceCategory.GAS), content)


@given(fuzzed(TABLE))
def test_any_table_is_read_or_refused(content: bytes) -> None:
    reads_or_refuses(lambda it: delimited.read(it, MAPPING, POINT, "f"), content)


@given(fuzzed(DOWNLOAD))
def test_a_smarthub_download_is_read_or_refused(content: bytes) -> None:
    reads_or_refuses(lambda it: smarthub_csv.read(it, POINT, "America/New_York", "f"), content)


@given(st.one_of(fuzzed(TABLE), fuzzed(DOWNLOAD), st.binary(max_size=200)))
def test_a_guess_is_made_or_refused(content: bytes) -> None:
    reads_or_refuses(lambda it: guess(it, "f"), content)


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_a_gzip_file_cut_short_is_refused(cut: int) -> None:
    with pytest.raises(MalformedRecord, match="can't be unpacked"):
        delimited.read(gzip.compress(TABLE.encode())[:-cut], MAPPING, POINT, "f")


def test_text_in_another_encoding_is_refused_with_its_line() -> None:
    with pytest.raises(MalformedRecord, match=r"not UTF-8 text \(f, line 2\)"):
        delimited.read(b"start,value\n\xe9\n", MAPPING, POINT, "f")


def test_utf_16_with_its_mark_is_read() -> None:
    plain = delimited.read(TABLE.encode(), MAPPING, POINT, "f")
    wide = delimited.read(TABLE.encode("utf-16"), MAPPING, POINT, "f")
    assert wide.series[0].value.tolist() == plain.series[0].value.tolist() == [0, 100, 200, 300, 400, 500]
