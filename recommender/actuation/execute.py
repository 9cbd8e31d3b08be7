"""Carries out a plan: each step is looked at again, written down, sent once, followed, and looked at once more."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from recommender.actuation.flights import Flights
from recommender.actuation.maintenance import Closing
from recommender.actuation.patience import DEFAULT_PATIENCE, Patience
from recommender.actuation.starter import Closed, Starter, always_open
from recommender.actuation.step_log import StepLog
from recommender.actuation.step_result import OnEvent, StepResult, ignore_event
from recommender.constraints.base import Constraint
from recommender.errors import HandedOver
from recommender.inventory.reference import EntityRef
from recommender.planning.plan import Plan, PlanStep
from recommender.policy import Policy
from recommender.ports import Clock, InventorySource, Journal, Migrator


def execute(
    plan: Plan,
    *,
    plan_id: str,
    instance_uuids: Mapping[EntityRef, str],
    inventory_source: InventorySource,
    migrator: Migrator,
    journal: Journal,
    clock: Clock,
    constraints: Sequence[Constraint],
    policy: Policy,
    stop: Callable[[], bool],
    hand_over: Callable[[], bool] = lambda: False,
    deadline: datetime | None = None,
    excused: Mapping[EntityRef, str] | None = None,
    on_event: OnEvent = ignore_event,
    closings: Sequence[Closing] = (),
    closed: Closed = always_open,
    patience: Patience = DEFAULT_PATIENCE,
) -> tuple[StepResult, ...]:
    """Carry out the steps of ``plan``, which are in the journal as pending, and return how each ended.

    Steps start in the plan's order, several at a time where the plan, the rules and vCenter's limits let them. A step
    waits while another of ours that still runs may be what is in its way; otherwise it is skipped with the reason,
    and with it all that depend on it. ``excused`` are VMs whose steps are skipped from the start, with the reason.
    Nothing starts whose p95 duration passes ``deadline`` (aware UTC), nor anything once ``stop`` says so; what runs is
    followed to its end, unless ``hand_over`` says that it is to be left to the next process: then ``HandedOver`` is
    raised. What seems to hang is left open in the journal and told as unknown. A pause of a person lets steps wait, a
    cancellation skips them. Raises ``JournalError`` when what runs has ended: then no step was sent any more. Each host
    of ``closings`` is asked into maintenance mode as soon as no step is left that concerns it and it is empty; what
    cannot begin then is left to the caller.
    A step that ``closed`` speaks against when its turn comes is skipped.
    """
    log = StepLog(plan_id=plan_id, journal=journal, clock=clock, on_event=on_event)
    flights = Flights(migrator=migrator, log=log, clock=clock, patience=patience)
    starter = Starter(
        waiting=deque(plan.steps),
        instance_uuids=instance_uuids,
        excused=excused or {},
        source=inventory_source,
        constraints=constraints,
        policy=policy,
        clock=clock,
        stop=stop,
        deadline=deadline,
        patience=patience,
        log=log,
        flights=flights,
        closed=closed,
    )
    while starter.waiting or flights.running:
        flights.look()
        starter.start_what_may()
        _close_what_is_empty(closings, (*starter.waiting, *flights.running), log)
        if flights.running and not starter.waiting and hand_over():
            raise HandedOver(f"{len(flights.running)} migrations run on and are left to the next process")
        if starter.waiting or flights.running:
            clock.sleep(flights.pause_s)
    if log.journal_error is not None:
        raise log.journal_error
    return tuple(log.results[step.number] for step in plan.steps)


def _close_what_is_empty(closings: Sequence[Closing], left: Sequence[PlanStep], log: StepLog) -> None:
    concerned = {host for step in left for host in (step.move.source, step.move.destination)}
    disks = [disk for step in left for disk in step.move.disk_moves]
    concerned |= {store for disk in disks for store in (disk.source, disk.destination)}
    for closing in closings:
        if log.journal_error is None and closing.host not in concerned:
            log.guarded(closing.look if closing.is_under_way else closing.begin_if_empty)
