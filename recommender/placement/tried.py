"""What failed migrations of ours mean for the next decision: hosts that are closed to a VM, and VMs left alone."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from recommender.inventory.failed_move import FailedMove
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.policy import RetryPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """``failed``: VM, host and what happened, for pairs that are not tried again. ``left_alone``: VMs, and why."""

    failed: tuple[tuple[EntityRef, EntityRef, str], ...] = ()
    left_alone: tuple[tuple[EntityRef, str], ...] = ()


NOTHING_TRIED: Final = Tried()


def tried(
    inventory: Inventory, retry: RetryPolicy, failures: Sequence[FailedMove], unsettled: Collection[str]
) -> Tried:
    """What follows from ``failures``, oldest first; ``unsettled``: instance UUIDs of VMs with a migration in doubt."""
    failed, left_alone = [], []
    by_vm: defaultdict[str, list[FailedMove]] = defaultdict(list)
    for failure in failures:
        by_vm[failure.instance_uuid].append(failure)
    for vm in inventory.virtual_machines if by_vm or unsettled else ():
        its_own = by_vm.get(vm.instance_uuid, [])
        if reason := _reason_to_leave(its_own, retry, is_unsettled=vm.instance_uuid in unsettled):
            left_alone.append((vm.ref, reason))
        closed = {move.destination: move for move in its_own if not move.passes}
        failed += [
            (vm.ref, host, f"a migration to it failed at {move.ended_at:%H:%M:%S} UTC: {move.detail}")
            for host, move in closed.items()
        ]
    return Tried(failed=tuple(failed), left_alone=tuple(left_alone))


def _reason_to_leave(failures: Sequence[FailedMove], retry: RetryPolicy, *, is_unsettled: bool) -> str:
    if is_unsettled:
        return "what became of a migration of it is unknown"
    unproven = next((move for move in failures if not move.is_proven), None)
    if unproven is not None:
        return f"nothing proves that its migration at {unproven.ended_at:%H:%M:%S} UTC has ended: {unproven.detail}"
    if len(failures) < retry.attempts:
        return ""
    return (
        f"{len(failures)} migrations of it failed, at most {retry.attempts} are tried (policy.retry.attempts); "
        f"the last: {failures[-1].detail}"
    )
