"""Numbers that look like chance and depend on a seed alone, the same on every machine and in every version.

SplitMix64: Steele, Lea and Flood, Fast splittable pseudorandom number generators, 2014.
"""

import numpy as np
import numpy.typing as npt

from recommender.placement.problem import Floats


def uniform(count: int, seed: int) -> Floats:
    """``count`` numbers in 0 … 1 (1 excluded)."""
    return (_bits(count, seed) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _bits(count: int, seed: int) -> npt.NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        value = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        value += np.uint64(seed % (1 << 63)) * np.uint64(0xD1B54A32D192ED03)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return value ^ (value >> np.uint64(31))
