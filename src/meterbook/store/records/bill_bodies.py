"""Statements as the text that is kept, and back. What a statement does not say is left out, so that a field which a
later version learns to tell makes no new version of bills that do not tell it."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import UTC
from typing import Any

import msgspec

from meterbook.model.statement import Statement

_INSTANTS = ("issued", "read_start", "read_end")


def encoded(statement: Statement) -> tuple[str, str]:
    """Text of a statement, and the digest of it."""
    body = msgspec.json.encode(_told(msgspec.to_builtins(in_utc(statement))), order="sorted")
    return body.decode(), hashlib.sha256(body).hexdigest()


def decoded(body: str) -> Statement:
    """The statement of a text."""
    return msgspec.json.decode(body, type=Statement)


def in_utc(item: Statement) -> Statement:
    """The statement with its instants in UTC: the same bill read in another zone is no other version."""
    instants = {name: getattr(item, name) for name in _INSTANTS}
    return dataclasses.replace(item, **{name: at and at.astimezone(UTC) for name, at in instants.items()})


def _told(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _told(one) for name, one in value.items() if one is not None and one is not False and one != ()}
    return [_told(one) for one in value] if isinstance(value, list | tuple) else value
