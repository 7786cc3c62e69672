"""Our own files of readings: what is written, and that reading CSV is its inverse."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterbook.formats import columnar, registry, usage_csv, usage_json
from meterbook.formats.usage_rows import CHUNK_ROWS
from meterbook.model.calendar import zone
from meterbook.model.channel import DAY_S, MONTH_S, Channel, FlowDirection, Quantity, ServiceCategory
from meterbook.model.errors import InputError, MalformedRecord, UnknownCode, UsageError
from meterbook.model.quality import Quality
from meterbook.model.series import IntervalSeries
from meterbook.model.units import Unit

NEW_YORK = zone("America/New_York")
CHANNEL = Channel(utility="ccec", account="7001001", service_location="70010", meter="21-345678")


def series(
    start: list[int], value: list[int], quality: list[int] | None = None, scale: int = 3, **channel: object
) -> IntervalSeries:
    return IntervalSeries(
        channel=replace(CHANNEL, **channel),  # type: ignore[arg-type]
        start=np.array(start, np.int64),
        value=np.array(value, np.int64),
        quality=np.array(quality if quality is not None else [0] * len(start), np.int8),
        scale=scale,
    )


def csv_of(*parts: IntervalSeries, tz: str = "America/New_York") -> str:
    return b"".join(usage_csv.render((part, zone(tz)) for part in parts)).decode()


AUTUMN = int(datetime(2026, 11, 1, 5, 45, tzinfo=UTC).timestamp())
SAMPLE = series([AUTUMN, AUTUMN + 900, AUTUMN + 1800], [214, 0, 1005], [0, 9, 1])
HEADER = "start,end,account,service_location,meter,flow,unit,value,quality\n"


def test_csv_is_written_with_local_offsets_exact_values_and_missing_rows() -> None:
    assert csv_of(SAMPLE) == HEADER + (
        "2026-11-01T01:45:00-04:00,2026-11-01T01:00:00-05:00,7001001,70010,21-345678,delivered,kWh,0.214,actual\n"
        "2026-11-01T01:00:00-05:00,2026-11-01T01:15:00-05:00,7001001,70010,21-345678,delivered,kWh,,missing\n"
        "2026-11-01T01:15:00-05:00,2026-11-01T01:30:00-05:00,7001001,70010,21-345678,delivered,kWh,1.005,estimated\n"
    )


def test_a_negative_net_of_less_than_one_keeps_its_sign_and_its_digits() -> None:
    text = csv_of(
        series([AUTUMN, AUTUMN + 900, AUTUMN + 1800], [-1, -1_000_000_001, 7], scale=9, flow=FlowDirection.NET)
    )
    assert [line.split(",")[7] for line in text.splitlines()[1:]] == ["-0.000000001", "-1.000000001", "0.000000007"]


def test_whole_units_have_no_point() -> None:
    text = csv_of(series([AUTUMN], [350], scale=0, unit=Unit.GALLON, category=ServiceCategory.WATER))
    assert ",gal,350,actual" in text


def test_days_end_at_local_midnight_and_months_on_the_first() -> None:
    spring = int(datetime(2026, 3, 8, 5, tzinfo=UTC).timestamp())
    assert "2026-03-08T00:00:00-05:00,2026-03-09T00:00:00-04:00" in csv_of(series([spring], [1], interval_s=DAY_S))
    march = int(datetime(2026, 3, 1, 5, tzinfo=UTC).timestamp())
    assert "2026-03-01T00:00:00-05:00,2026-04-01T00:00:00-04:00" in csv_of(series([march], [1], interval_s=MONTH_S))


def test_fields_with_commas_and_quotes_are_quoted_and_read_back() -> None:
    odd = series([AUTUMN], [1], account='A,"1"', meter=" ")
    (back,) = usage_csv.read(csv_of(odd).encode(), "ccec", "f").series
    assert back.channel.account == 'A,"1"'


def test_reading_csv_gives_each_channel_back() -> None:
    parts = [
        SAMPLE,
        series([AUTUMN], [5], flow=FlowDirection.RECEIVED),
        series([AUTUMN], [-5], scale=4, flow=FlowDirection.NET),
        series([AUTUMN], [612], scale=2, unit=Unit.DOLLAR, quantity=Quantity.COST),
        series([AUTUMN], [4812], unit=Unit.KW, quantity=Quantity.DEMAND),
        series([int(datetime(2026, 3, 8, 5, tzinfo=UTC).timestamp())], [26180], interval_s=DAY_S),
        series([int(datetime(2026, 2, 1, 5, tzinfo=UTC).timestamp())], [26180], interval_s=MONTH_S),
    ]
    result = usage_csv.read(csv_of(*parts).encode(), "ccec", "f")
    assert [back.channel for back in result.series] == [part.channel for part in parts]
    assert [back.scale for back in result.series] == [part.scale for part in parts]
    assert result.series[0].value.tolist() == [214, 1005]
    assert (result.rows_read, result.rows_skipped, result.findings) == (9, 1, ())


@given(
    st.dictionaries(
        st.integers(0, 1200),
        st.tuples(st.integers(-(10**12), 10**12), st.sampled_from([0, 1, 2, 3, 9])),
        min_size=1,
        max_size=40,
    ),
    st.sampled_from(["America/New_York", "America/Phoenix", "America/St_Johns", "Australia/Lord_Howe", "UTC"]),
    st.integers(3, 9),
    st.sampled_from([300, 900, 1800, 3600]),
    st.sampled_from(
        [datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 10, 28, tzinfo=UTC), datetime(1971, 1, 1, tzinfo=UTC)]
    ),
)
def test_reading_is_the_inverse_of_writing(
    rows: dict[int, tuple[int, int]], tz: str, scale: int, interval_s: int, origin: datetime
) -> None:
    first = int(origin.timestamp())
    ordered = sorted(rows.items())
    before = series(
        [first + step * interval_s for step, _ in ordered],
        [0 if quality == Quality.MISSING else value for _, (value, quality) in ordered],
        [quality for _, (_, quality) in ordered],
        scale=scale,
        interval_s=interval_s,
        flow=FlowDirection.NET,
    )
    kept = before.quality != Quality.MISSING
    result = usage_csv.read(csv_of(before, tz=tz).encode(), "ccec", "f")
    if not kept.any():
        assert result.series == ()
        return
    (after,) = result.series
    assert after.channel == before.channel
    assert after.scale == scale
    assert after.start.tolist() == before.start[kept].tolist()
    assert after.value.tolist() == before.value[kept].tolist()
    assert after.quality.tolist() == before.quality[kept].tolist()


def test_more_rows_than_a_chunk_are_written_in_order() -> None:
    count = CHUNK_ROWS + 5
    start = np.arange(count, dtype=np.int64) * 900
    long = IntervalSeries(channel=CHANNEL, start=start, value=start // 900, quality=np.zeros(count, np.int8), scale=3)
    (back,) = usage_csv.read(csv_of(long).encode(), "ccec", "f").series
    assert np.array_equal(back.start, start)
    assert np.array_equal(back.value, long.value)


def test_temperatures_are_passed_over_with_a_finding_when_read() -> None:
    warm = series([AUTUMN], [611], scale=1, unit=Unit.FAHRENHEIT, quantity=Quantity.TEMPERATURE_HIGH)
    result = usage_csv.read(csv_of(warm, SAMPLE).encode(), "ccec", "f")
    assert [finding.name for finding in result.findings] == ["file.not-taken"]
    assert len(result.series) == 1


def test_partial_sums_are_written_and_passed_over_with_a_finding_when_read() -> None:
    day = int(datetime(2026, 3, 8, 5, tzinfo=UTC).timestamp())
    text = csv_of(series([day, day + 23 * 3600], [5, 7], [Quality.PARTIAL, Quality.ACTUAL], interval_s=DAY_S))
    assert text.splitlines()[1].endswith(",0.005,partial")
    result = usage_csv.read(text.encode(), "ccec", "f")
    assert result.series[0].value.tolist() == [7]
    assert [(finding.name, finding.data["rows"]) for finding in result.findings] == [("file.not-taken", 1)]
    assert result.rows_skipped == 1


def test_cubic_feet_need_a_word_on_what_they_are() -> None:
    content = csv_of(series([AUTUMN], [3], scale=0, unit=Unit.CUBIC_FOOT, category=ServiceCategory.GAS)).encode()
    with pytest.raises(UsageError, match="gas or water"):
        usage_csv.read(content, "ccec", "f")
    (gas,) = usage_csv.read(content, "ccec", "f", volume=ServiceCategory.GAS).series
    assert gas.channel.category is ServiceCategory.GAS


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("T01:45:00-04:00", "T01:45:00", MalformedRecord, "line 2, field start"),
        ("0.214", "0.2I4", MalformedRecord, "line 2, field value"),
        (",0.214,actual", ",,actual", MalformedRecord, "line 2, field value"),
        (",missing", ",lost", UnknownCode, "quality 'lost' is not known .*line 3"),
        ("delivered", "sideways", UnknownCode, "flow 'sideways' is not known .*line 2"),
        ("kWh", "BTU", UnknownCode, "unit 'BTU' is not known .*line 2"),
    ],
)
def test_a_damaged_field_is_named(old: str, new: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        usage_csv.read(csv_of(SAMPLE).replace(old, new, 1).encode(), "ccec", "f")


def test_json_is_an_array_or_an_object_with_meta() -> None:
    plain = json.loads(b"".join(usage_json.render([(SAMPLE, NEW_YORK), (SAMPLE, NEW_YORK)])))
    assert len(plain) == 6
    assert plain[0] == {
        "start": "2026-11-01T01:45:00-04:00",
        "end": "2026-11-01T01:00:00-05:00",
        "account": "7001001",
        "service_location": "70010",
        "meter": "21-345678",
        "flow": "delivered",
        "unit": "kWh",
        "value": "0.214",
        "quality": "actual",
    }
    assert (plain[1]["value"], plain[1]["quality"]) == (None, "missing")
    with_meta = json.loads(b"".join(usage_json.render([(SAMPLE, NEW_YORK)], {"zone": "America/New_York"})))
    assert with_meta["meta"] == {"zone": "America/New_York"}
    assert with_meta["readings"] == plain[:3]
    odd = series([AUTUMN], [1], account='A"\\')
    assert json.loads(b"".join(usage_json.render([(odd, NEW_YORK)])))[0]["account"] == 'A"\\'


def test_nothing_to_write_is_still_a_valid_file() -> None:
    assert csv_of() == HEADER
    assert json.loads(b"".join(usage_json.render([]))) == []
    sink = io.BytesIO()
    columnar.write_parquet([], sink)
    assert pq.read_table(io.BytesIO(sink.getvalue())).num_rows == 0


@pytest.mark.parametrize("name", ["parquet", "arrow"])
def test_columnar_files_hold_exact_decimals_in_utc(name: str) -> None:
    fine = series([AUTUMN], [-12345], scale=5, flow=FlowDirection.NET)
    sink = io.BytesIO()
    registry.write(name, [(SAMPLE, NEW_YORK), (fine, NEW_YORK)], sink)
    data = io.BytesIO(sink.getvalue())
    table = pq.read_table(data) if name == "parquet" else pa.ipc.open_file(data).read_all()
    assert table.schema.field("value").type == pa.decimal128(18, 5)
    assert table.schema.field("start").type == pa.timestamp("us", tz="UTC")
    values = table.column("value").to_pylist()
    assert values == [Decimal("0.21400"), None, Decimal("1.00500"), Decimal("-0.12345")]
    assert table.column("start").to_pylist()[0] == datetime(2026, 11, 1, 5, 45, tzinfo=UTC)
    assert table.column("end").to_pylist()[0] == datetime(2026, 11, 1, 6, tzinfo=UTC)
    assert table.column("quality").to_pylist() == ["actual", "missing", "estimated", "actual"]


def test_a_value_of_more_than_eighteen_digits_is_refused() -> None:
    with pytest.raises(InputError, match="more than 18 digits"):
        columnar.to_table([(series([AUTUMN], [10**15], scale=3), NEW_YORK), (series([AUTUMN], [1], scale=9), NEW_YORK)])
