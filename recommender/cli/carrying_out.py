"""What ``apply`` and ``evacuate`` share: ask, carry out with progress, tell what became of it."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from recommender.cli.exit_code import ExitCode
from recommender.cli.journal_access import person
from recommender.cli.options import is_interactive

if TYPE_CHECKING:
    from recommender.inventory.inventory import Inventory
    from recommender.journal.plan_file import SavedPlan
    from recommender.service.carry_out import CarriedOut
    from recommender.service.service_journal import ServiceJournal
    from recommender.service.world import World
    from recommender.settings.settings import Settings

    Again = Callable[[ServiceJournal, datetime], SavedPlan | str]

STANDARD_ERROR = 2  # its file descriptor


@dataclass(slots=True)
class StopRequest:
    """Becomes true at the first Ctrl-C or SIGTERM; what runs is then followed to its end."""

    asked: bool = False

    def __call__(self) -> bool:
        """Whether it was asked for."""
        return self.asked


@contextmanager
def stop_on_signal() -> Iterator[StopRequest]:
    """Within, Ctrl-C and SIGTERM ask to stop; a second one interrupts as usual."""
    request = StopRequest()

    def ask(_number: int, _frame: FrameType | None) -> None:
        if request.asked:
            raise KeyboardInterrupt
        request.asked = True
        # The signal may have come in the middle of a line of ours: what buffers may not be entered a second time.
        os.write(STANDARD_ERROR, b"stopping: nothing new is started, what runs is followed to its end\n")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def confirm(question: str, *, yes: bool) -> None:
    """Ask the person unless told not to; ends the command where nobody can be asked or the answer is no."""
    if yes:
        return
    if not is_interactive():
        raise click.UsageError("nobody can be asked here: give --yes to go ahead")
    click.confirm(question, abort=True, err=True)


def save_for_apply(out: Path, saved: "SavedPlan") -> int:
    """Write the plan into a file, to be approved and applied."""
    from recommender.journal.plan_file import plan_id, write_plan

    write_plan(out, saved)
    click.echo(f"{out}: {len(saved.plan.steps)} steps, plan {plan_id(saved)[:12]}; nothing was sent", err=True)
    return ExitCode.DONE


def carry_out_with_progress(
    saved: "SavedPlan",
    inventory: "Inventory",
    world: "World",
    settings: "Settings",
    output: str,
    *,
    again: "Again | None" = None,
    any_time: bool = False,
) -> int:
    """Carry the plan out, one line on standard error for each event, the outcome on standard output.

    ``again``: what makes the plan of another attempt after failures, given the journal and since when they count;
    without it what failed is left. ``any_time``: outside of the windows of [calendar], too.
    """
    from recommender.journal.store import open_journal
    from recommender.report.console import message_console
    from recommender.report.execution import ProgressLines
    from recommender.report.text import plain
    from recommender.service.absence_gate import not_ready
    from recommender.service.approval import require_approval
    from recommender.service.carry_out import carry_out
    from recommender.service.open_steps import settle_open_steps
    from recommender.service.retries import Persistence

    world = replace(world, calendar=None) if any_time else world
    if closed := _closed_now(saved, inventory, world):
        click.echo(
            "\n".join(plain(line) for line in (*closed, "nothing was sent; --any-time does it all the same")), err=True
        )
        return ExitCode.INFEASIBLE
    if trouble := not_ready(saved, inventory, world.migrator):
        click.echo(f"{trouble}\nnothing was sent", err=True)
        return ExitCode.INFEASIBLE
    with open_journal(settings.journal.url, actor=person()) as journal, stop_on_signal() as stop:
        require_approval(settings.approval, saved, journal.approvals)
        for settled in settle_open_steps(world, journal, stop=stop):
            told = f"{settled}, which was cut off, has ended as {settled.outcome.state.value}: {settled.outcome.detail}"
            click.echo(plain(told), err=True)
        began_at = world.clock.now()

        def say(told: str) -> None:
            click.echo(plain(told), err=True)

        def carry(plan: "SavedPlan") -> "CarriedOut":
            lines = ProgressLines(message_console(), inventory)
            return carry_out(
                plan, world, journal, policy=settings.policy, author=saved.author, stop=stop, on_event=lines, say=say
            )

        if again is None:
            carried = carry(saved)
        else:
            carried = Persistence(
                carry=carry,
                again=partial(again, journal, began_at),
                journal=journal,
                clock=world.clock,
                retry=settings.policy.retry,
                stop=stop,
                say=say,
            ).carry_out(saved)
    tell(carried, inventory, output)
    if carried.has_unknown:
        return ExitCode.OUTCOME_UNKNOWN
    if stop.asked:
        return ExitCode.INTERRUPTED
    return ExitCode.DONE if carried.is_complete else ExitCode.INCOMPLETE


def _closed_now(saved: "SavedPlan", inventory: "Inventory", world: "World") -> list[str]:
    """Why VMs of the plan may not be migrated now, one line a VM."""
    if world.calendar is None:
        return []
    now, found = world.clock.now(), dict[str, str]()
    for step in (*saved.plan.steps, *(saved.forecast.steps if saved.forecast else ())):
        vm = inventory.find_vm(step.move.vm)
        until = world.calendar.open_until(inventory, vm.ref, now) if vm else None
        if vm is not None and isinstance(until, str):
            found[vm.name] = f"not now: {vm.name}: {until}"
    return list(found.values())


def tell(carried: "CarriedOut", inventory: "Inventory", output: str) -> None:
    """Print what became of a plan, and of each attempt where there were several."""
    from recommender.report.attempts import attempts_document, print_attempts
    from recommender.report.console import data_console
    from recommender.report.execution import execution_document, print_execution
    from recommender.report.json_document import dumps

    attempts = [(attempt.plan_id, attempt.steps) for attempt in carried.attempts]
    if output == "json":
        document = execution_document(inventory, carried.plan_id, carried.steps, carried.maintenance, carried.watched)
        click.echo(dumps(document | {"attempts": attempts_document(inventory, attempts)}))
    else:
        print_attempts(data_console(), inventory, attempts)
        print_execution(data_console(), inventory, carried.steps, carried.maintenance, carried.watched)
