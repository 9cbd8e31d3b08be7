"""The inputs of a prediction as they are shown: each with its value and where it came from."""

from collections.abc import Mapping, Sequence
from typing import Final

from recommender.inventory.load import LearntWay, VmLoad
from recommender.migration.bandwidth import LEAST_LINK_MBIT_S, Route
from recommender.migration.estimate import EstimateInput
from recommender.migration.storage_copy import DATASTORE_MIB_S, DiskCopy
from recommender.migration.vm_inputs import MemoryInputs

LEARNT_FACTOR: Final = "learnt factor"
LEARNT_OVERHEAD: Final = "learnt overhead"
LEARNT_SLOWNESS: Final = "learnt slowness"


def stated_memory(memory: MemoryInputs) -> tuple[EstimateInput, ...]:
    """Memory to send first, working set and dirty rate."""
    return (
        EstimateInput(name="memory", value=memory.memory_mib, unit="MiB", origin=memory.memory_origin),
        EstimateInput(name="working set", value=memory.working_set_mib, unit="MiB", origin=memory.working_set_origin),
        EstimateInput(name="dirty rate", value=memory.dirty_mib_s, unit="MiB/s", origin=memory.dirty_origin),
    )


def stated_route(way: Route, usable_line_rate: float) -> tuple[EstimateInput, ...]:
    """Bandwidth, with what limits it, and round-trip time."""
    limit = f"{way.limit}; {usable_line_rate:.0%} of a link's rate are usable"
    if way.speed_is_assumed:
        limit += f"; assumed: {LEAST_LINK_MBIT_S} Mbit/s, vSphere's minimum, where a link's speed is unknown"
    rtt = "assumed: nobody told what lies between the sites" if way.rtt_is_assumed else "the inventory's sites"
    if way.rtt_is_measured:
        rtt = "approximated: what connects to hosts of both sites took"
    return (
        EstimateInput(name="bandwidth", value=way.mib_s, unit="MiB/s", origin=limit),
        EstimateInput(name="round trip", value=way.rtt_ms, unit="ms", origin=rtt),
    )


def stated_disks(copies: Sequence[DiskCopy], writes_mib_s: float) -> tuple[EstimateInput, ...]:
    """What is copied from datastore to datastore, and how fast; nothing where disks stay."""
    if not copies:
        return ()
    ways = "over the network" if any(copy.over_network for copy in copies) else "through the source host's storage"
    writes = EstimateInput(
        name="disk writes", value=writes_mib_s, unit="MiB/s", origin="the guest's, mirrored meanwhile"
    )
    return (
        EstimateInput(name="disks", value=sum(copy.size_mib for copy in copies), unit="MiB", origin=ways),
        EstimateInput(
            name="datastore rate", value=DATASTORE_MIB_S, unit="MiB/s", origin="assumed; vSphere does not tell"
        ),
        *([writes] if writes_mib_s else []),
    )


def stated_learning(load: VmLoad, way: LearntWay | None) -> tuple[EstimateInput, ...]:
    """What finished migrations have taught; nothing where nothing was learnt."""
    found = []
    if way is not None:
        origin = "quiet migrations from this host to that one"
        found += [
            EstimateInput(name=LEARNT_OVERHEAD, value=way.overhead_s, unit="s", origin=origin),
            EstimateInput(name=LEARNT_SLOWNESS, value=way.slowness, unit="×", origin=origin),
        ]
    if load.duration_factor is not None:
        origin = "finished migrations of this VM and of its like"
        found.append(EstimateInput(name=LEARNT_FACTOR, value=load.duration_factor, unit="×", origin=origin))
    return tuple(found)


def without_learning(seconds: float, inputs: Mapping[str, float]) -> float:
    """What the model alone had said, where what was learnt made ``seconds`` of it; ``inputs`` by name."""
    of_pair_s = seconds / inputs.get(LEARNT_FACTOR, 1.0)
    overhead_s, slowness = inputs.get(LEARNT_OVERHEAD, 0.0), inputs.get(LEARNT_SLOWNESS, 1.0)
    # A step that shared no link may be shorter than its prediction by rounding alone; never negative.
    return max(0.0, of_pair_s - overhead_s) / slowness
