"""How few bytes a coder needs that knows how often each value comes in a meter's month, and nothing of their order."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
import pyarrow as pa


@dataclass(slots=True, kw_only=True)
class Entropy:
    """Order-0 entropy per meter and month, the small samples' bias corrected (Miller and Madow)."""

    bits: float = 0.0
    readings: int = 0
    meters: int = 0

    def add(self, chunk: pa.Table) -> None:
        """Take in readings of whole meter-months, sorted by channel."""
        channel, value = chunk["channel_id"].to_numpy(), chunk["value"].to_numpy()
        edges = [0, *(np.flatnonzero(np.diff(channel)) + 1).tolist(), len(channel)]
        step = max(1, (len(edges) - 1) // 64)
        for number in range(0, len(edges) - 1, step):
            self._meter(value[edges[number] : edges[number + 1]])

    @property
    def bytes_each(self) -> float:
        """Bytes a reading."""
        return self.bits / 8 / self.readings

    def _meter(self, value: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
        _, count = np.unique(value, return_counts=True)
        share = count / len(value)
        bits = float(-(share * np.log2(share)).sum()) + (len(count) - 1) / (2 * len(value) * log(2))
        self.bits += bits * len(value)
        self.readings += len(value)
        self.meters += 1
