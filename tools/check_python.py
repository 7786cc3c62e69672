"""Says what is missing when the Python at hand cannot make Meterbook's environment.

Runs before anything is installed, and on interpreters too old for the rest of the project, so it is written in
plain Python 3.6.
"""

import sys
from importlib.util import find_spec

OLDEST = (3, 11)

ADVICE = """\
  On Debian or Ubuntu:  apt install python3-venv
  Another interpreter:  make setup PYTHON=/path/to/python3.13
"""


def complaint(version, found):
    """What keeps an interpreter from making a virtual environment, or None when nothing does.

    Args:
        version: its version, at least (major, minor).
        found: tells whether a module of that name can be imported.
    """
    if tuple(version[:2]) < OLDEST:
        return f"Meterbook needs Python {OLDEST[0]}.{OLDEST[1]} or newer, and this is {version[0]}.{version[1]}."
    missing = [name for name in ("venv", "ensurepip") if not found(name)]  # Debian packs these apart
    if missing:
        return f"this Python cannot make virtual environments: it lacks {' and '.join(missing)}."
    return None


if __name__ == "__main__":
    trouble = complaint(sys.version_info, find_spec)
    if trouble:
        sys.stderr.write(f"Error: {trouble}\n  Tried: {sys.executable}\n{ADVICE}")
        sys.exit(1)
