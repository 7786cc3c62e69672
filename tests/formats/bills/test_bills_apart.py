"""Bad files: each gets a clear answer, in bounded time and memory, and the asking process and the next file go on."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest
from drawn_bills import draw, invented
from drawn_pdf import Drawing, written

from meterbook.formats.bills import BillReading, read_pdf
from meterbook.formats.bills.apart import MAX_BYTES, BillReader
from meterbook.model.errors import MalformedRecord

PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


@pytest.fixture(scope="module")
def reader() -> Iterator[BillReader]:
    with BillReader(seconds=20) as one:
        yield one


def test_a_bill_read_apart_is_the_bill_read_here(reader: BillReader) -> None:
    for seed in (1, 2, 3):
        random = Random(seed)
        pdf = draw(invented(random), random)
        assert reader.read(pdf, name="a.pdf") == read_pdf(pdf, name="a.pdf")


def test_a_locked_file_asks_for_one_without_a_password(reader: BillReader) -> None:
    with pytest.raises(MalformedRecord, match="locked with a password") as refused:
        reader.read(locked(), name="locked.pdf")
    assert "without a password" in (refused.value.hint or "")
    assert "locked.pdf" in str(refused.value)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_a_file_cut_short_is_refused_or_read_without_a_wrong_value(reader: BillReader, share: float) -> None:
    random = Random(5)
    bill = invented(random)
    pdf = draw(bill, random)
    reading = read_or_refused(reader, pdf[: int(len(pdf) * share)], "cut.pdf")
    assert reading is None or not reading.accepted or reading.statements[0].fields["amount_due"] == bill.due


def test_what_is_no_pdf_is_told_so(reader: BillReader) -> None:
    for data in (b"", b"Account,Amount\n1,2\n", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7\n"):
        with pytest.raises(MalformedRecord, match="PDF"):
            reader.read(data, name="x.pdf")


def test_a_book_of_300_pages_is_no_bill(reader: BillReader) -> None:
    sheet = Drawing()
    for number in range(299):
        sheet.text(36, 40, f"Page {number}")
        sheet.page()
    with pytest.raises(MalformedRecord, match="300 pages"):
        reader.read(sheet.pdf(), name="book.pdf")


def test_a_file_larger_than_a_bill_is_not_even_opened(reader: BillReader) -> None:
    with pytest.raises(MalformedRecord, match="bytes"):
        reader.read(b"%PDF-1.7\n" + bytes(MAX_BYTES), name="large.pdf")


def test_a_script_in_the_file_is_not_run_and_changes_nothing(reader: BillReader) -> None:
    sheet = Drawing()
    sheet.text(36, 40, "Amount Due: $12.00")
    reading = reader.read(sheet.pdf(script="app.alert(1); while(true) {}"), name="script.pdf")
    assert not reading.accepted
    assert reading.reasons


def test_a_bomb_ends_with_an_answer_and_the_next_file_is_read() -> None:
    random = Random(8)
    good = draw(invented(random), random)
    with BillReader(seconds=20, memory=700_000_000) as reader:
        reading = read_or_refused(reader, bomb(), "bomb.pdf")
        assert reading is None or not reading.accepted
        assert reader.read(good, name="good.pdf").accepted


def test_a_page_of_endless_text_is_no_page_of_a_bill(reader: BillReader) -> None:
    sheet = Drawing()
    for row in range(780):
        sheet.text(0, row + 6, " ".join(str(row * 1000 + place) for place in range(40)), 1)
    with pytest.raises(MalformedRecord, match="characters"):
        reader.read(sheet.pdf(), name="dense.pdf")


def test_a_process_that_died_is_replaced_by_another() -> None:
    random = Random(9)
    good = draw(invented(random), random)
    with BillReader() as reader:
        first = reader.read(good, name="good.pdf")
        assert reader._process is not None
        reader._process.kill()
        reader._process.wait()
        assert reader.read(good, name="good.pdf") == first


def test_a_file_that_takes_too_long_is_given_up() -> None:
    random = Random(9)
    good = draw(invented(random), random)
    with BillReader(seconds=0.0) as reader, pytest.raises(MalformedRecord, match="longer than 0 s"):
        reader.read(good, name="slow.pdf")


def test_too_little_memory_is_a_refusal_and_no_crash_of_ours() -> None:
    with BillReader(memory=60_000_000) as reader, pytest.raises(MalformedRecord, match="memory"):
        reader.read(b"%PDF-1.7\n" + bytes(30_000_000), name="poor.pdf")


def read_or_refused(reader: BillReader, data: bytes, name: str) -> BillReading | None:
    """The reading, or None for a refusal that names the file."""
    with suppress_malformed(name):
        return reader.read(data, name=name)
    return None


@contextmanager
def suppress_malformed(name: str) -> Iterator[None]:
    try:
        yield
    except MalformedRecord as error:
        if name not in str(error):
            raise


def locked() -> bytes:
    """A file whose owner set a password."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [5 0 R] /Count 1 >>", FONT,
        b"<< /Length 3 >>\nstream\nabc\nendstream", PAGE,
        b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%b> /U <%b> >>" % (b"41" * 32, b"42" * 32),
    ]  # fmt: skip
    return written(
        objects, b"/Encrypt 6 0 R /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]"
    )


def bomb() -> bytes:
    """A page whose content unpacks, twice packed, to 400 million bytes."""
    packer = zlib.compressobj(9)
    piece = b"BT /F1 9 Tf (x) Tj ET\n" * 50_000
    packed = b"".join(packer.compress(piece) for _ in range(360)) + packer.flush()
    packed = zlib.compress(packed, 9)
    stream = b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%b\nendstream" % (len(packed), packed)
    return written(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [5 0 R] /Count 1 >>", FONT, stream, PAGE]
    )
