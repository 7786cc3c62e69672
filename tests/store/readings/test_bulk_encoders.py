"""Threads that encode files: steps of a file keep their order, and no more waits than was allowed."""

from __future__ import annotations

import threading
from concurrent.futures import Future

import pytest

from meterbook.store.readings.writing import encoders
from meterbook.store.readings.writing.encoders import AtOnce, Encoders


def test_steps_of_a_file_run_in_their_order_and_give_what_they_made() -> None:
    done: list[int] = []
    with Encoders() as threads:
        one = threads.one()
        results = [one.run(1, lambda number=number: done.append(number) or number) for number in range(50)]
        assert [result.result() for result in results] == list(range(50))
    assert done == list(range(50))
    assert AtOnce().run(1, lambda: 7).result() == 7


def test_who_brings_more_than_may_wait_waits_for_what_it_brought_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "QUEUED_ROWS", 20)
    with Encoders() as threads:
        one = threads.one()
        earlier: list[Future[None]] = []
        for _ in range(20):
            earlier.append(one.run(100, lambda: None))  # each alone is more than may wait
            assert all(step.done() for step in earlier[:-1])


def test_a_new_file_goes_to_the_thread_with_least_to_do() -> None:
    go_on = threading.Event()
    with Encoders() as threads:
        busy = threads.one()
        busy.run(10, go_on.wait)
        assert threads.one() is not busy
        go_on.set()


def test_a_step_that_fails_tells_so_and_the_next_one_runs() -> None:
    def failing() -> None:
        raise OSError("disk full")

    with Encoders() as threads:
        one = threads.one()
        first, second = one.run(1, failing), one.run(1, lambda: 5)
        with pytest.raises(OSError, match="disk full"):
            first.result()
        assert second.result() == 5
