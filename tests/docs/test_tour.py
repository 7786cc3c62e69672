"""The README's tour, as a newcomer would walk it: every command that it shows is run as it stands."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"
SERVE = "meterbook practice serve"


def commands() -> list[str]:
    """What follows a dollar sign, without the ones that set a checkout up."""
    text = README.read_text(encoding="utf-8")
    found = [line.removeprefix("$ ") for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL)
             for line in block.splitlines() if line.startswith("$ ")]  # fmt: skip
    return [line for line in found if not line.startswith("make ")]


def python_examples() -> list[str]:
    return re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the practice co-op did not start")


def test_every_command_of_the_tour_does_what_it_says(tmp_path: Path) -> None:
    shown = commands()
    assert len(shown) >= 12
    port = str(free_port())
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    entry = bin_folder / "meterbook"
    entry.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m meterbook "$@"\n')
    entry.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{bin_folder}:{os.environ['PATH']}",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    environment.pop("METERBOOK_BOOK", None)
    environment.pop("METERBOOK_VAULT_KEY", None)
    (serve,) = [line for line in shown if line.startswith(SERVE)]
    server = subprocess.Popen(serve.replace("8765", port).split(), env=environment, stdout=subprocess.DEVNULL)
    try:
        wait_for(int(port))
        script = "\n".join(line.replace("8765", port) for line in shown if line != serve)
        done = subprocess.run(
            ["bash", "-e", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "✗" not in done.stdout
        for example in python_examples():
            ran = subprocess.run(
                [sys.executable, "-c", example],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert ran.returncode == 0, ran.stderr
    finally:
        server.terminate()
        server.wait()
    csv = (tmp_path / "usage.csv").read_text(encoding="utf-8").splitlines()
    assert csv[0] == "start,end,account,service_location,meter,flow,unit,value,quality"
    assert len(csv) > 100_000
