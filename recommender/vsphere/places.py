"""Which data centre an object lies in, found by walking up from parent to parent."""

from collections.abc import Iterable

from recommender.vsphere.facts import Facts, moid_of


class Places:
    """The tree of one vCenter above its hosts, datastores and networks."""

    def __init__(self, datacenters: Iterable[Facts], between: Iterable[Facts]) -> None:
        self._names = {datacenter.moid: datacenter.name for datacenter in datacenters}
        self._parents = {facts.moid: moid_of(parent) for facts in between if (parent := facts.get("parent"))}

    def datacenter_of(self, facts: Facts) -> str:
        """The name of the data centre; raises ``InventoryIncomplete`` if the way up cannot be read."""
        place = moid_of(facts.need("parent"))
        for _ in range(len(self._parents) + 1):
            if place in self._names:
                return self._names[place]
            if place not in self._parents:
                break
            place = self._parents[place]
        raise facts.incomplete("parent (up to its data centre)")
