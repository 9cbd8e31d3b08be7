"""``demo``: the product's whole job in a simulated data centre."""

import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from recommender.cli.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recommender.journal.store import DatabaseJournal

# A person watches: a simulated second takes so much of a real one, at most.
REAL_S_PER_SIMULATED_S = 0.01


@click.command()
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Which data centre.")
def demo(seed: int) -> int:
    """Recommend, predict, plan and migrate in a data centre in memory, on simulated time.

    It needs no vCenter and leaves nothing behind. Another seed is another data centre.
    """
    from recommender.placement.request import PlacementRequest
    from recommender.policy import AutomationLevel, Policy
    from recommender.report.console import data_console
    from recommender.report.execution import ProgressLines, print_execution
    from recommender.report.host_uses import print_use
    from recommender.report.plan_timeline import print_plan
    from recommender.report.recommendation import print_recommendation
    from recommender.service.carry_out import carry_out
    from recommender.service.cycle import decide
    from recommender.service.saved_decision import saved_decision
    from recommender.service.world import World
    from recommender.simulation.clock import SimulatedClock
    from recommender.simulation.scenario import demo_scenario

    console = data_console()
    clock = SimulatedClock(on_sleep=_pause)
    scenario = demo_scenario(seed, clock)
    world = World(source=scenario.datacenter, migrator=scenario.datacenter, clock=clock)
    policy = Policy(automation_level=AutomationLevel.FULLY_AUTOMATED)

    before = world.source.read()
    console.print(
        f"A simulated data centre: {len(before.hosts)} hosts, {len(before.virtual_machines)} VMs, "
        f"{before.taken_at:%A %Y-%m-%d %H:%M} UTC\n"
    )
    decision = decide(PlacementRequest(inventory=before, policy=policy, seed=seed))
    print_recommendation(console, before, decision.result)
    console.print()
    print_plan(console, before, decision.plan, clock.now())

    console.print("\nCarrying it out on simulated time")
    with _journal_for_now() as journal:
        carried = carry_out(
            saved_decision(decision, author="demo", created_at=clock.now()),
            world,
            journal,
            policy=policy,
            author="demo",
            stop=lambda: False,
            on_event=ProgressLines(console, before),
        )
    console.print()
    print_execution(console, before, carried.steps)
    console.print()
    print_use(console, before, world.source.read())
    return ExitCode.DONE if carried.is_complete else ExitCode.INCOMPLETE


def _pause(simulated_s: float) -> None:
    if sys.stdout.isatty():
        time.sleep(simulated_s * REAL_S_PER_SIMULATED_S)


@contextmanager
def _journal_for_now() -> "Iterator[DatabaseJournal]":
    """A real journal in a folder that is gone afterwards."""
    from recommender.journal.store import open_journal

    with TemporaryDirectory() as folder, open_journal(f"sqlite:///{Path(folder) / 'journal.db'}") as journal:
        yield journal
