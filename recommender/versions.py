"""What an answer was made with: the same versions on the same kind of processor give the same answer."""

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from recommender import __version__


@cache
def versions() -> dict[str, str]:
    """Ours, the solver's, numpy's, Python's, and the kind of processor."""
    return {
        "recommender": __version__,
        "ortools": _version("ortools"),
        "numpy": _version("numpy"),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
