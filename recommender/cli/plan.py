"""``plan``: the recommended moves as a timeline, saved for ``apply``."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recommender.cli.goal import Asked, goal_options, question
from recommender.cli.journal_access import person
from recommender.cli.options import inventory_options, output_option
from recommender.cli.situation import situation
from recommender.cli.told_plan import WindowOf, tell_decision, window_answer_of, write_page
from recommender.cli.window import html_option, window_options

if TYPE_CHECKING:
    from recommender.policy import Policy
    from recommender.service.cycle import Decision
    from recommender.settings.command_line import VCenterOptions


@click.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to save the plan in, for apply.")
@click.option("--every", metavar="'CRON [ZONE]'", help="Split over windows of --window that open then.")
@click.option("--closed", multiple=True, type=click.DateTime(["%Y-%m-%d"]), help="With --every: no window on that day.")
@click.option("--calendar", is_flag=True, help="Put each move into its VM's own window (see [calendar]).")
@click.option("--continue", "rest_of", metavar="PLAN_ID", help="The rest of a plan that was applied in part.")
@click.option("--roll-back", "back_from", metavar="PLAN_ID", help="Put back what a plan that was applied has moved.")
@goal_options
@html_option
@window_options
@inventory_options
@output_option
def plan(
    *,
    out: Path | None,
    every: str | None,
    closed: tuple[datetime, ...],
    calendar: bool,
    rest_of: str | None,
    back_from: str | None,
    asked: Asked,
    html: Path | None,
    window_of: WindowOf,
    vcenter: "VCenterOptions",
    inventory_file: Path | None,
    output: str,
) -> int:
    """Put the recommended moves in time, and save the plan with --out.

    The plan starts when it is applied; --window and --done-by ask whether it would be over in time if that were now.
    With --continue and --roll-back it is about a plan of the journal (`status` tells its id) and where its VMs are now.
    --every splits it over windows, --calendar over those that are configured for its VMs; --out then saves the first
    window's part, and the rest is asked for again after it.
    Nothing is sent to vCenter.
    """
    start = situation(vcenter, inventory_file)
    if rest_of is not None and back_from is not None:
        raise click.UsageError("give --continue or --roll-back, not both")
    applied = rest_of if rest_of is not None else back_from
    if applied is not None:
        from recommender.cli.follow_up import follow_up

        is_way_back = back_from is not None
        return follow_up(start, vcenter.config, applied, is_way_back=is_way_back, out=out, output=output)

    from recommender.cli.exit_code import ExitCode, exit_code_of_status
    from recommender.cli.searching import searching
    from recommender.placement.consolidate import consolidate
    from recommender.placement.request import Goal
    from recommender.service.cycle import decide, decide_on

    window_s = window_of(start.inventory.taken_at)
    _require_one_kind_of_window(every, window_s, calendar=calendar)
    request = question(start, asked)
    with searching() as run:
        if request.goal is Goal.CONSOLIDATE:
            emptied = consolidate(request, run)
            decision = decide_on(emptied.question, emptied.result)
        else:
            decision = decide(request, run)
    if every is not None and window_s is not None:
        from recommender.cli.windows import tell_windows

        split = tell_windows(decision, window_s, every, closed, output)
        if out is not None and split.parts:
            part = replace(decision, plan=split.parts[0].plan)
            _save(out, part, start.policy, is_consolidation=request.goal is Goal.CONSOLIDATE)
        return ExitCode.INFEASIBLE if split.left else exit_code_of_status(decision.result.status)
    if calendar:
        return _in_own_windows(
            decision, vcenter.config, out, start.policy, output, is_consolidation=request.goal is Goal.CONSOLIDATE
        )
    answer = window_answer_of(decision, start.inventory.taken_at, window_of)
    tell_decision(start.inventory, decision, answer, output)
    if html is not None:
        write_page(html, start.inventory, decision, answer)
    if out is not None:
        _save(out, decision, start.policy, is_consolidation=request.goal is Goal.CONSOLIDATE)
    if (answer is not None and not answer.fits) or (decision.plan.blocked and not decision.plan.steps):
        return ExitCode.INFEASIBLE
    return exit_code_of_status(decision.result.status)


def _require_one_kind_of_window(every: str | None, window_s: float | None, *, calendar: bool) -> None:
    if calendar and (every is not None or window_s is not None):
        raise click.UsageError("--calendar has its own windows: leave --every, --window and --done-by out")
    if every is not None and window_s is None:
        raise click.UsageError("--every needs --window, the length of each")


def _in_own_windows(  # the question and where its answer goes
    decision: "Decision",
    config: Path | None,
    out: Path | None,
    policy: "Policy",
    output: str,
    *,
    is_consolidation: bool,
) -> int:
    from recommender.cli.exit_code import ExitCode, exit_code_of_status
    from recommender.cli.journal_access import settings_of
    from recommender.cli.windows import tell_calendar
    from recommender.service.set_times.calendar import Calendar

    settings = settings_of(config)
    if settings.calendar.is_empty:
        raise click.UsageError("--calendar: the configuration has no [[calendar.window]] and no [[calendar.blackout]]")
    split = tell_calendar(decision, Calendar(settings.calendar), output)
    if out is not None and split.parts:
        part = replace(decision, plan=split.parts[0].part.plan)
        _save(out, part, policy, is_consolidation=is_consolidation)
    return ExitCode.INFEASIBLE if split.left else exit_code_of_status(decision.result.status)


def _save(out: Path, decision: "Decision", policy: "Policy", *, is_consolidation: bool) -> None:
    from recommender.journal.plan_file import plan_id, write_plan
    from recommender.service.saved_decision import saved_decision

    # The limit on moves shaped this plan; it is no change of policy that would make the plan stale.
    unlimited = replace(decision, request=replace(decision.request, policy=policy))
    saved = saved_decision(unlimited, author=person(), created_at=decision.request.inventory.taken_at)
    saved = replace(saved, is_consolidation=is_consolidation)
    write_plan(out, saved)
    click.echo(f"{out}: {len(decision.plan.steps)} steps, plan {plan_id(saved)[:12]}", err=True)
