"""Any sequence of writes, compactions and vacuums answers as a dictionary does."""

from __future__ import annotations

import os
import tempfile
from fractions import Fraction
from pathlib import Path
from unittest import mock

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store.readings.lake_model import ALL_TIME, LakeModel, batch, exact

from meterbook.store.readings import Batch, ReadingsLake, layout, maintenance, writing

FULL = os.environ.get("METERBOOK_TEST_FULL") == "1"
CHANNELS = (1, 2, 700)
# Few instants, so that batches overlap: around the turn of two months, one before 1970.
INSTANTS = [*(1_764_547_200 + 900 * step for step in range(-6, 6)), 1_762_000_000, -900]

values = st.dictionaries(st.sampled_from(INSTANTS), st.integers(-20, 20), max_size=8)
qualities = st.dictionaries(st.sampled_from(INSTANTS), st.sampled_from([0, 1, 3]), max_size=3)
one_batch = st.tuples(st.sampled_from(CHANNELS), values, st.sampled_from([2, 3, 5]), qualities, st.booleans())
steps = st.lists(
    st.one_of(
        st.lists(one_batch, max_size=4), st.sampled_from(["compact", "vacuum", "delete", "reopen", "checkpoint"])
    ),
    max_size=10,
)


@settings(
    max_examples=1_000 if FULL else 40, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
@given(
    steps=steps,
    small=st.sampled_from([3, 200_000]),
    mixed=st.sampled_from([1, 3, 64]),
    start=st.sampled_from(INSTANTS),
    length=st.integers(0, 9_000),
)
def test_every_read_answers_as_a_dictionary_does(steps: list, small: int, mixed: int, start: int, length: int) -> None:
    model, load = LakeModel(), 0
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.object(layout, "MERGE_ROWS", small),
        mock.patch.object(writing, "MERGE_ROWS", small),
        mock.patch.object(maintenance, "MIXED_FILES", mixed),
    ):
        lake = ReadingsLake.open(Path(folder))
        for step in steps:
            if isinstance(step, list):
                batches: list[Batch] = []
                for channel, readings, scale, quality, next_load in step:
                    load += next_load or not load
                    batches.append(batch(channel, load, readings, scale=scale, quality=quality))
                written = lake.write(batches)
                assert (sum(one.new for one in written), sum(one.revised for one in written)) == model.write(batches)
                load += 1
            elif step == "reopen":
                lake = ReadingsLake.open(Path(folder))
            elif step == "delete":
                assert lake.delete([CHANNELS[1], 99]) == model.delete(CHANNELS[1])
            elif step == "vacuum":
                lake.vacuum(older_than_s=0)
            else:
                getattr(lake, step)()
        verified = lake.verify()
        assert verified.problems == ()
        assert verified.left_over == 0
        assert verified.readings == len(model.held)
        _assert_same(lake, model, start, start + length, load)


def _assert_same(lake: ReadingsLake, model: LakeModel, start: int, end: int, loads: int) -> None:
    for low, high in ((start, end), ALL_TIME):
        for as_of in (None, *range(loads + 1)):
            found = lake.read(CHANNELS, low, high, as_of=as_of)
            assert {channel: exact(found[channel]) for channel in CHANNELS} == {
                channel: model.read(channel, low, high, as_of) for channel in CHANNELS
            }
    streamed = [row for part in lake.stream(CHANNELS, *ALL_TIME) for row in part.to_pylist()]
    assert [(row["channel_id"], int(row["ts"].timestamp())) for row in streamed] == sorted(model.held)
    coverage = lake.coverage(CHANNELS)
    for channel in CHANNELS:
        history = [
            (
                int(row["ts"].timestamp()),
                Fraction(row["value"], 10 ** row["scale"]),
                row["quality"],
                row["load_id"],
                row["superseded_by"],
            )
            for row in lake.history(channel, *ALL_TIME).to_pylist()
        ]
        assert history == model.history(channel)
        starts = sorted(at for owner, at in model.held if owner == channel)
        assert (channel in coverage) == bool(starts)
        if starts:
            held = coverage[channel]
            assert (held.first, held.last, held.count) == (starts[0], starts[-1], len(starts))
