"""The operator's order and caps, asked of a finished plan. Part of the replay; shares nothing with the scheduler."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Final

from recommender.inventory.inventory import Inventory
from recommender.move_order import CapScope, MigrationCap, Precedence, Sync, selects
from recommender.planning.plan import Plan, PlanStep
from recommender.planning.replay.finding import Finding
from recommender.policy import Policy

ROUNDING_S: Final = 1e-6
S_A_MINUTE: Final = 60.0


def order_findings(inventory: Inventory, policy: Policy, plan: Plan) -> Iterator[Finding]:
    """Everything in ``plan`` that the operator's order forbids."""
    order, steps = policy.order, _Steps(inventory, plan)
    yield from _control_plane_last(inventory, plan)
    for before in order.precedence:
        yield from _precedence(steps, before)
    for sync in order.sync:
        yield from _sync(steps, sync)
    for deadline in order.deadline:
        for step in steps.of(deadline.vms):
            if step.end_s > S_A_MINUTE * deadline.within_minutes + ROUNDING_S:
                yield _finding(step, f"{deadline.name!r}: it ends after {deadline.within_minutes} min")
    for serialize in order.serialize:
        yield from _at_once(serialize.name, 1, steps.of(serialize.vms))
    for cap in order.cap:
        for those in _places(inventory, cap, plan.steps).values() if cap.at_once is not None else ():
            yield from _at_once(cap.name, cap.at_once or 0, those)


def _control_plane_last(inventory: Inventory, plan: Plan) -> Iterator[Finding]:
    """Steps of vCenter's and this program's own VMs before the end of another, or in a plan that leaves others out."""
    vms = {step.number: inventory.find_vm(step.move.vm) for step in plan.steps}
    last = [step for step in plan.steps if (vm := vms[step.number]) is not None and vm.control_plane is not None]
    others = [step for step in plan.steps if step not in last]
    blocked = [move.vm for blocked in plan.blocked for move in blocked.moves]
    if last and any((vm := inventory.find_vm(ref)) is not None and vm.control_plane is None for ref in blocked):
        yield _finding(last[0], "it is of the control plane, and others that come first are blocked")
    for step in last:
        late = next((one for one in others if one.end_s > step.start_s + ROUNDING_S), None)
        loose = next((one for one in others if one.number not in step.depends_on), None)
        if late is not None:
            yield _finding(step, f"it is of the control plane, and step {late.number} is not over before it starts")
        elif loose is not None:
            yield _finding(step, f"it is of the control plane and does not depend on step {loose.number}")


def _precedence(steps: "_Steps", rule: Precedence) -> Iterator[Finding]:
    first = steps.of(rule.first)
    then = [step for step in steps.of(rule.then) if not steps.is_of(step, rule.first)]
    if then and steps.blocked(rule.first):
        yield _finding(then[0], f"{rule.name!r} wants VMs moved first that are blocked")
    for step in then:
        late = next((other for other in first if other.end_s > step.start_s + ROUNDING_S), None)
        missing = next((other for other in first if other.number not in step.depends_on), None)
        if late is not None:
            yield _finding(step, f"{rule.name!r} wants step {late.number} over before it starts")
        elif missing is not None:
            yield _finding(step, f"{rule.name!r}: it does not depend on step {missing.number}")


def _sync(steps: "_Steps", rule: Sync) -> Iterator[Finding]:
    together = steps.of(rule.vms)
    if together and steps.blocked(rule.vms):
        yield _finding(together[0], f"{rule.name!r} wants it moved together with VMs that are blocked")
    for step in together:
        if abs(step.start_s - together[0].start_s) > ROUNDING_S:
            yield _finding(step, f"{rule.name!r} wants it to start together with step {together[0].number}")


class _Steps:
    def __init__(self, inventory: Inventory, plan: Plan) -> None:
        self._inventory, self._plan = inventory, plan

    def is_of(self, step: PlanStep, selectors: Sequence[str]) -> bool:
        vm = self._inventory.find_vm(step.move.vm)
        return vm is not None and selects(selectors, vm.name, vm.tags)

    def of(self, selectors: Sequence[str]) -> list[PlanStep]:
        return [step for step in self._plan.steps if self.is_of(step, selectors)]

    def blocked(self, selectors: Sequence[str]) -> bool:
        refs = (move.vm for group in self._plan.blocked for move in group.moves)
        vms = (self._inventory.find_vm(ref) for ref in refs)
        return any(vm is not None and selects(selectors, vm.name, vm.tags) for vm in vms)


def _at_once(name: str, allowed: int, steps: Sequence[PlanStep]) -> Iterator[Finding]:
    for step in steps:
        at_start = step.start_s + ROUNDING_S
        under_way = sum(other.start_s < at_start < other.end_s or other is step for other in steps)
        if under_way > allowed:
            yield _finding(step, f"{name!r}: {under_way} migrations are under way at a time, {allowed} may be")


def _places(inventory: Inventory, cap: MigrationCap, steps: Sequence[PlanStep]) -> dict[str, list[PlanStep]]:
    found: defaultdict[str, list[PlanStep]] = defaultdict(list)
    for step in steps:
        hosts = [inventory.find_host(ref) for ref in (step.move.source, step.move.destination)]
        names: set[tuple[str, str]] = set()
        for host in (one for one in hosts if one is not None):
            cluster = inventory.find_cluster(host.cluster)
            if cap.scope is CapScope.HOST:
                names.add((host.name, str(host.ref)))
            elif cap.scope is CapScope.CLUSTER and cluster is not None:
                names.add((cluster.name, str(cluster.ref)))
            elif cap.scope is CapScope.SITE:
                names.add((host.site, host.site))
        ends = sorted({host.site for host in hosts if host is not None})
        if cap.scope is CapScope.LINK and len(ends) > 1:
            names.add(("|".join(ends), ""))
        vm = inventory.find_vm(step.move.vm)
        if cap.scope is CapScope.GROUP and vm is not None and selects(cap.of, vm.name, vm.tags):
            found["group"].append(step)
        for name, key in sorted(names):
            if any(fnmatchcase(name, pattern) for pattern in cap.of):
                found[f"{name} {key}"].append(step)
    return found


def _finding(step: PlanStep, reason: str) -> Finding:
    return Finding(step=step.number, at_s=step.start_s, reason=reason)
