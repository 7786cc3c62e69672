"""How the value column of a data file is encoded: the smaller way, and readable by every engine."""

import io

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from meterbook.store.readings.files.encoding import value_encoding, writer_options

SPLIT, DELTA = "BYTE_STREAM_SPLIT", "DELTA_BINARY_PACKED"


def load_profile(count: int) -> np.ndarray:
    """Quarter hours of a home in Wh: a level, appliances that come and go, noise."""
    generator = np.random.default_rng(4)
    return (generator.gamma(3, 30, count) + 600 * (generator.random(count) < 0.15)).astype(np.int64)


def written(value: np.ndarray, encoding: str | None = None) -> bytes:
    options = writer_options(["value"], value)
    if encoding is not None:
        options["column_encoding"] = {"value": encoding}
    sink = io.BytesIO()
    pq.write_table(pa.table({"value": value}), sink, **options)
    return sink.getvalue()


@pytest.mark.parametrize("count", [3_000, 200_000])
def test_values_that_go_up_and_down_are_split_by_bytes(count: int) -> None:
    assert value_encoding(load_profile(count)) == SPLIT


@pytest.mark.parametrize("count", [3_000, 200_000])
def test_register_reads_keep_their_differences(count: int) -> None:
    assert value_encoding(np.cumsum(load_profile(count))) == DELTA


@pytest.mark.parametrize("value", [load_profile(50_000), np.cumsum(load_profile(50_000))], ids=["loads", "reads"])
def test_the_chosen_encoding_is_the_smaller_one_of_the_whole(value: np.ndarray) -> None:
    assert len(written(value)) == min(len(written(value, SPLIT)), len(written(value, DELTA)))


def test_a_sample_of_the_beginning_alone_would_mislead() -> None:
    value = np.concatenate([np.arange(20_000), load_profile(180_000)])
    assert value_encoding(value) == SPLIT


@given(hnp.arrays(np.int64, st.integers(1, 300)))
def test_whatever_the_encoding_the_values_come_back_in_two_engines(value: np.ndarray) -> None:
    content = written(value)
    assert pq.read_table(io.BytesIO(content)).column("value").to_pylist() == value.tolist()
    assert pl.read_parquet(io.BytesIO(content))["value"].to_list() == value.tolist()
