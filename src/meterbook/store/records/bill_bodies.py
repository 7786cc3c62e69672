"""Statements as the text that is kept, and back. What a statement does not say is left out, so that a field which a
later version learns to tell makes no new version of bills that do not tell it."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import UTC
from typing import Any

import msgspec

from meterbook.model.statement import LineItem, MeterUsage, PrepaidDay, Statement

_INSTANTS = ("issued", "read_start", "read_end")
_FIELDS = {
    kind: tuple(field.name for field in dataclasses.fields(kind))
    for kind in (Statement, LineItem, MeterUsage, PrepaidDay)
}
_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER = msgspec.json.Decoder(Statement)


def encoded(statement: Statement) -> tuple[str, str]:
    """Text of a statement, and the digest of it."""
    body = _ENCODER.encode(_told(in_utc(statement)))
    return body.decode(), hashlib.sha256(body).hexdigest()


def decoded(body: str) -> Statement:
    """The statement of a text."""
    return _DECODER.decode(body)


def in_utc(item: Statement) -> Statement:
    """The statement with its instants in UTC: the same bill read in another zone is no other version."""
    instants = {name: getattr(item, name) for name in _INSTANTS}
    moved = {name: at.astimezone(UTC) for name, at in instants.items() if at is not None and at.tzinfo is not UTC}
    return dataclasses.replace(item, **moved) if moved else item


def _told(value: Any) -> dict[str, Any]:
    """The fields of a statement, or of a part of one, that say something."""
    found = {}
    for name in _FIELDS[type(value)]:
        part = getattr(value, name)
        if part is None or part is False or part == ():
            continue
        if type(part) is tuple and type(part[0]) in _FIELDS:
            part = [_told(one) for one in part]
        found[name] = part
    return found
