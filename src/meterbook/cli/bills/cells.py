"""Text in columns of a terminal: what is printed on bills may be long, wide, or not meant for a screen."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len, set_cell_size


def shown(text: str) -> str:
    """Text on one line without anything that moves the cursor: what stands on a bill is not ours.

    >>> shown(" Energy\\x1b[2J\\n charge ")
    'Energy [2J charge'
    """
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def left(text: str, width: int) -> str:
    """Text at the left of a column, cut with an ellipsis if it is too long.

    >>> left("Energy", 8), left("Energy charge", 8)
    ('Energy  ', 'Energy …')
    """
    if cell_len(text) > width:
        return set_cell_size(text, max(0, width - 1)) + "…" if width else ""
    return text + " " * (width - cell_len(text))


def right(text: str, width: int) -> str:
    """Text at the right of a column; never cut, for it is a number."""
    return " " * (width - cell_len(text)) + text


def wrapped(text: str, width: int) -> Iterator[str]:
    """The lines of a text that is broken between words, and within a word that is longer than a line.

    >>> list(wrapped("Energy charge of the summer", 13))
    ['Energy charge', 'of the summer']
    """
    line = ""
    for word in text.split():
        rest = word
        while cell_len(rest) > width:
            if line:
                yield line
                line = ""
            head = set_cell_size(rest, width).rstrip() or rest[:1]
            yield head
            rest = rest[len(head) :]
        if line and cell_len(line) + 1 + cell_len(rest) > width:
            yield line
            line = rest
        else:
            line = f"{line} {rest}" if line and rest else line or rest
    if line:
        yield line


def ends(start: str, end: str, width: int) -> Iterator[str]:
    """Two texts at the ends of a line, or on two lines where one has no room for both."""
    start = start if cell_len(start) <= width else left(start, width)
    if not end:
        yield start
    elif cell_len(start) + 2 + cell_len(end) <= width:
        yield start + right(end, width - cell_len(start))
    else:
        yield start
        yield right(left(end, min(width, cell_len(end))), width)
