"""What a VM's memory really does while it is copied: facts that no vSphere API tells."""

from dataclasses import dataclass
from math import exp
from typing import Final

import numpy as np

from recommender.inventory.virtual_machine import VirtualMachine
from recommender.simulation.chance import chance

SLOWED_TO: Final = 0.8  # Stun During Page Send slows a guest that writes faster than this share of the send rate
WRITES_PER_ACTIVE: Final = 0.012  # 1/s: a guest with 4 GiB active writes about 50 MiB/s
DEFAULT_ACTIVE_SHARE: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class PageClass:
    """Pages written alike: ``size_mib`` of them, ``written_mib_s`` in all, spread evenly."""

    size_mib: float
    written_mib_s: float

    def changed_mib(self, seconds: float) -> float:
        """Distinct memory written within ``seconds``: it saturates at the size of the class."""
        if self.size_mib <= 0:
            return 0.0
        return self.size_mib * (1.0 - exp(-self.written_mib_s * seconds / self.size_mib))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueMemory:
    """``resident_mib`` have to be sent; few hot pages take most writes, many warm pages the rest.

    Two classes after Kherbache et al., *mVM* (UCC 2015): the product predicts with one.
    """

    resident_mib: float
    hot: PageClass
    warm: PageClass

    def changed_mib(self, seconds: float, sent_mib_s: float) -> float:
        """Memory to send again after a round of ``seconds``, the guest slowed where it outruns the link."""
        written = self.hot.written_mib_s + self.warm.written_mib_s
        allowed = SLOWED_TO * sent_mib_s
        pace = 1.0 if written <= allowed else allowed / written
        changed = self.hot.changed_mib(seconds * pace) + self.warm.changed_mib(seconds * pace)
        return min(self.resident_mib, changed)


def true_memory(vm: VirtualMachine, seed: int) -> TrueMemory:
    """The hidden truth of a running VM: near what its load suggests, off by what such guesses are off in life.

    The working set differs from the active memory by about a quarter, the dirty rate by a factor of two
    (one standard deviation), unless the inventory tells the dirty rate: then by a tenth.
    """
    draw = chance(seed, "memory", vm.instance_uuid)
    consumed = vm.load.memory_consumed_mib if vm.load.memory_consumed_mib is not None else vm.memory_mib
    active = vm.load.memory_active_mib
    if active is None:
        active = round(vm.memory_mib * DEFAULT_ACTIVE_SHARE)
    resident = consumed * draw.uniform(0.9, 1.0)
    working_set = min(resident, active * _factor(draw, 0.25))
    told = vm.load.dirty_mib_s
    dirty = active * WRITES_PER_ACTIVE * _factor(draw, 0.7) if told is None else told * _factor(draw, 0.1)
    hot_share = draw.uniform(0.1, 0.3)
    return TrueMemory(
        resident_mib=resident,
        hot=PageClass(size_mib=working_set * hot_share, written_mib_s=dirty * 0.75),
        warm=PageClass(size_mib=working_set * (1 - hot_share), written_mib_s=dirty * 0.25),
    )


def _factor(draw: np.random.Generator, spread: float) -> float:
    return float(draw.lognormal(0.0, spread))
