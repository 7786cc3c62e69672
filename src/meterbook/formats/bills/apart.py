"""Reading bills in a process of its own, where a crash, a bomb or an endless loop can take nothing along.

One process reads many files; if it dies or takes too long it is ended, the file is refused by name, and the next file
gets a new one.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

import msgspec

from meterbook.formats.bills.reading import BillReading
from meterbook.formats.bills.wire import Answer, Question, unpacked
from meterbook.model.errors import MalformedRecord, ReadingEnded, Where

if TYPE_CHECKING:
    from meterbook.model.bill_template import Template

SECONDS = 30.0
"""Time for one file; a bill takes hundredths of a second."""
OCR_SECONDS = 240.0
"""Time for one file with scanned pages; a page is read up to three times, three seconds each."""
MEMORY = 1_500_000_000
"""Bytes of address space; a bill takes a tenth of it."""
MAX_BYTES = 40_000_000
"""Size of a file; a bill with pictures has a few million bytes."""


class BillReader:
    """Reads PDFs of bills apart. A context manager; without ``with``, call :meth:`close`.

    Args:
        templates: bill templates to use where one fits.
        seconds: time for one file, its scanned pages apart.
        ocr: read scanned pages; None if the extra ``ocr`` is installed.
        memory: bytes of address space of the reading process.
    """

    def __init__(
        self,
        *,
        templates: Sequence[Template] = (),
        seconds: float = SECONDS,
        memory: int = MEMORY,
        ocr: bool | None = None,
    ) -> None:
        self._templates = tuple(templates)
        self._seconds = seconds
        self._ocr = ocr
        self._memory = memory
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the reading process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()

    def read(self, data: bytes, *, name: str = "the bill") -> BillReading:
        """The bills of a PDF, as :func:`meterbook.formats.bills.read_pdf` gives them.

        Raises:
            MalformedRecord: it is no PDF, damaged, locked, or larger than a bill.
            ReadingEnded: it took too much time or memory.
        """
        where = Where(source=name)
        if len(data) > MAX_BYTES:
            raise MalformedRecord(
                f"the file has {len(data):,} bytes", where=where, expected=f"a bill of at most {MAX_BYTES:,} bytes"
            )
        reading = self._read(data, name, self._seconds)
        if reading.scanned and self._reads_pictures():
            return self._read(data, name, max(self._seconds, OCR_SECONDS), ocr=True)
        return reading

    def _reads_pictures(self) -> bool:
        if self._ocr is None:
            from meterbook.formats.bills.picture_text import ocr_available  # noqa: PLC0415 - only scans ask

            self._ocr = ocr_available()
        return self._ocr

    def _read(self, data: bytes, name: str, seconds: float, *, ocr: bool = False) -> BillReading:
        where = Where(source=name)
        try:
            answer = self._ask(data, name, seconds, ocr=ocr)
        except TimeoutError:
            self.close()
            raise ReadingEnded(f"reading took longer than {seconds:g} s", where=where, hint=_HINT) from None
        except (OSError, EOFError):
            self.close()
            raise ReadingEnded(
                "reading ended with a crash, or took more memory than a bill does", where=where, hint=_HINT
            ) from None
        if answer.error is not None:
            what, place, expected, hint = answer.error
            raise MalformedRecord(what, where=place, expected=expected, hint=hint)
        return unpacked(answer)

    def _ask(self, data: bytes, name: str, seconds: float, *, ocr: bool) -> Answer:
        process, fresh = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        question = msgspec.json.encode(Question(name=name, templates=self._templates if fresh else None, ocr=ocr))
        until = time.monotonic() + seconds
        for message in (question, data):
            process.stdin.write(len(message).to_bytes(8, "big") + message)
        process.stdin.flush()
        head = _received(process.stdout.fileno(), 8, until)
        return msgspec.json.decode(_received(process.stdout.fileno(), int.from_bytes(head, "big"), until), type=Answer)

    def _running(self) -> tuple[subprocess.Popen[bytes], bool]:
        if self._process is not None and self._process.poll() is None:
            return self._process, False
        self.close()
        # A thread pool's stacks would count against the limit of memory; one thread reads.
        quiet = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", "meterbook.formats.bills.worker", str(self._memory)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=quiet,
        )  # fmt: skip
        return self._process, True


_HINT = "The file is kept out; nothing else was harmed. Ask the utility for the bill again."
_LONGEST_ANSWER = 20_000_000


def _received(descriptor: int, length: int, until: float) -> bytes:
    """So many bytes from a pipe.

    Raises:
        TimeoutError: they did not come in time.
        EOFError: the other side ended.
    """
    if length > _LONGEST_ANSWER:
        raise EOFError
    pieces: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while length:
            if not selector.select(max(until - time.monotonic(), 0)):
                raise TimeoutError
            piece = os.read(descriptor, length)
            if not piece:
                raise EOFError
            pieces.append(piece)
            length -= len(piece)
    return b"".join(pieces)
