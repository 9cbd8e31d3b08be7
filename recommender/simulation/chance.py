"""Chance that depends on a seed and a name only, never on the order in which it is asked."""

from zlib import crc32

import numpy as np


def chance(seed: int, *names: str) -> np.random.Generator:
    """A generator of its own for what ``names`` describe: the same for the same seed and names."""
    return np.random.default_rng([seed, *(crc32(name.encode()) for name in names)])
