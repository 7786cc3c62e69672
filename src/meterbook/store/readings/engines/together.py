"""Work on several lakes at once whose questions go to the engine together: one job for twenty co-ops, not twenty.

Each piece of work runs in a thread of its own and asks as if it were alone. Once every piece that has not ended waits
for an answer, all that they asked is carried out in one go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

from meterbook.store.readings.engines.question import Question
from meterbook.store.readings.engines.registry import CarryOut
from meterbook.store.readings.engines.tables import Tables
from meterbook.store.readings.query.plan import Aggregates, Engine, Plan

T = TypeVar("T")
EngineOf = Callable[[Tables], Engine]
"""Makes the engine of a lake."""

_AT_ONCE = 64
"""Most pieces of work at a time."""


def together(work: Sequence[Callable[[EngineOf], T]], carry_out: CarryOut) -> list[T]:
    """The results of some pieces of work, in their order.

    Args:
        work: takes what makes the engine of a lake, and asks it.
        carry_out: answers questions; called from the calling thread only.

    Raises:
        Exception: what the first piece that failed raised; the others are ended first.
    """
    found: list[T] = []
    for at in range(0, len(work), _AT_ONCE):
        found += _at_once(work[at : at + _AT_ONCE], carry_out)
    return found


class _Ended:
    """A piece of work asks no more."""


class _Asking:
    """An engine that hands its questions on and waits."""

    def __init__(self, tables: Tables, asked: SimpleQueue[_Ended | tuple[Question, Future[Aggregates]]]) -> None:
        self._tables = tables
        self._asked = asked

    def aggregate(self, plan: Plan) -> Aggregates:
        """The answer, once it is there."""
        answer: Future[Aggregates] = Future()
        self._asked.put((Question(tables=self._tables, plan=plan), answer))
        return answer.result()


def _at_once(work: Sequence[Callable[[EngineOf], T]], carry_out: CarryOut) -> list[T]:
    asked: SimpleQueue[_Ended | tuple[Question, Future[Aggregates]]] = SimpleQueue()

    def run(piece: Callable[[EngineOf], T]) -> T:
        try:
            return piece(lambda tables: _Asking(tables, asked))
        finally:
            asked.put(_Ended())

    with ThreadPoolExecutor(len(work), thread_name_prefix="asking") as threads:
        results = [threads.submit(run, piece) for piece in work]
        _served(asked, len(work), carry_out)
    return [result.result() for result in results]


def _served(
    asked: SimpleQueue[_Ended | tuple[Question, Future[Aggregates]]], working: int, carry_out: CarryOut
) -> None:
    """Answer until all work has ended. Interrupted, answer no more, so that it ends soon."""
    waiting: list[tuple[Question, Future[Aggregates]]] = []
    stopped: BaseException | None = None
    while working:
        try:
            event = asked.get()
            if isinstance(event, _Ended):
                working -= 1
            else:
                waiting.append(event)
            if waiting and (stopped is not None or len(waiting) == working):
                if stopped is not None:
                    raise stopped
                _answer(waiting, carry_out)
                waiting = []
        except BaseException as err:  # an interrupt of the person who waits
            stopped = err
            for _, future in waiting:
                future.set_exception(err)
            waiting = []
    if stopped is not None:
        raise stopped


def _answer(waiting: Sequence[tuple[Question, Future[Aggregates]]], carry_out: CarryOut) -> None:
    for (_, future), answer in zip(waiting, carry_out([question for question, _ in waiting]), strict=True):
        future.set_result(answer)
