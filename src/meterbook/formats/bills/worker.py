"""The process that reads bills: limits itself, then answers questions from its standard input until that ends.

Each message is a length of eight bytes and as many bytes. Started by :mod:`meterbook.formats.bills.apart`.
"""

from __future__ import annotations

import os
import resource
import sys
from typing import BinaryIO

import msgspec

from meterbook.formats.bills.read import read_pdf
from meterbook.formats.bills.wire import Answer, Question, packed
from meterbook.model.errors import MeterbookError


def main() -> None:
    """Answer until standard input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not stand between the answers
    _limit(int(sys.argv[1]))
    questions = sys.stdin.buffer
    question: Question | None = None
    while (asked := take(questions)) is not None:
        data = take(questions) or b""
        later = msgspec.json.decode(asked, type=Question)
        if later.templates is None and question is not None:
            later = msgspec.structs.replace(later, templates=question.templates)
        question = later
        give(answers, _answer(question, data))


def take(stream: BinaryIO) -> bytes | None:
    """The next message; None at the end."""
    head = stream.read(8)
    return stream.read(int.from_bytes(head, "big")) if len(head) == 8 else None


def give(stream: BinaryIO, message: bytes) -> None:
    """Send a message."""
    stream.write(len(message).to_bytes(8, "big") + message)
    stream.flush()


def _answer(question: Question, data: bytes) -> bytes:
    try:
        return packed(read_pdf(data, templates=question.templates or (), name=question.name, ocr=question.ocr))
    except MeterbookError as error:
        told = (error.what, str(error.where or question.name), error.expected, error.hint)
        return msgspec.json.encode(Answer(error=told))


def _limit(memory: int) -> None:
    """No more memory than this, no files written, no core left behind."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
