"""Carrying out a campaign from the command line: what is told meanwhile, and how the command ends."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from recommender.cli.carrying_out import stop_on_signal
from recommender.cli.exit_code import ExitCode
from recommender.cli.journal_access import person

if TYPE_CHECKING:
    from recommender.inventory.inventory import Inventory
    from recommender.journal.campaigns import Campaign
    from recommender.journal.store import DatabaseJournal
    from recommender.planning.rolling.wave import RollingPlan
    from recommender.service.world import World
    from recommender.settings.settings import Settings


def campaign_journal(settings: "Settings") -> Any:
    """The journal, in which this person acts."""
    from recommender.journal.store import open_journal

    return open_journal(settings.journal.url, actor=person())


def run_campaign(
    settings: "Settings",
    world: "World",
    journal: "DatabaseJournal",
    campaign: "Campaign",
    inventory: "Inventory",
    plan: "RollingPlan | None" = None,
) -> int:
    """Go on with ``campaign`` until it is over or stops; the exit code. ``plan``: all of it, where it only begins."""
    from recommender.actuation.turn import TurnState
    from recommender.cli.turns_asked import how_to_go_on
    from recommender.report.console import message_console
    from recommender.report.execution import ProgressLines
    from recommender.report.names import Names
    from recommender.report.text import plain
    from recommender.service.open_steps import settle_open_steps
    from recommender.service.rolling.approval import WaveApproval
    from recommender.service.rolling.order import RollingOrder
    from recommender.service.rolling.promise import RollingPromise
    from recommender.service.rolling.run import RollingRun

    def tell(text: str) -> None:
        click.echo(plain(text), err=True)

    campaign = replace(campaign, author=person())  # of what is proposed and carried out from now on
    approval = WaveApproval(settings=settings.approval, campaign=campaign, journal=journal)
    promise = RollingPromise(
        campaign_id=campaign.id,
        work_s=RollingOrder.from_asked(campaign.asked).work_s,
        journal=journal,
        clock=world.clock,
        tell=tell,
    )
    with stop_on_signal() as stop:
        for settled in settle_open_steps(world, journal, stop=stop):
            tell(f"{settled}, which was cut off, has ended as {settled.outcome.state.value}: {settled.outcome.detail}")
        if plan is not None:
            promise.begin(plan)
        stopped = RollingRun(
            campaign=campaign,
            policy=settings.policy,
            world=world,
            journal=journal,
            promise=promise,
            approval=approval if settings.approval.required else None,
            stop=stop,
            tell=tell,
            on_event=ProgressLines(message_console(), inventory),
        ).run()
    if stopped is None:
        return ExitCode.DONE
    tell(f"stopped: {stopped.reason}")
    failed = [turn.host for turn in journal.campaigns.turns(campaign.id) if turn.state is TurnState.FAILED]
    names = Names(inventory)
    tell(how_to_go_on(campaign.id, [names.of(host) for host in failed]))
    if stopped.wants_approval:
        return ExitCode.NOT_APPROVED
    return ExitCode.INTERRUPTED if stop.asked else ExitCode.INCOMPLETE
