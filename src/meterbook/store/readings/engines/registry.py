"""The engines by name, and how one is chosen: by the caller, else by the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from meterbook.model.errors import UsageError
from meterbook.store.readings.engines.question import Question
from meterbook.store.readings.query.engine import LocalEngine
from meterbook.store.readings.query.plan import Aggregates
from meterbook.store.readings.steady import steadily

ENGINE_VARIABLE, RAY_VARIABLE = "METERBOOK_ENGINE", "METERBOOK_RAY"

CarryOut = Callable[[Sequence[Question]], list[Aggregates]]
"""Answers any number of questions, of any number of lakes."""


class EngineName(StrEnum):
    """What can carry out plans."""

    LOCAL = "local"
    """This process, with the rollups that lie beside large files."""
    DAFT = "daft"
    """Daft, in this process or on a Ray cluster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineChoice:
    """Which engine.

    Attributes:
        name: which.
        ray: with :attr:`EngineName.DAFT` the address of a Ray cluster, or ``here`` to start one on this machine; None
            to work in this process.
    """

    name: EngineName = EngineName.LOCAL
    ray: str | None = None


def chosen(env: Mapping[str, str], *, engine: str | None = None, ray: str | None = None) -> EngineChoice:
    """The engine that was named, else the one that the environment names, else the local one.

    Args:
        env: ``METERBOOK_ENGINE`` and ``METERBOOK_RAY`` are looked up.
        engine: ``local`` or ``daft``; a Ray cluster implies ``daft``.
        ray: address of a Ray cluster, or ``here``.

    Raises:
        UsageError: there is no engine of that name, or the local one is to use a cluster.

    >>> chosen({"METERBOOK_ENGINE": "daft", "METERBOOK_RAY": "auto"}).ray
    'auto'
    """
    if engine is None and ray is None:
        engine, ray = env.get(ENGINE_VARIABLE) or None, env.get(RAY_VARIABLE) or None
    elif ray is None and engine is not None and engine.strip().lower() == EngineName.DAFT:
        ray = env.get(RAY_VARIABLE) or None
    name = _name(engine) if engine is not None else EngineName.DAFT if ray is not None else EngineName.LOCAL
    if name is EngineName.LOCAL and ray is not None:
        raise UsageError(
            "the local engine works in this process, not on a Ray cluster", where="--ray", expected="--engine daft"
        )
    return EngineChoice(name=name, ray=ray)


def carrier(choice: EngineChoice) -> CarryOut:
    """What carries out questions, ready to work.

    Raises:
        UsageError: the engine is not installed.
        StoreError: no Ray cluster answers.
    """
    if choice.name is EngineName.LOCAL:
        return locally
    from meterbook.store.readings.engines.daft_runner import start  # noqa: PLC0415 - an extra, and slow to import

    runner = start(choice.ray)
    from meterbook.store.readings.engines.daft_engine import aggregate_each  # noqa: PLC0415 - slow to load

    return lambda questions: aggregate_each(questions, runner)


def locally(questions: Sequence[Question]) -> list[Aggregates]:
    """The answers of the local engine, one question after the other."""
    return [_locally(question) for question in questions]


def _locally(question: Question) -> Aggregates:
    tables = question.tables
    engine = LocalEngine(tables.readings, tables.revisions, tables.classes)
    return steadily(lambda: engine.aggregate(question.plan), [tables.readings, tables.revisions])


def _name(text: str) -> EngineName:
    try:
        return EngineName(text.strip().lower())
    except ValueError:
        known = ", ".join(EngineName)
        raise UsageError(f"there is no engine {text!r}", where="--engine", expected=f"one of {known}") from None
