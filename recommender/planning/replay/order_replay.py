"""The operator's order, asked of a finished plan. Part of the replay; shares nothing with the scheduler."""

from collections.abc import Iterator, Sequence
from typing import Final

from recommender.inventory.inventory import Inventory
from recommender.move_order import Precedence, Sync, selects
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


def _finding(step: PlanStep, reason: str) -> Finding:
    return Finding(step=step.number, at_s=step.start_s, reason=reason)
