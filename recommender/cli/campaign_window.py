"""One window of a campaign at the terminal: carried out with progress, or put back, and what became of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import click

from recommender.cli.campaign_promise import Beginning, campaign_promise
from recommender.cli.carrying_out import StopRequest, confirm, stop_on_signal
from recommender.cli.exit_code import ExitCode
from recommender.cli.journal_access import person

if TYPE_CHECKING:
    from recommender.inventory.inventory import Inventory
    from recommender.journal.campaigns import Campaign
    from recommender.journal.store import DatabaseJournal
    from recommender.service.campaigns.run import CampaignRun
    from recommender.service.rolling.host_work import Stopped
    from recommender.service.world import World
    from recommender.settings.settings import Settings

ROLL_BACK: Final = "roll-back"


def go_on(
    settings: "Settings",
    world: "World",
    journal: "DatabaseJournal",
    campaign: "Campaign",
    window_s: float,
    output: str,
    beginning: Beginning | None = None,
) -> int:
    """As many batches as are over in the window; the exit code. ``beginning``: where this window is the first."""

    def work(run: "CampaignRun") -> "Stopped | None":
        run.promise = campaign_promise(run, window_s, beginning)
        return run.run()

    return _in_window(settings, world, journal, campaign, window_s, output, work, "continue")


def put_back(
    settings: "Settings",
    world: "World",
    journal: "DatabaseJournal",
    number: str,
    window_s: float,
    output: str,
    *,
    dry_run: bool,
    yes: bool,
) -> int:
    """Show the way back, ask, and go as much of it as is over in the window; the exit code."""
    from recommender.journal.campaigns import CampaignKind
    from recommender.report.campaign_plan import campaign_document, print_campaign
    from recommender.report.console import data_console, message_console
    from recommender.report.json_document import dumps
    from recommender.service.campaigns.way_back import go_back, way_back

    campaign = journal.campaigns.find(number, CampaignKind.DATACENTER)
    inventory = _taught(settings, world.source.read())
    back = way_back(campaign, journal, inventory, settings.policy, window_s)
    dated = [(None, back.batch)] if back.batch else []
    if output == "json" and dry_run:
        click.echo(dumps(campaign_document(inventory, dated, back.left)))
    else:
        print_campaign(data_console() if dry_run else message_console(), inventory, dated, back.left)
    if dry_run or back.batch is None:
        return ExitCode.INFEASIBLE if back.left and back.batch is None else ExitCode.DONE
    what = "Propose to end the campaign and to put" if settings.approval.required else "End the campaign and put"
    confirm(f"{what} these VMs back now?", yes=yes)
    return _in_window(
        settings, world, journal, campaign, window_s, output, lambda run: go_back(run, journal), ROLL_BACK
    )


def _in_window(
    settings: "Settings",
    world: "World",
    journal: "DatabaseJournal",
    campaign: "Campaign",
    window_s: float,
    output: str,
    work: "Callable[[CampaignRun], Stopped | None]",
    verb: str,
) -> int:
    from recommender.report.console import message_console
    from recommender.report.execution import ProgressLines
    from recommender.report.text import plain
    from recommender.service.campaigns.approval import BatchApproval
    from recommender.service.campaigns.run import CampaignRun
    from recommender.service.open_steps import settle_open_steps

    def tell(text: str) -> None:
        click.echo(plain(text), err=True)

    deadline = world.clock.now() + timedelta(seconds=window_s)
    approval = BatchApproval(
        settings=settings.approval,
        campaign=campaign,
        journal=journal,
        window_s=window_s,
        is_back=verb == ROLL_BACK,
    )
    with stop_on_signal() as stop:
        for settled in settle_open_steps(world, journal, stop=stop):
            tell(f"{settled}, which was cut off, has ended as {settled.outcome.state.value}: {settled.outcome.detail}")
        stopped = work(
            CampaignRun(
                campaign=replace(campaign, author=person()),
                policy=settings.policy,
                world=world,
                journal=journal,
                deadline=deadline,
                stop=stop,
                taught=lambda inventory: _taught(settings, inventory),
                tell=tell,
                on_event=ProgressLines(message_console(), world.source.read()),
                approval=approval if settings.approval.required else None,
            )
        )
    _tell_batches(journal, campaign, output)
    return _code(stopped, stop, f"recommender campaign {verb} {campaign.id[:12]} --window …", tell)


def _code(stopped: "Stopped | None", stop: StopRequest, command: str, tell: Callable[[str], None]) -> int:
    if stopped is None:
        return ExitCode.DONE
    tell(f"stopped: {stopped.reason}")
    tell(f"to go on: {command}")
    if stopped.is_waiting:
        return ExitCode.NOT_APPROVED
    return ExitCode.INTERRUPTED if stop.asked else ExitCode.INCOMPLETE


def _tell_batches(journal: "DatabaseJournal", campaign: "Campaign", output: str) -> None:
    from recommender.report.campaign_batches import print_batches
    from recommender.report.console import data_console
    from recommender.report.json_document import dumps
    from recommender.service.documents.campaigns import campaigns_document

    now = journal.campaigns.find(campaign.id, campaign.kind)
    document = campaigns_document([(now, journal.batches.of(campaign.id))], journal.promises.all([campaign.id]))
    if output == "json":
        click.echo(dumps(document))
    else:
        print_batches(data_console(), document)


def _taught(settings: "Settings", inventory: "Inventory") -> "Inventory":
    from recommender.service.learnt_calibration import taught_inventory

    return taught_inventory(inventory, settings.journal.url, settings.policy.migration)
