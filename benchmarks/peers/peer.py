"""What a peer is to this benchmark: something that takes readings and answers some of the questions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from benchmarks._questions import Answer


class Peer(Protocol):
    """A server that answers, with a method for each question it can answer: ``series``, ``months``, ``hours``,
    ``peaks``, ``split``, ``gaps``; each takes :class:`~benchmarks._questions.Asked` and gives rows as text or numbers,
    which :meth:`answer` brings to the form that is compared."""

    name: str
    remark: str

    def load(self, tables: Iterator[pa.Table]) -> float:
        """Store readings (columns of the evidence's layout) as quickly as the server takes them.

        Returns:
            Seconds that the server took; making its input from columns is not counted.
        """
        ...

    def size(self) -> int:
        """Bytes on disk, once it has put what it holds in order."""
        ...

    def answer(self, question: str, result: object) -> Answer:
        """What a question gave, in the form that is compared."""
        ...


class Kind(Protocol):
    """How a peer is started."""

    def __call__(self, folder: Path, programs: tuple[Path, ...]) -> AbstractContextManager[Peer]:
        """Start it in an empty folder."""
        ...
