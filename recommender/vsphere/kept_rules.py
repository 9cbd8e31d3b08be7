"""Makes rules between VMs anew in the cluster that a VM has come to: looked at, written once, looked at again."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from pyVmomi import vim

from recommender.errors import ActuationError, InventoryError
from recommender.inventory.reference import EntityRef
from recommender.planning.kept_rules import KeptRule
from recommender.ports import TaskState
from recommender.vsphere.collector import read_object
from recommender.vsphere.facts import moid_of
from recommender.vsphere.faults import message_of
from recommender.vsphere.session import Service, Session

RECONFIGURE: Final = "ReconfigureComputeResource_Task"
POLL_S: Final = 0.2
LOOKS: Final = 150
LOOKS_AFTER_DOUBT: Final = 20  # a call whose answer was lost may still be on its way
FEWEST: Final = 2  # VMs of a rule
Rule: Final[Any] = vim.cluster.RuleInfo


def restore_rules(
    session: Session, vm: EntityRef, rules: Sequence[KeptRule], operation_id: str, sleep: Callable[[float], None]
) -> tuple[str, ...]:
    """What came of each, in words: it is there, it was made, it waits for others of its VMs, or why it could not be."""
    try:
        cluster = session.reading(lambda service: _cluster_of(service, vm))
        if cluster is None:
            return (f"the VM is in no cluster: no rule was re-created ({_names(rules)})",)
        present = session.reading(lambda service: _present(service, cluster, rules))
        found = session.reading(lambda service: _rules_in(service, cluster))
        wanted = {rule.name: _change(rule, present, found) for rule in rules if len(_members(rule, present)) >= FEWEST}
        changes = [change for change in wanted.values() if change is not None]
        if changes:
            spec = vim.cluster.ConfigSpecEx(rulesSpec=changes)
            error = _changed(session, cluster, spec, operation_id, sleep)
            for _ in range(LOOKS_AFTER_DOUBT if error else 1):
                found = session.reading(lambda service: _rules_in(service, cluster))
                if all(_change(rule, present, found) is None for rule in rules if rule.name in wanted):
                    break
                sleep(POLL_S)
        else:
            error = None
    except InventoryError as failure:
        return (f"rules could not be re-created ({_names(rules)}): {failure}",)
    return tuple(_told(rule, present, found, error, is_new=wanted.get(rule.name) is not None) for rule in rules)


def _told(rule: KeptRule, present: set[EntityRef], found: Sequence[Any], error: str | None, *, is_new: bool) -> str:
    if len(_members(rule, present)) < FEWEST:
        return f"the rule {rule.name!r} is to be re-created once another of its {len(rule.vms)} VMs is in the cluster"
    if _change(rule, present, found) is None:
        return f"the rule {rule.name!r} {'was re-created' if is_new else 'is'} in the cluster"
    return f"the rule {rule.name!r} could not be re-created: {error or 'vCenter says nothing of why'}"


def _changed(
    session: Session, cluster: Any, spec: Any, operation_id: str, sleep: Callable[[float], None]
) -> str | None:
    """Send the one call and wait for its end; why it failed, ``None`` where that is not known to have happened."""

    def call(channel: Any) -> Any:
        return vim.ClusterComputeResource(moid_of(cluster), channel).ReconfigureEx(spec, True)  # noqa: FBT003  # modify

    try:
        task = session.sending(call, what=RECONFIGURE, operation_id=operation_id)
    except ActuationError as error:
        return str(error)
    for _ in range(LOOKS):
        facts = session.reading(
            lambda service: read_object(service, vim.Task(moid_of(task)), ("info.state", "info.error"))
        )
        if facts is None or facts.get("info.state") == TaskState.SUCCESS:
            return None
        if facts.get("info.state") == TaskState.ERROR:
            return message_of(facts.need("info.error"))
        sleep(POLL_S)
    return "its task has not ended"


def _change(rule: KeptRule, present: set[EntityRef], found: Sequence[Any]) -> Any | None:
    """What has to be changed so that the rule stands for its VMs that are there; ``None`` if nothing."""
    members = _members(rule, present)
    kind = vim.cluster.AffinityRuleSpec if rule.is_affine else vim.cluster.AntiAffinityRuleSpec
    same = next((one for one in found if isinstance(one, kind) and one.name == rule.name), None)
    if same is None:
        info = kind(name=rule.name, enabled=True, vm=[vim.VirtualMachine(ref.moid) for ref in sorted(members)])
        return vim.cluster.RuleSpec(operation="add", info=info)
    named = {moid_of(one) for one in same.vm or ()}
    missing = {ref.moid for ref in members} - named
    if not missing:
        return None
    info = kind(
        key=same.key,
        name=same.name,
        enabled=same.enabled,
        vm=[vim.VirtualMachine(moid) for moid in sorted(named | missing)],
    )
    return vim.cluster.RuleSpec(operation="edit", info=info)


def _members(rule: KeptRule, present: set[EntityRef]) -> set[EntityRef]:
    return present & set(rule.vms)


def _present(service: Service, cluster: Any, rules: Sequence[KeptRule]) -> set[EntityRef]:
    """The rules' VMs that are in the cluster now."""
    asked = sorted({vm for rule in rules for vm in rule.vms})
    return {vm for vm in asked if _cluster_of(service, vm) == cluster}


def _cluster_of(service: Service, vm: EntityRef) -> Any | None:
    facts = read_object(service, vim.VirtualMachine(vm.moid), ("runtime.host",))
    host = read_object(service, facts.need("runtime.host"), ("parent",)) if facts else None
    parent = host.get("parent") if host else None
    return parent if isinstance(parent, vim.ClusterComputeResource) else None


def _rules_in(service: Service, cluster: Any) -> list[Any]:
    facts = read_object(service, cluster, ("configurationEx",))
    return list(facts.need("configurationEx").rule or ()) if facts else []


def _names(rules: Sequence[KeptRule]) -> str:
    return ", ".join(_each(rules))


def _each(rules: Sequence[KeptRule]) -> Iterator[str]:
    yield from (repr(rule.name) for rule in rules)
