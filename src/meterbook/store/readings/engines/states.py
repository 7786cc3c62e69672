"""Partial answers as bytes: all that crosses from one worker to another, so they are kept small.

The columns of a :class:`~meterbook.store.readings.query.partial.Partial` are 64-bit integers that are mostly small or
rise evenly. Codes become differences, bytes of equal weight lie together, and the whole is compressed: a month of a
co-op's quarter hours takes 9 KB instead of 71. A failure travels the same way, since it is to be raised where the
question was asked and not inside of a worker.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from meterbook.model.errors import StoreError
from meterbook.store.readings.query.partial import Partial, empty, united
from meterbook.store.readings.values import Int64

_HEAD = struct.Struct("<cBbQ")
_PARTIAL, _FAILED = b"P", b"F"
_EXTREMES = ("max", "min", "max_at")


def packed(partial: Partial) -> bytes:
    """A partial answer as bytes; codes are increasing."""
    if not len(partial):
        return _HEAD.pack(_PARTIAL, 0, partial.scale, 0)
    extremes = [getattr(partial, name) for name in _EXTREMES]
    flags = sum(1 << place for place, column in enumerate(extremes) if column is not None)
    code = np.diff(partial.code, prepend=0)
    columns = np.stack([code, partial.sum, partial.count, *(one for one in extremes if one is not None)])
    split = np.ascontiguousarray(columns.view(np.uint8).reshape(len(columns), len(partial), 8).transpose(0, 2, 1))
    body: bytes = pa.compress(split.tobytes(), codec="zstd", asbytes=True)
    return _HEAD.pack(_PARTIAL, flags, partial.scale, len(partial)) + body


def unpacked(state: bytes) -> Partial:
    """The partial answer of :func:`packed`.

    Raises:
        StoreError: the state is a failure.
    """
    kind, flags, scale, count = _HEAD.unpack_from(state)
    if kind == _FAILED:
        raise StoreError(**json.loads(state[_HEAD.size :]))
    if not count:
        return empty()
    names = [name for place, name in enumerate(_EXTREMES) if flags >> place & 1]
    size = (3 + len(names)) * count * 8
    body = pa.decompress(state[_HEAD.size :], size, codec="zstd", asbytes=True)
    split = np.frombuffer(body, np.uint8).reshape(3 + len(names), 8, count)
    columns: Int64 = np.ascontiguousarray(split.transpose(0, 2, 1)).view(np.int64).reshape(3 + len(names), count)
    return Partial(
        code=np.cumsum(columns[0]),
        sum=columns[1],
        count=columns[2],
        scale=scale,
        **dict(zip(names, columns[3:], strict=True)),
    )


def failed(error: StoreError) -> bytes:
    """A failure as a state."""
    told = {"what": error.what, "expected": error.expected, "hint": error.hint}
    return _HEAD.pack(_FAILED, 0, 0, 0) + json.dumps(told).encode()


def combined(states: Sequence[bytes]) -> bytes:
    """Several states as one."""
    if len(states) == 1:
        return states[0]
    try:
        return packed(united([unpacked(state) for state in states]))
    except StoreError as error:
        return failed(error)
