"""Of two rules of a cluster that contradict each other the older one stands, as vSphere has it.

vCenter disables the younger one where it notices (vSphere Resource Management, *DRS affinity rules*). Where DRS is off,
or the older one was changed later, nobody may have noticed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule, VmHostRule
from recommender.inventory.reference import EntityRef

Rule = VmAffinityRule | VmAntiAffinityRule | VmHostRule


def overruled_rules(rules: Iterable[Rule]) -> dict[int, str]:
    """By key of a younger rule, the name of the older one that it contradicts; ``rules`` of one cluster.

    Rules that have no key are left alone. A rule that is overruled overrules none. Should-rules contradict nothing:
    they are kept as far as they can be.
    """
    stands: defaultdict[EntityRef, list[Rule]] = defaultdict(list)
    overruled: dict[int, str] = {}
    by_age = sorted((rule.key, number, rule) for number, rule in enumerate(rules) if rule.key is not None)
    for key, _, rule in by_age:
        rivals = (older for vm in rule.vms for older in stands[vm] if older.key != key)
        older = next((older for older in rivals if _contradict(rule, older)), None)
        if older is not None:
            overruled.setdefault(key, older.name)
            continue
        for vm in rule.vms:
            stands[vm].append(rule)
    return overruled


def _contradict(one: Rule, other: Rule) -> bool:
    """Whether no placement keeps both, once all VMs of both run."""
    if isinstance(one, VmHostRule) and isinstance(other, VmHostRule):
        return _leave_no_host(one, other)
    kinds = {type(one), type(other)}
    return kinds == {VmAffinityRule, VmAntiAffinityRule} and len({*one.vms} & {*other.vms}) > 1


def _leave_no_host(one: VmHostRule, other: VmHostRule) -> bool:
    if not (one.is_mandatory and other.is_mandatory and {*one.vms} & {*other.vms}):
        return False
    return any(
        rule.is_affine and not any(rival.allows(host) for host in rule.hosts) for rule, rival in _both(one, other)
    )


def _both(one: VmHostRule, other: VmHostRule) -> Iterator[tuple[VmHostRule, VmHostRule]]:
    yield one, other
    yield other, one
