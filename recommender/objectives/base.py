"""What every cost term consists of: its cost of an answer, and the same told to the solver.

The two are written independently of each other, and a test holds them equal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine

FloatVector = npt.NDArray[np.float64]
FloatMatrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCurve:
    """Cost of one host's use u of a resource: ``quadratic``·u² + ``slope``·max(0, u − ``line``), convex."""

    quadratic: float = 0.0
    slope: float = 0.0
    line: float = 1.0


class CostModel(Protocol):
    """What a term may say to the solver; indexes are positions in ``vms`` and ``hosts``."""

    @property
    def vms(self) -> Sequence[VirtualMachine]: ...

    @property
    def hosts(self) -> Sequence[Host]: ...

    def on_use(self, resource: str, curve: UseCurve) -> None:
        """Every host's use of ``resource`` (``cpu`` or ``memory``) costs this, times the host's share of capacity."""

    def on_use_above(self, resource: str, slope: float, lines: FloatVector) -> None:
        """A host's use above its own line costs ``slope`` times that, times the host's share of capacity."""

    def on_pair(self, costs: FloatMatrix, first: int = 0) -> None:
        """Placing VM ``first`` + i on host j costs ``costs[i, j]``; other VMs cost nothing."""

    def on_space(self, datastore: EntityRef, slope: float, line_mib: float) -> None:
        """Each MiB used of a datastore above the line costs ``slope``; at most once for a datastore."""


class CostTerm(Protocol):
    """One term of the objective, in objective units; it depends on the start only where moving itself costs."""

    @property
    def name(self) -> str: ...

    def cost(self, start: Inventory, end: Inventory) -> float:
        """The cost of going from ``start`` to ``end`` and staying there."""

    def post(self, start: Inventory, model: CostModel) -> None:
        """Tell the solver the same."""
