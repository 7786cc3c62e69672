"""A picture of real terminal output: run a command in a terminal of 80 columns and draw what it printed, as SVG.

    python tools/terminal_picture.py docs/images/usage.svg "meterbook usage --by month" -- COMMAND ARGUMENT…

The words after ``--`` are run; the title is what the picture says was typed.
"""

from __future__ import annotations

import argparse
import os
import pty
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 80


def main() -> None:
    """Run and draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path)
    parser.add_argument("title")
    parser.add_argument("command", nargs="+")
    wanted = parser.parse_args()
    printed = _run(wanted.command)
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115, PTH123
    console.print(Text(f"$ {wanted.title}", style="bold"))
    console.print(Text.from_ansi(_settled(printed)))
    wanted.picture.parent.mkdir(parents=True, exist_ok=True)
    svg = console.export_svg(title="meterbook")
    # The export names a web font; a page that shows the picture must not fetch anything.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    wanted.picture.write_text(svg, encoding="utf-8")


def _run(command: list[str]) -> str:
    chunks: list[bytes] = []

    def read(descriptor: int) -> bytes:
        data = os.read(descriptor, 65_536)
        chunks.append(data)
        return data

    os.environ |= {"COLUMNS": str(COLUMNS), "LINES": "40", "TERM": "xterm-256color"}
    quiet = os.dup(1)
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device, not a path
        os.dup2(nowhere.fileno(), 1)
        status = pty.spawn(command, read)
    os.dup2(quiet, 1)
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"{command[0]} did not end well")
    return b"".join(chunks).decode()


def _settled(printed: str) -> str:
    """What is left on the screen: lines redrawn in place only as they stood at the end."""
    lines: list[str] = [""]
    row = 0
    for part in re.split(r"(\x1b\[\d*[AKJ]|\x1b\[\?25[lh]|\r\n|\n|\r)", printed):
        if match := re.fullmatch(r"\x1b\[(\d*)A", part):
            row = max(0, row - int(match.group(1) or 1))
        elif re.fullmatch(r"\x1b\[2?K", part):
            lines[row] = ""
        elif part in ("\r\n", "\n"):
            row += 1
            if row == len(lines):
                lines.append("")
        elif part == "\r":
            lines[row] = ""  # what follows is written over it
        elif part and not part.startswith("\x1b[?"):
            lines[row] += part
    return "\n".join(line.rstrip() for line in lines).rstrip()


if __name__ == "__main__":
    main()
