#!/bin/sh
# Makes .venv from the lock: pip brings uv (checked by hash), uv brings everything else (checked by hash), and the
# project itself is installed editable. No compiler is needed, and no interpreter is ever downloaded.
set -eu
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
if ! command -v "$python" >/dev/null 2>&1; then
    echo "Error: no '$python' was found. Meterbook needs Python 3.11 or newer." >&2
    echo "  On Debian or Ubuntu:  apt install python3 python3-venv" >&2
    exit 1
fi

# An environment that cannot start, lost its pip, or was moved here from another folder is made afresh.
if ! grep -qsF "$PWD/.venv" .venv/pyvenv.cfg || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    "$python" tools/check_python.py
    echo "Making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
fi
rm -f .venv/.ready

.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
    --require-hashes --only-binary :all: -r requirements/uv.txt

# A mirror or a certificate that pip was told about serves uv as well.
mirror=${PIP_INDEX_URL:-$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)}
if [ -n "$mirror" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$mirror}"; fi
if [ -n "${PIP_CERT:-}" ]; then export SSL_CERT_FILE="${SSL_CERT_FILE:-$PIP_CERT}"; fi
export UV_PYTHON_DOWNLOADS=never

echo "Installing the locked packages (some 380 MB to fetch the first time)"
# With their bytecode, so that the first command is as quick as the tenth, also where Python may not write it itself.
.venv/bin/uv pip sync --quiet --compile-bytecode --python .venv/bin/python \
    --require-hashes --only-binary :all: requirements/uv.txt requirements/dev.txt
.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --offline --editable .
touch .venv/.ready
echo "Ready: .venv/bin/meterbook"
