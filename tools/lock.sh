#!/bin/sh
# Writes the locks anew, for every supported Python and platform at once: hashes for each file, a wheel for each
# package, and no registry's address, so that a mirror can stand in. `UPGRADE=1` takes the newest versions allowed.
set -eu
cd "$(dirname "$0")/.."
export UV_PYTHON_DOWNLOADS=never

lock() {
    out=$1
    shift
    .venv/bin/uv pip compile "$@" ${UPGRADE:+--upgrade} --quiet --universal --python-version 3.11 --generate-hashes \
        --only-binary :all: --no-emit-index-url --no-emit-find-links --no-header --no-annotate --output-file "requirements/$out"
}

lock uv.txt requirements/uv.in
lock dev.txt pyproject.toml --group dev
lock run.txt pyproject.toml --constraints requirements/dev.txt
