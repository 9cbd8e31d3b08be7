"""The rules that a person can name: vCenter's and the configuration's, and ours by the names of their files."""

from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from typing import Final

from recommender.constraints.registry import CONSTRAINT_NAMES
from recommender.errors import UnknownName
from recommender.inventory.inventory import Inventory
from recommender.placement.request import PlacementRequest
from recommender.policy import Policy

NEAR_MATCHES: Final = 3
# These are what is asked, not rules that somebody could do without.
PART_OF_THE_QUESTION: Final = frozenset({"evacuated_host", "asked_hosts"})


def rule_names(inventory: Inventory, policy: Policy) -> Iterator[str]:
    """Every name that a rule can be called by: vCenter's rules first, the configuration's, then ours."""
    for rules in (inventory.vm_affinity_rules, inventory.vm_anti_affinity_rules, inventory.vm_host_rules):
        yield from (rule.name for rule in rules)
    for pod in inventory.datastore_clusters:
        yield from (rule.name or pod.name for rule in pod.separations())
    yield from (group.name for group in policy.fault_domains)
    yield from (group.name for group in policy.host_groups)
    yield from (name for name in CONSTRAINT_NAMES if name not in PART_OF_THE_QUESTION)


def without_rule(request: PlacementRequest, name: str) -> PlacementRequest:
    """The question as if all rules of that name were not there. Raises ``UnknownName`` with similar names."""
    inventory, policy = request.inventory, request.policy
    known = list(dict.fromkeys(rule_names(inventory, policy)))
    if name not in known:
        raise UnknownName("rule", name, get_close_matches(name, known, n=NEAR_MATCHES))
    if name in CONSTRAINT_NAMES:
        return replace(request, without_constraints=request.without_constraints | {name})
    return replace(
        request,
        inventory=replace(
            inventory,
            vm_affinity_rules=tuple(rule for rule in inventory.vm_affinity_rules if rule.name != name),
            vm_anti_affinity_rules=tuple(rule for rule in inventory.vm_anti_affinity_rules if rule.name != name),
            vm_host_rules=tuple(rule for rule in inventory.vm_host_rules if rule.name != name),
            datastore_clusters=tuple(pod.without_separation(name) for pod in inventory.datastore_clusters),
        ),
        policy=replace(
            policy,
            fault_domains=tuple(group for group in policy.fault_domains if group.name != name),
            host_groups=tuple(group for group in policy.host_groups if group.name != name),
        ),
    )
