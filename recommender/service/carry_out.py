"""Applies a saved plan: refuse it if its world has changed, claim it, carry it out, put emptied hosts to rest."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from recommender.actuation.execute import execute
from recommender.actuation.maintenance import Closing, enter_maintenance_modes
from recommender.actuation.patience import DEFAULT_PATIENCE, Patience
from recommender.actuation.starter import always_open
from recommender.actuation.step_result import OnEvent, StepEvent, StepResult, ignore_event
from recommender.actuation.vcenter_evacuation import STAYING_KINDS, VCenterEvacuation, WatchedMove
from recommender.constraints.registry import constraints_for
from recommender.errors import JournalError, PlanStale
from recommender.failpoints import Failpoint, reach
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.journal.entity_names import refs_of
from recommender.journal.plan_file import SavedPlan, plan_id, plan_text
from recommender.placement.consolidation_check import harm_of_switching_off
from recommender.planning.basis import changed_vms, stale_reasons
from recommender.planning.vcenter_evacuation import steered_hosts
from recommender.policy import Policy
from recommender.ports import Clock, StepOutcome, StepState
from recommender.service.absence_gate import AbsenceGate
from recommender.service.cycle import require_fresh
from recommender.service.promise import OnFinish, PromiseWatch, nobody_asks
from recommender.service.service_journal import ServiceJournal
from recommender.service.world import World

PROGRESS_STEP_PERCENT: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedOut:
    """What became of a plan: of its steps, and of the hosts that were to enter maintenance mode.

    ``watched``: what vCenter did by itself on hosts that it empties. ``given_up``: such hosts of which we asked it to
    stop. ``attempts``: where failed migrations were tried again, each attempt by itself, the first one first.
    """

    plan_id: str
    steps: tuple[StepResult, ...]
    maintenance: tuple[tuple[EntityRef, StepOutcome], ...] = ()
    watched: tuple[WatchedMove, ...] = ()
    given_up: frozenset[EntityRef] = frozenset()
    attempts: tuple["CarriedOut", ...] = ()

    @property
    def outcomes(self) -> tuple[StepOutcome, ...]:
        """How everything ended, steps first."""
        return (*(result.outcome for result in self.steps), *(outcome for _, outcome in self.maintenance))

    @property
    def is_complete(self) -> bool:
        """Whether everything was done."""
        return all(outcome.state is StepState.DONE for outcome in self.outcomes)

    @property
    def has_unknown(self) -> bool:
        """Whether something was sent whose outcome could not be settled."""
        return any(outcome.state is StepState.UNKNOWN for outcome in self.outcomes)

    def count(self, state: StepState) -> int:
        """How many steps ended so."""
        return sum(result.outcome.state is state for result in self.steps)


def carry_out(
    saved: SavedPlan,
    world: World,
    journal: ServiceJournal,
    *,
    policy: Policy,
    author: str,
    stop: Callable[[], bool],
    hand_over: Callable[[], bool] = lambda: False,
    deadline: datetime | None = None,
    on_event: OnEvent = ignore_event,
    say: Callable[[str], None] = lambda _: None,
    on_finish: OnFinish = nobody_asks,
    patience: Patience = DEFAULT_PATIENCE,
) -> CarriedOut:
    """Apply ``saved`` under today's ``policy``, each step looked at again right before it starts.

    Raises ``PlanStale`` or ``PlanAlreadyApplied`` before anything is sent, ``InventoryError`` likewise, and
    ``JournalError`` where another process carries out a plan, or else after what runs was followed to its end. A VM
    that has changed since the plan was made skips its step. ``deadline`` (aware UTC): no step is started whose p95
    duration passes it. ``hand_over``: leave what runs to the next process, by ``HandedOver``. ``say`` is told when the
    end that was promised moves, and which steps cannot follow any more; ``on_finish`` as ``PromiseWatch`` says.
    """
    with journal.acting(_vcenters(saved)):
        inventory = world.source.read()
        require_fresh(inventory, policy, world.clock.now())
        reasons = (*stale_reasons(saved.basis, inventory, policy), *_changed_steering(saved, inventory, policy))
        if saved.is_consolidation:
            moves = [step.move for step in saved.plan.steps]
            reasons += harm_of_switching_off(inventory, policy, moves, saved.evacuate)
        # Of a plan that was applied before that is said, not what it has changed itself.
        if reasons and not journal.has_plan(plan_id(saved)):
            raise PlanStale(reasons)
        number, uuids = _begin(saved, inventory, journal, author, world.clock)
        gate = AbsenceGate(world.migrator)
        closings = [
            Closing(
                host=host,
                plan_id=number,
                source=world.source,
                migrator=world.migrator,
                journal=journal,
                clock=world.clock,
                stop=stop,
                hand_over=hand_over,
                deadline=deadline,
                vsan=policy.vsan_evacuation if has_vsan(inventory, host) else None,
                against=partial(gate.reason_against, host=host),
                evacuation=_evacuation(saved, host, world, say) if host in saved.by_vcenter else None,
                open_until=partial(_open_until, saved, host, world),
                patience=patience,
            )
            for host in (saved.evacuate if saved.maintenance_mode else ())
        ]
        watch = PromiseWatch(
            plan=saved.plan,
            inventory=inventory,
            policy=policy,
            began_at=world.clock.now(),
            on_event=_telling_progress(journal, number, on_event),
            say=say,
            deadline=deadline,
            on_finish=on_finish,
        )
        steps = execute(
            saved.plan,
            plan_id=number,
            instance_uuids=uuids,
            inventory_source=world.source,
            migrator=world.migrator,
            journal=journal,
            clock=world.clock,
            constraints=constraints_for(policy, evacuate=saved.evacuate),
            policy=policy,
            stop=stop,
            hand_over=hand_over,
            deadline=deadline,
            excused={
                ref: f"the VM has changed since the plan was made: {change}"
                for ref, change in changed_vms(saved.basis, inventory).items()
            },
            on_event=watch,
            closings=closings,
            closed=world.calendar.reason_against if world.calendar else always_open,
            patience=patience,
        )
        outcomes = enter_maintenance_modes(closings)
        reach(Failpoint.BEFORE_END)
        journal.end_plan(number, world.clock.now())
    return CarriedOut(
        plan_id=number,
        steps=steps,
        maintenance=tuple((closing.host, outcome) for closing, outcome in zip(closings, outcomes, strict=True)),
        watched=tuple(move for closing in closings if closing.evacuation for move in closing.evacuation.moves),
        given_up=frozenset(closing.host for closing in closings if closing.was_given_up),
    )


def _changed_steering(saved: SavedPlan, inventory: Inventory, policy: Policy) -> Iterator[str]:
    """Hosts that were to be emptied by us and are vCenter's now, or the other way round."""
    if not saved.maintenance_mode:
        return
    now = () if policy.own_moves_in_drs_clusters else steered_hosts(inventory, saved.evacuate)
    for ref in sorted({*now} ^ {*saved.by_vcenter}):
        host = inventory.find_host(ref)
        told = "is fully automated now" if ref in now else "is no longer fully automated"
        yield f"DRS {told} where host {host.name if host else ref} is"


def _evacuation(saved: SavedPlan, host: EntityRef, world: World, say: Callable[[str], None]) -> VCenterEvacuation:
    """vCenter's own work on ``host``, next to what we expect of it."""
    steps = saved.forecast.steps if saved.forecast else ()
    return VCenterEvacuation(
        host=host,
        forecast=tuple(step for step in steps if step.move.source == host),
        source=world.source,
        migrator=world.migrator,
        clock=world.clock,
        say=say,
    )


def _open_until(saved: SavedPlan, host: EntityRef, world: World, inventory: Inventory) -> datetime | str | None:
    """Until when vCenter may move what is on ``host``, by the calendar and our forecast."""
    if world.calendar is None:
        return None
    steps = saved.forecast.steps if saved.forecast else ()
    takes_s = max((step.start_s + step.duration_p95_s for step in steps if step.move.source == host), default=0.0)
    vms = (vm.ref for vm in inventory.vms_on(host) if vm.kind not in STAYING_KINDS)
    return world.calendar.open_for_all(inventory, vms, world.clock.now(), takes_s)


def _vcenters(saved: SavedPlan) -> set[str]:
    """In which something is sent."""
    moves = [step.move for step in saved.plan.steps]
    ends = {host.vcenter for move in moves for host in (move.source, move.destination)}
    return ends | {host.vcenter for host in saved.evacuate}


def _telling_progress(journal: ServiceJournal, number: str, on_event: OnEvent) -> OnEvent:
    """Write progress down, a row for every so many per cent, and pass everything on."""
    told: dict[int, int] = {}

    def on_each(event: StepEvent) -> None:
        percent = event.progress_percent or 0
        if percent - told.get(event.step.number, 0) >= PROGRESS_STEP_PERCENT:
            told[event.step.number] = percent
            with suppress(JournalError):  # it is only for people who look
                journal.progress.tell(number, event.step.number, percent)
        on_event(event)

    return on_each


def _begin(
    saved: SavedPlan, inventory: Inventory, journal: ServiceJournal, author: str, clock: Clock
) -> tuple[str, dict[EntityRef, str]]:
    """Claim the plan and write its steps down; its id, and the instance UUIDs of those of its VMs that are there."""
    number, now = plan_id(saved), clock.now()
    found = {step.move.vm: inventory.find_vm(step.move.vm) for step in saved.plan.steps}
    uuids = {ref: vm.instance_uuid for ref, vm in found.items() if vm is not None}
    journal.names.keep(inventory, refs_of(step.move for step in saved.plan.steps) | set(saved.evacuate))
    journal.begin_plan(number, plan_text(saved), author, now)
    reach(Failpoint.AFTER_BEGIN)
    journal.add_steps(number, [(step, uuids.get(step.move.vm, "")) for step in saved.plan.steps], now)
    reach(Failpoint.AFTER_STEPS)
    return number, uuids


def has_vsan(inventory: Inventory, ref: EntityRef) -> bool:
    """Whether the host is in a cluster with vSAN."""
    host = inventory.find_host(ref)
    cluster = inventory.find_cluster(host.cluster) if host else None
    return cluster is not None and cluster.vsan_enabled
