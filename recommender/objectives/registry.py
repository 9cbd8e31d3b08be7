"""Every cost term, once: the one tuple to add a new term to."""

from typing import Final

from recommender.inventory.reference import EntityRef
from recommender.objectives.base import CostTerm
from recommender.objectives.datastore_balance import DatastoreBalance
from recommender.objectives.datastore_latency import DatastoreLatency
from recommender.objectives.datastore_overload import DatastoreOverload
from recommender.objectives.hot_host import HotHost
from recommender.objectives.load_balance import LoadBalance
from recommender.objectives.migration_cost import MigrationCost
from recommender.objectives.numa_fit import NumaFit
from recommender.objectives.overload import Overload
from recommender.objectives.should_rules import ShouldRules
from recommender.policy import Policy

# Threshold 1 (mandatory moves only) never weighs a gain, so its ratio only prices the moves that have to be made.
GAIN_TO_COST: Final = {1: 1.0, 2: 4.0, 3: 2.0, 4: 1.5, 5: 1.0}


def objectives_for(
    policy: Policy,
    *,
    started: frozenset[EntityRef] = frozenset(),
    leaving: frozenset[EntityRef] = frozenset(),
    with_disks: bool = False,
) -> tuple[CostTerm, ...]:
    """The cost terms under ``policy``; the migration threshold sets how much a move has to gain for its cost.

    VMs that are ``started`` where they are placed cost no migration; hosts that are ``leaving`` count for no average.
    ``with_disks``: disks may be copied, so that what
    datastores hold counts too; else it is the same at the start and at the end.
    """
    weights = policy.weights
    per_second = weights.migration_second * GAIN_TO_COST[policy.migration_threshold]
    of_disks = (
        DatastoreBalance(weight=weights.datastore_balance),
        DatastoreOverload(weight=weights.datastore_overload, line=policy.datastore_headroom_percent / 100),
        DatastoreLatency(weight=weights.datastore_latency, line_ms=policy.max_datastore_latency_ms),
    )
    return (
        LoadBalance(weight=weights.balance),
        Overload(weight=weights.overload, line=policy.headroom_percent / 100),
        HotHost(weight=weights.hot_host, leaving=leaving),
        MigrationCost(
            per_second=per_second,
            per_sensitive_second=weights.sensitive_migration_second * GAIN_TO_COST[policy.migration_threshold],
            policy=policy,
            started=started,
        ),
        ShouldRules(weight=weights.should_rule),
        NumaFit(weight=weights.numa_fit),
        *(of_disks if with_disks else ()),
    )
