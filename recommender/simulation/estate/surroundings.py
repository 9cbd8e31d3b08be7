"""What the generated clusters of one vCenter share: addresses, names, a datastore and networks."""

from collections import Counter
from itertools import count
from typing import Final

from recommender.inventory.datastore import Datastore
from recommender.inventory.network import Network
from recommender.inventory.reference import EntityRef

DATACENTER: Final = "dc-east"


class Surroundings:
    """Hands out references and counts VM names by role; no reference is handed out twice."""

    def __init__(self, vcenter: str) -> None:
        self.vm_numbers: Counter[str] = Counter()
        self._vcenter = vcenter
        self._moids = count(1001)
        self.datastore = self.new_datastore("san-shared-01")
        self.production = Network(ref=self.address("network"), name="production", datacenter=DATACENTER)
        self.dmz = Network(ref=self.address("network"), name="dmz", datacenter=DATACENTER)

    def address(self, kind: str) -> EntityRef:
        """A new reference such as ``host-12``."""
        return EntityRef(self._vcenter, f"{kind}-{next(self._moids)}")

    def new_datastore(self, name: str) -> Datastore:
        """A datastore whose size is settled when all VMs are there."""
        return Datastore(ref=self.address("datastore"), name=name, datacenter=DATACENTER, capacity_mib=0, free_mib=0)
